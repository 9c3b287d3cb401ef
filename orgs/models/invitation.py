"""How somebody was brought in to act for an organization: the invitation, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.choices import Coded
from kernel.clock import now
from kernel.db import Record
from kernel.scope import Reader, Rows, scope


class MemberState(Coded):
    """Where a person of an organization stands."""

    ACTIVE = "active", "Active", "ok", "check-circle-fill"
    INVITED = "invited", "Invited", "bud", "envelope"
    LAPSED = "lapsed", "Invitation expired", "warn", "clock-history"
    LOCKED = "locked", "Locked", "bad", "lock"


class Invitation(Record):
    """One person's invitation; without one, or once it is accepted, the person acts."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="accepted_or_withdrawn"),
        Index("uq_invitation_user_id", "user_id", unique=True),
        Index("ix_invitation_organization_id", "organization_id"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it, in time or not."""
        return self.accepted_at is None and self.withdrawn_at is None

    @property
    def is_over(self) -> bool:
        """Whether its link is too old."""
        return self.is_open and self.expires_at < now()


@scope(Invitation)
def visible_invitations(reader: Reader) -> Rows:
    own = Invitation.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
