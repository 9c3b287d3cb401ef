"""Who is told what: once in the inbox for each occasion, and by mail for as long as it takes."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Lock

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from kernel import notices
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.mailsink import MailSink, list_messages
from kernel.notices import (
    LEASE,
    MOST_ATTEMPTS,
    MailServer,
    MailState,
    Message,
    Notice,
    claim,
    deliver,
    inbox_of,
    mark_read,
    members_of,
    to_role,
    unread_count,
)
from kernel.scope import see_as, whole
from orgs.models import Organization
from tests.factories.people import SYSTEM, organization, person

ADDRESS = "https://yulan.example:8443"


def notice(key: str = "test.told", **more: object) -> Notice:
    named = {"to": to_role("officer"), "headline": "Your rating is verified", "body": "Rating"} | more
    return Notice(key=key, params=lambda record: {"name": record.name}, link=lambda r: f"/x/{r.id}", **named)


def messages() -> list[Message]:
    with whole(SYSTEM, "look"):
        return list(db.session.scalars(select(Message).order_by(Message.id)))


@pytest.fixture
def subject(app: Flask, db_session: object) -> Organization:
    return organization()


def tell(one: Notice, subject: Organization, *, actor: Actor = SYSTEM, occasion: str = "") -> None:
    with transaction():
        one.send(subject, actor=actor, occasion=occasion)


def test_everybody_with_the_role_is_told_but_not_who_did_it(subject: Organization) -> None:
    first, second = person("a", "officer"), person("b", "officer")
    person("c", "director")

    tell(notice(), subject, actor=first)

    assert [(told.recipient_id, told.link, told.mail_state) for told in messages()] == [
        (second.user_id, f"/x/{subject.id}", MailState.PENDING)
    ]


def test_the_people_of_an_organization_are_told_by_their_role(subject: Organization) -> None:
    admin = person("a", "org_admin", organization_id=subject.id)
    lead = person("b", "org_lead", organization_id=subject.id)
    person("c", "org_admin", organization_id=subject.id + 1)

    assert members_of(lambda r: r.id, "org_admin")(subject) == []  # outside a deed nobody sees accounts
    with whole(SYSTEM, "x"):
        assert list(members_of(lambda r: r.id)(subject)) == [admin.user_id, lead.user_id]
        assert members_of(lambda r: r.id, "org_admin")(subject) == [admin.user_id]


def test_one_occasion_is_told_once_and_the_next_one_anew(subject: Organization) -> None:
    person("a", "officer")

    for occasion in ("2026-11", "2026-11", "2026-12"):
        tell(notice(), subject, occasion=occasion)

    assert [told.occasion for told in messages()] == ["2026-11", "2026-12"]


def test_each_reads_their_own_inbox_alone(subject: Organization) -> None:
    mine, other = person("a", "officer"), person("b", "director")
    tell(notice(), subject)
    tell(notice("test.other", to=to_role("director")), subject)

    see_as(mine)
    assert [told.kind for told in inbox_of(mine.user_id)] == ["test.told"]
    assert inbox_of(other.user_id) == []
    assert (unread_count(mine.user_id), unread_count(other.user_id)) == (1, 0)


def test_reading_all_leaves_nothing_unread(subject: Organization) -> None:
    mine = person("a", "officer")
    tell(notice(), subject)
    see_as(mine)

    with transaction():
        mark_read(mine.user_id, actor=mine)

    assert unread_count(mine.user_id) == 0


def test_the_words_are_kept_as_they_were_told_and_read_in_ones_own_language(subject: Organization) -> None:
    person("a", "officer")
    tell(notice(headline="You are not allowed to do this.", body="{name}"), subject)

    (told,) = messages()
    assert told.text == f"您没有权限执行此操作。\n{subject.name}"
    assert told.title.render("en") == "You are not allowed to do this."


def test_what_is_rolled_back_was_never_told(subject: Organization) -> None:
    person("a", "officer")

    db.session.begin_nested()
    notice().send(subject, actor=SYSTEM)
    assert len(messages()) == 1
    db.session.rollback()

    assert messages() == []


# --- Mail ---


class Box:
    """A mail server that keeps letters, or fails as often as it is told to."""

    def __init__(self, *, fails: int = 0) -> None:
        self.letters: list[EmailMessage] = []
        self.fails = fails
        self._lock = Lock()

    def __call__(self, letter: EmailMessage) -> None:
        with self._lock:
            if self.fails:
                self.fails -= 1
                raise smtplib.SMTPServerDisconnected("gone")
            self.letters.append(letter)


def send(box: Box) -> int:
    return deliver(box, sender="Yulan <no-reply@example.org>", address=ADDRESS)


def test_a_letter_says_the_same_and_leads_to_the_record(subject: Organization) -> None:
    person("a", "officer")
    tell(notice(headline="You are not allowed to do this.", body="{name}"), subject)
    box = Box()

    assert send(box) == 1

    (letter,), (told,) = box.letters, messages()
    assert (letter["To"], letter["Subject"]) == ("a@example.org", "您没有权限执行此操作。")
    assert letter.get_content().strip() == f"{subject.name}\n\n{ADDRESS}/x/{subject.id}"
    assert letter["Message-ID"] == f"<message-{told.id}@yulan.example>"
    assert told.mail_state is MailState.SENT
    assert send(box) == 0


def test_a_notice_for_the_inbox_alone_is_not_mailed(subject: Organization) -> None:
    person("a", "officer")
    tell(notice(by_mail=False), subject)

    assert send(Box()) == 0


def test_a_failure_waits_longer_each_time_and_is_sent_in_the_end(subject: Organization) -> None:
    person("a", "officer")
    box = Box(fails=2)
    start = now()

    with time_machine.travel(start, tick=False) as clock:
        tell(notice(), subject)
        assert send(box) == 0
        assert send(box) == 0
        clock.shift(31)
        assert send(box) == 0
        clock.shift(31)
        assert send(box) == 0
        clock.shift(30)
        assert send(box) == 1

    (told,) = messages()
    assert (told.attempts, told.mail_state, told.last_error) == (3, MailState.SENT, None)


def test_after_eight_failures_a_letter_is_given_up_and_says_why(subject: Organization) -> None:
    person("a", "officer")
    box = Box(fails=99)

    with time_machine.travel(now(), tick=False) as clock:
        tell(notice(), subject)
        for _attempt in range(MOST_ATTEMPTS + 2):
            send(box)
            clock.shift(timedelta(days=1))

    (told,) = messages()
    assert (told.attempts, told.mail_state) == (8, MailState.DEAD)
    assert told.last_error == "SMTPServerDisconnected: gone"
    assert box.fails == 91


def test_a_letter_that_cannot_be_written_holds_up_nobody(
    subject: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("a", "officer")
    for key in ("test.first", "test.second"):
        tell(notice(key), subject)
    _first, second = messages()
    known = {second.id: EmailMessage()}
    monkeypatch.setattr(notices, "_letter", lambda message, *_, **_more: known[message.id])

    assert deliver(lambda _letter: None, sender="a@example.org", address=ADDRESS) == 1
    assert [told.mail_state for told in messages()] == [MailState.PENDING, MailState.SENT]


def test_a_headline_of_two_lines_is_one_subject(subject: Organization) -> None:
    person("a", "officer")
    tell(notice(headline="Rating\nRating"), subject)
    box = Box()

    assert send(box) == 1
    assert box.letters[0]["Subject"] == "Rating Rating"


def test_a_letter_is_carried_outside_of_any_transaction(subject: Organization) -> None:
    person("a", "officer")
    tell(notice(), subject)
    states: list[bool] = []

    deliver(lambda _letter: states.append(db.session().in_transaction()), sender="a@example.org", address=ADDRESS)

    assert states == [False]


def test_one_failure_does_not_hold_up_the_others(subject: Organization) -> None:
    for name in ("a", "b", "c"):
        person(name, "officer")
    tell(notice(), subject)
    box = Box(fails=1)

    assert send(box) == 2


def test_a_sender_that_died_leaves_its_letter_to_the_next_under_the_same_number(subject: Organization) -> None:
    person("a", "officer")
    with time_machine.travel(now(), tick=False) as clock:
        tell(notice(), subject)
        with transaction(), whole(SYSTEM, "mail.claim"):
            taken = claim()
        assert taken is not None
        box = Box()
        assert send(box) == 0
        clock.shift(LEASE + timedelta(seconds=1))
        assert send(box) == 1

    assert box.letters[0]["Message-ID"] == f"<message-{taken.id}@yulan.example>"


def test_who_has_no_living_account_gets_no_letter_and_holds_up_nobody(subject: Organization) -> None:
    gone = person("a", "officer")
    person("b", "officer")
    tell(notice(), subject)
    with transaction(), whole(SYSTEM, "x") as session:
        session.connection().exec_driver_sql(f"UPDATE ab_user SET active = false WHERE id = {gone.user_id}")
    box = Box()

    send(box)

    assert [letter["To"] for letter in box.letters] == ["b@example.org"]


def test_four_senders_at_once_send_each_letter_once(app: Flask, committed_database: object) -> None:
    subject = organization()
    for number in range(4):
        person(f"p{number}", "officer")
    for occasion in range(10):
        tell(notice(), subject, occasion=str(occasion))
    db.session.remove()
    box = Box()

    def work(_number: int) -> int:
        try:
            return send(box)
        finally:
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(work, range(4)))

    numbers = [letter["Message-ID"] for letter in box.letters]
    assert (sum(sent), len(numbers), len(set(numbers))) == (40, 40, 40)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    running = MailSink(tmp_path / "mail")
    running.start()
    yield running
    running.stop()


def test_the_demos_own_mail_server_takes_real_letters(subject: Organization, sink: MailSink, tmp_path: Path) -> None:
    person("a", "officer")
    tell(notice(headline="You are not allowed to do this.", body="{name}"), subject)

    post = MailServer("127.0.0.1", sink.port)
    assert deliver(post, sender="Yulan <no-reply@example.org>", address=ADDRESS) == 1

    (letter,) = list_messages(tmp_path / "mail")
    assert (letter.subject, letter.recipients) == ("您没有权限执行此操作。", ("a@example.org",))
