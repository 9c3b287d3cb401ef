"""The conditions of a call, chosen by the officer while it is a draft: each rule with what it asks, why, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from unicodedata import normalize

from flask import flash, redirect, request, url_for

from grants.models import Call
from grants.operations.call_rules import choose_rules
from grants.rules.calls import may_be_changed
from grants.rules.eligibility.choosing import cautions, chosen_of, refused_by_nature
from grants.rules.eligibility.library import KINDS, Parameter, RuleKind
from grants.states import CallNature, EligibilityRule
from grants.views import cells
from grants.views.conditions import options_of
from grants.views.deeds import Drawn
from kernel import pages
from kernel.db import expect_version, transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _
from kernel.steps import version_typed
from kernel.views import Page, door, find
from kernel.words import Sentence

GROUPS = (
    (Sentence("About the organization"), (EligibilityRule.CODE, EligibilityRule.DOCUMENTS)),
    (Sentence("Double funding"), (EligibilityRule.SAME_ORGANIZATION, EligibilityRule.OTHER_ORGANIZATIONS)),
    (Sentence("About the application"), (EligibilityRule.PERIOD, EligibilityRule.COFUNDING)),
)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule on the page: chosen or not, always asked or not, why it may not be, and its numbers as questions."""

    code: str
    label: str
    about: str
    source: str
    chosen: bool
    always: bool
    refused: bool
    cautious: bool
    fields: Sequence[pages.FieldView]
    errors: Sequence[str]


class CallRules(Page):
    """What a call asks of its applicants."""

    kind = "Call"
    route_base = "/calls"

    @door("/<int:pk>/rules", "change", methods=("GET", "POST"))
    def index(self, pk: int) -> Drawn:
        """Show the library with what this draft has chosen of it, or take the choice."""
        call = find(Call, pk)
        if request.method != "POST":
            return self._page(call, {rule.value: told for rule, told in chosen_of(pk).items()}, {})
        typed = _typed()
        try:
            with transaction():
                expect_version(call, version_typed())
                choose_rules(call, actor=current_actor(), values=typed)
        except Invalid as invalid:
            return self._page(find(Call, pk), typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            return self._page(find(Call, pk), typed, {"": refused.reasons}), HTTPStatus.CONFLICT
        flash(_("The conditions of %(number)s are set", number=call.number), "success")
        return redirect(url_for("CallDesigner.index", pk=pk))

    def _page(
        self, call: Call, told: Mapping[str, Mapping[str, Any]], problems: Mapping[str, Sequence[Sentence]]
    ) -> str:
        chosen = {EligibilityRule(code): values for code, values in told.items()}
        lines = {kind.rule: _line(kind, call.nature, told, problems) for kind in KINDS}
        rules = list(EligibilityRule)
        notes = [("warn", one.render()) for one in cautions(call.nature, chosen)]
        if not problems:
            notes = [*(("bad", one.render()) for one in refused_by_nature(call.nature, chosen)), *notes]
        return self.render(
            "grants/call_rules.html",
            call=call,
            groups=[
                (title.render(), [lines[rule] for rule in rules[rules.index(first) : rules.index(last) + 1]])
                for title, (first, last) in GROUPS
            ],
            errors=_errors(problems),
            notes=notes,
            closed=(no := may_be_changed(call)) and no.render(),
            crumbs=[
                (_("Calls"), url_for("CallView.index")),
                (call.number, url_for("CallView.record", pk=call.id)),
                (_("Conditions for applying"), None),
            ],
        )


def _line(
    kind: RuleKind,
    nature: CallNature,
    told: Mapping[str, Mapping[str, Any]],
    problems: Mapping[str, Sequence[Sentence]],
) -> RuleLine:
    code = kind.rule.value
    values = kind.beginning() | dict(told.get(code, {}))
    is_bought = nature is CallNature.PROCUREMENT
    return RuleLine(
        code=code,
        label=cells.word(kind.rule),
        about=kind.asks(values).render(),
        source=kind.source.render(),
        chosen=kind.always or code in told,
        always=kind.always,
        refused=is_bought and kind.refused is not None,
        cautious=is_bought and kind.warned is not None,
        fields=[_field(kind, one, values[one.name], problems) for one in kind.parameters],
        errors=[one.render() for one in problems.get(code, ())],
    )


def _field(
    kind: RuleKind, parameter: Parameter, value: Any, problems: Mapping[str, Sequence[Sentence]]
) -> pages.FieldView:
    name = f"{kind.rule.value}-{parameter.name}"
    drawn = {"yes": "checkbox", "choice": "choice", "choices": "checkboxes"}.get(parameter.kind, "number")
    limits = _("%(least)s to %(most)s", least=parameter.least, most=parameter.most) if drawn == "number" else ""
    return pages.FieldView(
        name,
        parameter.label.render(),
        drawn,
        unit=limits,
        required=parameter.kind != "choice",
        choices=options_of(parameter.options) if parameter.options else (),
        value=value,
        errors=[one.render() for one in problems.get(name, ())],
    )


def _errors(problems: Mapping[str, Sequence[Sentence]]) -> list[tuple[str, str | None]]:
    """Give everything that is wrong, each linked to its question."""
    return [
        (one.render(), (f"f-{name}" if "-" in name else f"rule-{name}") if name else None)
        for name, told in problems.items()
        for one in told
    ]


def _typed() -> dict[str, dict[str, Any]]:
    """Read what was ticked and typed; a number that cannot be read stays as it was typed, for the rule to refuse."""
    ticked = set(request.form.getlist("rule"))
    return {
        kind.rule.value: {one.name: _value(f"{kind.rule.value}-{one.name}", one) for one in kind.parameters}
        for kind in KINDS
        if kind.always or kind.rule.value in ticked
    }


def _value(name: str, parameter: Parameter) -> Any:
    match parameter.kind:
        case "yes":
            return request.form.get(name) == "1"
        case "choices":
            return request.form.getlist(name)
        case "choice":
            return request.form.get(name, "")
        case _:
            plain = normalize("NFKC", request.form.get(name, "")).strip()
            return int(plain) if plain.isdecimal() and len(plain) < 5 else plain  # noqa: PLR2004  (beyond any limit)
