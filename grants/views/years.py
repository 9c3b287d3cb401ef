"""The year's money: budgets, their bar, where it stands from every side, and what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for

from grants.models import FiscalYear
from grants.operations.years import create_year, give_back_aside, pay_fee, set_aside
from grants.queries.entries import breakdown
from grants.queries.ledger import YearFigures, figures_of_years, year_figures
from grants.states import FiscalYearState
from grants.views import cells, year_parts
from grants.views.deeds import Drawn, form_or_done
from grants.views.home import envelope_parts
from grants.workflows.years import FISCAL_YEAR
from kernel import pages
from kernel.actor import Actor
from kernel.arguments import arguments_of, read_arguments
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, RecordView, door, field_of, typed_values

DEEDS = {
    "set-aside": (set_aside, "set_aside", _l("Set money aside"), "piggy-bank"),
    "give-back": (give_back_aside, "set_aside", _l("Give back what is set aside"), "arrow-return-left"),
    "fee": (pay_fee, "pay_fee", _l("Record a paid fee"), "cash-stack"),
}


class YearView(RecordView):
    """Budgets by year, each with its bar."""

    model = FiscalYear
    kind = "FiscalYear"
    route_base = "/years"
    title = _l("Budgets")
    base_order = "-year"
    workflow = FISCAL_YEAR
    columns = (
        Column("year", _l("Year"), lambda year: str(year.year), sort=FiscalYear.year),
        Column("amount", _l("Budget (yuan)"), lambda year: cells.money(year.amount), FiscalYear.amount, numeric=True),
        Column("state", _l("State"), lambda year: cells.chip(year.state), sort=FiscalYear.state),
        Column("free", _l("Free (yuan)"), lambda _year: None, numeric=True),
        Column("paid", _l("Paid (yuan)"), lambda _year: None, numeric=True),
    )
    labels = {"amount": _l("Budget (yuan)"), "return_reason": _l("Reason")}

    def list_actions(self, actor: Actor) -> Sequence[pages.Link]:
        adjustments = pages.Link(_("Budget adjustments"), url_for("AdjustmentView.index"), "arrow-left-right")
        if not actor.may("create", "FiscalYear"):
            return [adjustments]
        return [adjustments, pages.Link(_("New budget"), url_for("YearView.create"), "plus-lg", primary=True)]

    def list_page(self, state: ListState, records: Sequence[FiscalYear], paging: pages.Paging) -> pages.ListPage:
        page = super().list_page(state, records, paging)
        found = figures_of_years([year.id for year in records])
        page.rows = [
            pages.RowView(
                row.id,
                row.url,
                {**row.cells, "free": cells.money(found[row.id].free), "paid": cells.money(found[row.id].paid)},
                row.label,
                row.code,
            )
            for row in page.rows
        ]
        return page

    def record_page(self, record: FiscalYear) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = _("Budget %(year)s", year=record.year)
        found = breakdown(record.id)
        page.actions = self._links(record)
        page.facts = [
            (_("Budget (yuan)"), cells.money(record.amount)),
            (_("State"), cells.chip(record.state)),
            (_("Approved at"), cells.moment(record.approved_at)),
            (_("Reason of the return"), record.return_reason)
            if record.return_reason
            else (_("Free (yuan)"), year_parts.figure(record.year, found.books, "free")),
        ]
        bar = envelope_parts(record.year, record.amount, YearFigures(found.books))
        page.facts = [*page.facts, (_("The year's money"), cells.drawn("envelope", bar), True)]
        page.cards = year_parts.cards(record, found)
        page.aside = year_parts.beside(record, found)
        return page

    def _value(self, name: str, value: Any, workflow: Any) -> str:
        return cells.history_value(name, value) or super()._value(name, value, workflow)

    def _links(self, year: FiscalYear) -> list[pages.Link]:
        actor = current_actor()
        links = [pages.Link(_("Ledger"), url_for("LedgerView.year", pk=year.id), "journal-text")]
        if year.state is FiscalYearState.APPROVED:
            links += [
                pages.Link(str(label), url_for("YearView.deed", pk=year.id, name=name), icon)
                for name, (_deed, verb, label, icon) in DEEDS.items()
                if actor.may(verb, "FiscalYear")
            ]
        return links

    @door("/new", "create", methods=("GET", "POST"))
    def create(self) -> Drawn:
        """Draft the budget of a year."""
        typed = typed_values()
        asked = arguments_of(create_year)

        def carry_out() -> tuple[str, str]:
            year = create_year(actor=current_actor(), **read_arguments(asked, typed))
            return self.record_url(year), _("Budget %(year)s is drafted", year=year.year)

        form = pages.FormPage(
            _("New budget"),
            url_for("YearView.create"),
            crumbs=[(str(self.title), self.list_url()), (_("New budget"), None)],
            back_url=self.list_url(),
        )
        return form_or_done(
            self, form, fields=lambda t, p: [field_of(one, t, p) for one in asked], carry_out=carry_out, typed=typed
        )

    @door("/<int:pk>/deeds/<any('set-aside', 'give-back', 'fee'):name>", "show", methods=("GET", "POST"))
    def deed(self, pk: int, name: str) -> Drawn:
        """Set money aside, give it back, or record a fee that was paid from it."""
        carry, verb, label, _icon = DEEDS[name]
        if not current_actor().may(verb, self.kind):
            abort(403)
        year = self.find(pk)
        asked, typed = arguments_of(carry), typed_values()

        def carry_out() -> tuple[str, str]:
            carry(year, actor=current_actor(), **read_arguments(asked, typed))
            return self.record_url(year), _("Done: %(deed)s", deed=label)

        form = pages.FormPage(
            str(label),
            request.path,
            crumbs=[*self.crumbs(year)[:-1], (str(year.year), self.record_url(year)), (str(label), None)],
            back_url=self.record_url(year),
            note=("info", _("Free in %(year)s: %(free)s yuan", year=year.year, free=f"{year_figures(year).free:,.2f}")),
        )
        return form_or_done(
            self, form, fields=lambda t, p: [field_of(one, t, p) for one in asked], carry_out=carry_out, typed=typed
        )
