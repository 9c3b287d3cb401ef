"""How the house is doing, in numbers: jobs, letters, storage, sessions, the trail, backups. Read by people and monitors."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db
from kernel.jobs import JobRun
from kernel.scope import whole
from kernel.sessions import WEB_SESSION, door

PRESENT = timedelta(minutes=15)
DAY = timedelta(days=1)

_MEASURES = text("""
SELECT (SELECT count(*) FROM letter WHERE state IN ('pending', 'sending')) AS waiting,
       (SELECT count(*) FROM letter WHERE state = 'dead') AS dead,
       (SELECT min(created_at) FROM letter WHERE state IN ('pending', 'sending')) AS oldest,
       pg_database_size(current_database()) AS database_bytes,
       (SELECT count(*) FROM (SELECT DISTINCT sha256 FROM stored_file) AS f) AS files,
       (SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT sha256, size FROM stored_file) AS f)::bigint AS file_bytes,
       (SELECT version_num FROM alembic_version) AS revision,
       e.seq AS trail_number, e.hash AS trail_hash, e.at AS trail_at
FROM (SELECT 1) AS one LEFT JOIN (SELECT seq, hash, at FROM audit_event ORDER BY seq DESC LIMIT 1) AS e ON true
""")


@dataclass(frozen=True, slots=True)
class Measures:
    """What the database holds that somebody must look after."""

    waiting: int
    dead: int
    oldest: datetime | None
    database_bytes: int
    files: int
    file_bytes: int
    revision: str
    trail_number: int | None
    trail_hash: str | None
    trail_at: datetime | None


def measures(actor: Actor) -> Measures:
    """Take the measures, in one statement, with full sight: counts and sizes, nothing of what is written."""
    with whole(actor, "System.measure") as session:
        return Measures(**session.execute(_MEASURES).mappings().one())


def last_runs() -> Sequence[JobRun]:
    """Give the last run of every job, by name."""
    newest = select(JobRun.id).distinct(JobRun.name).order_by(JobRun.name, JobRun.started_at.desc())
    return db.session.scalars(select(JobRun).where(JobRun.id.in_(newest)).order_by(JobRun.name)).all()


@dataclass(frozen=True, slots=True)
class Present:
    """How many people are signed in, and how many of them did something in the last quarter of an hour."""

    signed_in: int
    at_work: int


def who_is_here() -> Present:
    """Count the living sessions; nobody is named."""
    held = WEB_SESSION.c
    living = (held.ended_at.is_(None), held.stage == "open", held.seen_at > now() - DAY)
    at_work = func.count(held.user_id.distinct()).filter(held.seen_at > now() - PRESENT)
    with door() as connection:
        row = connection.execute(select(func.count(held.user_id.distinct()), at_work).where(*living)).one()
    return Present(*row)


@dataclass(frozen=True, slots=True)
class RunsOfADay:
    """How often a job ran within a day, and how many of these runs failed."""

    name: str
    runs: int
    failed: int


def runs_of_a_day(actor: Actor) -> list[RunsOfADay]:
    """Count each job's runs within the last 24 hours."""
    with whole(actor, "System.runs") as session:
        rows = session.execute(
            select(JobRun.name, func.count(), func.count(JobRun.error))
            .where(JobRun.started_at > now() - DAY)
            .group_by(JobRun.name)
            .order_by(JobRun.name)
        ).all()
    return [RunsOfADay(*row) for row in rows]


def free_bytes(folder: Path) -> int:
    """Give how many bytes can still be written where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def bytes_words(count: int) -> str:
    """Write a size as people read it: 12.3 MB."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004  (steps of a thousand)
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
