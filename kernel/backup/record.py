"""The record of each backup that was made and read again: what the administrators see of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, select, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import Actor, ReaderKind
from kernel.audit import note_event
from kernel.backup.making import Made
from kernel.clock import now
from kernel.db import Fact, db
from kernel.scope import Reader, Rows, scope, whole


class Backup(Fact):
    """One backup: its name, when its moment was, and that the archive was read through after it was written."""

    __tablename__ = "backup"
    __append_only__ = True
    __table_args__ = (Index("ix_backup_taken_at", "taken_at"),)

    name: Mapped[str]
    taken_at: Mapped[datetime]
    verified_at: Mapped[datetime] = mapped_column(default=now)
    size: Mapped[int]
    rows: Mapped[int]
    files: Mapped[int]
    lost: Mapped[int]
    revision: Mapped[str]
    trail_number: Mapped[int]
    trail_hash: Mapped[str]


@scope(Backup)
def visible_backups(_reader: Reader) -> Rows:
    return {ReaderKind.KEEPER: true()}


def keep_in_mind(made: Made, *, actor: Actor) -> Backup:
    """Write a backup down, and into the trail: a copy of everything was made."""
    told = made.manifest
    record = Backup(
        name=made.path.name,
        taken_at=told.taken_at,
        size=made.size,
        rows=told.rows,
        files=told.files,
        lost=len(told.lost),
        revision=told.revision,
        trail_number=told.trail_number,
        trail_hash=told.trail_hash,
    )
    with whole(actor, "Backup.make") as session:
        session.add(record)
        session.flush()
        note_event(
            "Backup", actor=actor, action="backup.make", subject_id=record.id, name=record.name, size=record.size
        )
    return record


def newest_backup() -> Backup | None:
    """Give the newest backup in the reader's sight."""
    return db.session.scalars(select(Backup).order_by(Backup.taken_at.desc(), Backup.id.desc()).limit(1)).first()
