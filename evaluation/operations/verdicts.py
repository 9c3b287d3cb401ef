"""From a signed sheet to a result that counts: report, confirmation, telling, and what follows for the project."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from functools import partial

from sqlalchemy import select

from evaluation.models import Evaluation
from evaluation.operations.evaluations import close_project
from evaluation.operations.results import six_places
from evaluation.queries.evaluations import columns_of, sheet_score
from evaluation.queries.sets import set_of
from evaluation.reports.evaluation import WORD, build_evaluation_report
from evaluation.scoring import Composite, SheetScore, composite, exact
from evaluation.states import EvaluationKind, Grade, ScoreColumn
from evaluation.workflows.evaluations import EVALUATION
from grants.workflows.projects import PROJECT
from kernel.actor import Actor
from kernel.clock import now, today
from kernel.db import db
from kernel.files import StoredFile
from kernel.papers import issue_paper, recall_papers
from kernel.words import Sentence

RETURNED = Sentence("The sheet was returned to the agency; a new report follows.")
PUT_RIGHT_WITHIN = timedelta(days=30)
"""How long an organization has to put right what a mid-term evaluation found. A default of ours."""


def score_of(evaluation: Evaluation) -> SheetScore:
    """Count the panel's column of an evaluation anew from its answers."""
    sheet = set_of(evaluation.set_id).sheet
    return sheet_score(evaluation, sheet, columns_of(evaluation.id)[ScoreColumn.PANEL])


@EVALUATION.step("countersign")
def countersign(evaluation: Evaluation, *, actor: Actor) -> None:
    """Sign as the second person: the report is written and kept under its hash, the project leaves the desks."""
    evaluation.signed_at = now()
    assert evaluation.agency is not None, "a signed evaluation has its agency"
    paper = issue_paper(
        partial(build_evaluation_report, evaluation, score_of(evaluation)),
        owner=evaluation,
        kind="report",
        word=WORD,
        number=evaluation.number,
        issuer=evaluation.agency.name,
        actor=actor,
    )
    # The organization reads its report when it is told, and not a day earlier.
    paper.file.organization_id = None
    close_project(evaluation)
    evaluation.file_id, evaluation.sha256 = paper.file_id, paper.sha256


def _report(evaluation: Evaluation) -> StoredFile | None:
    if evaluation.file_id is None:
        return None
    return db.session.scalars(select(StoredFile).where(StoredFile.id == evaluation.file_id)).one()


@EVALUATION.after("return_to_agency")
def recall_report(evaluation: Evaluation, *, actor: Actor) -> None:
    """A report whose sheet is open again no longer holds; whoever verifies it reads so."""
    recall_papers(evaluation, actor=actor, reason=RETURNED)


@EVALUATION.step("confirm")
def confirm_evaluation(evaluation: Evaluation, *, actor: Actor) -> None:
    """Confirm the agency's result for the Centre."""
    evaluation.confirmed_by_id = actor.user_id
    evaluation.confirmed_at = now()


@EVALUATION.after("confirm")
def tell_at_once(evaluation: Evaluation, *, actor: Actor) -> None:
    """What is confirmed is told in the same breath."""
    EVALUATION["tell"](evaluation, actor=actor)


@EVALUATION.step("tell")
def tell_result(evaluation: Evaluation, *, actor: Actor) -> None:
    """Write score and grade where the organization reads them, and open its report to it."""
    score = score_of(evaluation)
    assert score.exact is not None, "a signed sheet is complete"
    whole = composite_of(evaluation, score) if evaluation.kind is EvaluationKind.FINAL else None
    report = _report(evaluation)
    assert report is not None, "a signed evaluation has its report"
    report.organization_id = evaluation.organization_id
    db.session.flush()
    evaluation.vetoed = bool(score.vetoed)
    evaluation.passed = score.passed
    evaluation.grade = whole.grade if whole is not None else score.grade
    if whole is not None:
        evaluation.composite = six_places(whole.exact)
        evaluation.composite_words = whole.explanation.dump()
    evaluation.score = six_places(score.exact)


def composite_of(evaluation: Evaluation, score: SheetScore) -> Composite:
    """Give the final composite of a project: mid-term 30%, final 70%; bonus and penalty stand in the sheet already."""
    sheet, midterm = set_of(evaluation.set_id).sheet, evaluation.project.midterm_score
    assert score.exact is not None
    return composite(
        midterm=None if midterm is None else exact(midterm),
        final=score.exact * Fraction(100) / exact(sheet.total),
        vetoed=bool(score.vetoed),
    )


@EVALUATION.step("finish")
def finish_evaluation(evaluation: Evaluation, *, actor: Actor) -> None:
    """Make a result final."""
    evaluation.finished_at = now()


@EVALUATION.after("finish")
def give_result(evaluation: Evaluation, *, actor: Actor) -> None:
    """Give a final result to its project: the next instalment, rectification, or the grade."""
    assert evaluation.score is not None, "a told result has its score"
    if evaluation.kind is EvaluationKind.MIDTERM:
        passed = evaluation.passed is not False
        _give_midterm(evaluation, actor, passed=passed)
    elif evaluation.kind is EvaluationKind.FINAL:
        assert evaluation.composite is not None
        assert evaluation.grade is not None
        PROJECT["grade_final"](
            evaluation.project,
            actor=actor,
            score=evaluation.score,
            composite=evaluation.composite,
            grade=evaluation.grade,
        )


def _give_midterm(evaluation: Evaluation, actor: Actor, *, passed: bool) -> None:
    if passed:
        PROJECT["pass_midterm"](evaluation.project, actor=actor, score=evaluation.score)
        return
    reason = Sentence("The mid-term evaluation {number} was not passed.", number=evaluation.number)
    PROJECT["fail_midterm"](
        evaluation.project,
        actor=actor,
        score=evaluation.score,
        reason=reason.render("zh"),
        due_on=today() + PUT_RIGHT_WITHIN,
    )


@EVALUATION.step("fail_late")
def fail_late(evaluation: Evaluation, *, actor: Actor) -> None:
    """Fail an evaluation whose self-report did not come in time.

    Source: the calls of 宁波海曙.
    """
    close_project(evaluation)
    db.session.flush()
    evaluation.finished_at = now()
    evaluation.passed, evaluation.grade = False, Grade.POOR


@EVALUATION.after("fail_late")
def give_late_result(evaluation: Evaluation, *, actor: Actor) -> None:
    """A late self-report counts as a mid-term that was not passed, or as the grade poor."""
    evaluation.score = six_places(Fraction(0))
    if evaluation.kind is EvaluationKind.MIDTERM:
        _give_midterm(evaluation, actor, passed=False)
    else:
        midterm = evaluation.project.midterm_score
        whole = composite(midterm=None if midterm is None else exact(midterm), final=Fraction(0))
        evaluation.composite = six_places(whole.exact)
        PROJECT["grade_final"](
            evaluation.project, actor=actor, score=evaluation.score, composite=evaluation.composite, grade=Grade.POOR
        )
