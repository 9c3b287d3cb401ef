"""The trail: written with the deed, chained, masked, and a change of it is named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.accounts import add_user
from kernel.actor import Actor
from kernel.audit import AuditEvent, acting, masked, note_event, verify
from kernel.db import db, transaction
from kernel.people import Account
from kernel.scope import whole

SYSTEM = Actor.system("tests")


def events() -> list[AuditEvent]:
    with whole(SYSTEM, "look"):
        return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)))


def account_of(name: str) -> Account:
    user_id = add_user(name, name, f"{name}@example.org", password_hash="")
    return db.session.scalars(select(Account).where(Account.user_id == user_id)).one()


def test_a_change_is_written_with_its_deed_and_both_values(db_session: Session) -> None:
    with transaction(), whole(SYSTEM, "set-up"), acting(SYSTEM, "Account.change"):
        account = account_of("a")
        account.locale = "en"

    last = events()[-1]
    assert (last.action, last.actor, last.subject_kind, last.subject_id) == (
        "Account.change",
        "tests",
        "Account",
        account.id,
    )
    assert last.changes["locale"] == ["zh", "en"]


def test_an_event_is_told_as_the_deed_that_is_carried_out_and_for_whom(db_session: Session) -> None:
    deputy = Actor("Deng", user_id=7, principal="Gu", principal_id=8)
    with transaction(), acting(deputy, "Thing.approve", as_deputy=True):
        note_event("Thing", actor=deputy)
        note_event("Thing", actor=deputy, action="Thing.open")
    with transaction():
        note_event("Thing", actor=deputy, action="Thing.look")

    assert [(one.action, one.actor, one.principal_id) for one in events()[-3:]] == [
        ("Thing.approve", "Deng", 8),
        ("Thing.open", "Deng", 8),
        ("Thing.look", "Deng", None),
    ]


def test_what_is_rolled_back_leaves_no_trace(db_session: Session) -> None:
    before = len(events())
    with pytest.raises(RuntimeError), transaction(), whole(SYSTEM, "set-up"):  # noqa: PT012  (what it undoes)
        account_of("a")
        raise RuntimeError

    assert len(events()) == before


def test_what_a_savepoint_takes_back_leaves_no_trace(db_session: Session) -> None:
    before = len(events())
    with transaction() as session, whole(SYSTEM, "set-up"):
        account_of("kept")
        with pytest.raises(RuntimeError), session.begin_nested():  # noqa: PT012  (what it undoes)
            account_of("gone")
            raise RuntimeError

    assert len(events()) == before + 1


def test_secrets_are_masked() -> None:
    assert masked("6222021234567890") == "••••90"
    assert masked("123") == "••••"


def write_some(worker: int) -> None:
    for number in range(5):
        with transaction():
            note_event("Thing", actor=SYSTEM, action="test", subject_id=worker, number=number)
    db.session.remove()


def test_the_chain_has_no_gap_under_eight_writers(committed_database: object) -> None:
    before = verify().rows
    db.session.remove()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write_some, range(8)))

    found = verify()

    assert (found.rows, found.broken) == (before + 40, ())


def test_a_row_that_somebody_changed_is_named(owner_connection: Connection) -> None:
    write_some(1)
    db.session.remove()
    for line in ("ALTER TABLE audit_event DISABLE TRIGGER ALL", "UPDATE audit_event SET actor = 'x' WHERE seq = 3"):
        owner_connection.execute(text(line))

    assert verify().broken == (3,)


def test_a_row_that_somebody_took_out_is_found(owner_connection: Connection) -> None:
    write_some(1)
    db.session.remove()
    for line in ("ALTER TABLE audit_event DISABLE TRIGGER ALL", "DELETE FROM audit_event WHERE seq = 2"):
        owner_connection.execute(text(line))

    assert verify().broken != ()


def test_even_the_owner_is_stopped_by_the_trigger(owner_connection: Connection) -> None:
    write_some(1)
    db.session.remove()

    with pytest.raises(Exception, match="append-only"):
        owner_connection.execute(text("DELETE FROM audit_event"))


def test_a_flush_that_fails_in_a_savepoint_takes_nothing_else_off_the_trail(db_session: Session) -> None:
    with transaction() as session, whole(SYSTEM, "set-up"), acting(SYSTEM, "Account.change"):
        kept = account_of("kept")
        with pytest.raises(IntegrityError), session.begin_nested():  # noqa: PT012  (what fails)
            session.add(Account(user_id=kept.user_id))
            session.flush()

    assert [event.subject_id for event in events() if event.action == "Account.change"] == [kept.id]


def test_what_is_written_without_a_deed_is_named_by_whoever_opened_the_full_sight(db_session: Session) -> None:
    mei = Actor("梅", 7)
    with transaction(), whole(mei, "Account.begin"):
        account_of("b")

    last = events()[-1]
    assert (last.actor, last.actor_id, last.action, last.subject_kind) == ("梅", 7, "Account.begin", "Account")
