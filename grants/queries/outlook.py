"""What staff should see coming: what may go wrong and the dates of the next weeks, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    Select,
    and_,
    cast,
    func,
    literal,
    null,
    union_all,
)

from grants.models import Application, Call, Project, PublicNotice
from grants.queries.delivery_tasks import REFUND_DUE_ON, REPORT_DUE_ON
from grants.queries.waiting import row, shanghai_day
from grants.states import ApplicationState, CallState, ProjectState, ReportKind
from kernel.db import db
from orgs import queries
from orgs.models import Organization

AHEAD: Final = timedelta(days=45)
MOST_DATES: Final = 6
LATE: Final = Decimal("0.75")
"""From this share of a project's time on its spending is looked at; ours to choose."""
SPENT_LEAST: Final = Decimal("0.60")
"""Below this share of the award by then, spending lags behind; ours to choose."""


def _spending_lags(day: date) -> ColumnElement[bool]:
    passed = cast(literal(day, Date) - Project.starts_on, Numeric)
    return and_(
        Project.state.in_((ProjectState.RUNNING, ProjectState.CLOSING)),
        passed >= (Project.ends_on - Project.starts_on) * LATE,
        Project.approved_spend < Project.award * SPENT_LEAST,
    )


RISKS: Final[Mapping[str, Callable[[date], ColumnElement[bool]]]] = {
    "slow": _spending_lags,
    "rectify": lambda day: and_(Project.state == ProjectState.RECTIFYING, Project.rectify_due_on < day),
    "refund": lambda day: and_(Project.refund_due > 0, Project.refunded_on.is_(None), day > REFUND_DUE_ON),
}
"""What may go wrong with a project as of a day; the register of projects is narrowed by the same conditions."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One thing that comes: what, how many, its record where it is one, name, day, how many beside them, time."""

    what: str
    count: int
    record_id: int | None
    label: str
    on: date | None
    beside: int
    at: datetime | None


def outlook_of(day: date) -> tuple[Sequence[Coming], Sequence[Coming]]:
    """Give what may go wrong as of a day, and the first dates of the weeks after it in their order."""
    last = day + AHEAD
    found = [Coming(*told) for told in db.session.execute(union_all(*_risks(day), *_dates(day, last)))]
    risks = [one for one in found if one.on is None and one.count]
    dates = sorted((one for one in found if one.on is not None), key=lambda one: (one.on, one.what, one.label))
    return risks, dates[:MOST_DATES]


def _row(what: str, count: Any, *, record_id: Any = None, label: Any = "", on: Any = None, **more: Any) -> Select[Any]:
    """Give one part of the statement: the columns of `Coming`."""
    return row(what, record_id, label, on, count).add_columns(
        cast(more.get("beside", 0), BigInteger).label("beside"),
        cast(more.get("at", null()), DateTime(timezone=True)).label("at"),
    )


def _risks(day: date) -> list[Select[Any]]:
    projects = [_row(key, func.count()).select_from(Project).where(of(day)) for key, of in RISKS.items()]
    ends = (queries.rating_ends_soon(day), Organization.projects_running > 0)
    return [*projects, _row("rating", func.count()).select_from(Organization).where(*ends)]


def _dates(first: date, last: date) -> list[Select[Any]]:
    closes, opens = shanghai_day(Call.closes_at), shanghai_day(Call.opens_at)
    drafts = func.count().filter(Application.state == ApplicationState.DRAFT)
    handed_in = func.count().filter(
        Application.state.not_in((ApplicationState.DRAFT, ApplicationState.WITHDRAWN)), Application.id.is_not(None)
    )
    return [
        _row("opens", 1, record_id=Call.id, label=Call.title, on=opens, at=Call.opens_at).where(
            Call.state == CallState.PUBLISHED, opens.between(first, last)
        ),
        _row("closes", handed_in, record_id=Call.id, label=Call.title, on=closes, at=Call.closes_at, beside=drafts)
        .select_from(Call)
        .outerjoin(Application, Application.call_id == Call.id)
        .where(Call.state == CallState.OPEN, closes.between(first, last))
        .group_by(Call.id),
        _row("notice", 1, record_id=PublicNotice.id, label=PublicNotice.title, on=PublicNotice.ends_on).where(
            PublicNotice.closed_at.is_(None), PublicNotice.ends_on.between(first, last)
        ),
        _by_day("correction", Application.return_due_on, Application.state == ApplicationState.RETURNED, first, last),
        _by_day("service", Project.ends_on, Project.state == ProjectState.RUNNING, first, last),
        *(_reports(kind, first, last) for kind in (ReportKind.MIDTERM, ReportKind.FINAL)),
    ]


def _reports(kind: ReportKind, first: date, last: date) -> Select[Any]:
    state, due_on = REPORT_DUE_ON[kind]
    return _by_day(kind.value, due_on, Project.state == state, first, last)


def _by_day(what: str, on: Any, condition: ColumnElement[bool], first: date, last: date) -> Select[Any]:
    return _row(what, func.count(), on=on).where(condition, on.between(first, last)).group_by(on)
