"""The people who act for an organization: invited, given roles, removed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from kernel.accounts import close_account, free_username, invite, write_roles
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import note_event
from kernel.catalogue import LOCALES
from kernel.clock import now
from kernel.db import db
from kernel.errors import Invalid, NotFound
from kernel.links import LASTS, Purpose, after_link, send_link
from kernel.notices import Notice
from kernel.passwords import avoid_in_passwords
from kernel.people import Account
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if
from orgs import notices, rules
from orgs.models import Invitation, Organization
from orgs.operations.problems import refuse_fields
from orgs.queries.people import administrators_of
from orgs.security import MemberRole

_ADDRESS: Final = re.compile(r"[^@\s<>()\[\]\",;:\\]+@[^@\s.]+(?:\.[^@\s.]+)+")
TOO_LATE: Final = Sentence("Your invitation has expired. Please ask whoever invited you for a new one.")
LAST_ONE: Final = Sentence(
    "An organization keeps at least one administrator. Make somebody else administrator first; an invitation counts"
    " once it is accepted."
)


@avoid_in_passwords
def names_of_their_organization(user_id: int) -> list[str]:
    """Give what a password of an organization's person must not hold: its name and its code."""
    own = select(Organization.name, Organization.credit_code).join(Account, Account.organization_id == Organization.id)
    return [word for row in db.session.execute(own.where(Account.user_id == user_id)) for word in row]


@deed("invite", "Member", fresh=True)
def invite_member(
    organization: Organization,
    *,
    actor: Actor,
    name: Annotated[str, Ask("Person's name", most=64)],
    email: Annotated[str, Ask("E-mail", hint="The invitation goes there; the person signs in with it.", most=200)],
    role: Annotated[MemberRole, Ask("Role")],
    locale: Annotated[str, Ask("Language of the letter")] = "zh",
) -> int:
    """Invite a person to act for the organization: they get a link by mail, good for 7 days; gives the user's id.

    Raises Invalid for an address that is none, or that belongs to an account.
    """
    refuse_if(rules.is_own_or_of_staff(organization, actor))
    lock(organization)
    user_id = bring_in(organization, actor=actor, name=name, email=email, role=role, locale=locale)
    _tell(Sentence("{name} is invited to act for your organization.", name=name.strip()), user_id, actor)
    return user_id


def bring_in(
    organization: Organization,
    *,
    actor: Actor,
    name: str,
    email: str,
    role: MemberRole,
    locale: str = "zh",
    notice: Notice = notices.INVITED,
) -> int:
    """Make the account of somebody new and send them its link; for deeds that have locked the organization."""
    email = email.strip()
    known = None if locale in LOCALES else Sentence("Please choose one of the choices.")
    refuse_fields(email=address_problem(email) or address_is_free(email), locale=known)
    invited = Invitation(organization_id=organization.id, user_id=0, expires_at=now() + LASTS[Purpose.ACTIVATION])
    user_id = invite(
        free_username(email),
        name.strip(),
        email,
        actor=actor,
        codes=[role.value],
        organization_id=organization.id,
        locale=locale,
        notice=notice,
    )
    invited.user_id = user_id
    db.session.add(invited)
    told = {"organization": organization.id, "role": role.value}
    note_event("User", actor=actor, action="Member.invite", subject_id=user_id, **told)
    return user_id


@deed("resend", "Member")
def resend_invitation(account: Account, *, actor: Actor) -> None:
    """Send an invitation that nobody has accepted once more, with a new link; the old one is worth nothing."""
    _organization_of(account, actor)
    invitation = _open_invitation(account)
    link = send_link(account.user_id, Purpose.ACTIVATION, actor=actor, notice=notices.INVITED)
    invitation.expires_at = link.expires_at
    note_event("User", actor=actor, subject_id=account.user_id)


@deed("withdraw", "Member")
def withdraw_invitation(account: Account, *, actor: Actor) -> None:
    """Withdraw an invitation that nobody has accepted; its link is worth nothing, and the address is free again."""
    _organization_of(account, actor)
    _open_invitation(account).withdrawn_at = now()
    close_account(account.user_id)
    note_event("User", actor=actor, subject_id=account.user_id)


@deed("give_roles", "Member", fresh=True)
def give_member_roles(account: Account, *, actor: Actor, roles: Sequence[str]) -> None:
    """Let a person of an organization hold exactly these of its roles; one of them at least.

    Raises Refused when nobody would run the organization's account any more.
    """
    organization = _organization_of(account, actor)
    held = [role for role in MemberRole if role.value in roles]
    if not held:
        raise Invalid({"roles": [Sentence("Choose one role at least; to take all of them away, remove the person.")]})
    if MemberRole.ADMIN not in held:
        _keep_an_administrator(organization, account)
    write_roles(account.user_id, [role.value for role in held])
    # The account's version tells another window that the roles there are no longer those of the form.
    flag_modified(account, "locale")
    db.session.flush()
    codes = ", ".join(held)
    note_event("User", actor=actor, subject_id=account.user_id, roles=codes)
    name = _name_of(account.user_id)
    _tell(Sentence("{name} has other roles in your organization now.", name=name), account.user_id, actor)


@deed("remove", "Member", fresh=True)
def remove_member(account: Account, *, actor: Actor) -> None:
    """Let a person no longer act for their organization: the account is closed, what they wrote stays.

    Raises Refused when nobody would run the organization's account any more.
    """
    organization = _organization_of(account, actor)
    _keep_an_administrator(organization, account)
    name = _name_of(account.user_id)
    _tell(Sentence("{name} no longer acts for your organization.", name=name), account.user_id, actor)
    let_go(account.user_id, organization, actor=actor)


def let_go(user_id: int, organization: Organization, *, actor: Actor) -> None:
    """Close the account of a person of an organization, an open invitation included; for deeds that hold its row."""
    invitation = db.session.scalars(select(Invitation).where(Invitation.user_id == user_id)).first()
    if invitation is not None and invitation.is_open:
        invitation.withdrawn_at = now()
    close_account(user_id)
    note_event("User", actor=actor, action="Member.remove", subject_id=user_id, organization=organization.id)


@after_link
def note_acceptance(user_id: int) -> None:
    """Write down that an invited person has chosen a password and acts from here on.

    Raises Refused when the invitation is too old.
    """
    invitation = db.session.scalars(select(Invitation).where(Invitation.user_id == user_id)).first()
    if invitation is None or not invitation.is_open:
        return
    # A link of another kind, for a forgotten password, reaches the same mailbox, but does not make the term longer.
    refuse_if(TOO_LATE if invitation.is_over else None)
    invitation.accepted_at = now()
    db.session.flush()


def _organization_of(account: Account, actor: Actor) -> Organization:
    """Take the organization's row, so that two who take each other's role away come one after the other."""
    if account.organization_id is None:
        raise NotFound
    found = select(Organization).where(Organization.id == account.organization_id)
    organization = db.session.scalars(found).one()
    refuse_if(rules.is_own_or_of_staff(organization, actor))
    lock(organization)
    lock(account)
    if account.organization_id != organization.id:
        raise NotFound
    return organization


def _keep_an_administrator(organization: Organization, account: Account) -> None:
    is_last = administrators_of(organization.id) == {account.user_id}
    refuse_if(LAST_ONE if is_last else None)


def _invitation_of(account: Account) -> Invitation | None:
    return db.session.scalars(select(Invitation).where(Invitation.user_id == account.user_id)).first()


def _open_invitation(account: Account) -> Invitation:
    invitation = _invitation_of(account)
    is_open = invitation is not None and invitation.is_open
    refuse_if(None if is_open else Sentence("This person has accepted the invitation already."))
    assert invitation is not None
    return invitation


def address_problem(email: str) -> Sentence | None:
    """Say what is wrong with how an address is written; whether anybody has it is not looked at."""
    if not _ADDRESS.fullmatch(email.strip()):
        return Sentence("Please write an e-mail address, such as name@example.org.")
    return None


def address_is_free(email: str) -> Sentence | None:
    """An address belongs to one account; for deeds, which alone may read addresses."""
    taken = select(User.id).where(func.lower(User.email) == email.strip().casefold())
    if db.session.scalar(taken) is not None:
        return Sentence("This address belongs to an account already. Please take another one.")
    return None


def _name_of(user_id: int) -> str:
    return db.session.scalar(select(User.last_name + User.first_name).where(User.id == user_id)) or ""


def _tell(what: Sentence, user_id: int, actor: Actor) -> None:
    account = db.session.scalars(select(Account).where(Account.user_id == user_id)).one()
    occasion = f"{user_id} {now().isoformat()}"
    notices.PEOPLE_CHANGED.tell(account, actor=actor, occasion=occasion, what=what, who=actor.name)
