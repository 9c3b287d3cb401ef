"""A few unread notices for those who judge, and for those whom they ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evaluation.models import Evaluation, Review
from evaluation.notices.evaluations import (
    EVALUATION_ASSIGNED,
    EVALUATION_HANDED_IN,
    EVALUATION_PLANNED,
    RESULT_OBJECTED,
    SELF_REPORT_ASKED,
    TO_COUNTERSIGN,
)
from evaluation.notices.reviews import REVIEW_RECUSED, REVIEWS_ASSIGNED
from evaluation.states import EvaluationState as E, ReviewState
from kernel.demo import Stage

TOLD = (
    (EVALUATION_PLANNED, E.PLANNED, 6),
    (EVALUATION_ASSIGNED, E.ASSIGNED, 5),
    (EVALUATION_ASSIGNED, E.SCORING, 20),
    (SELF_REPORT_ASKED, E.SELF_REPORT, 4),
    (TO_COUNTERSIGN, E.COUNTERSIGN, 2),
    (EVALUATION_HANDED_IN, E.HANDED_IN, 3),
    (RESULT_OBJECTED, E.OBJECTED, 1),
)


def load_inbox(stage: Stage, panel: Sequence[int]) -> None:
    """Tell reviewers, evaluators and the staff what waits for them."""
    for user_id in panel:
        wanted = select(Review).where(Review.reviewer_id == user_id, Review.state == ReviewState.ASSIGNED)
        review = stage.session.scalars(wanted.options(joinedload(Review.call)).order_by(Review.id)).first()
        stage.tell(REVIEWS_ASSIGNED, review, on=stage.as_of - timedelta(days=16))
    left = select(Review).where(Review.state == ReviewState.RECUSED).order_by(Review.id)
    stage.tell(REVIEW_RECUSED, stage.session.scalars(left).first(), on=stage.as_of - timedelta(days=8))
    for notice, state, days in TOLD:
        found = select(Evaluation).where(Evaluation.state == state).order_by(Evaluation.id)
        record = stage.session.scalars(found.options(joinedload(Evaluation.project))).first()
        stage.tell(notice, record, on=stage.as_of - timedelta(days=days))
