"""A deputy of the demo's director: the summer's, long over, so that nobody holds more than their own duty today."""

from __future__ import annotations

from datetime import timedelta

from kernel.clock import at
from kernel.demo import Stage
from kernel.deputies import Deputy


def load_deputies(stage: Stage) -> None:
    """Write one that ended by its day and one that the director ended early."""
    told = (
        (120, 11, "赴外省学习交流", None),
        (40, 6, "年休假", 3),
    )
    rows = []
    for ago, days, reason, ended_after in told:
        first = stage.as_of - timedelta(days=ago)
        rows.append(
            {
                "principal_id": stage.people["director"],
                "deputy_id": stage.people["officer"],
                "role": "director",
                "from_day": first,
                "to_day": first + timedelta(days=days),
                "reason": reason,
                "ended_at": at(first + timedelta(days=ended_after), 9) if ended_after else None,
                "ended_by_id": stage.people["director"] if ended_after else None,
                "created_at": at(first - timedelta(days=2), 10),
            }
        )
    stage.load(Deputy, rows)
