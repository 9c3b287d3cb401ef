"""What runs by the clock: each run is a row, a failure is one too, and no job runs twice at once."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event

import pytest
import time_machine
from sqlalchemy import select

from kernel.accounts import create_account
from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.clock import SHANGHAI
from kernel.db import db
from kernel.errors import Refused
from kernel.jobs import Job, JobRun, run_forever, run_if_first, run_job
from kernel.module import MODULES
from kernel.people import Account
from kernel.scope import whole
from kernel.words import Sentence
from tests.conftest import Copy
from tests.factories.people import SYSTEM


def runs() -> list[JobRun]:
    with whole(SYSTEM, "look"):
        found = list(db.session.scalars(select(JobRun).order_by(JobRun.id)))
    db.session.remove()
    return found


def write(actor: Actor) -> int:
    with whole(actor, "job") as session:
        session.add(Account(user_id=77))
    return 1


def test_a_run_is_written_down_with_what_it_did(db_session: object) -> None:
    run_job(Job("write", write, every_seconds=60))

    (run,) = runs()
    assert (run.name, run.done, run.error) == ("write", 1, None)
    assert run.started_at <= run.ended_at


def test_what_a_job_does_stands_in_the_trail_under_its_name(app: object, db_session: object) -> None:
    def work(actor: Actor) -> int:
        create_account(actor=actor, username="a", name="示例甲", email="a@example.org")
        return 1

    run_job(Job("nightly", work, every_seconds=60))

    with whole(SYSTEM, "look"):
        last = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(2)).all()
    assert [(event.actor, event.actor_id, event.action) for event in last] == [("nightly", None, "User.create")] * 2


def test_a_job_that_fails_leaves_nothing_but_its_reason(db_session: object, caplog: pytest.LogCaptureFixture) -> None:
    def fall(actor: Actor) -> int:
        write(actor)
        raise ValueError("no such lot")

    run_job(Job("fall", fall, every_seconds=60))

    (run,) = runs()
    assert (run.done, run.error) == (0, "ValueError: no such lot")
    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(Account)).all() == []
    assert "job fall failed" in caplog.text


def test_a_refusal_is_a_reason_too(db_session: object) -> None:
    def refuse(_actor: Actor) -> int:
        raise Refused(Sentence("You are not allowed to do this."))

    run_job(Job("refuse", refuse, every_seconds=60))

    assert runs()[0].error == "Refused: You are not allowed to do this."


def test_a_second_process_stands_idle_while_the_first_one_works(committed_database: Copy) -> None:
    inside, finish = Event(), Event()

    def linger(_actor: Actor) -> int:
        inside.set()
        assert finish.wait(10)
        return 1

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(run_if_first, Job("slow", linger, every_seconds=60), committed_database.engine)
        assert inside.wait(10)
        run_if_first(Job("slow", write, every_seconds=60), committed_database.engine)
        run_if_first(Job("other", write, every_seconds=60), committed_database.engine)
        finish.set()
        first.result()

    assert [(run.name, run.done) for run in runs()] == [("other", 1), ("slow", 1)]


def test_the_next_run_may_begin_when_it_is_due(committed_database: Copy) -> None:
    start = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
    for seconds in (0, 1, 53, 54, 60, 108):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            run_if_first(Job("again", lambda _actor: 3, every_seconds=60), committed_database.engine)

    assert [(run.started_at - start).seconds for run in runs()] == [0, 54, 108]


def test_one_strike_of_two_clocks_is_one_run(committed_database: Copy) -> None:
    nightly = Job("nightly", lambda _actor: 3, cron="20 3 * * *")
    for day in (24, 25):
        for late in (timedelta(), timedelta(milliseconds=80), timedelta(seconds=2)):
            with time_machine.travel(datetime(2026, 11, day, 3, 20, tzinfo=SHANGHAI) + late, tick=False):
                run_if_first(nightly, committed_database.engine)

    assert [run.started_at for run in runs()] == [datetime(2026, 11, day, 3, 20, tzinfo=SHANGHAI) for day in (24, 25)]


def test_what_was_due_while_nobody_was_up_is_made_up(committed_database: Copy) -> None:
    done = Event()

    def work(_actor: Actor) -> int:
        done.set()
        return 1

    nightly, yearly = Job("nightly", work, cron="20 3 * * *"), Job("yearly", write, cron="0 0 1 1 *")
    with time_machine.travel(datetime(2026, 11, 23, 3, 20, tzinfo=SHANGHAI), tick=False):
        run_job(nightly)
        run_job(yearly)
    done.clear()

    def stop() -> None:
        done.wait(10)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        with (
            time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI), tick=True),
            ThreadPoolExecutor(1) as pool,
        ):
            pool.submit(stop)
            run_forever([nightly, yearly])
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])

    assert [run.name for run in runs()] == ["nightly", "yearly", "nightly"]


@pytest.mark.parametrize(
    ("job", "last", "following"),
    [
        (Job("nightly", write, cron="30 1 * * *"), None, datetime(2026, 11, 25, 1, 30, tzinfo=SHANGHAI)),
        (Job("often", write, every_seconds=60), None, datetime(2026, 11, 24, 9, 1, tzinfo=SHANGHAI)),
        (
            Job("often", write, every_seconds=60),
            datetime(2026, 11, 24, 8, 59, 30, tzinfo=SHANGHAI),
            datetime(2026, 11, 24, 9, 0, 30, tzinfo=SHANGHAI),
        ),
    ],
)
def test_when_a_job_runs_next_can_be_told(job: Job, last: datetime | None, following: datetime) -> None:
    assert job.next_after(last, datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)) == following


def test_cron_lines_are_in_the_time_of_shanghai() -> None:
    trigger = Job("nightly", write, cron="30 1 * * *").trigger()
    asked = datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI)

    assert trigger.get_next_fire_time(None, asked) == datetime(2026, 11, 24, 1, 30, tzinfo=SHANGHAI)


def test_without_a_database_the_clock_does_not_start() -> None:
    with pytest.raises(RuntimeError, match="needs a database"):
        run_forever([])


def test_every_job_of_the_modules_has_its_own_name_and_a_time(app: object) -> None:
    jobs = [job for module in MODULES for job in module.jobs]

    assert len({job.name for job in jobs}) == len(jobs)
    for job in jobs:
        assert (job.every_seconds is None) != (job.cron is None), job.name
        job.trigger()


def test_every_job_of_the_modules_runs_on_an_empty_system_and_twice(app: object, db_session: object) -> None:
    for job in [job for module in MODULES for job in module.jobs] * 2:
        assert run_job(job).error is None, job.name


def test_the_lock_of_a_job_idles_in_no_transaction_that_the_server_would_end(
    committed_database: Copy,
) -> None:
    states: list[str] = []

    def look(_actor: Actor) -> None:
        asked = (
            "SELECT state FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()"
        )
        with committed_database.engine.connect() as connection:
            states.extend(connection.exec_driver_sql(asked.replace("%", "%%")).scalars())

    run_if_first(Job("look", look, every_seconds=60), committed_database.engine)

    assert states == ["idle"]
