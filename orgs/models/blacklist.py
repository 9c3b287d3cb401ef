"""The Centre's own list of organizations that it does not work with for a time."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.audit import Audience
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization
from orgs.states import BlacklistState

LONGEST = 36


class BlacklistEntry(Record):
    """One listing from its proposal to its end: who said what, and on which days it counts.

    `ends_on` is the last day of its term; `ended_on` the last day on which it counted where it was taken back earlier.
    """

    __tablename__ = "blacklist_entry"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(f"months BETWEEN 1 AND {LONGEST}", name="lasts_one_to_36_months"),
        CheckConstraint("btrim(reason) <> ''", name="says_why"),
        CheckConstraint("(notified_on IS NULL) = (defence_due_on IS NULL)", name="gives_time_for_a_defence"),
        CheckConstraint("state NOT IN ('defence', 'in_force') OR notified_on IS NOT NULL", name="is_told_before"),
        CheckConstraint("(defence IS NULL) = (defended_on IS NULL)", name="defence_has_its_day"),
        CheckConstraint("num_nulls(begins_on, ends_on) IN (0, 2)", name="has_both_days"),
        CheckConstraint("ends_on > begins_on", name="ends_after_it_begins"),
        CheckConstraint(
            "state NOT IN ('in_force', 'expired', 'repaired') OR begins_on IS NOT NULL", name="is_dated_in_force"
        ),
        CheckConstraint(
            "num_nulls(decided_on, decided_by_id, decision) IN (0, 3)", name="decision_has_its_person_and_day"
        ),
        CheckConstraint("state IN ('proposed', 'defence') OR decided_on IS NOT NULL", name="is_decided"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="is_decided_by_another"),
        CheckConstraint("begins_on > defence_due_on OR defended_on IS NOT NULL", name="hears_the_defence_first"),
        CheckConstraint("(repair_asked_on IS NULL) = (repair IS NULL)", name="repair_has_its_day"),
        CheckConstraint("(repair_answered_on IS NULL) = (repair_answer IS NULL)", name="repair_answer_has_its_day"),
        CheckConstraint("(appealed_on IS NULL) = (appeal IS NULL)", name="appeal_has_its_day"),
        CheckConstraint("(appeal_answered_on IS NULL) = (appeal_answer IS NULL)", name="appeal_answer_has_its_day"),
        CheckConstraint("ended_on IS NULL OR state IN ('repaired', 'dropped')", name="ends_early_when_taken_back"),
        Index(
            "uq_blacklist_entry_open",
            "organization_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'defence', 'in_force')"),
        ),
        Index("ix_blacklist_entry_organization_id", "organization_id"),
        Index("ix_blacklist_entry_state", "state", "ends_on"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    number: Mapped[str]
    state: Mapped[BlacklistState] = mapped_column(Choice(BlacklistState), default=BlacklistState.PROPOSED)
    reason: Mapped[str]
    months: Mapped[int]
    proposed_by_id: Mapped[int]
    notified_on: Mapped[date | None]
    defence_due_on: Mapped[date | None]
    defence: Mapped[str | None]
    defended_on: Mapped[date | None]
    decided_on: Mapped[date | None]
    decided_by_id: Mapped[int | None]
    decision: Mapped[str | None]
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    repair: Mapped[str | None]
    repair_asked_on: Mapped[date | None]
    repair_answer: Mapped[str | None]
    repair_answered_on: Mapped[date | None]
    appeal: Mapped[str | None]
    appealed_on: Mapped[date | None]
    appeal_answer: Mapped[str | None]
    appeal_answered_on: Mapped[date | None]
    ended_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship(viewonly=True, lazy="raise_on_sql")

    @property
    def audience(self) -> Audience:
        """Say who reads its history: until the organization has been told, the Centre alone."""
        return Audience.PARTIES if self.notified_on else Audience.STAFF

    def __str__(self) -> str:
        return self.number


@scope(BlacklistEntry)
def visible_entries(reader: Reader) -> Rows:
    """Staff see all, an organization its own from the notice on, and nobody else any."""
    shown = BlacklistEntry.__table__.c
    told = (shown.organization_id == reader.organization_id) & shown.notified_on.is_not(None)
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: told}
