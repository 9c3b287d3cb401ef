"""What a call's pages show: the staff's facts and cards, and the call as everybody reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from grants.models import Call, CallAnswer
from grants.operations.call_documents import DOCUMENT
from grants.queries.call_questions import answers_about
from grants.queries.calls import Applied
from grants.queries.forms import definition_being_built, versions_of_form
from grants.queries.ledger import QuotaFigures
from grants.questions import Definition
from grants.rules.call_questions import last_day_of_questions, may_be_asked
from grants.rules.calls import head_caps, takes_applications, warnings
from grants.states import ApplicationState, AttachmentKind, BudgetHead, CallState
from grants.views import cells
from grants.views.call_documents import shown_document
from kernel import pages
from kernel.actor import Actor, ReaderKind
from kernel.clock import local, now
from kernel.drawing import day_words
from kernel.files import files_of
from kernel.money import ZERO, format_percent, sum_of
from kernel.speech import gettext as _, ngettext


@dataclass(frozen=True, slots=True)
class QuotaBar:
    """One quota as a bar: what it is for, what is awarded of it, and its limit; yuan."""

    label: str
    used: Any
    limit: Any


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a call: what happens, when, and whether it lies behind ("done" or "todo")."""

    title: str
    text: str
    status: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A published question with its answer, and when it was given or corrected."""

    question: str
    answer: str
    when: str
    corrected: str


@dataclass(slots=True)
class PublicPage:
    """A published call as organizations and the public read it."""

    facts: list[tuple[Any, ...]]
    may_apply: bool
    must_sign_in: bool
    refusal: str
    until: str
    calm: bool
    now: str
    closes: str
    lots: list[tuple[int, int, str, Any]] = field(default_factory=list)
    quotas: list[tuple[str, Any]] = field(default_factory=list)
    dates: list[Day] = field(default_factory=list)
    questions: list[tuple[str, list[str]]] = field(default_factory=list)
    changes: list[tuple[str, str]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    ask_url: str = ""
    ask_until: Any = None
    total: Any = None
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
            _("Budget year"),
            cells.drawn("linked", str(call.fiscal_year.year), url_for("YearView.record", pk=call.fiscal_year_id)),
        ),
        (_("Cap of a project (yuan)"), cells.money(call.cap_per_project)),
        (_("Cap for first-time contractors (yuan)"), cells.money(call.cap_first_time)),
        (_("Cap of the management fee"), format_percent(call.management_percent)),
        (_("Fiscal share at most"), format_percent(call.fiscal_percent)),
        (_("Instalments"), " / ".join(format_percent(part) for part in call.instalment_percents)),
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
    told = [
        (
            _("Handed in"),
            f"{asked.handed_in:,}",
            ngettext("%(count)s draft besides", "%(count)s drafts besides", asked.drafts, count=asked.drafts),
        )
    ]
    told += [
        (cells.word(state), f"{asked.by_state[state]:,}", "")
        for state in ApplicationState
        if state in asked.by_state and state is not ApplicationState.DRAFT
    ]
    share = format_percent(asked.requested * 100 / quotas, 0) if quotas > ZERO else "—"
    told.append((_("Asked for (yuan)"), cells.money(asked.requested), _("%(share)s of the quotas", share=share)))
    return cells.drawn("numbers", told)


def lot_table(call: Call) -> Any:
    """Draw the lots with their amounts and the sum."""
    rows = [[f"{lot.position}. {lot.title}", cells.money(lot.amount)] for lot in cells.lots_of(call)]
    foot = [_("Sum"), cells.money(sum_of(lot.amount for lot in cells.lots_of(call)))]
    columns = [(_("Lot"), False), (_("Amount (yuan)"), True)]
    return cells.drawn("simple", columns, rows, _("Lots"), foot)


def public_page(call: Call, actor: Actor) -> PublicPage:
    """Give a call as it is published, with the way to apply for whoever may."""
    refusal = takes_applications(call)
    closed = call.state not in {CallState.PUBLISHED, CallState.OPEN}
    required = [AttachmentKind(kind) for kind in call.required_attachments]
    versions = versions_of_form(call.id)
    # Only staff look at a call before its form is frozen, and only they may read what is being built.
    built = definition_being_built(call.id) if actor.kind is ReaderKind.STAFF else Definition()
    form = versions[0].form if versions else built
    return PublicPage(
        facts=[
            (_("Cap of a project (yuan)"), cells.money(call.cap_per_project)),
            (_("Cap for first-time contractors (yuan)"), cells.money(call.cap_first_time)),
            (
                _("Cap of the management fee"),
                _("%(percent)s of the fiscal money", percent=format_percent(call.management_percent)),
            ),
            (_("Fiscal share at most"), format_percent(call.fiscal_percent)),
            (_("Instalments"), " / ".join(format_percent(part) for part in call.instalment_percents)),
            (_("Attachments that are required"), _(", ").join(cells.word(kind) for kind in required) or "—"),
            (_("Budget heads"), _heads(call), True),
        ],
        may_apply=refusal is None and actor.may("create", "Application"),
        must_sign_in=refusal is None and actor.kind is ReaderKind.PUBLIC,
        refusal=refusal.render() if refusal else "",
        until="" if closed or now() >= call.closes_at else local(call.closes_at).isoformat(),
        calm=(call.closes_at - now()).days > 5,  # noqa: PLR2004  (the last five days are hot)
        now=local(now()).isoformat(timespec="seconds"),
        closes=cells.moment(call.closes_at),
        quotas=_quota_lines(call),
        dates=_dates(call),
        questions=[(section.title, [one.label for one in section.questions]) for section in form.sections],
        changes=[(f"{local(one.created_at):%Y-%m-%d}", one.reason) for one in versions if one.reason],
        documents=[shown_document(file) for file in files_of(call, DOCUMENT)],
        answers=[_answer(one) for one in answers_about(call.id)],
        ask_url=_ask_url(call, actor),
        ask_until=last_day_of_questions(call) if may_be_asked(call) is None else None,
        total=cells.money(sum_of(quota.amount for quota in call.quotas)),
        lots=[(lot.id, lot.position, lot.title, cells.money(lot.amount)) for lot in cells.lots_of(call)],
        crumbs=[(_("Calls"), url_for("CallView.index")), (call.number, None)],
    )


def _heads(call: Call) -> str:
    """Name what the money may be spent on, each capped head with its share."""
    caps = head_caps(call)
    heads = [head for head in BudgetHead if head.value in call.budget_heads]
    told = [
        _("%(head)s at most %(percent)s", head=cells.word(head), percent=format_percent(caps[head]))
        if head in caps
        else cells.word(head)
        for head in heads
    ]
    return _(", ").join(told)


def _quota_lines(call: Call) -> list[tuple[str, Any]]:
    return [(cells.quota_name(quota), cells.money(quota.amount)) for quota in call.quotas if quota.lot_id is None]


def _dates(call: Call) -> list[Day]:
    """Give the days of a call in their order, and which of them lie behind."""
    moment = now()
    last_question = last_day_of_questions(call)
    told = [
        (_("Applications open"), cells.moment(call.opens_at), call.opens_at <= moment),
        (_("Last day of questions"), day_words(last_question), last_question < local(moment).date()),
        (_("Applications close"), cells.moment(call.closes_at), call.closes_at <= moment),
        (
            _("Public notice of the proposed awards"),
            ngettext(
                "%(days)s working day, after the expert review",
                "%(days)s working days, after the expert review",
                call.notice_days,
                days=call.notice_days,
            ),
            call.state in {CallState.AWARDED, CallState.FINISHED},
        ),
        (_("Service"), _("%(start)s to %(end)s", start=call.service_from, end=call.service_to), False),
    ]
    return [Day(title, text, "done" if is_past else "todo") for title, text, is_past in told]


def _answer(answer: CallAnswer) -> Answer:
    told = _("corrected on %(day)s", day=f"{local(answer.corrected_at):%Y-%m-%d}") if answer.corrected_at else ""
    return Answer(answer.question, answer.answer, f"{local(answer.answered_at):%Y-%m-%d}", told)


def _ask_url(call: Call, actor: Actor) -> str:
    if actor.may("ask", "CallQuestion") and may_be_asked(call) is None:
        return url_for("CallQuestionView.put", pk=call.id)
    return ""
