"""A notice that the Centre sent to several organizations at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, cast, true
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.db import Fact
from kernel.scope import Reader, Rows, scope


class Circular(Fact):
    """What was said to which organizations; `people` are those who were told, each in their inbox."""

    __tablename__ = "circular"
    __append_only__ = True
    __table_args__ = (
        CheckConstraint("btrim(headline) <> '' AND btrim(text) <> ''", name="says_something"),
        CheckConstraint("cardinality(organization_ids) > 0", name="goes_to_somebody"),
        CheckConstraint("people >= 0", name="counts_people_from_zero"),
        Index("ix_circular_organization_ids", "organization_ids", postgresql_using="gin"),
    )

    headline: Mapped[str]
    text: Mapped[str]
    organization_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    people: Mapped[int]
    sent_by_id: Mapped[int | None]

    def __str__(self) -> str:
        return self.headline


@scope(Circular)
def visible_circulars(reader: Reader) -> Rows:
    own: Any = cast(array([reader.organization_id]), ARRAY(BigInteger))
    to_own = Circular.__table__.c.organization_ids.contains(own)
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: to_own}
