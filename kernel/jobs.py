"""What runs by the clock: APScheduler in a process of its own, as a clock and nothing more.

What should happen is computed from data, that it happened is a row, and doing it twice changes nothing.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine, Index, func, select, text, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.actor import Actor, ReaderKind
from kernel.clock import SHANGHAI, now
from kernel.database import app_engine
from kernel.db import Fact, db, transaction
from kernel.scope import Reader, Rows, View, scope, see_as, whole

log = logging.getLogger("yulan.jobs")

ONE_AT_A_TIME = 7413
AT_ONCE = 4  # jobs of one process: each has a session, and the pool of a process holds one more than that
NEARLY = 0.9  # of an interval: a clock that strikes a little early is still on time


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

    def is_due(self, last: datetime | None, moment: datetime) -> bool:
        """Tell whether a run is due that began after the one at `last`; several clocks strike for one run."""
        if last is None:
            return True
        if self.every_seconds is not None:
            return moment - last >= timedelta(seconds=self.every_seconds * NEARLY)
        due: datetime = self.trigger().get_next_fire_time(None, last + timedelta(seconds=1))
        return due <= moment

    def next_after(self, last: datetime | None, moment: datetime) -> datetime:
        """Give when it runs next, as far as can be told at a moment."""
        if self.every_seconds is not None:
            return max((last or moment) + timedelta(seconds=self.every_seconds), moment)
        due: datetime = self.trigger().get_next_fire_time(None, moment)
        return due


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


@contextmanager
def beside(actor: Actor, reason: str) -> Iterator[Session]:
    """Give a session whose work counts at once, whatever becomes of the job's own: how far a long one is."""
    with db.factory() as session:
        session.info["view"] = View(actor, (), is_whole=True, reason=reason)
        yield session
        session.commit()


def last_starts() -> dict[str, datetime]:
    """Give when each job began last, whichever process ran it."""
    with whole(Actor.system("clock"), "JobRun.last") as session:
        rows = session.execute(select(JobRun.name, func.max(JobRun.started_at)).group_by(JobRun.name)).all()
    db.session.remove()
    return dict(rows)  # type: ignore[arg-type]


def last_start(name: str) -> datetime | None:
    """Give when a job began last, whichever process ran it."""
    with whole(Actor.system("clock"), "JobRun.last") as session:
        found = session.scalar(
            select(JobRun.started_at).where(JobRun.name == name).order_by(JobRun.started_at.desc()).limit(1)
        )
    db.session.remove()
    return found


def run_if_first(job: Job, engine: Engine) -> None:
    """Run a job unless another jobs process is running it now, or has done so since it was due."""
    # Outside a transaction: one that idles while the job runs is ended by the server, and the lock with it.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = {"space": ONE_AT_A_TIME, "job": job.name}
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:space, hashtext(:job))"), key):
            return
        try:
            if job.is_due(last_start(job.name), now()):
                run_job(job)
        finally:
            connection.scalar(text("SELECT pg_advisory_unlock(:space, hashtext(:job))"), key)


def run_forever(jobs: Sequence[Job]) -> None:
    """Run the clock until the process is told to stop; a run that is under way is finished."""
    engine = db.engine
    if engine is None:
        raise RuntimeError("the jobs process needs a database")
    # The locks have connections of their own: jobs that each held one and waited for a second would wait for ever.
    locks = app_engine(engine.url.render_as_string(hide_password=False), pool_size=AT_ONCE, max_overflow=0)
    scheduler = BlockingScheduler(executors={"default": ThreadPoolExecutor(AT_ONCE)}, timezone=SHANGHAI)
    known = last_starts()
    for job in jobs:
        missed = job.name in known and job.is_due(known[job.name], now())
        scheduler.add_job(
            run_if_first,
            job.trigger(),
            args=(job, locks),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            **({"next_run_time": now()} if missed else {}),  # nobody was up when it was due
        )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: scheduler.shutdown(wait=False))
    scheduler.start()
    locks.dispose()
