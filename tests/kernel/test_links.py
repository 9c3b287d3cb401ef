"""Links by mail: random, once, for a while, and the same answer for whoever asks; new accounts begin with one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from kernel.accounts import create_account, lock_account, reset_password, send_reset_link
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.notices import deliver
from kernel.passwords import hash_of_password
from kernel.sessions import identify, start_session
from orgs.operations import invite_member
from orgs.security import MemberRole
from tests.factories.people import SYSTEM, organization, person, token_of

PASSWORD = "eine-lange-Losung-24"
NEW = "noch-eine-lange-Losung-25"
LINK = re.compile(r"https?://\S+/login/link/#([0-9a-f]{64})")


@pytest.fixture
def mei(db_session: object) -> Actor:
    return person("mei", "officer", password_hash=hash_of_password(PASSWORD))


class Kept:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    def open(self) -> Kept:
        return self

    def send(self, letter: Any) -> None:
        self.letters.append(letter)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def posted(app: Flask) -> Callable[[], list[Any]]:
    """Carry out the letters that wait, and give them."""

    def _posted() -> list[Any]:
        post = Kept()
        db.session.commit()
        deliver(post, sender="Yulan <no-reply@localhost>")
        return post.letters

    return _posted


def ask(client: FlaskClient, who: str) -> Any:
    token = token_of(client.get("/login/forgotten/").get_data(as_text=True))
    return client.post("/login/forgotten/", data={"csrf_token": token, "who": who})


def use(client: FlaskClient, token: str, new: str = NEW, again: str = "") -> Any:
    form = {"csrf_token": token_of(client.get("/login/link/").get_data(as_text=True))}
    return client.post("/login/link/", data=form | {"token": token, "new": new, "again": again or new})


def enter(client: FlaskClient, password: str) -> Any:
    token = token_of(client.get("/login/").get_data(as_text=True))
    return client.post("/login/", data={"csrf_token": token, "username": "mei", "password": password})


def token_in(letter: Any) -> str:
    (token,) = LINK.findall(letter.get_content() if not letter.is_multipart() else letter.get_body().get_content())
    return token


@pytest.mark.parametrize("who", ["mei", "mei@example.org", "MEI@example.org"])
def test_a_link_comes_by_mail_and_opens_once(client: FlaskClient, mei: Actor, posted: Any, who: str) -> None:
    elsewhere = start_session(mei.user_id, locale="zh", address="", agent="")
    assert ask(client, who).status_code == 200
    (letter,) = posted()

    first, second = use(client, token_in(letter)), use(client, token_in(letter))

    assert letter["To"] == "mei@example.org"
    assert (first.status_code, first.headers["Location"]) == (302, "/login/")
    assert second.status_code == 409
    assert "链接已使用或已过期" in second.get_data(as_text=True)
    assert identify(elsewhere) is None
    assert enter(client, PASSWORD).status_code == 401
    assert enter(client, NEW).status_code == 302


def test_an_unknown_address_gets_the_same_answer_at_the_same_price(
    client: FlaskClient, mei: Actor, posted: Any
) -> None:
    def answered(who: str) -> tuple[str, int]:
        said: list[str] = []
        heard = lambda _c, _cursor, statement, *_rest: said.append(statement.split(" ", 1)[0])  # noqa: E731
        event.listen(db.engine or db.session.connection().engine, "before_cursor_execute", heard)
        page = ask(client, who).get_data(as_text=True)
        event.remove(db.engine or db.session.connection().engine, "before_cursor_execute", heard)
        return re.sub(r'value="[^"]+"', "", page), len(
            [word for word in said if word in {"SELECT", "INSERT", "UPDATE"}]
        )

    known = answered("mei")
    assert known[1] > 8
    assert answered("nobody@example.org") == known
    assert len(posted()) == 1


def test_a_link_is_too_old_after_half_an_hour(client: FlaskClient, mei: Actor, posted: Any) -> None:
    ask(client, "mei")
    token = token_in(posted()[0])

    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        assert use(client, token).status_code == 409


def test_a_newer_link_ends_the_older_one(client: FlaskClient, mei: Actor, posted: Any) -> None:
    tokens = []
    for _time in range(2):
        ask(client, "mei")
        tokens.append(token_in(posted()[0]))

    assert [use(client, token).status_code for token in tokens] == [409, 302]


def test_looking_at_a_link_changes_nothing(client: FlaskClient, mei: Actor, posted: Any) -> None:
    ask(client, "mei")
    token = token_in(posted()[0])

    assert client.get("/login/link/").status_code == 200

    assert use(client, token).status_code == 302


@pytest.mark.parametrize("token", ["", "0" * 64, "x", "' OR 1=1 --", "\x00"])
def test_a_made_up_link_opens_nothing(client: FlaskClient, mei: Actor, token: str) -> None:
    assert use(client, token).status_code == 409


def test_links_cannot_be_guessed_for_ever(client: FlaskClient, mei: Actor) -> None:
    codes = [use(client, f"{number:064x}").status_code for number in range(21)]

    assert (codes[:20], codes[20]) == ([409] * 20, 429)


def test_letters_cannot_be_asked_for_for_ever(client: FlaskClient, mei: Actor, posted: Any) -> None:
    codes = [ask(client, "mei").status_code for _time in range(6)]

    assert codes == [200] * 5 + [429]


def test_a_weak_password_leaves_the_link_good(client: FlaskClient, mei: Actor, posted: Any) -> None:
    ask(client, "mei")
    token = token_in(posted()[0])

    weak, different = use(client, token, "mei-mei-mei-mei"), use(client, token, NEW, "another-one-of-it")

    assert (weak.status_code, different.status_code) == (422, 422)
    assert "不能包含" in weak.get_data(as_text=True)
    assert "两次输入" in different.get_data(as_text=True)
    assert use(client, token).status_code == 302


def test_the_token_stands_in_the_letter_alone(client: FlaskClient, mei: Actor, posted: Any) -> None:
    ask(client, "mei")
    token = token_in(posted()[0])
    db.session.connection()
    db.session.execute(text("SET LOCAL ROLE g_deed"))
    told = [
        str(tuple(row))
        for table in ("one_time_link", "message", "letter", "audit_event")
        for row in db.session.execute(text(f"SELECT * FROM {table}"))
    ]

    assert told
    assert not [row for row in told if token in row]


def test_a_new_account_begins_with_a_link_that_lasts_a_week(
    client: FlaskClient, db_session: object, posted: Any
) -> None:
    with transaction():
        create_account(actor=SYSTEM, username="mei", name="示例梅", email="mei@example.org")
    (letter,) = posted()

    assert enter(client, "").status_code == 401
    with time_machine.travel(now() + timedelta(days=6), tick=False):
        assert use(client, token_in(letter)).status_code == 302
        assert enter(client, NEW).status_code == 302


def test_a_locked_account_is_opened_by_no_link(client: FlaskClient, mei: Actor, posted: Any) -> None:
    ask(client, "mei")
    token = token_in(posted()[0])
    with transaction():
        lock_account(mei.user_id, actor=SYSTEM)

    assert use(client, token).status_code == 409


def test_a_password_holds_neither_the_organization_nor_its_code(
    client: FlaskClient, db_session: object, posted: Any
) -> None:
    own = organization(name="示例晨曦服务社")
    with transaction():
        invite_member(own, actor=SYSTEM, name="示例李", email="li@example.org", role=MemberRole.LEAD)
    token = token_in(posted()[0])

    refused = [use(client, token, word).status_code for word in ("我爱示例晨曦服务社 2026", f"{own.credit_code}-fest")]

    assert refused == [422, 422]
    assert use(client, token).status_code == 302


# --- By an administrator ---


def test_a_password_that_an_administrator_gave_opens_the_page_that_asks_for_another(
    client: FlaskClient, mei: Actor
) -> None:
    with transaction():
        given = reset_password(mei.user_id, actor=SYSTEM)

    assert enter(client, given).headers["Location"] == "/login/password/?next=/"
    assert client.get("/account/").status_code == 302
    form = {"csrf_token": token_of(client.get("/login/password/").get_data(as_text=True))}
    assert client.post("/login/password/", data=form | {"new": "short", "again": "short"}).status_code == 422
    assert client.post("/login/password/", data=form | {"new": NEW, "again": NEW}).status_code == 302

    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("theirs", ["secadmin", "logadmin"])
def test_the_system_administrator_learns_no_password_of_another_administrator(db_session: object, theirs: str) -> None:
    actor, other = person("sysadmin", "sysadmin"), person(theirs, theirs)

    with pytest.raises(Refused) as refused:
        reset_password(other.user_id, actor=actor)

    assert refused.value.reasons[0].msgid.startswith("This person is an administrator of another kind.")


def test_another_administrator_gets_a_link_instead(db_session: object, posted: Any) -> None:
    actor, other = person("sysadmin", "sysadmin"), person("secadmin", "secadmin")

    with transaction():
        send_reset_link(other.user_id, actor=actor)

    assert [letter["To"] for letter in posted()] == ["secadmin@example.org"]
