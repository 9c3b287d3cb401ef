"""What every answer carries, and what every mistake looks like."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, flash, g  # noqa: TID251  (a line of the log reads it)
from flask.testing import FlaskClient
from sqlalchemy.exc import DatabaseError, OperationalError

from kernel import account, sessions, web
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.words import Sentence
from tests.factories.people import person

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ADDRESSES = [
    ("/", 200),
    ("/login/", 200),
    ("/healthz", 200),
    ("/static/kernel/theme.css", 200),
    ("/inbox/", 302),
    ("/people/", 302),
    ("/nowhere", 404),
    ("/static/kernel/none.css", 404),
    ("/logout/", 405),
    ("/files/00000000-0000-0000-0000-000000000000", 404),
]


@pytest.mark.parametrize(("address", "code"), ADDRESSES)
def test_every_answer_is_hardened(client: FlaskClient, address: str, code: int) -> None:
    with client.get(address) as answer:
        assert answer.status_code == code
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
    if not address.startswith("/static/kernel/theme"):
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_address_with_the_version_is_kept_and_any_other_is_asked_for(client: FlaskClient) -> None:
    page = client.get("/login/").get_data(as_text=True)
    (version,) = set(re.findall(r'"/static/([0-9a-f]{12})/', page))

    for name in ("kernel/theme.css", "kernel/js/say.js", "bootstrap/css/bootstrap.min.css"):
        with client.get(f"/static/{version}/{name}") as fresh:
            assert fresh.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        for other in (f"/static/{name}", f"/static/000000000000/{name}"):
            with client.get(other) as answer:
                assert answer.status_code == 200
                assert answer.headers["Cache-Control"] == "no-cache"


def test_what_a_script_imports_has_the_version_too(client: FlaskClient) -> None:
    page = client.get("/login/").get_data(as_text=True)
    folder, name = re.findall(r'src="(/static/[0-9a-f]{12}/kernel/js/)(yulan\.js)"', page)[0]

    with client.get(folder + name) as answer:
        script = answer.get_data(as_text=True)
    for neighbour in re.findall(r'"\./(\w[\w-]*\.js)"', script):
        with client.get(folder + neighbour) as answer:
            assert "immutable" in answer.headers["Cache-Control"], neighbour


@pytest.mark.parametrize(
    "path",
    [
        "kernel/../secrets.py",
        "kernel/..%2fapp.py",
        "kernel//etc/passwd",
        "bootstrap/js/bootstrap.js",
        "bootstrap/../__init__.py",
        "appbuilder/js/ab.js",
        "appbuilder/css/bootstrap.min.css",
        "orgs/../security.py",
        "../config.py",
        "nothing",
    ],
)
def test_only_what_the_look_needs_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


# --- Mistakes ---


@pytest.fixture
def breaking(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the home page end in a mistake of one's choice: `breaking(error)` gives the answer."""

    def ask(error: Exception, **headers: str) -> Any:
        def fall(*_args: object) -> None:
            raise error

        monkeypatch.setattr(account, "tasks_of", fall)
        return client.get("/", headers=headers)

    return ask


def test_a_refusal_is_a_page_with_its_reasons(breaking: Any) -> None:
    answer = breaking(Refused(Sentence("You are not allowed to do this."), Sentence("Please fill this in.")))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "<li>您没有权限执行此操作。</li>" in page
    assert page.count("<li>") >= 2


def test_what_cannot_be_taken_is_told_field_by_field_to_a_script(breaking: Any) -> None:
    answer = breaking(Invalid({"name": [Sentence("Please fill this in.")]}), **{"X-Autosave": "1"})

    assert answer.status_code == 422
    assert answer.get_json() == {
        "code": 422,
        "reasons": ["请填写。"],
        "fields": {"name": ["请填写。"]},
        "request": answer.headers["X-Request-Id"],
    }


@pytest.mark.parametrize(("error", "code"), [(NotFound(), 404), (Stale(object(), 3), 409)])
def test_each_way_of_saying_no_has_its_number(breaking: Any, error: Exception, code: int) -> None:
    assert breaking(error).status_code == code


def test_a_fault_tells_a_number_and_nothing_of_the_house(breaking: Any, caplog: pytest.LogCaptureFixture) -> None:
    secret = "SELECT password FROM ab_user WHERE id = 7  -- /srv/yulan/kernel/db.py"

    answer = breaking(ValueError(secret))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in page
    for word in ("SELECT", "ab_user", "/srv/", "ValueError", "Traceback", "kernel/"):
        assert word not in re.sub(r'(href|src)="[^"]*"', "", page), word
    assert secret in caplog.text


def test_an_error_page_without_its_database_is_a_sentence(breaking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_args: object, **_more: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr(web, "render_template", fall)

    answer = breaking(ValueError("x"))

    assert answer.status_code == 503
    assert answer.get_data(as_text=True) == f"503 {answer.headers['X-Request-Id']}\n"


@pytest.mark.parametrize(("is_dead", "code"), [(True, 503), (False, 500)])
def test_a_connection_that_died_is_no_fault_of_ours_whatever_the_driver_calls_it(
    breaking: Any, is_dead: bool, code: int
) -> None:
    error = DatabaseError("SELECT 1", {}, Exception("no message from the libpq"), connection_invalidated=is_dead)

    assert breaking(error).status_code == code


def test_a_fault_leaves_nothing_open_for_the_next_request(breaking: Any, client: FlaskClient) -> None:
    breaking(ValueError("x"))

    assert client.get("/login/").status_code == 200


def test_a_page_that_came_from_elsewhere_is_not_the_way_back(client: FlaskClient) -> None:
    here = client.get("/nowhere", headers={"Referer": "http://localhost/inbox/"}).get_data(as_text=True)
    elsewhere = client.get("/nowhere", headers={"Referer": "https://evil.example/"}).get_data(as_text=True)

    assert 'href="http://localhost/inbox/"' in here
    assert "evil.example" not in elsewhere


def test_what_is_too_large_is_refused_in_words_and_never_read(client: FlaskClient, app: Flask) -> None:
    length = str(app.config["MAX_CONTENT_LENGTH"] + 1)

    answer = client.post("/login/", data={"username": "x"}, environ_overrides={"CONTENT_LENGTH": length})

    assert answer.status_code == 413
    assert "太大" in answer.get_data(as_text=True)


# --- The log ---


def test_a_line_of_the_log_is_one_json_object_whatever_stands_in_it() -> None:
    record = logging.LogRecord("yulan", logging.WARNING, "x.py", 1, "name: %s", ('a\n{"level": "FORGED"}',), None)

    line = web.JsonLines().format(record)

    assert "\n" not in line
    assert json.loads(line)["say"] == 'name: a\n{"level": "FORGED"}'


def test_a_line_of_a_request_carries_its_number(app: Flask) -> None:
    record = logging.LogRecord("yulan", logging.INFO, "x.py", 1, "here", (), None)
    with app.test_request_context("/people/?q=secret"):
        g.request_id = "0123456789abcdef"
        told = json.loads(web.JsonLines().format(record))

    assert (told["request"], told["method"], told["path"]) == ("0123456789abcdef", "GET", "/people/")


def test_a_number_given_from_outside_is_not_taken(client: FlaskClient) -> None:
    assert client.get("/", headers={"X-Request-Id": "forged"}).headers["X-Request-Id"] != "forged"


def test_behind_https_the_browser_is_told_to_stay_there(app: Flask) -> None:
    with app.test_request_context("/"):
        answer = web._harden_secure(app.make_response("x"))

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_nothing_is_said_of_the_server(client: FlaskClient) -> None:
    assert "Server" not in client.get("/").headers


def test_the_pages_of_a_signed_in_person_are_never_kept(client: FlaskClient, sign_in: Any) -> None:
    person("keeper", "sysadmin")
    sign_in(client, "keeper")

    for address in ("/", "/people/", "/account/", "/roles/", "/inbox/", "/nowhere"):
        assert client.get(address).headers["Cache-Control"] == "no-store", address


def test_the_version_changes_with_each_file_and_its_name(tmp_path: Path) -> None:
    one, two = tmp_path / "a.css", tmp_path / "b.css"
    one.write_text("a")
    two.write_text("a")

    version = web.fingerprint([one])
    assert web.VERSION.fullmatch(version)
    assert web.fingerprint([two]) != version
    one.write_text("b")
    assert web.fingerprint([one]) != version


def test_without_a_database_a_signed_in_person_gets_503_with_all_headers(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_token: str, **_more: object) -> None:
        raise OperationalError("SELECT", {}, Exception("connection refused"))

    monkeypatch.setattr(sessions, "identify", gone)
    client.set_cookie("yulan", "s.something")

    for answer in (client.get("/people/"), client.post("/inbox/read")):
        assert answer.status_code == 503
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert "connection refused" not in answer.get_data(as_text=True)


def test_an_answer_is_given_though_the_session_cannot_be_kept_any_more(
    app: Flask, db_session: object, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("mei", "officer")
    browser = sign_in(app.test_client(), "mei")

    def gone() -> None:
        raise OperationalError("UPDATE", {}, Exception("server closed the connection"))

    def tell(*_args: object) -> list[object]:
        monkeypatch.setattr(sessions, "door", gone)
        flash("done")
        return []

    monkeypatch.setattr(account, "tasks_of", tell)

    assert browser.get("/").status_code == 200


def test_a_form_sent_after_the_session_ended_gives_back_what_was_typed_but_no_secret(client: FlaskClient) -> None:
    client.set_cookie("yulan", "s.over")
    typed = {"reason": "三次家访之后，家长与孩子都愿意继续参加活动，请批准延期。", "current": "a secret of some length"}

    answer = client.post("/inbox/read", data=typed)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert typed["reason"] in page
    assert typed["current"] not in page
    assert client.post("/inbox/read", headers={"X-Autosave": "1"}).status_code == 401


def test_a_form_without_its_token_gives_nothing_back_to_a_stranger(client: FlaskClient) -> None:
    answer = client.post("/inbox/read", data={"reason": "words from a page of somebody else"})

    assert answer.status_code == 400
    assert "somebody else" not in answer.get_data(as_text=True)
