"""Deeds on accounts: made and locked by one administrator, given roles by another, never by oneself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from flask_appbuilder.security.sqla.models import Role as StoredRole, User, assoc_user_role
from sqlalchemy import delete, insert, select, update

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import note_event
from kernel.clock import now
from kernel.db import db
from kernel.errors import Refused
from kernel.passwords import hash_of_password, random_password, set_password
from kernel.people import Account
from kernel.permissions import ROLES
from kernel.words import Sentence
from kernel.workflow import deed


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
) -> int:
    """Write a user with roles and account; for deeds, commands and the demo. Gives the user's id."""
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
    db.session.add(Account(user_id=user_id, organization_id=organization_id))
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


@deed("create", "User")
def create_account(
    *,
    actor: Actor,
    username: Annotated[str, Ask("Account", hint="Letters and figures, no spaces.", most=64)],
    name: Annotated[str, Ask("Name", most=64)],
    email: Annotated[str, Ask("E-mail", most=200)],
) -> tuple[int, str]:
    """Make an account without any role; gives its id and its first password."""
    password = random_password()
    user_id = add_user(username, name, email, password_hash=hash_of_password(password))
    note_event("User.create", "User", actor=actor, subject_id=user_id, username=username)
    return user_id, password


@deed("give_roles", "User")
def give_roles(user_id: int, *, actor: Actor, codes: Sequence[str]) -> None:
    """Give a person exactly these roles; nobody gives roles to themselves.

    Source: 等保2.0, three administrators.
    """
    if actor.user_id == user_id:
        raise Refused(Sentence("Nobody gives roles to themselves."))
    write_roles(user_id, codes)
    note_event("User.give_roles", "User", actor=actor, subject_id=user_id, roles=", ".join(sorted(codes)))


@deed("reset_password", "User")
def reset_password(user_id: int, *, actor: Actor) -> str:
    """Set a new random password and give it, to be told to the person once."""
    password = random_password()
    set_password(user_id, password)
    note_event("User.reset_password", "User", actor=actor, subject_id=user_id)
    return password


@deed("lock", "User")
def lock_account(user_id: int, *, actor: Actor) -> None:
    """Lock an account; its sessions are dead from here on, since each request asks whether the user is active."""
    if actor.user_id == user_id:
        raise Refused(Sentence("Nobody locks their own account."))
    _set_active(user_id, active=False)
    note_event("User.lock", "User", actor=actor, subject_id=user_id)


@deed("lock", "User")
def unlock_account(user_id: int, *, actor: Actor) -> None:
    """Open a locked account again."""
    _set_active(user_id, active=True)
    note_event("User.unlock", "User", actor=actor, subject_id=user_id)


def _set_active(user_id: int, *, active: bool) -> None:
    db.session.execute(update(User.__table__).where(User.__table__.c.id == user_id).values(active=active))
