"""Parts of a year's page: its money by book, category, call and month, each amount leading to its entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import url_for

from grants.models import Call, FiscalYear
from grants.queries.adjustments import adjustments_of
from grants.queries.calls import calls_of_year
from grants.queries.entries import Breakdown, sum_over
from grants.states import Account, AdjustmentKind, Aside, FiscalYearState
from grants.views import cells
from grants.views.ledger import category_words, entries_url
from kernel import pages
from kernel.identity import current_actor
from kernel.money import ZERO
from kernel.speech import gettext as _

STAGES = ("allotted", "approved", "signed", "paid")
MONTHS = range(1, 13)
ADJUSTMENT_ICONS = {
    AdjustmentKind.RAISE: "plus-lg",
    AdjustmentKind.CUT: "dash-lg",
    AdjustmentKind.TO_QUOTA: "box-arrow-in-right",
    AdjustmentKind.FROM_QUOTA: "arrow-return-left",
    AdjustmentKind.QUOTAS: "arrow-left-right",
    AdjustmentKind.ASIDES: "piggy-bank",
}
Held = Mapping[Account, Decimal]


def figure(year: int, held: Held, book: str, **of: Any) -> Any:
    """Draw an amount that leads to the entries which it sums."""
    return cells.drawn("money_link", sum_over(held, book), entries_url(year=year, book=book, **of))


def cards(year: FiscalYear, found: Breakdown) -> list[pages.PanelView]:
    """Give the cards below the bar."""
    return [
        pages.PanelView("categories", _("By category"), _categories(year.year, found), flush=True),
        pages.PanelView("calls", _("Calls of the year"), _calls(year, found), flush=True),
        pages.PanelView("adjustments", _("Adjustments"), _adjustments(year), flush=True),
    ]


def beside(year: FiscalYear, found: Breakdown) -> list[pages.PanelView]:
    """Give the narrow tables beside them."""
    return [
        pages.PanelView("books", _("Books of the year"), _books(year.year, found), flush=True),
        pages.PanelView("months", _("Payments by month"), _months(year.year, found), flush=True),
    ]


def _books(year: int, found: Breakdown) -> Any:
    rows = [[_("Free"), figure(year, found.books, "free")]]
    rows += [
        [_("Set aside: %(purpose)s", purpose=cells.word(aside)), figure(year, held, "set_aside", aside=aside.value)]
        for aside in Aside
        for held in (found.asides[aside],)
    ]
    rows += [
        [_("Allotted to calls"), figure(year, found.books, "allotted")],
        [_("Approved, not yet signed"), figure(year, found.books, "approved")],
        [_("Signed, not yet paid"), figure(year, found.books, "signed")],
        [_("Paid"), figure(year, found.books, "paid")],
        [_("Returned to the treasury"), figure(year, found.books, "returned")],
    ]
    total = sum((held for book, held in found.books.items() if book is not Account.SOURCE), ZERO)
    foot = [_("Together"), cells.drawn("money_link", total, entries_url(year=year, book="budget"))]
    return cells.drawn("simple", [(_("Book"), False), (_("Yuan"), True)], rows, _("Books of the year"), foot)


def _stage_columns(first: str) -> list[tuple[str, bool]]:
    return [
        (first, False),
        (_("Left (yuan)"), True),
        (_("Approved, not yet signed"), True),
        (_("Signed, not yet paid"), True),
        (_("Paid (yuan)"), True),
    ]


def _stages(year: int, held: Held, **of: Any) -> list[Any]:
    return [figure(year, held, stage, **of) for stage in STAGES]


def _categories(year: int, found: Breakdown) -> Any:
    if not found.categories:
        return cells.drawn("empty", _("Nothing allotted yet"), "", "pie-chart")
    names = category_words()
    ranked = sorted(found.categories.items(), key=lambda one: (-sum(one[1].values(), ZERO), one[0]))
    rows = [[names.get(code, code), *_stages(year, held, category=code)] for code, held in ranked]
    return cells.drawn(
        "simple", _stage_columns(_("Category")), rows, _("By category"), _sums(year, found.categories.values())
    )


def _sums(year: int, all_held: Iterable[Held]) -> list[Any]:
    """Add up the tables of quotas and awards; the fees of the year, which are paid too, stand in none of them."""
    held, entries_of = list(all_held), {stage: stage for stage in STAGES} | {"paid": "granted"}
    sums = ((sum((sum_over(one, stage) for one in held), ZERO), entries_of[stage]) for stage in STAGES)
    return [
        _("Together"),
        *(cells.drawn("money_link", total, entries_url(year=year, book=book)) for total, book in sums),
    ]


def _calls(year: FiscalYear, found: Breakdown) -> Any:
    calls = calls_of_year(year.id)
    if not calls:
        return cells.drawn("empty", _("No calls yet"), "", "megaphone")
    rows = [[_call(call), *_stages(year.year, found.calls[call.id], call=call.id)] for call in calls]
    foot = _sums(year.year, found.calls.values())
    return cells.drawn("simple", _stage_columns(_("Call")), rows, _("Calls of the year"), foot)


def _call(call: Call) -> Any:
    link = cells.drawn("linked", call.title, url_for("CallView.record", pk=call.id))
    return cells.drawn("two_lines", link, f"{call.number} · {cells.word(call.state)}")


def _months(year: int, found: Breakdown) -> Any:
    rows = [
        [
            _("%(month)s. month", month=month),
            cells.drawn(
                "money_link",
                found.months.get(month, ZERO),
                entries_url(year=year, book=Account.PAID.value, month=month),
            ),
        ]
        for month in MONTHS
        if month in found.months
    ]
    if not rows:
        return cells.drawn("empty", _("Nothing paid yet"), "", "cash-stack")
    foot = [_("Together"), figure(year, found.books, "paid")]
    return cells.drawn("simple", [(_("Month"), False), (_("Paid (yuan)"), True)], rows, _("Payments by month"), foot)


def _adjustments(year: FiscalYear) -> Any:
    shown = adjustments_of(year.id)
    rows = [
        [
            cells.drawn("linked", one.number, url_for("AdjustmentView.record", pk=one.id)),
            cells.word(one.kind),
            cells.money(one.amount),
            cells.chip(one.state),
        ]
        for one in shown
    ]
    columns = [(_("Number"), False), (_("What"), False), (_("Moved (yuan)"), True), (_("State"), False)]
    table = (
        cells.drawn("simple", columns, rows, _("Adjustments"))
        if rows
        else cells.drawn("empty", _("No adjustments yet"), "", "sliders")
    )
    return cells.drawn("stacked", [table, _proposals(year)])


def _proposals(year: FiscalYear) -> Any:
    if year.state is not FiscalYearState.APPROVED or not current_actor().may("propose", "BudgetAdjustment"):
        return ""
    return cells.drawn("links", adjustment_links(year))


def adjustment_links(year: FiscalYear) -> Sequence[pages.Link]:
    """Give the ways to propose an adjustment, one a kind."""
    return [
        pages.Link(cells.word(kind), url_for("AdjustmentView.propose", pk=year.id, kind=kind.value), icon)
        for kind, icon in ADJUSTMENT_ICONS.items()
    ]
