"""The register in pictures: how many organizations there are by place, kind, rating and age, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Date, Integer, Select, and_, case, cast, func, select, tuple_

from kernel.clock import months_later
from kernel.db import db
from orgs.models import Organization
from orgs.states import GONE, OrganizationType, RatingGrade, RatingState

MONTHS_AHEAD: Final = 12
SIGHTS: Final = ("district", "type", "rating", "year", "month")


@dataclass(frozen=True, slots=True)
class Pictures:
    """Counts of the organizations that live on a day; what is not known is counted under None.

    `ends` counts the ratings in force by the first day of the month in which they end, for twelve months from this one.
    """

    total: int
    districts: Mapping[str | None, int]
    types: Mapping[OrganizationType, int]
    ratings: Mapping[RatingGrade | None, int]
    founded: Mapping[int | None, int]
    ends: Mapping[date, int]


def pictures_on(day: date) -> Pictures:
    """Count the register for all its pictures at once."""
    found: dict[str, dict[Any, int]] = {name: {} for name in SIGHTS}
    total = 0
    for row in db.session.execute(_counting(day)):
        # GROUPING has a bit for each column that a row is not grouped by; the whole has them all.
        by = next((name for place, name in enumerate(reversed(SIGHTS)) if not row.others >> place & 1), None)
        if by is None:
            total = row.number
        else:
            found[by][getattr(row, by)] = row.number
    months = months_from(day)
    return Pictures(
        total=total,
        districts=found["district"],
        types=found["type"],
        ratings=found["rating"],
        founded=found["year"],
        ends={month: found["month"].get(month, 0) for month in months},
    )


def months_from(day: date) -> list[date]:
    """Give the first days of twelve months, of this one first."""
    return [months_later(day.replace(day=1), n) for n in range(MONTHS_AHEAD)]


def _counting(day: date) -> Select[Any]:
    counts = and_(
        Organization.rating_state == RatingState.VALID,
        Organization.rating_valid_from <= day,
        Organization.rating_valid_to >= day,
    )
    kept = (
        select(
            Organization.district_code.label("district"),
            Organization.type.label("type"),
            case((counts, Organization.rating_grade)).label("rating"),
            cast(func.date_part("year", Organization.founded_on), Integer).label("year"),
            case((counts, cast(func.date_trunc("month", Organization.rating_valid_to), Date))).label("month"),
        )
        .where(Organization.status.not_in(GONE))
        .subquery()
    )
    columns = [kept.c[name] for name in SIGHTS]
    sets = func.grouping_sets(*(tuple_(column) for column in columns), tuple_())
    return select(func.grouping(*columns).label("others"), *columns, func.count().label("number")).group_by(sets)
