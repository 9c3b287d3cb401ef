"""Where a person is signed in, as they see it themselves, and ending one of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from kernel.clock import now
from kernel.sessions import LONGEST, WEB_SESSION, door, hash_of

NAME_LENGTH = 16


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One living session as its person sees it; `name` is enough to end it, and opens nothing."""

    name: str
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str
    is_program: bool
    is_this: bool


def open_sessions_of(user_id: int, *, mine: str = "") -> list[OpenSession]:
    """List the living sessions of a person, the one with the token `mine` first, then the newest."""
    held = WEB_SESSION.c
    living = (held.user_id == user_id, held.ended_at.is_(None), held.stage == "open", held.created_at > now() - LONGEST)
    with door() as connection:
        rows = connection.execute(select(WEB_SESSION).where(*living).order_by(held.seen_at.desc())).all()
    found = [
        OpenSession(
            name=row.id[:NAME_LENGTH],
            created_at=row.created_at,
            seen_at=row.seen_at,
            address=row.address or "",
            agent=row.agent or "",
            is_program=row.is_program,
            is_this=row.id == hash_of(mine),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.is_this)


def end_session_named(user_id: int, name: str) -> bool:
    """End one session of a person by its name in their list; says whether there was one."""
    held = WEB_SESSION.c
    wanted = (held.user_id == user_id, held.ended_at.is_(None), func.left(held.id, NAME_LENGTH) == name)
    with door() as connection:
        return connection.execute(update(WEB_SESSION).where(*wanted).values(ended_at=now())).rowcount > 0
