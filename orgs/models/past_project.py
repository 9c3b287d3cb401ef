"""Projects of past years, from before this register: history, never part of the ledger."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization
from orgs.states import Grade

FIRST_YEAR = 2014


class PastProject(Record):
    """A project that an organization carried out in a past year: `amount` in yuan, and where that is written down."""

    __tablename__ = "past_project"
    __table_args__ = (
        UniqueConstraint("organization_id", "year", "name"),
        CheckConstraint(f"year BETWEEN {FIRST_YEAR} AND 2200", name="year_is_of_the_programme"),
        CheckConstraint("amount >= 0", name="amount_is_not_negative"),
        CheckConstraint("btrim(name) <> ''", name="has_a_name"),
        CheckConstraint("btrim(source) <> ''", name="names_its_source"),
        Index("ix_past_project_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    year: Mapped[int]
    amount: Mapped[Decimal]
    grade: Mapped[Grade | None] = mapped_column(Choice(Grade))
    source: Mapped[str]
    organization: Mapped[Organization] = relationship()

    def __str__(self) -> str:
        return self.name


@scope(PastProject)
def visible_past_projects(reader: Reader) -> Rows:
    own = PastProject.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
