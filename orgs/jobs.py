"""What runs by the clock."""

from __future__ import annotations

import logging

from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import Refused
from kernel.files import current_storage
from kernel.jobs import Job
from kernel.scope import whole
from kernel.words import Sentence
from orgs import queries
from orgs.models import ImportRun
from orgs.operations import (
    RegisterChanged,
    check_lines,
    compare_organizations,
    expire_listings,
    expire_ratings,
    forget_requests,
    give_back_with,
    lapse_requests,
    recheck_import,
    take_lines,
)
from orgs.schemas import lines_of, open_list, reads_again
from orgs.states import ImportState

log = logging.getLogger("yulan.imports")

EXPIRE_RATINGS = Job("expire-ratings", expire_ratings, cron="10 0 * * *")


def work_on_imports(actor: Actor) -> int:
    """Check and take in what waits, one list after another; gives how many lists were worked on.

    Only the clock's process does this, one at a time: of two lists the second waits. Each is one transaction.
    """
    worked = 0
    while True:
        with transaction(), whole(actor, "ImportRun.next"):
            run = queries.next_import()
        if run is None:
            return worked
        worked += 1
        try:
            with transaction():
                _work_on(run, actor)
        except RegisterChanged:
            with transaction():
                recheck_import(run, actor=actor)
        except Refused as refused:
            with transaction():
                give_back_with(run, refused.reasons[0], actor=actor)
        except Exception:
            # A list that breaks the work is given back: the next ones wait behind it.
            log.exception("import %s failed", run.id)
            told = Sentence(
                "Something went wrong on our side while this list was worked on; nothing of it was taken in."
            )
            with transaction():
                give_back_with(run, told, actor=actor)


def _work_on(run: ImportRun, actor: Actor) -> None:
    if run.state is ImportState.TAKING:
        take_lines(run, reads_again(run), actor=actor)
        return
    with whole(actor, "ImportRun.read"):
        file, known = queries.file_of_import(run), queries.known_headings(run.kind)
    with current_storage().open(file.sha256) as stream:
        table = open_list(stream.read(), run.filename, run.kind, known).table
    check_lines(run, lines_of(run, table), len(table.rows), actor=actor)


WORK_ON_IMPORTS = Job("work-on-imports", work_on_imports, every_seconds=3)
EXPIRE_LISTINGS = Job("expire-listings", expire_listings, cron="15 0 * * *")
LAPSE_REQUESTS = Job("lapse-requests", lapse_requests, cron="20 0 * * *")
FORGET_REQUESTS = Job("forget-requests", forget_requests, cron="15 3 * * *")
FIND_DUPLICATES = Job("find-duplicates", compare_organizations, every_seconds=60)
