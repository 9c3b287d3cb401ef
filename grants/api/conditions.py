"""What a call asks of its applicants for programs: each rule with its parameters as values, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from grants.rules.eligibility.application import ALIKE
from grants.rules.eligibility.choosing import Chosen
from grants.rules.eligibility.library import KINDS, LIBRARY, Parameter
from grants.states import EligibilityRule
from grants.views.conditions import conditions_of
from kernel.api.fields import Json, Sent, SentList, SentObject, listed, object_of

VALUE: Json = {"type": ["integer", "boolean", "string", "array"], "items": {"type": "string"}}
CONDITION = object_of(
    rule=EligibilityRule,
    name=str,
    asks=str,
    source=str,
    told=listed(object_of(name=str, value=str)),
    parameters={"type": "object", "additionalProperties": VALUE},
)


def _field(parameter: Parameter) -> fields.Field:  # type: ignore[type-arg]
    match parameter.kind:
        case "yes":
            return Sent(bool, required=False)
        case "choice":
            return Sent(str, required=False, default="", most=40)
        case "choices":
            return SentList(Sent(str, most=40), required=False)
        case _:
            return Sent(int, required=False)


RULES = SentObject(
    {kind.rule.value: SentObject({one.name: _field(one) for one in kind.parameters}, required=False) for kind in KINDS},
    required=False,
)
"""Rule → its parameters by name; what is not named of a rule begins as the library has it."""


def conditions_told(chosen: Chosen, *, for_staff: bool) -> list[Json]:
    """Give what each rule asks in the words of the page, and its parameters as they are sent.

    From how much on a text counts as alike is for staff alone, as on the page.
    """
    lines = zip(chosen.items(), conditions_of(chosen, for_staff=for_staff), strict=True)
    return [
        {"rule": rule, "name": name, "asks": asks, "source": source}
        | {"told": [{"name": label, "value": value} for label, value in told]}
        | {"parameters": dict(parameters) if for_staff or rule not in ALIKE else {}}
        for (rule, parameters), (name, asks, source, told) in lines
    ]


def rules_sent(told: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Read what a program sends: the parameters that it does not name begin as the library has them."""
    return {code: LIBRARY[EligibilityRule(code)].beginning() | dict(values) for code, values in told.items()}
