"""May this organization have this money: each rule with its outcome, its reason and where the fact comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from grants.models import Application
from grants.money_rules import budget_problem, cap_problems, totals_of
from grants.queries.applications import Alike
from grants.rules.applications import cap_sentences, period_problems
from grants.states import BudgetHead, CallNature, CheckOutcome, EligibilityRule as Rule
from kernel.words import Sentence
from orgs.states import InspectionResult, OrganizationStatus, OrganizationType, RatingGrade

BARRED = frozenset({OrganizationType.PUBLIC_INSTITUTION})
"""公益一类: institutions that live on the budget anyway."""

INSPECTED_YEARS = 3
NOT_PASSED = frozenset({InspectionResult.FAILED, InspectionResult.NOT_INSPECTED})

REGISTER = "register"
FORM = "form"
APPLICATIONS = "applications"


class Facts(Protocol):
    """What the register knows about an organization as of a day (orgs.queries.qualification_facts)."""

    @property
    def code_is_valid(self) -> bool: ...
    @property
    def type(self) -> OrganizationType: ...
    @property
    def status(self) -> OrganizationStatus: ...
    @property
    def founded_on(self) -> date | None: ...
    @property
    def rating(self) -> RatingGrade | None: ...
    @property
    def rating_valid_to(self) -> date | None: ...
    @property
    def inspections(self) -> dict[int, InspectionResult]: ...
    @property
    def on_abnormal_list(self) -> bool: ...
    @property
    def on_serious_list(self) -> bool: ...
    @property
    def penalized(self) -> bool: ...
    @property
    def projects_total(self) -> int: ...
    @property
    def blacklisted_until(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule came to, with the sentence that people read and the source of the fact."""

    rule: Rule
    outcome: CheckOutcome
    reason: Sentence
    source: str


def findings(application: Application, facts: Facts, likenesses: Sequence[Alike], *, as_of: date) -> list[Finding]:
    """Ask every rule about one application, as of a day, usually the call's closing day."""
    return [
        *organization_findings(facts, nature=application.call.nature, cap=application.call.cap_first_time, as_of=as_of),
        *_double_funding(likenesses),
        *_form(application, first_time=facts.projects_total == 0),
    ]


def organization_findings(facts: Facts, *, nature: CallNature, cap: Decimal, as_of: date) -> Iterator[Finding]:
    """Ask the rules that need no application: what an organization can read before it writes a word."""
    yield _found(
        Rule.CODE,
        facts.code_is_valid,
        Sentence("Both check characters are right."),
        Sentence("The check characters of the credit code are wrong."),
    )
    yield _found(
        Rule.STATUS,
        facts.status is OrganizationStatus.ACTIVE,
        Sentence("{status}.", status=facts.status),
        Sentence("The register says: {status}.", status=facts.status),
    )
    yield _found(
        Rule.TYPE,
        facts.type not in BARRED,
        Sentence("{type}, not among the barred kinds.", type=facts.type),
        Sentence("{type}: institutions that live on the public budget do not apply.", type=facts.type),
    )
    yield _rating(facts, nature)
    yield _inspections(facts, as_of)
    yield _window(Rule.ABNORMAL, facts.on_abnormal_list, years=1)
    yield _window(Rule.SERIOUS, facts.on_serious_list, years=2)
    yield _window(Rule.PENALTY, facts.penalized, years=3)
    if facts.blacklisted_until is not None:
        told = Sentence("On the Centre's blacklist until {day}.", day=facts.blacklisted_until)
        yield Finding(Rule.BLACKLIST, CheckOutcome.FAILED, told, REGISTER)
    yield _first_time(facts, cap)


def _found(rule: Rule, passed: bool, good: Sentence, bad: Sentence, source: str = REGISTER) -> Finding:  # noqa: FBT001  (the verdict itself)
    return Finding(rule, CheckOutcome.PASSED if passed else CheckOutcome.FAILED, good if passed else bad, source)


def _rating(facts: Facts, nature: CallNature) -> Finding:
    """A rating is never a gate; it may break a tie, but not under government procurement."""
    if nature is CallNature.PROCUREMENT:
        told = Sentence("Ratings do not count under government procurement.")
    elif facts.rating is None or facts.rating_valid_to is None:
        told = Sentence("No valid rating; a rating only breaks ties.")
    else:
        told = Sentence("{grade}, valid to {day}; it only breaks ties.", grade=facts.rating, day=facts.rating_valid_to)
    return Finding(Rule.RATING, CheckOutcome.PASSED, told, REGISTER)


def _inspections(facts: Facts, as_of: date) -> Finding:
    """All past inspections passed; last year's may have no conclusion yet."""
    first = max(as_of.year - INSPECTED_YEARS, facts.founded_on.year + 1 if facts.founded_on else 0)
    asked = range(first, as_of.year)
    failed = [year for year in asked if facts.inspections.get(year) in NOT_PASSED]
    if failed:
        told = Sentence("Not passed or not taken: {years}.", years=_years(failed))
        return Finding(Rule.INSPECTION, CheckOutcome.FAILED, told, REGISTER)
    open_years = [year for year in asked if facts.inspections.get(year) in {None, InspectionResult.UNDECIDED}]
    missing = [year for year in open_years if year != as_of.year - 1]
    if missing:
        told = Sentence(
            "The register holds no result for {years}. Please look at the certificate.", years=_years(missing)
        )
        return Finding(Rule.INSPECTION, CheckOutcome.MANUAL, told, REGISTER)
    if open_years:
        told = Sentence("{year} has no conclusion yet, which is allowed; earlier years passed.", year=open_years[0])
    elif not asked:
        told = Sentence("Founded too recently to have been inspected.")
    else:
        told = Sentence("{years} passed.", years=_years(list(asked)))
    return Finding(Rule.INSPECTION, CheckOutcome.PASSED, told, REGISTER)


def _years(years: Sequence[int]) -> str:
    return ", ".join(str(year) for year in years)


def _window(rule: Rule, stands: bool, *, years: int) -> Finding:  # noqa: FBT001  (the fact itself)
    return _found(
        rule,
        not stands,
        Sentence("Nothing within {years} years.", years=years),
        Sentence("On record within the last {years} years.", years=years),
    )


def _first_time(facts: Facts, cap: Decimal) -> Finding:
    if facts.projects_total:
        told = Sentence(
            "{count} projects so far; the cap for first-time contractors does not apply.", count=facts.projects_total
        )
    else:
        told = Sentence("First contract: at most {cap}.", cap=cap)
    return Finding(Rule.FIRST_TIME, CheckOutcome.PASSED, told, REGISTER)


def _double_funding(likenesses: Sequence[Alike]) -> Iterator[Finding]:
    for rule, is_own in ((Rule.SAME_ORGANIZATION, True), (Rule.OTHER_ORGANIZATIONS, False)):
        nearest = next((one for one in likenesses if one.is_own is is_own), None)
        if nearest is None:
            told = Sentence("No other application reads alike.")
            yield Finding(rule, CheckOutcome.PASSED, told, APPLICATIONS)
            continue
        told = Sentence(
            "{number} “{title}” reads alike: title {by_title} %, need {by_need} %.",
            number=nearest.number,
            title=nearest.title,
            by_title=round(nearest.title_likeness * 100),
            by_need=round(nearest.need_likeness * 100),
        )
        yield Finding(rule, CheckOutcome.MANUAL, told, APPLICATIONS)


def _form(application: Application, *, first_time: bool) -> Iterator[Finding]:
    wrong_period = next((told for _field, told in period_problems(application)), None)
    within = Sentence("{start} to {end}.", start=application.starts_on or "", end=application.ends_on or "")
    yield _found(Rule.PERIOD, wrong_period is None, within, wrong_period or within, FORM)
    lines = application.budget_lines
    wrong_sum = budget_problem(lines, applied=application.requested)
    total = totals_of(lines)
    sums = Sentence(
        "Fiscal {fiscal}, own and donated {other}: the lines add up.",
        fiscal=total.fiscal,
        other=total.own + total.donated,
    )
    yield _found(Rule.ARITHMETIC, wrong_sum is None, sums, wrong_sum or sums, FORM)
    over = [
        *cap_sentences(application, first_time=first_time),
        *cap_problems(lines, {BudgetHead.MANAGEMENT: application.call.management_percent}).values(),
    ]
    kept = Sentence("{asked} of at most {cap}.", asked=application.requested, cap=application.call.cap_per_project)
    yield _found(Rule.CAPS, not over, kept, over[0] if over else kept, FORM)
