"""Adjustments of a year's budget: proposed by finance, agreed by the director, approved by the funder."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.calls import CallQuota
from grants.models.years import FiscalYear
from grants.states import AdjustmentKind, AdjustmentState, Aside
from kernel.actor import ReaderKind
from kernel.audit import Audience
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope

SHAPES = (
    "(giving_quota_id IS NOT NULL) = (kind IN ('from_quota', 'quotas'))"
    " AND (taking_quota_id IS NOT NULL) = (kind IN ('to_quota', 'quotas'))"
    " AND (giving_aside IS NOT NULL) = (kind = 'asides') AND (taking_aside IS NOT NULL) = (kind = 'asides')"
)


class BudgetAdjustment(Record):
    """One movement of a year's budget that takes three people; it is posted once, when the funder approves it."""

    __tablename__ = "budget_adjustment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("btrim(reason) <> ''", name="has_a_reason"),
        CheckConstraint(SHAPES, name="names_its_two_sides"),
        CheckConstraint("giving_quota_id <> taking_quota_id", name="between_two_quotas"),
        CheckConstraint("giving_aside <> taking_aside", name="between_two_asides"),
        CheckConstraint("agreed_by_id <> proposed_by_id", name="proposer_does_not_agree"),
        CheckConstraint(
            "approved_by_id <> proposed_by_id AND approved_by_id <> agreed_by_id", name="third_person_approves"
        ),
        CheckConstraint("state NOT IN ('agreed', 'posted') OR agreed_at IS NOT NULL", name="agreed_at_if_agreed"),
        CheckConstraint("(state = 'posted') = (approved_at IS NOT NULL)", name="approved_at_if_posted"),
        CheckConstraint("(state = 'returned') = (return_reason IS NOT NULL)", name="reason_if_returned"),
        Index("ix_budget_adjustment_year", "fiscal_year_id", "state"),
    )

    audience = Audience.STAFF

    number: Mapped[str] = mapped_column(unique=True)
    fiscal_year_id: Mapped[int] = mapped_column(ForeignKey("fiscal_year.id"))
    kind: Mapped[AdjustmentKind] = mapped_column(Choice(AdjustmentKind))
    amount: Mapped[Decimal]
    giving_quota_id: Mapped[int | None] = mapped_column(ForeignKey("call_quota.id"), index=True)
    taking_quota_id: Mapped[int | None] = mapped_column(ForeignKey("call_quota.id"), index=True)
    giving_aside: Mapped[Aside | None] = mapped_column(Choice(Aside))
    taking_aside: Mapped[Aside | None] = mapped_column(Choice(Aside))
    reason: Mapped[str]
    state: Mapped[AdjustmentState] = mapped_column(Choice(AdjustmentState), default=AdjustmentState.PROPOSED)
    proposed_by_id: Mapped[int | None]
    agreed_by_id: Mapped[int | None]
    agreed_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None]
    approved_at: Mapped[datetime | None]
    return_reason: Mapped[str | None]
    fiscal_year: Mapped[FiscalYear] = relationship()
    giving_quota: Mapped[CallQuota | None] = relationship(foreign_keys=[giving_quota_id])
    taking_quota: Mapped[CallQuota | None] = relationship(foreign_keys=[taking_quota_id])

    def __str__(self) -> str:
        return self.number


@scope(BudgetAdjustment)
def visible_adjustments(_reader: Reader) -> Rows:
    """The year's books are the staff's."""
    return {ReaderKind.STAFF: true()}
