"""What the register is narrowed by beyond a plain column: each choice, and its condition on a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from orgs.models import BlacklistEntry, CreditEntry, Organization
from orgs.states import BlacklistState, CreditKind, Grade, InspectionResult, RatingState

Narrowing = Mapping[str, Callable[[date], ColumnElement[bool]]]


def _ends_within(days: int) -> Callable[[date], ColumnElement[bool]]:
    def ends(day: date) -> ColumnElement[bool]:
        return and_(
            Organization.rating_state == RatingState.VALID,
            Organization.rating_valid_to >= day,
            Organization.rating_valid_to <= day + timedelta(days=days),
        )

    return ends


def _ended(day: date) -> ColumnElement[bool]:
    valid = Organization.rating_state == RatingState.VALID
    return or_(
        Organization.rating_state == RatingState.EXPIRED,
        and_(valid, Organization.rating_valid_to < day),
    )


RATING_ENDS: Narrowing = {
    "90": _ends_within(90),
    "180": _ends_within(180),
    "365": _ends_within(365),
    "ended": _ended,
    "none": lambda _day: Organization.rating_grade.is_(None),
}
"""By the days until the rating ends; those whose rating has ended, and those without any."""


def inspected_as(result: InspectionResult, day: date) -> ColumnElement[bool]:
    """Last year's inspection found this; where nothing is known of it, it has no conclusion yet."""
    last_year = day.year - 1
    if result is InspectionResult.UNDECIDED:
        return Organization.inspected_to < last_year
    return and_(Organization.inspection_year == last_year, Organization.inspection_result == result)


def _stands(kind: CreditKind) -> Callable[[date], ColumnElement[bool]]:
    def stands(day: date) -> ColumnElement[bool]:
        return exists().where(
            CreditEntry.organization_id == Organization.id,
            CreditEntry.kind == kind,
            CreditEntry.listed_on <= day,
            or_(CreditEntry.removed_on.is_(None), CreditEntry.removed_on > day),
        )

    return stands


def _listed(day: date) -> ColumnElement[bool]:
    return exists().where(
        BlacklistEntry.organization_id == Organization.id,
        BlacklistEntry.state == BlacklistState.IN_FORCE,
        BlacklistEntry.begins_on <= day,
        BlacklistEntry.ends_on >= day,
    )


AGAINST: Narrowing = {kind.value: _stands(kind) for kind in CreditKind} | {"blacklist": _listed}
STANDING: Narrowing = {
    "clear": lambda day: and_(*(not_(stands(day)) for stands in AGAINST.values())),
    **AGAINST,
}
"""By what stands against an organization on the day, on public record or on the Centre's own list."""

GRADES = (Grade.POOR, Grade.FAIR, Grade.GOOD, Grade.EXCELLENT)
"""The grades in the order of their rank, which the database computes from 1 on and keeps in an index."""


def graded(grade: Grade) -> ColumnElement[bool]:
    """The last grade is this one."""
    return Organization.last_grade_rank == GRADES.index(grade) + 1


PROJECTS: Narrowing = {
    "running": lambda _day: Organization.projects_running > 0,
    "ended": lambda _day: and_(Organization.projects_running == 0, Organization.projects_total > 0),
    # Who has none at all runs none, which is said to the planner: it would look for them where those stand who run most.
    "none": lambda _day: and_(Organization.projects_total == 0, Organization.projects_running == 0),
}


def _received_in(band: int) -> Callable[[date], ColumnElement[bool]]:
    return lambda _day: Organization.received_band == band


RECEIVED: Narrowing = {str(band): _received_in(band) for band in range(5)}
"""By the money received so far, in yuan: none, below 100,000, below 500,000, below 1,000,000, and from there on."""
