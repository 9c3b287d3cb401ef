"""Deeds on the working-day calendar: days entered one by one, or a year read from the State Council's notice.

Deadlines that were planned by the old calendar keep their working days: they move later, never earlier than told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.calendar import (
    DayKind,
    Holiday,
    Overrides,
    add_working_days,
    forget_own_days,
    own_days,
    working_days_between,
)
from kernel.clock import today
from kernel.db import db
from kernel.errors import Invalid
from kernel.words import Sentence
from kernel.workflow import deed, refuse_if

ONE_DAY = timedelta(days=1)
MOST_DAYS = 40
SHORTEST_NOTICE = 5
"""A year has at least this many days off in the week; a text with fewer was not read as it was meant."""

Later = Callable[[date], date]
"""Gives when a deadline ends by the new calendar: the same day or a later one."""
Follower = Callable[[Later, Actor], int]
FOLLOWERS: list[Follower] = []


def follows_calendar(follow: Follower) -> Follower:
    """Let a module move its open deadlines when the calendar changes; it gives how many moved."""
    FOLLOWERS.append(follow)
    return follow


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the calendar came to: how many days it holds now, how many deadlines moved."""

    days: int
    moved: int


@dataclass(frozen=True, slots=True)
class Day:
    kind: DayKind
    name: str


@deed("change", "Holiday")
def enter_days(
    *,
    actor: Actor,
    from_day: Annotated[date, Ask("From day")],
    to_day: Annotated[date, Ask("To day", "The same day for one.")],
    kind: Annotated[DayKind, Ask("What kind of days")],
    name: Annotated[str, Ask("Name of the holiday", most=40)],
) -> Change:
    """Enter days that differ from their weekday, both ends included; what stood there is replaced.

    Raises Invalid field by field.
    """
    problems: dict[str, list[Sentence]] = {}
    if from_day < today():
        problems["from_day"] = [Sentence("A day that is past is not changed any more.")]
    if not from_day <= to_day < from_day + MOST_DAYS * ONE_DAY:
        problems["to_day"] = [Sentence("At least one day and at most {most} at once.", most=MOST_DAYS)]
    if problems:
        raise Invalid(problems)
    days = {from_day + n * ONE_DAY: Day(kind, name.strip()) for n in range((to_day - from_day).days + 1)}
    return _change(actor, days, gone=())


@deed("change", "Holiday")
def take_notice(
    *,
    actor: Actor,
    year: Annotated[int, Ask("Year")],
    words: Annotated[str, Ask("Words of the notice", "Paste the lines with the holidays.", long=True)],
) -> Change:
    """Read a year's holidays and make-up days from the words of the notice; the year's own days are replaced.

    Source of the form: the yearly 国务院办公厅关于部分节假日安排的通知. Days that are past stay as they are.
    Raises Invalid when the words hold no such days.
    """
    if not today().year <= year <= today().year + 2:
        raise Invalid({"year": [Sentence("This year or one of the next two.")]})
    found = days_of_notice(words, year)
    off = sum(day.kind is DayKind.REST for day in found.values())
    if off < SHORTEST_NOTICE:
        raise Invalid(
            {"words": [Sentence("Only {count} days off were found in these words. Paste the whole notice.", count=off)]}
        )
    coming = {day: told for day, told in found.items() if day >= today()}
    first = max(date(year, 1, 1), today())
    held = select(Holiday).where(Holiday.day >= first, Holiday.day <= date(year, 12, 31))
    return _change(actor, coming, gone=db.session.scalars(held).all())


@deed("change", "Holiday")
def remove_day(holiday: Holiday, *, actor: Actor) -> Change:
    """Let a day be again what the published calendar or its weekday says."""
    past = Sentence("A day that is past is not changed any more.") if holiday.day < today() else None
    refuse_if(past)
    return _change(actor, {}, gone=(holiday,))


def _change(actor: Actor, days: Mapping[date, Day], *, gone: Iterable[Holiday]) -> Change:
    before = own_days(db.session())
    for holiday in gone:
        if holiday.day not in days:
            db.session.delete(holiday)
    held = {one.day: one for one in db.session.scalars(select(Holiday).where(Holiday.day.in_(list(days))))}
    for day, told in days.items():
        one = held.get(day)
        if one is None:
            db.session.add(Holiday(day=day, kind=told.kind, name=told.name))
        else:
            one.kind, one.name = told.kind, told.name
    db.session.flush()
    forget_own_days()
    later = later_by(before, own_days(db.session()))
    return Change(len(days), sum(follow(later, actor) for follow in FOLLOWERS))


def later_by(before: Overrides, after: Overrides) -> Later:
    """Keep the working days that a deadline still has: it moves when some of them have become days off."""

    def later(due: date) -> date:
        left = working_days_between(today(), due, before)
        return max(due, add_working_days(today(), left, after)) if left > 0 else due

    return later


LINE = re.compile(r"[。；;\n]")
NAME = re.compile(r"([一-龥、]{2,12})[:：]")
FIRST = re.compile(r"^[一二三四五六七八九十]+、")
DAY = r"(?:\d{4}年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[（(][^）)]*[）)])?"
RANGE = re.compile(rf"{DAY}(?:[至到—-]+{DAY})?")


def days_of_notice(words: str, year: int) -> dict[date, Day]:
    """Read a notice of holidays: 「一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。」."""
    found: dict[date, Day] = {}
    name = ""
    for part in LINE.split(words):
        if named := NAME.search(FIRST.sub("", part.strip())):
            name = named[1].strip("、")
        for clause in re.split(r"[，,]", part):
            kind = DayKind.REST if "放假" in clause else DayKind.WORK if "上班" in clause else None
            if kind is not None and name:
                found |= {day: Day(kind, name) for day in _days_in(clause, year)}
    return found


def _days_in(clause: str, year: int) -> Iterator[date]:
    month = 0
    for told in RANGE.finditer(clause):
        month = int(told[1] or month)
        first = _day(year, month, int(told[2]))
        last = _day(year, int(told[3] or month), int(told[4])) if told[4] else first
        month = int(told[3] or month)
        if first is None or last is None or not timedelta() <= last - first <= MOST_DAYS * ONE_DAY:
            continue
        yield from (first + n * ONE_DAY for n in range((last - first).days + 1))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
