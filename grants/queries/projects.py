"""Reads of projects: their reports, milestones, spending, and what an organization has in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, cast, func, literal, null, select, union_all

from grants.models import Activity, Application, BudgetLine, Expense, Instalment, Milestone, Project, Report
from grants.states import (
    PROJECT_LIVE,
    ActivityState,
    ApplicationState,
    BudgetHead,
    ExpenseState,
    InstalmentState,
    MilestoneState,
    MoneySource,
    ProjectState,
    ReportKind,
    ReportState,
)
from kernel.db import db
from kernel.money import ZERO, yuan
from orgs.states import Grade

COUNTED = frozenset({ActivityState.RECORDED, ActivityState.ACCEPTED})
NOT_RUNNING = frozenset({ProjectState.TERMINATED})


@dataclass(frozen=True, slots=True)
class OrganizationFigures:
    """How many projects an organization has and had, and what it received, in yuan."""

    running: int
    total: int
    received: Decimal


@dataclass(frozen=True, slots=True)
class HeadFigures:
    """One budget head of a project: planned within the award, accepted, and waiting to be looked at; yuan."""

    head: BudgetHead
    planned: Decimal
    accepted: Decimal
    waiting: Decimal

    @property
    def left(self) -> Decimal:
        return self.planned - self.accepted


def figures_of_organization(organization_id: int) -> OrganizationFigures:
    """Count an organization's projects and add what was paid to it."""
    is_running = Project.state.in_(PROJECT_LIVE - NOT_RUNNING)
    counts = select(func.count().filter(is_running), func.count()).where(Project.organization_id == organization_id)
    running, total = db.session.execute(counts).one()
    paid = select(func.coalesce(func.sum(Instalment.amount - Instalment.reduction), ZERO)).where(
        Instalment.organization_id == organization_id, Instalment.state == InstalmentState.PAID
    )
    return OrganizationFigures(running, total, db.session.scalars(paid).one())


def has_accepted_report(project_id: int, kind: ReportKind) -> bool:
    wanted = select(Report.id).where(
        Report.project_id == project_id, Report.kind == kind, Report.state == ReportState.ACCEPTED
    )
    return db.session.scalar(wanted.limit(1)) is not None


def open_report(project_id: int, kind: ReportKind) -> Report | None:
    """Give the report of a kind that is being written or looked at."""
    wanted = select(Report).where(
        Report.project_id == project_id, Report.kind == kind, Report.state != ReportState.ACCEPTED
    )
    return db.session.scalars(wanted.order_by(Report.id.desc())).first()


def open_milestones(project_id: int) -> int:
    wanted = (
        select(func.count())
        .select_from(Milestone)
        .where(Milestone.project_id == project_id, Milestone.state != MilestoneState.REACHED)
    )
    return db.session.scalar(wanted) or 0


def accepted_spend(project_id: int) -> Decimal:
    """Add the accepted expenses of a project, in yuan."""
    wanted = select(func.coalesce(func.sum(Expense.amount), ZERO)).where(
        Expense.project_id == project_id, Expense.state == ExpenseState.ACCEPTED
    )
    return db.session.scalars(wanted).one()


def reached_by(project_id: int) -> tuple[int, int, int]:
    """Add what the activities of a project reached: (people, person-times, sessions); sent back ones do not count."""
    wanted = select(
        func.coalesce(func.sum(Activity.new_people), 0),
        func.coalesce(func.sum(Activity.person_times), 0),
        func.count(),
    ).where(Activity.project_id == project_id, Activity.state.in_(COUNTED))
    people, person_times, sessions = db.session.execute(wanted).one()
    return int(people), int(person_times), int(sessions)


def budget_by_head(project: Project) -> dict[BudgetHead, Decimal]:
    """Give the fiscal budget of each head in yuan, brought from what was applied for to what was awarded."""
    wanted = (
        select(BudgetLine.head, func.sum(BudgetLine.amount))
        .where(BudgetLine.application_id == project.application_id, BudgetLine.source == MoneySource.FISCAL)
        .group_by(BudgetLine.head)
    )
    found = {row.head: Decimal(row[1]) for row in db.session.execute(wanted)}
    return scaled(found, project.award)


def scaled(asked: dict[BudgetHead, Decimal], award: Decimal) -> dict[BudgetHead, Decimal]:
    """Bring a budget by head from what was applied for to what was awarded; the last head takes the remainder."""
    whole = sum(asked.values(), ZERO)
    if not whole:
        return {}
    planned = {head: yuan(asked[head] * award / whole) for head in BudgetHead if head in asked}
    last = list(planned)[-1]
    planned[last] += award - sum(planned.values(), ZERO)
    return planned


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A project or an application of an organization, as its file shows it; `amount` in yuan: awarded, or asked for."""

    id: int
    number: str
    title: str
    state: ProjectState | ApplicationState
    amount: Decimal
    starts_on: date | None
    ends_on: date | None
    grade: Grade | None


def work_of_organization(organization_id: int, *, limit: int = 50) -> tuple[list[WorkLine], list[WorkLine]]:
    """Give an organization's newest projects and applications that the reader sees, in one statement."""
    parts = [
        select(
            literal(name).label("part"),
            model.id,
            model.number,
            model.title,
            cast(model.state, Text).label("state"),
            amount.label("amount"),
            model.starts_on,
            model.ends_on,
            cast(grade, Text).label("grade"),
        )
        .where(model.organization_id == organization_id)
        .order_by(model.id.desc())
        .limit(limit)
        for name, model, amount, grade in (
            ("project", Project, Project.award, Project.grade),
            ("application", Application, Application.requested, null()),
        )
    ]
    found = union_all(*parts).subquery()
    rows = db.session.execute(select(found).order_by(found.c.id.desc())).all()
    projects = [_work(row, ProjectState) for row in rows if row.part == "project"]
    return projects, [_work(row, ApplicationState) for row in rows if row.part == "application"]


def _work(row: Any, states: type[ProjectState | ApplicationState]) -> WorkLine:
    grade = Grade(row.grade) if row.grade else None
    title = row.title or ""
    return WorkLine(row.id, row.number, title, states(row.state), row.amount, row.starts_on, row.ends_on, grade)


def project_of_application(application_id: int) -> Project | None:
    return db.session.scalars(select(Project).where(Project.application_id == application_id)).first()


def head_budget(project: Project, head: BudgetHead) -> tuple[Decimal, Decimal]:
    """Give what a head may spend by its budget and what has been accepted under it, in yuan."""
    accepted = select(func.coalesce(func.sum(Expense.amount), ZERO)).where(
        Expense.project_id == project.id, Expense.head == head, Expense.state == ExpenseState.ACCEPTED
    )
    return budget_by_head(project).get(head, ZERO), db.session.scalars(accepted).one()


def live_projects_of(organization_id: int, *, limit: int = 4) -> Sequence[Project]:
    """Give the projects of an organization that are not over, the newest first."""
    wanted = select(Project).where(
        Project.organization_id == organization_id, Project.state.in_(PROJECT_LIVE - NOT_RUNNING)
    )
    return db.session.scalars(wanted.order_by(Project.id.desc()).limit(limit)).all()


def number_of_project(project_id: int) -> str | None:
    """Give the number of a project that the reader may see."""
    return db.session.scalars(select(Project.number).where(Project.id == project_id)).first()
