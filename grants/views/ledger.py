"""The ledger of a year: its movements, and the entries behind every figure, to be read, narrowed and taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from grants.ledger import MOVEMENTS
from grants.models import CallQuota, FiscalYear, Journal, LedgerAccount, Posting
from grants.queries.entries import (
    NO_CATEGORY,
    Subject,
    entries,
    id_of_year,
    in_year,
    of_category,
    of_district,
    of_figure,
    of_month,
    subjects_of,
    title_of,
    total_of,
)
from grants.queries.ledger import entries_of, entry
from grants.states import Account, Aside, LedgerDeed
from grants.views import cells
from kernel import pages
from kernel.clock import local, today
from kernel.identity import current_locale
from kernel.lists import ListState, narrowed
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.tables import Export
from kernel.views import Column, Filter, RecordView, door, find
from kernel.words import Sentence
from orgs.reference import districts

PLACES = {
    "FiscalYear": "/years/{}",
    "BudgetAdjustment": "/adjustments/{}",
    "Call": "/calls/{}",
    "AwardList": "/award-lists/{}",
    "Award": "/award-lists/{}",
    "Contract": "/contracts/{}",
    "Project": "/projects/{}",
    "Instalment": "/instalments/{}",
}
"""Subject of a movement → the page that tells of it."""
SUMS = {
    "budget": "Appropriation",
    "awarded": "Awarded",
    "granted": "Paid for awards",
    "bound": "Signed",
    "unpaid": "Not paid yet",
    "available": "Available in all",
}
FIGURE_WORDS = {book.value: book.word for book in Account} | SUMS
FIRST_YEAR = 2014
DIGITS = 9
"""The longest id that an address is searched for; a longer one is none."""


def entries_url(**figure: Any) -> str:
    """Give the address of the entries behind a figure: year, book, call, category, aside, district, month."""
    return url_for("EntryView.index", **{name: value for name, value in figure.items() if value is not None})


def category_words() -> Mapping[str, str]:
    """Give code → name of the categories, in the reader's language, and the word for none."""
    return {**cells.category_names(current_locale()), NO_CATEGORY: _("Without a category")}


def _years() -> Sequence[tuple[str, str]]:
    return [(str(year), str(year)) for year in range(today().year + 2, FIRST_YEAR - 1, -1)]


def _calls() -> Sequence[tuple[str, str]]:
    """Name the call of the address; others are not offered, since a figure leads here."""
    asked = request.args.get("call", "")
    if not asked.isascii() or not asked.isdecimal() or len(asked) > DIGITS:
        return ()
    title = title_of(int(asked))
    return ((asked, title),) if title else ()


def _months() -> Sequence[tuple[str, str]]:
    return [(str(month), _("%(month)s. month", month=month)) for month in range(1, 13)]


def record_name(journal: Journal, subjects: Mapping[tuple[str, int], Subject]) -> tuple[str, str]:
    """Give the name and the page of the record that a movement was made for; empty where there is none."""
    found = subjects.get((journal.subject_kind, journal.subject_id))
    return (found.name, PLACES[journal.subject_kind].format(found.place_id)) if found else ("", "")


def other_book(posting: Posting) -> Account:
    """Give the book on the other side of an entry."""
    movement = MOVEMENTS[posting.journal.deed]
    return movement.target if posting.amount < 0 else movement.source


class LedgerView(RecordView):
    """The ledger of a year: every movement of money, from which book to which, and for what."""

    model = Journal
    kind = "Journal"
    route_base = "/ledger"
    title = _l("Ledger")
    base_order = "-posted"
    options = (selectinload(Journal.postings).joinedload(Posting.account),)
    columns = (
        Column("posted", _l("Posted at"), lambda one: cells.moment(one.posted_at), sort=Journal.posted_at),
        Column(
            "deed",
            _l("What for"),
            lambda one: cells.drawn("two_lines", cells.word(one.deed), one.note),
            sort=Journal.deed,
        ),
        Column("record", _l("Record"), lambda _one: None),
        Column("source", _l("From account"), lambda one: cells.word(entry(one).source)),
        Column("target", _l("To account"), lambda one: cells.word(entry(one).target)),
        Column("amount", _l("Moved (yuan)"), lambda one: cells.money(entry(one).amount), numeric=True),
        Column("by", _l("By"), lambda one: one.posted_by, hide_phone=True),
    )
    filters = (
        Filter(
            "deed",
            _l("What for"),
            lambda: [(deed.value, cells.word(deed)) for deed in LedgerDeed],
            lambda value: Journal.deed == LedgerDeed(value),
        ),
    )

    def query(self) -> Select[Any]:
        pk = (request.view_args or {}).get("pk")
        return select(Journal) if pk is None else entries_of(find(FiscalYear, pk))

    def list_url(self, **values: Any) -> str:
        pk = (request.view_args or {}).get("pk")
        return url_for("LedgerView.index", **values) if pk is None else url_for("LedgerView.year", pk=pk, **values)

    def row_label(self, record: Journal) -> str:
        return f"{local(record.posted_at):%Y-%m-%d %H:%M}"

    @door("/year/<int:pk>", "list")
    def year(self, pk: int) -> Any:
        """The movements of one year."""
        return self.index()

    @door("/<int:pk>", "list")
    def record(self, pk: int) -> Any:
        """A movement has no page of its own: it stands in its year's ledger."""
        return redirect(url_for("LedgerView.year", pk=find(Journal, pk).fiscal_year_id))

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        page = super().list_page(state, records, paging)
        page.crumbs = [(_("Budgets"), url_for("YearView.index")), (_("Ledger"), None)]
        page.actions = [pages.Link(_("Entries by book"), entries_url(), "table")]
        subjects = subjects_of(records)
        page.rows = [_led(row, record_name(one, subjects)) for row, one in zip(page.rows, records, strict=True)]
        return page


def _led(row: pages.RowView, record: tuple[str, str]) -> pages.RowView:
    """Lead a row to its record, whose name stands in it."""
    name, url = record
    shown = cells.drawn("linked", name, url) if name else None
    return replace(row, url=url, cells={**row.cells, "record": shown})


EXPORTED: tuple[Export[Posting], ...] = (
    Export(Sentence("Posted at"), lambda one: one.journal.posted_at, 18),
    Export(Sentence("What for"), lambda one: one.journal.deed, 28),
    Export(Sentence("Note"), lambda one: one.journal.note, 40),
    Export(Sentence("Record"), lambda one: _address(one.journal), 22),
    Export(Sentence("Book"), lambda one: one.account.book, 24),
    Export(Sentence("Other book"), other_book, 24),
    Export(Sentence("Moved (yuan)"), lambda one: one.amount, 18),
    Export(Sentence("By"), lambda one: one.journal.posted_by, 14),
    Export(Sentence("Movement"), lambda one: one.journal_id, 12),
)


def _address(journal: Journal) -> str:
    """Give where the record of a movement stands in the house; an award's list is found by the award."""
    return PLACES[journal.subject_kind].format(journal.subject_id) if journal.subject_kind != "Award" else ""


class EntryView(RecordView):
    """The entries behind a figure: each adds to it or takes from it, and together they are the figure."""

    model = Posting
    kind = "Posting"
    route_base = "/ledger/entries"
    title = _l("Entries of the ledger")
    base_order = "-posted"
    has_records = False
    keeps_views = False
    exports = EXPORTED
    columns = (
        Column("posted", _l("Posted at"), lambda one: cells.moment(one.journal.posted_at), sort=Journal.posted_at),
        Column(
            "deed",
            _l("What for"),
            lambda one: cells.drawn("two_lines", cells.word(one.journal.deed), one.journal.note),
            sort=Journal.deed,
        ),
        Column("record", _l("Record"), lambda _one: None),
        Column("book", _l("Book"), lambda one: cells.word(one.account.book), sort=LedgerAccount.book),
        Column("other", _l("Other book"), lambda one: cells.word(other_book(one)), hide_phone=True),
        Column("amount", _l("Moved (yuan)"), lambda one: cells.money(one.amount), sort=Posting.amount, numeric=True),
        Column("by", _l("By"), lambda one: one.journal.posted_by, hide_phone=True),
    )
    filters = (
        Filter("year", _l("Year"), _years, lambda told: in_year(int(told))),
        Filter(
            "book",
            _l("Book"),
            lambda: [(figure, _(word)) for figure, word in FIGURE_WORDS.items()],
            of_figure,
        ),
        Filter(
            "aside",
            _l("Set aside for"),
            lambda: [(aside.value, cells.word(aside)) for aside in Aside],
            lambda told: LedgerAccount.aside == Aside(told),
        ),
        Filter("category", _l("Category"), lambda: list(category_words().items()), of_category),
        Filter(
            "district",
            _l("District"),
            lambda: list(districts(current_locale()).items()),
            of_district,
        ),
        Filter("call", _l("Call"), _calls, lambda told: CallQuota.call_id == int(told)),
        Filter("month", _l("Month"), _months, of_month),
    )

    def query(self) -> Select[Any]:
        return entries()

    def record_url(self, record: Any) -> str:
        return ""

    def row_label(self, record: Posting) -> str:
        return f"{local(record.journal.posted_at):%Y-%m-%d %H:%M}"

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        page = super().list_page(state, records, paging)
        year = state.chosen.get("year")
        crumbs: list[tuple[str, str | None]] = [(_("Budgets"), url_for("YearView.index"))]
        if year and (pk := id_of_year(int(year))):
            crumbs.append((year, url_for("YearView.record", pk=pk)))
        page.crumbs = [*crumbs, (_("Entries"), None)]
        total = total_of(narrowed(self.query(), state, filters=self.filters, search=None))
        page.lead = cells.drawn("entries_total", total, paging.total)
        if page.filters:
            offered = (one for one in page.filters.offered if one[2])
            page.filters = pages.FiltersView(page.filters.active, pages.Offered(offered))
        subjects = subjects_of(one.journal for one in records)
        page.rows = [_led(row, record_name(one.journal, subjects)) for row, one in zip(page.rows, records, strict=True)]
        return page
