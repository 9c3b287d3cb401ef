"""The lines of an organization's file, as its page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from orgs.states import (
    BlacklistState,
    ChangeState,
    CreditKind,
    DocumentKind,
    Grade,
    InspectionResult,
    ProfileField,
    RatingGrade,
    RatingState,
)


@dataclass(frozen=True, slots=True)
class RatingLine:
    """A rating as the file shows it."""

    id: int
    grade: RatingGrade
    state: RatingState
    announced_on: date | None
    valid_from: date | None
    valid_to: date | None
    certificate_number: str | None


@dataclass(frozen=True, slots=True)
class InspectionLine:
    """An annual inspection as the file shows it."""

    id: int
    year: int
    result: InspectionResult
    concluded_on: date | None


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A credit entry as the file shows it."""

    id: int
    kind: CreditKind
    listed_on: date
    removed_on: date | None
    source: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A paper as the file shows it, with its file's public id and name."""

    id: int
    kind: DocumentKind
    title: str
    number: str | None
    valid_from: date | None
    valid_to: date | None
    replaced_on: date | None
    file: str | None = None
    file_name: str | None = None

    @property
    def counts(self) -> bool:
        return self.replaced_on is None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A bank account as everybody may see it."""

    id: int
    bank: str
    masked: str
    holder: str
    since: date
    until: date | None
    verified_on: date | None
    verified_by: str | None


@dataclass(frozen=True, slots=True)
class ListingLine:
    """A listing by the Centre as the file shows it; `due_on` is the last day to answer the notice."""

    id: int
    number: str
    state: BlacklistState
    due_on: date | None
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class PastLine:
    """A project of a past year, in yuan, with where it is written down."""

    id: int
    year: int
    name: str
    amount: Decimal
    grade: Grade | None
    source: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change of the profile that was asked for."""

    id: int
    field: ProfileField
    state: ChangeState
    value: str
    proposed_on: date


@dataclass(frozen=True, slots=True)
class NameLine:
    """A name that an organization left on a day; `until` is unknown where nobody wrote the day down."""

    name: str
    until: date | None
    reason: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that stands in an organization's file, each list newest first."""

    ratings: Sequence[RatingLine]
    inspections: Sequence[InspectionLine]
    entries: Sequence[CreditLine]
    documents: Sequence[DocumentLine]
    accounts: Sequence[AccountLine]
    changes: Sequence[ChangeLine]
    names: Sequence[NameLine]
    listings: Sequence[ListingLine]
    past: Sequence[PastLine]
