"""The names that an organization left, with the days and the reason, as far as they are known."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.db import Fact
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization


class NameChange(Fact):
    """From a day on an organization goes by another name; `source` says where it is written down."""

    __tablename__ = "name_change"
    __table_args__ = (
        CheckConstraint("was <> name", name="changes_the_name"),
        Index("ix_name_change_organization_id", "organization_id", "since"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey(Organization.id))
    since: Mapped[date]
    was: Mapped[str]
    name: Mapped[str]
    reason: Mapped[str | None]
    source: Mapped[str | None]


@scope(NameChange)
def visible_name_changes(reader: Reader) -> Rows:
    own = NameChange.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
