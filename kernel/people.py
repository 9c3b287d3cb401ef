"""The people of the system: FAB's users, what stands beside them, and the names that everybody may read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from flask_appbuilder.security.sqla.models import Role as StoredRole, User, assoc_user_role
from sqlalchemy import BigInteger, Column, Table, Text, false, select, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.db import METADATA, Record, db
from kernel.scope import Reader, Rows, scope


class Account(Record):
    """What the house knows of a user besides FAB: for which organization they act, in which language they read."""

    __tablename__ = "account"

    user_id: Mapped[int] = mapped_column(unique=True)
    organization_id: Mapped[int | None] = mapped_column(index=True)
    locale: Mapped[str] = mapped_column(default="zh")
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())


@scope(Account)
def visible_accounts(reader: Reader) -> Rows:
    account = Account.__table__.c
    return {
        ReaderKind.KEEPER: true(),
        ReaderKind.STAFF: true(),
        ReaderKind.ORG: account.organization_id == reader.organization_id,
        ReaderKind.PANEL: account.user_id == reader.user_id,
    }


PERSON = Table(
    "person",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("username", Text),
    Column("name", Text),
    info={"is_view": True},
)
"""A database view over FAB's users without their secrets: id, name, and the username for staff, administrators and
colleagues of the same organization."""


def names_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Give the names of people by their ids, in one query."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(PERSON.c.id, PERSON.c.name).where(PERSON.c.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def users_with_role(*codes: str, within: Collection[int] | None = None) -> Sequence[int]:
    """Give the active users who hold one of these roles, `within` some where given; for deeds, which alone may read it."""
    wanted = (
        select(assoc_user_role.c.user_id)
        .join(StoredRole.__table__, StoredRole.__table__.c.id == assoc_user_role.c.role_id)
        .join(User.__table__, User.__table__.c.id == assoc_user_role.c.user_id)
        .where(StoredRole.__table__.c.name.in_(codes), User.__table__.c.active)
    )
    if within is not None:
        wanted = wanted.where(assoc_user_role.c.user_id.in_(within))
    return list(dict.fromkeys(db.session.scalars(wanted)))


def addresses_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Give the mail addresses of active users; for deeds, which alone may read it."""
    user = User.__table__.c
    rows = db.session.execute(select(user.id, user.email).where(user.id.in_(list(user_ids)), user.active))
    return {row.id: row.email for row in rows}
