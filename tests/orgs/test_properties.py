"""What holds of codes, ratings and standing on every day: slips are seen, windows have two sharp ends, more never bars less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings, strategies as st

from orgs.credit_code import ALPHABET, is_valid
from orgs.ratings import REVISED_FROM, rating_as_of, validity
from orgs.standing import CreditFact, History, ListingFact, RatingFact, standing_on
from orgs.states import Activity, CreditKind, RatingGrade, RatingRegime, RatingState, StandingRule, Verdict
from tests.orgs.test_credit_code import codes
from tests.orgs.test_standing import DAYS, GOOD, histories, listings

ONE = timedelta(days=1)
few = settings(max_examples=40, deadline=None)
AROUND = st.dates(date(2024, 2, 20), date(2028, 3, 10))
LEAP_DAYS = st.sampled_from([date(year, 2, 29) for year in range(2012, 2060, 4)])


# Codes: not a sample of slips, all of them


@settings(max_examples=8, deadline=None)
@given(codes)
def test_every_single_slip_in_a_code_is_refused(code: str) -> None:
    wrong = [code[:at] + sign + code[at + 1 :] for at in range(18) for sign in ALPHABET if sign != code[at]]

    assert len(wrong) == 18 * 30
    assert [slip for slip in wrong if is_valid(slip)] == []


@few
@given(codes)
def test_every_swap_of_two_neighbours_in_a_code_is_refused(code: str) -> None:
    swapped = {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(17)} - {code}

    assert [slip for slip in swapped if is_valid(slip)] == []


# Ratings across the change of the rules on 1 March 2026


@few
@given(AROUND, AROUND)
def test_a_later_announcement_never_counts_from_or_to_an_earlier_day(one: date, other: date) -> None:
    earlier, later = sorted((one, other))

    assert validity(earlier).valid_from <= validity(later).valid_from
    assert validity(earlier).valid_to <= validity(later).valid_to


@few
@given(AROUND)
def test_the_rules_change_between_two_days_and_nowhere_else(day: date) -> None:
    before, after = validity(day), validity(day + ONE)

    assert (before.regime is after.regime) is (day + ONE != REVISED_FROM)
    assert before.valid_from >= day
    assert (before.valid_from == day) is (before.regime is RatingRegime.ORDER_39)


@few
@given(LEAP_DAYS)
def test_five_years_from_any_29_february_end_before_the_last_of_february(day: date) -> None:
    end = validity(day).valid_to

    assert end == (date(day.year + 5, 2, 27) if day < REVISED_FROM else date(day.year + 5, 12, 31))


@st.composite
def two_ratings(draw: st.DrawFn) -> tuple[RatingFact, RatingFact]:
    days = sorted(draw(st.tuples(AROUND, AROUND).filter(lambda pair: pair[0] != pair[1])))
    made = []
    for day, grade in zip(days, draw(st.tuples(*[st.sampled_from(RatingGrade)] * 2)), strict=True):
        term = validity(day)
        made.append(RatingFact(grade, term.regime, day, term.valid_from, term.valid_to, RatingState.VALID))
    return made[0], made[1]


@few
@given(two_ratings(), st.integers(-400, 2600))
def test_of_two_ratings_the_earlier_counts_until_the_day_before_the_later_begins(
    pair: tuple[RatingFact, RatingFact], after: int
) -> None:
    earlier, later = pair
    day = earlier.announced_on + timedelta(days=after)

    found = rating_as_of([earlier, later], day)

    assert found is rating_as_of([later, earlier], day)
    if later.valid_from <= day <= later.valid_to:
        assert found is later
    elif earlier.valid_from <= day <= earlier.valid_to:
        assert found is earlier
    else:
        assert found is None


# Standing on every day


def verdict_of(history: History, rule: StandingRule, day: date) -> Verdict:
    told = [reason.verdict for reason in standing_on(history, day).reasons if reason.rule is rule]
    return max(told, key=lambda verdict: verdict.strictness, default=Verdict.YES)


RULE_OF = {
    CreditKind.ABNORMAL_LIST: StandingRule.ABNORMAL,
    CreditKind.SERIOUS_LIST: StandingRule.SERIOUS,
    CreditKind.PENALTY: StandingRule.PENALTY,
}
entries = st.builds(
    lambda kind, day, lasts: CreditFact(kind, day, day + timedelta(days=lasts), "示例"),
    st.sampled_from(CreditKind),
    DAYS,
    st.integers(0, 900),
)


def bars_exactly(holds: Callable[[date], bool], first: date, last: date) -> None:
    """Say that something holds from a first day to a last, both included, and on no day around them."""
    assert holds(first)
    assert holds(last)
    assert holds(first + (last - first) // 2)
    assert not holds(first - ONE)
    assert not holds(last + ONE)


@few
@given(entries)
def test_an_entry_bars_from_its_day_to_the_end_of_its_window_and_on_no_other(entry: CreditFact) -> None:
    history = replace(GOOD, entries=[entry])
    assert entry.removed_on is not None
    last = entry.counts_until(entry.removed_on)
    assert last is not None

    bars_exactly(lambda day: verdict_of(history, RULE_OF[entry.kind], day) is Verdict.NO, entry.listed_on, last)
    told = standing_on(history, last)
    assert [reason.until for reason in told.reasons if reason.rule is RULE_OF[entry.kind]] == [last]


@few
@given(st.sampled_from([CreditKind.ABNORMAL_LIST, CreditKind.SERIOUS_LIST]), DAYS, st.integers(0, 4000))
def test_what_is_not_lifted_bars_for_good(kind: CreditKind, listed_on: date, after: int) -> None:
    history = replace(GOOD, entries=[CreditFact(kind, listed_on, None, "示例")])
    day = listed_on + timedelta(days=after)

    assert verdict_of(history, RULE_OF[kind], day) is Verdict.NO
    assert [reason.until for reason in standing_on(history, day).reasons if reason.rule is RULE_OF[kind]] == [None]


@few
@given(entries, st.integers(1, 400))
def test_what_is_lifted_later_bars_no_shorter(entry: CreditFact, more: int) -> None:
    assert entry.removed_on is not None
    later = replace(entry, removed_on=entry.removed_on + timedelta(days=more))
    assert later.removed_on is not None
    until, longer = entry.counts_until(later.removed_on), later.counts_until(later.removed_on)

    assert until is not None
    assert longer is not None
    assert longer >= until


@few
@given(listings().filter(lambda one: one.begins_on is not None))
def test_a_listing_bars_from_its_first_to_its_last_day(listing: ListingFact) -> None:
    history = replace(GOOD, listings=[listing])
    assert listing.begins_on is not None
    assert listing.ends_on is not None
    last = min(listing.ends_on, listing.ended_on or listing.ends_on)

    bars_exactly(lambda day: verdict_of(history, StandingRule.BLACKLIST, day) is Verdict.NO, listing.begins_on, last)


@few
@given(histories(), entries, listings(), DAYS)
def test_more_against_an_organization_never_lets_it_do_more(
    history: History, entry: CreditFact, listing: ListingFact, day: date
) -> None:
    fewer, more = standing_on(history, day), standing_on(_with(history, entry, listing), day)

    for activity in Activity:
        assert more.verdict(activity).strictness >= fewer.verdict(activity).strictness


def _with(history: History, entry: CreditFact, listing: ListingFact) -> History:
    return replace(history, entries=[*history.entries, entry], listings=[*history.listings, listing])
