"""Whom to reach in an organization; both columns are kept encrypted."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Text, or_, select, type_coerce, update

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.db import db
from kernel.encryption import encrypt
from kernel.workflow import deed, lock, refuse_if
from orgs import rules
from orgs.models import Organization
from orgs.operations.problems import refuse_fields

CONTACTS = ["contact_name", "contact_phone"]
ROWS = Organization.__table__


@deed("change_profile", "Organization")
def change_contacts(
    organization: Organization,
    *,
    actor: Actor,
    contact_name: Annotated[str | None, Ask("Contact person", most=60)] = None,
    contact_phone: Annotated[str | None, Ask("Contact phone", most=30)] = None,
) -> None:
    """Keep whom to reach: the organization's own administrator, or the Centre for it."""
    refuse_if(rules.is_own_or_of_staff(organization, actor))
    refuse_fields(contact_phone=rules.phone_is_written_right(contact_phone))
    lock(organization)
    db.session.refresh(organization, CONTACTS)  # so that the trail tells what was
    organization.contact_name = contact_name
    organization.contact_phone = contact_phone


def seal_contacts() -> None:
    """Encrypt the contacts that an earlier release wrote; where there are none nothing is done."""
    name, phone = (type_coerce(ROWS.c[one], Text) for one in CONTACTS)
    plain = or_(~name.startswith("gAAAA"), ~phone.startswith("gAAAA"))
    for pk, *kept in db.session.execute(select(ROWS.c.id, name, phone).where(plain)).all():
        sealed = {
            one: encrypt(told)
            for one, told in zip(CONTACTS, kept, strict=True)
            if told is not None and not told.startswith("gAAAA")
        }
        values = {one: type_coerce(told, Text) for one, told in sealed.items()}
        db.session.execute(update(Organization).where(ROWS.c.id == pk).values(values))
