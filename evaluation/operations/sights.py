"""Opening and closing the sight of a record for one person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, tuple_

from kernel.clock import at, now, today
from kernel.db import db
from kernel.scope import Sight


def open_sights(kind: str, pairs: Sequence[tuple[int, int]]) -> None:
    """Let people see records of a kind from today on, as pairs of user and record; for deeds."""
    wanted = select(Sight).where(Sight.kind == kind, tuple_(Sight.user_id, Sight.record_id).in_(pairs))
    known = {(sight.user_id, sight.record_id): sight for sight in db.session.scalars(wanted)}
    for user_id, record_id in pairs:
        sight = known.get((user_id, record_id))
        if sight is None:
            sight = Sight(user_id=user_id, kind=kind, record_id=record_id, opens_at=at(today()))
            db.session.add(sight)
        sight.closes_at = None


def close_sight(user_id: int | None, kind: str, record_id: int) -> None:
    """Let a person see a record no longer; for deeds."""
    sight = None if user_id is None else _sight(user_id, kind, record_id)
    if sight is not None and sight.closes_at is None:
        sight.closes_at = now()


def _sight(user_id: int, kind: str, record_id: int) -> Sight | None:
    wanted = select(Sight).where(Sight.user_id == user_id, Sight.kind == kind, Sight.record_id == record_id)
    return db.session.scalars(wanted).first()
