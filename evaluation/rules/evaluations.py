"""Rules of evaluations: who may sign, what a sheet must hold, who is not independent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from evaluation.models import Agency, AgencyMember, Evaluation
from evaluation.queries.evaluations import (
    belonging_to,
    columns_in,
    holds_project,
    measured,
    reviewed_by,
    sheet_score,
)
from evaluation.scoring import Answer, Indicator, IndicatorSet, SheetScore, answer_problem
from evaluation.states import EvaluationState, ScoreColumn
from grants.models import Project
from kernel.actor import Actor
from kernel.clock import today
from kernel.people import names_of
from kernel.words import Sentence

OPINION: Final = "opinion"
"""The code under which the panel's column keeps the opinion on the whole."""

LEAST_OPINION: Final = 20
LEAST_REPORT: Final = 20
LONGEST_TEXT: Final = 5000


def is_the_evaluator(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """The sheet is the evaluator's who was assigned."""
    if actor.user_id == evaluation.evaluator_id:
        return None
    return Sentence("This evaluation is assigned to another evaluator.")


def is_the_countersigner(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """The second signature is another person's than the first."""
    if actor.user_id == evaluation.countersigner_id:
        return None
    return Sentence("The second signature is another person's of the agency.")


def is_signing(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """Whoever steps back is one of the two who were asked."""
    if actor.user_id in {evaluation.evaluator_id, evaluation.countersigner_id}:
        return None
    return Sentence("This evaluation is assigned to other people.")


def is_own_organization(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """An organization speaks for its own projects."""
    if actor.organization_id == evaluation.organization_id:
        return None
    return Sentence("You can act for your own organization only.")


def is_overdue(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """A self-report is late after the day until which the evaluation is due."""
    if evaluation.due_on is not None and evaluation.due_on < today():
        return None
    return Sentence("The self-report is not overdue: it may come until {day}.", day=evaluation.due_on)


def self_report_is_written(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """A self-report says something."""
    if len(evaluation.self_report.strip()) >= LEAST_REPORT:
        return None
    return Sentence("The self-report has at least {least} characters.", least=LEAST_REPORT)


def sheet_is_complete(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """Every item has its answer before the sheet goes on."""
    sheet, score = _counted(evaluation)
    names = {leaf.code: leaf.name for leaf in sheet.leaves}
    if not score.missing:
        return None
    return Sentence(
        "{count} items have no answer yet: {names}.",
        count=len(score.missing),
        names=[names[code] for code in score.missing],
    )


def results_are_explained(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """What lies far above its target is explained."""
    sheet, score = _counted(evaluation)
    names = {leaf.code: leaf.name for leaf in sheet.leaves}
    if not score.unexplained:
        return None
    return Sentence("Far above the target, please explain: {names}.", names=[names[code] for code in score.unexplained])


def vetoes_are_founded(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """A veto item says what was found."""
    panel = columns_in(evaluation)[ScoreColumn.PANEL]
    sheet = evaluation.indicator_set.sheet
    bare = [
        veto.name
        for veto in sheet.vetoes
        if veto.code in panel
        and any(panel[veto.code].answer.get("checks") or ())
        and not panel[veto.code].reason.strip()
    ]
    if not bare:
        return None
    return Sentence("A veto item needs the facts behind it: {names}.", names=bare)


def opinion_is_written(evaluation: Evaluation, actor: Actor) -> Sentence | None:
    """The organization reads strengths, problems and advice."""
    told = columns_in(evaluation)[ScoreColumn.PANEL].get(OPINION)
    if told is not None and len(told.reason.strip()) >= LEAST_OPINION:
        return None
    return Sentence("The opinion on the whole has at least {least} characters.", least=LEAST_OPINION)


def _counted(evaluation: Evaluation) -> tuple[IndicatorSet, SheetScore]:
    sheet = evaluation.indicator_set.sheet
    return sheet, sheet_score(evaluation, sheet, columns_in(evaluation)[ScoreColumn.PANEL])


def may_be_scored(evaluation: Evaluation) -> Sentence | None:
    """A sheet is open while it is being scored."""
    if evaluation.state is EvaluationState.SCORING:
        return None
    return Sentence("This evaluation is “{state}”; its sheet is not open.", state=evaluation.state)


def may_be_self_reported(evaluation: Evaluation) -> Sentence | None:
    """A self-report is open until it is sent."""
    if evaluation.state is EvaluationState.SELF_REPORT:
        return None
    return Sentence("This evaluation is “{state}”; the self-report is not open.", state=evaluation.state)


def answer_problems(items: Mapping[str, Indicator], answers: Mapping[str, Answer]) -> dict[str, list[Sentence]]:
    """Say what is wrong with typed answers: `answer-<code>` → sentences."""
    problems: dict[str, list[Sentence]] = {}
    for code, answer in answers.items():
        item = items.get(code)
        is_explained = item is not None and measured(item) and answer == Answer(reason=answer.reason)
        if item is None or (measured(item) and not is_explained):
            told: Sentence | None = Sentence("There is no such item in this sheet.")
        elif answer.not_applicable and not answer.reason.strip():
            told = Sentence("Say why an item does not apply.")
        elif len(answer.reason) > LONGEST_TEXT:
            told = Sentence(
                "At most {most} characters; there are {count}.", most=LONGEST_TEXT, count=len(answer.reason)
            )
        else:
            told = None if is_explained else answer_problem(item, answer)
        if told is not None:
            problems[f"answer-{code}"] = [told]
    return problems


def people_who_cannot(
    project: Project,
    *,
    agency: Agency | None,
    evaluator: AgencyMember | None,
    countersigner: AgencyMember | None,
) -> list[Sentence]:
    """Say everything that keeps these two people and their agency from evaluating a project.

    Source: domain rules; a reviewer of a project does not evaluate it, an agency holds no project in the same call.
    """
    if evaluator is None or countersigner is None or agency is None:
        return [Sentence("Please choose two people of an evaluation agency.")]
    told = []
    if evaluator.user_id == countersigner.user_id:
        told.append(Sentence("Two different people of the agency sign an evaluation."))
    if evaluator.agency_id != countersigner.agency_id:
        told.append(Sentence("Both signatures come from one agency."))
    if not agency.is_active:
        told.append(Sentence("{agency} does not evaluate any more.", agency=agency.name))
    if holds_project(agency.credit_code, project.call_id):
        told.append(
            Sentence("{agency} holds a project of the same call and cannot evaluate in it.", agency=agency.name)
        )
    people = [evaluator.user_id, countersigner.user_id]
    names = names_of(people)
    told += [
        Sentence("{name} reviewed the application of this project and cannot evaluate it.", name=names[user_id])
        for user_id in reviewed_by(project.application_id, people)
    ]
    told += [
        Sentence("{name} belongs to the organization of this project and cannot evaluate it.", name=names[user_id])
        for user_id in belonging_to(project.organization_id, people)
    ]
    return told
