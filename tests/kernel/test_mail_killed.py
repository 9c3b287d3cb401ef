"""A notice is sent once: two senders over one database, killed at random points of their work."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from kernel.db import db, transaction
from kernel.mailsink import MailSink, list_messages
from kernel.notices import Letter, LetterState, MailServer, Message, Notice, deliver, delivery, to_role
from kernel.notices.letters import host
from kernel.scope import whole
from tests.factories.people import SYSTEM, organization, person

KILLS = 50
PEOPLE, NOTICES = 15, 20
LEASE = timedelta(seconds=0.4)
SHORTEST, LONGEST = 0.03, 0.09  # seconds that a sender lives
FORK = get_context("fork")


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    running = MailSink(tmp_path / "mail")
    running.start()
    yield running
    running.stop()


def work(port: int) -> None:
    """Send letters until killed, as the jobs process does."""
    assert db.engine is not None
    db.engine.dispose(close=False)  # a connection is not shared
    db.session.remove()
    while True:
        deliver(MailServer("127.0.0.1", port), sender="a@example.org", most=20)
        time.sleep(0.005)


def sender(port: int) -> ForkProcess:
    process = FORK.Process(target=work, args=(port,))
    process.start()
    return process


def kill_at_random(port: int, dice: Random) -> None:
    """Keep two senders at work and kill one of them, whichever, until fifty are dead."""
    running = [sender(port), sender(port)]
    try:
        for _ in range(KILLS):
            time.sleep(dice.uniform(SHORTEST, LONGEST))
            place = dice.randrange(2)
            assert running[place].pid is not None
            os.kill(running[place].pid, signal.SIGKILL)
            running[place].join()
            assert running[place].exitcode == -signal.SIGKILL
            running[place] = sender(port)
    finally:
        for process in running:
            process.kill()
            process.join()


def tell_everybody(subject: object) -> None:
    told = Notice(key="test.killed", to=to_role("officer"), headline="Rating", body="Rating")
    with transaction():
        for occasion in range(NOTICES):
            told.send(subject, actor=SYSTEM, occasion=str(occasion))


def test_a_notice_is_sent_once_though_its_senders_are_killed_fifty_times(
    app: Flask, committed_database: object, sink: MailSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = organization()
    for number in range(PEOPLE):
        person(f"p{number}", "officer")
    tell_everybody(subject)
    monkeypatch.setattr(delivery, "LEASE", LEASE)
    monkeypatch.setattr(delivery, "MOST_TRIES", KILLS)
    db.session.remove()

    kill_at_random(sink.port, Random(20261124))
    tell_everybody(subject)  # the same occasions once more: nothing new
    time.sleep(LEASE.total_seconds())
    deliver(MailServer("127.0.0.1", sink.port), sender="a@example.org", most=PEOPLE * NOTICES)

    with whole(SYSTEM, "look"):
        assert db.session.scalar(select(func.count()).select_from(Message)) == PEOPLE * NOTICES
        tries = {f"<message-{row.id}@{host()}>": row.tries for row in db.session.scalars(select(Letter))}
        states = Counter(db.session.scalars(select(Letter.state)))
    arrived = Counter(letter.message_id for letter in list_messages(tmp_path / "mail", most=10**6))
    assert states == {LetterState.SENT: PEOPLE * NOTICES}
    # Every notice is there, and a mail program, which knows a letter by its number, shows it once.
    assert arrived.keys() == tries.keys()
    # Twice only where a sender died with the letter in its hand: nobody else tried it again, and each died once.
    again = {number: count for number, count in arrived.items() if count > 1}
    assert all(count <= tries[number] for number, count in arrived.items())
    assert sum(count - 1 for count in tries.values()) <= KILLS + 2
    assert sum(again.values()) - len(again) <= sum(count - 1 for count in tries.values())
    assert (
        sum(count - 1 for count in tries.values()) > 0
    )  # some died with a letter in their hand, else nothing is shown
