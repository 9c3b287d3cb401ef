"""The entries of the ledger behind every figure: one posting a line, narrowed by whatever the figure was made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, cast, extract, func, literal, null, select, union_all
from sqlalchemy.orm import contains_eager

from grants.ledger import AVAILABLE
from grants.models import (
    Application,
    Award,
    AwardList,
    BudgetAdjustment,
    Call,
    CallQuota,
    Contract,
    FiscalYear,
    Instalment,
    Journal,
    LedgerAccount,
    Lot,
    Posting,
    Project,
)
from grants.states import Account, Aside, LedgerDeed
from kernel.db import db
from kernel.money import ZERO

AWARDED = frozenset({Account.APPROVED, Account.SIGNED, Account.PAID})
FIGURES: Final[Mapping[str, frozenset[Account]]] = MappingProxyType(
    {book.value: frozenset({book}) for book in Account}
    | {
        "awarded": AWARDED,
        "bound": frozenset({Account.SIGNED, Account.PAID}),
        "unpaid": AWARDED - {Account.PAID},
        "available": AVAILABLE,
    }
)
"""Which books a figure sums; what is paid holds fees too."""
APPROPRIATION = frozenset({LedgerDeed.BUDGET_APPROVED, LedgerDeed.BUDGET_RAISED, LedgerDeed.BUDGET_CUT})
CATEGORY: Final[ColumnElement[str | None]] = func.coalesce(
    Application.category_code, CallQuota.category_code, Lot.category_code
)
"""The category of money: of the application that it was awarded to, else of the quota or the lot that it waits in."""
NO_CATEGORY = "none"
MONTH: Final = extract("month", func.timezone("Asia/Shanghai", Journal.posted_at))


def entries() -> Select[tuple[Posting]]:
    """Give all entries with their movement and their book, to be narrowed, ordered and paged."""
    return _joined(select(Posting)).options(contains_eager(Posting.journal), contains_eager(Posting.account))


def _joined(wanted: Select[Any]) -> Select[Any]:
    return with_owners(
        wanted.select_from(Posting)
        .join(Journal, Journal.id == Posting.journal_id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
    )


def with_owners(wanted: Select[Any]) -> Select[Any]:
    """Add to a statement over accounts the quota, the lot, the award and the application of each."""
    return (
        wanted.outerjoin(CallQuota, CallQuota.id == LedgerAccount.quota_id)
        .outerjoin(Lot, Lot.id == CallQuota.lot_id)
        .outerjoin(Award, Award.id == LedgerAccount.award_id)
        .outerjoin(Application, Application.id == Award.application_id)
    )


def of_figure(figure: str) -> ColumnElement[bool]:
    """Narrow entries to those of a figure.

    The appropriation is what came from the source into what is free; what was granted is what was paid but for fees.
    """
    if figure == "budget":
        return (LedgerAccount.book == Account.FREE) & Journal.deed.in_(sorted(APPROPRIATION))
    if figure == "granted":
        return (LedgerAccount.book == Account.PAID) & LedgerAccount.award_id.is_not(None)
    return LedgerAccount.book.in_(sorted(FIGURES[figure]))


def of_category(code: str) -> ColumnElement[bool]:
    """Narrow entries to those of a category, or to those of awards and quotas that have none."""
    if code == NO_CATEGORY:
        return and_(CATEGORY.is_(None), LedgerAccount.quota_id.is_not(None))
    return cast(CATEGORY, String) == code


def of_district(code: str) -> ColumnElement[bool]:
    """Narrow entries to those of awards whose service takes place there."""
    return and_(Application.district_code == code)


def of_month(month: str) -> ColumnElement[bool]:
    """Narrow entries to those posted in a month, of whatever year, by Shanghai's clock."""
    return and_(MONTH.in_((int(month),)))


def in_year(year: int) -> ColumnElement[bool]:
    """Narrow entries to those of a fiscal year."""
    return Journal.fiscal_year_id.in_(select(FiscalYear.id).where(FiscalYear.year == year))


def id_of_year(year: int) -> int | None:
    """Find the budget of a year."""
    return db.session.scalar(select(FiscalYear.id).where(FiscalYear.year == year))


def title_of(call_id: int) -> str | None:
    """Give the title of a call, if there is one."""
    return db.session.scalar(select(Call.title).where(Call.id == call_id))


def total_of(wanted: Select[tuple[Posting]]) -> Decimal:
    """Give the sum of a narrowed list of entries, in yuan."""
    summed = wanted.with_only_columns(func.coalesce(func.sum(Posting.amount), ZERO), maintain_column_froms=True)
    return db.session.scalars(summed.order_by(None)).one()


Books = dict[Account, Decimal]


@dataclass(slots=True)
class Breakdown:
    """Where the money of a year stands, from every side, in yuan: each is book → what it holds."""

    books: Books = field(default_factory=lambda: defaultdict(lambda: ZERO))
    asides: dict[Aside, Books] = field(default_factory=lambda: defaultdict(lambda: defaultdict(lambda: ZERO)))
    calls: dict[int, Books] = field(default_factory=lambda: defaultdict(lambda: defaultdict(lambda: ZERO)))
    categories: dict[str, Books] = field(default_factory=lambda: defaultdict(lambda: defaultdict(lambda: ZERO)))
    months: dict[int, Decimal] = field(default_factory=dict)


def breakdown(year_id: int) -> Breakdown:
    """Give a year's money by book, purpose, call, category, and what was paid by month, in one statement."""
    held = (
        with_owners(
            select(
                literal("held").label("kind"),
                cast(LedgerAccount.book, String).label("book"),
                cast(LedgerAccount.aside, String).label("aside"),
                CallQuota.call_id.label("call_id"),
                CATEGORY.label("category"),
                func.sum(LedgerAccount.balance).label("amount"),
            ).select_from(LedgerAccount)
        )
        .where(LedgerAccount.fiscal_year_id == year_id)
        .group_by(LedgerAccount.book, LedgerAccount.aside, CallQuota.call_id, CATEGORY)
    )
    paid = (
        select(literal("month"), cast(MONTH, String), null(), null(), null(), func.sum(Posting.amount))
        .select_from(Posting)
        .join(Journal, Journal.id == Posting.journal_id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(Journal.fiscal_year_id == year_id, LedgerAccount.book == Account.PAID)
        .group_by(MONTH)
    )
    found = Breakdown()
    for kind, key, aside, call_id, category, amount in db.session.execute(union_all(held, paid)):
        if kind == "month":
            found.months[int(key)] = amount
        else:
            _add(found, Account(key), aside, call_id, category, amount)
    return found


def _add(
    found: Breakdown, book: Account, aside: str | None, call_id: int | None, category: str | None, amount: Decimal
) -> None:
    found.books[book] += amount
    if aside is not None:
        found.asides[Aside(aside)][book] += amount
    if call_id is not None:
        found.calls[call_id][book] += amount
        found.categories[category or NO_CATEGORY][book] += amount


def sum_over(books: Mapping[Account, Decimal], figure: str) -> Decimal:
    """Give a figure from the books that it sums."""
    return sum((books.get(book, ZERO) for book in FIGURES[figure]), ZERO)


@dataclass(frozen=True, slots=True)
class Subject:
    """The record that a movement was made for: its name, and the id of the record whose page tells of it."""

    name: str
    place_id: int


def subjects_of(journals: Iterable[Journal]) -> dict[tuple[str, int], Subject]:
    """Name the records that movements were made for, in one statement: (kind, id) → subject."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for journal in journals:
        wanted[journal.subject_kind].add(journal.subject_id)
    parts = [_named(kind, ids) for kind, ids in sorted(wanted.items()) if kind in NAMED]
    if not parts:
        return {}
    return {(kind, pk): Subject(name, place) for kind, pk, name, place in db.session.execute(union_all(*parts))}


def _named(kind: str, ids: set[int]) -> Select[Any]:
    one = NAMED[kind]
    wanted = select(literal(kind), one.model.id, cast(one.name, String), one.place).where(one.model.id.in_(ids))
    return wanted if one.other is None else wanted.select_from(one.model).join(*one.other)


@dataclass(frozen=True, slots=True)
class _Named:
    model: Any
    name: Any
    place: Any
    other: tuple[Any, Any] | None = None


NAMED: Final[Mapping[str, _Named]] = MappingProxyType(
    {
        "FiscalYear": _Named(FiscalYear, FiscalYear.year, FiscalYear.id),
        "BudgetAdjustment": _Named(BudgetAdjustment, BudgetAdjustment.number, BudgetAdjustment.id),
        "Call": _Named(Call, Call.number, Call.id),
        "AwardList": _Named(AwardList, AwardList.number, AwardList.id),
        "Award": _Named(Award, AwardList.number, AwardList.id, (AwardList, AwardList.id == Award.award_list_id)),
        "Contract": _Named(Contract, Contract.number, Contract.id),
        "Project": _Named(Project, Project.number, Project.id),
        "Instalment": _Named(Instalment, Project.number, Instalment.id, (Project, Project.id == Instalment.project_id)),
    }
)
"""Subject → how it is called, and which record's page tells of it."""
