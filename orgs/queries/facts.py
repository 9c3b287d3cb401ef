"""The facts about an organization that count on a day, for whoever asks who may apply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from kernel.db import db
from kernel.errors import NotFound
from orgs import credit_code
from orgs.models import Organization
from orgs.queries.standing import histories
from orgs.states import CreditKind, Grade, InspectionResult, OrganizationStatus, OrganizationType, RatingGrade


@dataclass(frozen=True, slots=True)
class QualificationFacts:
    """What the register knows about an organization as of a day, for whoever asks who may apply.

    `inspections` are those of the last three years, year → result; a year without a record is not in it.
    `projects_total` counts those of past years too; `blacklisted_until` is the last day of a listing by the Centre.
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
    blacklisted_until: date | None = None


def qualification_facts(organization_id: int, as_of: date) -> QualificationFacts:
    """Give the facts that count on a day, in two statements: the same facts as standing asks.

    Raises NotFound when there is no such organization for this reader.
    """
    wanted = select(Organization.last_grade).where(Organization.id == organization_id)
    found = db.session.execute(wanted).first()
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
        inspections=known.inspections_on(as_of),
        on_abnormal_list=known.stands(CreditKind.ABNORMAL_LIST, as_of) is not None,
        on_serious_list=known.stands(CreditKind.SERIOUS_LIST, as_of) is not None,
        penalized=known.stands(CreditKind.PENALTY, as_of) is not None,
        projects_total=known.projects_total + sum(year <= as_of.year for year in known.past_project_years),
        last_grade=found.last_grade,
        blacklisted_until=max(listed, default=None),
    )
