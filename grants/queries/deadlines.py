"""Deadlines that lie ahead: the records whose last day falls between two days, each with that day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from grants.models import Application, Call, Objection, Project, PublicNotice, Report
from grants.queries.delivery_tasks import REFUND_DUE_ON, REPORT_DUE_ON
from grants.queries.waiting import shanghai_day
from grants.states import (
    OBJECTION_OPEN,
    ApplicationState,
    CallState,
    ProjectState,
    ReportKind,
    ReportState,
)
from kernel.db import db


def _dated(wanted: Select[Any], day: Any, first: date, last: date) -> Iterator[tuple[Any, date]]:
    rows = db.session.execute(wanted.add_columns(day).where(day.between(first, last)).order_by(day))
    return ((row[0], row[1]) for row in rows.all())


def drafts_closing(first: date, last: date) -> Iterator[tuple[Application, date]]:
    """Give the applications that nobody has submitted, by the day on which their call closes."""
    wanted = (
        select(Application)
        .join(Call, Call.id == Application.call_id)
        .options(joinedload(Application.call))
        .where(Application.state == ApplicationState.DRAFT, Call.state == CallState.OPEN)
    )
    return _dated(wanted, shanghai_day(Call.closes_at), first, last)


def corrections_ending(first: date, last: date) -> Iterator[tuple[Application, date]]:
    """Give the applications in correction, by its last day."""
    wanted = select(Application).where(Application.state == ApplicationState.RETURNED)
    return _dated(wanted.options(joinedload(Application.call)), Application.return_due_on, first, last)


def public_notices_ending(first: date, last: date) -> Iterator[tuple[PublicNotice, date]]:
    """Give the public notices by the last day on which one may object."""
    wanted = select(PublicNotice).where(PublicNotice.closed_at.is_(None)).options(joinedload(PublicNotice.call))
    return _dated(wanted, PublicNotice.ends_on, first, last)


def answers_due(first: date, last: date) -> Iterator[tuple[Objection, date]]:
    """Give the objections that nobody has answered, by the day on which the answer is due."""
    wanted = select(Objection).where(Objection.state.in_(OBJECTION_OPEN)).options(joinedload(Objection.application))
    return _dated(wanted, Objection.answer_due_on, first, last)


def rectifications_due(first: date, last: date) -> Iterator[tuple[Project, date]]:
    """Give the projects that have to put things right, by the day until which they have to."""
    wanted = select(Project).where(Project.state == ProjectState.RECTIFYING)
    return _dated(wanted, Project.rectify_due_on, first, last)


def reports_due(kind: ReportKind, first: date, last: date) -> Iterator[tuple[Project, date]]:
    """Give the projects whose report of a kind is not handed in, by the day on which it is due."""
    handed_in = select(Report.project_id).where(
        Report.kind == kind, Report.state.not_in((ReportState.DRAFT, ReportState.RETURNED))
    )
    state, due_on = REPORT_DUE_ON[kind]
    wanted = select(Project).where(Project.state == state, Project.id.not_in(handed_in))
    return _dated(wanted, due_on, first, last)


def refunds_due(first: date, last: date) -> Iterator[tuple[Project, date]]:
    """Give the projects that owe a refund, by the day on which it is due."""
    wanted = select(Project).where(Project.refund_due > 0, Project.refunded_on.is_(None))
    return _dated(wanted, REFUND_DUE_ON, first, last)
