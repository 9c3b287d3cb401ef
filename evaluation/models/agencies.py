"""Who evaluates: agencies and the people who work for them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, select, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.db import Record
from kernel.scope import Reader, Rows, scope


class Agency(Record):
    """One evaluation agency; its credit code tells whether it holds a project itself."""

    __tablename__ = "agency"
    __table_args__ = (
        CheckConstraint("credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="credit_code_is_written_right"),
        CheckConstraint("name <> ''", name="has_a_name"),
    )

    name: Mapped[str]
    credit_code: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True, server_default="true")
    members: Mapped[list[AgencyMember]] = relationship(
        back_populates="agency", order_by="AgencyMember.id", lazy="raise_on_sql"
    )

    def __str__(self) -> str:
        return self.name


class AgencyMember(Record):
    """One person of one agency; nobody works for two."""

    __tablename__ = "agency_member"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    user_id: Mapped[int] = mapped_column(unique=True)
    is_admin: Mapped[bool] = mapped_column(default=False, server_default="false")
    agency: Mapped[Agency] = relationship(back_populates="members", lazy="raise_on_sql")


@scope(AgencyMember)
def visible_members(reader: Reader) -> Rows:
    own = AgencyMember.__table__.c.user_id == reader.user_id
    return {ReaderKind.STAFF: true(), ReaderKind.PANEL: own}


@scope(Agency)
def visible_agencies(reader: Reader) -> Rows:
    """An agency's people see their own; an organization sees by whom it was evaluated, which is no secret."""
    member = AgencyMember.__table__.c
    own = Agency.__table__.c.id.in_(select(member.agency_id).where(member.user_id == reader.user_id))
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: true(), ReaderKind.PANEL: own}
