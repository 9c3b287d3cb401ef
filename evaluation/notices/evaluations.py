"""Notices of evaluations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evaluation.models import Evaluation
from kernel.notices import Notice, Topic, members_of, to_role


def _params(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "number": evaluation.number,
        "project": evaluation.project_number,
        "kind": evaluation.kind,
        "due": evaluation.due_on or "",
    }


def _link(evaluation: Evaluation) -> str:
    return f"/evaluations/{evaluation.id}"


def _people(evaluation: Evaluation) -> Iterable[int]:
    return [person for person in (evaluation.evaluator_id, evaluation.countersigner_id) if person is not None]


def _evaluator(evaluation: Evaluation) -> Iterable[int]:
    return [evaluation.evaluator_id] if evaluation.evaluator_id is not None else []


def _countersigner(evaluation: Evaluation) -> Iterable[int]:
    return [evaluation.countersigner_id] if evaluation.countersigner_id is not None else []


TO_ORGANIZATION = members_of(lambda evaluation: evaluation.organization_id, "org_admin", "org_lead")

EVALUATION_PLANNED = Notice(
    key="evaluation.planned",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="{kind} of {project}: please assign an agency",
    body="{number} waits for an agency, an evaluator and a second signature.",
    params=_params,
    link=_link,
)
EVALUATION_ASSIGNED = Notice(
    key="evaluation.assigned",
    topic=Topic.TASKS,
    to=_people,
    headline="{kind} of {project} is assigned to you",
    body="{number} is due on {due}. The evaluator begins with the recusal statement.",
    params=_params,
    link=_link,
)
EVALUATION_STEPPED_BACK = Notice(
    key="evaluation.stepped_back",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="{number} needs other evaluators",
    body="{kind} of {project}: an evaluator stepped back. Please assign other people.",
    params=_params,
    link=_link,
)
SELF_REPORT_ASKED = Notice(
    key="evaluation.self_report_asked",
    topic=Topic.DEADLINES,
    to=TO_ORGANIZATION,
    headline="{kind} of {project}: please write your self-report",
    body="The evaluation {number} has begun. Write and send the self-report; the evaluation is due on {due}.",
    params=_params,
    link=lambda evaluation: f"/evaluations/{evaluation.id}/self-report",
)
SELF_REPORT_SENT = Notice(
    key="evaluation.self_report_sent",
    topic=Topic.TASKS,
    to=_evaluator,
    headline="The self-report for {number} is there",
    body="{kind} of {project}: the organization sent its self-report. Documents can be read and the sheet begun.",
    params=_params,
    link=_link,
)
TO_COUNTERSIGN = Notice(
    key="evaluation.to_countersign",
    topic=Topic.TASKS,
    to=_countersigner,
    headline="{number} waits for your signature",
    body="{kind} of {project}: the sheet is complete and needs the second signature of your agency.",
    params=_params,
    link=_link,
)
BACK_TO_EVALUATOR = Notice(
    key="evaluation.back_to_evaluator",
    topic=Topic.TASKS,
    to=_people,
    headline="{number} came back",
    body="{kind} of {project}: please look at the sheet again.",
    params=_params,
    link=_link,
)
EVALUATION_HANDED_IN = Notice(
    key="evaluation.handed_in",
    topic=Topic.TASKS,
    to=to_role("officer", "director"),
    headline="{number} is handed in",
    body="{kind} of {project}: the agency has signed. The director confirms the result.",
    params=_params,
    link=_link,
)
RESULT_TOLD = Notice(
    key="evaluation.told",
    topic=Topic.DEADLINES,
    to=TO_ORGANIZATION,
    headline="{kind} of {project}: the result is there",
    body="Read the result and the report of {number}. You can object while it is not final.",
    params=_params,
    link=_link,
)
RESULT_OBJECTED = Notice(
    key="evaluation.objected",
    topic=Topic.TASKS,
    to=to_role("officer", "director"),
    headline="An objection to {number}",
    body="The organization objects to the result of {kind} of {project}. Please look into it.",
    params=_params,
    link=_link,
)
OBJECTION_ANSWERED = Notice(
    key="evaluation.answered",
    topic=Topic.DECISIONS,
    to=TO_ORGANIZATION,
    headline="Your objection to {number} is answered",
    body="{kind} of {project}: read the answer on the page of the evaluation.",
    params=_params,
    link=_link,
)
RESULT_FINAL = Notice(
    key="evaluation.final",
    topic=Topic.DECISIONS,
    to=TO_ORGANIZATION,
    headline="The result of {number} is final",
    body="{kind} of {project} is finished; what follows from it stands on the page of the project.",
    params=_params,
    link=_link,
)
REPORT_LATE = Notice(
    key="evaluation.late",
    topic=Topic.DECISIONS,
    to=TO_ORGANIZATION,
    headline="{number} failed for a late self-report",
    body="{kind} of {project} is failed, because no self-report came until {due}.",
    params=_params,
    link=_link,
)
