"""Which rules a call may ask: what must be there, what its nature refuses, and whether the parameters make sense."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grants.models import Call
from grants.queries.eligibility import rules_of
from grants.rules.eligibility.library import KINDS, LIBRARY, Parameter
from grants.states import CallNature, EligibilityRule as Rule
from kernel.actor import Actor
from kernel.words import Sentence
from orgs.reference import districts, service_fields
from orgs.states import DocumentKind, OrganizationType, RatingGrade

Chosen = Mapping[Rule, Mapping[str, Any]]
LAW_BARS = frozenset({OrganizationType.PUBLIC_INSTITUTION.value, OrganizationType.PEOPLES_GROUP.value})
FORM_IS_NO_GATE = Sentence(
    "Government procurement: only institutions and groups that live on the public budget are barred; "
    "no other form of organization may be."
)


def codes_of(options: str) -> tuple[str, ...]:
    """Give the codes that a parameter is chosen from."""
    return {
        "types": tuple(one.value for one in OrganizationType),
        "grades": tuple(one.value for one in RatingGrade),
        "documents": tuple(one.value for one in DocumentKind),
        "districts": tuple(districts()),
        "fields": tuple(service_fields()),
    }[options]


def parameter_problem(parameter: Parameter, value: Any) -> Sentence | None:
    """Say why a parameter cannot be like this."""
    match parameter.kind:
        case "yes":
            is_right = isinstance(value, bool)
        case "choice":
            is_right = value == "" or value in codes_of(parameter.options)
        case "choices":
            if not value:
                return Sentence("Please choose at least one.")
            is_right = isinstance(value, list) and set(value) <= set(codes_of(parameter.options))
        case _:
            if isinstance(value, int) and not isinstance(value, bool) and parameter.least <= value <= parameter.most:
                return None
            return Sentence("Between {least} and {most}.", least=parameter.least, most=parameter.most)
    return None if is_right else Sentence("Please choose one of the offered values.")


def choice_problems(nature: CallNature, chosen: Chosen) -> dict[str, list[Sentence]]:
    """Give everything that is wrong with a choice of rules: field → sentences; fields are `rule` or `rule-parameter`."""
    problems: dict[str, list[Sentence]] = {}
    for kind in KINDS:
        if kind.rule not in chosen:
            if kind.always:
                problems[kind.rule.value] = [Sentence("Every call asks “{rule}”.", rule=kind.rule)]
            continue
        told = chosen[kind.rule]
        for parameter in kind.parameters:
            if wrong := parameter_problem(parameter, told.get(parameter.name)):
                problems[f"{kind.rule.value}-{parameter.name}"] = [wrong]
    for sentence in refused_by_nature(nature, chosen):
        problems.setdefault("", []).append(sentence)
    return problems


def refused_by_nature(nature: CallNature, chosen: Chosen) -> list[Sentence]:
    """Say which of the rules a call of this nature may not ask.

    Source: 政府采购法实施条例 art. 20; 财库〔2019〕38号; 财政部令第102号 art. 8.
    """
    if nature is not CallNature.PROCUREMENT:
        return []
    told = [_about(LIBRARY[rule].refused, rule) for rule in chosen if LIBRARY[rule].refused is not None]
    if Rule.TYPE in chosen and not set(chosen[Rule.TYPE].get("barred") or ()) <= LAW_BARS:
        told.append(FORM_IS_NO_GATE)
    return told


def cautions(nature: CallNature, rules: Iterable[Rule]) -> list[Sentence]:
    """Say which of the rules deserve a second thought under this nature."""
    if nature is not CallNature.PROCUREMENT:
        return []
    return [_about(LIBRARY[rule].warned, rule) for rule in rules if LIBRARY[rule].warned is not None]


def _about(told: Sentence | None, rule: Rule) -> Sentence:
    if told is None:
        raise TypeError(f"{rule} has nothing to tell")
    return Sentence(told.msgid, rule=rule)


def chosen_of(call_id: int) -> dict[Rule, dict[str, Any]]:
    """Give a call's rules as they are chosen."""
    return {one.rule: dict(one.parameters) for one in rules_of(call_id)}


def rules_fit_the_nature(call: Call, _actor: Actor) -> Sentence | None:
    """A call is proposed and published only with rules that its nature allows."""
    told = [one for problems in choice_problems(call.nature, chosen_of(call.id)).values() for one in problems]
    return told[0] if told else None
