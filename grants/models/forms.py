"""The form that a call asks besides the built-in parts: as it is being built, and its frozen versions."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.calls import Call
from grants.questions import Definition, definition_of
from kernel.actor import ReaderKind
from kernel.db import Fact, Record
from kernel.scope import Reader, Rows, like_parent, scope


class CallForm(Record):
    """The form of a call as staff build it; nobody fills in this one.

    `change_reason` and `proposed_by_id` stand while a change of a published form waits for the director.
    """

    __tablename__ = "call_form"
    __table_args__ = (
        UniqueConstraint("call_id"),
        CheckConstraint(
            "(change_reason IS NULL) = (proposed_by_id IS NULL) AND change_reason <> ''", name="reason_if_proposed"
        ),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    definition: Mapped[dict[str, Any]] = mapped_column(default=dict)
    change_reason: Mapped[str | None]
    proposed_by_id: Mapped[int | None]
    call: Mapped[Call] = relationship()

    @property
    def form(self) -> Definition:
        """The definition as it stands now; it is replaced, never changed in place."""
        return definition_of(self.definition)


class FormVersion(Fact):
    """One edition of a call's form: frozen with its SHA-256, and kept by every application that is handed in on it.

    `reason` says why a published form was changed; the first edition has none.
    """

    __tablename__ = "form_version"
    __append_only__ = True
    __table_args__ = (
        UniqueConstraint("call_id", "number"),
        UniqueConstraint("id", "call_id"),
        CheckConstraint("number > 0", name="number_from_one"),
        CheckConstraint("(number = 1) = (reason = '')", name="reason_if_changed"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="hash_complete"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    published_by_id: Mapped[int | None]

    @cached_property
    def form(self) -> Definition:
        """The frozen definition."""
        return definition_of(self.definition)


@scope(CallForm)
def visible_call_forms(_reader: Reader) -> Rows:
    """Staff alone: what is being built is nobody else's matter."""
    return {ReaderKind.STAFF: true()}


@scope(FormVersion)
def visible_form_versions(reader: Reader) -> Rows:
    return like_parent(FormVersion.__table__.c.call_id, Call, reader)
