"""May this organization have this money: each rule of a call with its outcome, its reason and the source of the fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from grants.models import Application, Call, Likeness
from grants.queries.eligibility import Track
from grants.rules.eligibility import application as about_application, organization as about_organization
from grants.rules.eligibility.asking import APPLICATIONS, FORM, REGISTER, Case, Facts, Finding
from grants.rules.eligibility.choosing import Chosen
from grants.states import EligibilityRule as Rule

__all__ = ["Case", "Chosen", "Facts", "Finding", "findings", "live_findings", "organization_findings"]

ASKED = (
    (about_organization.ASKED, REGISTER),
    (about_application.ALIKE, APPLICATIONS),
    (about_application.ASKED, FORM),
)
BUDGET_RULES = frozenset({Rule.ARITHMETIC, Rule.CAPS, Rule.HEADS, Rule.COFUNDING})


def findings(
    application: Application,
    facts: Facts,
    likenesses: Sequence[Likeness] | None = None,
    *,
    rules: Chosen,
    track: Track,
    as_of: date,
) -> list[Finding]:
    """Ask every rule of the call about one application, as of a day, usually the call's closing day."""
    case = Case(application.call, facts, as_of, track, application, likenesses)
    return list(_ask(case, rules, set(rules)))


def organization_findings(call: Call, facts: Facts, *, rules: Chosen, track: Track, as_of: date) -> list[Finding]:
    """Ask the rules that need no application: what an organization can read before it writes a word."""
    return list(_ask(Case(call, facts, as_of, track), rules, set(about_organization.ASKED)))


def live_findings(application: Application, facts: Facts, *, rules: Chosen, track: Track, as_of: date) -> list[Finding]:
    """Ask what can be asked while an application is written; what reads alike is no business of its writer."""
    case = Case(application.call, facts, as_of, track, application)
    asked = set(about_organization.ASKED)
    if application.starts_on and application.ends_on:
        asked.add(Rule.PERIOD)
    if application.requested > 0:
        asked |= BUDGET_RULES
    return list(_ask(case, rules, asked))


def _ask(case: Case, rules: Chosen, asked: set[Rule]) -> Iterator[Finding]:
    for rule, told in rules.items():
        for answers, source in ASKED:
            if rule in asked and rule in answers:
                outcome, reason = answers[rule](case, told)
                yield Finding(rule, outcome, reason, source)
