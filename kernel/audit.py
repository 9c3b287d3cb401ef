"""The trail: who changed what, when and by which deed; append-only and chained by hashes.

Rows are gathered at each flush and written at the commit, in the same transaction. The number and the hash of a row
are drawn by a trigger inside a lock, so that the chain has no gap and no fork (migration 0001).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, event, insert, inspect, select, text, true
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from kernel.actor import Actor, ReaderKind
from kernel.clock import now
from kernel.db import Choice, Fact, Record, db
from kernel.scope import Reader, Rows, View, scope, whole
from kernel.words import Sentence


class Audience(StrEnum):
    """Who reads an event on the record's page; the auditor reads all."""

    PARTIES = "parties"
    STAFF = "staff"
    SEALED = "sealed"


class AuditEvent(Fact):
    """One change of one record by one deed: field → [old, new]; secrets are masked before they get here."""

    __tablename__ = "audit_event"
    __append_only__ = True
    __table_args__ = (
        Index("ix_audit_event_subject", "subject_kind", "subject_id"),
        Index("ix_audit_event_seq", "seq", unique=True),
        Index("ix_audit_event_organization", "organization_id", "seq"),
        Index(
            "ix_audit_event_principal", "principal_id", "actor_id", postgresql_where=text("principal_id IS NOT NULL")
        ),
    )

    seq: Mapped[int] = mapped_column(server_default="0")
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    actor_id: Mapped[int | None]
    principal: Mapped[str | None]
    principal_id: Mapped[int | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    organization_id: Mapped[int | None]
    audience: Mapped[Audience] = mapped_column(Choice(Audience), default=Audience.PARTIES)
    changes: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]
    previous_hash: Mapped[str] = mapped_column(server_default="")
    hash: Mapped[str] = mapped_column(server_default="")

    @property
    def who(self) -> str:
        """Name who did it, and for whom if it was done as a deputy."""
        if self.principal is None:
            return self.actor
        return Sentence("{deputy} for {principal} (deputy)", deputy=self.actor, principal=self.principal).render()


@scope(AuditEvent)
def visible_events(reader: Reader) -> Rows:
    shown = AuditEvent.__table__.c
    own = (shown.organization_id == reader.organization_id) & (shown.audience == Audience.PARTIES.value)
    return {
        ReaderKind.STAFF: true(),
        ReaderKind.KEEPER: true(),
        ReaderKind.ORG: own,
        ReaderKind.PANEL: shown.actor_id == reader.user_id,
    }


@dataclass(frozen=True, slots=True)
class Acting:
    """Whose deed the session carries out now, and its name: "application.submit"."""

    actor: Actor
    action: str
    as_deputy: bool = False

    @property
    def principal(self) -> dict[str, Any]:
        """Give for whom it is done: the one whose deputy the actor is, or nobody."""
        if not self.as_deputy:
            return {"principal": None, "principal_id": None}
        return {"principal": self.actor.principal, "principal_id": self.actor.principal_id}


@contextmanager
def acting(actor: Actor, action: str, *, as_deputy: bool = False) -> Iterator[None]:
    """Write down everything flushed inside as `actor` doing `action`; what follows of a deputy's deed is theirs too."""
    session = db.session()
    before: Acting | None = session.info.get("acting")
    follows = before is not None and before.as_deputy and before.actor.user_id == actor.user_id
    session.info["acting"] = Acting(actor, action, as_deputy or follows)
    try:
        yield
        session.flush()
    finally:
        session.info["acting"] = before


def masked(value: object) -> str:
    """Give what the trail keeps of a secret: its length class and its last two characters."""
    told = str(value)
    return MASK + told[-SHOWN:] if len(told) > 2 * SHOWN else MASK


NOBODY, CHANGE = Actor("unnamed"), "change"
MASK, SHOWN = "••••", 2
MOST_KEPT = 500
MASKED = {"audit": "masked"}
SEALED = {"audit": "sealed"}
UNWRITTEN = {"audit": "unwritten"}


def _plain(value: object) -> Any:
    match value:
        case None | bool() | int():
            return value
        case StrEnum():
            return value.value
        case str():
            return value if len(value) <= MOST_KEPT else value[:MOST_KEPT] + "…"
        case Decimal() | UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return f"{len(value)} bytes"
        case dict() | list():
            return value
        case _:
            return str(value)


def changes_of(record: Fact, *, is_new: bool = False) -> dict[str, list[Any]]:
    """Give field → [old, new] of what the flush wrote; masked and sealed columns do not show their values."""
    state = inspect(record)
    told: dict[str, list[Any]] = {}
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        rule = column.info.get("audit")
        if attribute.key in {"id", "version", "created_at"} or rule == "unwritten":
            continue
        history = state.attrs[attribute.key].history
        if not history.has_changes():
            continue
        pair = [history.deleted[0] if history.deleted else None, history.added[0] if history.added else None]
        if is_new and pair[1] is None:
            continue
        if rule == "masked":
            told[attribute.key] = [None if value is None else masked(value) for value in pair]
        elif rule == "sealed":
            told[attribute.key] = [None if value is None else "•" for value in pair]
        else:
            told[attribute.key] = [_plain(value) for value in pair]
    return told


@event.listens_for(Session, "after_flush")
def _gather(session: Session, _context: object) -> None:
    gathered: list[dict[str, Any]] = session.info.setdefault("audit", [])
    new = [(record, changes_of(record, is_new=True)) for record in session.new if isinstance(record, Record)]
    dirty = [(record, changes_of(record)) for record in session.dirty if isinstance(record, Record)]
    gone = [(record, {"deleted": [str(record), None]}) for record in session.deleted if isinstance(record, Record)]
    gathered.extend(_event(session, record, changes) for record, changes in (*new, *dirty, *gone) if changes)


def _by(session: Session) -> Acting:
    """Say who writes, and as which deed: the one that is carried out, or whoever opened the session's full sight."""
    acting_now: Acting | None = session.info.get("acting")
    if acting_now is not None:
        return acting_now
    view: View | None = session.info.get("view")
    return Acting(view.actor, view.reason or CHANGE) if view is not None else Acting(NOBODY, CHANGE)


def _event(session: Session, record: Fact, changes: dict[str, list[Any]], action: str | None = None) -> dict[str, Any]:
    by = _by(session)
    kind = type(record).__name__
    return {
        "at": now(),
        "actor": by.actor.name,
        "actor_id": by.actor.user_id,
        **by.principal,
        "action": action or by.action,
        "subject_kind": kind,
        "subject_id": record.id,
        "organization_id": getattr(record, "organization_id", None) if kind != "Organization" else record.id,
        "audience": getattr(record, "audience", Audience.PARTIES),
        "changes": changes,
        "request_id": session.info.get("request_id"),
    }


def note(action: str, record: Fact, *, actor: Actor, **told: Any) -> None:
    """Write an event without a change: a restricted file was opened, an export was made, a sign-in failed."""
    session = db.session()
    row = _event(session, record, {name: [None, _plain(value)] for name, value in told.items()}, action)
    session.info.setdefault("audit", []).append(row | {"actor": actor.name, "actor_id": actor.user_id})


def note_event(
    kind: str, *, actor: Actor, action: str | None = None, subject_id: int | None = None, **told: Any
) -> None:
    """Write an event that is no change of one record: a bulk load (one for the batch), a sign-in, a lock-out.

    It is told as the deed that is carried out now, and for whom a deputy does it; `action` names another.
    """
    session = db.session()
    by = _by(session)
    row = {
        "at": now(),
        "actor": actor.name,
        "actor_id": actor.user_id,
        **by.principal,
        "action": action or by.action,
        "subject_kind": kind,
        "subject_id": subject_id,
        "organization_id": None,
        "audience": Audience.STAFF,
        "changes": {name: [None, _plain(value)] for name, value in told.items()},
        "request_id": session.info.get("request_id"),
    }
    session.info.setdefault("audit", []).append(row)


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    write_gathered(session)


def write_gathered(session: Session) -> None:
    """Write the gathered events now: the last statements of a transaction, since they hold the chain's lock."""
    gathered = session.info.pop("audit", None)
    session.info.pop("audit_marks", None)
    if not gathered:
        return
    with whole(Actor.system("audit"), "audit"):
        session.connection().execute(insert(AuditEvent), gathered)


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault("audit_marks", {})[transaction] = len(session.info.get("audit", ()))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    if previous.nested:
        mark = session.info.get("audit_marks", {}).pop(previous, None)
    else:
        # A flush that failed inside a savepoint comes by here as well: it takes nothing back but with that savepoint.
        mark = 0 if previous.parent is None else None
    if mark is not None and "audit" in session.info:
        del session.info["audit"][mark:]


def history_of(record: Fact, *, limit: int = 50) -> Sequence[AuditEvent]:
    """Give what the reader may see of a record's history, newest first."""
    return db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == type(record).__name__, AuditEvent.subject_id == record.id)
        .order_by(AuditEvent.seq.desc())
        .limit(limit),
    ).all()


def had_a_hand_in(record: Fact, user_id: int | None) -> bool:
    """Say whether a person has done a deed on this record in a duty of their own, not as a deputy."""
    kind = type(record).__name__
    wanted = select(AuditEvent.id).where(
        AuditEvent.subject_kind == kind,
        AuditEvent.subject_id == record.id,
        AuditEvent.actor_id == user_id,
        AuditEvent.principal_id.is_(None),
        AuditEvent.changes != {},
    )
    return db.session.scalar(wanted.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found: how many rows, the head of the chain, and the numbers of rows that do not fit."""

    rows: int
    head: str
    broken: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        return not self.broken


def verify() -> Verdict:
    """Recount the whole chain and name every row whose hash, number or predecessor does not fit."""
    with whole(Actor.system("verify-audit"), "verify"):
        # The whole trail takes longer than a page may.
        db.session.execute(text("SET LOCAL statement_timeout = '30min'"))
        found = db.session.execute(text(_BROKEN)).mappings().all()
        head = db.session.execute(text("SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1")).first()
    return Verdict(head.seq if head else 0, head.hash if head else "", tuple(row["seq"] for row in found))


_BROKEN = """
SELECT seq FROM (
    SELECT seq, hash, previous_hash,
           row_number() OVER w AS place,
           coalesce(lag(hash) OVER w, '') AS before,
           encode(sha256(convert_to(audit_payload(audit_event), 'UTF8')), 'hex') AS counted
    FROM audit_event WINDOW w AS (ORDER BY seq)
) AS chain
WHERE place <> seq OR previous_hash <> before OR hash <> counted
ORDER BY seq
"""
