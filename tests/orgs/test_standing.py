"""Standing: what a day allows, by what was there on that day and by nothing that came later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import given, settings, strategies as st
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import db
from kernel.errors import NotFound
from kernel.scope import see_as, whole
from orgs.models import PastProject
from orgs.operations import change_registration
from orgs.queries import standing, standings
from orgs.ratings import validity
from orgs.standing import (
    CreditFact,
    History,
    InspectionFact,
    ListingFact,
    RatingFact,
    StatusFact,
    standing_on,
    window_end,
    years_before,
)
from orgs.states import (
    Activity,
    CreditKind,
    InspectionResult,
    OrganizationStatus,
    OrganizationType,
    RatingGrade,
    RatingState,
    StandingRule,
    Verdict,
)
from tests.factories.orgs import (
    SET_UP,
    CreditEntryFactory,
    InspectionFactory,
    OrganizationFactory,
    RatingFactory,
    credit_code,
    person,
)
from tests.orgs.conftest import Counter

DAY = date(2026, 11, 24)
SignIn = Callable[..., FlaskClient]
GOOD = History(
    organization_id=1,
    name="示例·木兰中心",
    credit_code=credit_code(41),
    type=OrganizationType.SERVICE_INSTITUTION,
    status=OrganizationStatus.ACTIVE,
    founded_on=date(2015, 3, 1),
    projects_total=3,
    inspections=[InspectionFact(year, InspectionResult.PASSED) for year in (2023, 2024, 2025)],
)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


def verdicts(history: History, day: date = DAY) -> dict[Activity, Verdict]:
    told = standing_on(history, day)
    return {activity: told.verdict(activity) for activity in Activity}


def barred(history: History, day: date = DAY) -> set[Activity]:
    return {activity for activity, verdict in verdicts(history, day).items() if verdict is Verdict.NO}


def rating(announced_on: date, grade: RatingGrade = RatingGrade.FOUR_A) -> RatingFact:
    term = validity(announced_on)
    return RatingFact(grade, term.regime, announced_on, term.valid_from, term.valid_to, RatingState.VALID)


# One rule at a time


def test_an_organization_without_a_mark_may_all_but_win_a_tie_unrated() -> None:
    assert verdicts(GOOD) == dict.fromkeys(Activity, Verdict.YES) | {Activity.BREAK_TIES: Verdict.NO}
    assert barred(replace(GOOD, ratings=[rating(date(2024, 5, 20))])) == set()


@pytest.mark.parametrize(
    ("change", "activities", "rule", "until"),
    [
        ({"status": OrganizationStatus.LIQUIDATING}, {"apply", "sign", "be_assigned"}, "status", None),
        ({"status": OrganizationStatus.REVOKED}, set(Activity), "status", None),
        ({"type": OrganizationType.PUBLIC_INSTITUTION}, {"apply", "sign"}, "type", None),
        ({"credit_code": "523101010MJ000000X"}, {"apply", "sign", "be_assigned", "be_paid"}, "code", None),
        ({"projects_total": 0}, {"pass_first_cap"}, "first_time", None),
        ({"first_project_on": date(2026, 11, 25)}, {"pass_first_cap"}, "first_time", None),
        ({"inspections": [InspectionFact(2024, InspectionResult.FAILED)]}, {"apply"}, "inspection", date(2027, 12, 31)),
        (
            {"entries": [CreditFact(CreditKind.ABNORMAL_LIST, date(2024, 1, 1), date(2025, 11, 24))]},
            {"apply"},
            "abnormal",
            date(2026, 11, 24),
        ),
        ({"entries": [CreditFact(CreditKind.ABNORMAL_LIST, date(2024, 1, 1))]}, {"apply"}, "abnormal", None),
        (
            {"entries": [CreditFact(CreditKind.PENALTY, date(2023, 11, 24))]},
            {"apply"},
            "penalty",
            date(2026, 11, 24),
        ),
        (
            {
                "listings": [
                    ListingFact("2026-BL-0001", date(2026, 5, 1), date(2026, 6, 1), date(2026, 6, 1), date(2027, 5, 31))
                ]
            },
            {"apply", "sign", "be_assigned"},
            "blacklist",
            date(2027, 5, 31),
        ),
    ],
)
def test_a_fact_bars_what_its_rule_says_until_its_day(
    change: dict[str, object], activities: set[str], rule: str, until: date | None
) -> None:
    history = replace(GOOD, ratings=[rating(date(2024, 5, 20))], **change)
    told = standing_on(history, DAY)

    assert barred(history) == activities
    for activity in barred(history):
        assert [reason.rule for reason in told.why(activity)] == [StandingRule(rule)]
        assert told.until(activity) == until


def test_a_bar_is_over_on_the_day_after_its_last() -> None:
    listing = ListingFact("2026-BL-0001", date(2026, 5, 1), date(2026, 6, 1), date(2026, 6, 1), date(2027, 5, 31))
    history = replace(GOOD, listings=[listing], founded_on=date(2026, 1, 1))

    assert Activity.SIGN in barred(history, date(2027, 5, 31))
    assert Activity.SIGN not in barred(history, date(2027, 6, 1))
    assert Activity.SIGN not in barred(replace(history, listings=[replace(listing, ended_on=DAY)]), date(2026, 11, 25))


def test_a_listing_that_is_only_told_of_asks_for_a_look_and_bars_nothing() -> None:
    told = verdicts(replace(GOOD, listings=[ListingFact("2026-BL-0001", date(2026, 11, 20))]))

    assert (told[Activity.APPLY], told[Activity.SIGN]) == (Verdict.YES, Verdict.CHECK)


def test_a_year_without_a_result_waits_for_a_person_but_last_year_may_lack_one() -> None:
    known = [InspectionFact(year, InspectionResult.PASSED) for year in (2023, 2024)]

    assert verdicts(replace(GOOD, inspections=known))[Activity.APPLY] is Verdict.YES
    assert verdicts(replace(GOOD, inspections=known[1:]))[Activity.APPLY] is Verdict.CHECK


# As of any day


DAYS = st.dates(date(2021, 1, 1), date(2029, 12, 31))
RESULTS = st.sampled_from(InspectionResult)


@st.composite
def spans(draw: st.DrawFn) -> tuple[date, date]:
    first = draw(DAYS)
    return first, first + timedelta(days=draw(st.integers(0, 900)))


@st.composite
def listings(draw: st.DrawFn) -> ListingFact:
    told, decided = draw(spans())
    if not draw(st.booleans()):
        return ListingFact("2026-BL-0001", told, draw(st.sampled_from((None, decided))))
    ends = decided + timedelta(days=draw(st.integers(1, 900)))
    taken_back = draw(st.one_of(st.none(), st.integers(0, 900).map(lambda days: decided + timedelta(days=days))))
    return ListingFact("2026-BL-0001", told, decided, decided, ends, taken_back)


@st.composite
def ratings_given(draw: st.DrawFn) -> RatingFact:
    one = rating(draw(st.dates(date(2018, 1, 1), date(2029, 1, 1))), draw(st.sampled_from(RatingGrade)))
    lost = draw(st.one_of(st.none(), st.integers(0, 1700).map(lambda days: one.announced_on + timedelta(days=days))))
    if lost is None or lost >= one.valid_to:
        return one
    return replace(one, valid_to=lost, status=draw(st.sampled_from((RatingState.DOWNGRADED, RatingState.REVOKED))))


@st.composite
def histories(draw: st.DrawFn) -> History:
    days = sorted(draw(st.lists(DAYS, max_size=3, unique=True)))
    states = draw(st.lists(st.sampled_from(OrganizationStatus), min_size=len(days) + 1, max_size=len(days) + 1))
    entries = draw(st.lists(st.tuples(st.sampled_from(CreditKind), spans(), st.booleans()), max_size=3))
    inspections = draw(st.dictionaries(st.integers(2017, 2029), st.tuples(RESULTS, st.integers(0, 500)), max_size=6))
    return replace(
        GOOD,
        status=states[-1],
        statuses=[StatusFact(day, was, now) for day, was, now in zip(days, states, states[1:], strict=False)],
        projects_total=1,
        first_project_on=draw(st.one_of(st.none(), DAYS)),
        past_project_years=draw(st.lists(st.integers(2014, 2029), max_size=2)),
        ratings=draw(st.lists(ratings_given(), max_size=3)),
        inspections=[
            InspectionFact(year, result, date(year + 1, 1, 1) + timedelta(days=after))
            for year, (result, after) in inspections.items()
        ],
        entries=[CreditFact(kind, *span[: 2 if ends else 1]) for kind, span, ends in entries],
        listings=draw(st.lists(listings(), max_size=2)),
    )


def known_on(history: History, day: date) -> History:
    """Give what could be known on a day: no fact of a later one, and nothing that later days did to the others."""
    first = history.first_project_on
    is_new = first is not None and first > day
    return replace(
        history,
        status=history.status_on(day),
        statuses=[change for change in history.statuses if change.since <= day],
        projects_total=0 if is_new else history.projects_total,
        first_project_on=None if is_new else first,
        past_project_years=[year for year in history.past_project_years if year <= day.year],
        ratings=[
            one if one.valid_to < day or one.status is RatingState.VALID else rating(one.announced_on, one.grade)
            for one in history.ratings
            if one.announced_on <= day
        ],
        inspections=[one for one in history.inspections if one.concluded_on is not None and one.concluded_on <= day],
        entries=[
            replace(entry, removed_on=None)
            if entry.kind is not CreditKind.PENALTY and entry.removed_on is not None and entry.removed_on > day
            else entry
            for entry in history.entries
            if entry.listed_on <= day
        ],
        listings=[_listing_on(listing, day) for listing in history.listings if (listing.notified_on or day) <= day],
    )


def _listing_on(listing: ListingFact, day: date) -> ListingFact:
    if listing.decided_on is not None and listing.decided_on > day:
        return ListingFact(listing.number, listing.notified_on)
    is_later = listing.ended_on is not None and listing.ended_on >= day
    return replace(listing, ended_on=None) if is_later else listing


@settings(max_examples=100, deadline=None)
@given(histories(), DAYS)
def test_a_day_depends_on_no_later_one(history: History, day: date) -> None:
    assert standing_on(known_on(history, day), day) == standing_on(history, day)


@settings(max_examples=50, deadline=None)
@given(histories(), DAYS)
def test_the_strictest_reason_decides_and_every_no_has_one(history: History, day: date) -> None:
    told = standing_on(history, day)

    for activity in Activity:
        against = [one.verdict for one in told.reasons if activity in one.activities]
        assert told.verdict(activity).strictness == max(verdict.strictness for verdict in against)
        assert told.why(activity)


@settings(max_examples=100, deadline=None)
@given(st.dates(date(2015, 1, 1), date(2035, 1, 1)), st.integers(1, 3))
def test_a_window_ends_on_the_last_day_that_finds_its_mark(end: date, years: int) -> None:
    last = window_end(end, years)

    assert years_before(last, years) <= end < years_before(last + timedelta(days=1), years)


# As it is kept


def test_many_are_told_in_one_statement(db_session: Session, counted: Counter) -> None:
    one, other = OrganizationFactory(projects_total=1), OrganizationFactory()
    InspectionFactory(organization_id=one.id, year=2024, result=InspectionResult.FAILED)
    CreditEntryFactory(organization_id=other.id, kind=CreditKind.SERIOUS_LIST)
    RatingFactory(organization_id=other.id)
    RatingFactory(organization_id=other.id, announced_on=None, state=RatingState.PENDING)
    db.session.flush()

    with whole(SET_UP, "look"), counted() as sent:
        told = standings([one.id, other.id], DAY)

    assert len(sent) == 1
    assert [told[pk].verdict(Activity.SIGN) for pk in (one.id, other.id)] == [Verdict.YES, Verdict.NO]
    assert [reason.rule for reason in told[one.id].why(Activity.APPLY)] == [StandingRule.INSPECTION]
    assert told[other.id].verdict(Activity.BREAK_TIES) is Verdict.YES


def test_a_day_before_a_change_of_the_registration_stays_as_it_was(db_session: Session, officer: Actor) -> None:
    one = OrganizationFactory(projects_total=1)
    for moment, status in (("2026-11-26", "liquidating"), ("2026-12-10", "active"), ("2026-12-20", "deregistered")):
        with time_machine.travel(f"{moment}T02:00:00Z", tick=False):
            change_registration(one, actor=officer, name=one.name, status=OrganizationStatus(status))

    with whole(SET_UP, "look"):
        told = [standing(one.id, date(2026, month, day)).verdict(Activity.SIGN) for month, day in SPOTS]

    assert told == [Verdict.YES, Verdict.NO, Verdict.YES, Verdict.NO]


SPOTS = ((11, 25), (11, 26), (12, 10), (12, 20))


def test_a_project_of_a_past_year_ends_being_a_first_timer(db_session: Session) -> None:
    one = OrganizationFactory()
    with whole(SET_UP, "look") as session:
        session.add(PastProject(organization_id=one.id, name="示例项目", year=2019, amount=1, source="示例档案"))
        session.flush()
        told = [standing(one.id, date(year, 12, 1)).verdict(Activity.PASS_FIRST_CAP) for year in (2018, 2019)]

    assert told == [Verdict.NO, Verdict.YES]


def test_nobody_asks_for_anothers_standing(db_session: Session) -> None:
    one, other = OrganizationFactory(), OrganizationFactory()
    see_as(person("org_lead", organization=one))

    assert standing(one.id, DAY).organization_id == one.id
    assert list(standings([one.id, other.id], DAY)) == [one.id]
    with pytest.raises(NotFound):
        standing(other.id, DAY)


# The page


def test_the_page_says_why_as_of_the_day_that_is_asked(client: FlaskClient, sign_in: SignIn, officer: Actor) -> None:
    one = OrganizationFactory(projects_total=1)
    CreditEntryFactory(organization_id=one.id, listed_on=date(2025, 7, 1), source="示例公示平台")
    page = f"/organizations/{one.id}/standing"
    desk = sign_in(client, "officer")

    now, before, wrong = (
        desk.get(page + asked).get_data(as_text=True) for asked in ("", "?day=2025-06-30", "?day=soon")
    )

    assert "2025-07-01 起在列，公布于：示例公示平台。" in now
    assert 'value="2025-06-30"' in before
    assert "示例公示平台" not in before
    assert '请填日期，如 <span class="yl-nowrap">2026-11-27</span>。' in wrong


def test_an_organization_reads_its_own_standing_with_what_is_asked_of_it(client: FlaskClient, sign_in: SignIn) -> None:
    one, other = OrganizationFactory(), OrganizationFactory()
    own, anothers = (f"/organizations/{pk}/standing" for pk in (one.id, other.id))
    person("org_admin", organization=one, username="own")
    desk = sign_in(client, "own")

    answer = desk.get("/organizations/own/standing")

    assert answer.headers["Location"] == own
    assert "等我们办的事" in desk.get(own).get_data(as_text=True)
    assert desk.get(anothers).status_code == 404
