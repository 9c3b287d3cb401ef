"""By what is judged: indicator sets, kept in editions that never change once they are used."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from evaluation.scoring import IndicatorSet
from kernel.actor import ReaderKind
from kernel.audit import Audience
from kernel.db import Record
from kernel.scope import Reader, Rows, scope


class IndicatorSetRecord(Record):
    """One edition of an indicator set: its whole tree as it is read by `IndicatorSet.load`.

    From `used_at` on a trigger of the database refuses every change but none; a change is a new edition.
    """

    __tablename__ = "indicator_set"
    __table_args__ = (
        UniqueConstraint("code", "edition"),
        CheckConstraint("edition > 0", name="edition_from_one"),
        CheckConstraint("pass_mark IS NULL OR (pass_mark >= 0 AND pass_mark <= total)", name="pass_mark_within_total"),
        CheckConstraint("total > 0", name="total_positive"),
    )

    audience = Audience.STAFF

    code: Mapped[str]
    edition: Mapped[int] = mapped_column(default=1)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    total: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    pass_mark: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    source: Mapped[str] = mapped_column(default="")
    tree: Mapped[dict[str, Any]]
    used_at: Mapped[datetime | None] = mapped_column(default=None)

    @cached_property
    def sheet(self) -> IndicatorSet:
        """The set as the arithmetic knows it."""
        return IndicatorSet.load(self.tree)

    def __str__(self) -> str:
        return self.name


@scope(IndicatorSetRecord)
def visible_sets(_reader: Reader) -> Rows:
    """By what is judged is no secret to those who judge, are judged, or look on."""
    return {kind: true() for kind in (ReaderKind.STAFF, ReaderKind.PANEL, ReaderKind.ORG)}
