"""What a rule is asked with, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from grants.models import Application, Call, Likeness
from grants.queries.eligibility import NO_TRACK, Track
from grants.states import CheckOutcome, EligibilityRule as Rule
from kernel.words import Sentence
from orgs.states import (
    CreditKind,
    DocumentKind,
    Grade,
    InspectionResult,
    OrganizationStatus,
    OrganizationType,
    RatingGrade,
)

REGISTER = "register"
FORM = "form"
APPLICATIONS = "applications"

Parameters = Mapping[str, Any]


class Facts(Protocol):
    """What the register knows about an organization as of a day (orgs.queries.qualification_facts)."""

    @property
    def code_is_valid(self) -> bool: ...
    @property
    def type(self) -> OrganizationType: ...
    @property
    def status(self) -> OrganizationStatus: ...
    @property
    def founded_on(self) -> date | None: ...
    @property
    def rating(self) -> RatingGrade | None: ...
    @property
    def rating_valid_to(self) -> date | None: ...
    @property
    def inspections(self) -> dict[int, InspectionResult]: ...
    @property
    def projects_total(self) -> int: ...
    @property
    def blacklisted_until(self) -> date | None: ...
    @property
    def grades(self) -> tuple[tuple[date, Grade], ...]: ...
    @property
    def district_code(self) -> str | None: ...
    @property
    def service_fields(self) -> tuple[str, ...]: ...
    @property
    def account_verified(self) -> bool | None: ...
    @property
    def documents(self) -> dict[DocumentKind, date | None]: ...
    def listed_within(self, kind: CreditKind, years: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule came to, with the sentence that people read and the source of the fact."""

    rule: Rule
    outcome: CheckOutcome
    reason: Sentence
    source: str


@dataclass(frozen=True, slots=True)
class Case:
    """One organization under one call as of a day; with its application where there is one to look at.

    `likenesses` is None until the text has been compared.
    """

    call: Call
    facts: Facts
    as_of: date
    track: Track = NO_TRACK
    application: Application | None = None
    likenesses: Sequence[Likeness] | None = None


Answer = tuple[CheckOutcome, Sentence]
Ask = Callable[[Case, Parameters], Answer]


def passed(told: Sentence) -> Answer:
    return CheckOutcome.PASSED, told


def failed(told: Sentence) -> Answer:
    return CheckOutcome.FAILED, told


def manual(told: Sentence) -> Answer:
    return CheckOutcome.MANUAL, told


def listed(items: Sequence[Any]) -> Any:
    """Put several words into one part of a sentence, each in the reader's language."""
    first, *rest = items
    return Sentence("{one}, {more}", one=first, more=listed(rest)) if rest else first
