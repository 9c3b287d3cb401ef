"""Writes that are asked for twice and done once: the answer to a key is kept in the transaction of its deed.

A row says that its deed is committed. So a program whose answer was lost asks again with the same key and gets the
answer that it missed; two at once are one, since the second waits for the first at the unique index. What was refused
is rolled back with its row, and may be tried again under the same key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import UniqueConstraint, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from kernel.actor import Actor
from kernel.clock import now
from kernel.db import Fact, db
from kernel.errors import Invalid
from kernel.scope import Reader, Rows, scope, whole
from kernel.words import Sentence

KEPT_FOR = timedelta(days=7)
LONGEST_KEY = 200


class KeptAnswer(Fact):
    """What a write was answered: by whose key, to which request (its SHA-256), with which status, body and address."""

    __tablename__ = "kept_answer"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    user_id: Mapped[int]
    key: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[str | None]
    location: Mapped[str | None]


@scope(KeptAnswer)
def visible_answers(_reader: Reader) -> Rows:
    """Nobody reads them: the door gives each to its own key alone."""
    return {}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer to a write: status, body as it is sent, the address of what was made, and whether it is a repeated one."""

    status: int
    body: str
    location: str | None = None
    is_repeated: bool = False


def once(actor: Actor, key: str, request: str, carry_out: Callable[[], Told]) -> Told:
    """Carry out a write under a key, or give the answer that this key has got already; inside a transaction.

    Raises Invalid when the key was used for another request.
    """
    asked = hashlib.sha256(request.encode()).hexdigest()
    claim = insert(KeptAnswer).values(user_id=actor.user_id, key=key, request_hash=asked, created_at=now())
    with whole(actor, "keep answer"):
        mine = db.session.scalar(claim.on_conflict_do_nothing().returning(KeptAnswer.id))
        if mine is None:
            return _kept(actor, key, asked)
    told = carry_out()
    with whole(actor, "keep answer"):
        kept = {"status": told.status, "body": told.body, "location": told.location}
        db.session.execute(update(KeptAnswer).where(KeptAnswer.id == mine).values(**kept))
    return told


def _kept(actor: Actor, key: str, asked: str) -> Told:
    wanted = select(KeptAnswer).where(KeptAnswer.user_id == actor.user_id, KeptAnswer.key == key)
    kept = db.session.scalars(wanted).one()
    if kept.request_hash != asked:
        other = Sentence("This key was used for another request. Each write has a key of its own.")
        raise Invalid({"Idempotency-Key": [other]})
    return Told(kept.status or 0, kept.body or "", kept.location, is_repeated=True)


def request_told(method: str, path: str, body: Any) -> str:
    """Write a request in the one way that makes two of the same meaning the same."""
    return f"{method} {path}\n{json.dumps(body, sort_keys=True, default=str)}"


def forget_answers(actor: Actor) -> int:
    """Forget kept answers after a week: no program waits that long for its answer."""
    with whole(actor, "KeptAnswer.forget"):
        gone = db.session.connection().execute(delete(KeptAnswer).where(KeptAnswer.created_at < now() - KEPT_FOR))
    return int(gone.rowcount)
