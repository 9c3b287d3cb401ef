"""What runs by the clock: APScheduler in a process of its own, as a clock and nothing more.

What should happen is computed from data, that it happened is a row, and doing it twice changes nothing.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine, Index, text, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import Actor, ReaderKind
from kernel.clock import SHANGHAI, now
from kernel.db import Fact, db, transaction
from kernel.scope import Reader, Rows, scope, see_as, whole

log = logging.getLogger("yulan.jobs")

ONE_AT_A_TIME = 7413


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do by the clock: every so many seconds, or at a cron line in Shanghai's time."""

    name: str
    run: Callable[[Actor], int | None]
    every_seconds: int | None = None
    cron: str | None = None

    def trigger(self) -> Any:
        if self.every_seconds is not None:
            return IntervalTrigger(seconds=self.every_seconds, timezone=SHANGHAI)
        return CronTrigger.from_crontab(self.cron, timezone=SHANGHAI)


class JobRun(Fact):
    """One run of one job: when, how long, how much it did, and what went wrong."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_name", "name", "started_at"),)

    name: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime] = mapped_column(default=now)
    done: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


@scope(JobRun)
def visible_runs(_reader: Reader) -> Rows:
    return {ReaderKind.KEEPER: true(), ReaderKind.STAFF: true()}


def run_job(job: Job) -> JobRun:
    """Run one job once, in its own transaction, and write down what came of it; never raises."""
    actor = Actor.system(job.name)
    started, done, error = now(), 0, None
    try:
        see_as(actor)
        with transaction():
            done = job.run(actor) or 0
    except Exception as failure:
        log.exception("job %s failed", job.name)
        error = f"{type(failure).__name__}: {failure}"[:500]
    run = JobRun(name=job.name, started_at=started, done=done, error=error)
    with transaction() as session, whole(actor, "JobRun"):
        session.add(run)
    db.session.remove()
    return run


def run_if_first(job: Job, engine: Engine) -> None:
    """Run a job unless another jobs process is running it now."""
    # Outside a transaction: one that idles while the job runs is ended by the server, and the lock with it.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = {"space": ONE_AT_A_TIME, "job": job.name}
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:space, hashtext(:job))"), key):
            return
        try:
            run_job(job)
        finally:
            connection.scalar(text("SELECT pg_advisory_unlock(:space, hashtext(:job))"), key)


def run_forever(jobs: Sequence[Job]) -> None:
    """Run the clock until the process is told to stop; a run that is under way is finished."""
    engine = db.engine
    if engine is None:
        raise RuntimeError("the jobs process needs a database")
    scheduler = BlockingScheduler(timezone=SHANGHAI)
    for job in jobs:
        scheduler.add_job(
            run_if_first,
            job.trigger(),
            args=(job, engine),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: scheduler.shutdown(wait=False))
    scheduler.start()
