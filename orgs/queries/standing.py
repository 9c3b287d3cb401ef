"""The dated facts of organizations, read in one statement however many they are, and their standing as of a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, RowMapping, ScalarSelect, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from kernel.db import db
from kernel.errors import NotFound
from orgs.models import (
    BlacklistEntry,
    CreditEntry,
    Inspection,
    Organization,
    PastProject,
    Rating,
    StatusChange,
)
from orgs.standing import (
    CreditFact,
    History,
    InspectionFact,
    ListingFact,
    RatingFact,
    Standing,
    StatusFact,
    standing_on,
)
from orgs.states import (
    ONCE_IN_FORCE,
    CreditKind,
    InspectionResult,
    OrganizationStatus,
    RatingGrade,
    RatingRegime,
    RatingState,
)


def standing(organization_id: int, as_of: date) -> Standing:
    """Say what an organization may and may not do as of a day, and why, in one statement.

    Raises NotFound when there is no such organization for this reader.
    """
    return standing_on(history(organization_id), as_of)


def standings(organization_ids: Collection[int], as_of: date) -> dict[int, Standing]:
    """Say it of many at once, in one statement; those that this reader does not see are not among them."""
    return {pk: standing_on(found, as_of) for pk, found in histories(organization_ids).items()}


def history(organization_id: int) -> History:
    """Give the dated facts of one organization.

    Raises NotFound when there is no such organization for this reader.
    """
    found = histories([organization_id])
    if organization_id not in found:
        raise NotFound
    return found[organization_id]


def histories(organization_ids: Collection[int]) -> dict[int, History]:
    """Give the dated facts of many organizations by their ids."""
    rows = db.session.execute(_HISTORIES, {"ids": list(organization_ids)}).mappings()
    return {row["id"]: _history(row) for row in rows}


def rows_told(model: Any, *columns: str, only: Any = None) -> ScalarSelect[Any]:
    """Give an organization's rows of a model as one value: a list of lists, in the order of their ids."""
    row = func.jsonb_build_array(*(getattr(model, name) for name in columns))
    wanted = select(func.jsonb_agg(row)).where(model.organization_id == Organization.id)
    return (wanted if only is None else wanted.where(only)).scalar_subquery()


_HISTORIES = (
    select(
        Organization.id,
        Organization.name,
        Organization.credit_code,
        Organization.type,
        Organization.status,
        Organization.founded_on,
        Organization.projects_total,
        Organization.first_project_on,
        rows_told(PastProject, "year").label("past"),
        rows_told(StatusChange, "since", "was", "status").label("statuses"),
        rows_told(
            Rating, "grade", "regime", "announced_on", "valid_from", "valid_to", "state",
            only=Rating.state.in_(ONCE_IN_FORCE),
        ).label("ratings"),
        rows_told(Inspection, "year", "result", "concluded_on").label("inspections"),
        rows_told(CreditEntry, "kind", "listed_on", "removed_on", "source").label("entries"),
        rows_told(
            BlacklistEntry, "number", "notified_on", "decided_on", "begins_on", "ends_on", "ended_on"
        ).label("listings"),
    )
    .where(Organization.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
    .execution_options(planned=True)
)  # fmt: skip


def _history(row: RowMapping) -> History:
    return History(
        organization_id=row["id"],
        name=row["name"],
        credit_code=row["credit_code"],
        type=row["type"],
        status=row["status"],
        founded_on=row["founded_on"],
        projects_total=row["projects_total"],
        first_project_on=row["first_project_on"],
        past_project_years=[year for (year,) in row["past"] or ()],
        statuses=[
            StatusFact(date.fromisoformat(since), OrganizationStatus(was), OrganizationStatus(status))
            for since, was, status in row["statuses"] or ()
        ],
        ratings=[_rating(*told) for told in row["ratings"] or ()],
        inspections=[
            InspectionFact(year, InspectionResult(result), _day(concluded))
            for year, result, concluded in row["inspections"] or ()
        ],
        entries=[
            CreditFact(CreditKind(kind), date.fromisoformat(listed), _day(removed), source)
            for kind, listed, removed, source in row["entries"] or ()
        ],
        listings=[ListingFact(number, *map(_day, days)) for number, *days in row["listings"] or ()],
    )


def _rating(grade: str, regime: str, announced: str, first: str, last: str, state: str) -> RatingFact:
    announced_on, valid_from, valid_to = (date.fromisoformat(told) for told in (announced, first, last))
    return RatingFact(RatingGrade(grade), RatingRegime(regime), announced_on, valid_from, valid_to, RatingState(state))


def _day(told: str | None) -> date | None:
    return None if told is None else date.fromisoformat(told)
