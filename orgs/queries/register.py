"""The register: what is listed, found and counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from kernel.db import db
from orgs.models import Organization
from orgs.names import search_pattern
from orgs.states import InspectionResult, OrganizationStatus, RatingGrade, RatingState

SOON = timedelta(days=90)
COUNTED_TO = 10_000
AT_LEAST_3A = (RatingGrade.FIVE_A, RatingGrade.FOUR_A, RatingGrade.THREE_A)


def found_by(word: str) -> ColumnElement[bool]:
    """A part of the name, of a former name, of the credit code, of the pinyin or of the initials is the word."""
    return Organization.search_text.like(search_pattern(word))


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


def counts_by_view(views: Mapping[str, ColumnElement[bool] | None]) -> dict[str, int]:
    """Count the organizations of several views in one statement, each up to ten thousand and one.

    A view without a condition counts all; nobody reads a register by its exact number beyond that.
    """
    asked = []
    for condition in views.values():
        wanted = select(Organization.id).limit(COUNTED_TO + 1)
        found = (wanted if condition is None else wanted.where(condition)).subquery()
        asked.append(select(func.count()).select_from(found).scalar_subquery())
    return dict(zip(views, db.session.execute(select(*asked)).one(), strict=True))


def all_organizations() -> Select[tuple[Organization]]:
    """Give the query of the register."""
    return select(Organization)


def own_organization(organization_id: int) -> Organization | None:
    """Give the organization that a person acts for."""
    return db.session.scalars(select(Organization).where(Organization.id == organization_id)).first()
