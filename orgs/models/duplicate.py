"""Pairs of organizations that may be one and the same, and what pairs are found by."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.audit import Audience
from kernel.db import Choice, Fact, Record
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization
from orgs.states import DuplicateState, DuplicateStrength


class PossibleDuplicate(Record):
    """Two organizations with what speaks for their being one; the lower id comes first, so that a pair is kept once.

    `reasons` are pairs of a kind of evidence (orgs.likeness) and how much of it, in percent; no value of either
    organization stands in them. A pair said not to be the same is kept, and found again only by other evidence.
    """

    __tablename__ = "possible_duplicate"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="names_two_in_order"),
        CheckConstraint("score > 0", name="has_evidence"),
        CheckConstraint("num_nulls(decided_on, decided_by_id, reason) IN (0, 3)", name="decision_is_whole"),
        CheckConstraint("(state = 'dismissed') = (decided_on IS NOT NULL)", name="dismissal_is_decided"),
        Index("ix_possible_duplicate_second_id", "second_id"),
        Index("ix_possible_duplicate_state", "state", text("score DESC"), "id"),
    )

    audience = Audience.STAFF

    # Found by the machine and found again: it goes with an organization that an import takes back.
    first_id: Mapped[int] = mapped_column(ForeignKey(Organization.id, ondelete="CASCADE"))
    second_id: Mapped[int] = mapped_column(ForeignKey(Organization.id, ondelete="CASCADE"))
    state: Mapped[DuplicateState] = mapped_column(Choice(DuplicateState), default=DuplicateState.OPEN)
    strength: Mapped[DuplicateStrength] = mapped_column(Choice(DuplicateStrength))
    score: Mapped[int]
    reasons: Mapped[list[Any]]
    found_on: Mapped[date]
    reason: Mapped[str | None] = mapped_column(default=None)
    decided_on: Mapped[date | None] = mapped_column(default=None)
    decided_by_id: Mapped[int | None] = mapped_column(default=None)

    first: Mapped[Organization] = relationship(foreign_keys=[first_id], viewonly=True, lazy="raise_on_sql")
    second: Mapped[Organization] = relationship(foreign_keys=[second_id], viewonly=True, lazy="raise_on_sql")

    def __str__(self) -> str:
        return f"{self.first.name} · {self.second.name}"


class CompareKey(Fact):
    """One thing by which organizations are compared: a name without its place, its sound, a number in the code.

    Accounts and phones stand in it as keyed fingerprints (kernel.encryption), which nobody can read.
    """

    __tablename__ = "compare_key"
    __table_args__ = (
        Index("ix_compare_key_value", "kind", "value"),
        Index("ix_compare_key_organization_id", "organization_id"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey(Organization.id, ondelete="CASCADE"))
    kind: Mapped[str]
    value: Mapped[str]


class OrganizationToCompare(Fact):
    """An organization that changed in what it is compared by since it was compared last; triggers write it."""

    __tablename__ = "organization_to_compare"
    __table_args__ = (Index("ix_organization_to_compare_organization_id", "organization_id"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey(Organization.id, ondelete="CASCADE"))


@scope(PossibleDuplicate)
def visible_pairs(_reader: Reader) -> Rows:
    """Staff alone: a pair tells one organization of another."""
    return {ReaderKind.STAFF: true()}


@scope(CompareKey)
def visible_keys(_reader: Reader) -> Rows:
    return {ReaderKind.STAFF: true()}


@scope(OrganizationToCompare)
def visible_work(_reader: Reader) -> Rows:
    return {ReaderKind.STAFF: true()}
