"""Reads about evaluations: columns of a sheet, numbers of the project, who may be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select

from evaluation.models import Agency, AgencyMember, Evaluation, EvaluationScore, Review
from evaluation.scoring import Answer, Indicator, IndicatorSet, SheetScore, score_sheet
from evaluation.states import REVIEW_LEFT, EvaluationKind, ScoreColumn
from grants.models import Project, Report
from grants.states import ReportState
from kernel.db import db
from kernel.money import yuan
from kernel.people import PERSON, Account
from orgs.models import Organization


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Somebody who may evaluate or sign for an agency."""

    id: int
    name: str
    agency_id: int
    agency: str


def columns_of(evaluation_id: int) -> dict[ScoreColumn, dict[str, EvaluationScore]]:
    """Give what the columns of a sheet hold, by code, as far as the reader may see it; in one statement."""
    wanted = select(EvaluationScore).where(EvaluationScore.evaluation_id == evaluation_id).order_by(EvaluationScore.id)
    found: dict[ScoreColumn, dict[str, EvaluationScore]] = {column: {} for column in ScoreColumn}
    for score in db.session.scalars(wanted):
        found[score.score_column][score.leaf_code] = score
    return found


def columns_in(evaluation: Evaluation) -> dict[ScoreColumn, dict[str, EvaluationScore]]:
    """Give the same out of what is loaded with the evaluation, for pages and guards; a deed that writes asks anew."""
    found: dict[ScoreColumn, dict[str, EvaluationScore]] = {column: {} for column in ScoreColumn}
    for score in evaluation.scores:
        found[score.score_column][score.leaf_code] = score
    return found


def answers_of(scores: Mapping[str, EvaluationScore]) -> dict[str, Answer]:
    """Give a column's answers as the arithmetic takes them."""
    return {code: Answer.load(score.answer) for code, score in scores.items()}


HALF_TIME = 2
"""A mid-term evaluation asks for half of what the whole project is to reach.

Source: domain rules, mid-term at half time.
"""

Numbers = Callable[[Project], tuple[int | Decimal, int | Decimal]]

MEASURES: Mapping[str, Numbers] = {
    "people": lambda project: (project.people_reached, project.people_target),
    "person_times": lambda project: (project.person_times_reached, project.person_times_target),
    "sessions": lambda project: (project.sessions_reached, project.sessions_target),
    "execution": lambda project: (project.approved_spend, project.award),
}
"""What an item with `parameters.measure` takes from the project: (actual, target), in the same unit."""


def measured(leaf: Indicator) -> bool:
    """Say whether an item takes its numbers from the project instead of from a person."""
    return leaf.parameters.get("measure") in MEASURES


def measured_answers(sheet: IndicatorSet, project: Project, kind: EvaluationKind) -> dict[str, Answer]:
    """Give the answers that the project's own numbers make; at half time half of the target counts, rounded up."""
    found = {}
    for leaf in sheet.leaves:
        if not measured(leaf):
            continue
        actual, target = MEASURES[leaf.parameters["measure"]](project)
        if kind is EvaluationKind.MIDTERM:
            target = -(-target // HALF_TIME) if isinstance(target, int) else yuan(target / HALF_TIME)
        found[leaf.code] = Answer(actual=Decimal(actual), target=Decimal(target))
    return found


def sheet_score(evaluation: Evaluation, sheet: IndicatorSet, panel: Mapping[str, EvaluationScore]) -> SheetScore:
    """Give what a sheet comes to: the panel's answers, and the project's numbers where they are not frozen yet."""
    counted = measured_answers(sheet, evaluation.project, evaluation.kind) if evaluation.project is not None else {}
    return score_sheet(sheet, with_measures(counted, answers_of(panel)))


def with_measures(counted: Mapping[str, Answer], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Put the project's numbers beside what was typed; numbers that are frozen stay, and so does an explanation."""
    told = dict(answers)
    for code, number in counted.items():
        typed = answers.get(code, Answer())
        if typed.actual is None:
            told[code] = replace(number, reason=typed.reason)
    return told


def member_of(user_id: int) -> AgencyMember | None:
    """Give for which agency a person works."""
    return db.session.scalars(select(AgencyMember).where(AgencyMember.user_id == user_id)).first()


def evaluators() -> list[Evaluator]:
    """Give everybody who works for an active agency, in one statement."""
    wanted = (
        select(PERSON.c.id, PERSON.c.name, Agency.id.label("agency_id"), Agency.name.label("agency"))
        .join(AgencyMember, AgencyMember.user_id == PERSON.c.id)
        .join(Agency, Agency.id == AgencyMember.agency_id)
        .where(Agency.is_active)
        .order_by(Agency.name, PERSON.c.name, PERSON.c.id)
    )
    return [Evaluator(row.id, row.name, row.agency_id, row.agency) for row in db.session.execute(wanted)]


def reviewed_by(application_id: int, user_ids: Sequence[int]) -> Sequence[int]:
    """Give who of these people reviewed an application."""
    wanted = select(Review.reviewer_id).where(
        Review.application_id == application_id,
        Review.reviewer_id.in_(user_ids),
        Review.state.not_in(REVIEW_LEFT),
    )
    return db.session.scalars(wanted).all()


def belonging_to(organization_id: int, user_ids: Sequence[int]) -> Sequence[int]:
    """Give who of these people acts for an organization."""
    wanted = select(Account.user_id).where(Account.organization_id == organization_id, Account.user_id.in_(user_ids))
    return db.session.scalars(wanted).all()


def holds_project(credit_code: str, call_id: int) -> bool:
    """Say whether a body with this credit code holds a project of a call."""
    wanted = (
        select(Project.id)
        .join(Organization, Organization.id == Project.organization_id)
        .where(Project.call_id == call_id, Organization.credit_code == credit_code)
    )
    return db.session.scalar(wanted.limit(1)) is not None


def sent_reports(project_id: int) -> Sequence[int]:
    """Give the ids of the reports of a project that have been handed in."""
    wanted = select(Report.id).where(Report.project_id == project_id, Report.state != ReportState.DRAFT)
    return db.session.scalars(wanted).all()
