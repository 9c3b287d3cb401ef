"""The facts about an organization that count on a day, for whoever asks who may apply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from kernel.db import db
from kernel.errors import NotFound
from orgs import credit_code
from orgs.models import CreditEntry, Inspection, Organization
from orgs.queries.ratings import rating_as_of
from orgs.states import CreditKind, Grade, InspectionResult, OrganizationStatus, OrganizationType, RatingGrade

ABNORMAL_YEARS, SERIOUS_YEARS, PENALTY_YEARS = 1, 2, 3
INSPECTED_YEARS = 3


@dataclass(frozen=True, slots=True)
class QualificationFacts:
    """What the register knows about an organization as of a day, for whoever asks who may apply.

    `inspections` are those of the last three years, year → result; a year without a record is not in it.
    Windows: the abnormal list within 1 year, the serious list within 2, a penalty within 3 before `as_of`.
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


def years_before(day: date, years: int) -> date:
    """Give the same day some years earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def qualification_facts(organization_id: int, as_of: date) -> QualificationFacts:
    """Give the facts that count on a day, in two statements.

    Raises NotFound when there is no such organization for this reader.
    """
    abnormal = _stood_within(CreditKind.ABNORMAL_LIST, as_of, ABNORMAL_YEARS)
    serious = _stood_within(CreditKind.SERIOUS_LIST, as_of, SERIOUS_YEARS)
    penalized = _stood_within(CreditKind.PENALTY, as_of, PENALTY_YEARS)
    inspected = _inspected_since(as_of.year - INSPECTED_YEARS)
    wanted = select(Organization, abnormal, serious, penalized, inspected).where(Organization.id == organization_id)
    found = db.session.execute(wanted).first()
    if found is None:
        raise NotFound
    organization: Organization = found[0]
    rating = rating_as_of(organization_id, as_of)
    return QualificationFacts(
        organization_id=organization.id,
        as_of=as_of,
        name=organization.name,
        credit_code=organization.credit_code,
        code_is_valid=credit_code.is_valid(organization.credit_code),
        type=organization.type,
        status=organization.status,
        founded_on=organization.founded_on,
        rating=rating.grade if rating else None,
        rating_valid_to=rating.valid_to if rating else None,
        inspections={int(year): InspectionResult(result) for year, result in (found[4] or {}).items()},
        on_abnormal_list=found[1],
        on_serious_list=found[2],
        penalized=found[3],
        projects_total=organization.projects_total,
        last_grade=organization.last_grade,
    )


def _stood_within(kind: CreditKind, as_of: date, years: int) -> ColumnElement[bool]:
    """An entry counts from its first day to its last; a penalty without a last day is over on its own day."""
    since = years_before(as_of, years)
    end = func.coalesce(CreditEntry.removed_on, CreditEntry.listed_on if kind is CreditKind.PENALTY else as_of)
    return (
        select(CreditEntry.id)
        .where(
            CreditEntry.organization_id == Organization.id,
            CreditEntry.kind == kind,
            CreditEntry.listed_on <= as_of,
            end >= since,
        )
        .exists()
    )


def _inspected_since(year: int) -> Any:
    told = func.jsonb_object_agg(Inspection.year, Inspection.result)
    return select(told).where(Inspection.organization_id == Organization.id, Inspection.year >= year).scalar_subquery()
