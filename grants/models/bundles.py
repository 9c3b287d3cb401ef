"""Applications that are taken out together: what was asked for, and how far the archive is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.states import BundleState
from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN, Audience
from kernel.db import Choice, Record
from kernel.files import StoredFile
from kernel.scope import Reader, Rows, scope


class Bundle(Record):
    """One archive of submitted applications, made by the jobs and kept for a few days; who asked stands in the trail.

    `done` counts the applications that are in it while it is being made; `problem` is a stored sentence.
    """

    __tablename__ = "bundle"
    __table_args__ = (
        CheckConstraint("cardinality(application_ids) > 0", name="holds_something"),
        CheckConstraint("done BETWEEN 0 AND cardinality(application_ids)", name="counts_its_applications"),
        CheckConstraint("(state = 'made') = (file_id IS NOT NULL)", name="has_its_file_if_made"),
        CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name="says_why_if_failed"),
        Index("ix_bundle_state", "state", "id"),
    )

    audience = Audience.STAFF

    application_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    state: Mapped[BundleState] = mapped_column(Choice(BundleState), default=BundleState.WAITING)
    done: Mapped[int] = mapped_column(default=0, info=UNWRITTEN)
    asked_by_id: Mapped[int | None]
    made_at: Mapped[datetime | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    file: Mapped[StoredFile | None] = relationship()

    @property
    def total(self) -> int:
        return len(self.application_ids)

    def __str__(self) -> str:
        return str(self.id)


@scope(Bundle)
def visible_bundles(_reader: Reader) -> Rows:
    """Staff alone: an archive holds what many organizations have handed in."""
    return {ReaderKind.STAFF: true()}
