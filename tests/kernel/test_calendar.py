"""Working days: own data first, published holidays second, plain weekdays last and marked."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies as some
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.calendar import (
    DayKind,
    Holiday,
    KeptDays,
    add_working_days,
    is_provisional,
    is_working_day,
    own_days,
    use_own_days,
    working_days_between,
)
from kernel.scope import whole

NATIONAL_DAY = date(2026, 10, 1)
SPRING_FESTIVAL_2027 = {date(2027, 2, 8): False, date(2027, 2, 20): True}


def test_published_holidays_are_not_worked_and_made_up_weekends_are() -> None:
    assert not is_working_day(NATIONAL_DAY, {})
    assert is_working_day(date(2026, 2, 28), {}), "the Saturday that makes up for the Spring Festival"
    assert not is_working_day(date(2026, 11, 22), {})


def test_own_data_stands_above_everything() -> None:
    assert is_working_day(NATIONAL_DAY, {NATIONAL_DAY: True})
    assert not is_working_day(date(2027, 2, 8), SPRING_FESTIVAL_2027)
    assert is_working_day(date(2027, 2, 20), SPRING_FESTIVAL_2027)


def test_a_year_that_nobody_published_counts_weekdays_and_says_so() -> None:
    assert is_working_day(date(2090, 1, 2), {})
    assert not is_working_day(date(2090, 1, 1), {})
    assert is_provisional(date(2090, 1, 2), {})
    assert not is_provisional(date(2026, 1, 2), {})


def test_a_year_with_own_data_is_no_longer_provisional() -> None:
    assert not is_provisional(date(2027, 6, 1), SPRING_FESTIVAL_2027)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 5, date(2026, 10, 13)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
        (date(2026, 11, 23), -1, date(2026, 11, 20)),
    ],
)
def test_the_nth_working_day_after_a_day(start: date, n: int, expected: date) -> None:
    assert add_working_days(start, n, {}) == expected


def test_a_week_has_five_working_days_and_counts_back_too() -> None:
    assert working_days_between(date(2026, 11, 20), date(2026, 11, 27), {}) == 5
    assert working_days_between(date(2026, 11, 27), date(2026, 11, 20), {}) == -5
    assert working_days_between(date(2026, 11, 20), date(2026, 11, 20), {}) == 0


@given(start=some.dates(date(2015, 1, 1), date(2030, 1, 1)), n=some.integers(1, 60))
def test_counting_undoes_adding(start: date, n: int) -> None:
    end = add_working_days(start, n, {})

    assert is_working_day(end, {})
    assert working_days_between(start, end, {}) == n


def test_the_application_says_where_own_days_come_from() -> None:
    use_own_days(lambda: {date(2026, 11, 23): False})
    try:
        assert add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 24)
    finally:
        use_own_days(dict)


def test_own_days_are_read_from_the_table(db_session: Session) -> None:
    with whole(Actor.system("tests"), "set-up"):
        db_session.add(Holiday(day=date(2091, 1, 1), kind=DayKind.REST, name="元旦"))
        db_session.add(Holiday(day=date(2091, 1, 6), kind=DayKind.WORK, name="元旦调休"))
        db_session.flush()
        found = own_days(db_session)

    assert (found[date(2091, 1, 1)], found[date(2091, 1, 6)]) == (False, True)


def test_own_days_are_kept_until_they_are_forgotten(db_session: Session) -> None:
    kept = KeptDays()
    with whole(Actor.system("tests"), "set-up"):
        before = kept.read()
        db_session.add(Holiday(day=date(2091, 1, 1), kind=DayKind.REST, name="元旦"))
        db_session.flush()

        assert kept.read() is before
        kept.forget()
        assert kept.read()[date(2091, 1, 1)] is False
