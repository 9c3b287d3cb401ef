"""The conditions of a call as people read them: what is asked, by which law, with which numbers, and who meets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grants.rules.eligibility import Chosen, Finding
from grants.rules.eligibility.application import ALIKE
from grants.rules.eligibility.library import LIBRARY, Parameter
from grants.states import CheckOutcome, EligibilityRule
from grants.views import cells
from kernel import pages
from kernel.identity import current_locale
from kernel.speech import gettext as _
from kernel.words import one_after_another
from orgs.reference import districts, service_fields
from orgs.states import DocumentKind, OrganizationType, RatingGrade

TONES = {CheckOutcome.PASSED: "ok", CheckOutcome.FAILED: "bad", CheckOutcome.MANUAL: "warn"}


def met_or_not(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Draw what a rule came to for the organization itself: the reason, and what it can do where it does not pass."""
    lines = []
    for one in sorted(found, key=lambda finding: finding.outcome is CheckOutcome.PASSED):
        advice = LIBRARY[one.rule].help if one.outcome is not CheckOutcome.PASSED else None
        proof = one_after_another(part.render() for part in (one.reason, advice) if part is not None)
        lines.append({"tone": TONES[one.outcome], "text": cells.word(one.rule), "proof": proof})
    return lines


def options_of(options: str) -> list[tuple[str, str]]:
    """Give the values that a parameter is chosen from, in the reader's language."""
    enums = {"types": OrganizationType, "grades": RatingGrade, "documents": DocumentKind}
    if options in enums:
        return [(one.value, cells.word(one)) for one in enums[options]]
    names = districts(current_locale()) if options == "districts" else service_fields(current_locale())
    return list(names.items())


def conditions_of(chosen: Chosen, *, for_staff: bool = False) -> list[tuple[str, str, str, Sequence[tuple[str, str]]]]:
    """Give what a call asks of its applicants: (rule, what it asks, source, [(parameter, value)]).

    From how much on a text counts as alike is for staff alone: published, it would say how much may be copied.
    """
    return [
        (
            cells.word(rule),
            LIBRARY[rule].asks(told).render(),
            LIBRARY[rule].source.render(),
            _chosen(rule, told) if for_staff or rule not in ALIKE else [],
        )
        for rule, told in chosen.items()
    ]


def _chosen(rule: EligibilityRule, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give the parameters that do not stand in the sentence itself, as far as something is chosen."""
    told_by = LIBRARY[rule].about.msgid
    return [
        (one.label.render(), shown)
        for one in LIBRARY[rule].parameters
        if f"{{{one.name}}}" not in told_by and (shown := _shown(one, told.get(one.name, one.default)))
    ]


def _shown(parameter: Parameter, value: Any) -> str:
    match parameter.kind:
        case "yes":
            return _("Yes") if value else _("No")
        case "choice" | "choices":
            held = [value] if parameter.kind == "choice" else value
            names = dict(options_of(parameter.options))
            return _(", ").join(names[one] for one in held if one in names)
        case _:
            return str(value)


def conditions_card(chosen: Chosen) -> pages.PanelView:
    """Draw what a call asks, for the record of staff."""
    html = cells.drawn("conditions", conditions_of(chosen, for_staff=True))
    return pages.PanelView("conditions", _("Conditions for applying"), html, flush=True)
