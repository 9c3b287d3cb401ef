"""What is read about organizations: lists, counts, and the facts that count on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, or_, select
from sqlalchemy.sql.expression import FunctionElement

from kernel.clock import today
from kernel.db import db
from kernel.errors import NotFound
from kernel.people import PERSON, Account
from orgs import credit_code, ratings
from orgs.models import CreditEntry, Inspection, Organization, Rating
from orgs.states import (
    ONCE_IN_FORCE,
    CreditKind,
    InspectionResult,
    OrganizationStatus,
    OrganizationType,
    RatingGrade,
    RatingState,
)

SOON = timedelta(days=90)
AT_LEAST_3A = (RatingGrade.FIVE_A, RatingGrade.FOUR_A, RatingGrade.THREE_A)
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
    last_grade: str | None


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
    told: FunctionElement[Any] = func.jsonb_object_agg(Inspection.year, Inspection.result)
    return select(told).where(Inspection.organization_id == Organization.id, Inspection.year >= year).scalar_subquery()


def ratings_of(organization_id: int) -> Sequence[Rating]:
    """Give an organization's ratings, the one announced last first; those without a day before all."""
    wanted = select(Rating).where(Rating.organization_id == organization_id)
    return db.session.scalars(wanted.order_by(Rating.announced_on.desc().nulls_first(), Rating.id.desc())).all()


def rating_as_of(organization_id: int, day: date) -> Rating | None:
    """Give the rating that counts on a day, or None."""
    once = select(Rating).where(Rating.organization_id == organization_id, Rating.state.in_(ONCE_IN_FORCE))
    found: Any = db.session.scalars(once).all()  # once in force, so a CHECK holds that all its days are there
    return cast("Rating | None", ratings.rating_as_of(found, day))


def inspections_of(organization_id: int) -> Sequence[Inspection]:
    """Give an organization's annual inspections, the newest year first."""
    wanted = select(Inspection).where(Inspection.organization_id == organization_id)
    return db.session.scalars(wanted.order_by(Inspection.year.desc())).all()


def credit_entries_of(organization_id: int) -> Sequence[CreditEntry]:
    """Give what stands or stood against an organization, the newest first."""
    wanted = select(CreditEntry).where(CreditEntry.organization_id == organization_id)
    return db.session.scalars(wanted.order_by(CreditEntry.listed_on.desc(), CreditEntry.id.desc())).all()


def credit_entries_within(organization_id: int, since: date, until: date) -> Sequence[CreditEntry]:
    """Give the entries that stood on some day between two."""
    wanted = select(CreditEntry).where(
        CreditEntry.organization_id == organization_id,
        CreditEntry.listed_on <= until,
        func.coalesce(CreditEntry.removed_on, until) >= since,
    )
    return db.session.scalars(wanted.order_by(CreditEntry.listed_on)).all()


def members_of(organization_id: int) -> Sequence[Row[tuple[int, str, str]]]:
    """Give (id, account, name) of the people who act for an organization."""
    wanted = (
        select(PERSON.c.id, PERSON.c.username, PERSON.c.name)
        .join(Account, Account.user_id == PERSON.c.id)
        .where(Account.organization_id == organization_id)
        .order_by(PERSON.c.id)
    )
    return db.session.execute(wanted).all()


def rated_at_least_3a(day: date) -> ColumnElement[bool]:
    """A rating of 3A or more counts on the day."""
    return and_(
        Organization.rating_state == RatingState.VALID,
        Organization.rating_grade.in_(AT_LEAST_3A),
        Organization.rating_valid_from <= day,
        Organization.rating_valid_to >= day,
    )


def rating_ends_soon(day: date) -> ColumnElement[bool]:
    """A rating that counts on the day ends within 90 days."""
    return and_(
        Organization.rating_state == RatingState.VALID,
        Organization.rating_valid_to >= day,
        Organization.rating_valid_to <= day + SOON,
    )


def inspection_is_open(day: date) -> ColumnElement[bool]:
    """Last year's annual inspection has no conclusion yet."""
    return and_(
        Organization.status == OrganizationStatus.ACTIVE,
        or_(
            Organization.inspection_year.is_(None),
            Organization.inspection_year < day.year - 1,
            and_(
                Organization.inspection_year == day.year - 1,
                Organization.inspection_result == InspectionResult.UNDECIDED,
            ),
        ),
    )


def counts_by_view(views: dict[str, ColumnElement[bool] | None]) -> dict[str, int]:
    """Count the organizations of several views in one statement; a view without a condition counts all."""
    asked = [
        func.count() if condition is None else func.count(case((condition, literal(1)))) for condition in views.values()
    ]
    row = db.session.execute(select(*asked).select_from(Organization)).one()
    return dict(zip(views, row, strict=True))


def all_organizations() -> Select[tuple[Organization]]:
    """Give the query of the register."""
    return select(Organization)


def pending_ratings() -> int:
    """Count the ratings that wait to be verified."""
    wanted = select(func.count()).select_from(Rating).where(Rating.state == RatingState.PENDING)
    return db.session.scalar(wanted) or 0


def own_organization(organization_id: int) -> Organization | None:
    """Give the organization that a person acts for."""
    return db.session.scalars(select(Organization).where(Organization.id == organization_id)).first()


def shown_rating(found: Sequence[Rating], day: date | None = None) -> tuple[Rating, RatingState] | None:
    """Give the rating that an organization's row shows on a day, and as what.

    The one that counts comes first, then one that will count, then one that waits, then the one that ended last.
    """
    day = day or today()
    once: Any = [rating for rating in found if rating.state in ONCE_IN_FORCE]
    counting = cast("Rating | None", ratings.rating_as_of(once, day))
    if counting is not None:
        return counting, RatingState.VALID
    ahead = [rating for rating in found if rating.state is RatingState.VALID and _ends(rating) >= day]
    waiting = [rating for rating in found if rating.state is RatingState.PENDING]
    if ahead or waiting:
        rating = (ahead or waiting)[0]
        return rating, rating.state
    if not found:
        return None
    last = max(found, key=_ends)
    return last, RatingState.EXPIRED if last.state is RatingState.VALID else last.state


def _ends(rating: Rating) -> date:
    return rating.valid_to or date.min
