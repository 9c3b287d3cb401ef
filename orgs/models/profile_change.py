"""A change of a profile that waits for the Centre: from what, to what, why, and what was decided."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.audit import MASKED
from kernel.db import Choice, Record
from kernel.encryption import Encrypted
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import SEALED, Organization
from orgs.states import ChangeState, ProfileField


class ProfileChange(Record):
    """What an organization wants to have changed, one open change for each field.

    `was` and `value` are as pages show them, so a bank account is masked in them; its number stands in `number`.
    """

    __tablename__ = "profile_change"
    __table_args__ = (
        CheckConstraint(
            "num_nulls(holder, bank, number) = CASE WHEN field = 'bank_account' THEN 0 ELSE 3 END",
            name="account_is_whole",
        ),
        CheckConstraint(f"number {SEALED}", name="number_is_sealed"),
        CheckConstraint("btrim(value) <> '' AND btrim(reason) <> ''", name="says_what_and_why"),
        CheckConstraint("num_nulls(decided_on, decided_by_id) IN (0, 2)", name="decided_by_somebody"),
        CheckConstraint("(state IN ('approved', 'refused')) = (decided_on IS NOT NULL)", name="decision_has_its_day"),
        CheckConstraint("state <> 'refused' OR btrim(answer) <> ''", name="refusal_says_why"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="is_decided_by_another"),
        Index(
            "uq_profile_change_open",
            "organization_id",
            "field",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_profile_change_organization_id", "organization_id"),
        Index("ix_profile_change_state", "state"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey(Organization.id))
    field: Mapped[ProfileField] = mapped_column(Choice(ProfileField))
    state: Mapped[ChangeState] = mapped_column(Choice(ChangeState), default=ChangeState.PROPOSED)
    was: Mapped[str | None]
    value: Mapped[str]
    holder: Mapped[str | None]
    bank: Mapped[str | None]
    number: Mapped[str | None] = mapped_column(Encrypted, info=MASKED, deferred=True)
    reason: Mapped[str]
    proposed_by_id: Mapped[int]
    proposed_on: Mapped[date]
    decided_on: Mapped[date | None]
    decided_by_id: Mapped[int | None]
    answer: Mapped[str | None]

    organization: Mapped[Organization] = relationship(viewonly=True, lazy="raise_on_sql")

    def __str__(self) -> str:
        return self.value


@scope(ProfileChange)
def visible_profile_changes(reader: Reader) -> Rows:
    own = ProfileChange.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
