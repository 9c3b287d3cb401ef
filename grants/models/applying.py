"""Beside an application: what the Centre asks to correct, part by part, and who of the organization is writing now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from grants.models.applications import Application
from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN
from kernel.db import Fact, Record
from kernel.scope import Reader, Rows, like_parent, scope


class CorrectionPoint(Fact):
    """What the officer wrote about one part of the form in the round of corrections.

    `version_number` is the version that it speaks of; `section_version` how often that part had been saved by then: a
    higher one since says that it was changed. Whose it is follows from the application: a row that is never rewritten
    names no organization, which a merge would leave behind.
    """

    __tablename__ = "correction_point"
    __append_only__ = True
    __table_args__ = (
        UniqueConstraint("application_id", "section"),
        CheckConstraint("btrim(comment) <> ''", name="says_something"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    section: Mapped[str]
    comment: Mapped[str]
    section_version: Mapped[int]
    version_number: Mapped[int]
    author: Mapped[str]


class ApplicationPresence(Record):
    """One person of the organization who has a part of the form open; a row lives for minutes and is in no trail."""

    __tablename__ = "application_presence"
    __table_args__ = (
        UniqueConstraint("application_id", "user_id"),
        Index("ix_application_presence_seen_at", "seen_at"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    organization_id: Mapped[int]
    user_id: Mapped[int]
    name: Mapped[str] = mapped_column(info=UNWRITTEN)
    section: Mapped[str] = mapped_column(info=UNWRITTEN)
    seen_at: Mapped[datetime] = mapped_column(info=UNWRITTEN)


@scope(CorrectionPoint)
def visible_points(reader: Reader) -> Rows:
    return like_parent(CorrectionPoint.__table__.c.application_id, Application, reader)


@scope(ApplicationPresence)
def visible_presence(reader: Reader) -> Rows:
    """The organization alone: who of it is at work concerns nobody else."""
    own = ApplicationPresence.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.ORG: own}
