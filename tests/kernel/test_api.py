"""The door for programs: tokens, what is asked and answered, keys, and what is turned away with which words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from kernel import second_factor
from kernel.accounts import lock_account
from kernel.api.keys import KeptAnswer, forget_answers
from kernel.clock import now
from kernel.db import db, transaction
from kernel.scope import whole
from orgs.models import Organization
from tests.factories.people import SYSTEM, credit_code, organization, person, secret_for_phone, token_of
from tests.factories.programs import HASH, PASSWORD, Program, program

LOGIN, LOGOUT = "/api/v1/security/login", "/api/v1/security/logout"
REGISTER = "/api/v1/organizations"


@pytest.fixture
def officer(app: Flask, db_session: object) -> Program:
    """A program of an officer, who sees and registers every organization."""
    return program(app, person("officer", "officer", password_hash=HASH))


def log_in(client: FlaskClient, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, json={"username": "officer", "password": password, **more})


def registered() -> int:
    with whole(SYSTEM, "count"):
        return db.session.scalar(select(func.count()).select_from(Organization)) or 0


# --- Tokens ---


def test_a_password_gives_a_token_that_opens_the_door(officer: Program) -> None:
    answer = log_in(officer.client, provider="db")
    officer.token = answer.json["access_token"]

    assert (answer.status_code, answer.json["token_type"], answer.json["expires_in"]) == (200, "bearer", 43200)
    assert "Set-Cookie" not in answer.headers
    assert officer.get(REGISTER).status_code == 200


def test_the_database_keeps_the_hash_of_a_token_alone(officer: Program) -> None:
    token = log_in(officer.client).json["access_token"]

    rows = db.session.connection().execute(text("SELECT web_session::text AS row FROM web_session")).scalars().all()
    assert len(rows) == 2
    assert not any(token in row for row in rows)


def test_a_wrong_password_is_told_in_the_one_envelope(officer: Program) -> None:
    answer = log_in(officer.client, "wrong")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["reasons"] == ["账号、密码或验证码不对，还可以再试 9 次。"]
    assert answer.json["request"] == answer.headers["X-Request-Id"]


def test_page_and_program_share_one_count_of_failures(officer: Program) -> None:
    form = token_of(officer.client.get("/login/").get_data(as_text=True))
    for _attempt in range(5):
        officer.client.post("/login/", data={"csrf_token": form, "username": "officer", "password": "wrong"})
        log_in(officer.client, "wrong")

    answer = log_in(officer.client)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert answer.json["reasons"] == ["尝试次数太多，请等 15 分钟再试。"]


def test_a_token_is_dead_after_signing_out(officer: Program) -> None:
    assert officer.client.post(LOGOUT, headers=officer.shown).status_code == 204

    answer = officer.get(REGISTER)
    assert answer.status_code == 401
    assert answer.json["reasons"] == ["这个令牌无效或已失效，请重新登录。"]
    assert officer.client.post(LOGOUT, headers=officer.shown).status_code == 401


def test_a_token_is_dead_after_a_change_of_password(officer: Program, sign_in: Any, app: Flask) -> None:
    browser = sign_in(app.test_client(), "officer")
    form = token_of(browser.get("/account/").get_data(as_text=True))
    new = "noch-eine-lange-Losung-25"
    sent = {"csrf_token": form, "current": PASSWORD, "new": new, "again": new}
    assert browser.post("/account/", data=sent).status_code == 302

    assert officer.get(REGISTER).status_code == 401


def test_a_token_is_dead_when_its_account_is_locked(officer: Program) -> None:
    with transaction():
        lock_account(officer.user_id, actor=SYSTEM)

    assert officer.get(REGISTER).status_code == 401


def test_a_token_lasts_twelve_hours_however_busy_it_is(officer: Program) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        for _quarter in range(4 * 12):
            assert officer.get("/api/v1/calls").status_code == 200
            clock.shift(timedelta(minutes=15))
        clock.shift(timedelta(seconds=1))

        assert officer.get("/api/v1/calls").status_code == 401


@pytest.mark.parametrize("shown", ["Bearer nothing", "Basic b2ZmaWNlcjp4", "Bearer", "x", "Bearer \xff"])
def test_what_is_no_token_opens_nothing_not_even_what_is_public(officer: Program, shown: str) -> None:
    assert officer.client.get("/api/v1/calls").status_code == 200

    assert officer.client.get("/api/v1/calls", headers={"Authorization": shown}).status_code == 401


def test_a_token_is_no_cookie_and_a_cookie_is_no_token(officer: Program, sign_in: Any, app: Flask) -> None:
    name = app.config["SESSION_COOKIE_NAME"]
    browser = sign_in(app.test_client(), "officer")
    cookie = browser.get_cookie(name).value
    thief = app.test_client()
    thief.set_cookie(name, f"s.{officer.token}")

    assert thief.get("/organizations/").status_code == 302
    assert app.test_client().get(REGISTER, headers={"Authorization": f"Bearer {cookie[2:]}"}).status_code == 401


def test_a_cookie_alone_writes_nothing(officer: Program, sign_in: Any, app: Flask) -> None:
    browser = sign_in(app.test_client(), "officer")
    form = token_of(browser.get("/account/").get_data(as_text=True))
    body = {"credit_code": credit_code(5), "name": "示例之会"}

    assert browser.get(REGISTER).status_code == 200
    assert browser.post(REGISTER, json=body, headers={"Idempotency-Key": "a"}).status_code == 400
    assert registered() == 0
    asked = {"Idempotency-Key": "a", "X-CSRFToken": form}
    assert browser.post(REGISTER, json=body, headers=asked).status_code == 201


def test_the_code_of_a_phone_is_asked_for_where_there_is_one(officer: Program) -> None:
    with transaction():
        secret = secret_for_phone(officer.user_id)
        second_factor.confirm(officer.user_id, pyotp.TOTP(secret).now(), actor=SYSTEM)

    without, wrong = log_in(officer.client), log_in(officer.client, code="000000")
    assert (without.status_code, wrong.status_code) == (401, 401)
    assert without.json["fields"] == {"code": ["这个账号还需要手机上的验证码：请用“code”一并发送。"]}
    code = pyotp.TOTP(secret).at(now() + timedelta(seconds=30))
    assert log_in(officer.client, code=code).status_code == 200


# --- What is turned away, in the one envelope ---


@pytest.mark.parametrize(
    ("method", "url", "code"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/", 404),
        ("DELETE", f"{REGISTER}/1", 405),
        ("PUT", REGISTER, 405),
        ("GET", f"{REGISTER}/999999999999999999999999", 404),
        ("GET", f"{REGISTER}/-1", 404),
    ],
)
def test_addresses_that_are_not_there_answer_as_json(officer: Program, method: str, url: str, code: int) -> None:
    answer = officer.client.open(url, method=method, headers=officer.shown)

    assert (answer.status_code, answer.json["code"], answer.mimetype) == (code, code, "application/json")
    assert answer.json["reasons"]
    assert set(answer.json) == {"code", "reasons", "fields", "request"}
    assert (code == 405) == ("Allow" in answer.headers)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        "1",
        "null",
        '{"name": NaN}',
        '{"name": Infinity}',
        '{"name": "a", "name": "b"}',
        "[" * 100_000,
        b"\xff\xfe",
        '{"version": ' + "9" * 5000 + "}",
    ],
)
def test_a_body_that_is_no_object_is_told_so(officer: Program, body: Any) -> None:
    answer = officer.send(REGISTER, body)

    assert answer.status_code == 400
    assert answer.json["reasons"] == ["The body is not one JSON object that can be read."]


def test_what_is_no_json_or_too_much_of_it_is_told_so(officer: Program) -> None:
    form = officer.client.post(REGISTER, data={"name": "x"}, headers=officer.shown | {"Idempotency-Key": "a"})
    much = officer.send(REGISTER, {"name": "x" * 1_100_000})

    assert (form.status_code, much.status_code) == (415, 413)
    assert much.json["reasons"] == ["This is too large"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a\x00b"),
        ("name", "\ud800"),
        ("name", 7),
        ("name", None),
        ("name", " "),
        ("name", "x" * 201),
        ("founded_on", "２０２６-01-01"),
        ("founded_on", "2026-02-30"),
        ("founded_on", "20260101"),
        ("founded_on", 20260101),
        ("state", "active"),
        ("status", "active"),
        ("received", "1.00"),
        ("id", 7),
        ("version", 7),
    ],
)
def test_what_cannot_be_taken_is_named(officer: Program, field: str, value: Any) -> None:
    body = {"credit_code": credit_code(5), "name": "示例之会"} | {field: value}

    answer = officer.send(REGISTER, body)

    assert (answer.status_code, list(answer.json["fields"])) == (422, [field])
    assert answer.json["fields"][field] == answer.json["reasons"]
    assert registered() == 0


@pytest.mark.parametrize("value", ["1e400", "1.5", '"5"', "true", "1e13", "-1e400", "５"])
def test_a_whole_number_is_one(officer: Program, value: str) -> None:
    pk = organization().id

    answer = officer.patch(f"{REGISTER}/{pk}", f'{{"version": 1, "staff_count": {value}}}')

    assert answer.status_code == (400 if value == "５" else 422)


# --- Lists ---


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("nothing=1", "nothing"),
        ("size=25", "size"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=１", "page"),
        ("page=1e3", "page"),
        ("page=1000001", "page"),
        ("page_size=101", "page_size"),
        ("page_size=", "page_size"),
        ("order=search_text", "order"),
        ("order=--name", "order"),
        ("order=contact_phone", "order"),
        ("type=nothing", "type"),
        ("type=", "type"),
        ("type=service_institution&type=foundation", "type"),
        ("q=%00", "q"),
        ("q=" + "x" * 101, "q"),
    ],
)
def test_a_list_offers_what_it_names_and_nothing_else(officer: Program, query: str, name: str) -> None:
    answer = officer.get(f"{REGISTER}?{query}")

    assert (answer.status_code, list(answer.json["fields"])) == (400, [name])


def test_a_list_is_narrowed_ordered_searched_and_walked_through(officer: Program) -> None:
    names = ["示例一社", "示例二社", "示例三社"]
    ids = {name: organization(number, name).id for number, name in enumerate(names, 1)}

    def found(query: str) -> list[str]:
        return [row["name"] for row in officer.get(f"{REGISTER}?{query}").json["result"]]

    assert found("order=id") == names
    assert found("order=-id&page_size=2") == names[:0:-1]
    assert found("order=-id&page_size=2&page=2") == names[:1]
    assert found("order=-id&page_size=2&page=3") == []
    assert found("q=二社") == ["示例二社"]
    assert found("type=foundation") == []
    whole_page = officer.get(f"{REGISTER}?order=id&page_size=1").json
    assert whole_page | {"result": []} == {
        "count": 3,
        "is_estimated": False,
        "page": 1,
        "page_size": 1,
        "result": [],
    }
    assert whole_page["result"][0]["id"] == ids["示例一社"]


# --- Changes and their versions ---


def test_a_change_touches_what_it_names(officer: Program) -> None:
    pk = organization().id

    answer = officer.patch(f"{REGISTER}/{pk}", {"version": 1, "staff_count": 5, "registrar": "示例民政局"})

    told = answer.json["result"]
    assert (answer.status_code, told["staff_count"], told["registrar"]) == (200, 5, "示例民政局")
    assert told["name"] == "示例社会服务中心1号"
    assert told["version"] > 1


def test_a_change_needs_the_version_that_was_read(officer: Program) -> None:
    url = f"{REGISTER}/{organization().id}"
    officer.patch(url, {"version": 1, "staff_count": 5})

    without, stale = officer.patch(url, {"staff_count": 6}), officer.patch(url, {"version": 1, "staff_count": 6})

    assert (without.status_code, list(without.json["fields"])) == (428, ["version"])
    assert stale.status_code == 409
    assert stale.json["reasons"] == ["Somebody else changed this since you opened it. Look at it again, then decide."]
    assert officer.get(url).json["result"]["staff_count"] == 5


# --- Keys ---


def new(number: int = 5) -> dict[str, str]:
    return {"credit_code": credit_code(number), "name": f"示例{number}社"}


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "\xa0"])
def test_a_write_needs_a_key(officer: Program, key: str) -> None:
    headers = officer.shown | ({"Idempotency-Key": key} if key else {})

    answer = officer.client.post(REGISTER, json=new(), headers=headers)

    assert (answer.status_code, list(answer.json["fields"])) == (400, ["Idempotency-Key"])
    assert registered() == 0


def test_the_same_key_gives_the_same_answer_and_one_record(officer: Program) -> None:
    first, again = officer.send(REGISTER, new(), key="k"), officer.send(REGISTER, new(), key="k")

    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert registered() == 1


def test_a_key_is_good_for_one_request(officer: Program) -> None:
    made = officer.send(REGISTER, new(), key="k")
    other_body = officer.send(REGISTER, new(6), key="k")
    other_place = officer.send(made.headers["Location"], {"version": 1, "staff_count": 5}, method="PATCH", key="k")

    assert (other_body.status_code, other_place.status_code) == (422, 422)
    assert list(other_body.json["fields"]) == ["Idempotency-Key"]
    assert registered() == 1


def test_what_was_refused_may_be_tried_again_under_its_key(officer: Program) -> None:
    organization(5)
    refused = officer.send(REGISTER, new(5), key="k")
    with transaction(), whole(SYSTEM, "set-up") as session:
        session.execute(text("DELETE FROM organization"))

    assert refused.status_code == 409
    assert officer.send(REGISTER, new(5), key="k").status_code == 201


def test_keys_of_two_people_are_two_keys(officer: Program, app: Flask) -> None:
    other = program(app, person("colleague", "officer"))

    codes = {one.send(REGISTER, new(number), key="k").status_code for number, one in enumerate((officer, other), 1)}

    assert codes == {201}
    assert registered() == 2


def test_answers_are_forgotten_after_a_week(officer: Program) -> None:
    with time_machine.travel(now() - timedelta(days=8), tick=False):
        before = program(officer.client.application, person("early", "officer"))
        before.send(REGISTER, new(1), key="old")
    officer.send(REGISTER, new(2), key="new")

    with transaction():
        assert forget_answers(SYSTEM) == 1
    with whole(SYSTEM, "look"):
        assert list(db.session.scalars(select(KeptAnswer.key))) == ["new"]


# --- The description ---


def test_the_description_is_for_whoever_is_signed_in(officer: Program, client: FlaskClient) -> None:
    told = officer.get("/api/v1/_openapi").json

    assert client.get("/api/v1/_openapi").status_code == 401
    assert told["openapi"] == "3.1.0"
    asked = told["paths"]["/api/v1/instalments/{pk}/steps/pay"]["post"]["requestBody"]["content"]["application/json"]
    assert asked["schema"]["required"] == ["bank_reference", "paid_on", "version"]
    assert json.dumps(told).count('"401"') > 50
