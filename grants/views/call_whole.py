"""A call whole and in words, for whoever decides about it: every part, the form as it is filled in, what is new since last year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import url_for

from grants.models import Call
from grants.operations.call_documents import DOCUMENT
from grants.queries.schemes import schemes
from grants.queries.whole_calls import WholeCall, whole_calls
from grants.questions import Definition, Question
from grants.rules.calls import head_caps
from grants.rules.changes import by_label
from grants.states import BudgetHead, CallState
from grants.views import cells
from grants.views.answer_fields import asked_of, limits_of
from grants.views.application_versions import ChangedPart, changed_parts
from grants.views.call_documents import shown_document
from grants.views.call_form import FIELDS, MANY, PARTS, SETS, scheme_name
from grants.views.conditions import conditions_of
from kernel.errors import NotFound
from kernel.identity import current_actor
from kernel.money import format_percent, format_yuan, sum_of
from kernel.speech import gettext as _
from kernel.views import Page, door

LABELS = {name: label for name, _type, _kind, label, _hint in FIELDS}
PERCENTS = frozenset({"management_percent", "fiscal_percent"})
Lines = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ToldPart:
    """One part of a call in words: its place among the parts, its name, and label and text of each line."""

    code: str
    title: str
    lines: Lines


class CallWhole(Page):
    """A call as it is read before somebody puts their name to it."""

    kind = "CallForm"
    route_base = "/calls"

    @door("/<int:pk>/whole", "show")
    def index(self, pk: int) -> str:
        """Show every part in words, read-only, and how it differs from the call that it was copied from."""
        found, origin = whole_calls(pk, DOCUMENT)
        if found is None:
            raise NotFound
        call, sheets = found.call, _sheets()
        told = parts_of(found, sheets)
        return self.render(
            "grants/call_whole.html",
            call=call,
            parts=[part for part in told if part.lines or part.code in {"form", "eligibility", "documents"}],
            conditions=conditions_of(found.rules, for_staff=True),
            sections=[(section, asked_of(found.form, section, None, {})) for section in found.form.sections],
            documents=[shown_document(file) for file in found.documents],
            origin=origin.call if origin else None,
            changes=_since(parts_of(origin, sheets), told) if origin else [],
            decides=call.state is CallState.PROPOSED and current_actor().may("approve", "Call"),
            crumbs=[
                (_("Calls"), url_for("CallView.index")),
                (call.number, url_for("CallView.record", pk=pk)),
                (_("Every part of the call"), None),
            ],
        )


def _sheets() -> dict[str, str]:
    """Give the names of the indicator sets by their codes; the code of a kind stands for its newest set."""
    newest = dict.fromkeys(SETS.values(), _("The newest version"))
    return newest | {one.code: scheme_name(one) for one in schemes()}


def parts_of(found: WholeCall, sheets: Mapping[str, str]) -> list[ToldPart]:
    """Give all parts of a call in the order of its designer; `sheets` name the indicator sets by their codes."""
    call = found.call
    own: dict[str, tuple[str, Lines]] = {
        "quotas": (_("Categories and quotas"), _quotas(call)),
        "lots": (_("Lots"), [(one.title, format_yuan(one.amount)) for one in cells.lots_of(call)]),
        "heads": (str(PARTS["heads"][0]), _heads(call)),
        "instalments": (str(PARTS["instalments"][0]), _instalments(call)),
        "eligibility": (_("Conditions for applying"), _conditions(found)),
        "form": (_("Form"), _questions(found.form)),
        "documents": (_("Documents to download"), [(one.original_name, one.sha256[:16]) for one in found.documents]),
    }
    order = (
        *("basics", "dates", "quotas", "lots", "money", "heads", "instalments", "targets"),
        *("eligibility", "form", "attachments", "review", "procedure", "documents"),
    )
    return [ToldPart(code, *(own[code] if code in own else _plain(call, code, sheets))) for code in order]


def _since(before: Sequence[ToldPart], after: Sequence[ToldPart]) -> list[ChangedPart]:
    old, new = ({part.code: by_label(part.lines) for part in side} for side in (before, after))
    return changed_parts(old, new, {part.code: part.title for part in after})


def _plain(call: Call, code: str, sheets: Mapping[str, str]) -> tuple[str, Lines]:
    title, names = PARTS[code]
    return str(title), [(str(LABELS[name]), _words(name, getattr(call, name), sheets)) for name in names]


def _words(name: str, value: Any, sheets: Mapping[str, str]) -> str:
    if name in SETS:
        return sheets.get(value, str(value))
    if name in MANY:
        return _(", ").join(cells.word(one) for one in MANY[name] if one.value in value) or "—"
    if name in PERCENTS:
        return format_percent(value)
    match value:
        case datetime():
            return cells.moment(value)
        case Decimal():
            return format_yuan(value)
        case _:
            return cells.word(value) if name == "nature" else str(value)


def _quotas(call: Call) -> Lines:
    lines = [(cells.quota_name(one), format_yuan(one.amount)) for one in call.quotas]
    return [*lines, (_("Sum"), format_yuan(sum_of(one.amount for one in call.quotas)))] if lines else []


def _heads(call: Call) -> Lines:
    caps = head_caps(call)
    return [
        (
            cells.word(head),
            _("at most %(percent)s of the fiscal money", percent=format_percent(caps[head]))
            if head in caps
            else _("without a cap"),
        )
        for head in BudgetHead
        if head.value in call.budget_heads
    ]


def _instalments(call: Call) -> Lines:
    return [
        (_("Instalment %(n)s", n=place), format_percent(part)) for place, part in enumerate(call.instalment_percents, 1)
    ]


def _conditions(found: WholeCall) -> Lines:
    return [
        (rule, "\n".join([about, *(f"{label}{_(': ')}{value}" for label, value in numbers)]))
        for rule, about, _source, numbers in conditions_of(found.rules, for_staff=True)
    ]


def _questions(form: Definition) -> Lines:
    """Say of each question all that it asks, so that no change of it goes unseen."""
    labels = {one.key: one.label for one in form.questions()}
    return [
        line
        for section in form.sections
        for line in [
            *([(section.title, section.intro)] if section.intro else []),
            *((f"{section.title} · {one.label}", _asked(one, labels)) for one in section.questions),
        ]
    ]


def _asked(question: Question, labels: Mapping[str, str]) -> str:
    told = [cells.word(question.kind), "" if question.required else _("optional"), limits_of(question), question.unit]
    told += [question.hint, cells.word(question.fact) if question.fact else ""]
    told.append(_(", ").join([*question.options, *(column.label for column in question.columns)]))
    if question.shown_when:
        told.append(
            _(
                "Only if “%(question)s” is: %(answers)s",
                question=labels[question.shown_when.question],
                answers=_(", ").join(question.shown_when.answers),
            )
        )
    return "\n".join(part for part in told if part)
