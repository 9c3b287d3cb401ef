"""What waits for a person in evaluation, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, Select, Text, and_, cast, exists, literal, null, or_, select, union

from evaluation.models import Evaluation, Review
from evaluation.states import REVIEW_IN_HAND, EvaluationState as S
from grants.models import Application, Call
from grants.states import ApplicationState, CallState
from kernel.actor import Actor
from kernel.db import db

MOST = 20

Line = Select[Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: which, the record's id and number, what it is about, until when."""

    what: str
    id: int
    number: str
    about: str
    due_on: date | None


def waiting_for(actor: Actor) -> Sequence[Waiting]:
    """Give what waits for this person, soonest first."""
    lines = [line for code in sorted(actor.duties) for line in LINES.get(code, lambda _actor: [])(actor)]
    if not lines:
        return []
    # Who holds two roles of an agency is told a thing once.
    found = union(*lines).subquery()
    wanted = select(found).order_by(found.c.due_on.asc().nulls_last(), found.c.number).limit(MOST)
    return [Waiting(*row) for row in db.session.execute(wanted)]


def _evaluations(what: str, *conditions: object) -> Line:
    return select(
        literal(what, Text).label("what"),
        Evaluation.id.label("id"),
        Evaluation.number.label("number"),
        Evaluation.project_number.label("about"),
        Evaluation.due_on.label("due_on"),
    ).where(*conditions)  # type: ignore[arg-type]


def _calls(what: str, condition: object) -> Line:
    return select(
        literal(what, Text).label("what"),
        Call.id.label("id"),
        Call.number.label("number"),
        Call.title.label("about"),
        cast(null(), Date).label("due_on"),
    ).where(Call.state == CallState.REVIEWING, condition)  # type: ignore[arg-type]


def _of_reviewer(actor: Actor) -> list[Line]:
    own = select(
        literal("review", Text).label("what"),
        Review.id.label("id"),
        Review.application_number.label("number"),
        literal("", Text).label("about"),
        Review.due_on.label("due_on"),
    ).where(Review.reviewer_id == actor.user_id, Review.state.in_(REVIEW_IN_HAND))
    return [own]


def _of_agency(actor: Actor) -> list[Line]:
    mine = Evaluation.evaluator_id == actor.user_id
    in_hand = Evaluation.state.in_([S.ASSIGNED, S.DESK, S.VISIT, S.SCORING])
    second = and_(Evaluation.countersigner_id == actor.user_id, Evaluation.state == S.COUNTERSIGN)
    return [_evaluations("evaluate", mine, in_hand), _evaluations("countersign", second)]


def _of_officer(_actor: Actor) -> list[Line]:
    waits = and_(
        Application.call_id == Call.id,
        Application.state == ApplicationState.REVIEWING,
        Application.score.is_(None),
    )
    unread = exists().where(waits, ~exists().where(Review.application_id == Application.id).correlate(Application))
    out = exists().where(Review.call_id == Call.id, Review.state.in_(REVIEW_IN_HAND)).correlate(Call)
    all_in = and_(exists().where(waits).correlate(Call), ~unread.correlate(Call), ~out)
    return [
        _calls("board", unread.correlate(Call)),
        _calls("close", all_in),
        _evaluations("planned", Evaluation.state == S.PLANNED),
        _evaluations("objected", Evaluation.state == S.OBJECTED),
        _evaluations("told", Evaluation.state == S.TOLD),
    ]


def _of_director(_actor: Actor) -> list[Line]:
    return [
        _evaluations("handed_in", Evaluation.state == S.HANDED_IN),
        _evaluations("objected", Evaluation.state == S.RECHECK),
    ]


def _of_organization(actor: Actor) -> list[Line]:
    own = Evaluation.organization_id == actor.organization_id
    return [
        _evaluations("self_report", own, Evaluation.state == S.SELF_REPORT),
        _evaluations("result", own, or_(Evaluation.state == S.TOLD)),
    ]


LINES = {
    "reviewer": _of_reviewer,
    "evaluator": _of_agency,
    "agency_admin": _of_agency,
    "officer": _of_officer,
    "director": _of_director,
    "org_admin": _of_organization,
    "org_lead": _of_organization,
}
