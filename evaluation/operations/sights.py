"""Opening and closing the sight of a record for one person."""

from __future__ import annotations

from sqlalchemy import select

from kernel.clock import at, now, today
from kernel.db import db
from kernel.scope import Sight


def open_sight(user_id: int, kind: str, record_id: int) -> None:
    """Let a person see a record from today on; for deeds."""
    sight = _sight(user_id, kind, record_id)
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
