"""Where one is signed in: listed, ended one by one or all others; and what a sign-out leaves behind."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from kernel.account import device_words
from kernel.actor import Actor
from kernel.db import db
from kernel.own_sessions import open_sessions_of
from kernel.passwords import hash_of_password
from kernel.scope import see_as
from kernel.sessions import identify, start_session
from tests.factories.people import person, post, token_of

PASSWORD = "eine-lange-Losung-24"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0"


@pytest.fixture
def mei(db_session: object) -> Actor:
    return person("mei", "officer", password_hash=hash_of_password(PASSWORD))


@pytest.fixture
def client(app: Flask, mei: Actor, sign_in: Any) -> FlaskClient:
    return sign_in(app.test_client(), "mei")


def elsewhere(mei: Actor, agent: str = FIREFOX) -> str:
    return start_session(mei.user_id, locale="zh", address="203.0.113.7", agent=agent)


def test_my_sessions_are_listed_with_device_and_place_and_this_one_is_marked(client: FlaskClient, mei: Actor) -> None:
    elsewhere(mei)

    page = client.get("/account/").get_data(as_text=True)

    assert "Firefox, Windows" in page
    assert "203.0.113.7" in page
    assert page.count("本机") == 1
    assert page.count('name="name"') == 1


def test_one_session_is_ended_by_its_name_and_the_others_stay(client: FlaskClient, mei: Actor) -> None:
    first, second = elsewhere(mei), elsewhere(mei, WECHAT)
    name = next(one.name for one in open_sessions_of(mei.user_id) if one.agent == WECHAT)

    assert post(client, "/account/sessions", {"name": name}).status_code == 302

    assert identify(second) is None
    assert identify(first) is not None
    assert client.get("/account/").status_code == 200


def test_all_others_are_ended_at_once(client: FlaskClient, mei: Actor) -> None:
    tokens = [elsewhere(mei) for _number in range(3)]

    assert post(client, "/account/sessions").status_code == 302

    assert [identify(token) for token in tokens] == [None] * 3
    assert client.get("/account/").status_code == 200


def test_nobody_ends_anothers_session(client: FlaskClient, mei: Actor) -> None:
    other = person("other", "officer")
    token = elsewhere(other)
    (theirs,) = open_sessions_of(other.user_id)

    assert post(client, "/account/sessions", {"name": theirs.name}).status_code == 404
    assert identify(token) is not None


@pytest.mark.parametrize("role", ["sysadmin", "secadmin"])
def test_an_administrator_ends_all_sessions_of_a_person(app: Flask, sign_in: Any, mei: Actor, role: str) -> None:
    token = elsewhere(mei)
    person(role, role)

    answer = post(sign_in(app.test_client(), role), f"/people/{mei.user_id}/deeds/end_sessions")

    assert answer.status_code == 302
    assert identify(token) is None


@pytest.mark.parametrize(
    ("agent", "words"),
    [(FIREFOX, "Firefox, Windows"), (WECHAT, "WeChat, iPhone"), ("curl/8", "未知设备"), ("", "未知设备")],
)
def test_a_device_is_named_as_people_call_it(app: Flask, agent: str, words: str) -> None:
    with app.test_request_context("/login/"):
        assert device_words(agent, is_program=False) == words


# --- The door ---


def enter(client: FlaskClient, **typed: str) -> Any:
    token = token_of(client.get("/login/").get_data(as_text=True))
    form = {"csrf_token": token, "username": "mei", "password": PASSWORD}
    return client.post("/login/", data=form | typed)


def test_signing_in_gives_a_new_session_and_a_new_form_token(app: Flask, mei: Actor) -> None:
    client = app.test_client()
    before = token_of(client.get("/login/").get_data(as_text=True))
    cookie = client.get_cookie("yulan").value

    enter(client)

    assert client.get_cookie("yulan").value != cookie
    assert client.post("/account/sessions", data={"csrf_token": before}).status_code == 400
    assert token_of(client.get("/account/").get_data(as_text=True)) != before


def test_account_and_address_share_one_count(app: Flask, mei: Actor) -> None:
    client = app.test_client()
    names = ["mei", "mei@example.org", "MEI@EXAMPLE.ORG"]

    left = [enter(client, username=names[number % 3], password="wrong") for number in range(6)]

    assert [int(re.findall(r"还可以再试 (\d+) 次", answer.get_data(as_text=True))[0]) for answer in left] == [
        9,
        8,
        7,
        6,
        5,
        4,
    ]


def test_the_present_password_cannot_be_tried_for_ever(client: FlaskClient, mei: Actor) -> None:
    wrong = {"current": "wrong", "new": "noch-eine-lange-Losung-25", "again": "noch-eine-lange-Losung-25"}

    codes = [post(client, "/account/", wrong).status_code for _attempt in range(10)]

    assert codes == [422] * 10
    assert post(client, "/account/", wrong | {"current": PASSWORD}).status_code == 429


def test_signing_out_clears_what_the_browser_kept(client: FlaskClient) -> None:
    answer = post(client, "/logout/")

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_an_administrator_reads_no_password_not_even_hashed(db_session: object, mei: Actor) -> None:
    see_as(person("sysadmin", "sysadmin"))
    connection = db.session.connection()

    assert connection.scalar(text("SELECT username FROM ab_user WHERE username = 'mei'")) == "mei"
    with pytest.raises(Exception, match="permission denied"):
        connection.execute(text("SELECT password FROM ab_user"))
    db.session.remove()


def test_account_names_are_for_staff_and_colleagues(db_session: object, mei: Actor) -> None:
    colleague = person("colleague", "org_admin", organization_id=7)
    asked = text("SELECT username FROM person WHERE id = :id")

    def name_for(reader: Actor, user_id: int | None) -> str | None:
        see_as(reader)
        return db.session.connection().scalar(asked, {"id": user_id})

    assert name_for(mei, colleague.user_id) == "colleague"
    assert name_for(colleague, colleague.user_id) == "colleague"
    assert name_for(colleague, mei.user_id) is None
    assert name_for(person("reviewer", "reviewer"), mei.user_id) is None
