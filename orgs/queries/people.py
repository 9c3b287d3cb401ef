"""The people of an organization: who they are, what they may do, and who could act for it today."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role as StoredRole, User, assoc_user_role
from sqlalchemy import ColumnElement, func, select

from kernel.clock import now
from kernel.db import db
from kernel.people import Account
from orgs.models import Invitation
from orgs.models.invitation import MemberState
from orgs.security import MemberRole


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts for an organization, or is invited to; `id` is the account's."""

    id: int
    organization_id: int
    user_id: int
    username: str
    name: str
    email: str
    roles: tuple[MemberRole, ...]
    state: MemberState
    expires_at: datetime | None


def people_of(organization_id: int) -> Sequence[Person]:
    """Give everybody of an organization, who acts first; for deeds, which alone may read addresses and roles."""
    wanted = (
        _people().where(Account.organization_id == organization_id).order_by(User.__table__.c.last_name, Account.id)
    )
    return sorted(map(_person, db.session.execute(wanted)), key=lambda one: list(MemberState).index(one.state))


def person_of(account_id: int) -> Person | None:
    """Give somebody who acts for an organization by the id of their account; for deeds."""
    row = db.session.execute(_people().where(Account.id == account_id, Account.organization_id.is_not(None))).first()
    return None if row is None else _person(row)


def administrators_of(organization_id: int) -> set[int]:
    """Give the users who run an organization's account: active, and no longer only invited; for deeds."""
    return administrators_of_each([organization_id]).get(organization_id, set())


def administrators_of_each(organization_ids: Collection[int]) -> dict[int, set[int]]:
    """Give for each of some organizations the users who run its account, if there are any; for deeds."""
    role, user = StoredRole.__table__.c, User.__table__.c
    wanted = (
        select(Account.organization_id, Account.user_id)
        .join(User.__table__, user.id == Account.user_id)
        .join(assoc_user_role, assoc_user_role.c.user_id == user.id)
        .join(StoredRole.__table__, role.id == assoc_user_role.c.role_id)
        .where(Account.organization_id.in_(organization_ids), user.active)
        .where(role.name == MemberRole.ADMIN.value, ~_is_only_invited(Account.user_id))
    )
    found: dict[int, set[int]] = {}
    for row in db.session.execute(wanted):
        found.setdefault(row.organization_id, set()).add(row.user_id)
    return found


def _is_only_invited(user_id: Any) -> ColumnElement[bool]:
    waiting = (Invitation.user_id == user_id, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
    return select(Invitation.id).where(*waiting).exists()


def _people() -> Any:
    role, user = StoredRole.__table__.c, User.__table__.c
    roles = (
        select(func.array_agg(role.name))
        .select_from(StoredRole.__table__.join(assoc_user_role, assoc_user_role.c.role_id == role.id))
        .where(assoc_user_role.c.user_id == user.id)
        .scalar_subquery()
    )
    return (
        select(
            Account.id,
            Account.organization_id,
            user.id.label("user_id"),
            user.username,
            (user.last_name + user.first_name).label("name"),
            user.email,
            user.active,
            roles.label("roles"),
            Invitation.expires_at,
            (Invitation.id.is_not(None) & Invitation.accepted_at.is_(None)).label("is_invited"),
        )
        .select_from(Account)
        .join(User.__table__, user.id == Account.user_id)
        .outerjoin(Invitation, Invitation.user_id == user.id)
    )


def _person(row: Any) -> Person:
    held = set(row.roles or ())
    roles = tuple(role for role in MemberRole if role.value in held)
    told = (row.id, row.organization_id, row.user_id, row.username, row.name, row.email)
    return Person(*told, roles, _state(row), row.expires_at if row.is_invited else None)


def _state(row: Any) -> MemberState:
    if not row.active:
        return MemberState.LOCKED
    if row.is_invited:
        return MemberState.INVITED if row.expires_at >= now() else MemberState.LAPSED
    return MemberState.ACTIVE
