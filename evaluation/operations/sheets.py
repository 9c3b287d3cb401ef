"""Deeds on the sheets of an evaluation: the organization's column and report, the panel's column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from evaluation.models import Evaluation, EvaluationScore
from evaluation.queries.evaluations import answers_of, columns_of, measured_answers, sheet_score
from evaluation.queries.sets import set_of
from evaluation.rules import evaluations as rules
from evaluation.rules.evaluations import LONGEST_TEXT, OPINION
from evaluation.scoring import Answer, Indicator, IndicatorSet, shown
from evaluation.states import ScoreColumn
from evaluation.workflows.evaluations import EVALUATION
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, expect_version
from kernel.errors import Invalid
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if


def items_of(sheet: IndicatorSet) -> dict[str, Indicator]:
    """Give everything in a set that takes an answer: leaves, bonuses, penalties, veto items, by code."""
    return {item.code: item for item in (*sheet.leaves, *sheet.bonuses, *sheet.penalties, *sheet.vetoes)}


@deed("send_self_report", "Evaluation")
def save_self_report(
    evaluation: Evaluation,
    *,
    actor: Actor,
    text: str,
    answers: Mapping[str, Answer],
    version: int | None = None,
) -> None:
    """Keep what the organization has written so far: its report and its own answers by code.

    Raises Stale when it was saved elsewhere meanwhile, Invalid with every answer that cannot be.
    """
    lock(evaluation)
    refuse_if(rules.is_own_organization(evaluation, actor), rules.may_be_self_reported(evaluation))
    expect_version(evaluation, version)
    sheet = set_of(evaluation.set_id).sheet
    own = {leaf.code: leaf for leaf in sheet.leaves}
    problems = rules.answer_problems(own, answers) | _too_long("text", text)
    if problems:
        raise Invalid(problems)
    _write(evaluation, ScoreColumn.SELF, answers)
    _write_values(evaluation, sheet, ScoreColumn.SELF)
    evaluation.self_report = text.strip()
    evaluation.saved_at, evaluation.saved_by_id = now(), actor.user_id
    db.session.flush()


@EVALUATION.step("send_self_report")
def send_self_report(evaluation: Evaluation, *, actor: Actor) -> None:
    """Send the self-report to the evaluator."""
    evaluation.self_reported_at = now()


@deed("score", "Evaluation")
def save_sheet(
    evaluation: Evaluation,
    *,
    actor: Actor,
    answers: Mapping[str, Answer],
    opinion: str,
    version: int | None = None,
) -> None:
    """Keep what the evaluator has typed so far: answers by code (veto items among them) and the opinion on the whole.

    Items that take their numbers from the project are not typed. Raises Stale when the sheet was saved elsewhere
    meanwhile, Invalid with every answer that cannot be.
    """
    lock(evaluation)
    refuse_if(rules.is_the_evaluator(evaluation, actor), rules.may_be_scored(evaluation))
    expect_version(evaluation, version)
    sheet = set_of(evaluation.set_id).sheet
    problems = rules.answer_problems(items_of(sheet), answers) | _too_long(OPINION, opinion)
    if problems:
        raise Invalid(problems)
    _write(evaluation, ScoreColumn.PANEL, {**answers, OPINION: Answer(reason=opinion.strip())})
    _write_values(evaluation, sheet, ScoreColumn.PANEL)
    evaluation.saved_at, evaluation.saved_by_id = now(), actor.user_id
    db.session.flush()


@EVALUATION.step("send_to_countersign")
def send_to_countersign(evaluation: Evaluation, *, actor: Actor) -> None:
    """Freeze the project's numbers in the sheet and give it to the second person of the agency."""
    sheet = set_of(evaluation.set_id).sheet
    typed = answers_of(columns_of(evaluation.id)[ScoreColumn.PANEL])
    counted = measured_answers(sheet, evaluation.project, evaluation.kind)
    frozen = {code: replace(number, reason=typed.get(code, Answer()).reason) for code, number in counted.items()}
    _write(evaluation, ScoreColumn.PANEL, frozen)
    _write_values(evaluation, sheet, ScoreColumn.PANEL)


def _too_long(name: str, text: str) -> dict[str, list[Sentence]]:
    if len(text) <= LONGEST_TEXT:
        return {}
    return {name: [Sentence("At most {most} characters; there are {count}.", most=LONGEST_TEXT, count=len(text))]}


def _write(evaluation: Evaluation, column: ScoreColumn, answers: Mapping[str, Answer]) -> None:
    known = columns_of(evaluation.id)[column]
    for code, answer in answers.items():
        score = known.get(code)
        if score is None:
            score = EvaluationScore(evaluation_id=evaluation.id, leaf_code=code, score_column=column)
            db.session.add(score)
        score.answer = answer.dump()
        score.not_applicable = answer.not_applicable
        score.reason = answer.reason
    db.session.flush()


def _write_values(evaluation: Evaluation, sheet: IndicatorSet, column: ScoreColumn) -> None:
    """Keep what each answer of a column earned, rounded for people; the result is counted anew from the answers."""
    scores = columns_of(evaluation.id)[column]
    counted = sheet_score(evaluation, sheet, scores)
    earned: dict[str, Decimal] = {
        scored.indicator.code: shown(scored.value) for scored in counted.walk() if scored.value is not None
    }
    for code, score in scores.items():
        score.value = earned.get(code)
