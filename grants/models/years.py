"""The year's money: its budget, and the double-entry ledger that nothing but a journal moves."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.states import Account, Aside, FiscalYearState, LedgerDeed
from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN
from kernel.clock import now
from kernel.db import Choice, Fact, Record
from kernel.scope import Reader, Rows, scope


class FiscalYear(Record):
    """One year's appropriation, approved by the funder; `amount` in yuan."""

    __tablename__ = "fiscal_year"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("year BETWEEN 2014 AND 2100", name="year_plausible"),
        CheckConstraint(
            "(state IN ('approved', 'closed')) = (approved_at IS NOT NULL)", name="approved_at_if_approved"
        ),
    )

    year: Mapped[int] = mapped_column(unique=True)
    amount: Mapped[Decimal]
    state: Mapped[FiscalYearState] = mapped_column(Choice(FiscalYearState), default=FiscalYearState.DRAFT)
    proposed_by_id: Mapped[int | None]
    approved_by_id: Mapped[int | None]
    approved_at: Mapped[datetime | None]
    return_reason: Mapped[str | None]

    def __str__(self) -> str:
        return str(self.year)


class LedgerAccount(Record):
    """One book of a year, of a quota or of an award: its balance is kept by a trigger and never below zero.

    `allotted` is kept by quota; `approved`, `signed` and `paid` by award, which names its quota too; `set_aside`, and
    what was `paid` from it, by what it is for; the others by year. Triggers hold that an account lies in the year of
    its quota, that nothing but a posting changes its balance (migration 0018), and that the books of an award hold its
    amount at most, whoever moves money or changes the amount meanwhile (0032).
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("fiscal_year_id", "book", "quota_id", "award_id", "aside", postgresql_nulls_not_distinct=True),
        CheckConstraint("book = 'source' OR balance >= 0", name="never_below_zero"),
        CheckConstraint("(book = 'allotted') = (quota_id IS NOT NULL AND award_id IS NULL)", name="allotted_by_quota"),
        CheckConstraint(
            "CASE WHEN book IN ('approved', 'signed') THEN award_id IS NOT NULL"
            " WHEN book = 'paid' THEN true ELSE award_id IS NULL END",
            name="spent_by_award",
        ),
        CheckConstraint(
            "(aside IS NOT NULL) = (book = 'set_aside' OR (book = 'paid' AND award_id IS NULL))",
            name="aside_by_purpose",
        ),
    )

    fiscal_year_id: Mapped[int] = mapped_column(ForeignKey("fiscal_year.id"))
    book: Mapped[Account] = mapped_column(Choice(Account))
    quota_id: Mapped[int | None] = mapped_column(ForeignKey("call_quota.id"), index=True)
    award_id: Mapped[int | None] = mapped_column(ForeignKey("award.id"), index=True)
    aside: Mapped[Aside | None] = mapped_column(Choice(Aside))
    balance: Mapped[Decimal] = mapped_column(default=Decimal(0), info=UNWRITTEN)


class Journal(Fact):
    """One movement of money: two postings that sum to zero, for one deed on one record, posted once.

    A deferred trigger holds that they lie in the books between which the deed moves money, and in one quota.
    """

    __tablename__ = "journal"
    __append_only__ = True
    __table_args__ = (
        UniqueConstraint("deed", "subject_kind", "subject_id", "occasion"),
        Index("ix_journal_year", "fiscal_year_id", "posted_at"),
    )

    fiscal_year_id: Mapped[int] = mapped_column(ForeignKey("fiscal_year.id"))
    deed: Mapped[LedgerDeed] = mapped_column(Choice(LedgerDeed))
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    occasion: Mapped[str] = mapped_column(default="")
    posted_at: Mapped[datetime] = mapped_column(default=now)
    note: Mapped[str] = mapped_column(default="")
    posted_by: Mapped[str]
    posted_by_id: Mapped[int | None]
    postings: Mapped[list[Posting]] = relationship(back_populates="journal")


class Posting(Fact):
    """One side of a movement; a deferred trigger refuses a journal whose postings do not sum to zero."""

    __tablename__ = "posting"
    __append_only__ = True
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        Index("ix_posting_account_id", "account_id"),
        Index("ix_posting_journal_id", "journal_id"),
    )

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[Decimal]
    journal: Mapped[Journal] = relationship(back_populates="postings")
    account: Mapped[LedgerAccount] = relationship()


@scope(FiscalYear)
@scope(LedgerAccount)
@scope(Journal)
@scope(Posting)
def visible_money(_reader: Reader) -> Rows:
    """The year's books are the staff's; an organization sees its own instalments, never the books."""
    return {ReaderKind.STAFF: true()}
