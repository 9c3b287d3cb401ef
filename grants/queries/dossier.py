"""All that a project's page shows beside the project itself, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from grants.models import Activity, BudgetLine, Expense, Milestone, Project, Report
from grants.queries.projects import HeadFigures, scaled
from grants.states import (
    ActivityState,
    BudgetHead,
    ExpenseState,
    MilestoneState,
    MoneySource,
    ReportKind,
    ReportState,
)
from kernel.db import db
from kernel.money import ZERO

SHOWN = 8


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """One milestone of the plan."""

    id: int
    title: str
    starts_on: date
    ends_on: date
    state: MilestoneState
    reached_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One of the newest activities."""

    id: int
    theme: str
    held_on: date
    place: str
    people: int
    person_times: int
    state: ActivityState


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report."""

    id: int
    kind: ReportKind
    state: ReportState


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    """One of the newest expenses, in yuan."""

    id: int
    spent_on: date
    payee: str
    head: BudgetHead
    amount: Decimal
    state: ExpenseState


@dataclass(frozen=True, slots=True)
class Dossier:
    """The parts of a project: milestones, newest activities and expenses, reports, and money by budget head."""

    milestones: Sequence[MilestoneLine]
    activities: Sequence[ActivityLine]
    reports: Sequence[ReportLine]
    expenses: Sequence[ExpenseLine]
    heads: Sequence[HeadFigures]
    activity_count: int
    expense_count: int

    def report(self, kind: ReportKind) -> ReportLine | None:
        """Give the newest report of a kind."""
        return next((told for told in self.reports if told.kind is kind), None)


def dossier_of(project: Project) -> Dossier:
    """Read all parts of a project at once."""
    wanted = select(
        _list(_milestones(project.id)),
        _list(_activities(project.id)),
        _list(_reports(project.id)),
        _list(_expenses(project.id)),
        _list(_planned(project.application_id)),
        _list(_spent(project.id)),
        _count(Activity, project.id),
        _count(Expense, project.id),
    )
    milestones, activities, reports, expenses, planned, spent, activity_count, expense_count = db.session.execute(
        wanted
    ).one()
    return Dossier(
        [_milestone(told) for told in milestones],
        [_activity(told) for told in activities],
        [ReportLine(told["id"], ReportKind(told["kind"]), ReportState(told["state"])) for told in reports],
        [_expense(told) for told in expenses],
        _heads(project.award, planned, spent),
        activity_count,
        expense_count,
    )


def _list(rows: Select[Any]) -> ColumnElement[Any]:
    found = rows.subquery()
    pairs = [part for column in found.c for part in (column.key, column)]
    told = func.coalesce(func.jsonb_agg(func.jsonb_build_object(*pairs)), cast(literal("[]"), JSONB))
    return select(told).select_from(found).scalar_subquery()


def _count(model: type[Activity | Expense], project_id: int) -> ColumnElement[int]:
    table = model.__table__
    return select(func.count()).select_from(table).where(table.c.project_id == project_id).scalar_subquery()


def _milestones(project_id: int) -> Select[Any]:
    told = Milestone.__table__.c
    columns = (told.id, told.title, told.starts_on, told.ends_on, told.state, told.reached_on, told.note)
    return select(*columns).where(told.project_id == project_id).order_by(told.position)


def _activities(project_id: int) -> Select[Any]:
    told = Activity.__table__.c
    columns = (told.id, told.theme, told.held_on, told.place, told.people, told.person_times, told.state)
    return (
        select(*columns).where(told.project_id == project_id).order_by(told.held_on.desc(), told.id.desc()).limit(SHOWN)
    )


def _reports(project_id: int) -> Select[Any]:
    told = Report.__table__.c
    return select(told.id, told.kind, told.state).where(told.project_id == project_id).order_by(told.id.desc())


def _expenses(project_id: int) -> Select[Any]:
    told = Expense.__table__.c
    columns = (told.id, told.spent_on, told.payee, told.head, cast(told.amount, Text).label("amount"), told.state)
    return (
        select(*columns)
        .where(told.project_id == project_id)
        .order_by(told.spent_on.desc(), told.id.desc())
        .limit(SHOWN)
    )


def _planned(application_id: int) -> Select[Any]:
    told = BudgetLine.__table__.c
    return (
        select(told.head, cast(func.sum(told.amount), Text).label("amount"))
        .where(told.application_id == application_id, told.source == MoneySource.FISCAL)
        .group_by(told.head)
    )


def _spent(project_id: int) -> Select[Any]:
    told = Expense.__table__.c
    return (
        select(told.head, told.state, cast(func.sum(told.amount), Text).label("amount"))
        .where(told.project_id == project_id)
        .group_by(told.head, told.state)
    )


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def _milestone(told: dict[str, Any]) -> MilestoneLine:
    return MilestoneLine(
        told["id"],
        told["title"],
        date.fromisoformat(told["starts_on"]),
        date.fromisoformat(told["ends_on"]),
        MilestoneState(told["state"]),
        _day(told["reached_on"]),
        told["note"],
    )


def _activity(told: dict[str, Any]) -> ActivityLine:
    return ActivityLine(
        told["id"],
        told["theme"],
        date.fromisoformat(told["held_on"]),
        told["place"],
        told["people"],
        told["person_times"],
        ActivityState(told["state"]),
    )


def _expense(told: dict[str, Any]) -> ExpenseLine:
    return ExpenseLine(
        told["id"],
        date.fromisoformat(told["spent_on"]),
        told["payee"],
        BudgetHead(told["head"]),
        Decimal(told["amount"]),
        ExpenseState(told["state"]),
    )


def _heads(award: Decimal, planned: list[dict[str, Any]], spent: list[dict[str, Any]]) -> list[HeadFigures]:
    asked = {BudgetHead(told["head"]): Decimal(told["amount"]) for told in planned}
    budget = scaled(asked, award)
    sums = {(BudgetHead(told["head"]), ExpenseState(told["state"])): Decimal(told["amount"]) for told in spent}
    used = {head for head, _state in sums}
    return [
        HeadFigures(
            head,
            budget.get(head, ZERO),
            sums.get((head, ExpenseState.ACCEPTED), ZERO),
            sums.get((head, ExpenseState.SUBMITTED), ZERO),
        )
        for head in BudgetHead
        if head in budget or head in used
    ]
