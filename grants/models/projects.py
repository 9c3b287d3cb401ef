"""What is delivered and paid: the project, its contract, and the instalments that four people move."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.applications import Application
from grants.models.awards import Award
from grants.models.calls import Call, Category
from grants.models.years import FiscalYear
from grants.states import ContractState, InstalmentKind, InstalmentState, ProjectState
from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN
from kernel.db import Choice, Record
from kernel.finding import search_index, searched_by
from kernel.money import format_percent
from kernel.scope import Reader, Rows, scope
from orgs.models import Organization
from orgs.states import Grade


class Project(Record):
    """One awarded project from contract to archive; `award` in yuan; people and person-times kept apart."""

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("award > 0", name="award_positive"),
        CheckConstraint("ends_on > starts_on", name="ends_after_start"),
        CheckConstraint("people_target <= person_times_target", name="target_people_within_person_times"),
        CheckConstraint("people_reached <= person_times_reached", name="people_within_person_times"),
        CheckConstraint("approved_spend >= 0 AND penalties >= 0 AND refund_due >= 0", name="money_not_negative"),
        CheckConstraint(
            "state NOT IN ('suspended', 'terminated') OR stop_reason IS NOT NULL", name="reason_if_stopped"
        ),
        CheckConstraint("(refunded_on IS NULL) = (refund_reference IS NULL)", name="refund_has_its_reference"),
        CheckConstraint("state <> 'closed' OR refund_due = 0 OR refunded_on IS NOT NULL", name="refunded_if_closed"),
        CheckConstraint("state NOT IN ('closed', 'archived') OR grade IS NOT NULL", name="graded_if_closed"),
        Index("ix_project_state", "state"),
        Index("ix_project_organization_id", "organization_id", "state"),
        Index("ix_project_call_id", "call_id"),
        Index("ix_project_fiscal_year_id", "fiscal_year_id"),
        search_index("project"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    fiscal_year_id: Mapped[int] = mapped_column(ForeignKey("fiscal_year.id"))
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), unique=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    state: Mapped[ProjectState] = mapped_column(Choice(ProjectState), default=ProjectState.SIGNING)
    title: Mapped[str]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    district_code: Mapped[str | None] = mapped_column(ForeignKey("district.code"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    award: Mapped[Decimal]
    people_target: Mapped[int] = mapped_column(default=0)
    person_times_target: Mapped[int] = mapped_column(default=0)
    sessions_target: Mapped[int] = mapped_column(default=0)
    people_reached: Mapped[int] = mapped_column(default=0)
    person_times_reached: Mapped[int] = mapped_column(default=0)
    sessions_reached: Mapped[int] = mapped_column(default=0)
    approved_spend: Mapped[Decimal] = mapped_column(default=Decimal(0))
    penalties: Mapped[Decimal] = mapped_column(default=Decimal(0))
    midterm_score: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    final_score: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    composite: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    grade: Mapped[Grade | None] = mapped_column(Choice(Grade))
    audited_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    rectify_reason: Mapped[str | None]
    rectify_due_on: Mapped[date | None]
    stop_reason: Mapped[str | None]
    refund_due: Mapped[Decimal] = mapped_column(default=Decimal(0))
    refunded_on: Mapped[date | None]
    refund_reference: Mapped[str | None]
    search_text: Mapped[str] = mapped_column(searched_by("number", "title"), info=UNWRITTEN, deferred=True)
    fiscal_year: Mapped[FiscalYear] = relationship()
    call: Mapped[Call] = relationship()
    application: Mapped[Application] = relationship()
    awarded_by: Mapped[Award] = relationship()
    organization: Mapped[Organization] = relationship()
    category: Mapped[Category | None] = relationship()
    contract: Mapped[Contract | None] = relationship(back_populates="project", uselist=False)
    instalments: Mapped[list[Instalment]] = relationship(back_populates="project", order_by="Instalment.position")

    def __str__(self) -> str:
        return self.title


class Contract(Record):
    """The contract of a project: offered by the Centre, confirmed by the organization, signed by both."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "(state = 'signed') <= (signed_on IS NOT NULL AND sha256 IS NOT NULL)", name="sealed_if_signed"
        ),
        CheckConstraint("signed_by_id <> confirmed_by_id", name="two_parties_sign"),
        Index("ix_contract_organization_id", "organization_id"),
        search_index("contract"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), unique=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    state: Mapped[ContractState] = mapped_column(Choice(ContractState), default=ContractState.DRAFT)
    amount: Mapped[Decimal]
    offered_by_id: Mapped[int | None]
    offered_on: Mapped[date | None]
    confirmed_by_id: Mapped[int | None]
    confirmed_on: Mapped[date | None]
    signed_by_id: Mapped[int | None]
    signed_on: Mapped[date | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    sha256: Mapped[str | None]
    search_text: Mapped[str] = mapped_column(searched_by("number"), info=UNWRITTEN, deferred=True)
    project: Mapped[Project] = relationship(back_populates="contract")
    organization: Mapped[Organization] = relationship()

    def __str__(self) -> str:
        return self.number


class Instalment(Record):
    """One part of an award: requested, checked, reviewed, approved and paid by different people; yuan."""

    __tablename__ = "instalment"
    __table_args__ = (
        UniqueConstraint("project_id", "position"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("reduction >= 0 AND reduction <= amount", name="reduction_within_amount"),
        CheckConstraint("reduction = 0 OR reduction_reason IS NOT NULL", name="reason_if_reduced"),
        CheckConstraint("percent > 0 AND percent <= 100", name="percent_possible"),
        CheckConstraint("checked_by_id <> requested_by_id", name="requester_does_not_check"),
        CheckConstraint(
            "reviewed_by_id <> checked_by_id AND reviewed_by_id <> requested_by_id", name="third_person_reviews"
        ),
        CheckConstraint(
            "approved_by_id <> reviewed_by_id AND approved_by_id <> checked_by_id AND approved_by_id <> requested_by_id",
            name="fourth_person_approves",
        ),
        CheckConstraint("paid_by_id <> approved_by_id AND paid_by_id <> requested_by_id", name="approver_does_not_pay"),
        CheckConstraint("(state = 'paid') = (paid_on IS NOT NULL)", name="paid_on_if_paid"),
        CheckConstraint(
            "state <> 'paid' OR bank_reference IS NOT NULL OR amount = reduction", name="bank_reference_if_paid"
        ),
        Index("ix_instalment_state", "state"),
        Index("ix_instalment_organization_id", "organization_id"),
        Index("uq_instalment_bank_reference", "bank_reference", unique=True),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[InstalmentKind] = mapped_column(Choice(InstalmentKind))
    position: Mapped[int]
    percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    amount: Mapped[Decimal]
    reduction: Mapped[Decimal] = mapped_column(default=Decimal(0))
    reduction_reason: Mapped[str | None]
    state: Mapped[InstalmentState] = mapped_column(Choice(InstalmentState), default=InstalmentState.LOCKED)
    due_since: Mapped[date | None]
    requested_by_id: Mapped[int | None]
    requested_on: Mapped[date | None]
    receipt_number: Mapped[str | None]
    checked_by_id: Mapped[int | None]
    reviewed_by_id: Mapped[int | None]
    approved_by_id: Mapped[int | None]
    paid_by_id: Mapped[int | None]
    paid_on: Mapped[date | None]
    bank_reference: Mapped[str | None]
    return_reason: Mapped[str | None]
    hold_reason: Mapped[str | None]
    project: Mapped[Project] = relationship(back_populates="instalments")
    organization: Mapped[Organization] = relationship()

    @property
    def payable(self) -> Decimal:
        return self.amount - self.reduction

    def __str__(self) -> str:
        return f"{self.position}/{format_percent(self.percent)}"


@scope(Project)
def visible_projects(reader: Reader) -> Rows:
    """Staff see all, an organization its own, a panel what was assigned, while it is."""
    shown = Project.__table__.c
    return {
        ReaderKind.STAFF: true(),
        ReaderKind.ORG: shown.organization_id == reader.organization_id,
        ReaderKind.PANEL: shown.id.in_(reader.sights("Project")),
    }


def _own_money(model: type[Contract | Instalment]) -> None:
    shown = model.__table__.c

    @scope(model)
    def visible(reader: Reader) -> Rows:
        return {ReaderKind.STAFF: true(), ReaderKind.ORG: shown.organization_id == reader.organization_id}


_own_money(Contract)
_own_money(Instalment)
