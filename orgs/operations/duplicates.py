"""Possible duplicates: found when an organization changed in what it is compared by, decided by a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Final

from sqlalchemy import delete, insert, update

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db, transaction
from kernel.encryption import fingerprint
from kernel.scope import whole
from orgs import queries
from orgs.likeness import (
    LEAST,
    core_of,
    evidence_of,
    own_number,
    plain_phone,
    plain_words,
    score_of,
    strength_of,
    without_one,
)
from orgs.models import CompareKey, Organization, OrganizationToCompare, PossibleDuplicate
from orgs.names import pinyin_of
from orgs.reference import area_names
from orgs.states import DuplicateState, Evidence
from orgs.workflows import POSSIBLE_DUPLICATE

POSSIBLE_DUPLICATE.govern(PossibleDuplicate)

BATCH: Final = 200
MOST_BATCHES: Final = 25

Pair = tuple[int, int]
Told = list[tuple[Evidence, int]]


@POSSIBLE_DUPLICATE.step("dismiss")
def dismiss_pair(
    pair: PossibleDuplicate,
    *,
    actor: Actor,
    reason: Annotated[str, Ask("Reason", hint="Why these are two organizations.", long=True, most=1000)],
) -> None:
    """Say that two organizations are not the same; the pair is shown no more unless other evidence turns up."""
    pair.reason, pair.decided_on, pair.decided_by_id = reason, today(), actor.user_id


@POSSIBLE_DUPLICATE.step("reopen")
def reopen_pair(pair: PossibleDuplicate, *, actor: Actor) -> None:
    """Let a pair that was set aside be looked at again."""
    pair.reason = pair.decided_on = pair.decided_by_id = None


@POSSIBLE_DUPLICATE.step("find_again")
def find_pair_again(pair: PossibleDuplicate, *, actor: Actor) -> None:
    """Show a pair again that was set aside before there was other evidence; the trail keeps why it was."""
    pair.reason = pair.decided_on = pair.decided_by_id = None


def compare_organizations(actor: Actor) -> int:
    """Compare what changed since it was compared last, up to some thousands; gives how many organizations.

    For the clock. Each two hundred are one transaction; a second run changes nothing.
    """
    compared = 0
    for _batch in range(MOST_BATCHES):
        with transaction():
            done = compare_some(actor)
        if not done:
            break
        compared += done
    return compared


def compare_some(actor: Actor) -> int:
    """Compare the organizations that wait the longest; gives how many there were."""
    with whole(actor, "PossibleDuplicate.compare"):
        waiting = queries.waiting_to_be_compared(BATCH)
        ids = sorted({one.organization_id for one in waiting})
        if not ids:
            return 0
        compare_these(ids, actor=actor)
        db.session.execute(
            delete(OrganizationToCompare).where(OrganizationToCompare.id.in_([one.id for one in waiting]))
        )
        return len(ids)


def compare_these(ids: Collection[int], *, actor: Actor) -> None:
    """Compare these organizations with all others, inside a deed; those that say nothing new change nothing."""
    _write_keys(ids)
    _write_pairs(ids, _evidence_of(queries.brought_together(ids)), actor)


def _write_keys(ids: Collection[int]) -> None:
    prints = queries.account_prints(ids)
    rows = [
        {"organization_id": one.id, "kind": kind, "value": value}
        for one in queries.organizations_to_compare(ids)
        for kind, values in _keys(one, prints.get(one.id, ())).items()
        for value in dict.fromkeys(values)
        if value
    ]
    db.session.execute(delete(CompareKey).where(CompareKey.organization_id.in_(ids)))
    if rows:
        db.session.execute(insert(CompareKey), rows)


def _keys(organization: Organization, prints: Iterable[str]) -> Mapping[str, list[str]]:
    areas = area_names()
    names = [core_of(name, areas) for name in (organization.name, *organization.former_names)]
    phone = plain_phone(organization.contact_phone or "")
    return {
        "name": names,
        "sound": [pinyin_of(name) for name in names],
        "near": sorted({left for name in names for left in without_one(name)}),
        "code": [own_number(organization.credit_code)],
        "account": list(prints),
        "phone": [fingerprint("phone", phone)] if phone else [],
        "address": [plain_words(organization.address or "")],
        "representative": [plain_words(organization.legal_representative or "")],
    }


def _evidence_of(pairs: Collection[Pair]) -> dict[Pair, Told]:
    keys = queries.keys_of({pk for pair in pairs for pk in pair})
    told = {pair: evidence_of(keys.get(pair[0], {}), keys.get(pair[1], {})) for pair in pairs}
    return {pair: found for pair, found in told.items() if score_of(kind for kind, _share in found) >= LEAST}


def _write_pairs(ids: Collection[int], found: Mapping[Pair, Told], actor: Actor) -> None:
    known = {(one.first_id, one.second_id): one for one in queries.pairs_of(ids)}
    fresh = [pair for pair in found if pair not in known]
    if fresh:
        db.session.execute(insert(PossibleDuplicate), [_columns(found[pair]) | _named(pair) for pair in sorted(fresh)])
    for pair, record in known.items():
        if record.state is DuplicateState.DISMISSED:
            _look_again(record, found.get(pair, []), actor)
        elif pair not in found:
            db.session.execute(delete(PossibleDuplicate).where(PossibleDuplicate.id == record.id))
        elif record.reasons != (columns := _columns(found[pair]))["reasons"]:
            db.session.execute(update(PossibleDuplicate).where(PossibleDuplicate.id == record.id).values(columns))


def _look_again(record: PossibleDuplicate, found: Told, actor: Actor) -> None:
    """Evidence of a kind that nobody knew of when the pair was set aside brings it back."""
    known = {kind for kind, _share in record.reasons}
    if {kind.value for kind, _share in found} - known:
        find_pair_again(record, actor=actor)
        for name, value in _columns(found).items():
            setattr(record, name, value)
        db.session.flush()


def _columns(told: Told) -> dict[str, Any]:
    score = score_of(kind for kind, _share in told)
    return {
        "score": score,
        "strength": strength_of(score),
        "reasons": [[kind.value, share] for kind, share in told],
    }


def _named(pair: Pair) -> dict[str, Any]:
    first, second = pair
    return {"first_id": first, "second_id": second, "state": DuplicateState.OPEN, "found_on": today()}
