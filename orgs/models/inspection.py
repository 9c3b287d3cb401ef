"""The annual inspections of an organization."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.states import InspectionResult


class Inspection(Record):
    """What the inspection of one year found; last year's often has no conclusion yet in winter."""

    __tablename__ = "inspection"
    __table_args__ = (
        UniqueConstraint("organization_id", "year"),
        CheckConstraint("year BETWEEN 1989 AND 2200", name="year_is_one_of_inspections"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    year: Mapped[int]
    result: Mapped[InspectionResult] = mapped_column(Choice(InspectionResult))
    concluded_on: Mapped[date | None]

    def __str__(self) -> str:
        return str(self.year)


@scope(Inspection)
def visible_inspections(reader: Reader) -> Rows:
    own = Inspection.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
