"""What is awarded: lists that the director approves and the funder confirms, the public notice, objections."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.applications import Application
from grants.models.calls import Call, CallQuota
from grants.states import AwardDecision, AwardListState, ObjectionState
from kernel.actor import ReaderKind
from kernel.audit import Audience
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.models import Organization

SHOWN = 40
"""How many characters of an objection stand for it in titles."""


class AwardList(Record):
    """One list of proposed awards of a call; approved by the director, confirmed by the funder, never by one person."""

    __tablename__ = "award_list"
    __table_args__ = (
        CheckConstraint(
            "state NOT IN ('approved', 'confirmed') OR approved_by_id IS NOT NULL", name="approved_by_somebody"
        ),
        CheckConstraint("state <> 'confirmed' OR confirmed_by_id IS NOT NULL", name="confirmed_by_somebody"),
        CheckConstraint("approved_by_id <> proposed_by_id", name="proposer_does_not_approve"),
        CheckConstraint(
            "confirmed_by_id <> approved_by_id AND confirmed_by_id <> proposed_by_id", name="third_person_confirms"
        ),
        CheckConstraint("(state = 'returned') <= (return_reason IS NOT NULL)", name="reason_if_returned"),
        Index("ix_award_list_call_id", "call_id"),
    )

    audience = Audience.STAFF

    number: Mapped[str] = mapped_column(unique=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    state: Mapped[AwardListState] = mapped_column(Choice(AwardListState), default=AwardListState.DRAFT)
    note: Mapped[str] = mapped_column(default="")
    proposed_by_id: Mapped[int | None]
    approved_by_id: Mapped[int | None]
    approved_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]
    return_reason: Mapped[str | None]
    call: Mapped[Call] = relationship()
    awards: Mapped[list[Award]] = relationship(back_populates="award_list", order_by="Award.rank")

    def __str__(self) -> str:
        return self.number


class Award(Record):
    """What a list proposes for one application: award, waiting list or decline; `amount` in yuan, 0 unless awarded."""

    __tablename__ = "award"
    __table_args__ = (
        UniqueConstraint("award_list_id", "application_id"),
        CheckConstraint("(decision = 'award') = (amount > 0)", name="amount_if_awarded"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index("ix_award_application_id", "application_id"),
        Index("ix_award_organization_id", "organization_id"),
        Index("ix_award_quota_id", "quota_id"),
    )

    audience = Audience.STAFF

    award_list_id: Mapped[int] = mapped_column(ForeignKey("award_list.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    quota_id: Mapped[int] = mapped_column(ForeignKey("call_quota.id"))
    decision: Mapped[AwardDecision] = mapped_column(Choice(AwardDecision))
    amount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    rank: Mapped[int]
    score: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    reason: Mapped[str] = mapped_column(default="")
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    award_list: Mapped[AwardList] = relationship(back_populates="awards")
    application: Mapped[Application] = relationship()
    organization: Mapped[Organization] = relationship()
    quota: Mapped[CallQuota] = relationship()


class PublicNotice(Record):
    """The public notice of a confirmed list: open to everybody from its first to its last day (拟立项公示)."""

    __tablename__ = "public_notice"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index("ix_public_notice_starts_on", "starts_on"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    award_list_id: Mapped[int] = mapped_column(ForeignKey("award_list.id"), unique=True)
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    published_by_id: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    call: Mapped[Call] = relationship()
    entries: Mapped[list[NoticeEntry]] = relationship(back_populates="notice", order_by="NoticeEntry.position")

    def __str__(self) -> str:
        return self.title


class NoticeEntry(Record):
    """One line of a public notice, as it was published: no score, no contact, no person."""

    __tablename__ = "notice_entry"
    __table_args__ = (UniqueConstraint("notice_id", "position"),)

    notice_id: Mapped[int] = mapped_column(ForeignKey("public_notice.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    organization_id: Mapped[int]
    position: Mapped[int]
    application_number: Mapped[str]
    title: Mapped[str]
    organization_name: Mapped[str]
    credit_code: Mapped[str]
    category: Mapped[str] = mapped_column(default="")
    amount: Mapped[Decimal]
    notice: Mapped[PublicNotice] = relationship(back_populates="entries")


class Objection(Record):
    """An objection to one line of a notice, answered within five days (异议)."""

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("(state IN ('upheld', 'rejected')) = (answer IS NOT NULL)", name="answer_if_decided"),
        Index("ix_objection_notice_id", "notice_id"),
        Index("ix_objection_application_id", "application_id"),
    )

    audience = Audience.STAFF

    notice_id: Mapped[int] = mapped_column(ForeignKey("public_notice.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    organization_id: Mapped[int | None]
    state: Mapped[ObjectionState] = mapped_column(Choice(ObjectionState), default=ObjectionState.RECEIVED)
    reason: Mapped[str]
    answer_due_on: Mapped[date]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None]
    raised_by_id: Mapped[int | None]
    notice: Mapped[PublicNotice] = relationship()
    application: Mapped[Application] = relationship()

    def __str__(self) -> str:
        return self.reason if len(self.reason) <= SHOWN else f"{self.reason[:SHOWN]}…"


@scope(AwardList)
@scope(Award)
def visible_awards(_reader: Reader) -> Rows:
    """Proposals are the staff's; the others read the public notice."""
    return {ReaderKind.STAFF: true()}


@scope(PublicNotice)
@scope(NoticeEntry)
def visible_notices(_reader: Reader) -> Rows:
    return {kind: true() for kind in ReaderKind if kind is not ReaderKind.DEED}


@scope(Objection)
def visible_objections(reader: Reader) -> Rows:
    own = Objection.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
