"""The proof of the proofs: each defence, switched off alone, lets the attack through that it stops when it is on.

Where two defences stand behind each other, an attack is made that only one of them meets: the application's session
under the deeds' role for the scope, raw SQL for row-level security.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from grants.models import FiscalYear, Journal, LedgerAccount
from grants.states import LedgerDeed
from kernel import attempts, scope, views as kernel_views, workflow
from kernel.api import resource
from kernel.audit import verify
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.lists import ListState
from kernel.passwords import hash_of_password
from kernel.scope import see_as, whole
from orgs.operations import record_rating
from orgs.states import RatingGrade
from tests.conftest import Copy
from tests.factories.grants import approved_year, open_call
from tests.factories.people import SYSTEM, organization, person, token_of
from tests.factories.programs import program
from tests.house.world import World

PASSWORD = "eine-lange-Losung-24"


# --- Who sees what ---


@contextmanager
def as_deed() -> Iterator[None]:
    """Take the database's own guard away from what follows: the role that sees all."""
    db.session.connection()
    db.session.execute(text("SET LOCAL ROLE g_deed"))
    yield
    db.session.remove()


def rows_seen(world: World) -> int:
    return db.session.scalar(select(func.count()).select_from(world.model("Application"))) or 0


def test_without_the_scope_of_the_session_an_organization_reads_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything, own = (
        len(world.all_of(world.model("Application"))),
        world.seen_by("org_admin", world.model("Application")),
    )
    see_as(world.actors["org_admin"])
    with as_deed():
        assert rows_seen(world) == len(own)

    monkeypatch.setattr(scope, "_criteria", lambda _actor: ())
    see_as(world.actors["org_admin"])
    with as_deed():
        assert rows_seen(world) == everything


def test_without_row_level_security_raw_sql_reads_all(world: World) -> None:
    counted = text("SELECT count(*) FROM application")
    own = world.seen_by("org_admin", world.model("Application"))
    see_as(world.actors["org_admin"])
    assert db.session.scalar(counted) == len(own)

    with as_deed():
        assert db.session.scalar(counted) == len(world.all_of(world.model("Application")))


def test_one_of_the_two_is_enough_for_the_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either alone answers 404 for another's application; without both, the page opens."""
    model = world.model("Application")
    url = f"/applications/{world.anothers('org_admin', model)}"
    client = world.client("org_admin")
    plain = scope._take_role

    def take_no_role(session: Session, connection: Connection) -> None:
        plain(session, connection)
        connection.execute(text("SET LOCAL ROLE g_deed"))

    def code() -> int:
        db.session.remove()
        return int(client.get(url).status_code)

    assert code() == 404
    with monkeypatch.context() as off:
        off.setattr(scope, "_take_role", take_no_role)
        assert code() == 404
    with monkeypatch.context() as off:
        off.setattr(scope, "_criteria", lambda _actor: ())
        assert code() == 404
        off.setattr(scope, "_take_role", take_no_role)
        assert code() == 200


# --- What the database holds ---


def overdraw(year: FiscalYear) -> None:
    """Take more out of a book than it holds, as a deed would that forgot to ask."""
    with transaction(), whole(SYSTEM, "attack") as session:
        book = session.scalars(
            select(LedgerAccount).where(LedgerAccount.fiscal_year_id == year.id).order_by(LedgerAccount.id.desc())
        ).first()
        assert book is not None
        session.execute(
            text("UPDATE ledger_account SET balance = -1 WHERE id = :id AND book <> 'source'"), {"id": book.id}
        )


def test_without_its_check_a_book_goes_below_zero(app: Flask, owner_connection: Connection) -> None:
    year = approved_year()
    db.session.commit()
    with pytest.raises(Refused):
        overdraw(year)

    for line in (
        "ALTER TABLE ledger_account DROP CONSTRAINT ck_ledger_account_never_below_zero",
        "ALTER TABLE ledger_account DISABLE TRIGGER USER",
    ):
        owner_connection.execute(text(line))
    overdraw(year)

    assert owner_connection.scalar(text("SELECT min(balance) FROM ledger_account WHERE book <> 'source'")) == -1


def test_without_its_trigger_the_trail_is_changed_and_the_chain_tells(app: Flask, owner_connection: Connection) -> None:
    organization()
    db.session.remove()
    change = text("UPDATE audit_event SET actor = 'somebody else' WHERE seq = (SELECT max(seq) FROM audit_event)")
    with pytest.raises(Exception, match="append-only"):
        owner_connection.execute(change)
    assert verify().is_whole
    db.session.remove()

    owner_connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER ALL"))
    owner_connection.execute(change)

    assert not verify().is_whole


# --- At the door ---


@pytest.fixture
def officer(client: FlaskClient, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    person("officer", "officer", password_hash=hash_of_password(PASSWORD))
    return sign_in(client, "officer")


def test_without_csrf_protection_a_foreign_form_is_taken(
    officer: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert officer.post("/inbox/read").status_code == 400

    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)

    assert officer.post("/inbox/read").status_code == 302


def sign_in_after_failures(app: Flask, failures: int) -> int:
    client = app.test_client()
    token = token_of(client.get("/login/").get_data(as_text=True))
    for attempt in range(failures + 1):
        password = PASSWORD if attempt == failures else "wrong"
        answer = client.post("/login/", data={"csrf_token": token, "username": "officer", "password": password})
    return int(answer.status_code)


def test_without_the_throttle_passwords_can_be_tried_for_ever(
    officer: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in_after_failures(app, 10) == 429

    monkeypatch.setattr(attempts, "MOST_FAILURES", 10**6)

    assert sign_in_after_failures(app, 10) == 302


def test_without_the_question_for_the_version_a_stale_step_is_taken(
    officer: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = organization()
    with transaction(), whole(SYSTEM, "set-up"):
        rating = record_rating(owner, actor=SYSTEM, grade=RatingGrade("4A"), announced_on=owner.created_at.date())
        pk, version = rating.id, rating.version
    url, token = f"/ratings/{pk}/steps/confirm", token_of(officer.get("/account/").get_data(as_text=True))
    stale = {"csrf_token": token, "version": str(version - 1), "certificate_number": "甲-1"}

    answer = officer.post(url, data=stale)
    assert answer.status_code == 409
    assert "甲-1" in answer.get_data(as_text=True)

    monkeypatch.setattr(kernel_views, "version_typed", lambda: None)
    assert officer.post(url, data=stale).status_code == 302


def test_without_the_key_of_its_form_money_moves_twice(
    client: FlaskClient, sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    person("money", "finance")
    url = f"/years/{approved_year().id}/deeds/set-aside"
    sign_in(client, "money")

    def moved_by_two_presses() -> int:
        page = client.get(url).get_data(as_text=True)
        (key, *_others) = re.findall(r'name="form_key" value="([0-9a-f]+)"', page)
        form = {
            "csrf_token": token_of(page),
            "form_key": key,
            "aside": "evaluation",
            "amount": "1,000.00",
            "reason": "年度评估费用",
        }
        before = moved()
        assert [client.post(url, data=form).status_code for _press in range(2)] == [302, 302]
        return moved() - before

    def moved() -> int:
        with whole(SYSTEM, "look"):
            return db.session.scalar(select(func.count()).where(Journal.deed == LedgerDeed.FEE_SET_ASIDE)) or 0

    assert moved_by_two_presses() == 1

    monkeypatch.setattr(workflow, "claim_form", lambda: None)
    assert moved_by_two_presses() == 2


def test_with_a_state_on_the_view_one_reader_sees_anothers_search(
    app: Flask, committed_database: Copy, sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    person("keeper", "sysadmin")
    clients = [sign_in(app.test_client(), "keeper") for _number in range(2)]
    db.session.remove()
    read, together, kept = ListState.read, Barrier(2, timeout=20), {}

    def read_onto_the_view(args: Any, **more: Any) -> ListState:
        kept["state"] = read(args, **more)
        together.wait()
        return kept["state"]

    def read_side_by_side(args: Any, **more: Any) -> ListState:
        state = read(args, **more)
        together.wait()
        return state

    def words(number: int) -> set[str]:
        page = clients[number].get(f"/people/?q=only-{number}-").get_data(as_text=True)
        db.session.remove()
        return set(re.findall(r'value="(only-\d-)"', page))

    def both(reading: Any) -> list[set[str]]:
        monkeypatch.setattr(ListState, "read", reading)
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(words, range(2)))

    assert both(read_side_by_side) == [{"only-0-"}, {"only-1-"}]
    assert both(read_onto_the_view) != [{"only-0-"}, {"only-1-"}]


def test_without_the_key_an_application_is_started_twice(app: Flask, db_session: object, monkeypatch: Any) -> None:
    admin = program(app, person("admin", "org_admin", organization_id=organization().id))
    body = {"call_id": open_call().id}

    def started_twice() -> int:
        for _press in range(2):
            assert admin.send("/api/v1/applications", body, key="one").status_code == 201
        return int(admin.get("/api/v1/applications").json["count"])

    assert started_twice() == 1

    monkeypatch.setattr(resource, "once", lambda _actor, _key, _request, carry_out: carry_out())
    assert started_twice() == 3
