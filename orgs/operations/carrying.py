"""What a merge brings over from one file to the other, what it sets aside, and what it leads on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, select, update

from kernel.clock import now, today
from kernel.db import Fact, Record, db
from kernel.files import StoredFile
from kernel.papers import IssuedPaper
from kernel.people import Account
from kernel.scope import Sight
from orgs.models import (
    BankAccount,
    ClaimCode,
    CreditEntry,
    Inspection,
    Organization,
    OrganizationDocument,
    OrganizationLink,
    OrganizationMerge,
    PastProject,
    PossibleDuplicate,
    Rating,
    StatusChange,
)
from orgs.queries import followers_in
from orgs.queries.clashes import Clash
from orgs.states import DuplicateState

SET_ASIDE: Final[dict[str, type[Record]]] = {
    "rating": Rating,
    "inspection": Inspection,
    "entry": CreditEntry,
    "project": PastProject,
}
UNKEPT: Final = frozenset(
    {"id", "version", "created_at", "contact_name", "contact_phone", "search_text", "name_pinyin", "name_initials"}
)
"""Columns that need not be kept of a row that goes: they follow from others, or are personal and were decided on."""


def own_models() -> list[type[Fact]]:
    """Give what this module and the kernel hold of an organization and bring over with it."""
    return [*followers_in("orgs.models"), Account, StoredFile]


def bring_over(models: Iterable[type[Fact]], *, merged_id: int, survivor_id: int) -> None:
    """Let all rows of these models that belong to one organization belong to another; whoever has one open starts anew."""
    for model in models:
        rows = model.__table__
        values: dict[str, Any] = {"organization_id": survivor_id}
        if "version" in rows.c:
            values["version"] = rows.c.version + 1
        moved = update(model).where(rows.c.organization_id == merged_id).values(values)
        db.session.execute(moved, execution_options={"synchronize_session": False})


def lead_on(*, merged_id: int, survivor_id: int) -> None:
    """Let what points at a file without belonging to it point at the other: its papers, files, sights, links, merges."""
    for model in (StoredFile, IssuedPaper):
        owned = (model.owner_kind == "Organization", model.owner_id == merged_id)
        _write(update(model).where(*owned).values(owner_id=survivor_id))
    known = select(Sight.user_id).where(Sight.kind == "Organization", Sight.record_id == survivor_id)
    pointed = (Sight.kind == "Organization", Sight.record_id == merged_id)
    _write(delete(Sight).where(*pointed, Sight.user_id.in_(known)))
    _write(update(Sight).where(*pointed).values(record_id=survivor_id))
    earlier = OrganizationMerge.survivor_id == merged_id
    _write(update(OrganizationMerge).where(earlier).values(survivor_id=survivor_id))
    _move_links(merged_id, survivor_id)
    _move_decisions(merged_id, survivor_id)


def _write(statement: Any) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})


def _move_links(merged_id: int, survivor_id: int) -> None:
    """Links between the two end with the merge; of two open ones of a kind to a third, one is kept."""
    link = OrganizationLink
    mine = select(link).where((link.first_id == merged_id) | (link.second_id == merged_id)).order_by(link.id)
    theirs = select(link).where((link.first_id == survivor_id) | (link.second_id == survivor_id))
    known = {(_other(one, survivor_id), one.kind) for one in db.session.scalars(theirs) if one.ended_on is None}
    for one in db.session.scalars(mine).all():
        other = _other(one, merged_id)
        if other == survivor_id or (one.ended_on is None and (other, one.kind) in known):
            db.session.delete(one)
        elif one.first_id == merged_id:
            one.first_id = survivor_id
        else:
            one.second_id = survivor_id
        db.session.flush()


def _other(link: OrganizationLink, organization_id: int) -> int:
    return link.second_id if link.first_id == organization_id else link.first_id


def _move_decisions(merged_id: int, survivor_id: int) -> None:
    """Whoever was said not to be the one is not the other either; pairs that nobody decided are found anew."""
    pair = PossibleDuplicate
    decided = select(pair).where(
        (pair.first_id == merged_id) | (pair.second_id == merged_id), pair.state == DuplicateState.DISMISSED
    )
    for one in db.session.scalars(decided).all():
        third = one.second_id if one.first_id == merged_id else one.first_id
        first, second = min(third, survivor_id), max(third, survivor_id)
        there = select(pair.id).where(pair.first_id == first, pair.second_id == second)
        if third != survivor_id and db.session.scalar(there) is None:
            one.first_id, one.second_id = first, second
            db.session.flush()


def settle(clashes: Sequence[Clash], taken: Collection[str], merge: OrganizationMerge) -> list[dict[str, Any]]:
    """Let one side of each clash count: earlier accounts and papers end today, the rest is set aside; gives what was."""
    aside: list[dict[str, Any]] = []
    for clash in clashes:
        ids = [line.id for line in (clash.ours if clash.key in taken else clash.theirs)]
        if clash.kind in SET_ASIDE:
            aside += _set_aside(SET_ASIDE[clash.kind], ids, merge)
        else:
            _end(BankAccount if clash.kind == "account" else OrganizationDocument, ids)
    db.session.flush()
    return aside


def _set_aside(model: type[Any], ids: Sequence[int], merge: OrganizationMerge) -> list[dict[str, Any]]:
    """Take records out of both files and keep what they said; their papers stay with the merge."""
    told = []
    for record in db.session.scalars(select(model).where(model.id.in_(ids)).order_by(model.id)).all():
        told.append({"record": model.__name__, "id": record.id, **columns_of(record)})
        owned = (StoredFile.owner_kind == model.__name__, StoredFile.owner_id == record.id)
        values = {"owner_kind": "OrganizationMerge", "owner_id": merge.id, "organization_id": None}
        _write(update(StoredFile).where(*owned).values(values))
        db.session.delete(record)
    return told


def _end(model: type[Any], ids: Sequence[int]) -> None:
    for record in db.session.scalars(select(model).where(model.id.in_(ids))).all():
        if isinstance(record, BankAccount):
            record.until = max(today(), record.since)
        else:
            record.replaced_on = today()


def withdraw_letters(organization_id: int) -> None:
    """Let the letters by which a file's account could be claimed open nothing any more."""
    wanted = select(ClaimCode).where(ClaimCode.organization_id == organization_id, ClaimCode.withdrawn_at.is_(None))
    for letter in db.session.scalars(wanted).all():
        letter.withdrawn_at = now()
    db.session.flush()


def snapshot_of(organization: Organization) -> dict[str, Any]:
    """Give a file's own entries as JSON keeps them, with the days on which its registration changed."""
    changes = select(StatusChange).where(StatusChange.organization_id == organization.id).order_by(StatusChange.id)
    statuses = [[plain(one.since), one.was.value, one.status.value] for one in db.session.scalars(changes)]
    return {**columns_of(organization), "status_changes": statuses}


def columns_of(record: Fact) -> dict[str, Any]:
    """Give the columns of a row as JSON keeps them, without those that need not be kept."""
    names = [column.key for column in record.__table__.columns if column.key not in UNKEPT]
    return {name: plain(getattr(record, name)) for name in names}


def plain(value: Any) -> Any:
    """Write a value as JSON keeps it; an amount stays exact."""
    match value:
        case Decimal():
            return str(value)
        case date() | datetime():
            return value.isoformat()
    return value


def drop_what_was_left(organization_id: int) -> None:
    """Take away a file's row with the days of its registration, which are kept with the merge.

    The database refuses it while anything still hangs on the row.
    """
    _write(delete(StatusChange).where(StatusChange.organization_id == organization_id))
    organization = db.session.scalars(select(Organization).where(Organization.id == organization_id)).one()
    db.session.delete(organization)
    db.session.flush()
