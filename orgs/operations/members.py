"""The people who act for an organization."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import select

from kernel.accounts import invite
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import note_event
from kernel.db import db
from kernel.passwords import avoid_in_passwords
from kernel.people import Account
from kernel.workflow import deed, refuse_if
from orgs import rules
from orgs.models import Organization
from orgs.security import MemberRole


@avoid_in_passwords
def names_of_their_organization(user_id: int) -> list[str]:
    """Give what a password of an organization's person must not hold: its name and its code."""
    own = select(Organization.name, Organization.credit_code).join(Account, Account.organization_id == Organization.id)
    return [word for row in db.session.execute(own.where(Account.user_id == user_id)) for word in row]


@deed("add", "Member")
def add_member(
    organization: Organization,
    *,
    actor: Actor,
    username: Annotated[str, Ask("Account", hint="Letters and figures, no spaces.", most=64)],
    name: Annotated[str, Ask("Person's name", most=64)],
    email: Annotated[str, Ask("E-mail", most=200)],
    role: Annotated[MemberRole, Ask("Role")],
) -> int:
    """Make an account for a person of the organization and send them a link to activate it; gives its id."""
    refuse_if(rules.is_own_or_of_staff(organization, actor))
    user_id = invite(
        username.strip(),
        name.strip(),
        email.strip(),
        actor=actor,
        codes=[role.value],
        organization_id=organization.id,
    )
    note_event("Member.add", "User", actor=actor, subject_id=user_id, organization=organization.id, role=role.value)
    return user_id
