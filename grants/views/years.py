"""The year's money: budgets, their bar, what was set aside, and the ledger line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from grants.models import Call, FiscalYear, Journal, Posting
from grants.operations.years import create_year, pay_fee, set_aside
from grants.queries.ledger import YearFigures, entries_of, entry, figures_of_years, year_figures
from grants.states import FiscalYearState, LedgerDeed
from grants.views import cells
from grants.views.deeds import Drawn, form_or_done
from grants.views.home import envelope_parts
from grants.workflows.years import FISCAL_YEAR
from kernel import pages
from kernel.actor import Actor
from kernel.arguments import arguments_of, read_arguments
from kernel.clock import local
from kernel.db import db
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.views import Column, Filter, RecordView, door, field_of, find, typed_values

SUBJECTS = {"Call": "/calls/{}", "AwardList": "/award-lists/{}", "Project": "/projects/{}", "FiscalYear": "/years/{}"}
DEEDS = {
    "set-aside": (set_aside, "set_aside", _l("Set money aside"), "piggy-bank"),
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
        if not actor.may("create", "FiscalYear"):
            return ()
        return [pages.Link(_("New budget"), url_for("YearView.create"), "plus-lg", primary=True)]

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
        figures = year_figures(record)
        page.actions = self._links(record)
        page.facts = [
            (_("Budget (yuan)"), cells.money(record.amount)),
            (_("State"), cells.chip(record.state)),
            (_("Approved at"), cells.moment(record.approved_at)),
            (_("Reason of the return"), record.return_reason)
            if record.return_reason
            else (_("Free (yuan)"), cells.money(figures.free)),
        ]
        page.cards = [
            pages.PanelView(
                "bar",
                _("The year's money"),
                cells.drawn("envelope", envelope_parts(record.year, record.amount, figures)),
            ),
            pages.PanelView("books", _("Books of the year"), self._books(figures), flush=True),
            pages.PanelView("calls", _("Calls of the year"), self._calls(record), flush=True),
        ]
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

    def _books(self, figures: YearFigures) -> Any:
        rows = [
            [_("Free"), cells.money(figures.free)],
            [_("Set aside for fees and reserve"), cells.money(figures.set_aside)],
            [_("Allotted to calls"), cells.money(figures.allotted)],
            [_("Approved, not yet signed"), cells.money(figures.approved)],
            [_("Signed, not yet paid"), cells.money(figures.signed)],
            [_("Paid"), cells.money(figures.paid)],
        ]
        return cells.drawn("simple", [(_("Book"), False), (_("Yuan"), True)], rows, _("Books of the year"))

    def _calls(self, year: FiscalYear) -> Any:
        calls = db.session.scalars(select(Call).where(Call.fiscal_year_id == year.id).order_by(Call.id)).all()
        if not calls:
            return cells.drawn("empty", _("No calls yet"), "", "megaphone")
        rows = [
            [
                cells.drawn("linked", call.title, url_for("CallView.record", pk=call.id)),
                call.number,
                cells.chip(call.state),
                cells.moment(call.closes_at),
            ]
            for call in calls
        ]
        columns = [(_("Call"), False), (_("Number"), False), (_("State"), False), (_("Closes at"), False)]
        return cells.drawn("simple", columns, rows, _("Calls of the year"))

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

    @door("/<int:pk>/deeds/<any('set-aside', 'fee'):name>", "show", methods=("GET", "POST"))
    def deed(self, pk: int, name: str) -> Drawn:
        """Set money aside, or record a fee that was paid from it."""
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
        Column("source", _l("From"), lambda one: cells.word(entry(one).source)),
        Column("target", _l("To"), lambda one: cells.word(entry(one).target)),
        Column("amount", _l("Amount (yuan)"), lambda one: cells.money(entry(one).amount), numeric=True),
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

    def record_url(self, record: Journal) -> str:
        known = SUBJECTS.get(record.subject_kind)
        return known.format(record.subject_id) if known else ""

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
        return page
