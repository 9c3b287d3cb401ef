"""What the books of a year hold, and which movements brought it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, func, select

from grants.ledger import YearBar, year_bar
from grants.models import CallQuota, FiscalYear, Journal, LedgerAccount, Posting
from grants.states import Account, Aside, LedgerDeed
from kernel.db import db
from kernel.money import ZERO


@dataclass(frozen=True, slots=True)
class YearFigures:
    """What each book of a year holds, in yuan; `bar` sums them into the four parts of the envelope."""

    books: dict[Account, Decimal]

    def held(self, book: Account) -> Decimal:
        """Give what one book holds; 0.00 where nothing was posted."""
        return self.books.get(book, ZERO)

    @property
    def bar(self) -> YearBar:
        return year_bar(self.books)

    @property
    def free(self) -> Decimal:
        return self.held(Account.FREE)

    @property
    def set_aside(self) -> Decimal:
        return self.held(Account.SET_ASIDE)

    @property
    def allotted(self) -> Decimal:
        return self.held(Account.ALLOTTED)

    @property
    def approved(self) -> Decimal:
        return self.held(Account.APPROVED)

    @property
    def signed(self) -> Decimal:
        return self.held(Account.SIGNED)

    @property
    def paid(self) -> Decimal:
        return self.held(Account.PAID)


@dataclass(frozen=True, slots=True)
class QuotaFigures:
    """Where a quota's money stands, in yuan: still allotted, approved, signed, paid."""

    allotted: Decimal = ZERO
    approved: Decimal = ZERO
    signed: Decimal = ZERO
    paid: Decimal = ZERO

    @property
    def awarded(self) -> Decimal:
        return self.approved + self.signed + self.paid


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement as a line of the ledger: from which book to which, how much, by whom, for which record."""

    id: int
    posted_at: datetime
    deed: LedgerDeed
    source: Account
    target: Account
    amount: Decimal
    posted_by: str
    subject_kind: str
    subject_id: int


def year_figures(year: FiscalYear | int) -> YearFigures:
    """Give what every book of a year holds, in one statement."""
    year_id = year if isinstance(year, int) else year.id
    wanted = (
        select(LedgerAccount.book, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.fiscal_year_id == year_id)
        .group_by(LedgerAccount.book)
    )
    return YearFigures(dict(db.session.execute(wanted).tuples().all()))


def aside_figures(year: FiscalYear | int) -> dict[Aside, Decimal]:
    """Give what lies aside for each purpose, in one statement."""
    year_id = year if isinstance(year, int) else year.id
    wanted = select(LedgerAccount.aside, LedgerAccount.balance).where(
        LedgerAccount.fiscal_year_id == year_id, LedgerAccount.book == Account.SET_ASIDE
    )
    return {aside: held for aside, held in db.session.execute(wanted) if aside is not None}


def figures_of_years(year_ids: Sequence[int]) -> dict[int, YearFigures]:
    """Give the books of several years, in one statement."""
    wanted = (
        select(LedgerAccount.fiscal_year_id, LedgerAccount.book, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.fiscal_year_id.in_(year_ids))
        .group_by(LedgerAccount.fiscal_year_id, LedgerAccount.book)
    )
    found: dict[int, dict[Account, Decimal]] = {year_id: {} for year_id in year_ids}
    for year_id, book, held in db.session.execute(wanted):
        found[year_id][book] = held
    return {year_id: YearFigures(books) for year_id, books in found.items()}


def quota_figures(call_id: int) -> dict[int, QuotaFigures]:
    """Give where the money of each quota of a call stands, in one statement: quota id → figures."""
    wanted = (
        select(LedgerAccount.quota_id, LedgerAccount.book, func.sum(LedgerAccount.balance))
        .join(CallQuota, CallQuota.id == LedgerAccount.quota_id)
        .where(CallQuota.call_id == call_id)
        .group_by(LedgerAccount.quota_id, LedgerAccount.book)
    )
    found: dict[int, dict[str, Decimal]] = {}
    for quota_id, book, held in db.session.execute(wanted):
        if quota_id is not None:
            found.setdefault(quota_id, {})[book.value] = held
    return {quota_id: QuotaFigures(**books) for quota_id, books in found.items()}


def balance_of(year: FiscalYear, book: Account, *, quota_id: int | None = None, award_id: int | None = None) -> Decimal:
    """Give what one account of a year holds, in yuan; an account without postings holds 0.00."""
    wanted = select(func.coalesce(func.sum(LedgerAccount.balance), ZERO)).where(
        LedgerAccount.fiscal_year_id == year.id,
        LedgerAccount.book == book,
    )
    if quota_id is not None:
        wanted = wanted.where(LedgerAccount.quota_id == quota_id)
    if award_id is not None:
        wanted = wanted.where(LedgerAccount.award_id == award_id)
    return db.session.scalars(wanted).one()


def entries_of(year: FiscalYear) -> Select[tuple[Journal]]:
    """Give the movements of a year, to be ordered and paged; each journal has two postings with their accounts."""
    return select(Journal).where(Journal.fiscal_year_id == year.id)


def entry(journal: Journal) -> Entry:
    """Read a journal whose postings and accounts are loaded as one line."""
    giving, taking = sorted(journal.postings, key=lambda posting: posting.amount)
    return Entry(
        id=journal.id,
        posted_at=journal.posted_at,
        deed=journal.deed,
        source=giving.account.book,
        target=taking.account.book,
        amount=taking.amount,
        posted_by=journal.posted_by,
        subject_kind=journal.subject_kind,
        subject_id=journal.subject_id,
    )


def sum_of_postings(year: FiscalYear) -> Decimal:
    """Give the sum of all postings of a year: 0.00, or the ledger is broken."""
    wanted = (
        select(func.coalesce(func.sum(Posting.amount), ZERO))
        .join(Journal, Journal.id == Posting.journal_id)
        .where(Journal.fiscal_year_id == year.id)
    )
    return db.session.scalars(wanted).one()
