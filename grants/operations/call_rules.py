"""Deeds on what a call asks: its rules begin with its nature, are chosen while it is a draft, and go along in a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from grants.models import Call, CallRule
from grants.queries.eligibility import rules_of
from grants.rules.calls import may_be_changed
from grants.rules.eligibility.choosing import Chosen, choice_problems, chosen_of
from grants.rules.eligibility.library import KINDS, LIBRARY, defaults_for
from grants.states import CallNature, EligibilityRule
from kernel.actor import Actor
from kernel.db import db
from kernel.errors import Invalid
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if


@deed("change", "Call")
def choose_rules(call: Call, *, actor: Actor, values: Mapping[str, Any]) -> None:
    """Choose what a draft asks: rule code → its parameters by name; what is not named is asked no more.

    Raises Refused when the call is no draft any more, Invalid with every rule and parameter that cannot be.
    """
    lock(call)
    refuse_if(may_be_changed(call))
    known = {rule.value: rule for rule in EligibilityRule}
    if strange := values.keys() - known.keys():
        raise Invalid({name: [Sentence("Please choose one of the offered values.")] for name in strange})
    chosen = {known[code]: told if isinstance(told, dict) else {} for code, told in values.items()}
    if problems := choice_problems(call.nature, chosen):
        raise Invalid(problems)
    _write(call, chosen)


def begin_rules(call: Call) -> None:
    """Give a new call the rules of its nature."""
    _write(call, defaults_for(call.nature))


def follow_nature(call: Call, *, before: CallNature) -> None:
    """Let the rules follow a change of nature where nobody has chosen any; chosen ones stay and are judged anew."""
    if call.nature is not before and chosen_of(call.id) == defaults_for(before):
        _write(call, defaults_for(call.nature))


def copy_rules(source: Call, target: Call) -> None:
    """Let a copied call ask what its model asks, as far as the copy's own nature allows."""
    chosen = chosen_of(source.id)
    for rule in [rule for rule in chosen if choice_problems(target.nature, {rule: chosen[rule]}).get("")]:
        del chosen[rule]
    _write(target, chosen)


def _write(call: Call, chosen: Chosen) -> None:
    """Put the rules into their order: kept where they are the same, so that the trail tells what changed."""
    held = {one.rule: one for one in rules_of(call.id)}
    gone = [one.id for rule, one in held.items() if rule not in chosen]
    if gone:
        db.session.execute(delete(CallRule).where(CallRule.id.in_(gone)))
    for place, kind in enumerate(KINDS, 1):
        if kind.rule not in chosen:
            continue
        told = {one.name: chosen[kind.rule].get(one.name, one.default) for one in LIBRARY[kind.rule].parameters}
        if kind.rule in held:
            held[kind.rule].parameters = told
        else:
            db.session.add(CallRule(call_id=call.id, position=place, rule=kind.rule, parameters=told))
    db.session.flush()
