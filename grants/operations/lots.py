"""Lots of a draft call out of a list: 项目包 with their approved amounts, one quota each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grants.models import Call, CallQuota, Lot
from grants.rules.calls import may_be_changed
from kernel.actor import Actor
from kernel.audit import note_event
from kernel.db import db
from kernel.money import sum_of
from kernel.workflow import deed, lock, refuse_if


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot of a list: its place, its name, and its approved amount in yuan."""

    position: int
    title: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many lots are new, how many changed, how many stayed, and what they come to."""

    added: int
    changed: int
    kept: int
    total: Decimal


@deed("change", "Call")
def import_lots(call: Call, *, actor: Actor, rows: Sequence[LotRow]) -> Imported:
    """Bring the lots of a draft call to a list, matched by name; a second import of the same list changes nothing."""
    lock(call)
    refuse_if(may_be_changed(call))
    known = {lot.title: lot for lot in call.lots}
    added = changed = 0
    for row in rows:
        lot = known.get(row.title)
        if lot is None:
            _add(call, row)
            added += 1
        elif lot.amount != row.amount:
            _change(call, lot, row.amount)
            changed += 1
    if added or changed:
        call.has_lots = True
        note_event("Call", actor=actor, action="Call.import_lots", subject_id=call.id, added=added, changed=changed)
    db.session.flush()
    total = sum_of(lot.amount for lot in call.lots)
    return Imported(added, changed, len(rows) - added - changed, total)


def _add(call: Call, row: LotRow) -> None:
    lot = Lot(call_id=call.id, position=row.position, title=row.title, amount=row.amount)
    call.lots.append(lot)
    db.session.flush()
    call.quotas.append(CallQuota(call_id=call.id, lot_id=lot.id, lot=lot, amount=row.amount))


def _change(call: Call, lot: Lot, amount: Decimal) -> None:
    lot.amount = amount
    for quota in call.quotas:
        if quota.lot_id == lot.id:
            quota.amount = amount
