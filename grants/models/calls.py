"""What is offered: calls with their quotas and lots, and the coded tables behind them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Numeric, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.years import FiscalYear
from grants.states import CALL_PUBLIC, BudgetHead, CallNature, CallState, TargetKind
from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN
from kernel.db import Choice, Record
from kernel.finding import search_index, searched_by
from kernel.scope import Reader, Rows, like_parent, scope


class Category(Record):
    """A field of service, mapped to the purchase catalogue (家庭教育 → A0210)."""

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]
    catalogue_code: Mapped[str | None]
    position: Mapped[int]

    def __str__(self) -> str:
        return self.name


class CatalogueItem(Record):
    """One entry of the three-level purchase catalogue.

    Source: 京财综〔2022〕1537号, annex.
    """

    __tablename__ = "catalogue_item"

    code: Mapped[str] = mapped_column(unique=True)
    parent_code: Mapped[str | None]
    level: Mapped[int]
    name: Mapped[str]


class Call(Record):
    """One call: its legal nature, windows, caps, instalment plan and review scheme; amounts in yuan.

    `head_caps` are percents of the fiscal money by budget head, the management fee's apart; `questions_until` counts
    the working days before the closing day on which organizations may still ask; `form_number` is the number of the
    frozen form on which an application is begun now, 0 before the publication.
    """

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        CheckConstraint("service_to > service_from", name="service_ends_after_start"),
        CheckConstraint("cap_per_project > 0", name="cap_positive"),
        CheckConstraint("cap_first_time > 0 AND cap_first_time <= cap_per_project", name="first_time_cap_within_cap"),
        CheckConstraint("management_percent > 0 AND management_percent <= 100", name="management_share_possible"),
        CheckConstraint("fiscal_percent > 0 AND fiscal_percent <= 100", name="fiscal_share_possible"),
        CheckConstraint("reviewers_least >= 3", name="three_reviewers_least"),
        CheckConstraint("notice_days >= 5", name="five_days_of_notice_least"),
        CheckConstraint("correction_days BETWEEN 3 AND 10", name="three_to_ten_days_of_correction"),
        CheckConstraint("questions_until >= 0", name="questions_end_before_closing"),
        CheckConstraint("jsonb_array_length(budget_heads) > 0", name="some_budget_head"),
        CheckConstraint("jsonb_array_length(target_kinds) > 0", name="some_target"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_reason IS NOT NULL)", name="reason_if_withdrawn"),
        CheckConstraint(
            "state IN ('draft', 'proposed', 'withdrawn') OR published_at IS NOT NULL", name="published_at_if_public"
        ),
        Index("ix_call_state", "state", "closes_at"),
        Index("ix_call_fiscal_year_id", "fiscal_year_id"),
        search_index("call"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    fiscal_year_id: Mapped[int] = mapped_column(ForeignKey("fiscal_year.id"))
    title: Mapped[str]
    nature: Mapped[CallNature] = mapped_column(Choice(CallNature))
    state: Mapped[CallState] = mapped_column(Choice(CallState), default=CallState.DRAFT)
    summary: Mapped[str] = mapped_column(default="")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    service_from: Mapped[date]
    service_to: Mapped[date]
    has_lots: Mapped[bool] = mapped_column(default=False)
    cap_per_project: Mapped[Decimal]
    cap_first_time: Mapped[Decimal]
    management_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2), default=Decimal(10))
    fiscal_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2), default=Decimal(100))
    instalment_percents: Mapped[list[Any]] = mapped_column(default=lambda: ["50", "30", "20"])
    correction_days: Mapped[int] = mapped_column(default=5)
    notice_days: Mapped[int] = mapped_column(default=5)
    reviewers_least: Mapped[int] = mapped_column(default=5)
    review_set: Mapped[str] = mapped_column(default="review")
    midterm_set: Mapped[str] = mapped_column(default="midterm")
    final_set: Mapped[str] = mapped_column(default="final")
    required_attachments: Mapped[list[Any]] = mapped_column(default=lambda: ["registration", "audit_report"])
    budget_heads: Mapped[list[Any]] = mapped_column(default=lambda: [head.value for head in BudgetHead])
    head_caps: Mapped[dict[str, Any]] = mapped_column(default=dict)
    target_kinds: Mapped[list[Any]] = mapped_column(default=lambda: [kind.value for kind in TargetKind])
    questions_until: Mapped[int] = mapped_column(default=5)
    form_number: Mapped[int] = mapped_column(default=0, info=UNWRITTEN)
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    published_at: Mapped[datetime | None]
    return_reason: Mapped[str | None]
    extension_reason: Mapped[str | None]
    withdrawn_reason: Mapped[str | None]
    proposed_by_id: Mapped[int | None]
    approved_by_id: Mapped[int | None]
    search_text: Mapped[str] = mapped_column(searched_by("number", "title"), info=UNWRITTEN, deferred=True)
    fiscal_year: Mapped[FiscalYear] = relationship()
    quotas: Mapped[list[CallQuota]] = relationship(back_populates="call", order_by="CallQuota.id")
    lots: Mapped[list[Lot]] = relationship(back_populates="call", order_by="Lot.position")

    def __str__(self) -> str:
        return self.title


class Lot(Record):
    """A named service with its approved amount, for which organizations apply (项目包)."""

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("call_id", "position"),
        UniqueConstraint("call_id", "title"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    position: Mapped[int]
    title: Mapped[str]
    amount: Mapped[Decimal]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    call: Mapped[Call] = relationship(back_populates="lots")

    def __str__(self) -> str:
        return self.title


class CallQuota(Record):
    """How much of a call may go to one category or one lot; with neither, to the call as a whole."""

    __tablename__ = "call_quota"
    __table_args__ = (
        UniqueConstraint("call_id", "category_code", "lot_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("category_code IS NULL OR lot_id IS NULL", name="category_or_lot"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    amount: Mapped[Decimal]
    call: Mapped[Call] = relationship(back_populates="quotas")
    lot: Mapped[Lot | None] = relationship()
    category: Mapped[Category | None] = relationship()


@scope(Category)
@scope(CatalogueItem)
def visible_tables(_reader: Reader) -> Rows:
    return {kind: true() for kind in ReaderKind if kind is not ReaderKind.DEED}


@scope(Call)
def visible_calls(_reader: Reader) -> Rows:
    """Staff see all calls; everybody else those that have been published."""
    public: ColumnElement[bool] = Call.__table__.c.state.in_([state.value for state in sorted(CALL_PUBLIC)])
    return {
        ReaderKind.STAFF: true(),
        ReaderKind.ORG: public,
        ReaderKind.PANEL: public,
        ReaderKind.PUBLIC: public,
        ReaderKind.KEEPER: public,
    }


@scope(Lot)
def visible_lots(reader: Reader) -> Rows:
    return like_parent(Lot.__table__.c.call_id, Call, reader)


@scope(CallQuota)
def visible_quotas(reader: Reader) -> Rows:
    return like_parent(CallQuota.__table__.c.call_id, Call, reader)
