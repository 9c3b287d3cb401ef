"""The trail cannot be changed unseen: whatever a superuser does to it, past its trigger, is named by `verify-audit`."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from kernel.audit import note_event, verify
from kernel.db import db, transaction
from tests.factories.people import SYSTEM

ROWS = 12
FORGED = (
    "INSERT INTO audit_event (seq, at, actor, action, subject_kind, audience, changes, previous_hash, hash)"
    " SELECT :fourth + 1000, now(), 'x', 'x', 'x', 'parties', '{}', '', ''"
)
COUNTED_ANEW = (
    "UPDATE audit_event SET hash = encode(sha256(convert_to(audit_payload(audit_event), 'UTF8')), 'hex')"
    " WHERE seq = :fourth"
)
DISABLED = "ALTER TABLE audit_event DISABLE TRIGGER ALL"


@pytest.fixture
def first(owner_connection: Connection) -> int:
    """Write some rows, take the trigger away, and give the number of the first of them."""
    before = verify().rows
    db.session.remove()
    for number in range(ROWS):
        with transaction():
            note_event("Thing", actor=SYSTEM, action="test", subject_id=number, number=number)
    db.session.remove()
    owner_connection.execute(text(DISABLED))
    assert verify().is_whole
    db.session.remove()
    return before + 1


@pytest.mark.parametrize(
    ("deed", "named"),
    [
        ("UPDATE audit_event SET actor = 'somebody else' WHERE seq = :fourth", (3,)),
        ("UPDATE audit_event SET changes = '{}' WHERE seq = :fourth", (3,)),
        ("UPDATE audit_event SET at = at - interval '1 day' WHERE seq = :fourth", (3,)),
        ("UPDATE audit_event SET subject_id = subject_id + 1 WHERE seq = :fourth", (3,)),
        ("UPDATE audit_event SET hash = previous_hash WHERE seq = :fourth", (3, 4)),
        ("DELETE FROM audit_event WHERE seq = :fourth", tuple(range(4, ROWS))),
        (
            FORGED,
            (1003,),
        ),
    ],
)
def test_what_a_superuser_does_to_the_trail_is_named(
    owner_connection: Connection, first: int, deed: str, named: tuple[int, ...]
) -> None:
    owner_connection.execute(text(deed), {"fourth": first + 3})

    assert verify().broken == tuple(first + place for place in named)


def test_a_row_with_its_hash_counted_anew_breaks_the_next_one(owner_connection: Connection, first: int) -> None:
    """Who knows how hashes are counted changes one row whole, and is named by its follower."""
    for line in (
        "UPDATE audit_event SET actor = 'somebody else' WHERE seq = :fourth",
        COUNTED_ANEW,
    ):
        owner_connection.execute(text(line), {"fourth": first + 3})

    assert verify().broken == (first + 4,)


def test_a_tail_that_is_cut_off_shows_against_a_head_that_was_kept(owner_connection: Connection, first: int) -> None:
    """The chain that is left is whole: only a head kept elsewhere (each backup keeps one) tells that rows are gone."""
    kept = verify()
    db.session.remove()

    owner_connection.execute(text("DELETE FROM audit_event WHERE seq > :last"), {"last": first + 5})
    left = verify()

    assert (left.is_whole, left.rows) == (True, first + 5)
    assert left.head != kept.head
