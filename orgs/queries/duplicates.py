"""Which organizations may be one and the same: what is to be compared, and with whom, never all with all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import aliased, undefer_group

from kernel.db import db
from orgs.likeness import SHARED_BY_MANY, Keys
from orgs.models import BankAccount, CompareKey, Organization, OrganizationToCompare, PossibleDuplicate
from orgs.states import DuplicateState, DuplicateStrength

BROUGHT_TOGETHER_BY: Final = ("code", "account", "sound", "near", "phone", "address", "representative")
"""Keys by whose equality organizations come to be compared; whether they are a pair is asked of all their keys."""

LIKELY_PAIRS: Final = (
    select(func.count())
    .select_from(PossibleDuplicate)
    .where(
        PossibleDuplicate.state == DuplicateState.OPEN,
        PossibleDuplicate.strength.in_((DuplicateStrength.STRONG, DuplicateStrength.LIKELY)),
    )
)
"""Counts the pairs that nobody has decided and that are likely at least."""

Pair = tuple[int, int]


def waiting_to_be_compared(limit: int) -> Sequence[OrganizationToCompare]:
    """Give what changed in what it is compared by, the longest waiting first."""
    return db.session.scalars(select(OrganizationToCompare).order_by(OrganizationToCompare.id).limit(limit)).all()


def organizations_to_compare(ids: Collection[int]) -> Sequence[Organization]:
    """Give organizations with their contacts; for the deeds, which alone open them all."""
    wanted = select(Organization).where(Organization.id.in_(ids)).options(undefer_group("contacts"))
    return db.session.scalars(wanted.order_by(Organization.id)).all()


def account_prints(ids: Collection[int]) -> dict[int, list[str]]:
    """Give the fingerprints of all accounts that these organizations have or had."""
    found: dict[int, list[str]] = defaultdict(list)
    wanted = select(BankAccount.organization_id, BankAccount.number_print).where(BankAccount.organization_id.in_(ids))
    for row in db.session.execute(wanted):
        found[row.organization_id].append(row.number_print)
    return found


def current_accounts(ids: Collection[int]) -> dict[int, str]:
    """Give bank and masked number of the account that each of these organizations is paid to."""
    wanted = select(BankAccount).where(BankAccount.organization_id.in_(ids), BankAccount.until.is_(None))
    return {one.organization_id: str(one) for one in db.session.scalars(wanted)}


def keys_of(ids: Collection[int]) -> dict[int, Keys]:
    """Give what these organizations are compared by, as it was written down when they were compared last."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    wanted = select(CompareKey.organization_id, CompareKey.kind, CompareKey.value)
    for row in db.session.execute(wanted.where(CompareKey.organization_id.in_(ids))):
        found[row.organization_id][row.kind].append(row.value)
    return dict(found)


def brought_together(ids: Collection[int]) -> set[Pair]:
    """Give the pairs of these with any others that share a key, the lower id first.

    Each of `ids` costs a few look-ups of equal values by index, however many organizations there are: names that differ
    in one character share what is left without it, so that no name is held against all others.
    """
    mine, other = aliased(CompareKey), aliased(CompareKey)
    others = (
        select(other.organization_id)
        .where(other.kind == mine.kind, other.value == mine.value, other.organization_id != mine.organization_id)
        .limit(SHARED_BY_MANY + 1)
        .lateral()
    )
    wanted = select(mine.organization_id, mine.kind, mine.value, others.c.organization_id.label("other_id"))
    shared: dict[Any, list[Pair]] = defaultdict(list)
    for row in db.session.execute(
        wanted.join(others, true()).where(mine.organization_id.in_(ids), mine.kind.in_(BROUGHT_TOGETHER_BY))
    ):
        shared[row.organization_id, row.kind, row.value].append((row.organization_id, row.other_id))
    found = (pair for pairs in shared.values() if len(pairs) <= SHARED_BY_MANY for pair in pairs)
    return {(min(pair), max(pair)) for pair in found}


def pairs_of(ids: Collection[int]) -> Sequence[PossibleDuplicate]:
    """Give the pairs that are known of these organizations, whatever was made of them."""
    wanted = select(PossibleDuplicate).where(
        or_(PossibleDuplicate.first_id.in_(ids), PossibleDuplicate.second_id.in_(ids))
    )
    return db.session.scalars(wanted.order_by(PossibleDuplicate.id)).all()
