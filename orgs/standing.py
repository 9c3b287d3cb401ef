"""Standing: what an organization may and may not do as of a day, and why; worked out from dated facts alone.

Every fact carries its own day, and a day asks only for what lay before it: what happens later never changes what an
earlier day says. Knows no record; `orgs.queries.standing` reads the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kernel.words import Sentence
from orgs import credit_code, ratings
from orgs.states import (
    Activity,
    CreditKind,
    InspectionResult,
    OrganizationStatus,
    OrganizationType,
    RatingGrade,
    RatingRegime,
    RatingState,
    StandingRule as Rule,
    Verdict,
)

WINDOWS: Final[Mapping[CreditKind, int]] = {
    CreditKind.ABNORMAL_LIST: 1,
    CreditKind.SERIOUS_LIST: 2,
    CreditKind.PENALTY: 3,
}
INSPECTED_YEARS: Final = 3
NOT_PASSED: Final = frozenset({InspectionResult.FAILED, InspectionResult.NOT_INSPECTED})
BARRED_TYPES: Final = frozenset({OrganizationType.PUBLIC_INSTITUTION})
ONE_DAY: Final = timedelta(days=1)

GOVERNMENT_PROCUREMENT_LAW: Final = Sentence("Government Procurement Law, art. 22")
ORDER_102: Final = Sentence("Order No. 102 of the Ministry of Finance, art. 8")
ORDER_60: Final = Sentence("Order No. 60 of the Ministry of Civil Affairs; windows of the Centre's calls")
CODE_STANDARD: Final = Sentence("GB 32100-2015 and GB 11714-1997")
TERMS: Final = Sentence("Terms of the Centre's calls")

NEW_WORK: Final = (Activity.APPLY, Activity.SIGN, Activity.BE_ASSIGNED)


@dataclass(frozen=True, slots=True)
class StatusFact:
    """From `since` on the registration was `status`; before it was `was`."""

    since: date
    was: OrganizationStatus
    status: OrganizationStatus


@dataclass(frozen=True, slots=True)
class RatingFact:
    """A rating that was in force once, as `orgs.ratings` asks for it."""

    grade: RatingGrade
    regime: RatingRegime
    announced_on: date
    valid_from: date
    valid_to: date
    status: RatingState


@dataclass(frozen=True, slots=True)
class InspectionFact:
    """The inspection of a year; without a day its conclusion counts from the year's end."""

    year: int
    result: InspectionResult
    concluded_on: date | None = None

    def result_on(self, day: date) -> InspectionResult:
        """Give what was known of it on a day: before its conclusion it had none."""
        is_later = self.concluded_on is not None and self.concluded_on > day
        return InspectionResult.UNDECIDED if is_later else self.result


@dataclass(frozen=True, slots=True)
class CreditFact:
    """What stands against an organization on public record.

    A list is left on a day that nobody knows before; a penalty names its own term, or is over on its own day.
    """

    kind: CreditKind
    listed_on: date
    removed_on: date | None = None
    source: str = ""

    def end(self, day: date) -> date:
        """Give the last day on which it stood, as a day knows it."""
        if self.kind is CreditKind.PENALTY:
            return self.removed_on or self.listed_on  # its term is part of the decision
        return min(self.removed_on or day, day)

    def counts_on(self, day: date) -> bool:
        """Say whether it lies within its window before a day."""
        return self.listed_on <= day and self.end(day) >= years_before(day, WINDOWS[self.kind])

    def counts_until(self, day: date) -> date | None:
        """Give the last day of its window, as a day knows it; None while it stands."""
        is_over = self.kind is CreditKind.PENALTY or (self.removed_on is not None and self.removed_on <= day)
        return window_end(self.removed_on or self.listed_on, WINDOWS[self.kind]) if is_over else None


@dataclass(frozen=True, slots=True)
class ListingFact:
    """A listing by the Centre: told on a day, decided on a day, in force from and to, taken back after `ended_on`."""

    number: str
    notified_on: date | None
    decided_on: date | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    ended_on: date | None = None

    def is_in_force(self, day: date) -> bool:
        if self.begins_on is None or self.ends_on is None:
            return False
        return self.begins_on <= day <= min(self.ends_on, self.ended_on or self.ends_on)

    def is_heard(self, day: date) -> bool:
        """Say whether the organization had been told and nothing was decided yet."""
        is_told = self.notified_on is not None and self.notified_on <= day
        return is_told and (self.decided_on is None or self.decided_on > day)


@dataclass(frozen=True, slots=True)
class History:
    """All dated facts of one organization.

    `first_project_on` is None for one that has had projects since before this register knew their days.
    """

    organization_id: int
    name: str
    credit_code: str
    type: OrganizationType
    status: OrganizationStatus
    founded_on: date | None = None
    projects_total: int = 0
    first_project_on: date | None = None
    past_project_years: Sequence[int] = ()
    statuses: Sequence[StatusFact] = ()
    ratings: Sequence[RatingFact] = ()
    inspections: Sequence[InspectionFact] = ()
    entries: Sequence[CreditFact] = ()
    listings: Sequence[ListingFact] = ()

    def status_on(self, day: date) -> OrganizationStatus:
        """Give the registration as of a day: before the first change it was what that change found."""
        changes = sorted(self.statuses, key=lambda change: change.since)
        if not changes:
            return self.status
        before = [change for change in changes if change.since <= day]
        return before[-1].status if before else changes[0].was

    def rating_on(self, day: date) -> RatingFact | None:
        return ratings.rating_as_of(self.ratings, day)

    def inspections_on(self, day: date) -> dict[int, InspectionResult]:
        """Give year → result of the years before a day that are asked for, as the day knew them."""
        asked = range(day.year - INSPECTED_YEARS, day.year)
        return {one.year: one.result_on(day) for one in self.inspections if one.year in asked}

    def had_projects(self, day: date) -> bool:
        """Say whether it had a project by a day, in this register or in the years before it."""
        if any(year <= day.year for year in self.past_project_years):
            return True
        return self.projects_total > 0 and (self.first_project_on is None or self.first_project_on <= day)

    def stands(self, kind: CreditKind, day: date) -> CreditFact | None:
        """Give the entry of a kind that counts longest within its window."""
        counting = [entry for entry in self.entries if entry.kind is kind and entry.counts_on(day)]
        return max(counting, key=lambda entry: entry.counts_until(day) or date.max, default=None)


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule, what it says of which activities, the fact in words, where the rule stands, and until when it holds."""

    rule: Rule
    verdict: Verdict
    activities: tuple[Activity, ...]
    fact: Sentence
    source: Sentence
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What an organization may and may not do as of a day, with every reason."""

    organization_id: int
    as_of: date
    reasons: tuple[Reason, ...]

    def verdict(self, activity: Activity) -> Verdict:
        """Give the strictest of what the rules say: no reason against it means yes."""
        told = [reason.verdict for reason in self.reasons if activity in reason.activities]
        return max(told, key=lambda verdict: verdict.strictness, default=Verdict.YES)

    def why(self, activity: Activity) -> tuple[Reason, ...]:
        """Give the reasons that set the verdict on an activity."""
        verdict = self.verdict(activity)
        return tuple(one for one in self.reasons if activity in one.activities and one.verdict is verdict)

    def until(self, activity: Activity) -> date | None:
        """Give the day on which the last reason against an activity ends; None where one has no end, or there is none."""
        if self.verdict(activity) is Verdict.YES:
            return None
        days = [reason.until for reason in self.why(activity)]
        return None if None in days else max(day for day in days if day is not None)


def standing_on(history: History, day: date) -> Standing:
    """Ask every rule about an organization as of a day."""
    reasons = (
        _code(history),
        *_status(history, day),
        _type(history),
        _inspections(history, day),
        *(_window(history, kind, day) for kind in CreditKind),
        *_listings(history, day),
        _first_time(history, day),
        _rating(history, day),
    )
    return Standing(history.organization_id, day, reasons)


def _code(history: History) -> Reason:
    if credit_code.is_valid(history.credit_code):
        told = Sentence("Both check characters are right.")
        return Reason(Rule.CODE, Verdict.YES, NEW_WORK, told, CODE_STANDARD)
    told = Sentence("The check characters of the credit code are wrong.")
    return Reason(Rule.CODE, Verdict.NO, (*NEW_WORK, Activity.BE_PAID), told, CODE_STANDARD)


def _status(history: History, day: date) -> Iterable[Reason]:
    """A body in liquidation takes no new work; what it earned is paid after a look. One that is gone takes nothing."""
    status = history.status_on(day)
    told = Sentence("The register says: {status}.", status=status)
    source = GOVERNMENT_PROCUREMENT_LAW
    if status is OrganizationStatus.LIQUIDATING:
        yield Reason(Rule.STATUS, Verdict.NO, NEW_WORK, told, source)
        yield Reason(Rule.STATUS, Verdict.CHECK, (Activity.BE_PAID,), told, source)
        return
    verdict = Verdict.YES if status is OrganizationStatus.ACTIVE else Verdict.NO
    yield Reason(Rule.STATUS, verdict, tuple(Activity), told, source)


def _type(history: History) -> Reason:
    if history.type in BARRED_TYPES:
        told = Sentence("{type}: institutions that live on the public budget do not apply.", type=history.type)
        return Reason(Rule.TYPE, Verdict.NO, (Activity.APPLY, Activity.SIGN), told, ORDER_102)
    told = Sentence("{type}, not among the barred kinds.", type=history.type)
    return Reason(Rule.TYPE, Verdict.YES, (Activity.APPLY, Activity.SIGN), told, ORDER_102)


def _inspections(history: History, day: date) -> Reason:
    """All past inspections passed; last year's may have no conclusion yet."""
    known = history.inspections_on(day)
    first = max(day.year - INSPECTED_YEARS, history.founded_on.year + 1 if history.founded_on else 0)
    asked = range(first, day.year)
    failed = [year for year in asked if known.get(year) in NOT_PASSED]
    missing = [year for year in asked if known.get(year) in {None, InspectionResult.UNDECIDED} and year != day.year - 1]
    if failed:
        told = Sentence("Not passed or not taken: {years}.", years=_listed(failed))
        until = date(failed[-1] + INSPECTED_YEARS, 12, 31)
        return Reason(Rule.INSPECTION, Verdict.NO, (Activity.APPLY,), told, TERMS, until)
    if missing:
        told = Sentence("The register holds no result for {years}.", years=_listed(missing))
        return Reason(Rule.INSPECTION, Verdict.CHECK, (Activity.APPLY,), told, TERMS)
    if not asked:
        told = Sentence("Founded too recently to have been inspected.")
    elif known.get(day.year - 1) in {None, InspectionResult.UNDECIDED}:
        told = Sentence("{year} has no conclusion yet, which is allowed; earlier years passed.", year=str(day.year - 1))
    else:
        told = Sentence("{years} passed.", years=_listed(asked))
    return Reason(Rule.INSPECTION, Verdict.YES, (Activity.APPLY,), told, TERMS)


RULES_OF: Final = {
    CreditKind.ABNORMAL_LIST: (Rule.ABNORMAL, (Activity.APPLY,), ORDER_60),
    CreditKind.SERIOUS_LIST: (Rule.SERIOUS, NEW_WORK, ORDER_60),
    CreditKind.PENALTY: (Rule.PENALTY, (Activity.APPLY,), GOVERNMENT_PROCUREMENT_LAW),
}


def _window(history: History, kind: CreditKind, day: date) -> Reason:
    rule, activities, source = RULES_OF[kind]
    entry = history.stands(kind, day)
    if entry is None:
        told = Sentence("Nothing on record in a window of {years} years.", years=WINDOWS[kind])
        return Reason(rule, Verdict.YES, activities, told, source)
    until = entry.counts_until(day)
    told = (
        Sentence("On record since {day}, published at: {source}.", day=entry.listed_on, source=entry.source)
        if until is None
        else Sentence(
            "Was on record from {day} to {end}, published at: {source}.",
            day=entry.listed_on,
            end=entry.end(day),
            source=entry.source,
        )
    )
    return Reason(rule, Verdict.NO, activities, told, source, until)


def _listings(history: History, day: date) -> Iterable[Reason]:
    """The Centre's own list stops new work; what was earned before is paid. A notice alone stops nothing."""
    for listing in history.listings:
        source = Sentence("Decision {number} of the Centre", number=listing.number)
        if listing.is_in_force(day) and listing.begins_on is not None and listing.ends_on is not None:
            told = Sentence("On the Centre's list since {day}.", day=listing.begins_on)
            yield Reason(Rule.BLACKLIST, Verdict.NO, NEW_WORK, told, source, listing.ends_on)
        elif listing.is_heard(day):
            told = Sentence("The Centre has told that it may list this organization; nothing is decided.")
            yield Reason(Rule.BLACKLIST, Verdict.CHECK, (Activity.SIGN, Activity.BE_ASSIGNED), told, source)


def _first_time(history: History, day: date) -> Reason:
    if history.had_projects(day):
        told = Sentence("It has had a project before.")
        return Reason(Rule.FIRST_TIME, Verdict.YES, (Activity.PASS_FIRST_CAP,), told, TERMS)
    told = Sentence("No project yet: a first contract stays below the call's cap for first-time contractors.")
    return Reason(Rule.FIRST_TIME, Verdict.NO, (Activity.PASS_FIRST_CAP,), told, TERMS)


def _rating(history: History, day: date) -> Reason:
    """A rating is never a gate: it only breaks ties, and not under government procurement."""
    rating = history.rating_on(day)
    if rating is None:
        told = Sentence("No valid rating.")
        return Reason(Rule.RATING, Verdict.NO, (Activity.BREAK_TIES,), told, TERMS)
    full_term = ratings.validity(rating.announced_on).valid_to
    if not ratings.reaches(rating.grade, RatingGrade.THREE_A):
        told = Sentence("{grade} is below 3A.", grade=rating.grade)
        return Reason(Rule.RATING, Verdict.NO, (Activity.BREAK_TIES,), told, _rules_of(rating), full_term)
    told = Sentence("{grade}, valid to {day}.", grade=rating.grade, day=full_term)
    return Reason(Rule.RATING, Verdict.YES, (Activity.BREAK_TIES,), told, _rules_of(rating), full_term)


def _rules_of(rating: RatingFact) -> Sentence:
    return Sentence("{rules}; terms of the Centre's calls", rules=rating.regime)


def _listed(years: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(year) for year in years)


def years_before(day: date, years: int) -> date:
    """Give the same day some years earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def window_end(end: date, years: int) -> date:
    """Give the last day that still finds `end` within its years before it."""
    try:
        last = end.replace(year=end.year + years)
    except ValueError:
        last = end.replace(year=end.year + years, day=28)
    return last + ONE_DAY if years_before(last + ONE_DAY, years) <= end else last
