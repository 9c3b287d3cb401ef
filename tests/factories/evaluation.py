"""Calls under review and projects to be evaluated, for stories: made by the deeds of the house where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import select

from evaluation.models import Agency, Evaluation, Review
from evaluation.operations.agencies import add_agency_member, create_agency
from evaluation.operations.reviews import assign_reviewers, save_scores
from evaluation.operations.sheets import save_self_report, save_sheet
from evaluation.queries.sets import set_of
from evaluation.rules.evaluations import measured
from evaluation.scoring import Answer, Indicator
from evaluation.states import IndicatorKind
from evaluation.workflows import EVALUATION, REVIEW
from grants.models import Application, ApplicationVersion, Project, Report
from grants.operations.snapshots import snapshot_of
from grants.states import ProjectState, ReportKind, ReportState
from grants.workflows.projects import PROJECT
from kernel.actor import Actor
from kernel.clock import now, today
from kernel.db import db, transaction
from kernel.scope import whole
from kernel.workflow import bulk_load
from tests.factories.awards import Awarding, Crew, awarding, crew, signed_project
from tests.factories.people import SYSTEM, credit_code, person

_serial = count(1)
WEIGHTS = {
    "need": "15",
    "goals": "15",
    "feasibility": "25",
    "innovation": "10",
    "budget": "15",
    "team": "15",
    "risk": "5",
}


@dataclass
class Reviewing:
    """A call under review, its applications, five reviewers and an officer."""

    made: Awarding
    applications: list[Application]
    reviewers: list[Actor]
    officer: Actor

    @property
    def ids(self) -> list[int]:
        return [reviewer.user_id or 0 for reviewer in self.reviewers]


def reviewing(applications: int = 1, *, reviewers: int = 5) -> Reviewing:
    """Give a call whose applications wait for their reviewers."""
    made = awarding(["0"] * applications)
    with transaction(), whole(SYSTEM, "set-up"):
        for application in made.applications:
            application.score = application.rank = None
            application.version_number = 1
            frozen = ApplicationVersion(
                application_id=application.id,
                organization_id=application.organization_id,
                number=1,
                snapshot=snapshot_of(application),
                sha256="0" * 64,
                submitted_by="示例",
                submitted_by_id=None,
            )
            db.session.add(frozen)
    start = next(_serial)
    people = [person(f"rev{start}_{place}", "reviewer") for place in range(reviewers)]
    return Reviewing(made, list(made.applications), people, person(f"off{start}", "officer"))


def assigned(story: Reviewing, *, due_in: int = 10) -> list[Review]:
    """Ask all reviewers of a story for all its applications."""
    with transaction():
        return assign_reviewers(
            story.made.call,
            actor=story.officer,
            applications=story.applications,
            reviewers=story.ids,
            due_on=today() + timedelta(days=due_in),
        )


def review_by(reviewer: Actor, application: Application) -> Review:
    """Give a reviewer's review of an application as it stands now."""
    with whole(SYSTEM, "look"):
        wanted = select(Review).where(Review.reviewer_id == reviewer.user_id, Review.application_id == application.id)
        return db.session.scalars(wanted, execution_options={"populate_existing": True}).one()


def spread_over(total: str) -> dict[str, Decimal]:
    """Give item scores in halves that sum to a total: full marks from the first item on."""
    left, scores = Decimal(total), {}
    for code, weight in WEIGHTS.items():
        scores[code] = min(left, Decimal(weight))
        left -= scores[code]
    return scores


def handed_in(reviewer: Actor, application: Application, total: str) -> Review:
    """Let a reviewer state, score and hand in a sheet of this total; every item has its comment."""
    review = review_by(reviewer, application)
    with transaction():
        REVIEW["accept"](review, actor=reviewer, no_interest=True, not_employed=True)
        save_scores(review, actor=reviewer, scores=spread_over(total), comments=dict.fromkeys(WEIGHTS, "有理有据。"))
        REVIEW["hand_in"](review, actor=reviewer)
    return review


@dataclass
class Evaluating:
    """A project that is to be evaluated, the people of its organization and of the Centre, and an agency."""

    project: Project
    people: Crew
    agency: Agency
    evaluator: Actor
    second: Actor


def agency_of(serial: int, *people: Actor) -> Agency:
    """Put an agency on record with these people; its code is of a body that holds no project."""
    with transaction(), whole(SYSTEM, "set-up"):
        made = create_agency(actor=SYSTEM, name=f"示例评估中心{serial}号", credit_code=credit_code(90_000 + serial))
        for member in people:
            add_agency_member(made, actor=SYSTEM, user_id=member.user_id or 0)
    return made


def evaluating(state: ProjectState = ProjectState.MIDTERM, *, midterm_score: str | None = None) -> Evaluating:
    """Give a project in its mid-term or final evaluation, which has just been planned."""
    made = awarding(["91.5"])
    people = crew(made.applications[0].organization_id)
    project = signed_project(made, people)
    kind = ReportKind.MIDTERM if state is ProjectState.MIDTERM else ReportKind.FINAL
    with transaction(), whole(SYSTEM, "set-up"), bulk_load():
        project.state = ProjectState.RUNNING if state is ProjectState.MIDTERM else ProjectState.CLOSING
        project.people_target, project.person_times_target, project.sessions_target = 100, 400, 10
        project.people_reached, project.person_times_reached, project.sessions_reached = 50, 240, 5
        project.approved_spend = project.award / 2
        project.midterm_score = None if midterm_score is None else Decimal(midterm_score)
        db.session.add(
            Report(
                project_id=project.id,
                organization_id=project.organization_id,
                kind=kind,
                state=ReportState.ACCEPTED,
                progress="按计划开展。",
                submitted_at=now(),
            )
        )
    serial = next(_serial)
    evaluator, second = person(f"eva{serial}", "evaluator"), person(f"age{serial}", "agency_admin")
    agency = agency_of(serial, evaluator, second)
    with transaction():
        step = "start_midterm" if state is ProjectState.MIDTERM else "start_final"
        PROJECT[step](project, actor=people.officer)
    return Evaluating(project, people, agency, evaluator, second)


def evaluation_of(project: Project) -> Evaluation:
    """Give the newest evaluation of a project as it stands now."""
    with whole(SYSTEM, "look"):
        wanted = select(Evaluation).where(Evaluation.project_id == project.id).order_by(Evaluation.id.desc())
        return db.session.scalars(wanted.limit(1), execution_options={"populate_existing": True}).one()


def with_evaluator(story: Evaluating, *, due_on: date | None = None) -> Evaluation:
    """Let the officer assign the two people of the story's agency."""
    evaluation = evaluation_of(story.project)
    with transaction():
        EVALUATION["assign"](
            evaluation,
            actor=story.people.officer,
            evaluator_id=story.evaluator.user_id,
            countersigner_id=story.second.user_id,
            due_on=due_on or today() + timedelta(days=20),
        )
    return evaluation


def at_desk(story: Evaluating) -> Evaluation:
    """Bring an evaluation to where the evaluator reads its documents."""
    evaluation = with_evaluator(story)
    with transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=True, not_employed=True)
    with transaction():
        save_self_report(evaluation, actor=story.people.org_lead, text="项目按计划开展，" * 5, answers={})
        EVALUATION["send_self_report"](evaluation, actor=story.people.org_lead)
    return evaluation


def full_marks(item: Indicator) -> Answer:
    """Give the best answer to an item."""
    match item.kind:
        case IndicatorKind.CHECKLIST:
            return Answer(checks=tuple(True for _ in item.parameters["checks"]))
        case IndicatorKind.THRESHOLD | IndicatorKind.PROPORTIONAL | IndicatorKind.OVER_TARGET:
            return Answer(actual=Decimal(100), target=Decimal(100))
        case IndicatorKind.BAND3:
            return Answer(value=Decimal(100))
        case IndicatorKind.DEDUCT:
            return Answer(value=Decimal(0))
        case _:
            return Answer(value=item.weight)


def best_answers(evaluation: Evaluation, *, but: dict[str, Answer] | None = None) -> dict[str, Answer]:
    """Give the best answer to every item of a sheet that is typed, but for some."""
    with whole(SYSTEM, "look"):
        leaves: Sequence[Indicator] = set_of(evaluation.set_id).sheet.leaves
    return {leaf.code: full_marks(leaf) for leaf in leaves if not measured(leaf)} | (but or {})


def scored(story: Evaluating, *, but: dict[str, Answer] | None = None, opinion: str = "") -> Evaluation:
    """Bring an evaluation to a complete sheet, full marks but for some items."""
    evaluation = at_desk(story)
    with transaction():
        EVALUATION["begin_scoring"](evaluation, actor=story.evaluator)
        save_sheet(
            evaluation,
            actor=story.evaluator,
            answers=best_answers(evaluation, but=but),
            opinion=opinion or "服务按计划完成，议事形式贴近家庭；建议补齐督导记录，加强成效证据。",
        )
    return evaluation


def signed(story: Evaluating, *, but: dict[str, Answer] | None = None) -> Evaluation:
    """Bring an evaluation to its second signature."""
    evaluation = scored(story, but=but)
    with transaction():
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)
        EVALUATION["countersign"](evaluation, actor=story.second)
    return evaluation


def told(story: Evaluating, *, but: dict[str, Answer] | None = None) -> Evaluation:
    """Bring an evaluation to where the organization knows its result."""
    evaluation = signed(story, but=but)
    with transaction():
        EVALUATION["confirm"](evaluation, actor=story.people.director)
    return evaluation
