"""What stands against an organization on public record."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.states import CreditKind


class CreditEntry(Record):
    """A listing or a penalty: from when, until when (open while empty), and where it was published."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        CheckConstraint("removed_on >= listed_on", name="ends_after_it_begins"),
        CheckConstraint("btrim(source) <> ''", name="names_its_source"),
        Index("ix_credit_entry_organization_id", "organization_id", "kind"),
        Index("uq_credit_entry_listing", "organization_id", "kind", "listed_on", "source", unique=True),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[CreditKind] = mapped_column(Choice(CreditKind))
    listed_on: Mapped[date]
    removed_on: Mapped[date | None]
    source: Mapped[str]
    reason: Mapped[str | None]

    def __str__(self) -> str:
        return f"{self.kind.value} {self.listed_on}"


@scope(CreditEntry)
def visible_credit_entries(reader: Reader) -> Rows:
    own = CreditEntry.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
