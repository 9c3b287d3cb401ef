"""Small tables that organizations refer to: the districts of today and the fields in which they serve."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint, true
from sqlalchemy.orm import Mapped

from kernel.actor import ReaderKind
from kernel.db import Record
from kernel.scope import Reader, Rows, scope

EVERYBODY = (ReaderKind.PUBLIC, ReaderKind.ORG, ReaderKind.PANEL, ReaderKind.STAFF)


class District(Record):
    """A district of today, by its GB/T 2260 code; `note` is the code of one merged into it, which lives on in credit codes."""

    __tablename__ = "district"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str]
    name: Mapped[str]
    note: Mapped[str | None]

    def __str__(self) -> str:
        return self.name


class ServiceField(Record):
    """A field in which organizations serve."""

    __tablename__ = "service_field"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str]
    name: Mapped[str]
    position: Mapped[int]

    def __str__(self) -> str:
        return self.name


@scope(District)
def visible_districts(_reader: Reader) -> Rows:
    return {kind: true() for kind in EVERYBODY}


@scope(ServiceField)
def visible_service_fields(_reader: Reader) -> Rows:
    return {kind: true() for kind in EVERYBODY}
