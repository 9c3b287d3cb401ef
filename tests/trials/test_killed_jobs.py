"""Each effect once: the process of the jobs is killed at random while it expires, closes, reminds and writes letters."""

from __future__ import annotations

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
from tests.trials.conftest import PATIENCE, Serving, Trial

SEED = 7413
KILLS, LONGER = 15, 0.02  # how many, and how many seconds more each child may live than the one before
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

    assert killed >= KILLS / 3
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
    """Kill the child that works at random moments, then let the next one come to its end; gives how many were killed."""
    children: list[int] = []
    over = Event()

    def listen() -> None:
        assert jobs.process.stdout is not None
        for line in jobs.process.stdout:
            if line.strip() == "all done":
                over.set()
            else:
                children.append(int(line))

    listening = Thread(target=listen, daemon=True)
    listening.start()
    killed = 0
    while killed < KILLS and not over.wait(dice.uniform(0, LONGER * (killed + 1))):
        if len(children) > killed and psutil.pid_exists(children[-1]):
            psutil.Process(children[-1]).kill()
            killed += 1
    assert over.wait(PATIENCE)
    return killed
