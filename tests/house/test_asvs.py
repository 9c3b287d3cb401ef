"""The page on the security standard is true: every item is there and every test that it names exists; and the rest."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.settings import ROOT
from kernel.web import JsonLines
from tests.conftest import Copy
from tests.factories.people import person, post, token_of
from tests.house.access import ACCESS
from tests.house.test_reading import addresses, readers
from tests.house.verdict import none_of
from tests.house.world import World

PAGE = ROOT / "docs" / "asvs.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
ROW = re.compile(r"^\| (\d+) \|", re.MULTILINE)


def test_every_item_stands_on_the_page_once_and_in_order() -> None:
    assert [int(number) for number in ROW.findall(PAGE.read_text(encoding="utf-8"))] == list(range(1, 45))


def test_every_item_names_a_test_that_exists() -> None:
    wrong = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if ROW.match(line):
            named = NAMED.findall(line)
            wrong += [line[:20]] * (not named)
            wrong += [f"{path}::{name}" for path, name in named if not is_there(ROOT / path, name)]

    none_of(wrong)


def is_there(path: Path, name: str) -> bool:
    if not path.is_file():
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return not name or any(isinstance(one, ast.FunctionDef) and one.name == name for one in tree.body)


# --- What no other story shows ---


def test_a_new_database_has_no_account(database: Copy) -> None:
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ab_user")) == 0


def test_a_password_may_be_pasted_and_filled_in(client: FlaskClient) -> None:
    page = client.get("/login/").get_data(as_text=True)
    scripts = ROOT.glob("kernel/static/kernel/js/*.js")

    assert re.search(r'<input[^>]*name="username"[^>]*autocomplete="username"', page)
    assert re.search(r'<input[^>]*name="password"[^>]*autocomplete="current-password"', page)
    assert "paste" not in page
    hearing = {path.name for path in scripts if '"paste"' in path.read_text(encoding="utf-8")}
    assert hearing == {"budget.js", "rows.js"}  # rows of a spreadsheet into the rows of a typed table, and nowhere else


def test_nothing_for_developers_is_open(app: Flask, client: FlaskClient) -> None:
    assert not app.debug
    assert not app.config["FAB_API_SWAGGER_UI"]
    for path in ("/console", "/?__debugger__=yes&cmd=resource&f=debugger.js", "/swagger/v1", "/.git/config", "/.env"):
        answer = client.get(path)
        assert "werkzeug" not in answer.get_data(as_text=True).lower()
        assert answer.status_code in {200, 404}
    assert client.get("/console").status_code == 404


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_part_is_locked_with_its_hash(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    parts = re.findall(r"^([a-z0-9][\w.-]*)==([^\s;\\]+)", lock, re.MULTILINE | re.IGNORECASE)
    blocks = re.split(r"^(?=[a-z0-9][\w.-]*==)", lock, flags=re.MULTILINE | re.IGNORECASE)[1:]

    assert len(parts) > 40
    none_of([block.split("\n", 1)[0] for block in blocks if "--hash=sha256:" not in block])


def test_a_fault_and_a_download_are_hardened_too(
    client: FlaskClient, sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    person("officer", "officer")
    sign_in(client, "officer")

    def fall(*_args: object) -> None:
        raise ValueError("x")

    monkeypatch.setattr("kernel.account.tasks_of", fall)
    fault, absent = client.get("/"), client.get("/files/00000000-0000-4000-8000-000000000000")

    assert (fault.status_code, absent.status_code) == (500, 404)
    for answer in (fault, absent):
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"):
            assert answer.headers[name], name
        assert answer.headers["Cache-Control"] == "no-store"


PERSONAL = re.compile(
    r"\b1[3-9]\d{9}\b|\b[1-9]\d{16}[\dXx]\b|[\w.+-]+(?:@|%40)[\w-]+\.\w+|csrf_token=|password=|token=[\w-]{16}"
)


def test_no_address_holds_a_persons_data(world: World) -> None:
    found = []
    for endpoint in sorted(name for name, row in ACCESS.items() if row.get and name != "Files.index"):
        for role in readers(endpoint)[:2]:
            for url in addresses(world, endpoint, role)[:1]:
                page = world.read(role, url).page
                found += [
                    f"{url}: {one}"
                    for one in re.findall(r'(?:href|action|src)="(/[^"]*)"', page)
                    if PERSONAL.search(one)
                ]

    none_of(sorted(set(found)))


def test_the_search_above_knows_a_persons_data() -> None:
    seen = ("/people/?q=13912345678", "/x/11010519491231002X", "/x?mail=a%40example.org", "/x?token=abcdefghijklmnop")

    assert [bool(PERSONAL.search(one)) for one in (*seen, "/organizations/17?page=2&order=-name")] == [True] * 4 + [
        False
    ]


# --- The log ---


@pytest.fixture
def told() -> Iterator[Callable[[], str]]:
    """Give what the log says by now, each line as it was written."""
    lines: list[str] = []
    keeper = logging.Handler(logging.DEBUG)
    keeper.emit = lambda record: lines.append(JsonLines().format(record))  # type: ignore[method-assign]
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    yield lambda: "\n".join(lines)
    root.removeHandler(keeper)
    root.setLevel(before)


def test_the_log_holds_no_secret(client: FlaskClient, db_session: Session, told: Callable[[], str]) -> None:
    person("officer", "officer")
    typed = {"username": "officer", "password": "canary-password-7431", "code": "canary-code-7431"}
    page = client.get("/login/").get_data(as_text=True)
    for _time in range(12):
        client.post("/login/", data={"csrf_token": token_of(page), **typed})
    client.set_cookie("yulan", "s.canary-token-7431")
    client.get("/people/?q=11010519491231002X")
    client.post("/inbox/read", data={"identity_number": "11010519491231002X", "reason": "canary-reason-7431"})
    client.get("/reset/canary-link-7431", headers={"Authorization": "Bearer canary-bearer-7431"})

    assert "too many attempts" in told()
    none_of(re.findall(r"canary-\w+-7431|11010519491231002X", told()))


def test_the_log_tells_who_was_refused_where(
    client: FlaskClient, sign_in: Callable[..., FlaskClient], told: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = person("officer", "officer")
    sign_in(client, "officer")

    refused = client.get("/people/")
    forged = client.post("/inbox/read")
    monkeypatch.setattr("kernel.account.tasks_of", lambda *_args: 1 / 0)
    broken = client.get("/")

    assert (refused.status_code, forged.status_code, broken.status_code) == (403, 400, 500)
    lines = [line for line in told().splitlines() if '"from": "yulan.web"' in line]
    for answer, path in ((refused, "/people/"), (forged, "/inbox/read"), (broken, "/")):
        (line,) = [line for line in lines if answer.headers["X-Request-Id"] in line]
        assert f'"path": "{path}"' in line
        assert f'"user": {actor.user_id}' in line


def test_what_is_sent_without_its_token_changes_nothing(
    client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    person("officer", "officer")
    sign_in(client, "officer")

    assert client.post("/inbox/read").status_code == 400
    assert post(client, "/inbox/read").status_code == 302
