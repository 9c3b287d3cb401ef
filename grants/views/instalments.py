"""Payments: the register by state, and each instalment with its gate and its four signatures."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy.orm import joinedload, selectinload

from grants.models import Instalment, Project
from grants.operations.money import reduce_instalment
from grants.queries.finding import of_projects
from grants.rules.money import REDUCIBLE
from grants.states import InstalmentState
from grants.views import cells
from grants.views.contracts import organization_name
from grants.views.deeds import Drawn
from grants.views.forms import ask
from grants.views.project_parts import Signature, gate_checks, part
from grants.workflows.money import INSTALMENT
from kernel import pages
from kernel.actor import Actor
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.money import format_percent, format_yuan
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, Search, door

TURNS = {
    "check": InstalmentState.REQUESTED,
    "review": InstalmentState.CHECKED,
    "approve": InstalmentState.REVIEWED,
    "pay": InstalmentState.APPROVED,
    "request": InstalmentState.DUE,
}


def turn_of(actor: Actor) -> list[InstalmentState]:
    """Give the states in which a payment waits for this person."""
    return [state for verb, state in TURNS.items() if actor.may(verb, "Instalment")]


class InstalmentView(RecordView):
    """Instalments on their way from the request to the bank."""

    model = Instalment
    kind = "Instalment"
    route_base = "/instalments"
    title = _l("Payments")
    base_order = "-id"
    workflow = INSTALMENT
    options = (joinedload(Instalment.project), joinedload(Instalment.organization))
    record_options = (
        joinedload(Instalment.organization),
        joinedload(Instalment.project).options(joinedload(Project.contract), selectinload(Project.instalments)),
    )
    search = Search(
        _l("Project or its number"),
        lambda told: of_projects(Instalment.project_id, told),
    )
    columns = (
        Column("project", _l("Project"), lambda one: one.project.title),
        Column("organization", _l("Organization"), organization_name, hide_phone=True),
        Column("kind", _l("Instalment"), lambda one: cells.word(one.kind), sort=Instalment.position),
        Column(
            "amount", _l("Payable (yuan)"), lambda one: cells.money(one.payable), sort=Instalment.amount, numeric=True
        ),
        Column("requested", _l("Requested on"), lambda one: one.requested_on or "", sort=Instalment.requested_on),
        Column("paid", _l("Paid on"), lambda one: one.paid_on or "", sort=Instalment.paid_on, hide_phone=True),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Instalment.state),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in InstalmentState],
            lambda told: Instalment.state == InstalmentState(told),
        ),
        Filter(
            "mine",
            _l("Turn"),
            lambda: [("1", _l("Waits for me"))],
            lambda _told: Instalment.state.in_(turn_of(current_actor())),
        ),
    )

    labels = {
        "receipt_number": _l("Receipt number"),
        "reduction": _l("Reduction (yuan)"),
        "reduction_reason": _l("Reason"),
        "return_reason": _l("Reason"),
        "hold_reason": _l("Reason"),
        "bank_reference": _l("Bank reference"),
        "paid_on": _l("Paid on"),
    }

    def list_views(self, state: ListState) -> list[pages.TabView]:
        mine = state.chosen.get("mine")
        shown = [pages.TabView(_("All"), self.list_url(), current=not mine)]
        if turn_of(current_actor()):
            shown.append(pages.TabView(_("Waits for me"), self.list_url(mine="1"), current=bool(mine)))
        return shown

    def row_code(self, record: Instalment) -> str:
        return record.project.number

    def row_label(self, record: Instalment) -> str:
        return f"{record.project.number} {cells.word(record.kind)}"

    def crumbs(self, record: Instalment) -> list[tuple[str, str | None]]:
        return [(str(self.title), self.list_url()), (self.row_label(record), None)]

    def record_page(self, record: Instalment) -> pages.RecordPage:
        page = super().record_page(record)
        project = record.project
        page.title = _("%(kind)s of %(title)s", kind=cells.word(record.kind), title=project.title)
        page.notes = [("warn", _("Sent back: %(reason)s", reason=record.return_reason))] if _is_returned(record) else []
        if record.hold_reason:
            page.notes = [*page.notes, ("warn", _("On hold: %(reason)s", reason=record.hold_reason))]
        page.buttons = [*page.buttons, *self._reduce_button(record)]
        page.facts = [
            (_("Project"), cells.drawn("linked", project.number, url_for("ProjectView.record", pk=project.id))),
            (_("Organization"), organization_name(record)),
            (_("Share of the award"), format_percent(record.percent)),
            (_("Sum (yuan)"), cells.money(record.amount)),
            (_("Reduction (yuan)"), cells.drawn("money_with", record.reduction, record.reduction_reason or "")),
            (_("Payable (yuan)"), cells.money(record.payable)),
            (_("Receipt number"), record.receipt_number or ""),
            (_("Bank reference"), record.bank_reference or ""),
        ]
        page.cards = [
            pages.PanelView("gate", _("Conditions"), part("checks", gate_checks(record))),
            pages.PanelView("signatures", _("Who did what"), part("signatures", _signatures(record))),
        ]
        return page

    def _reduce_button(self, record: Instalment) -> list[pages.ButtonView]:
        if not current_actor().may("reduce", "Instalment") or record.state not in REDUCIBLE:
            return []
        url = url_for("InstalmentView.reduce", pk=record.id)
        return [pages.ButtonView("reduce", _("Reduce"), url, "dash-circle", "quiet", _asking(_("Reduce"), record))]

    @door("/<int:pk>/reduce", "reduce", methods=("GET", "POST"))
    def reduce(self, pk: int) -> Drawn:
        """Reduce an instalment with a reason."""
        instalment = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            reduce_instalment(instalment, actor=current_actor(), **asked)
            return self.record_url(instalment), _("The instalment is reduced")

        return ask(
            self,
            reduce_instalment,
            title=_("Reduce"),
            done=done,
            back_url=self.record_url(instalment),
            crumbs=self.crumbs(instalment),
            lead=_("%(name)s: %(sum)s yuan", name=self.row_label(instalment), sum=format_yuan(instalment.amount)),
        )


def _asking(label: str, record: Instalment) -> pages.DialogView:
    fields = [
        pages.FieldView(
            "amount", _("Reduction (yuan)"), "money", _("0.00 takes a reduction back."), value=record.reduction
        ),
        pages.FieldView("reason", _("Reason"), "textarea"),
    ]
    return pages.DialogView(label, "", fields, label)


def _is_returned(record: Instalment) -> bool:
    return record.state is InstalmentState.RETURNED


def _signatures(record: Instalment) -> list[Signature]:
    names = names_of(
        (record.requested_by_id, record.checked_by_id, record.reviewed_by_id, record.approved_by_id, record.paid_by_id)
    )

    def line(label: str, user_id: int | None, day: date | None = None) -> Signature:
        return Signature(label, names.get(user_id or 0, ""), day)

    return [
        line(_("Requested by"), record.requested_by_id, record.requested_on),
        line(_("Checked by"), record.checked_by_id),
        line(_("Reviewed by"), record.reviewed_by_id),
        line(_("Approved by"), record.approved_by_id),
        line(_("Paid by"), record.paid_by_id, record.paid_on),
    ]
