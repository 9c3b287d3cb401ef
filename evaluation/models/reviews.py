"""Expert review: who reads which application, and what they gave; nobody reads a score before its sheet is sealed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, select, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evaluation.models.indicators import IndicatorSetRecord
from evaluation.states import ReviewState
from grants.models import Application, ApplicationVersion, Call
from kernel.actor import ReaderKind
from kernel.audit import SEALED, UNWRITTEN, Audience
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope

OVERALL = "overall"
"""The code under which a sheet keeps the opinion on the whole, without a score."""


class Review(Record):
    """One expert's review of one application; `total` is written when it is sealed, and not a day earlier."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("application_id", "reviewer_id"),
        CheckConstraint(
            "state IN ('assigned', 'recused', 'replaced') OR (accepted_at IS NOT NULL AND no_interest AND not_employed)",
            name="statement_before_scoring",
        ),
        CheckConstraint(
            "state NOT IN ('handed_in', 'sealed') OR handed_in_at IS NOT NULL", name="handed_in_at_if_handed_in"
        ),
        CheckConstraint("(state IN ('recused', 'replaced')) = (left_reason IS NOT NULL)", name="reason_if_left"),
        CheckConstraint("(state = 'sealed') = (total IS NOT NULL)", name="total_if_sealed"),
        CheckConstraint("total >= 0 AND total * 2 = floor(total * 2)", name="total_in_halves"),
        Index("ix_review_reviewer_id", "reviewer_id", "state"),
        Index("ix_review_call_id", "call_id", "state"),
    )

    audience = Audience.STAFF

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    application_number: Mapped[str]
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("application_version.id"))
    set_id: Mapped[int] = mapped_column(ForeignKey("indicator_set.id"))
    reviewer_id: Mapped[int]
    state: Mapped[ReviewState] = mapped_column(Choice(ReviewState), default=ReviewState.ASSIGNED)
    due_on: Mapped[date]
    no_interest: Mapped[bool] = mapped_column(default=False)
    not_employed: Mapped[bool] = mapped_column(default=False)
    statement: Mapped[str] = mapped_column(default="")
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    saved_at: Mapped[datetime | None] = mapped_column(default=None, info=UNWRITTEN)
    handed_in_at: Mapped[datetime | None] = mapped_column(default=None)
    left_reason: Mapped[str | None] = mapped_column(default=None)
    total: Mapped[Decimal | None] = mapped_column(Numeric(5, 1), info=SEALED)
    application: Mapped[Application] = relationship(lazy="raise_on_sql")
    call: Mapped[Call] = relationship(lazy="raise_on_sql")
    snapshot: Mapped[ApplicationVersion] = relationship(lazy="raise_on_sql")
    indicator_set: Mapped[IndicatorSetRecord] = relationship()
    items: Mapped[list[ReviewItem]] = relationship(back_populates="review", order_by="ReviewItem.position")

    @property
    def number(self) -> str:
        return self.application_number

    def __str__(self) -> str:
        return self.application_number


class ReviewItem(Record):
    """What one sheet gives for one item, in halves; the opinion on the whole stands under `overall`, without a score."""

    __tablename__ = "review_item"
    __table_args__ = (
        UniqueConstraint("review_id", "item_code"),
        CheckConstraint("score >= 0 AND score <= weight", name="score_within_weight"),
        CheckConstraint("score * 2 = floor(score * 2)", name="score_in_halves"),
    )

    audience = Audience.SEALED

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    position: Mapped[int]
    item_code: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 1), info=SEALED)
    comment: Mapped[str] = mapped_column(default="", info=SEALED)
    review: Mapped[Review] = relationship(back_populates="items", lazy="raise_on_sql")


@scope(Review)
def visible_reviews(reader: Reader) -> Rows:
    """Staff see who reads what and how far it is; a reviewer sees their own and nobody else's."""
    return {ReaderKind.STAFF: true(), ReaderKind.PANEL: Review.__table__.c.reviewer_id == reader.user_id}


@scope(ReviewItem)
def visible_items(reader: Reader) -> Rows:
    """Before a sheet is sealed only its reviewer reads it; afterwards the staff do too."""
    review, review_id = Review.__table__.c, ReviewItem.__table__.c.review_id
    sealed = select(review.id).where(review.state == ReviewState.SEALED.value)
    own = select(review.id).where(review.reviewer_id == reader.user_id)
    return {ReaderKind.STAFF: review_id.in_(sealed), ReaderKind.PANEL: review_id.in_(own)}
