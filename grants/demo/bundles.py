"""Two archives of applications: one that waits to be made, one that was kept for its week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from grants.demo.applying import Wish
from grants.models import Bundle
from grants.states import BundleState
from kernel.demo import Stage

MOST = 12


def load_bundles(stage: Stage, wishes: Sequence[Wish]) -> None:
    """Ask for the first applications of the newest call; an earlier archive of others is gone again."""
    handed_in = [wish.id for wish in wishes if wish.is_handed_in]
    rows = [
        {
            "application_ids": handed_in[:MOST],
            "state": BundleState.FORGOTTEN,
            "done": len(handed_in[:MOST]),
            "asked_by_id": stage.people["director"],
            "made_at": stage.moment(stage.as_of - timedelta(days=20)),
            "file_id": None,
        },
        {
            "application_ids": handed_in[-MOST:],
            "state": BundleState.WAITING,
            "done": 0,
            "asked_by_id": stage.people["officer"],
            "made_at": None,
            "file_id": None,
        },
    ]
    stage.load(Bundle, rows)
