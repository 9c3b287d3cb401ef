"""Deadlines of reviews and evaluations that lie ahead, each with its day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from evaluation.models import Evaluation, Review
from evaluation.states import REVIEW_IN_HAND, EvaluationState
from kernel.db import db

WITH_AGENCY = (
    EvaluationState.ASSIGNED,
    EvaluationState.DESK,
    EvaluationState.VISIT,
    EvaluationState.SCORING,
    EvaluationState.COUNTERSIGN,
)


@dataclass(frozen=True, slots=True)
class OpenReviews:
    """The reviews of one call that one person still has in hand; `id` is the call's."""

    id: int
    reviewer_id: int
    count: int


def _between(first: date, last: date, *states: EvaluationState) -> Iterator[tuple[Evaluation, date]]:
    wanted = select(Evaluation).where(Evaluation.state.in_(states), Evaluation.due_on.between(first, last))
    for evaluation in db.session.scalars(wanted.order_by(Evaluation.due_on)).all():
        assert evaluation.due_on is not None
        yield evaluation, evaluation.due_on


def evaluations_due(first: date, last: date) -> Iterator[tuple[Evaluation, date]]:
    """Give the evaluations that an agency has in hand, by the day on which they are due."""
    return _between(first, last, *WITH_AGENCY)


def self_reports_due(first: date, last: date) -> Iterator[tuple[Evaluation, date]]:
    """Give the evaluations whose self-report is not sent, by the day until which it must be."""
    return _between(first, last, EvaluationState.SELF_REPORT)


def reviews_due(first: date, last: date) -> Iterator[tuple[OpenReviews, date]]:
    """Give what reviewers have in hand, one bundle for each call and day."""
    wanted = (
        select(Review.call_id, Review.reviewer_id, Review.due_on, func.count().label("count"))
        .where(Review.state.in_(REVIEW_IN_HAND), Review.due_on.between(first, last))
        .group_by(Review.call_id, Review.reviewer_id, Review.due_on)
        .order_by(Review.due_on, Review.call_id, Review.reviewer_id)
    )
    for row in db.session.execute(wanted).all():
        yield OpenReviews(row.call_id, row.reviewer_id, row[3]), row.due_on
