"""The days on which an organization's registration changed, so that a past day can be asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, event, inspect, true
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from kernel.actor import ReaderKind
from kernel.clock import today
from kernel.db import Choice, Fact
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization
from orgs.states import OrganizationStatus


class StatusChange(Fact):
    """What the registration of an organization became, and what it had been, from a day on."""

    __tablename__ = "status_change"
    __table_args__ = (Index("ix_status_change_organization_id", "organization_id", "since"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    since: Mapped[date]
    was: Mapped[OrganizationStatus] = mapped_column(Choice(OrganizationStatus))
    status: Mapped[OrganizationStatus] = mapped_column(Choice(OrganizationStatus))


@event.listens_for(Organization, "after_update")
def _keep_status(_mapper: Mapper[Any], connection: Connection, organization: Organization) -> None:
    """Whoever writes the status, by a form or an import: the day stays on record."""
    told = inspect(organization).attrs.status.history
    if not told.deleted or told.deleted[0] == organization.status:
        return
    change = StatusChange.__table__.insert().values(  # type: ignore[attr-defined]
        organization_id=organization.id, since=today(), was=told.deleted[0], status=organization.status
    )
    connection.execute(change)


@scope(StatusChange)
def visible_changes(reader: Reader) -> Rows:
    own = StatusChange.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
