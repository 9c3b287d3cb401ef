"""Who is reminded of which deadline of reviews and evaluations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evaluation.models import Evaluation
from evaluation.notices.evaluations import TO_ORGANIZATION
from evaluation.queries import deadlines
from evaluation.states import EvaluationState
from kernel.notices import Notice, Reminder, Topic, working_days


def _params(evaluation: Evaluation) -> dict[str, Any]:
    return {"number": evaluation.number, "project": evaluation.project_number, "kind": evaluation.kind}


def _in_hand_of(evaluation: Evaluation) -> Iterable[int]:
    countersigns = evaluation.state is EvaluationState.COUNTERSIGN
    person = evaluation.countersigner_id if countersigns else evaluation.evaluator_id
    return [] if person is None else [person]


EVALUATION_DUE = Notice(
    key="evaluation.due",
    topic=Topic.DEADLINES,
    to=_in_hand_of,
    headline="{number} is due on {due}",
    body="{kind} of {project}: it waits for you.",
    params=_params,
    link=lambda evaluation: f"/evaluations/{evaluation.id}",
)
SELF_REPORT_DUE = Notice(
    key="evaluation.self_report_due",
    topic=Topic.DEADLINES,
    to=TO_ORGANIZATION,
    headline="The self-report for {number} has to be sent by {due}",
    body="{kind} of {project}: without a self-report the evaluation is failed.",
    params=_params,
    link=lambda evaluation: f"/evaluations/{evaluation.id}/self-report",
)
REVIEWS_DUE = Notice(
    key="review.due",
    topic=Topic.DEADLINES,
    to=lambda reviews: [reviews.reviewer_id],
    headline="Your reviews are due on {due}",
    body="{count} applications of one call still wait for your scores.",
    params=lambda reviews: {"count": reviews.count},
    link=lambda _reviews: "/my-reviews/",
)

REMINDERS = (
    Reminder(notice=EVALUATION_DUE, due=deadlines.evaluations_due, marks=working_days(7, 3, 1)),
    Reminder(notice=SELF_REPORT_DUE, due=deadlines.self_reports_due, marks=working_days(7, 3, 1)),
    Reminder(notice=REVIEWS_DUE, due=deadlines.reviews_due, marks=working_days(3, 1)),
)
