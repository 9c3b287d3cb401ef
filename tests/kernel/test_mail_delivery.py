"""By mail at least once and under one number: leases, tries, refusals, a server that is away, dead letters."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

from kernel.audit import AuditEvent
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.mailsink import MailSink, list_messages
from kernel.notices import (
    LEASE,
    MOST_TRIES,
    Letter,
    LetterState,
    MailServer,
    Message,
    Notice,
    PostAway,
    carry_secret_link,
    deliver,
    delivery,
    give_up_letters,
    letters as writing,
    send_letters_again,
    to_role,
    use_address,
)
from kernel.notices.delivery import claim, pause_after
from kernel.notices.smtp import LetterFailed
from kernel.scope import whole
from orgs.models import Organization
from tests.factories.people import SYSTEM, organization, person

SENDER = "Yulan <no-reply@example.org>"


@pytest.fixture(autouse=True)
def address() -> Iterator[None]:
    before = writing.link_to("")
    use_address("https://yulan.example:8443")
    yield
    use_address(before)


@pytest.fixture
def subject(app: Flask, db_session: object) -> Organization:
    return organization()


def tell(subject: Organization, key: str = "test.told", **more: Any) -> None:
    named = {"to": to_role("officer"), "headline": "You are not allowed to do this.", "body": "{name}"} | more
    told = Notice(key=key, params=lambda record: {"name": record.name}, link=lambda r: f"/x/{r.id}", **named)
    with transaction():
        told.send(subject, actor=SYSTEM, occasion=key)


def letters() -> list[Letter]:
    fresh = {"populate_existing": True}
    with whole(SYSTEM, "look"):
        return list(db.session.scalars(select(Letter).order_by(Letter.id), execution_options=fresh))


class Box:
    """A mail server in memory: keeps letters, or fails in the given ways first."""

    def __init__(self, *fails: Exception, is_away: bool = False) -> None:
        self.letters: list[EmailMessage] = []
        self.fails = list(fails)
        self.is_away = is_away
        self.opened = 0
        self._lock = Lock()

    def open(self) -> Box:
        if self.is_away:
            raise PostAway("mail.example:25: refused")
        self.opened += 1
        return self

    def send(self, letter: EmailMessage) -> None:
        with self._lock:
            if self.fails:
                raise self.fails.pop(0)
            self.letters.append(letter)

    def close(self) -> None:
        """Nothing is open."""


def failing(answer: str = "gone", *, for_good: bool = False, line_lost: bool = True) -> LetterFailed:
    return LetterFailed(answer, for_good=for_good, line_lost=line_lost)


def send(box: Any) -> int:
    return deliver(box, sender=SENDER)


def test_a_letter_says_the_same_leads_to_the_record_and_says_what_it_is(subject: Organization) -> None:
    person("a", "officer")
    tell(subject)
    box = Box()

    assert send(box) == 1

    (letter,), (kept,) = box.letters, letters()
    assert (letter["To"], letter["Subject"]) == ("a@example.org", "您没有权限执行此操作。")
    assert letter["Message-ID"] == f"<message-{kept.id}@yulan.example>"
    assert (letter["Auto-Submitted"], letter["Content-Language"]) == ("auto-generated", "zh")
    assert letter["List-Unsubscribe"] == "<https://yulan.example:8443/account/notices/>"
    first, link, *foot = letter.get_content().strip().split("\n\n")
    assert (first, link) == (subject.name, f"https://yulan.example:8443/x/{subject.id}")
    assert "https://yulan.example:8443/account/notices/" in foot[0]
    assert letter.get_content() == kept.text
    assert (kept.state, kept.tries, kept.last_answer) == (LetterState.SENT, 1, None)
    assert send(box) == 0


def test_a_batch_goes_over_one_connection(subject: Organization) -> None:
    for name in ("a", "b", "c"):
        person(name, "officer")
    tell(subject)
    box = Box()

    assert send(box) == 3
    assert box.opened == 1


def test_where_nothing_waits_no_connection_is_opened(subject: Organization) -> None:
    box = Box(is_away=True)

    assert send(box) == 0


def test_pauses_grow_threefold_are_spread_and_end_at_half_a_day() -> None:
    minutes = [
        [pause_after(letter, tries) / timedelta(minutes=1) for letter in range(200)] for tries in range(1, MOST_TRIES)
    ]

    for tries, pauses in enumerate(minutes):
        grown = min(3**tries, 720)
        assert 0.75 * grown <= min(pauses) < 0.8 * grown
        assert 1.2 * grown < max(pauses) <= 1.25 * grown
    assert pause_after(7, 2) == pause_after(7, 2)


def test_a_failure_is_tried_again_after_its_pause_under_the_same_number(subject: Organization) -> None:
    person("a", "officer")
    box = Box(failing(), failing())

    with time_machine.travel(now(), tick=False) as clock:
        tell(subject)
        assert send(box) == 0
        (kept,) = letters()
        clock.move_to(kept.not_before - timedelta(seconds=1))
        assert send(box) == 0
        assert letters()[0].tries == 1
        clock.shift(2)
        assert send(box) == 0
        clock.move_to(letters()[0].not_before)
        assert send(box) == 1

    (kept,) = letters()
    assert (kept.tries, kept.state, kept.last_answer) == (3, LetterState.SENT, None)
    assert box.letters[0]["Message-ID"] == f"<message-{kept.id}@yulan.example>"


def test_after_eight_failures_a_letter_is_dead_says_why_and_the_administrators_hear_of_it(
    subject: Organization,
) -> None:
    person("a", "officer")
    keeper = person("k", "sysadmin")
    box = Box(*[failing("451 busy")] * 20)

    with time_machine.travel(now(), tick=False) as clock:
        tell(subject)
        for _try in range(MOST_TRIES - 1):
            send(box)
            clock.shift(timedelta(hours=16))
            assert letters()[0].state is LetterState.PENDING
        send(box)

    dead, *_ = letters()
    assert (dead.tries, dead.state, dead.last_answer) == (8, LetterState.DEAD, "451 busy")
    with whole(SYSTEM, "look"):
        told = db.session.scalars(select(Message).where(Message.kind == "mail.undelivered")).all()
    assert [(one.recipient_id, one.link) for one in told] == [(keeper.user_id, "/messages/undelivered/")]


def test_a_refusal_for_good_is_dead_at_once_and_many_on_a_day_are_told_once(subject: Organization) -> None:
    for name in ("a", "b", "c"):
        person(name, "officer")
    person("k", "sysadmin")
    tell(subject)
    refusal = failing("550 no such user", for_good=True, line_lost=False)

    box = Box(refusal, refusal)
    assert send(box) == 2  # the third, and the one to the administrator

    assert [(one.kind, one.state, one.tries) for one in letters()] == [
        ("test.told", LetterState.DEAD, 1),
        ("test.told", LetterState.DEAD, 1),
        ("test.told", LetterState.SENT, 1),
        ("mail.undelivered", LetterState.SENT, 1),
    ]
    assert box.opened == 1


def test_a_dead_letter_about_dead_letters_tells_nobody(subject: Organization) -> None:
    person("k", "sysadmin")
    tell(subject, "test.to_keepers", to=to_role("sysadmin"))
    refusal = failing("550 no", for_good=True, line_lost=False)

    with time_machine.travel(now(), tick=False) as clock:
        send(Box(refusal, failing()))
        clock.shift(timedelta(days=1))
        send(Box(refusal))

    assert [one.kind for one in letters()] == ["test.to_keepers", "mail.undelivered"]
    assert {one.state for one in letters()} == {LetterState.DEAD}


def test_a_server_that_is_away_uses_up_no_try_of_any_letter(subject: Organization) -> None:
    for name in ("a", "b"):
        person(name, "officer")
    tell(subject)

    for _hour in range(30):
        with pytest.raises(PostAway):
            send(Box(is_away=True))

    assert [(one.state, one.tries) for one in letters()] == [(LetterState.PENDING, 0)] * 2
    assert send(Box()) == 2


def test_a_server_that_refuses_our_own_address_ends_the_batch_and_uses_up_no_try(subject: Organization) -> None:
    for name in ("a", "b"):
        person(name, "officer")
    tell(subject)

    with pytest.raises(PostAway):
        send(Box(PostAway("530 not signed in")))

    assert [(one.state, one.tries) for one in letters()] == [(LetterState.PENDING, 0)] * 2
    assert letters()[0].last_answer == "530 not signed in"


def test_a_connection_that_is_lost_costs_one_letter_a_try_and_the_others_nothing(subject: Organization) -> None:
    for name in ("a", "b", "c"):
        person(name, "officer")
    tell(subject)
    box = Box(failing())

    assert send(box) == 2

    assert [one.tries for one in letters()] == [1, 1, 1]
    assert [one.state.value for one in letters()] == ["pending", "sent", "sent"]
    assert box.opened == 2


def test_a_letter_that_cannot_be_written_holds_up_nobody(
    subject: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        person(name, "officer")
    tell(subject)
    first, _second = letters()
    envelope = delivery.envelope

    def written(letter: Letter, to: str, **more: Any) -> EmailMessage:
        if letter.id == first.id:
            raise ValueError("no letter")
        return envelope(letter, to, **more)

    monkeypatch.setattr(delivery, "envelope", written)

    assert send(Box()) == 1
    assert [(one.state.value, one.last_answer) for one in letters()] == [
        ("pending", "ValueError: no letter"),
        ("sent", None),
    ]


def test_a_headline_of_two_lines_is_one_subject(subject: Organization) -> None:
    person("a", "officer")
    tell(subject, headline="Rating\nRating")
    box = Box()

    assert send(box) == 1
    assert box.letters[0]["Subject"] == "Rating Rating"


def test_a_letter_is_carried_outside_of_any_transaction(subject: Organization) -> None:
    person("a", "officer")
    tell(subject)
    states: list[bool] = []
    line = SimpleNamespace(send=lambda _letter: states.append(db.session().in_transaction()), close=lambda: None)

    send(SimpleNamespace(open=lambda: line))

    assert states == [False]


def test_a_sender_that_died_leaves_its_letter_to_the_next_under_the_same_number(subject: Organization) -> None:
    person("a", "officer")
    with time_machine.travel(now(), tick=False) as clock:
        tell(subject)
        with transaction(), whole(SYSTEM, "mail.lease"):
            taken = claim()
        assert taken is not None
        box = Box()
        assert send(box) == 0
        clock.shift(LEASE + timedelta(seconds=1))
        assert send(box) == 1

    assert box.letters[0]["Message-ID"] == f"<message-{taken.id}@yulan.example>"


def test_a_letter_whose_senders_all_die_is_dead_in_the_end(subject: Organization) -> None:
    person("a", "officer")
    with time_machine.travel(now(), tick=False) as clock:
        tell(subject)
        for _death in range(MOST_TRIES):
            with transaction(), whole(SYSTEM, "mail.lease"):
                assert claim() is not None
            clock.shift(LEASE + timedelta(seconds=1))
        assert send(Box()) == 0

    (dead,) = letters()
    assert (dead.state, dead.last_answer) == (LetterState.DEAD, "interrupted again and again while it was sent")


def test_a_slow_sender_whose_lease_ran_out_marks_nothing(subject: Organization) -> None:
    person("a", "officer")
    with time_machine.travel(now(), tick=False) as clock:
        tell(subject)
        other = Box()

        def slow(_letter: EmailMessage) -> None:
            clock.shift(LEASE + timedelta(seconds=1))
            assert send(other) == 1
            raise failing("too late", for_good=True)

        send(SimpleNamespace(open=lambda: SimpleNamespace(send=slow, close=lambda: None)))

    (kept,) = letters()
    assert (kept.state, kept.tries, len(other.letters)) == (LetterState.SENT, 2, 1)


def test_who_has_no_living_account_gets_no_letter_and_holds_up_nobody(subject: Organization) -> None:
    gone = person("a", "officer")
    person("b", "officer")
    tell(subject)
    with transaction(), whole(SYSTEM, "x") as session:
        session.connection().exec_driver_sql(f"UPDATE ab_user SET active = false WHERE id = {gone.user_id}")
    box = Box()

    send(box)

    assert [letter["To"] for letter in box.letters] == ["b@example.org"]
    assert letters()[0].last_answer == "nobody with a living account"


def test_a_secret_link_goes_out_in_the_letter_and_stands_nowhere_else(subject: Organization) -> None:
    person("a", "officer")
    carry_secret_link("test.secret", lambda message: f"/open#{message.subject_id}-hush")
    try:
        tell(subject, "test.secret")
        box = Box()
        assert send(box) == 1
    finally:
        del writing.SECRET_LINKS["test.secret"]

    assert f"https://yulan.example:8443/open#{subject.id}-hush" in box.letters[0].get_content()
    (kept,) = letters()
    with whole(SYSTEM, "look"):
        told = db.session.scalars(select(Message)).one()
    assert "hush" not in kept.text + told.text + told.link


# --- What administrators decide ---


def dead_letters(subject: Organization, *names: str) -> list[Letter]:
    for name in names:
        person(name, "officer")
    tell(subject)
    send(Box(*[failing("550 no", for_good=True, line_lost=False)] * len(names)))
    return letters()


def test_dead_letters_are_sent_again_with_all_their_tries_or_given_up(subject: Organization) -> None:
    first, second, third = dead_letters(subject, "a", "b", "c")
    with transaction():
        assert send_letters_again([first.id], actor=SYSTEM) == 1
    with transaction():
        assert give_up_letters([second.id], actor=SYSTEM) == 1
    box = Box()
    assert send(box) == 1

    assert [one.state.value for one in letters()] == ["sent", "given_up", "dead"]
    assert [letter["Message-ID"] for letter in box.letters] == [f"<message-{first.id}@yulan.example>"]
    with whole(SYSTEM, "look"):
        deeds = db.session.execute(
            select(AuditEvent.action, AuditEvent.subject_id)
            .where(AuditEvent.subject_kind == "Letter")
            .order_by(AuditEvent.id)
        ).all()
    assert [tuple(deed) for deed in deeds] == [("Letter.send_again", first.id), ("Letter.give_up", second.id)]
    assert third.state is LetterState.DEAD


@pytest.mark.parametrize("decide", [send_letters_again, give_up_letters])
def test_only_dead_letters_are_decided_about_and_only_by_administrators(
    subject: Organization, decide: Callable[..., int]
) -> None:
    person("a", "officer")
    tell(subject)
    send(Box())
    (sent,) = letters()

    with pytest.raises(Refused, match="None of these letters waits"):
        decide([sent.id], actor=SYSTEM)
    with pytest.raises(Refused, match="not allowed"):
        decide([sent.id], actor=person("b", "officer"))


# --- Real mail servers ---


class Moody:
    """What a mail server's handler says to each of our words."""

    def __init__(self, *, rcpt: str = "250 OK", data: str = "250 OK", mail: str = "250 OK") -> None:
        self.answers = {"rcpt": rcpt, "data": data, "mail": mail}

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.answers["mail"].startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.answers["mail"]

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.answers["rcpt"].startswith("250"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return self.answers["rcpt"]

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        return self.answers["data"]


class AnyPort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@pytest.mark.parametrize(
    ("mood", "state", "tries", "answer"),
    [
        ({"rcpt": "550 No such user here"}, "dead", 1, "550 No such user here"),
        ({"rcpt": "451 Try again later"}, "pending", 1, "451 Try again later"),
        ({"data": "554 Looks like spam"}, "dead", 1, "554 Looks like spam"),
        ({"data": "452 Mailbox full"}, "pending", 1, "452 Mailbox full"),
        ({"data": "421 Closing"}, "pending", 1, "421 Closing"),
        ({"mail": "553 We do not know you"}, "pending", 0, "553 We do not know you"),
    ],
)
def test_a_mail_servers_answer_decides_what_becomes_of_a_letter(
    subject: Organization, mood: dict[str, str], state: str, tries: int, answer: str
) -> None:
    person("a", "officer")
    tell(subject)
    controller = AnyPort(Moody(**mood), hostname="127.0.0.1", port=0)
    controller.start()
    try:
        post = MailServer("127.0.0.1", controller.port)
        if "mail" in mood:
            with pytest.raises(PostAway):
                send(post)
        else:
            assert send(post) == 0
    finally:
        controller.stop()

    (kept,) = letters()
    assert (kept.state.value, kept.tries, kept.last_answer) == (state, tries, answer)


def test_a_server_that_cannot_be_reached_is_away(subject: Organization) -> None:
    person("a", "officer")
    tell(subject)

    with pytest.raises(PostAway, match=r"127\.0\.0\.1:9: ConnectionRefusedError"):
        send(MailServer("127.0.0.1", 9))


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    running = MailSink(tmp_path / "mail")
    running.start()
    yield running
    running.stop()


def test_the_demos_own_mail_server_takes_a_batch_over_one_connection(
    subject: Organization, sink: MailSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        person(name, "officer")
    tell(subject)
    opened: list[smtplib.SMTP] = []
    connect = smtplib.SMTP.connect

    def counted(self: smtplib.SMTP, *where: Any, **more: Any) -> Any:
        opened.append(self)
        return connect(self, *where, **more)

    monkeypatch.setattr(smtplib.SMTP, "connect", counted)

    assert send(MailServer("127.0.0.1", sink.port)) == 3

    kept = list_messages(tmp_path / "mail")
    assert sorted(letter.recipients for letter in kept) == [(f"{name}@example.org",) for name in "abc"]
    assert {letter.subject for letter in kept} == {"您没有权限执行此操作。"}
    assert len(opened) == 1


def test_four_senders_at_once_send_each_letter_once(app: Flask, committed_database: object) -> None:
    subject = organization()
    for number in range(4):
        person(f"p{number}", "officer")
    for occasion in range(10):
        tell(subject, f"test.{occasion}")
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
