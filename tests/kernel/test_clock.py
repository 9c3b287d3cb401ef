"""The one clock: aware moments, Shanghai's days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import time_machine

from kernel import clock


@time_machine.travel(datetime(2027, 2, 28, 16, 30, tzinfo=UTC), tick=False)
def test_after_sixteen_hours_utc_it_is_tomorrow_in_shanghai() -> None:
    assert clock.now() == datetime(2027, 2, 28, 16, 30, tzinfo=UTC)
    assert clock.today() == date(2027, 3, 1)


def test_a_moment_is_shown_as_the_clocks_in_shanghai_show_it() -> None:
    moment = datetime(2027, 3, 1, 1, 2, tzinfo=UTC)

    assert f"{clock.local(moment):%Y-%m-%d %H:%M %z}" == "2027-03-01 09:02 +0800"
    assert clock.day_of(datetime(2027, 3, 1, 16, tzinfo=UTC)) == date(2027, 3, 2)


def test_a_deadline_that_is_a_day_ends_with_its_last_second() -> None:
    assert clock.end_of(date(2027, 3, 1)) == datetime(2027, 3, 1, 15, 59, 59, tzinfo=UTC)
    assert clock.at(date(2027, 3, 1), 17) == datetime(2027, 3, 1, 9, tzinfo=UTC)


def test_some_months_later_is_the_same_day_or_the_months_last() -> None:
    assert clock.months_later(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert clock.months_later(date(2026, 11, 24), 12) == date(2027, 11, 24)
    assert clock.months_later(date(2026, 12, 31), 1) == date(2027, 1, 31)
    assert clock.months_later(date(2027, 3, 31), -1) == date(2027, 2, 28)
