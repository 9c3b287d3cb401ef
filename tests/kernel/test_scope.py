"""One rule per model, kept by the session and by the database, each alone as good as both."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select, text, true
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from grants.models import Call, CallQuota
from kernel import scope
from kernel.accounts import add_user
from kernel.actor import Actor, ReaderKind
from kernel.db import db, transaction
from kernel.people import Account
from kernel.scope import RULES, all_records, see_as, whole
from tests.conftest import Copy
from tests.factories.grants import approved_year, draft_call

SYSTEM = Actor.system("tests")


@pytest.fixture
def accounts(db_session: Session) -> None:
    with transaction(), whole(SYSTEM, "set-up"):
        for name, organization_id in (("a", 1), ("b", 2), ("c", 2)):
            add_user(name, name, f"{name}@example.org", password_hash="", organization_id=organization_id)
    db.session.remove()


def of_organization(organization_id: int) -> Actor:
    return Actor(name="org", user_id=1, kind=ReaderKind.ORG, organization_id=organization_id)


def seen() -> list[int | None]:
    return sorted(db.session.scalars(select(Account.organization_id)))


def test_without_an_identity_nothing_is_seen(accounts: None) -> None:
    assert seen() == []


def test_an_organization_sees_its_own_rows(accounts: None) -> None:
    see_as(of_organization(2))

    assert seen() == [2, 2]
    assert db.session.scalar(select(func.count()).select_from(Account)) == 2


def test_aliases_and_subqueries_are_scoped_too(accounts: None) -> None:
    see_as(of_organization(1))
    inner = select(Account.id).scalar_subquery()

    assert db.session.scalars(select(Account.organization_id).where(Account.id.in_(inner))).all() == [1]


def test_a_deed_sees_all_and_afterwards_the_reader_sees_no_more_than_before(accounts: None) -> None:
    see_as(of_organization(1))

    with whole(SYSTEM, "guard"):
        assert seen() == [1, 2, 2]
    assert seen() == [1]


def test_row_level_security_alone_holds(accounts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "_criteria", lambda _actor: ())
    see_as(of_organization(2))

    assert seen() == [2, 2]
    assert db.session.execute(text("SELECT count(*) FROM account")).scalar() == 2


def test_the_session_alone_holds(accounts: None) -> None:
    see_as(of_organization(2))
    db.session.execute(text("SET LOCAL ROLE g_deed"))

    assert seen() == [2, 2]
    assert db.session.execute(text("SELECT count(*) FROM account")).scalar() == 3


def test_a_reader_cannot_write(accounts: None) -> None:
    see_as(of_organization(2))

    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(text("UPDATE account SET locale = 'en'"))


def test_a_reader_cannot_read_passwords(accounts: None) -> None:
    see_as(of_organization(2))

    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(text("SELECT password FROM ab_user"))


def test_the_application_cannot_change_the_trail(accounts: None) -> None:
    with whole(SYSTEM, "tamper"), pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(text("UPDATE audit_event SET actor = 'somebody else'"))


def test_every_record_says_who_sees_it() -> None:
    assert [model.__name__ for model in all_records() if model not in RULES] == []


def test_a_deed_reads_the_relations_of_its_readers_record_with_full_sight(
    app: Flask, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_id = draft_call(approved_year()).id
    db.session.remove()
    monkeypatch.setitem(RULES, Call, lambda _reader: {ReaderKind.ORG: true()})
    monkeypatch.setitem(RULES, CallQuota, lambda _reader: {})
    monkeypatch.setattr(scope, "_criteria_of", scope._criteria_of.__wrapped__)  # what is kept knows the real rules
    see_as(Actor(name="org", user_id=4711, kind=ReaderKind.ORG, organization_id=4711))
    db.session.execute(text("SET LOCAL ROLE g_deed"))
    call = db.session.scalars(select(Call).where(Call.id == call_id)).one()

    with whole(SYSTEM, "guard"):
        assert len(call.quotas) == 1
    db.session.expire(call, ["quotas"])
    assert call.quotas == []


def test_a_connection_that_dies_within_a_deed_is_what_is_told(committed_database: Copy) -> None:
    see_as(of_organization(1))
    died = OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    def deed() -> None:
        with whole(SYSTEM, "deed"):
            db.session.connection().invalidate()
            raise died

    with pytest.raises(OperationalError) as told:
        deed()
    db.session.rollback()

    assert told.value is died
    assert db.session.scalar(text("SELECT current_user")) == "g_org"
