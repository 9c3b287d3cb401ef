"""The second factor: set up, asked for, each code once, recovery codes, reset by an administrator, required by role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from kernel import second_factor
from kernel.actor import Actor
from kernel.attempts import try_at_once
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.passwords import hash_of_password
from kernel.permissions import permissions_of
from tests.factories.people import SYSTEM, person, post, secret_for_phone, token_of

PASSWORD = "eine-lange-Losung-24"
HASH = hash_of_password(PASSWORD)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash recovery codes at a small price: what is shown here does not depend on it."""
    monkeypatch.setattr(second_factor, "COST", 2**4)


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that stands still at the beginning of a step of thirty seconds."""
    beginning = now().timestamp() // 30 * 30
    with time_machine.travel(beginning, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mei(db_session: object, app: Flask, clock: Any) -> Actor:
    """An officer with a password."""
    return person("mei", "officer", password_hash=HASH)


@pytest.fixture
def phone(mei: Actor) -> pyotp.TOTP:
    """Her phone, before its first code."""
    return pyotp.TOTP(secret_for_phone(mei.user_id))


@pytest.fixture
def codes(mei: Actor, phone: pyotp.TOTP, clock: Any) -> list[str]:
    """Her recovery codes, her phone being set up a minute ago."""
    with transaction():
        given = second_factor.confirm(mei.user_id, phone.at(now()), actor=mei)
    clock.shift(timedelta(minutes=1))
    return given


@pytest.fixture
def required() -> Iterator[None]:
    """The roles whose holders need a second factor: officers."""
    second_factor.require_of(["officer"])
    yield
    second_factor.require_of([])


def is_right(mei: Actor, code: str) -> bool:
    with transaction():
        return second_factor.is_right(mei.user_id, code, actor=SYSTEM)


def send(client: FlaskClient, url: str, **typed: str) -> Any:
    token = token_of(client.get(url).get_data(as_text=True))
    return client.post(url, data={"csrf_token": token, **typed})


def give_password(client: FlaskClient, query: str = "") -> Any:
    return send(client, f"/login/{query}", username="mei", password=PASSWORD)


# --- The codes themselves ---


def test_a_code_opens_once(mei: Actor, phone: pyotp.TOTP, codes: list[str]) -> None:
    assert is_right(mei, phone.at(now()))
    assert not is_right(mei, phone.at(now()))


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(
    mei: Actor, phone: pyotp.TOTP, codes: list[str], steps: int, opens: bool
) -> None:
    assert is_right(mei, phone.at(now(), counter_offset=steps)) is opens


def test_a_code_before_the_last_one_opens_nothing(mei: Actor, phone: pyotp.TOTP, codes: list[str]) -> None:
    assert is_right(mei, phone.at(now(), counter_offset=1))
    assert not is_right(mei, phone.at(now()))


@pytest.mark.parametrize("typed", ["", "12345", "000000000000", "六位数字", "not a code", "\x00"])
def test_what_is_no_code_opens_nothing(mei: Actor, codes: list[str], typed: str) -> None:
    assert not is_right(mei, typed)


def test_a_code_may_be_typed_with_a_space(mei: Actor, phone: pyotp.TOTP, codes: list[str]) -> None:
    code = phone.at(now())

    assert is_right(mei, f"{code[:3]} {code[3:]}")


def test_nothing_is_asked_for_before_the_first_code(mei: Actor, phone: pyotp.TOTP) -> None:
    assert not second_factor.has_factor(mei.user_id, actor=SYSTEM)
    with pytest.raises(Invalid), transaction():
        second_factor.confirm(mei.user_id, "000000", actor=mei)
    assert not second_factor.has_factor(mei.user_id, actor=SYSTEM)


def test_each_recovery_code_opens_once(mei: Actor, codes: list[str]) -> None:
    assert len(set(codes)) == 10
    assert second_factor.codes_left(mei.user_id, actor=mei) == 10

    assert is_right(mei, codes[3].upper().replace("-", " "))
    assert not is_right(mei, codes[3])

    assert second_factor.codes_left(mei.user_id, actor=mei) == 9


def test_the_database_keeps_neither_secret_nor_code(mei: Actor, phone: pyotp.TOTP, codes: list[str]) -> None:
    db.session.connection()
    db.session.execute(text("SET LOCAL ROLE g_deed"))
    rows = [
        str(tuple(row))
        for table in ("second_factor", "recovery_code", "audit_event")
        for row in db.session.execute(text(f"SELECT * FROM {table}"))
    ]

    assert len(rows) > 11
    assert not [
        secret
        for secret in (phone.secret, *codes, *(code.replace("-", "") for code in codes))
        if any(secret in row for row in rows)
    ]


# --- At the door ---


def test_the_password_alone_is_no_session(app: Flask, db_session: object, codes: list[str]) -> None:
    client = app.test_client()

    assert give_password(client, "?next=/account/").headers["Location"] == "/login/code/?next=/account/"

    for url in ("/account/", "/inbox/", "/organizations/"):
        assert client.get(url).headers["Location"].startswith("/login/")


def test_password_and_code_open_the_door_and_lead_on(
    app: Flask, db_session: object, phone: pyotp.TOTP, codes: list[str]
) -> None:
    client = app.test_client()
    give_password(client, "?next=/account/")
    first = client.get_cookie("yulan").value

    answer = send(client, "/login/code/?next=/account/", code=phone.at(now()))

    assert answer.headers["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert client.get_cookie("yulan").value != first
    client.set_cookie("yulan", first)
    assert client.get("/login/code/").headers["Location"].startswith("/login/?")


def test_a_step_of_a_sign_in_is_no_session_under_another_name(app: Flask, db_session: object, codes: list[str]) -> None:
    client = app.test_client()
    give_password(client)
    half = client.get_cookie("yulan").value

    client.set_cookie("yulan", "s." + half.removeprefix("p."))

    assert half.startswith("p.")
    assert client.get("/account/").status_code == 302


def test_codes_cannot_be_tried_for_ever(app: Flask, db_session: object, phone: pyotp.TOTP, codes: list[str]) -> None:
    client = app.test_client()
    give_password(client)

    wrong = [send(client, "/login/code/", code="000000").status_code for _attempt in range(5)]

    assert wrong == [401] * 5
    assert send(client, "/login/code/", code=phone.at(now())).status_code == 429


def test_a_half_sign_in_is_over_after_a_quarter_of_an_hour(
    app: Flask, db_session: object, codes: list[str], clock: Any
) -> None:
    client = app.test_client()
    give_password(client)
    clock.shift(timedelta(minutes=16))

    assert client.get("/login/code/").headers["Location"].startswith("/login/?")


def test_a_program_gives_password_and_code_at_once(
    app: Flask, db_session: object, mei: Actor, phone: pyotp.TOTP, codes: list[str]
) -> None:
    with app.test_request_context("/"):
        without = try_at_once("mei", PASSWORD, "", address="")
        wrong = try_at_once("mei", PASSWORD, "000000", address="")
        right = try_at_once("mei", PASSWORD, phone.at(now()), address="")

    assert (without.stage, wrong.user_id) == ("code", None)
    assert (right.stage, right.user_id) == ("open", mei.user_id)


# --- Required by role ---


def test_a_role_that_needs_a_factor_sets_it_up_and_does_nothing_before(
    app: Flask, db_session: object, mei: Actor, required: None
) -> None:
    client = app.test_client()
    assert give_password(client).headers["Location"] == "/login/factor/?next=/"
    assert client.get("/account/").status_code == 302

    page = client.get("/login/factor/").get_data(as_text=True)
    (secret,) = re.findall(r'yl-code">([A-Z2-7 ]+)<', page)
    wrong = send(client, "/login/factor/", code="000000")
    shown = send(client, "/login/factor/", code=pyotp.TOTP(secret.replace(" ", "")).at(now()))

    assert 'src="data:image/png;base64,' in page
    assert wrong.status_code == 422
    assert len(re.findall(r'<li class="yl-code">[a-z2-9]{5}-[a-z2-9]{5}</li>', shown.get_data(as_text=True))) == 10
    assert client.get("/account/").status_code == 200


def test_a_role_that_needs_a_factor_cannot_take_it_away(
    app: Flask, db_session: object, sign_in: Any, codes: list[str], required: None
) -> None:
    client = sign_in(app.test_client(), "mei")

    assert post(client, "/account/factor", {"deed": "remove"}).status_code == 409
    assert "您的角色要求使用二次验证" in client.get("/account/factor").get_data(as_text=True)


def test_a_role_that_there_is_not_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="wizard"):
        second_factor.require_of(["officer", "wizard"])


# --- On the account's page, and by an administrator ---


def test_one_sets_it_up_oneself_and_draws_new_codes(app: Flask, sign_in: Any, mei: Actor, clock: Any) -> None:
    client = sign_in(app.test_client(), "mei")
    assert client.get("/account/factor").location == "/account/#factor"
    assert post(client, "/account/factor", {"deed": "begin"}).location == "/account/factor"
    (secret,) = re.findall(r'yl-code">([A-Z2-7 ]+)<', client.get("/account/factor").get_data(as_text=True))
    phone = pyotp.TOTP(secret.replace(" ", ""))

    first = post(client, "/account/factor", {"deed": "set_up", "code": phone.at(now())}).get_data(as_text=True)
    second = post(client, "/account/factor", {"deed": "codes"}).get_data(as_text=True)
    old, new = (re.findall(r">([a-z2-9]{5}-[a-z2-9]{5})<", page) for page in (first, second))

    assert (len(old), len(new)) == (10, 10)
    assert not is_right(mei, old[0])
    assert is_right(mei, new[0])
    assert post(client, "/account/factor", {"deed": "remove"}).status_code == 302
    assert not second_factor.has_factor(mei.user_id, actor=SYSTEM)


def test_the_security_administrator_resets_a_lost_phone_and_its_person_is_told(
    app: Flask, sign_in: Any, mei: Actor, codes: list[str]
) -> None:
    person("secadmin", "secadmin")
    open_elsewhere = sign_in(app.test_client(), "mei")
    client = sign_in(app.test_client(), "secadmin")

    assert post(client, f"/people/{mei.user_id}/deeds/reset_factor").status_code == 302

    assert not second_factor.has_factor(mei.user_id, actor=SYSTEM)
    assert open_elsewhere.get("/account/").status_code == 302
    assert "您的二次验证已被重置" in sign_in(app.test_client(), "mei").get("/inbox/").get_data(as_text=True)


def test_who_resets_passwords_resets_no_factor(db_session: object, mei: Actor, codes: list[str]) -> None:
    one, other = permissions_of(["sysadmin"]), permissions_of(["secadmin"])

    assert {("reset_password", "User"), ("reset_factor", "User")} & one == {("reset_password", "User")}
    assert {("reset_password", "User"), ("reset_factor", "User")} & other == {("reset_factor", "User")}


def test_nobody_resets_their_own(db_session: object) -> None:
    me = person("secadmin", "secadmin")

    with pytest.raises(Refused) as refused:
        second_factor.reset_factor(me.user_id, actor=me)

    assert [reason.msgid for reason in refused.value.reasons] == ["Nobody resets their own second factor."]
