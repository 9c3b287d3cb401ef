"""What a project asks of its organization next, with its day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from grants.models import Project
from grants.queries.dossier import Dossier
from grants.rules.delivery import GRACE_DAYS
from grants.states import (
    INSTALMENT_REQUESTABLE,
    PROJECT_IN_DELIVERY,
    ActivityState,
    ContractState,
    ExpenseState,
    MilestoneState,
    ProjectState,
    ReportKind,
    ReportState,
)
from kernel.words import Sentence

AHEAD: Final = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: what, where, until when."""

    text: Sentence
    url: str
    due_on: date | None = None
    needs: tuple[str, str] = ("show", "Project")


def half_time(project: Project) -> date:
    """Give the day by which the mid-term report is expected."""
    return project.starts_on + (project.ends_on - project.starts_on) / 2


def next_steps(project: Project, parts: Dossier, day: date) -> Iterator[NextStep]:
    """Give what waits for the organization in a project, as of a day."""
    if project.contract is not None and project.contract.state is ContractState.OFFERED:
        yield NextStep(
            Sentence("Confirm the contract {number}", number=project.contract.number),
            f"/contracts/{project.contract.id}",
        )
    if project.state is ProjectState.READY:
        yield NextStep(Sentence("Start the project"), f"/projects/{project.id}", project.starts_on)
    for instalment in project.instalments:
        if instalment.state in INSTALMENT_REQUESTABLE:
            yield NextStep(
                Sentence("Request the payment: {kind}", kind=instalment.kind), f"/instalments/{instalment.id}"
            )
    yield from _reports(project, parts, day)
    yield from _sent_back(parts)
    if project.state in PROJECT_IN_DELIVERY:
        yield from _milestones(project, parts, day)


def _reports(project: Project, parts: Dossier, day: date) -> Iterator[NextStep]:
    wanted: list[tuple[ReportKind, date]] = []
    if project.state is ProjectState.RUNNING and project.midterm_score is None and day >= half_time(project) - AHEAD:
        wanted.append((ReportKind.MIDTERM, half_time(project)))
    if project.state is ProjectState.CLOSING:
        wanted.append((ReportKind.FINAL, project.ends_on + timedelta(days=GRACE_DAYS)))
    for kind, due_on in wanted:
        report = parts.report(kind)
        if report is None:
            yield NextStep(
                Sentence("Write the report: {kind}", kind=kind),
                f"/projects/{project.id}/reports/new",
                due_on,
                ("write", "Report"),
            )
        elif report.state in {ReportState.DRAFT, ReportState.RETURNED}:
            yield NextStep(Sentence("Hand in the report: {kind}", kind=kind), f"/reports/{report.id}", due_on)


def _sent_back(parts: Dossier) -> Iterator[NextStep]:
    for activity in parts.activities:
        if activity.state is ActivityState.RETURNED:
            yield NextStep(
                Sentence("Mend the activity record: {theme}", theme=activity.theme), f"/activities/{activity.id}"
            )
    for expense in parts.expenses:
        if expense.state in {ExpenseState.REJECTED, ExpenseState.DRAFT}:
            yield NextStep(
                Sentence("Hand in the expense: {payee}, {amount}", payee=expense.payee, amount=expense.amount),
                f"/expenses/{expense.id}",
            )


def _milestones(project: Project, parts: Dossier, day: date) -> Iterator[NextStep]:
    for milestone in parts.milestones:
        if milestone.state is MilestoneState.PLANNED and milestone.ends_on <= day + AHEAD:
            yield NextStep(
                Sentence("Milestone: {title}", title=milestone.title),
                f"/projects/{project.id}/milestones/{milestone.id}/reach",
                milestone.ends_on,
                ("reach", "Milestone"),
            )
