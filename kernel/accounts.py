"""Deeds on accounts: made and locked by one administrator, given roles by another, never by oneself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from typing import Annotated

from flask_appbuilder.security.sqla.models import Role as StoredRole, User, assoc_user_role
from sqlalchemy import delete, insert, select, update

from kernel.actor import Actor, ReaderKind
from kernel.arguments import Ask
from kernel.audit import note_event
from kernel.clock import now
from kernel.db import db
from kernel.errors import Refused
from kernel.links import Purpose, cancel_links, send_link
from kernel.notices import Notice
from kernel.passwords import hash_of_password, random_password, set_password
from kernel.people import Account
from kernel.permissions import ROLES
from kernel.words import Sentence
from kernel.workflow import deed

LONGEST_NAME = 56
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+")


def givable() -> frozenset[str]:
    """Give the codes of the roles that can be given to a person."""
    return frozenset(ROLES) - {"public"}


def add_user(
    username: str,
    name: str,
    email: str,
    *,
    password_hash: str,
    codes: Sequence[str] = (),
    organization_id: int | None = None,
    must_change: bool = False,
    locale: str = "zh",
) -> int:
    """Write a user with roles and account; for deeds, commands and the demo. Gives the user's id.

    With `must_change` the password opens the page alone that asks for another.
    """
    row = {
        "username": username,
        "first_name": "",
        "last_name": name,
        "email": email,
        "password": password_hash,
        "active": True,
        "created_on": now().replace(tzinfo=None),
        "changed_on": now().replace(tzinfo=None),
    }
    user_id: int = db.session.execute(insert(User.__table__).values(**row).returning(User.__table__.c.id)).scalar_one()
    write_roles(user_id, codes)
    account = Account(user_id=user_id, organization_id=organization_id, must_change_password=must_change)
    account.locale = locale
    db.session.add(account)
    db.session.flush()
    return user_id


def write_roles(user_id: int, codes: Sequence[str]) -> None:
    """Let a user hold exactly these roles.

    Raises Refused when the roles would mix kinds of sight, as an evaluator who is also staff.
    """
    if len({ROLES[code].kind for code in codes}) > 1:
        raise Refused(Sentence("These roles do not go together: one person has one kind of duty."))
    role = StoredRole.__table__.c
    db.session.execute(delete(assoc_user_role).where(assoc_user_role.c.user_id == user_id))
    ids = db.session.scalars(select(role.id).where(role.name.in_(list(codes)))).all()
    if ids:
        db.session.execute(insert(assoc_user_role), [{"user_id": user_id, "role_id": role_id} for role_id in ids])


def invite(
    username: str,
    name: str,
    email: str,
    *,
    actor: Actor,
    codes: Sequence[str] = (),
    organization_id: int | None = None,
    locale: str = "zh",
    notice: Notice | None = None,
) -> int:
    """Make an account that nobody knows a password of, and send its person the link that activates it; for deeds."""
    nobodys = hash_of_password(random_password())
    user_id = add_user(
        username,
        name,
        email,
        password_hash=nobodys,
        codes=codes,
        organization_id=organization_id,
        locale=locale,
    )
    send_link(user_id, Purpose.ACTIVATION, actor=actor, notice=notice)
    return user_id


def free_username(email: str) -> str:
    """Give an account name that nobody has, after the first part of an address: li.na, li.na2; for deeds."""
    user = User.__table__.c
    first = _NOT_IN_NAMES.sub("", email.partition("@")[0].casefold())[:LONGEST_NAME] or "user"
    held = set(db.session.scalars(select(user.username).where(user.username.startswith(first, autoescape=True))))
    return next(name for number in count(1) if (name := first + (str(number) if number > 1 else "")) not in held)


def close_account(user_id: int) -> None:
    """Take a person's roles, organization, password, links and address away, for good; for deeds.

    The account's name in what the person did stays. Its address may begin again as another account's.
    """
    write_roles(user_id, ())
    cancel_links(user_id)
    gone = {"username": f"closed-{user_id}", "email": f"closed-{user_id}@invalid", "active": False}
    password = hash_of_password(random_password())
    db.session.execute(update(User.__table__).where(User.__table__.c.id == user_id).values(password=password, **gone))
    account = db.session.scalars(select(Account).where(Account.user_id == user_id)).one()
    account.organization_id = None
    db.session.flush()


@deed("create", "User")
def create_account(
    *,
    actor: Actor,
    username: Annotated[str, Ask("Account", hint="Letters and figures, no spaces.", most=64)],
    name: Annotated[str, Ask("Person's name", most=64)],
    email: Annotated[str, Ask("E-mail", most=200)],
) -> int:
    """Make an account without any role and send its person a link to activate it; gives its id."""
    user_id = invite(username, name, email, actor=actor)
    note_event("User", actor=actor, subject_id=user_id, username=username)
    return user_id


@deed("give_roles", "User", fresh=True)
def give_roles(user_id: int, *, actor: Actor, codes: Sequence[str]) -> None:
    """Give a person exactly these roles; nobody gives roles to themselves.

    Source: 等保2.0, three administrators.
    """
    if actor.user_id == user_id:
        raise Refused(Sentence("Nobody gives roles to themselves."))
    write_roles(user_id, codes)
    note_event("User", actor=actor, subject_id=user_id, roles=", ".join(sorted(codes)))


@deed("reset_password", "User", fresh=True)
def reset_password(user_id: int, *, actor: Actor) -> str:
    """Set a random password for somebody whom no mail reaches; it opens the page alone that asks for another.

    Gives it, to be told to the person once.
    """
    _refuse_takeover(user_id, actor)
    password = random_password()
    set_password(user_id, password, must_change=True)
    cancel_links(user_id)
    note_event("User", actor=actor, subject_id=user_id)
    return password


@deed("reset_password", "User")
def send_reset_link(user_id: int, *, actor: Actor) -> None:
    """Send a person the link with which they choose a new password; nobody else learns it."""
    is_new = db.session.scalar(select(User.last_login).where(User.id == user_id)) is None
    send_link(user_id, Purpose.ACTIVATION if is_new else Purpose.RESET, actor=actor)
    note_event("User", actor=actor, action="User.send_link", subject_id=user_id)


@deed("end_sessions", "User")
def end_all_sessions(user_id: int, *, actor: Actor) -> None:
    """Write down that a person's sessions are ended; the door ends them, since no deed reaches them."""
    note_event("User", actor=actor, subject_id=user_id)


def _refuse_takeover(user_id: int, actor: Actor) -> None:
    """Refuse to learn the password of an administrator of another kind: who held it would hold both duties."""
    theirs = {code for code in _codes_of(user_id) if ROLES[code].kind is ReaderKind.KEEPER}
    if not actor.is_system and theirs - actor.roles:
        raise Refused(
            Sentence(
                "This person is an administrator of another kind. Send them a link to choose a password themselves."
            )
        )


def _codes_of(user_id: int) -> list[str]:
    role = StoredRole.__table__.c
    held = select(role.name).join(assoc_user_role, assoc_user_role.c.role_id == role.id)
    return list(db.session.scalars(held.where(assoc_user_role.c.user_id == user_id, role.name.in_(list(ROLES)))))


@deed("lock", "User")
def lock_account(user_id: int, *, actor: Actor) -> None:
    """Lock an account; its sessions are dead from here on, since each request asks whether the user is active."""
    if actor.user_id == user_id:
        raise Refused(Sentence("Nobody locks their own account."))
    _set_active(user_id, active=False)
    note_event("User", actor=actor, subject_id=user_id)


@deed("lock", "User")
def unlock_account(user_id: int, *, actor: Actor) -> None:
    """Open a locked account again."""
    _set_active(user_id, active=True)
    note_event("User", actor=actor, action="User.unlock", subject_id=user_id)


def _set_active(user_id: int, *, active: bool) -> None:
    db.session.execute(update(User.__table__).where(User.__table__.c.id == user_id).values(active=active))
