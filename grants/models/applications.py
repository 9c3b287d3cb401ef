"""What is asked: an application with its budget, targets, plan and team, its frozen versions and its checks."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    Uuid,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.calls import Call, CallQuota, Category, Lot
from grants.models.forms import FormVersion
from grants.states import ApplicationState, BudgetHead, CheckOutcome, MoneySource
from kernel.actor import ReaderKind
from kernel.audit import SEALED, UNWRITTEN, Audience
from kernel.db import Choice, Fact, Record
from kernel.finding import search_index, searched_by
from kernel.scope import Reader, Rows, like_parent, scope
from orgs.models import Organization


class Application(Record):
    """One organization's application under one call; amounts in yuan, people and person-times kept apart.

    `open_points` is a summary of what the form still lacks, written at each save, so that the task list needs no
    other table: [section, field, sentence]; the submission itself asks the rules anew. `section_savers` says who saved
    each part last: section → [name, moment in ISO]. `form_version_id` is the frozen edition of the call's own questions;
    a trigger of the database lets a draft alone move, to a newer edition of the same call. `left_answers` holds what a
    newer edition had no place for, as its author reads it: [question, answer].
    """

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint("requested >= 0 AND own_funds >= 0 AND donated_funds >= 0", name="amounts_not_negative"),
        CheckConstraint("people >= 0 AND person_times >= 0 AND sessions >= 0", name="targets_not_negative"),
        CheckConstraint("people <= person_times", name="people_within_person_times"),
        CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on > starts_on", name="ends_after_start"),
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL", name="submitted_at_if_submitted"
        ),
        CheckConstraint(
            "(state = 'returned') <= (return_reason IS NOT NULL AND return_due_on IS NOT NULL)",
            name="reason_if_returned",
        ),
        ForeignKeyConstraint(["form_version_id", "call_id"], ["form_version.id", "form_version.call_id"]),
        CheckConstraint("awarded IS NULL OR (awarded > 0 AND awarded <= requested)", name="award_within_request"),
        Index("ix_application_call_id", "call_id", "state"),
        Index("ix_application_organization_id", "organization_id", "state"),
        # What the register is ordered and narrowed by, each with the order in which it opens.
        Index("ix_application_state", "state", "id"),
        Index("ix_application_title", "title", "id"),
        Index("ix_application_requested", "requested", "id"),
        Index("ix_application_requested_band", "requested_band", "id"),
        Index("ix_application_category_code", "category_code", "id"),
        Index("ix_application_district_code", "district_code", "id"),
        Index("ix_application_submitted_at_up", "submitted_at", "id"),
        Index("ix_application_submitted_at_down", text("submitted_at DESC NULLS LAST"), text("id DESC")),
        Index("ix_application_score", "call_id", "score"),
        search_index("application"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    form_version_id: Mapped[int | None]
    quota_id: Mapped[int | None] = mapped_column(ForeignKey("call_quota.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    state: Mapped[ApplicationState] = mapped_column(Choice(ApplicationState), default=ApplicationState.DRAFT)
    title: Mapped[str] = mapped_column(default="")
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    district_code: Mapped[str | None] = mapped_column(ForeignKey("district.code"))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    need: Mapped[str] = mapped_column(default="")
    goal: Mapped[str] = mapped_column(default="")
    beneficiaries: Mapped[str] = mapped_column(default="")
    plan: Mapped[str] = mapped_column(default="")
    innovation: Mapped[str] = mapped_column(default="")
    risk: Mapped[str] = mapped_column(default="")
    requested: Mapped[Decimal] = mapped_column(default=Decimal(0))
    own_funds: Mapped[Decimal] = mapped_column(default=Decimal(0))
    donated_funds: Mapped[Decimal] = mapped_column(default=Decimal(0))
    people: Mapped[int] = mapped_column(default=0)
    person_times: Mapped[int] = mapped_column(default=0)
    sessions: Mapped[int] = mapped_column(default=0)
    target_proof: Mapped[str] = mapped_column(default="")
    declared: Mapped[bool] = mapped_column(default=False)
    version_number: Mapped[int] = mapped_column(default=0)
    section_versions: Mapped[dict[str, Any]] = mapped_column(default=dict, info=UNWRITTEN)
    section_savers: Mapped[dict[str, Any]] = mapped_column(default=dict, info=UNWRITTEN)
    left_answers: Mapped[list[Any]] = mapped_column(default=list, info=UNWRITTEN)
    open_points: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True), info=UNWRITTEN)
    saved_at: Mapped[datetime | None] = mapped_column(default=None, info=UNWRITTEN)
    created_by_id: Mapped[int | None]
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    submitted_by_id: Mapped[int | None]
    submission_key: Mapped[UUID | None] = mapped_column(Uuid, unique=True)
    return_reason: Mapped[str | None]
    return_due_on: Mapped[date | None]
    score: Mapped[Decimal | None] = mapped_column(Numeric(9, 6), info=SEALED)
    score_spread: Mapped[Decimal | None] = mapped_column(Numeric(5, 2), info=SEALED)
    rank: Mapped[int | None]
    awarded: Mapped[Decimal | None]
    search_text: Mapped[str] = mapped_column(searched_by("number", "title"), info=UNWRITTEN, deferred=True)
    # What is asked for as a whole number: PostgreSQL keeps its statistics of amounts from readers under row-level security.
    requested_band: Mapped[int | None] = mapped_column(
        Computed(
            "CASE WHEN requested < 100000::numeric THEN 1 WHEN requested <= 200000::numeric THEN 2 ELSE 3 END",
            persisted=True,
        ),
        info=UNWRITTEN,
    )
    call: Mapped[Call] = relationship()
    form_version: Mapped[FormVersion | None] = relationship(
        primaryjoin="foreign(Application.form_version_id) == FormVersion.id"
    )
    quota: Mapped[CallQuota | None] = relationship()
    organization: Mapped[Organization] = relationship()
    category: Mapped[Category | None] = relationship()
    lot: Mapped[Lot | None] = relationship()
    budget_lines: Mapped[list[BudgetLine]] = relationship(order_by="BudgetLine.position", cascade="all, delete-orphan")
    milestones: Mapped[list[ApplicationMilestone]] = relationship(
        order_by="ApplicationMilestone.position", cascade="all, delete-orphan"
    )
    team: Mapped[list[TeamMember]] = relationship(order_by="TeamMember.position", cascade="all, delete-orphan")
    checks: Mapped[list[EligibilityCheck]] = relationship(order_by="EligibilityCheck.position")

    def __str__(self) -> str:
        return self.title or self.number


class BudgetLine(Record):
    """One line of a budget: price × quantity = amount, held by the database; yuan."""

    __tablename__ = "budget_line"
    __table_args__ = (
        CheckConstraint("price >= 0 AND quantity >= 0", name="not_negative"),
        CheckConstraint("amount = round(price * quantity, 2)", name="price_times_quantity"),
        Index("ix_budget_line_application_id", "application_id"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    organization_id: Mapped[int]
    position: Mapped[int]
    source: Mapped[MoneySource] = mapped_column(Choice(MoneySource), default=MoneySource.FISCAL)
    head: Mapped[BudgetHead] = mapped_column(Choice(BudgetHead))
    content: Mapped[str] = mapped_column(default="")
    price: Mapped[Decimal]
    quantity: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    unit: Mapped[str] = mapped_column(default="")
    amount: Mapped[Decimal]

    @property
    def unit_price(self) -> Decimal:
        """The price, by the name that the rules of money know it by."""
        return self.price


class ApplicationMilestone(Record):
    """One milestone of the plan that is applied for."""

    __tablename__ = "application_milestone"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index("ix_application_milestone_application_id", "application_id"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    organization_id: Mapped[int]
    position: Mapped[int]
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class TeamMember(Record):
    """One person of the project's team: role and qualification, no more."""

    __tablename__ = "team_member"
    __table_args__ = (Index("ix_team_member_application_id", "application_id"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    organization_id: Mapped[int]
    position: Mapped[int]
    name: Mapped[str]
    role: Mapped[str]
    qualification: Mapped[str] = mapped_column(default="")
    has_licence: Mapped[bool] = mapped_column(default=False)


class ApplicationVersion(Fact):
    """An application as it was handed in: frozen, with its SHA-256; what reviewers read."""

    __tablename__ = "application_version"
    __append_only__ = True
    __table_args__ = (UniqueConstraint("application_id", "number"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    organization_id: Mapped[int]
    number: Mapped[int]
    snapshot: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    submitted_by: Mapped[str]
    submitted_by_id: Mapped[int | None]


class EligibilityCheck(Record):
    """What one rule came to for one application, as of a day, with its reason as a stored sentence.

    `found` is what the facts came to; `outcome` what holds: the same, or what a person decided.
    """

    __tablename__ = "eligibility_check"
    audience = Audience.STAFF  # as the rows themselves: a reason may name another organization's application
    __table_args__ = (
        UniqueConstraint("application_id", "rule"),
        # The few of many by which the desk counts its stages.
        Index(
            "ix_eligibility_check_outcome",
            "outcome",
            "application_id",
            postgresql_where=text("outcome IN ('manual', 'failed')"),
        ),
        CheckConstraint("(decided_by_id IS NULL) = (decision_reason IS NULL)", name="reason_if_decided"),
        CheckConstraint("decided_by_id IS NOT NULL OR outcome = found", name="found_unless_decided"),
        CheckConstraint("decided_by_id IS NULL OR outcome <> 'manual'", name="decided_one_way"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    organization_id: Mapped[int]
    position: Mapped[int]
    rule: Mapped[str]
    outcome: Mapped[CheckOutcome] = mapped_column(Choice(CheckOutcome))
    found: Mapped[CheckOutcome] = mapped_column(Choice(CheckOutcome))
    reason: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(default="")
    as_of: Mapped[date]
    decided_by_id: Mapped[int | None]
    decision_reason: Mapped[str | None]


@scope(Application)
def visible_applications(reader: Reader) -> Rows:
    """Staff see all that were created, an organization its own, a panel what was assigned, while it is."""
    shown = Application.__table__.c
    return {
        ReaderKind.STAFF: true(),
        ReaderKind.ORG: shown.organization_id == reader.organization_id,
        ReaderKind.PANEL: shown.id.in_(reader.sights("Application")),
    }


@scope(ApplicationVersion)
def visible_versions(reader: Reader) -> Rows:
    return like_parent(ApplicationVersion.__table__.c.application_id, Application, reader)


@scope(EligibilityCheck)
def visible_checks(_reader: Reader) -> Rows:
    """Staff alone: a reason may name another organization's application that reads alike."""
    return {ReaderKind.STAFF: true()}


def _own_parts(model: type[BudgetLine | ApplicationMilestone | TeamMember]) -> None:
    shown = model.__table__.c

    @scope(model)
    def visible(reader: Reader) -> Rows:
        own = shown.organization_id == reader.organization_id
        return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}


for part in (BudgetLine, ApplicationMilestone, TeamMember):
    _own_parts(part)
