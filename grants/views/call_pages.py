"""What a call's pages show: the staff's facts and cards, and the call as everybody reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from grants.models import Call
from grants.queries.calls import Applied
from grants.queries.ledger import QuotaFigures
from grants.rules.calls import takes_applications, warnings
from grants.states import ApplicationState, AttachmentKind, CallState
from grants.views import cells
from kernel import pages
from kernel.actor import Actor, ReaderKind
from kernel.clock import local, now
from kernel.money import ZERO, sum_of


@dataclass(frozen=True, slots=True)
class QuotaBar:
    """One quota as a bar: what it is for, what is awarded of it, and its limit; yuan."""

    label: str
    used: Any
    limit: Any


@dataclass(slots=True)
class PublicPage:
    """A published call as organizations and the public read it."""

    facts: list[tuple[str, Any]]
    may_apply: bool
    must_sign_in: bool
    refusal: str
    until: str
    calm: bool
    now: str
    closes: str
    lots: list[tuple[int, int, str, Any]] = field(default_factory=list)
    crumbs: list[tuple[str, str | None]] = field(default_factory=list)


def staff_facts(call: Call) -> list[tuple[Any, ...]]:
    """Give the facts under the status bar."""
    return [
        (_("Number"), call.number),
        (_("Legal nature"), cells.word(call.nature)),
        (_("Opens at"), cells.moment(call.opens_at)),
        (_("Closes at"), cells.moment(call.closes_at)),
        (_("Service"), _("%(start)s to %(end)s", start=call.service_from, end=call.service_to)),
        (
            _("Budget"),
            cells.drawn("linked", str(call.fiscal_year.year), url_for("YearView.record", pk=call.fiscal_year_id)),
        ),
        (_("Cap of a project (yuan)"), cells.money(call.cap_per_project)),
        (_("Cap for first-time contractors (yuan)"), cells.money(call.cap_first_time)),
        (_("Cap of the management fee"), f"{call.management_percent.normalize():f} %"),
        (_("Fiscal share at most"), f"{call.fiscal_percent.normalize():f} %"),
        (_("Instalments"), " / ".join(f"{part} %" for part in call.instalment_percents)),
        (_("Reviewers an application, at least"), str(call.reviewers_least)),
    ]


def call_notes(call: Call) -> list[tuple[str, str]]:
    """Give what must not be overlooked: reasons of a return, an extension, a withdrawal; rules of its nature."""
    told = []
    if call.state is CallState.DRAFT and call.return_reason:
        told.append(("warn", _("Sent back: %(reason)s", reason=call.return_reason)))
    if call.extension_reason:
        told.append(("info", _("Extended: %(reason)s", reason=call.extension_reason)))
    if call.withdrawn_reason:
        told.append(("bad", _("Withdrawn: %(reason)s", reason=call.withdrawn_reason)))
    if call.state in {CallState.DRAFT, CallState.PROPOSED}:
        told += [("warn", sentence.render()) for sentence in warnings(call)]
    return told


def staff_cards(call: Call, held: Mapping[int, QuotaFigures], asked: Applied) -> list[pages.PanelView]:
    """Give the cards of the staff's record: quotas with their bars, applications by state, lots, the text."""
    quotas = sum_of(quota.amount for quota in call.quotas)
    cards = [
        pages.PanelView("quotas", _("Quotas"), quota_bars(call, held)),
        pages.PanelView(
            "applications",
            _("Applications"),
            applications_by_state(asked, quotas),
            link=pages.Link(_("All applications"), url_for("ApplicationView.index", call=call.id)),
        ),
    ]
    if cells.lots_of(call):
        cards.append(pages.PanelView("lots", _("Lots"), lot_table(call), flush=True))
    if call.summary:
        cards.append(pages.PanelView("text", _("What the call is for"), cells.drawn("prose", call.summary)))
    return cards


def quota_bars(call: Call, held: Mapping[int, QuotaFigures]) -> Any:
    """Draw each quota with what is awarded of it."""
    if not call.quotas:
        return cells.drawn("empty", _("No quotas yet"), _("Set them before you propose the call."), "pie-chart")
    nothing = QuotaFigures()
    items = [
        QuotaBar(cells.quota_name(quota), held.get(quota.id, nothing).awarded, quota.amount) for quota in call.quotas
    ]
    if len(items) > 1:
        items.append(QuotaBar(_("Sum"), sum_of(one.used for one in items), sum_of(one.limit for one in items)))
    return cells.drawn("quotas", items)


def applications_by_state(asked: Applied, quotas: Any) -> Any:
    """Draw how many applications stand where, and what they ask for."""
    told = [(_("Handed in"), f"{asked.handed_in:,}", _("%(count)s drafts besides", count=asked.drafts))]
    told += [
        (cells.word(state), f"{asked.by_state[state]:,}", "")
        for state in ApplicationState
        if state in asked.by_state and state is not ApplicationState.DRAFT
    ]
    share = f"{asked.requested * 100 / quotas:.0f} %" if quotas > ZERO else "—"
    told.append((_("Asked for (yuan)"), cells.money(asked.requested), _("%(share)s of the quotas", share=share)))
    return cells.drawn("numbers", told)


def lot_table(call: Call) -> Any:
    """Draw the lots with their amounts and the sum."""
    rows = [[lot.title, str(lot.position), cells.money(lot.amount)] for lot in cells.lots_of(call)]
    foot = [_("Sum"), "", cells.money(sum_of(lot.amount for lot in cells.lots_of(call)))]
    columns = [(_("Lot"), False), (_("No."), False), (_("Amount (yuan)"), True)]
    return cells.drawn("simple", columns, rows, _("Lots"), foot)


def public_page(call: Call, actor: Actor) -> PublicPage:
    """Give a call as it is published, with the way to apply for whoever may."""
    refusal = takes_applications(call)
    closed = call.state not in {CallState.PUBLISHED, CallState.OPEN}
    required = [AttachmentKind(kind) for kind in call.required_attachments]
    return PublicPage(
        facts=[
            (_("Number"), call.number),
            (_("Legal nature"), cells.word(call.nature)),
            (_("Opens at"), cells.moment(call.opens_at)),
            (_("Closes at"), cells.moment(call.closes_at)),
            (_("Service"), _("%(start)s to %(end)s", start=call.service_from, end=call.service_to)),
            (_("Cap of a project (yuan)"), cells.money(call.cap_per_project)),
            (_("Cap for first-time contractors (yuan)"), cells.money(call.cap_first_time)),
            (
                _("Cap of the management fee"),
                _("%(percent)s %% of the fiscal money", percent=f"{call.management_percent.normalize():f}"),
            ),
            (_("Fiscal share at most"), f"{call.fiscal_percent.normalize():f} %"),
            (_("Instalments"), " / ".join(f"{part} %" for part in call.instalment_percents)),
            (_("Attachments that are required"), _(", ").join(cells.word(kind) for kind in required) or "—"),
            (_("Quotas (yuan)"), cells.money(sum_of(quota.amount for quota in call.quotas))),
        ],
        may_apply=refusal is None and actor.may("create", "Application"),
        must_sign_in=refusal is None and actor.kind is ReaderKind.PUBLIC,
        refusal=refusal.render() if refusal else "",
        until="" if closed or now() >= call.closes_at else local(call.closes_at).isoformat(),
        calm=(call.closes_at - now()).days > 5,  # noqa: PLR2004  (the last five days are hot)
        now=local(now()).isoformat(timespec="seconds"),
        closes=cells.moment(call.closes_at),
        lots=[(lot.id, lot.position, lot.title, cells.money(lot.amount)) for lot in cells.lots_of(call)],
        crumbs=[(_("Calls"), url_for("CallView.index")), (call.number, None)],
    )
