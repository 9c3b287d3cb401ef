"""Who may see which record: open while a sheet is in hand, closed once it is handed in."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kernel.clock import at
from kernel.demo import Stage
from kernel.scope import Sight


class Sights:
    """The sights of all panels, gathered; one that is open anywhere stays open."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._told: dict[tuple[int, str, int], tuple[datetime, datetime | None]] = {}

    def open(self, user_id: int, kind: str, record_id: int, *, since: date) -> None:
        """Let a person see a record from a day on."""
        self._told[user_id, kind, record_id] = (at(since), None)

    def close(self, user_id: int, kind: str, record_id: int, *, since: date, until: date) -> None:
        """Note that a person saw a record between two days."""
        before = self._told.get((user_id, kind, record_id))
        if before is None or before[1] is not None:
            self._told[user_id, kind, record_id] = (at(since), at(max(until, since + timedelta(days=1)), 7))

    def write(self) -> None:
        rows = [
            {"user_id": user, "kind": kind, "record_id": pk, "opens_at": opens, "closes_at": closes}
            for (user, kind, pk), (opens, closes) in self._told.items()
        ]
        self.stage.load(Sight, rows)
