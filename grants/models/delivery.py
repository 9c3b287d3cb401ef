"""What happens in a project: milestones, activities, reports and expenses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.projects import Project
from grants.states import (
    ActivityState,
    BudgetHead,
    ExpenseState,
    InvoiceKind,
    MilestoneState,
    ReportKind,
    ReportState,
)
from kernel.actor import ReaderKind
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from kernel.words import Sentence, word_of


class Milestone(Record):
    """One milestone of a running project."""

    __tablename__ = "milestone"
    __table_args__ = (
        UniqueConstraint("project_id", "position"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("(state = 'reached') = (reached_on IS NOT NULL)", name="reached_on_if_reached"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    organization_id: Mapped[int]
    position: Mapped[int]
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[MilestoneState] = mapped_column(Choice(MilestoneState), default=MilestoneState.PLANNED)
    reached_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    project: Mapped[Project] = relationship()


class Activity(Record):
    """One activity as it took place: counts of people, never their names."""

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("people >= 0 AND people <= person_times", name="people_within_person_times"),
        CheckConstraint("new_people >= 0 AND new_people <= people", name="new_people_within_people"),
        CheckConstraint("(state = 'returned') <= (return_reason IS NOT NULL)", name="reason_if_returned"),
        CheckConstraint("hours > 0 AND hours <= 24", name="hours_possible"),
        Index("ix_activity_project_id", "project_id", "held_on"),
        Index("ix_activity_organization_id", "organization_id"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    organization_id: Mapped[int]
    theme: Mapped[str]
    held_on: Mapped[date]
    place: Mapped[str]
    service_type: Mapped[str] = mapped_column(default="")
    people: Mapped[int]
    new_people: Mapped[int] = mapped_column(default=0)
    person_times: Mapped[int]
    hours: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    reflection: Mapped[str] = mapped_column(default="")
    state: Mapped[ActivityState] = mapped_column(Choice(ActivityState), default=ActivityState.DRAFT)
    recorded_by_id: Mapped[int | None]
    return_reason: Mapped[str | None]
    project: Mapped[Project] = relationship()

    def __str__(self) -> str:
        return self.theme


class Report(Record):
    """A progress, mid-term or final report of a project."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("(state = 'draft') OR submitted_at IS NOT NULL", name="submitted_at_if_submitted"),
        CheckConstraint("(state = 'returned') <= (return_reason IS NOT NULL)", name="reason_if_returned"),
        Index("ix_report_project_id", "project_id", "kind"),
        Index("ix_report_state", "state"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    organization_id: Mapped[int]
    kind: Mapped[ReportKind] = mapped_column(Choice(ReportKind))
    state: Mapped[ReportState] = mapped_column(Choice(ReportState), default=ReportState.DRAFT)
    progress: Mapped[str] = mapped_column(default="")
    results: Mapped[str] = mapped_column(default="")
    problems: Mapped[str] = mapped_column(default="")
    next_steps: Mapped[str] = mapped_column(default="")
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None]
    return_reason: Mapped[str | None]
    project: Mapped[Project] = relationship()

    def __str__(self) -> str:
        return Sentence(word_of(self.kind)).render()


class Expense(Record):
    """One expense of a project; the invoice's key is unique across the whole system."""

    __tablename__ = "expense"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(state = 'rejected') <= (reject_reason IS NOT NULL)", name="reason_if_rejected"),
        Index("uq_expense_invoice_key", "invoice_key", unique=True),
        Index("ix_expense_project_id", "project_id", "head"),
        Index("ix_expense_state", "state"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    organization_id: Mapped[int]
    spent_on: Mapped[date]
    payee: Mapped[str]
    head: Mapped[BudgetHead] = mapped_column(Choice(BudgetHead))
    content: Mapped[str] = mapped_column(default="")
    amount: Mapped[Decimal]
    invoice_kind: Mapped[InvoiceKind] = mapped_column(Choice(InvoiceKind))
    invoice_key: Mapped[str]
    state: Mapped[ExpenseState] = mapped_column(Choice(ExpenseState), default=ExpenseState.DRAFT)
    entered_by_id: Mapped[int | None]
    decided_by_id: Mapped[int | None]
    reject_reason: Mapped[str | None]
    project: Mapped[Project] = relationship()

    def __str__(self) -> str:
        return self.payee


def _with_project(model: type[Milestone | Activity | Report | Expense]) -> None:
    shown = model.__table__.c

    @scope(model)
    def visible(reader: Reader) -> Rows:
        return {
            ReaderKind.STAFF: true(),
            ReaderKind.ORG: shown.organization_id == reader.organization_id,
            ReaderKind.PANEL: shown.project_id.in_(reader.sights("Project")),
        }


for _part in (Milestone, Activity, Report, Expense):
    _with_project(_part)
