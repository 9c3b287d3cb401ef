"""May this kind of person do this kind of thing: one printable table a module, kept in code.

A permission is a pair of verb and record kind, ("submit", "Application"), never a bare verb. `sync_security` writes
the table into FAB's own tables, so that its pages show what holds; the answer comes from the table itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role as StoredRole,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.actor import ReaderKind

SYNC_LOCK = 7412


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of person: its code, its name (a msgid) and through which kind of sight it reads."""

    code: str
    label: str
    kind: ReaderKind


@dataclass(frozen=True, slots=True)
class Lending:
    """A duty that its holder may hand to a deputy for a time, and the roles out of which one is chosen."""

    role: str
    to: tuple[str, ...]


Grid = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Record kind → verb → the codes of the roles that may."""

ROLES: dict[str, Role] = {}
GRANTED: dict[str, set[tuple[str, str]]] = {}
LENDINGS: dict[str, Lending] = {}
KEPT_APART: dict[str, set[str]] = {}
"""Role → the kinds of record on which its holders are nobody's deputy: the earlier step is a duty of their own."""
NEVER_LENT = frozenset({"Deputy"})


def declare(roles: Iterable[Role], grid: Grid) -> None:
    """Add a module's roles and its table.

    Raises ValueError when the table names a role that nobody declared.
    """
    ROLES.update({role.code: role for role in roles})
    for kind, verbs in grid.items():
        for verb, codes in verbs.items():
            for code in codes:
                if code not in ROLES:
                    raise ValueError(f"{verb} {kind} is given to the unknown role {code}")
                GRANTED.setdefault(code, set()).add((verb, kind))


def declare_lending(lendings: Iterable[Lending], kept_apart: Mapping[str, tuple[str, ...]]) -> None:
    """Add what a module lends, and the kinds that it keeps apart from the holders of a role.

    Raises ValueError when a role is named that nobody declared.
    """
    for lending in lendings:
        if strange := {lending.role, *lending.to} - ROLES.keys():
            raise ValueError(f"unknown roles are lent: {', '.join(sorted(strange))}")
        LENDINGS[lending.role] = lending
    for code, kinds in kept_apart.items():
        KEPT_APART.setdefault(code, set()).update(kinds)


def borrowed_by(codes: Iterable[str], role: str) -> frozenset[tuple[str, str]]:
    """Give what somebody with these roles may do as a deputy of `role`, beyond their own duties.

    None of it when the role is not lent to them; never the naming of a further deputy.
    """
    held = frozenset(codes)
    lending = LENDINGS.get(role)
    if lending is None or held.isdisjoint(lending.to):
        return frozenset()
    apart = NEVER_LENT.union(*(KEPT_APART.get(code, set()) for code in held))
    own = permissions_of((*held, "public"))
    return frozenset((verb, kind) for verb, kind in GRANTED.get(role, ()) if kind not in apart) - own


def lent_to(codes: Iterable[str], standing: Sequence[str] | None) -> dict[str, Any]:
    """Give the parts of an actor that a deputy has besides: `standing` is the role, id and name of the principal."""
    role, principal_id, principal = standing or ("", "0", "")
    borrowed = borrowed_by(codes, role)
    if not borrowed:
        return {"borrowed": borrowed}
    return {"borrowed": borrowed, "lent": role, "principal": principal, "principal_id": int(principal_id)}


def permissions_of(codes: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Give all pairs of verb and kind that these roles hold together; a mixture of duties holds none.

    What stands open to the public mixes with every duty.
    """
    held = tuple(codes)
    if len(_kinds(code for code in held if code != "public")) > 1:
        return frozenset()
    return frozenset(pair for code in held for pair in GRANTED.get(code, ()))


def kind_of(codes: Iterable[str]) -> ReaderKind:
    """Give the one kind of sight of a person's roles; a mixture sees no more than the public."""
    kinds = _kinds(codes)
    return kinds.pop() if len(kinds) == 1 else ReaderKind.PUBLIC


def _kinds(codes: Iterable[str]) -> set[ReaderKind]:
    # What stands open to all goes with every duty.
    return {ROLES[code].kind for code in codes if code in ROLES} - {ReaderKind.PUBLIC}


def holders_of(verb: str, kind: str) -> frozenset[str]:
    """Give the codes of the roles that may do this."""
    return frozenset(code for code, pairs in GRANTED.items() if (verb, kind) in pairs)


def sync_security(session: Session) -> None:
    """Write roles and permissions into FAB's tables, as they stand in code; safe to run by many at once."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SYNC_LOCK})
    pairs = {(f"can_{verb}", kind) for granted in GRANTED.values() for verb, kind in granted}
    _fill(session, Permission, {verb for verb, _ in pairs})
    _fill(session, ViewMenu, {kind for _, kind in pairs})
    _fill(session, StoredRole, set(ROLES))
    verbs = {row.name: row.id for row in session.scalars(select(Permission))}
    kinds = {row.name: row.id for row in session.scalars(select(ViewMenu))}
    roles = {row.name: row.id for row in session.scalars(select(StoredRole))}
    wanted = [{"permission_id": verbs[verb], "view_menu_id": kinds[kind]} for verb, kind in sorted(pairs)]
    session.execute(insert(PermissionView).on_conflict_do_nothing(), wanted)
    stored = {
        (row.permission_id, row.view_menu_id): row.id
        for row in session.execute(select(PermissionView.id, PermissionView.permission_id, PermissionView.view_menu_id))
    }
    session.execute(delete(assoc_permissionview_role))
    session.execute(
        insert(assoc_permissionview_role),
        [
            {"role_id": roles[code], "permission_view_id": stored[verbs[f"can_{verb}"], kinds[kind]]}
            for code, granted in sorted(GRANTED.items())
            for verb, kind in sorted(granted)
        ],
    )


def _fill(session: Session, model: type[Permission | ViewMenu | StoredRole], names: set[str]) -> None:
    session.execute(insert(model).on_conflict_do_nothing(), [{"name": name} for name in sorted(names)])
