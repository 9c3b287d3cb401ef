"""Adjustments of a budget: proposed by finance, followed from the proposal to its entry in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import joinedload

from grants.models import BudgetAdjustment, CallQuota, FiscalYear
from grants.operations.adjustments import propose_adjustment
from grants.queries.adjustments import quotas_of_year
from grants.queries.ledger import aside_figures, year_figures
from grants.states import ADJUSTMENT_WITH_DOCUMENT, AdjustmentKind, AdjustmentState, Aside
from grants.views import cells
from grants.views.deeds import Drawn, form_or_done
from grants.workflows.adjustments import ADJUSTMENT
from kernel import pages
from kernel.arguments import read_value
from kernel.errors import Invalid
from kernel.files import files_of
from kernel.identity import current_actor
from kernel.money import ZERO, format_yuan
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, door, find, typed_values

K = AdjustmentKind
GIVING = frozenset({K.FROM_QUOTA, K.QUOTAS})
TAKING = frozenset({K.TO_QUOTA, K.QUOTAS})


def quota_words(quota: CallQuota | None) -> str:
    """Name a quota with its call."""
    return f"{quota.call.number} · {cells.quota_name(quota)}" if quota is not None else ""


def giving_words(one: BudgetAdjustment) -> str:
    """Say from where an adjustment takes."""
    if one.giving_quota is not None:
        return quota_words(one.giving_quota)
    if one.giving_aside is not None:
        return _("Set aside: %(purpose)s", purpose=cells.word(one.giving_aside))
    return _("Fiscal source") if one.kind is K.RAISE else _("Free")


def taking_words(one: BudgetAdjustment) -> str:
    """Say to where an adjustment gives."""
    if one.taking_quota is not None:
        return quota_words(one.taking_quota)
    if one.taking_aside is not None:
        return _("Set aside: %(purpose)s", purpose=cells.word(one.taking_aside))
    return _("Fiscal source") if one.kind is K.CUT else _("Free")


def _quota(name: str) -> Any:
    side = getattr(BudgetAdjustment, name)
    return joinedload(side).options(
        joinedload(CallQuota.call), joinedload(CallQuota.category), joinedload(CallQuota.lot)
    )


class AdjustmentView(RecordView):
    """Adjustments of all years, those that wait first."""

    model = BudgetAdjustment
    kind = "BudgetAdjustment"
    route_base = "/adjustments"
    title = _l("Budget adjustments")
    base_order = "-id"
    workflow = ADJUSTMENT
    options = (joinedload(BudgetAdjustment.fiscal_year), _quota("giving_quota"), _quota("taking_quota"))
    record_options = options
    columns = (
        Column("number", _l("Number"), lambda one: one.number, sort=BudgetAdjustment.number),
        Column("year", _l("Year"), lambda one: str(one.fiscal_year.year)),
        Column("kind", _l("What"), lambda one: cells.word(one.kind), sort=BudgetAdjustment.kind),
        Column("from", _l("From account"), giving_words, hide_phone=True),
        Column("to", _l("To account"), taking_words, hide_phone=True),
        Column(
            "amount",
            _l("Moved (yuan)"),
            lambda one: cells.money(one.amount),
            sort=BudgetAdjustment.amount,
            numeric=True,
        ),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=BudgetAdjustment.state),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in AdjustmentState],
            lambda told: BudgetAdjustment.state == AdjustmentState(told),
        ),
        Filter(
            "kind",
            _l("What"),
            lambda: [(kind.value, cells.word(kind)) for kind in K],
            lambda told: BudgetAdjustment.kind == K(told),
        ),
    )
    labels = {"amount": _l("Moved (yuan)"), "reason": _l("Reason"), "return_reason": _l("Reason")}

    def record_page(self, record: BudgetAdjustment) -> pages.RecordPage:
        page = super().record_page(record)
        year = record.fiscal_year
        page.title = _("Adjustment %(number)s", number=record.number)
        page.subtitle = cells.word(record.kind)
        names = names_of((record.proposed_by_id, record.agreed_by_id, record.approved_by_id))
        if record.return_reason:
            page.notes = [("warn", _("Sent back: %(reason)s", reason=record.return_reason))]
        page.facts = [
            (_("Moved (yuan)"), cells.money(record.amount)),
            (_("Budget year"), cells.drawn("linked", str(year.year), url_for("YearView.record", pk=year.id))),
            (_("From account"), giving_words(record)),
            (_("To account"), taking_words(record)),
            (_("Proposed by"), names.get(record.proposed_by_id or 0, "")),
            (_("Agreed by"), _signed(names, record.agreed_by_id, record.agreed_at)),
            (_("Approved by the funder"), _signed(names, record.approved_by_id, record.approved_at)),
            (_("Reason"), record.reason, True),
        ]
        page.cards = [pages.PanelView("papers", _("Paper"), _papers(record))]
        return page

    def _value(self, name: str, value: Any, workflow: Any) -> str:
        return cells.history_value(name, value) or super()._value(name, value, workflow)

    def crumbs(self, record: BudgetAdjustment) -> list[tuple[str, str | None]]:
        year = record.fiscal_year
        return [
            (_("Budgets"), url_for("YearView.index")),
            (str(year.year), url_for("YearView.record", pk=year.id)),
            (record.number, None),
        ]

    @door(
        "/propose/<int:pk>/<any('raise', 'cut', 'to_quota', 'from_quota', 'quotas', 'asides'):kind>",
        "propose",
        methods=("GET", "POST"),
    )
    def propose(self, pk: int, kind: str) -> Drawn:
        """Propose an adjustment of this kind, or ask for what it needs."""
        year, wanted, typed = find(FiscalYear, pk), K(kind), typed_values()
        quotas = quotas_of_year(pk) if wanted in GIVING | TAKING else []
        label = cells.word(wanted)

        def carry_out() -> tuple[str, str]:
            made = propose_adjustment(year, actor=current_actor(), kind=wanted, **_read(typed, wanted, quotas))
            return self.record_url(made), _("%(number)s is with the director", number=made.number)

        free = year_figures(year).free
        form = pages.FormPage(
            label,
            request.path,
            crumbs=[
                (_("Budgets"), url_for("YearView.index")),
                (str(year.year), url_for("YearView.record", pk=pk)),
                (label, None),
            ],
            back_url=url_for("YearView.record", pk=pk),
            confirm=_("Send to the director"),
            note=("info", _("Free in %(year)s: %(free)s yuan", year=year.year, free=f"{free:,.2f}")),
        )
        return form_or_done(
            self,
            form,
            fields=lambda given, problems: _fields(year, wanted, quotas, given, problems),
            carry_out=carry_out,
            typed=typed,
        )


def _signed(names: Mapping[int, str], user_id: int | None, moment: Any) -> str:
    return f"{names.get(user_id, '')} {cells.moment(moment)}".strip() if user_id is not None else ""


def _papers(record: BudgetAdjustment) -> Any:
    files = [
        {"name": one.original_name, "url": url_for("Files.index", public_id=one.public_id), "text": ""}
        for one in files_of(record)
    ]
    return (
        cells.drawn("evidence", files) if files else cells.drawn("empty", _("No paper was asked for"), "", "paperclip")
    )


def _read(
    typed: Mapping[str, Any], kind: AdjustmentKind, quotas: Sequence[tuple[CallQuota, Decimal]]
) -> dict[str, Any]:
    """Read what was typed; raises Invalid field by field."""
    read: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    wanted: dict[str, type] = {"amount": Decimal, "reason": str}
    if kind is K.ASIDES:
        wanted |= {"giving_aside": Aside, "taking_aside": Aside}
    for name, one in wanted.items():
        try:
            read[name] = read_value(name, typed.get(name), one)
        except Invalid as invalid:
            problems |= invalid.problems
    if problems:
        raise Invalid(problems)
    known = {str(quota.id): quota for quota, _held in quotas}
    for name in ("giving_quota", "taking_quota"):
        read[name] = known.get(str(typed.get(name, "")))
    upload = typed.get("file")
    if upload is not None and not isinstance(upload, str):
        read |= {"stream": upload.stream, "filename": upload.filename or ""}
    return read


def _fields(
    year: FiscalYear,
    kind: AdjustmentKind,
    quotas: Sequence[tuple[CallQuota, Decimal]],
    typed: Mapping[str, Any],
    problems: Mapping[str, Any],
) -> list[pages.FieldView]:
    def field(name: str, label: str, control: str = "text", hint: str = "", **more: Any) -> pages.FieldView:
        told = [reason.render() for reason in problems.get(name, ())]
        return pages.FieldView(name, label, control, hint, value=typed.get(name), errors=told, **more)

    shown = []
    if kind in GIVING | TAKING:
        choices = [(str(quota.id), _left(quota, held)) for quota, held in quotas]
        if kind in GIVING:
            shown.append(field("giving_quota", _("From the quota"), "choice", choices=choices))
        if kind in TAKING:
            shown.append(field("taking_quota", _("To the quota"), "choice", choices=choices))
    if kind is K.ASIDES:
        held = aside_figures(year)
        asides = [(aside.value, f"{cells.word(aside)} · {format_yuan(held.get(aside, ZERO))}") for aside in Aside]
        shown.append(field("giving_aside", _("From account"), "choice", choices=asides))
        shown.append(field("taking_aside", _("To account"), "choice", choices=asides))
    shown.append(field("amount", _("Amount"), "money", _("In yuan.")))
    shown.append(field("reason", _("Reason"), "textarea"))
    is_asked = kind in ADJUSTMENT_WITH_DOCUMENT
    hint = _("The paper by which the appropriation changes.") if is_asked else _("If there is one.")
    shown.append(field("file", _("Paper"), "file", hint, required=is_asked))
    return shown


def _left(quota: CallQuota, held: Decimal) -> str:
    return _("%(quota)s, %(left)s not awarded yet", quota=quota_words(quota), left=format_yuan(held))
