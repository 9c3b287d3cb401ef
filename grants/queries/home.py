"""What the home page tells of the year's money, in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    ScalarSelect,
    Select,
    String,
    cast,
    extract,
    func,
    literal,
    select,
    union_all,
)

from grants.models import Application, FiscalYear, Instalment, Journal, LedgerAccount, Posting, Project
from grants.queries.entries import AWARDED, CATEGORY, with_owners
from grants.states import Account, FiscalYearState, InstalmentState
from kernel.clock import today
from kernel.db import db
from kernel.money import ZERO


@dataclass(slots=True)
class Money:
    """The year's money as the home page shows it; yuan.

    `months` are (paid, planned) from January to December; `categories` and `districts` are code → (awarded, paid).
    """

    year_id: int = 0
    year: int = 0
    amount: Decimal = ZERO
    books: dict[Account, Decimal] = field(default_factory=dict)
    months: list[tuple[Decimal, Decimal]] = field(default_factory=lambda: [(ZERO, ZERO)] * 12)
    categories: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    districts: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)


def money_of_this_year() -> Money | None:
    """Give the newest approved year that has begun, else the next one: books, months, categories, districts."""
    year_id = _current_year()
    wanted = union_all(
        _row("year", cast(FiscalYear.year, String), FiscalYear.amount, cast(FiscalYear.id, Numeric)).where(
            FiscalYear.id == year_id
        ),
        _row("book", LedgerAccount.book, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.fiscal_year_id == year_id)
        .group_by(LedgerAccount.book),
        _paid_by_month(year_id),
        _planned_by_month(year_id),
        _spent_by(CATEGORY, "category", year_id),
        _spent_by(Application.district_code, "district", year_id),
    )
    money = Money()
    for kind, key, first, second in db.session.execute(wanted):
        _fill(money, kind, key or "", first, second)
    return money if money.year_id else None


def _current_year() -> ScalarSelect[Any]:
    approved = FiscalYear.state == FiscalYearState.APPROVED
    begun = select(func.max(FiscalYear.year)).where(approved, FiscalYear.year <= today().year).scalar_subquery()
    coming = select(func.min(FiscalYear.year)).where(approved).scalar_subquery()
    return select(FiscalYear.id).where(FiscalYear.year == func.coalesce(begun, coming)).scalar_subquery()


def _row(kind: str, key: Any, first: Any, second: Any = ZERO) -> Select[Any]:
    return select(
        literal(kind).label("kind"),
        cast(key, String).label("key"),
        cast(first, Numeric).label("first"),
        (second if isinstance(second, ColumnElement) else cast(second, Numeric)).label("second"),
    )


def _paid_by_month(year_id: ScalarSelect[Any]) -> Select[Any]:
    month = extract("month", func.timezone("Asia/Shanghai", Journal.posted_at))
    return (
        _row("month", month, func.sum(Posting.amount))
        .select_from(Posting)
        .join(Journal, Journal.id == Posting.journal_id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(Journal.fiscal_year_id == year_id, LedgerAccount.book == Account.PAID)
        .group_by(month)
    )


def _planned_by_month(year_id: ScalarSelect[Any]) -> Select[Any]:
    """An instalment is planned for the day on which it fell due, else for the end of its project."""
    month = extract("month", func.coalesce(Instalment.due_since, Project.ends_on))
    return (
        _row("month", month, ZERO, func.sum(Instalment.amount - Instalment.reduction))
        .select_from(Instalment)
        .join(Project, Project.id == Instalment.project_id)
        .where(Project.fiscal_year_id == year_id, Instalment.state != InstalmentState.CANCELLED)
        .group_by(month)
    )


def _spent_by(column: Any, kind: str, year_id: ScalarSelect[Any]) -> Select[Any]:
    paid = func.coalesce(func.sum(LedgerAccount.balance).filter(LedgerAccount.book == Account.PAID), ZERO)
    held = _row(kind, column, func.sum(LedgerAccount.balance), paid).select_from(LedgerAccount)
    return (
        with_owners(held)
        .where(
            LedgerAccount.fiscal_year_id == year_id,
            LedgerAccount.book.in_(AWARDED),
            LedgerAccount.award_id.is_not(None),
        )
        .group_by(column)
    )


def _fill(money: Money, kind: str, key: str, first: Decimal, second: Decimal) -> None:
    match kind:
        case "year":
            money.year, money.amount, money.year_id = int(key), first, int(second)
        case "book":
            money.books[Account(key)] = first
        case "month":
            paid, planned = money.months[int(key) - 1]
            money.months[int(key) - 1] = (paid + first, planned + second)
        case "category":
            money.categories[key] = (first, second)
        case _:
            money.districts[key] = (first, second)
