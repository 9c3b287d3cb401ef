"""The facts about an organization that count on a day, for whoever asks who may apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import RowMapping, bindparam, select

from kernel.db import db
from kernel.errors import NotFound
from orgs import credit_code
from orgs.models import BankAccount, Organization, OrganizationDocument, PastProject
from orgs.queries.standing import histories, rows_told
from orgs.standing import History, years_before
from orgs.states import (
    CreditKind,
    DocumentKind,
    Grade,
    InspectionResult,
    OrganizationStatus,
    OrganizationType,
    RatingGrade,
)

INSPECTED_MOST = 5


@dataclass(frozen=True, slots=True)
class QualificationFacts:
    """What the register knows about an organization as of a day, for whoever asks who may apply.

    `inspections` are those of the last five years, year → result; a year without a record is not in it.
    `projects_total` counts those of past years too; `blacklisted_until` is the last day of a listing by the Centre.
    Windows: the abnormal list within 1 year, the serious list within 2, a penalty within 3 before `as_of`; for others
    `listed_until` has the last day on which an entry of a kind stood. `grades` are (day, grade) of projects;
    `account_verified` is None without an account; `documents` are those in force by their last day.
    """

    organization_id: int
    as_of: date
    name: str
    credit_code: str
    code_is_valid: bool
    type: OrganizationType
    status: OrganizationStatus
    founded_on: date | None
    rating: RatingGrade | None
    rating_valid_to: date | None
    inspections: dict[int, InspectionResult]
    on_abnormal_list: bool
    on_serious_list: bool
    penalized: bool
    projects_total: int
    last_grade: Grade | None
    blacklisted_until: date | None = None
    listed_until: dict[CreditKind, date] = field(default_factory=dict)
    grades: tuple[tuple[date, Grade], ...] = ()
    district_code: str | None = None
    service_fields: tuple[str, ...] = ()
    account_verified: bool | None = None
    documents: dict[DocumentKind, date | None] = field(default_factory=dict)

    def listed_within(self, kind: CreditKind, years: int) -> bool:
        """Say whether an entry of a kind stood within some years before the day."""
        last = self.listed_until.get(kind)
        return last is not None and last >= years_before(self.as_of, years)


_FACTS = (
    select(
        Organization.last_grade,
        Organization.last_graded_on,
        Organization.district_code,
        Organization.service_fields,
        rows_told(PastProject, "year", "grade", only=PastProject.grade.is_not(None)).label("past"),
        rows_told(BankAccount, "verified_on", only=BankAccount.until.is_(None)).label("accounts"),
        rows_told(
            OrganizationDocument, "kind", "valid_from", "valid_to", only=OrganizationDocument.replaced_on.is_(None)
        ).label("documents"),
    )
    .where(Organization.id == bindparam("pk"))
    .execution_options(planned=True)
)


def qualification_facts(organization_id: int, as_of: date) -> QualificationFacts:
    """Give the facts that count on a day, in two statements: the same facts as standing asks.

    Raises NotFound when there is no such organization for this reader.
    """
    found = db.session.execute(_FACTS, {"pk": organization_id}).mappings().first()
    known = histories([organization_id]).get(organization_id)
    if found is None or known is None:
        raise NotFound
    rating = known.rating_on(as_of)
    listed = [listing.ends_on for listing in known.listings if listing.ends_on and listing.is_in_force(as_of)]
    return QualificationFacts(
        organization_id=organization_id,
        as_of=as_of,
        name=known.name,
        credit_code=known.credit_code,
        code_is_valid=credit_code.is_valid(known.credit_code),
        type=known.type,
        status=known.status_on(as_of),
        founded_on=known.founded_on,
        rating=rating.grade if rating else None,
        rating_valid_to=rating.valid_to if rating else None,
        inspections={
            one.year: one.result_on(as_of)
            for one in known.inspections
            if as_of.year - INSPECTED_MOST <= one.year < as_of.year
        },
        on_abnormal_list=known.stands(CreditKind.ABNORMAL_LIST, as_of) is not None,
        on_serious_list=known.stands(CreditKind.SERIOUS_LIST, as_of) is not None,
        penalized=known.stands(CreditKind.PENALTY, as_of) is not None,
        projects_total=known.projects_total + sum(year <= as_of.year for year in known.past_project_years),
        last_grade=found["last_grade"],
        blacklisted_until=max(listed, default=None),
        listed_until=_listed_until(known, as_of),
        grades=_grades(found, as_of),
        district_code=found["district_code"],
        service_fields=tuple(found["service_fields"]),
        account_verified=_verified(found),
        documents=_documents(found, as_of),
    )


def _listed_until(known: History, as_of: date) -> dict[CreditKind, date]:
    """Give the last day on which an entry of each kind stood, as the day knows it."""
    ends: dict[CreditKind, date] = {}
    for entry in known.entries:
        if entry.listed_on <= as_of:
            ends[entry.kind] = max(entry.end(as_of), ends.get(entry.kind, entry.listed_on))
    return ends


def _grades(found: RowMapping, as_of: date) -> tuple[tuple[date, Grade], ...]:
    """Give the grades that a day knows: of past years as of their end, and the last one of this register."""
    told = [(date(year, 12, 31), Grade(grade)) for year, grade in found["past"] or ()]
    if found["last_graded_on"] is not None:
        told.append((found["last_graded_on"], found["last_grade"]))
    return tuple(sorted((day, grade) for day, grade in told if day <= as_of))


def _verified(found: RowMapping) -> bool | None:
    accounts = found["accounts"] or ()
    return any(verified for (verified,) in accounts) if accounts else None


def _documents(found: RowMapping, as_of: date) -> dict[DocumentKind, date | None]:
    """Give the papers that are in force on a day; of two of a kind the one that lasts longer."""
    held: dict[DocumentKind, date | None] = {}
    for code, first, last in found["documents"] or ():
        kind, begins, ends = DocumentKind(code), _day(first), _day(last)
        if (begins is None or begins <= as_of) and (ends is None or ends >= as_of):
            held[kind] = None if ends is None or held.get(kind, ends) is None else max(ends, held.get(kind) or ends)
    return held


def _day(told: str | None) -> date | None:
    return None if told is None else date.fromisoformat(told)
