"""What waits for a person: one row a bundle or a record, every kind of it in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Select, String, cast, func, literal, null, select, union_all

from grants.models import Application, BudgetAdjustment, Call, CallAnswer, CallForm, CallQuestion, FiscalYear
from grants.states import AdjustmentState, ApplicationState, CallState, FiscalYearState
from kernel.actor import Actor, ReaderKind
from kernel.db import db


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: what it is, how many, the record, its words, and its last day in Shanghai."""

    what: str
    count: int
    record_id: int
    label: str
    due_on: date | None


def waiting_for(actor: Actor) -> Sequence[Waiting]:
    """Give what waits for this person in years, calls and applications."""
    parts = [part() for verb, kind, part in PARTS if actor.may(verb, kind)]
    if actor.kind is ReaderKind.ORG and actor.may("edit", "Application"):
        parts += [_to_correct(), _to_finish()]
    if not parts:
        return []
    return [Waiting(*told) for told in db.session.execute(union_all(*parts))]


def row(what: str, record_id: Any, label: Any, due_on: Any = None, count: Any = 1) -> Select[Any]:
    """Give one part of the statement: the columns of `Waiting`."""
    return select(
        literal(what).label("what"),
        cast(count if isinstance(count, ColumnElement) else literal(count), BigInteger).label("count"),
        cast(null() if record_id is None else record_id, BigInteger).label("record_id"),
        cast(label, String).label("label"),
        cast(null() if due_on is None else due_on, Date).label("due_on"),
    )


def shanghai_day(moment: Any) -> ColumnElement[date]:
    """Give the day in Shanghai on which a moment falls."""
    return cast(func.timezone("Asia/Shanghai", moment), Date)


def _years_in(what: str, state: FiscalYearState) -> Select[Any]:
    return row(what, FiscalYear.id, FiscalYear.year).where(FiscalYear.state == state)


def _calls_in(what: str, state: CallState, due: Any = None, *more: ColumnElement[bool]) -> Select[Any]:
    return row(what, Call.id, Call.title, due).where(Call.state == state, *more)


def _undecided() -> Select[Any]:
    """Applications to check, a bundle a call; due on its closing day."""
    return (
        row("check", Call.id, Call.title, shanghai_day(Call.closes_at), func.count())
        .select_from(Application)
        .join(Call, Call.id == Application.call_id)
        .where(Application.state == ApplicationState.SUBMITTED, Call.state.in_((CallState.OPEN, CallState.CLOSED)))
        .group_by(Call.id)
    )


def _ready_for_review() -> Select[Any]:
    undecided = (
        select(Application.id)
        .where(
            Application.call_id == Call.id,
            Application.state.in_((ApplicationState.SUBMITTED, ApplicationState.RETURNED)),
        )
        .exists()
    )
    qualified = (
        select(Application.id)
        .where(Application.call_id == Call.id, Application.state == ApplicationState.QUALIFIED)
        .exists()
    )
    return _calls_in("start_review", CallState.CLOSED, None, ~undecided, qualified)


def _to_correct() -> Select[Any]:
    return row("correct", Application.id, Application.number, Application.return_due_on).where(
        Application.state == ApplicationState.RETURNED
    )


def _to_finish() -> Select[Any]:
    return (
        row("finish", Application.id, Application.number, shanghai_day(Call.closes_at))
        .select_from(Application)
        .join(Call, Call.id == Application.call_id)
        .where(Application.state == ApplicationState.DRAFT, Call.state == CallState.OPEN)
    )


def _adjustments_in(what: str, state: AdjustmentState) -> Select[Any]:
    return row(what, BudgetAdjustment.id, BudgetAdjustment.number).where(BudgetAdjustment.state == state)


def _to_answer() -> Select[Any]:
    """Questions that wait for an answer, a bundle a call; an answer is of use before the closing day."""
    answered = select(CallAnswer.id).where(CallAnswer.source_id == CallQuestion.id).exists()
    return (
        row("answer_questions", Call.id, Call.title, shanghai_day(Call.closes_at), func.count())
        .select_from(CallQuestion)
        .join(Call, Call.id == CallQuestion.call_id)
        .where(~answered, Call.state.in_((CallState.PUBLISHED, CallState.OPEN)))
        .group_by(Call.id)
    )


def _forms_to_publish() -> Select[Any]:
    return (
        row("publish_form", Call.id, Call.title, shanghai_day(Call.closes_at))
        .select_from(CallForm)
        .join(Call, Call.id == CallForm.call_id)
        .where(CallForm.change_reason.is_not(None), Call.state.in_((CallState.PUBLISHED, CallState.OPEN)))
    )


PARTS: tuple[tuple[str, str, Callable[[], Select[Any]]], ...] = (
    ("answer", "CallQuestion", _to_answer),
    ("publish", "CallForm", _forms_to_publish),
    ("propose", "FiscalYear", lambda: _years_in("propose_year", FiscalYearState.DRAFT)),
    ("approve", "FiscalYear", lambda: _years_in("approve_year", FiscalYearState.PROPOSED)),
    (
        "agree",
        "BudgetAdjustment",
        lambda: _adjustments_in("agree_adjustment", AdjustmentState.PROPOSED),
    ),
    (
        "approve",
        "BudgetAdjustment",
        lambda: _adjustments_in("approve_adjustment", AdjustmentState.AGREED),
    ),
    ("approve", "Call", lambda: _calls_in("approve_call", CallState.PROPOSED, shanghai_day(Call.opens_at))),
    (
        "propose",
        "Call",
        lambda: _calls_in("mend_call", CallState.DRAFT, shanghai_day(Call.opens_at), Call.return_reason.is_not(None)),
    ),
    ("qualify", "Application", _undecided),
    ("start_review", "Call", _ready_for_review),
)
"""Whoever may do this has that waiting: verb, kind, the rows."""
