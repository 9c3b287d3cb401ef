"""Deeds of evaluations: planned, assigned, accepted, signed by two, confirmed, told, objected to, made final."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from sqlalchemy import select

from evaluation.models import Agency, Evaluation
from evaluation.notices.evaluations import EVALUATION_PLANNED
from evaluation.operations.reviews import refuse_half_statement
from evaluation.operations.sights import close_sight, open_sights
from evaluation.queries.evaluations import member_of, sent_reports
from evaluation.queries.sets import newest_set
from evaluation.rules.evaluations import people_who_cannot
from evaluation.states import EvaluationKind
from evaluation.workflows.evaluations import EVALUATION
from grants.models import Project
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import now, today
from kernel.db import db
from kernel.numbering import next_number
from kernel.people import users_with_role
from kernel.words import Sentence
from kernel.workflow import refuse_if

EVALUATION.govern(Evaluation)

Reason = Annotated[str, Ask("Reason", long=True, most=1000)]


def plan_evaluation(project: Project, kind: EvaluationKind, *, actor: Actor) -> Evaluation:
    """Plan an evaluation of a project by the set that its call names; called inside the deed that asks for it.

    Raises Refused when there is no such set.
    """
    call = project.call
    sheet = newest_set(call.midterm_set if kind is EvaluationKind.MIDTERM else call.final_set)
    sheet.used_at = sheet.used_at or now()
    evaluation = Evaluation(
        number=next_number(db.session(), "PG", today().year),
        project_id=project.id,
        project_number=project.number,
        organization_id=project.organization_id,
        call_id=project.call_id,
        set_id=sheet.id,
        kind=kind,
    )
    db.session.add(evaluation)
    db.session.flush()
    EVALUATION_PLANNED.send(evaluation, actor=actor)
    return evaluation


@EVALUATION.step("assign")
def assign_evaluation(
    evaluation: Evaluation,
    *,
    actor: Actor,
    evaluator_id: Annotated[int, Ask("Evaluator")],
    countersigner_id: Annotated[int, Ask("Second signature")],
    due_on: Annotated[date, Ask("Due")],
) -> None:
    """Ask two people of one agency (user ids); both see the project from now until the evaluation is handed in.

    Raises Refused with everything that keeps them from it.
    """
    project = evaluation.project
    first, second = member_of(evaluator_id), member_of(countersigner_id)
    agency = None if first is None else db.session.scalars(select(Agency).where(Agency.id == first.agency_id)).one()
    refuse_if(
        *people_who_cannot(project, agency=agency, evaluator=first, countersigner=second),
        *_without_role(evaluator_id, countersigner_id),
        Sentence("The day until which the evaluation is due lies in the past.") if due_on < today() else None,
    )
    assert agency is not None
    for person in (evaluator_id, countersigner_id):
        _open_project(person, project.id)
    evaluation.agency_id, evaluation.due_on = agency.id, due_on
    evaluation.evaluator_id, evaluation.countersigner_id = evaluator_id, countersigner_id


def _without_role(*people: int) -> list[Sentence]:
    allowed = set(users_with_role("evaluator", "agency_admin"))
    if set(people) <= allowed:
        return []
    return [Sentence("Both people need the role of an evaluator or of an agency's administrator.")]


def _open_project(user_id: int, project_id: int) -> None:
    open_sights("Project", [(user_id, project_id)])
    open_sights("Report", [(user_id, report_id) for report_id in sent_reports(project_id)])


def close_project(evaluation: Evaluation) -> None:
    """Let the people who sign an evaluation see its project no longer."""
    for person in (evaluation.evaluator_id, evaluation.countersigner_id):
        close_sight(person, "Project", evaluation.project_id)
        for report_id in sent_reports(evaluation.project_id):
            close_sight(person, "Report", report_id)


@EVALUATION.step("accept")
def accept_evaluation(
    evaluation: Evaluation,
    *,
    actor: Actor,
    no_interest: Annotated[bool, Ask("I have no interest in this organization or its project.")] = False,
    not_employed: Annotated[bool, Ask("I have not worked for this organization within the last 2 years.")] = False,
    statement: Annotated[str, Ask("Anything else", long=True, most=500)] = "",
) -> None:
    """State that nothing stands in the way of a fair evaluation; then the organization writes its self-report.

    Raises Invalid unless both are stated. Source: 民政部令第39号 art. 19 (worked there within 2 years).
    """
    refuse_half_statement(no_interest=no_interest, not_employed=not_employed)
    evaluation.no_interest, evaluation.not_employed, evaluation.statement = True, True, statement or ""
    evaluation.accepted_at = now()


@EVALUATION.step("step_back")
def step_back(evaluation: Evaluation, *, actor: Actor, reason: Reason) -> None:
    """Give an evaluation back; the Centre assigns other people."""
    _release(evaluation)


@EVALUATION.step("reassign")
def take_back_assignment(evaluation: Evaluation, *, actor: Actor, reason: Reason) -> None:
    """Take an evaluation from the people who have it."""
    _release(evaluation)


def _release(evaluation: Evaluation) -> None:
    close_project(evaluation)
    db.session.flush()
    # Nothing is read from here on: the rows fit together only when the step has set the state.
    evaluation.agency_id = evaluation.evaluator_id = evaluation.countersigner_id = evaluation.due_on = None
    evaluation.no_interest = evaluation.not_employed = False
    evaluation.accepted_at = None


@EVALUATION.step("visit")
def note_visit(
    evaluation: Evaluation,
    *,
    actor: Actor,
    visited_on: Annotated[date, Ask("Day of the visit")],
    note: Annotated[str, Ask("What was seen", long=True, most=2000)],
) -> None:
    """Note a visit on site.

    Raises Refused when its day has not come yet.
    """
    refuse_if(Sentence("A visit is noted when it has taken place.") if visited_on > today() else None)
    evaluation.visited_on, evaluation.visit_note = visited_on, note


@EVALUATION.step("begin_scoring")
def begin_scoring(evaluation: Evaluation, *, actor: Actor) -> None:
    """Open the sheet."""


@EVALUATION.step("send_back")
def send_back_to_evaluator(evaluation: Evaluation, *, actor: Actor, reason: Reason) -> None:
    """Let the evaluator look at the sheet again."""


@EVALUATION.step("return_to_agency")
def return_to_agency(evaluation: Evaluation, *, actor: Actor, reason: Reason) -> None:
    """Let the agency look at the sheet again; both people see the project again."""
    for person in (evaluation.evaluator_id, evaluation.countersigner_id):
        assert person is not None, "a signed evaluation has two people"
        _open_project(person, evaluation.project_id)


@EVALUATION.step("object")
def object_to_result(evaluation: Evaluation, *, actor: Actor, reason: Reason) -> None:
    """Object to a result that was told."""
    evaluation.objection = reason


@EVALUATION.step("recheck")
def look_into_objection(evaluation: Evaluation, *, actor: Actor) -> None:
    """Begin to look into an objection."""


@EVALUATION.step("answer")
def answer_objection(
    evaluation: Evaluation, *, actor: Actor, answer: Annotated[str, Ask("Answer", long=True, most=2000)]
) -> None:
    """Answer an objection; the result stands."""
    evaluation.answer = answer
