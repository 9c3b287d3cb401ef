"""The rules about an application itself: its period, its sums, its caps, and what reads like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from grants.models import Application, Likeness
from grants.money_rules import budget_problem, cap_problems, cofunding_problem, totals_of
from grants.rules.applications import cap_sentences, period_problems
from grants.rules.calls import head_caps
from grants.rules.eligibility.asking import Answer, Ask, Case, Parameters, failed, manual, passed
from grants.states import EligibilityRule as Rule
from kernel.money import format_percent
from kernel.words import Sentence


def period(case: Case, _told: Parameters) -> Answer:
    application = _of(case)
    wrong = next((told for _field, told in period_problems(application)), None)
    if wrong is not None:
        return failed(wrong)
    return passed(Sentence("{start} to {end}.", start=application.starts_on or "", end=application.ends_on or ""))


def arithmetic(case: Case, _told: Parameters) -> Answer:
    application = _of(case)
    wrong = budget_problem(application.budget_lines, applied=application.requested)
    if wrong is not None:
        return failed(wrong)
    total = totals_of(application.budget_lines)
    return passed(
        Sentence(
            "Fiscal {fiscal}, own and donated {other}: the lines add up.",
            fiscal=total.fiscal,
            other=total.own + total.donated,
        )
    )


def caps(case: Case, _told: Parameters) -> Answer:
    """The call's cap of a project, and the lot's; a first-timer's stands in a rule of its own."""
    application = _of(case)
    over = cap_sentences(application, first_time=False)
    if over:
        return failed(over[0])
    return passed(
        Sentence("{asked} of at most {cap}.", asked=application.requested, cap=application.call.cap_per_project)
    )


def heads(case: Case, _told: Parameters) -> Answer:
    application = _of(case)
    wrong = cap_problems(application.budget_lines, head_caps(case.call))
    if wrong:
        return failed(next(iter(wrong.values())))
    return passed(Sentence("Every capped head stays within its share of the fiscal money."))


def cofunding(case: Case, _told: Parameters) -> Answer:
    application, most = _of(case), case.call.fiscal_percent
    total = totals_of(application.budget_lines)
    if application.budget_lines and (wrong := cofunding_problem(total, most_fiscal=most)):
        return failed(wrong)
    return passed(
        Sentence(
            "{fiscal} of {total} is fiscal money; at most {percent} may be.",
            fiscal=total.fiscal,
            total=total.total,
            percent=format_percent(most),
        )
    )


def _of(case: Case) -> Application:
    if case.application is None:
        raise TypeError("this rule is about an application, and there is none")
    return case.application


NOT_COMPARED = Sentence("The text is being compared with all others; this takes a minute or two.")


def alike(likenesses: Sequence[Likeness]) -> Answer:
    """Say what the likenesses of one relation, the nearest first, come to: none passes, any waits for a person."""
    if not likenesses:
        return passed(Sentence("No other application reads alike."))
    nearest, *others = likenesses
    if not others:
        return manual(nearest.told)
    return manual(Sentence("{nearest} {count} more read alike.", nearest=nearest.told, count=len(others)))


def _alike(rule: Rule) -> Ask:
    def ask(case: Case, _told: Parameters) -> Answer:
        if case.likenesses is None:
            return manual(NOT_COMPARED)
        return alike([one for one in case.likenesses if one.rule is rule])

    return ask


ASKED: Final[Mapping[Rule, Ask]] = MappingProxyType(
    {
        Rule.PERIOD: period,
        Rule.ARITHMETIC: arithmetic,
        Rule.CAPS: caps,
        Rule.HEADS: heads,
        Rule.COFUNDING: cofunding,
    }
)
ALIKE: Final[Mapping[Rule, Ask]] = MappingProxyType(
    {rule: _alike(rule) for rule in (Rule.SAME_ORGANIZATION, Rule.LINKED_ORGANIZATIONS, Rule.OTHER_ORGANIZATIONS)}
)
