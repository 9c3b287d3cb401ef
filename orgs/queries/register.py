"""The register: what is listed, found and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from kernel.database.planned import WITH_VALUES
from kernel.db import db
from kernel.finding import holds
from orgs.models import Organization
from orgs.states import OrganizationStatus, RatingGrade, RatingState

SOON = timedelta(days=90)
COUNTED_TO = 3_000
AT_LEAST_3A = (RatingGrade.FIVE_A, RatingGrade.FOUR_A, RatingGrade.THREE_A)


def found_by(word: str) -> ColumnElement[bool]:
    """A part of the name, of a former name, of the credit code, of the pinyin or of the initials is the word."""
    return holds(Organization.search_text, word)


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
    return and_(Organization.status == OrganizationStatus.ACTIVE, Organization.inspected_to < day.year - 1)


VIEWS: Mapping[str, Callable[[date], ColumnElement[bool]] | None] = {
    "": None,
    "3a": rated_at_least_3a,
    "ending": rating_ends_soon,
    "uninspected": inspection_is_open,
}
"""The saved views of the register: what each asks of an organization on a day; the first asks nothing."""


def counts_on(day: date) -> dict[str, int | None]:
    """Count the organizations of all saved views in one statement, each up to three thousand; None is more.

    Nobody reads a register by its exact number beyond that, and a million costs what three thousand do.
    """
    counted = zip(VIEWS, db.session.execute(_counting(day)).one(), strict=True)
    return {view: count if count <= COUNTED_TO else None for view, count in counted}


@lru_cache(maxsize=2)
def _counting(day: date) -> Select[Any]:
    asked = []
    for condition in VIEWS.values():
        wanted = select(Organization.id).limit(COUNTED_TO + 1)
        found = (wanted if condition is None else wanted.where(condition(day))).subquery()
        asked.append(select(func.count()).select_from(found).scalar_subquery())
    return select(*asked).execution_options(planned=WITH_VALUES)
