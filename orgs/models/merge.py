"""Two files of one organization made into one: proposed, approved by another person, and kept for good."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN, Audience
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization
from orgs.states import MergeState


class OrganizationMerge(Record):
    """One organization survives, the other's row goes once all that hung on it has been brought over.

    `merged_id`, name and code are of the one that goes: its old addresses are led on by them. `taken` names the
    fields and clashes in which the other's side counts, `clashes` those that were there when it was proposed. `was`
    is the other's file as it was, `aside` the records that clashed and were not kept, `moved` how many of what kind
    were brought over; all three are written by the approval.
    """

    __tablename__ = "organization_merge"
    __table_args__ = (
        CheckConstraint("survivor_id <> merged_id", name="names_two"),
        CheckConstraint("btrim(reason) <> ''", name="says_why"),
        CheckConstraint("num_nulls(decided_on, decided_by_id) IN (0, 2)", name="decided_by_somebody"),
        CheckConstraint("(state IN ('merged', 'refused')) = (decided_on IS NOT NULL)", name="decision_has_its_day"),
        CheckConstraint("state <> 'refused' OR btrim(answer) <> ''", name="refusal_says_why"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="is_decided_by_another"),
        CheckConstraint("(state = 'merged') = (was IS NOT NULL)", name="keeps_what_was"),
        Index(
            "uq_organization_merge_open",
            text("least(survivor_id, merged_id)"),
            text("greatest(survivor_id, merged_id)"),
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("uq_organization_merge_merged_id", "merged_id", unique=True, postgresql_where=text("state = 'merged'")),
        Index("ix_organization_merge_survivor_id", "survivor_id"),
        Index("ix_organization_merge_state", "state", "id"),
    )

    audience = Audience.STAFF

    survivor_id: Mapped[int] = mapped_column(ForeignKey(Organization.id))
    merged_id: Mapped[int]
    merged_name: Mapped[str]
    merged_code: Mapped[str]
    state: Mapped[MergeState] = mapped_column(Choice(MergeState), default=MergeState.PROPOSED)
    reason: Mapped[str]
    taken: Mapped[list[Any]]
    clashes: Mapped[list[Any]] = mapped_column(info=UNWRITTEN)
    proposed_by_id: Mapped[int]
    proposed_on: Mapped[date]
    decided_on: Mapped[date | None]
    decided_by_id: Mapped[int | None]
    answer: Mapped[str | None]
    was: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=UNWRITTEN, deferred=True)
    aside: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", info=UNWRITTEN)
    moved: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    survivor: Mapped[Organization] = relationship(viewonly=True, lazy="raise_on_sql")

    def __str__(self) -> str:
        return self.merged_name


@scope(OrganizationMerge)
def visible_merges(_reader: Reader) -> Rows:
    """Staff alone, as the pairs that it comes from."""
    return {ReaderKind.STAFF: true()}
