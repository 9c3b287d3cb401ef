"""Reminders of deadlines: computed each day from the records' own dates, never scheduled.

That a reminder was sent is a message whose occasion names the deadline's day and the mark before it. So a deadline
that moves takes its reminders with it, a night that was missed is made up for the next, and nothing is told twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kernel.actor import Actor
from kernel.calendar import add_working_days
from kernel.clock import months_later, today
from kernel.db import transaction
from kernel.notices.telling import Notice
from kernel.scope import whole

log = logging.getLogger("yulan.jobs")

HOLIDAYS = 16  # days by which the longest holidays and their weekends can stretch a count of working days


@dataclass(frozen=True, slots=True)
class Mark:
    """A point before a deadline: its code in the occasion, its day, and how many days before it lies at most."""

    code: str
    day: Callable[[date], date]
    reach: int


def working_days(*counts: int) -> tuple[Mark, ...]:
    """Give marks so many working days before a deadline."""
    return tuple(Mark(f"{count}d", _days_before(count), 2 * count + HOLIDAYS) for count in counts)


def _days_before(count: int) -> Callable[[date], date]:
    return lambda due: add_working_days(due, -count)


def months(*counts: int) -> tuple[Mark, ...]:
    """Give marks so many months before a deadline."""
    return tuple(Mark(f"{count}m", _months_before(count), 31 * count + 1) for count in counts)


def _months_before(count: int) -> Callable[[date], date]:
    return lambda due: months_later(due, -count)


Due = Callable[[date, date], Iterable[tuple[Any, date]]]
"""Gives the records whose deadline lies between two days, both included, each with its deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Who is reminded of which deadlines, and when; the notice may use {due}."""

    notice: Notice
    due: Due
    marks: tuple[Mark, ...]


def latest_mark(marks: Sequence[Mark], due: date, day: date) -> Mark | None:
    """Give the mark that a day has reached last; None before the first and after the deadline.

    Of several that were missed only the last is told.
    """
    if day > due:
        return None
    reached = [mark for mark in marks if mark.day(due) <= day]
    return max(reached, key=lambda mark: mark.day(due), default=None)


def remind(reminders: Sequence[Reminder], *, actor: Actor) -> int:
    """Tell everybody whose deadline is near and who has not been told; gives how many messages that were.

    Raises RuntimeError with the names of reminders that failed, after all others have been told.
    """
    told, failed = 0, []
    for reminder in reminders:
        try:
            with transaction(), whole(actor, reminder.notice.key):
                told += _remind(reminder, today(), actor)
        except Exception:
            log.exception("reminder %s failed", reminder.notice.key)
            failed.append(reminder.notice.key)
    if failed:
        raise RuntimeError(f"reminders that failed: {', '.join(failed)}")
    return told


def _remind(reminder: Reminder, day: date, actor: Actor) -> int:
    last = day + timedelta(days=max(mark.reach for mark in reminder.marks))
    told = 0
    for record, due in reminder.due(day, last):
        mark = latest_mark(reminder.marks, due, day)
        if mark is not None:
            told += reminder.notice.tell(record, actor=actor, occasion=f"{due:%Y-%m-%d}/{mark.code}", due=due)
    return told
