"""Reminders follow from the records' own dates: whatever was missed or moved, each comes once and none is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings as effort, strategies as st
from sqlalchemy import select

from kernel import calendar
from kernel.calendar import add_working_days
from kernel.clock import at
from kernel.db import db
from kernel.notices import Message, Notice, Reminder, Topic, months, remind, to_role, working_days
from kernel.notices.reminders import latest_mark
from kernel.scope import whole
from tests.factories.people import SYSTEM, person

START = date(2026, 9, 21)  # before the long holidays of October
MARKS = working_days(7, 3, 1)
SERIAL = count(1)


@pytest.fixture(autouse=True)
def published_holidays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "_own_days", [dict])


@dataclass
class Duty:
    """A record with a deadline that may move, or be over."""

    id: int
    due_on: date | None


def reminder_of(*duties: Duty, marks: Any = MARKS) -> Reminder:
    def due(first: date, last: date) -> Iterator[tuple[Duty, date]]:
        return ((one, one.due_on) for one in duties if one.due_on is not None and first <= one.due_on <= last)

    told = Notice(key="test.duty", topic=Topic.DEADLINES, to=to_role("officer"), headline="Due {due}", body="-")
    return Reminder(notice=told, due=due, marks=marks)


def run(day: date, reminder: Reminder) -> int:
    with time_machine.travel(at(day, 7, 5), tick=False):
        return remind([reminder], actor=SYSTEM)


def told_about(duty: Duty) -> list[tuple[str, str]]:
    wanted = select(Message.occasion, Message.text).where(Message.kind == "test.duty", Message.subject_id == duty.id)
    with whole(SYSTEM, "look"):
        return [tuple(row) for row in db.session.execute(wanted.order_by(Message.id))]


@pytest.fixture
def officer(app: Flask, db_session: object) -> int:
    made = person("a", "officer").user_id
    assert made is not None
    return made


def test_marks_are_working_days_before_the_deadline_across_the_holidays() -> None:
    due = date(2026, 10, 9)  # the second working day after the holidays of the 1st to the 7th

    assert [mark.day(due) for mark in MARKS] == [add_working_days(due, -n) for n in (7, 3, 1)]
    assert MARKS[2].day(due) == date(2026, 10, 8)
    assert MARKS[1].day(due) == date(2026, 9, 29)


@pytest.mark.parametrize(
    ("due", "before"),
    [
        (date(2027, 8, 31), date(2027, 2, 28)),
        (date(2028, 8, 31), date(2028, 2, 29)),
        (date(2027, 1, 15), date(2026, 7, 15)),
        (date(2026, 12, 31), date(2026, 6, 30)),
    ],
)
def test_six_months_before_is_the_same_day_or_the_months_last(due: date, before: date) -> None:
    (mark,) = months(6)

    assert mark.day(due) == before
    assert (due - before).days <= mark.reach


def test_every_mark_lies_within_its_reach_whatever_the_holidays() -> None:
    for day in range(0, 1200, 5):
        due = date(2025, 1, 1) + timedelta(days=day)
        for mark in (*working_days(1, 3, 7, 15), *months(1, 6)):
            assert 0 < (due - mark.day(due)).days <= mark.reach


def test_a_deadline_is_told_at_each_mark_and_no_more(officer: int) -> None:
    duty = Duty(next(SERIAL), date(2026, 11, 20))
    reminder = reminder_of(duty)

    told = [run(date(2026, 11, 1) + timedelta(days=day), reminder) for day in range(25)]

    assert sum(told) == 3
    assert [occasion for occasion, _text in told_about(duty)] == ["2026-11-20/7d", "2026-11-20/3d", "2026-11-20/1d"]
    assert told_about(duty)[0][1].startswith("Due 2026-11-20")
    assert [1 + place for place, number in enumerate(told) if number] == [11, 17, 19]


def test_nights_that_were_missed_are_made_up_for_with_the_last_mark_alone(officer: int) -> None:
    duty = Duty(next(SERIAL), date(2026, 11, 20))

    assert run(date(2026, 11, 18), reminder_of(duty)) == 1

    assert [occasion for occasion, _text in told_about(duty)] == ["2026-11-20/3d"]


def test_a_deadline_that_moved_takes_its_reminders_along(officer: int) -> None:
    duty = Duty(next(SERIAL), date(2026, 11, 20))
    reminder = reminder_of(duty)
    run(date(2026, 11, 17), reminder)

    duty.due_on = date(2026, 12, 4)
    told = [run(date(2026, 11, 18) + timedelta(days=day), reminder) for day in range(20)]

    assert sum(told) == 3
    assert [occasion for occasion, _text in told_about(duty)][1:] == ["2026-12-04/7d", "2026-12-04/3d", "2026-12-04/1d"]


def test_one_reminder_that_fails_holds_up_no_other_and_is_named(officer: int) -> None:
    duty = Duty(next(SERIAL), date(2026, 11, 20))

    def broken(_first: date, _last: date) -> Iterator[Any]:
        raise ZeroDivisionError

    told = Notice(key="test.broken", to=to_role("officer"), headline="-", body="-")
    with time_machine.travel(at(date(2026, 11, 19), 7), tick=False), pytest.raises(RuntimeError, match=r"test\.broken"):
        remind([Reminder(notice=told, due=broken, marks=MARKS), reminder_of(duty)], actor=SYSTEM)

    assert len(told_about(duty)) == 1


# What may happen on a day: nobody is up, the clock strikes (perhaps twice), the deadline moves, the duty is done.
DAYS = st.lists(
    st.tuples(
        st.sampled_from(["away", "once", "twice"]),
        st.one_of(st.none(), st.integers(-10, 25), st.just("done")),
    ),
    min_size=5,
    max_size=20,
)


@effort(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first_due=st.integers(1, 25), days=DAYS)
def test_whatever_is_missed_or_moved_each_reminder_comes_once_and_none_for_a_deadline_that_is_no_more(
    officer: int, first_due: int, days: list[tuple[str, Any]]
) -> None:
    duty = Duty(next(SERIAL), START + timedelta(days=first_due))
    reminder = reminder_of(duty)
    known = 0
    for place, (clock, move) in enumerate(days):
        today = START + timedelta(days=place)
        if move is not None:
            duty.due_on = None if move == "done" else today + timedelta(days=move)
        for _ in range({"away": 0, "once": 1, "twice": 2}[clock]):
            run(today, reminder)
        occasions = [occasion for occasion, _text in told_about(duty)]
        for fresh in occasions[known:]:
            # Only for the deadline as it is today, not after it, and the newest mark that the day has reached.
            assert duty.due_on is not None
            mark = latest_mark(MARKS, duty.due_on, today)
            assert mark is not None
            assert fresh == f"{duty.due_on:%Y-%m-%d}/{mark.code}"
        known = len(occasions)
        assert not [one for one, number in Counter(occasions).items() if number > 1]
        if clock != "away" and duty.due_on is not None and (mark := latest_mark(MARKS, duty.due_on, today)):
            assert f"{duty.due_on:%Y-%m-%d}/{mark.code}" in occasions  # and none is forgotten
