"""Contracts: what was agreed, who agreed when, and the sealed paper."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import joinedload, selectinload

from grants.models import Contract, Project
from grants.queries.finding import found_contracts
from grants.queries.papers import paper_of
from grants.reports.capitals import capitals
from grants.states import ContractState
from grants.views import cells
from grants.views.project_parts import instalment_lines, part
from grants.workflows.contracts import CONTRACT
from kernel import pages
from kernel.db import transaction
from kernel.errors import NotFound
from kernel.files import open_file
from kernel.identity import current_actor, current_locale
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, Search, door


def organization_name(record: Any) -> str:
    """Name the organization of a record; it is not everybody's to read."""
    return record.organization.name if record.organization is not None else ""


class ContractView(RecordView):
    """Contracts with the organizations that were awarded."""

    model = Contract
    kind = "Contract"
    route_base = "/contracts"
    title = _l("Contracts")
    base_order = "-number"
    workflow = CONTRACT
    options = (joinedload(Contract.project), joinedload(Contract.organization))
    record_options = (
        joinedload(Contract.organization),
        joinedload(Contract.project).options(joinedload(Project.call), selectinload(Project.instalments)),
    )
    search = Search(_l("Project or its number"), found_contracts)
    columns = (
        Column("number", _l("Project"), lambda one: one.project.title, sort=Contract.number),
        Column("organization", _l("Organization"), organization_name),
        Column("amount", _l("Sum (yuan)"), lambda one: cells.money(one.amount), sort=Contract.amount, numeric=True),
        Column("signed_on", _l("Signed on"), lambda one: one.signed_on or "", sort=Contract.signed_on),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Contract.state),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in ContractState],
            lambda told: Contract.state == ContractState(told),
        ),
    )

    labels = {
        "offered_on": _l("Offered on"),
        "confirmed_on": _l("Confirmed on"),
        "signed_on": _l("Signed on"),
        "sha256": _l("Check sum (SHA-256)"),
    }

    def row_code(self, record: Contract) -> str:
        return record.number

    def row_label(self, record: Contract) -> str:
        return record.number

    def record_page(self, record: Contract) -> pages.RecordPage:
        page = super().record_page(record)
        project = record.project
        page.title = _("Contract %(number)s", number=record.number)
        page.subtitle = project.title
        page.facts = [
            (_("Party B"), organization_name(record)),
            (_("Project"), cells.drawn("linked", project.number, url_for("ProjectView.record", pk=project.id))),
            (_("Call"), project.call.title if project.call is not None else ""),
            (_("Service period"), _("%(first)s to %(last)s", first=project.starts_on, last=project.ends_on)),
            (_("Sum (yuan)"), cells.drawn("money_with", record.amount, _in_capitals(record)), True),
            (_("Offered on"), record.offered_on or ""),
            (_("Confirmed on"), record.confirmed_on or ""),
            (_("Signed on"), record.signed_on or ""),
            (_("Check sum (SHA-256)"), part("code", record.sha256) if record.sha256 else "", True),
        ]
        lines = instalment_lines(project)
        page.cards = [pages.PanelView("instalments", _("Instalments"), part("instalments", lines))]
        if record.state is ContractState.SIGNED:
            page.actions = [
                pages.Link(_("The signed paper"), url_for("ContractView.paper", pk=record.id), "file-earmark-pdf")
            ]
        return page

    @door("/<int:pk>/paper", "show")
    def paper(self, pk: int) -> Response:
        """Send the sealed paper, exactly as it was signed."""
        contract = self.find(pk)
        file = paper_of(contract.file_id)
        if file is None:
            raise NotFound
        with transaction():
            opened = open_file(current_actor(), file)
        return Response(opened.stream, headers=opened.headers, direct_passthrough=True)


def _in_capitals(contract: Contract) -> str:
    return f"人民币{capitals(contract.amount)}" if current_locale() == "zh" else ""
