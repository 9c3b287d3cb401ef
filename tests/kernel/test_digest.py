"""The summary of what was told: on working days at half past eight in Shanghai, once, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from kernel import calendar
from kernel.actor import Actor
from kernel.clock import at
from kernel.db import db, transaction
from kernel.notices import (
    Letter,
    Message,
    Notice,
    Topic,
    Way,
    digest,
    mark_all_read,
    planned,
    save_settings,
    to_role,
    write_digests,
)
from kernel.scope import whole
from orgs.models import Organization
from tests.factories.people import SYSTEM, organization, person

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture(autouse=True)
def published_holidays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "_own_days", [dict])


@pytest.fixture
def subject(app: Flask, db_session: object) -> Organization:
    return organization()


def chooses(name: str, *, locale: str = "zh", way: Way = Way.DAILY) -> Actor:
    made = person(name, "officer")
    with transaction():
        save_settings(actor=made, ways={Topic.DECISIONS: way, Topic.PROGRESS: way}, locale=locale)
    return made


def tell(subject: Organization, occasion: str, *, when: datetime, topic: Topic = Topic.DECISIONS) -> None:
    told = Notice(
        key=f"test.{topic.value}",
        topic=topic,
        to=to_role("officer"),
        headline="You are not allowed to do this.",
        body="Rating",
        link=lambda record: f"/x/{record.id}",
    )
    with time_machine.travel(when, tick=False), transaction():
        told.send(subject, actor=SYSTEM, occasion=occasion)


def run(when: datetime) -> int:
    with time_machine.travel(when, tick=False):
        return write_digests(SYSTEM)


def digests() -> list[Letter]:
    wanted = select(Letter).where(Letter.kind == "digest").order_by(Letter.id)
    with whole(SYSTEM, "look"):
        return list(db.session.scalars(wanted, execution_options={"populate_existing": True}))


@pytest.mark.parametrize(
    ("way", "moment", "due"),
    [
        (Way.DAILY, at(TUESDAY, 8, 29), None),
        (Way.DAILY, at(TUESDAY, 8, 30), at(TUESDAY, 8, 30)),
        (Way.DAILY, at(TUESDAY, 23, 59), at(TUESDAY, 8, 30)),
        (Way.DAILY, at(date(2026, 11, 21), 10), None),  # a Saturday
        (Way.DAILY, at(date(2026, 10, 1), 10), None),  # National Day, a Thursday
        (Way.DAILY, at(date(2026, 10, 10), 10), at(date(2026, 10, 10), 8, 30)),  # a Saturday that is worked
        (Way.WEEKLY, at(TUESDAY, 10), at(MONDAY, 8, 30)),
        (Way.WEEKLY, at(MONDAY, 8, 30), at(MONDAY, 8, 30)),
        (Way.WEEKLY, at(date(2026, 10, 9), 9), at(date(2026, 10, 8), 8, 30)),  # the week begins after the holidays
    ],
)
def test_the_plan_follows_from_working_days_and_shanghais_clock(
    way: Way, moment: datetime, due: datetime | None
) -> None:
    assert planned(way, moment) == due


def test_a_summary_comes_once_a_day_however_often_it_is_written(subject: Organization) -> None:
    mine = chooses("a")
    tell(subject, "1", when=at(MONDAY, 9))
    tell(subject, "2", when=at(MONDAY, 17), topic=Topic.PROGRESS)
    tell(subject, "3", when=at(TUESDAY, 8, 31))

    assert [run(at(TUESDAY, 8, minute)) for minute in (0, 29, 30, 40)] == [0, 0, 1, 0]

    (letter,) = digests()
    assert (letter.recipient_id, letter.occasion, letter.subject) == (mine.user_id, "2026-11-24", "您有 2 条消息")
    first, _lead, decisions, progress, *_ = ["", *letter.text.split("\n\n")]
    assert first == ""
    assert decisions.startswith("[决定与结果]\n· 您没有权限执行此操作。\n  http")
    assert progress.startswith("[其他动态]\n")
    with whole(SYSTEM, "look"):
        carried = db.session.scalars(
            select(Message.occasion).where(Message.digest_id == letter.id).order_by(Message.id)
        )
        assert carried.all() == ["1", "2"]
    assert run(at(TUESDAY + timedelta(days=1), 9)) == 1
    assert [one.subject for one in digests()] == ["您有 2 条消息", "您有 1 条消息"]


def test_a_summary_is_in_the_readers_language_and_leads_to_the_records(subject: Organization) -> None:
    chooses("a", locale="en")
    tell(subject, "1", when=at(MONDAY, 9))

    run(at(TUESDAY, 9))

    (letter,) = digests()
    assert letter.subject == "1 message for you"
    assert "[Decisions and results]\n· You are not allowed to do this.\n  http" in letter.text
    assert f"/x/{subject.id}\n" in letter.text


def test_a_morning_that_was_missed_is_made_up_for_on_the_same_or_the_next_working_day(subject: Organization) -> None:
    chooses("a")
    tell(subject, "1", when=at(FRIDAY - timedelta(days=1), 9))

    assert run(at(FRIDAY, 16)) == 1
    tell(subject, "2", when=at(FRIDAY, 17))
    assert [run(at(FRIDAY + timedelta(days=days), 12)) for days in (1, 2, 3)] == [0, 0, 1]


def test_a_weekly_summary_waits_for_the_weeks_first_working_day_or_the_next_when_that_is_missed(
    subject: Organization,
) -> None:
    chooses("a", way=Way.WEEKLY)
    tell(subject, "1", when=at(FRIDAY, 9))
    assert run(at(FRIDAY, 10)) == 0

    tell(subject, "2", when=at(TUESDAY, 8))
    assert run(at(TUESDAY, 9)) == 1  # nobody was up on Monday
    assert digests()[0].subject == "您有 1 条消息"
    assert run(at(TUESDAY + timedelta(days=1), 9)) == 0
    assert run(at(MONDAY + timedelta(days=7), 9)) == 1


def test_what_was_read_already_is_not_summed_up(subject: Organization) -> None:
    mine = chooses("a")
    tell(subject, "1", when=at(MONDAY, 9))
    with transaction():
        mark_all_read(actor=mine)

    assert run(at(TUESDAY, 9)) == 0


def test_a_crash_between_two_people_writes_the_rest_later_and_none_twice(
    subject: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        chooses(name)
    tell(subject, "1", when=at(MONDAY, 9))
    write = digest._write
    calls: list[int] = []

    def crashing(person_id: int, *told: object) -> int:
        calls.append(person_id)
        written = write(person_id, *told)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise MemoryError
        return written

    monkeypatch.setattr(digest, "_write", crashing)
    with pytest.raises(MemoryError):
        run(at(TUESDAY, 9))
    assert [one.recipient_id for one in digests()] == calls[:1]

    assert run(at(TUESDAY, 9, 10)) == 2
    assert sorted(one.recipient_id for one in digests()) == sorted({*calls})


def test_a_hundred_lines_are_enough_and_the_rest_is_counted(
    subject: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "MOST_LINES", 2)
    chooses("a")
    for occasion in ("1", "2", "3"):
        tell(subject, occasion, when=at(MONDAY, 9))

    run(at(TUESDAY, 9))

    (letter,) = digests()
    assert letter.text.count("· ") == 2
    assert "……另有 1 条" in letter.text
