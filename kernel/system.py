"""The page on which the administrators see how the system is doing, and the doors for monitors; no business content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, url_for
from markupsafe import Markup

from kernel import pages
from kernel.backup import Backup, newest_backup
from kernel.clock import local, now
from kernel.database.migrations import revisions
from kernel.environment import release
from kernel.identity import current_actor
from kernel.jobs import Job, JobRun
from kernel.names import job_words
from kernel.schedule import jobs_of
from kernel.settings import Settings
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.upkeep import Measures, Present, bytes_words, free_bytes, last_runs, measures, who_is_here
from kernel.views import Page, door

RECOUNT = "recount-trail"
LEAST_FREE = 2_000_000_000  # bytes
STALE_BACKUP = timedelta(hours=36)
LATE_LETTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job: when it ran last and how that went, and when it runs next."""

    name: str
    last: str
    done: int | None
    error: str
    following: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the page is drawn from."""

    measures: Measures
    runs: dict[str, JobRun]
    present: Present
    backup: Backup | None
    free: int


class System(Page):
    """How the system is doing: jobs, letters, storage, sessions, the trail, backups, the release."""

    kind = "System"
    route_base = "/system"
    title = _l("System")

    @door("/", "show")
    def index(self) -> str:
        settings: Settings = current_app.config["YULAN"]
        found = Found(
            measures(current_actor()),
            {run.name: run for run in last_runs()},
            who_is_here(),
            newest_backup(),
            free_bytes(settings.files),
        )
        panels = [
            (_("Audit trail"), _trail(found), None),
            (_("Backups"), _backups(found, settings), None),
            (_("Letters"), _letters(found.measures), self._letters_link()),
            (_("Storage"), _storage(found), None),
            (_("People signed in"), _sessions(found.present), None),
            (_("Version"), _release(found.measures), None),
        ]
        return self.render(
            "kernel/system.html",
            title=_("System"),
            alarms=list(_alarms(found, settings)),
            panels=panels,
            jobs=_job_lines(found, jobs_of(settings)),
            jobs_link=self._jobs_link(),
        )

    def _letters_link(self) -> pages.Link | None:
        if not current_actor().may("send_again", "Letter"):
            return None
        return pages.Link(_("Undelivered letters"), url_for("UndeliveredView.index"))

    def _jobs_link(self) -> pages.Link | None:
        return pages.Link(_("All runs"), url_for("JobRunView.index")) if current_actor().may("list", "JobRun") else None


def _moment(moment: datetime | None) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}" if moment else ""


def _code(told: str) -> Markup:
    return Markup('<span class="yl-code text-wrap text-break">{}</span>').format(told) if told else Markup("")


def _trail(found: Found) -> list[tuple[object, ...]]:
    told, recount = found.measures, found.runs.get(RECOUNT)
    verdict = "" if recount is None else (recount.error or _("whole"))
    return [
        (_("Last row"), f"{told.trail_number:,}" if told.trail_number else ""),
        (_("Written at"), _moment(told.trail_at)),
        (_("Recounted"), _moment(recount.started_at) if recount else ""),
        (_("Result"), verdict),
        (_("Hash of the last row"), _code(told.trail_hash or ""), True),
    ]


def _backups(found: Found, settings: Settings) -> list[tuple[object, ...]]:
    made = found.backup
    each = _("each night at 02:10") if settings.backup_folder else _("not set")
    if made is None:
        return [(_("Last one"), ""), (_("By the clock"), each)]
    return [
        (_("Last one"), _moment(made.taken_at)),
        (_("Read again and whole"), _moment(made.verified_at)),
        (_("Size"), bytes_words(made.size)),
        (_("Files"), f"{made.files:,}"),
        (_("By the clock"), each),
        (_("Name"), _code(made.name), True),
    ]


def _letters(told: Measures) -> list[tuple[object, ...]]:
    return [
        (_("Waiting"), told.waiting),
        (_("Oldest that waits"), _moment(told.oldest)),
        (_("Could not be delivered"), told.dead),
    ]


def _storage(found: Found) -> list[tuple[object, ...]]:
    told = found.measures
    return [
        (_("Database"), bytes_words(told.database_bytes)),
        (_("Attachments"), f"{bytes_words(told.file_bytes)} · {told.files:,}"),
        (_("Free on the disk of the attachments"), bytes_words(found.free)),
    ]


def _sessions(present: Present) -> list[tuple[object, ...]]:
    return [
        (_("Signed in within a day"), present.signed_in),
        (_("At work within a quarter of an hour"), present.at_work),
    ]


def _release(told: Measures) -> list[tuple[object, ...]]:
    return [
        (_("Version of the product"), release()),
        (_("Version of the tables"), told.revision),
        (_("Version of the tables that it needs"), revisions()[-1]),
    ]


def _job_lines(found: Found, jobs: tuple[Job, ...]) -> list[JobLine]:
    known = {job.name: job for job in jobs}
    lines = []
    for name in sorted({*known, *found.runs}):
        run, job = found.runs.get(name), known.get(name)
        following = job.next_after(run.started_at if run else None, now()) if job else None
        lines.append(
            JobLine(
                job_words(name),
                _moment(run.started_at) if run else "",
                run.done if run else None,
                (run.error or "") if run else "",
                _moment(following),
            )
        )
    return lines


def _alarms(found: Found, settings: Settings) -> Iterator[tuple[str, str]]:
    """Say what needs somebody's attention: (tone, sentence)."""
    told = found.measures
    recount = found.runs.get(RECOUNT)
    if recount is not None and recount.error:
        yield "bad", _("The trail was changed: %(error)s", error=recount.error)
    for run in found.runs.values():
        if run.error and run.name != RECOUNT:
            yield "warn", _("The job %(name)s failed: %(error)s", name=job_words(run.name), error=run.error)
    if told.dead:
        yield (
            "warn",
            ngettext("%(num)s letter could not be delivered.", "%(num)s letters could not be delivered.", told.dead),
        )
    if told.oldest is not None and now() - told.oldest > LATE_LETTER:
        yield "warn", _("Letters have waited for more than an hour. Does the mail server answer?")
    if found.free < LEAST_FREE:
        yield "bad", _("The disk of the attachments is nearly full: %(free)s left.", free=bytes_words(found.free))
    if told.revision != revisions()[-1]:
        yield "bad", _("The tables are not those of this release. Run: run.py migrate")
    yield from _backup_alarms(found.backup, settings)


def _backup_alarms(made: Backup | None, settings: Settings) -> Iterator[tuple[str, str]]:
    if made is None:
        if not settings.embedded:
            yield "warn", _("No backup has been made yet.")
    elif now() - made.taken_at > STALE_BACKUP:
        yield "warn", _("The last backup is older than a day and a half.")
    if made is not None and made.lost:
        yield (
            "bad",
            ngettext(
                "%(num)s attachment was lost before the last backup.",
                "%(num)s attachments were lost before the last backup.",
                made.lost,
            ),
        )
