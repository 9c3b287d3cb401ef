"""Each effect once: the process of the jobs is killed at random while it expires, closes, reminds and writes letters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread

import psutil
import pytest
from sqlalchemy import Connection, text

from kernel import audit
from kernel.db import db
from kernel.mailsink import MailSink
from tests.house.verdict import none_of
from tests.trials.conftest import PATIENCE, Serving, Trial, until

SEED = 7413
KILLS, DELAY = 15, 0.03  # how many children, and at most how many seconds after a job of theirs began
LATEST = 10  # the job in which a child is killed at the latest; some more are to come, so that none gets away
LATER = 120  # days after the world's morning, so that much is due


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    """A mail server that keeps every letter."""
    running = MailSink(tmp_path / "mail")
    running.start()
    yield running
    running.stop()


@pytest.mark.slow
def test_each_effect_of_a_job_is_there_once_though_its_process_is_killed(
    trial: Trial, owner: Connection, serving: Callable[..., Serving], sink: MailSink
) -> None:
    last = owner.scalar(text("SELECT max(seq) FROM audit_event"))
    jobs = serving("jobs", LATER, port=sink.port)

    killed = kill_until_done(jobs, Random(SEED))

    assert killed >= KILLS * 2 / 3
    expired = text(
        "SELECT subject_id, count(*) AS times FROM audit_event WHERE action = 'Rating.expire' AND seq > :last"
        " AND changes ? 'state' GROUP BY subject_id"
    )
    rows = owner.execute(expired, {"last": last}).all()
    assert len(rows) > 0
    none_of([f"rating {row.subject_id} expired {row.times} times" for row in rows if row.times != 1])
    none_of(
        owner.scalars(text("SELECT id FROM rating WHERE state = 'valid' AND valid_to < :day"), {"day": "2027-03-24"})
    )
    told_twice = text(
        "SELECT kind, subject_id, recipient_id, occasion FROM message GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"
    )
    none_of(owner.execute(told_twice))
    none_of(owner.scalars(text("SELECT DISTINCT error FROM job_run WHERE error IS NOT NULL")))
    db.session.remove()
    assert audit.verify().is_whole


def kill_until_done(jobs: Serving, dice: Random) -> int:
    """Kill each child in or shortly after a job, later ones in later jobs; let the last come to its end.

    Gives how many were killed.
    """
    begun: dict[int, int] = {}  # a child's number → how many jobs it has begun
    over = Event()

    def listen() -> None:
        assert jobs.process.stdout is not None
        for line in jobs.process.stdout:
            if line.strip() == "all done":
                over.set()
            else:
                begun[int(line)] = begun.get(int(line), 0) + 1

    listening = Thread(target=listen, daemon=True)
    listening.start()
    killed: list[int] = []
    for number in (1 + kill % LATEST for kill in range(KILLS)):
        until(lambda number=number: over.is_set() or _child_in(begun, killed, number), f"job {number}", pause=0.001)
        time.sleep(dice.uniform(0, DELAY))
        if not over.is_set() and (child := _child_in(begun, killed, number)) and psutil.pid_exists(child):
            psutil.Process(child).kill()
            killed.append(child)
    assert over.wait(PATIENCE)
    return len(killed)


def _child_in(begun: dict[int, int], killed: list[int], jobs: int) -> int | None:
    """Give the living child that has begun so many jobs."""
    return next((child for child, count in [*begun.items()] if child not in killed and count >= jobs), None)
