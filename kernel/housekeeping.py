"""What the house does for itself at night: files that nobody owns, sessions that are over, the trail recounted."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import delete, select

from kernel import audit
from kernel.actor import Actor
from kernel.api.keys import forget_answers
from kernel.backup import forget_old, keep_in_mind, make_backup
from kernel.clock import now
from kernel.database import owner_url_of
from kernel.db import db, transaction
from kernel.files import StoredFile, current_storage
from kernel.jobs import Job, JobRun
from kernel.scope import whole
from kernel.sessions import LONGEST, THROTTLE, WEB_SESSION, door
from kernel.settings import Settings

SETTLED = timedelta(hours=24)
RUNS_KEPT = timedelta(days=30)


def sweep_files(actor: Actor) -> int:
    """Remove contents that no record knows for a day: a crash between file and row leaves at most those."""
    with whole(actor, "StoredFile.sweep"):
        known = set(db.session.scalars(select(StoredFile.sha256)))
    return len(current_storage().sweep(known, before=now() - SETTLED))


def forget_sessions(_actor: Actor) -> int:
    """Forget sessions and counted attempts that can matter to nobody any more."""
    with door() as connection:
        over = now() - LONGEST
        ended = connection.execute(delete(WEB_SESSION).where(WEB_SESSION.c.created_at < over)).rowcount
        connection.execute(delete(THROTTLE).where(THROTTLE.c.began_at < over))
    return int(ended)


def forget_runs(actor: Actor) -> int:
    """Forget runs of jobs after a month: some run every few seconds."""
    with whole(actor, "JobRun.forget"):
        gone = db.session.connection().execute(delete(JobRun).where(JobRun.ended_at < now() - RUNS_KEPT))
    return int(gone.rowcount)


def recount_trail(_actor: Actor) -> int:
    """Recount the chain of the trail.

    Raises RuntimeError that names the rows that do not fit; the run stands on the administrators' page with it.
    """
    verdict = audit.verify()
    if not verdict.is_whole:
        raise RuntimeError(f"rows {', '.join(map(str, verdict.broken))} of the trail do not fit")
    return verdict.rows


def back_up(actor: Actor, settings: Settings) -> int:
    """Make the night's backup, read it through, and let those go that are old enough; gives how many files it holds.

    Raises RuntimeError that names attachments which the store has lost; the backup is kept nevertheless.
    """
    if settings.backup_folder is None:
        return 0
    made = make_backup(settings, owner_url_of(settings), settings.backup_folder)
    with transaction():
        keep_in_mind(made, actor=actor)
    forget_old(settings.backup_folder, days=settings.backup_days)
    if lost := made.manifest.lost:
        raise RuntimeError(f"{len(lost)} attachments are not in the store: {', '.join(lost)}")
    return made.manifest.files


def backup_jobs(settings: Settings) -> tuple[Job, ...]:
    """Give the nightly backup, where a folder is set for it and this process may read all tables."""
    if settings.backup_folder is None or not settings.knows_owner:
        return ()
    return (Job("backup", partial(back_up, settings=settings), cron="10 2 * * *"),)


JOBS = (
    Job("sweep-files", sweep_files, cron="20 3 * * *"),
    Job("forget-sessions", forget_sessions, cron="30 3 * * *"),
    Job("forget-runs", forget_runs, cron="35 3 * * *"),
    Job("forget-answers", forget_answers, cron="37 3 * * *"),
    Job("recount-trail", recount_trail, cron="40 3 * * *"),
)
