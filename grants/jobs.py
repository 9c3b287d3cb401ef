"""What calls, public notices and submitted texts do by the clock."""

from __future__ import annotations

import logging

from grants.operations.bundles import forget_bundles, make_bundles
from grants.operations.calls import open_and_close_calls
from grants.operations.likeness import compare_application
from grants.operations.public_notices import close_notices_over
from grants.queries.likeness import waiting_to_be_compared
from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import Job
from kernel.scope import whole

log = logging.getLogger("yulan.likeness")

AT_A_TIME = 100
"""So few that a process which is asked to stop does so within seconds; the others follow in the next run."""

OPEN_AND_CLOSE_CALLS = Job(
    name="open-and-close-calls", run=lambda actor: open_and_close_calls(actor=actor), every_seconds=60
)
CLOSE_NOTICES = Job(name="close-notices", run=close_notices_over, cron="10 0 * * *")
MAKE_BUNDLES = Job("make-bundles", make_bundles, every_seconds=3)
FORGET_BUNDLES = Job("forget-bundles", forget_bundles, cron="20 3 * * *")


def compare_texts(actor: Actor) -> int:
    """Compare what was handed in and not compared yet, each in its own transaction; gives how many.

    One that breaks the work is left for the next run: the others do not wait behind it.
    """
    with transaction(), whole(actor, "Likeness.next"):
        waiting = list(waiting_to_be_compared(AT_A_TIME))
    done = 0
    for pk in waiting:
        try:
            with transaction():
                compare_application(pk, actor=actor)
            done += 1
        except Exception:
            log.exception("application %s could not be compared", pk)
    return done


COMPARE_TEXTS = Job(name="compare-texts", run=compare_texts, every_seconds=30)
