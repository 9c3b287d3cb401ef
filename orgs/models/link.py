"""What links two organizations that are not one: written down by a person, with where it is known from."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.audit import Audience
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization
from orgs.states import LinkKind


class OrganizationLink(Record):
    """One link, from the first to the second (the parent, the founder), as long as it has no last day."""

    __tablename__ = "organization_link"
    __table_args__ = (
        CheckConstraint("first_id <> second_id", name="names_two"),
        CheckConstraint("btrim(source) <> ''", name="names_its_source"),
        CheckConstraint("num_nulls(ended_on, ended_by_id, end_reason) IN (0, 3)", name="end_is_whole"),
        Index(
            "uq_organization_link_open",
            text("least(first_id, second_id)"),
            text("greatest(first_id, second_id)"),
            "kind",
            unique=True,
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_organization_link_first_id", "first_id"),
        Index("ix_organization_link_second_id", "second_id"),
    )

    audience = Audience.STAFF

    first_id: Mapped[int] = mapped_column(ForeignKey(Organization.id))
    second_id: Mapped[int] = mapped_column(ForeignKey(Organization.id))
    kind: Mapped[LinkKind] = mapped_column(Choice(LinkKind))
    source: Mapped[str]
    note: Mapped[str | None]
    recorded_on: Mapped[date]
    recorded_by_id: Mapped[int]
    ended_on: Mapped[date | None]
    ended_by_id: Mapped[int | None]
    end_reason: Mapped[str | None]

    def __str__(self) -> str:
        return self.kind.value


@scope(OrganizationLink)
def visible_links(_reader: Reader) -> Rows:
    """Staff alone: a link tells one organization of another."""
    return {ReaderKind.STAFF: true()}
