"""Signing in and out, the throttle, and what a cookie is worth."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.security import check_password_hash

from kernel import passwords
from kernel.accounts import add_user, give_roles, lock_account
from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.passwords import hash_of_password, problem_with
from kernel.permissions import permissions_of
from kernel.scope import see_as, whole
from kernel.sessions import attempts_left, end_sessions_of, identify, start_session
from tests.conftest import REAL_COST

PASSWORD = "eine-lange-Losung-24"
SYSTEM = Actor.system("tests")


@pytest.fixture
def person(db_session: object) -> int:
    with transaction(), whole(SYSTEM, "set-up"):
        user_id = add_user(
            "mei", "梅经办", "mei@example.org", password_hash=hash_of_password(PASSWORD), codes=["sysadmin"]
        )
    db.session.remove()
    return user_id


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


def try_sign_in(client: FlaskClient, password: str, *, path: str = "/login/") -> object:
    token = token_of(client.get("/login/").get_data(as_text=True))
    return client.post(path, data={"csrf_token": token, "username": "mei", "password": password})


def test_the_right_password_opens_the_door(client: FlaskClient, person: int) -> None:
    answer = try_sign_in(client, PASSWORD)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"
    assert "梅经办" in client.get("/").get_data(as_text=True)


def test_a_wrong_password_says_how_many_attempts_are_left_and_keeps_the_name(client: FlaskClient, person: int) -> None:
    page = try_sign_in(client, "wrong").get_data(as_text=True)

    assert "账号或密码不对，还可以再试 9 次" in page
    assert 'value="mei"' in page


def test_an_unknown_name_gets_the_same_answer(client: FlaskClient, person: int) -> None:
    token = token_of(client.get("/login/").get_data(as_text=True))
    answer = client.post("/login/", data={"csrf_token": token, "username": "nobody", "password": "x"})

    assert answer.status_code == 401
    assert "账号或密码不对" in answer.get_data(as_text=True)


def test_after_ten_failures_even_the_right_password_waits(client: FlaskClient, person: int) -> None:
    for _attempt in range(10):
        try_sign_in(client, "wrong")

    answer = try_sign_in(client, PASSWORD)

    assert answer.status_code == 429
    assert "尝试次数太多" in answer.get_data(as_text=True)


def test_the_throttle_counts_across_connections_and_begins_anew_after_its_time(db_session: object) -> None:
    assert [attempts_left("key", most=2, minutes=15) for _ in range(3)] == [1, 0, -1]

    with time_machine.travel(now() + timedelta(minutes=16), tick=False):
        assert attempts_left("key", most=2, minutes=15) == 1


def test_a_cookie_is_worth_nothing_after_signing_out(client: FlaskClient, person: int) -> None:
    try_sign_in(client, PASSWORD)
    cookie = client.get_cookie("yulan")
    token = token_of(client.get("/account/").get_data(as_text=True))

    client.post("/logout/", data={"csrf_token": token})
    client.set_cookie("yulan", cookie.value)

    assert client.get("/people/").status_code == 302


def test_a_lock_ends_what_is_open(person: int) -> None:
    token = start_session(person, locale="zh", address="", agent="")
    assert identify(token) is not None

    with transaction():
        lock_account(person, actor=SYSTEM)
    db.session.remove()

    assert identify(token) is None


def test_a_change_of_password_ends_all_other_sessions(person: int) -> None:
    old, mine = (start_session(person, locale="zh", address="", agent="") for _ in range(2))

    end_sessions_of(person, but=mine)

    assert identify(old) is None
    assert identify(mine) is not None


def test_an_idle_administrator_is_signed_out_after_half_an_hour(person: int) -> None:
    token = start_session(person, locale="zh", address="", agent="")

    with time_machine.travel(now() + timedelta(minutes=29), tick=False):
        assert identify(token) is not None
    with time_machine.travel(now() + timedelta(minutes=60), tick=False):
        assert identify(token) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "/\tx",
        "http://evil.example/x",
        "evil.example",
        "",
    ],
)
def test_signing_in_leads_to_no_foreign_place(client: FlaskClient, person: int, target: str) -> None:
    token = token_of(client.get("/login/").get_data(as_text=True))
    data = {"csrf_token": token, "username": "mei", "password": PASSWORD}

    answer = client.post("/login/", query_string={"next": target}, data=data)

    assert answer.headers["Location"] == "/"


def test_a_forged_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/login/", headers={"Host": "evil.example"}).status_code == 400


def test_signing_in_stands_in_the_trail(client: FlaskClient, person: int) -> None:
    try_sign_in(client, "wrong")
    try_sign_in(client, PASSWORD)

    with whole(SYSTEM, "look"):
        deeds = db.session.query(AuditEvent.action, AuditEvent.actor).order_by(AuditEvent.seq).all()

    assert [tuple(deed) for deed in deeds[-2:]] == [("sign_in_failed", "mei"), ("sign_in", "mei")]


def test_a_form_without_its_token_is_refused(client: FlaskClient, person: int) -> None:
    assert client.post("/login/", data={"username": "mei", "password": PASSWORD}).status_code == 400


def test_nobody_gives_roles_to_themselves(person: int) -> None:
    me = Actor(name="梅", user_id=person, permissions=frozenset({("give_roles", "User")}))
    see_as(me)

    with pytest.raises(Refused) as refused:
        give_roles(person, actor=me, codes=["secadmin"])

    assert [reason.msgid for reason in refused.value.reasons] == ["Nobody gives roles to themselves."]


def test_one_person_has_one_kind_of_duty(person: int) -> None:
    with pytest.raises(Refused), transaction():
        give_roles(person, actor=SYSTEM, codes=["sysadmin", "public"])


SHORT = "A password has at least {least} characters. Make it longer: a sentence is fine."
GUESSED = "This password is easy to guess. Take several words that do not belong together."
OWN = "A password must not contain your name, your organization's or Yulan's. Leave it out."


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("elf-zeichen", SHORT),
        ("zwoelf-bunte", None),
        ("x8-" * 43, "A password has at most {most} characters. Please shorten it."),
        ("eine lange Reihe von Worten, die niemand raet, " * 2, None),
        ("aaaaaaaaaaaa", GUESSED),
        ("password12345", GUESSED),
        ("qwertyuiop123", GUESSED),
        ("123456789012", GUESSED),
        ("xx-MEI-xx-2026", OWN),
        ("unser-yulan-zugang", OWN),
        ("三个字的密码也可以很长很好", None),
        ("   leading spaces stay   ", None),
    ],
)
def test_passwords_are_long_and_not_guessed(password: str, told: str | None) -> None:
    found = problem_with(password, "mei")

    assert (found.msgid if found else None) == told


def test_a_try_at_a_stored_password_is_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", REAL_COST)

    stored = hash_of_password(PASSWORD)

    assert stored.startswith("scrypt:32768:8:1$")
    assert check_password_hash(stored, PASSWORD)
    assert not check_password_hash(stored, "eine-lange-Losung-25")


def test_the_session_table_keeps_no_token(person: int) -> None:
    token = start_session(person, locale="zh", address="", agent="")

    kept = db.session.execute(text("SELECT id FROM web_session")).scalars().all()

    assert token not in kept


def test_the_wait_ends_after_its_time(client: FlaskClient, person: int) -> None:
    for _attempt in range(12):
        try_sign_in(client, "wrong")

    with time_machine.travel(now() + timedelta(minutes=16), tick=False):
        assert try_sign_in(client, PASSWORD).status_code == 302


def test_a_stranger_elsewhere_locks_nobody_out_with_a_few_guesses(client: FlaskClient, app: Flask, person: int) -> None:
    stranger = app.test_client()
    stranger.environ_base = client.environ_base | {"REMOTE_ADDR": "203.0.113.7"}
    for _attempt in range(11):
        try_sign_in(stranger, "wrong")

    assert try_sign_in(client, PASSWORD).status_code == 302


def test_attempts_are_counted_before_they_are_looked_at(
    client: FlaskClient, person: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    monkeypatch.setattr(
        "flask_appbuilder.security.manager.BaseSecurityManager.auth_user_db",
        lambda *_args: counted.append(db.session.scalars(text("SELECT max(count) FROM throttle")).one()),
    )

    try_sign_in(client, "wrong")

    assert counted == [1]


def test_who_signs_in_leaves_no_count_behind(client: FlaskClient, person: int) -> None:
    try_sign_in(client, PASSWORD)

    assert db.session.scalars(text("SELECT coalesce(sum(count), 0) FROM throttle")).one() == 0


def test_a_host_cookie_is_deleted_with_its_marks(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(client.get("/login/").get_data(as_text=True))
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)

    answer = client.post("/logout/", data={"csrf_token": token})

    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in answer.headers["Set-Cookie"]


def test_a_mixture_of_duties_may_nothing(template: str) -> None:
    assert permissions_of(("sysadmin", "secadmin")) >= permissions_of(("secadmin",)) > frozenset()
    assert permissions_of(("sysadmin", "officer")) == frozenset()
    assert permissions_of(("sysadmin", "public")) > permissions_of(("sysadmin",))
