"""People and organizations for stories: made by the deeds of the house, with the permissions of its own table."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from kernel import second_factor
from kernel.accounts import add_user
from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.permissions import kind_of, permissions_of
from kernel.scope import whole
from orgs.credit_code import check_digits_for
from orgs.models import Organization
from orgs.operations import register_organization

SYSTEM = Actor.system("tests")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def person(username: str, *codes: str, organization_id: int | None = None, password_hash: str = "") -> Actor:
    """Make a user with these roles and give them as the actor that a request would give."""
    with transaction(), whole(SYSTEM, "set-up"):
        user_id = add_user(
            username,
            f"示例{username}",
            f"{username}@example.org",
            password_hash=password_hash,
            codes=codes,
            organization_id=organization_id,
        )
    return Actor(
        name=f"示例{username}",
        user_id=user_id,
        kind=kind_of(codes),
        roles=frozenset(codes),
        permissions=permissions_of(codes),
        organization_id=organization_id,
    )


def secret_for_phone(user_id: int | None) -> str:
    """Begin to set somebody's second factor up; gives what they put into their phone."""
    assert user_id is not None
    with transaction():
        second_factor.begin(user_id, actor=SYSTEM)
        offered = second_factor.offer(user_id, "mei", actor=SYSTEM)
    assert offered is not None
    return offered[0]


def credit_code(serial: int) -> str:
    """Give a valid code of a made-up organization of Huangpu."""
    first = f"52310101MJ{serial:06d}"
    return first + check_digits_for(first)


def organization(serial: int = 1, name: str = "") -> Organization:
    """Register a made-up organization."""
    with transaction(), whole(SYSTEM, "set-up"):
        made = register_organization(
            actor=SYSTEM, credit_code=credit_code(serial), name=name or f"示例社会服务中心{serial}号"
        )
        return db.session.scalars(select(Organization).where(Organization.id == made.id)).one()


def token_of(page: str) -> str:
    """Give the CSRF token of a page's first form."""
    found = TOKEN.search(page)
    assert found, "the page has no form with a token"
    return found.group(1)


def post(client: FlaskClient, url: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
    """Send a form with the token of the client's own session, as its pages hold it."""
    token = token_of(client.get("/account/").get_data(as_text=True))
    return client.post(url, data={"csrf_token": token, **(data or {})}, **more)
