"""Listings by the Centre, read back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Select, and_, func, or_, select

from kernel.db import db
from orgs.models import BlacklistEntry
from orgs.states import BlacklistState


def defences_due(first: date, last: date) -> Iterator[tuple[BlacklistEntry, date]]:
    """Give the notices that were not answered and whose time ends between two days, each with its last day."""
    wanted = select(BlacklistEntry).where(
        BlacklistEntry.state == BlacklistState.DEFENCE,
        BlacklistEntry.defended_on.is_(None),
        BlacklistEntry.defence_due_on.between(first, last),
    )
    for entry in db.session.scalars(wanted.order_by(BlacklistEntry.id)).all():
        assert entry.defence_due_on is not None
        yield entry, entry.defence_due_on


def listings_to_decide(day: date) -> int:
    """Count what waits for the director: notices answered or out of time, requests and appeals without an answer."""
    return db.session.scalar(counting_listings(day)) or 0


def counting_listings(day: date) -> Select[tuple[int]]:
    """Give the statement that counts the listings to decide, for whoever counts more with it."""
    entry = BlacklistEntry
    heard = and_(entry.state == BlacklistState.DEFENCE, or_(entry.defended_on.is_not(None), entry.defence_due_on < day))
    repair = and_(entry.repair_asked_on.is_not(None), entry.repair_answered_on.is_(None))
    appeal = and_(entry.appealed_on.is_not(None), entry.appeal_answered_on.is_(None))
    asked = and_(entry.state == BlacklistState.IN_FORCE, or_(repair, appeal))
    return select(func.count()).select_from(entry).where(or_(heard, asked))
