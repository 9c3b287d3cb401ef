"""Ratings: each counts from its first day to its last by the rules of its announcement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from kernel.errors import Invalid
from orgs.ratings import Validity, grade_as_of, rating_as_of, reaches, read_grade, regime_of, validity
from orgs.states import RatingGrade, RatingRegime, RatingState

ONE_DAY = timedelta(days=1)
days = st.dates(date(2011, 3, 1), date(2090, 12, 31))
days_under_order_39 = st.dates(date(2011, 3, 1), date(2026, 2, 28))
days_since_revision = st.dates(date(2026, 3, 1), date(2090, 12, 31))


@dataclass(frozen=True)
class Rating:
    grade: RatingGrade
    regime: RatingRegime
    announced_on: date
    valid_from: date
    valid_to: date
    status: RatingState = RatingState.VALID


def rating(
    grade: str, announced_on: date, *, status: RatingState = RatingState.VALID, until: date | None = None
) -> Rating:
    valid = validity(announced_on)
    return Rating(RatingGrade(grade), valid.regime, announced_on, valid.valid_from, until or valid.valid_to, status)


def test_five_years_from_the_announcement_under_order_39() -> None:
    assert validity(date(2021, 12, 15)) == Validity(RatingRegime.ORDER_39, date(2021, 12, 15), date(2026, 12, 14))


def test_five_years_from_29_february_end_on_27_february() -> None:
    assert validity(date(2024, 2, 29)).valid_to == date(2029, 2, 27)
    assert validity(date(2020, 2, 29)).valid_to == date(2025, 2, 27)


def test_five_years_may_end_on_29_february() -> None:
    assert validity(date(2019, 3, 1)).valid_to == date(2024, 2, 29)


def test_the_regime_changes_on_the_first_of_march_2026() -> None:
    assert regime_of(date(2026, 2, 28)) is RatingRegime.ORDER_39
    assert regime_of(date(2026, 3, 1)) is RatingRegime.MEASURES_2026
    assert validity(date(2026, 2, 28)).valid_to == date(2031, 2, 27)
    assert validity(date(2026, 3, 1)) == Validity(RatingRegime.MEASURES_2026, date(2027, 1, 1), date(2031, 12, 31))


@given(days_under_order_39)
def test_under_order_39_a_rating_counts_on_its_announcement_and_not_five_years_later(day: date) -> None:
    valid = validity(day)
    assert valid.valid_from == day
    assert timedelta(days=1824) <= valid.valid_to - day <= timedelta(days=1826)
    assert (valid.valid_to + ONE_DAY).year == day.year + 5


@given(days_since_revision)
def test_under_the_revision_a_rating_counts_for_five_whole_calendar_years(day: date) -> None:
    valid = validity(day)
    assert (valid.valid_from.month, valid.valid_from.day) == (1, 1)
    assert (valid.valid_to + ONE_DAY) == valid.valid_from.replace(year=valid.valid_from.year + 5)
    assert valid.valid_from.year == day.year + 1


@given(days)
def test_a_lone_rating_counts_on_exactly_its_days(day: date) -> None:
    given_once = rating("3A", day)
    assert rating_as_of([given_once], given_once.valid_from) is given_once
    assert rating_as_of([given_once], given_once.valid_to) is given_once
    assert rating_as_of([given_once], given_once.valid_from - ONE_DAY) is None
    assert rating_as_of([given_once], given_once.valid_to + ONE_DAY) is None


def test_an_earlier_rating_counts_until_the_new_one_begins() -> None:
    earlier = rating("5A", date(2022, 6, 1))
    later = rating("3A", date(2026, 3, 1))
    assert rating_as_of([earlier, later], date(2026, 12, 31)) is earlier
    assert rating_as_of([later, earlier], date(2027, 1, 1)) is later
    assert rating_as_of([later, earlier], date(2027, 5, 31)) is later
    assert rating_as_of([later, earlier], date(2031, 12, 31)) is later
    assert rating_as_of([later, earlier], date(2032, 1, 1)) is None


def test_a_setting_lets_the_new_rating_count_from_its_announcement() -> None:
    earlier = rating("5A", date(2022, 6, 1))
    later = rating("3A", date(2026, 3, 1))
    assert grade_as_of([earlier, later], date(2026, 2, 28), from_announcement=True) is RatingGrade.FIVE_A
    assert grade_as_of([earlier, later], date(2026, 3, 1), from_announcement=True) is RatingGrade.THREE_A


def test_a_gap_between_two_ratings_is_a_gap() -> None:
    earlier = rating("4A", date(2021, 4, 1))
    later = rating("4A", date(2026, 6, 1))
    assert rating_as_of([earlier, later], date(2026, 3, 31)) is earlier
    assert rating_as_of([earlier, later], date(2026, 4, 1)) is None
    assert rating_as_of([earlier, later], date(2027, 1, 1)) is later


def test_what_is_not_verified_does_not_count() -> None:
    assert rating_as_of([rating("5A", date(2024, 1, 1), status=RatingState.PENDING)], date(2024, 6, 1)) is None


def test_an_expired_rating_still_counted_in_its_time() -> None:
    expired = rating("4A", date(2019, 5, 1), status=RatingState.EXPIRED)
    assert rating_as_of([expired], date(2023, 5, 1)) is expired
    assert rating_as_of([expired], date(2024, 5, 1)) is None


@pytest.mark.parametrize("status", [RatingState.DOWNGRADED, RatingState.REVOKED])
def test_a_rating_taken_away_counted_to_its_last_day(status: RatingState) -> None:
    taken = rating("5A", date(2024, 1, 1), status=status, until=date(2025, 6, 30))
    assert rating_as_of([taken], date(2025, 6, 30)) is taken
    assert rating_as_of([taken], date(2025, 7, 1)) is None


@pytest.mark.parametrize("status", [RatingState.DOWNGRADED, RatingState.REVOKED])
def test_a_rating_taken_away_without_a_day_counts_on_none(status: RatingState) -> None:
    assert rating_as_of([rating("5A", date(2024, 1, 1), status=status)], date(2024, 6, 1)) is None


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("5A级社会组织", "5A"),
        ("社会组织4A级", "4A"),
        ("3A", "3A"),
        (" ２Ａ级 ", "2A"),
        ("1a", "1A"),
        ("五A级", "5A"),
        ("AAAAA", "5A"),
        ("AAA级社会组织", "3A"),
        ("Ａ", "1A"),
    ],
)
def test_grades_as_lists_print_them(text: str, grade: str) -> None:
    assert read_grade(text) is RatingGrade(grade)


@pytest.mark.parametrize("text", ["无等级社会组织", "无等级", "无", "", " ", "—", "未评级", "未参评"])
def test_words_for_no_grade(text: str) -> None:
    assert read_grade(text) is None


@pytest.mark.parametrize("text", ["6A", "0A", "5B", "AAAAAA", "优秀", "5"])
def test_what_is_no_grade_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_grade(text)
    assert refused.value.reasons[0].render("en") == f"“{text}” is not a rating from 1A to 5A."


def test_a_grade_reaches_what_is_not_above_it() -> None:
    assert reaches(RatingGrade.FOUR_A, RatingGrade.THREE_A)
    assert reaches(RatingGrade.THREE_A, RatingGrade.THREE_A)
    assert not reaches(RatingGrade.TWO_A, RatingGrade.THREE_A)
    assert not reaches(None, RatingGrade.ONE_A)
