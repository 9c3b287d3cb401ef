"""Working days of China, holidays moved and made up for.

Three sources, in this order: the days that the house has entered itself, a library that knows the published
holidays of past years, and plain weekdays for years that nobody has published yet. The last are provisional, and
whoever shows such a day says so. Source of the holidays: the yearly notice of 国务院办公厅.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import chinese_calendar
from sqlalchemy import CheckConstraint, UniqueConstraint, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.actor import ReaderKind
from kernel.db import Choice, Record, db, tell_constraints
from kernel.scope import Reader, Rows, scope
from kernel.words import Sentence

SATURDAY = 5
ONE_DAY = timedelta(days=1)

Overrides = Mapping[date, bool]


class DayKind(StrEnum):
    """What a day of the house's own calendar is."""

    WORK = "work"
    REST = "rest"

    @property
    def word(self) -> str:
        return {"work": "Working day", "rest": "Day off"}[self.value]


class Holiday(Record):
    """One day that differs from its weekday: a day off in the week, or a weekend day that is worked."""

    __tablename__ = "holiday"
    __table_args__ = (
        UniqueConstraint("day"),
        CheckConstraint("name <> ''", name="named"),
    )

    day: Mapped[date]
    kind: Mapped[DayKind] = mapped_column(Choice(DayKind))
    name: Mapped[str]


tell_constraints(
    {
        "uq_holiday_day": Sentence("This day stands in the calendar already."),
        "ck_holiday_named": Sentence("Please name the holiday."),
    }
)


@scope(Holiday)
def visible_holidays(_reader: Reader) -> Rows:
    return {kind: true() for kind in ReaderKind}


def own_days(session: Session) -> dict[date, bool]:
    """Read the house's own days: day → whether it is worked."""
    return {day: kind is DayKind.WORK for day, kind in session.execute(select(Holiday.day, Holiday.kind))}


class KeptDays:
    """The house's own days, read once and kept for a while: `use_own_days(KeptDays().read)`."""

    def __init__(self, seconds: float = 60) -> None:
        self.seconds = seconds
        self._days: Overrides = {}
        self._read_at: float | None = None

    def read(self) -> Overrides:
        """Give the days, from the table when they have been kept for too long."""
        if self._read_at is None or time.monotonic() - self._read_at > self.seconds:
            self._days = own_days(db.session())
            self._read_at = time.monotonic()
        return self._days

    def forget(self) -> None:
        """Read anew next time: the calendar has been changed."""
        self._read_at = None


def _no_days() -> Overrides:
    return {}


_own_days: list[Callable[[], Overrides]] = [_no_days]
_forget: list[Callable[[], None]] = [lambda: None]


def use_own_days(read: Callable[[], Overrides], forget: Callable[[], None] = lambda: None) -> None:
    """Let the application say where the house's own days come from; it may keep them until `forget`."""
    _own_days[0], _forget[0] = read, forget


def forget_own_days() -> None:
    """Let this process read the house's own days anew: the calendar has been changed."""
    _forget[0]()


def is_working_day(day: date, overrides: Overrides | None = None) -> bool:
    """Say whether `day` is worked; `overrides` stand in for the house's own days."""
    own = _own_days[0]() if overrides is None else overrides
    if day in own:
        return own[day]
    if _is_published(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < SATURDAY


def is_provisional(day: date, overrides: Overrides | None = None) -> bool:
    """Say whether nobody has published the holidays of the day's year yet, so that the answer may still change."""
    own = _own_days[0]() if overrides is None else overrides
    return not _is_published(day.year) and not any(known.year == day.year for known in own)


def add_working_days(day: date, n: int, overrides: Overrides | None = None) -> date:
    """Give the n-th working day after `day`, which itself does not count; a negative n counts back.

    With n = 0 it is `day` itself, worked or not.
    """
    own = _own_days[0]() if overrides is None else overrides
    step = ONE_DAY if n >= 0 else -ONE_DAY
    for _ in range(abs(n)):
        day += step
        while not is_working_day(day, own):
            day += step
    return day


def working_days_between(start: date, end: date, overrides: Overrides | None = None) -> int:
    """Count the working days after `start` up to and with `end`; negative when `end` lies before `start`."""
    own = _own_days[0]() if overrides is None else overrides
    if end < start:
        return -working_days_between(end, start, own)
    days = (start + ONE_DAY * (i + 1) for i in range((end - start).days))
    return sum(is_working_day(day, own) for day in days)


def name_of_published(day: date, locale: str) -> str:
    """Give the name of a published holiday, or of the one that a weekend day makes up for; else nothing."""
    if not _is_published(day.year):
        return ""
    name = chinese_calendar.get_holiday_detail(day)[1]
    found = next((one for one in chinese_calendar.Holiday if one.value == name), None)
    if found is None:
        return ""
    return str(found.value if locale == "en" else found.chinese)


@lru_cache(maxsize=64)
def _is_published(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True
