"""What every story stands on: a real PostgreSQL server, a migrated database, the application, a browser's client.

`database` is a copy of the migrated template for this process; `db_session` wraps one test in a transaction that is
rolled back; `committed_database` is a copy of a test's own, for stories in which commits are the subject. Tests sign
in as the application does, never as the superuser; `owner_connection` is for tampering and for set-up.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Error as PlaywrightError, Page, sync_playwright
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session, SessionTransaction
from werkzeug.serving import WSGIRequestHandler, make_server

import config
from kernel import passwords, second_factor
from kernel.app import load_house
from kernel.database import Server, app_engine, owner_engine, start_server
from kernel.database.server import DATABASE, command, create_database, drop_database
from kernel.db import db
from kernel.prepare import prepare
from kernel.sessions import start_session
from kernel.settings import ROOT, Settings

VAR = ROOT / "var" / "test"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The shell first: Chromium without a desk's windows around each page takes less than half the processor."""
TEMPLATES_KEPT = 4
TELLING = {"module.py", "permissions.py", "policies.py", "prepare.py", "scope.py", "security.py"}
LONGEST = (
    "journeys/test_year.py",
    "house/test_accessibility.py",
    "kernel/test_nodes.py",
    "house/test_access.py",
    "house/test_isolation.py",
    "journeys/test_phone.py",
    "journeys/test_applying.py",
    "house/test_pages.py",
    "trials/test_killed_workers.py",
    "house/test_half_done.py",
    "journeys/test_import.py",
    "journeys/test_call.py",
    "journeys/test_keyboard.py",
    "journeys/test_evaluator_en.py",
    "journeys/test_merge.py",
    "journeys/test_passport.py",
    "journeys/test_claim.py",
    "house/test_wrong_input.py",
    "house/test_api_fuzz.py",
    "house/test_defences.py",
    "grants/test_delivery_thread.py",
    "grants/test_call_pages.py",
    "kernel/test_again.py",
    "evaluation/test_evaluations.py",
)
UNSAFE_AND_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Copy:
    """One database of the tests: its owner's address, the application's, and an engine of the latter."""

    name: str
    owner_url: str
    app_url: str
    engine: Engine


REAL_COST = passwords.COST
passwords.COST = second_factor.COST = 2**8  # next to nothing; what a password costs people has a test of its own


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The product's settings, with a server and a folder of the tests' own."""
    return Settings(_env_file=None, modules=config.MODULES, var=VAR, database_options=UNSAFE_AND_FAST)


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[Server]:
    """The tests' PostgreSQL server; all processes share it, the last one stops it."""
    running = start_server(settings)
    yield running
    running.leave()


@pytest.fixture(scope="session")
def template(settings: Settings, server: Server) -> str:
    """The name of a migrated database with reference data, made once for each state of its sources."""
    load_house(settings.modules)
    name = f"yulan_template_{_state_of_sources()}"
    with _one_at_a_time():
        if name not in _databases(server):
            _drop_leftovers(server)
            create_database(server, f"{name}_new")
            prepare(settings, server.at(f"{name}_new"))
            _unbind()
            command(server, f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


@pytest.fixture(scope="session")
def database(server: Server, template: str) -> Iterator[Copy]:
    """This process's copy of the template; nothing is ever committed to it."""
    with _copy(server, template, f"yulan_worker_{os.getpid()}") as copy:
        yield copy


@pytest.fixture(scope="session")
def app(settings: Settings, database: Copy) -> Flask:
    """The application, made once; its sessions go wherever a test's database fixture points them."""
    from kernel.app import create_app  # noqa: PLC0415  (slow import: stories about rules do without)

    made = create_app(settings.signing_in_at(database.app_url))
    made.test_client_class = CommittingClient
    made.testing = True
    _unbind()
    return made


@pytest.fixture
def db_session(database: Copy) -> Iterator[Session]:
    """The session that the application uses too, inside a transaction that is rolled back after the test."""
    with database.engine.connect() as connection:
        outer = connection.begin()
        db.session.remove()
        db.factory.configure(bind=connection, join_transaction_mode="create_savepoint")
        with _own_role_after_commit(db.factory.class_, connection):
            yield db.session()
            db.session.remove()
        outer.rollback()
    _unbind()


@pytest.fixture
def committed_database(server: Server, template: str) -> Iterator[Copy]:
    """A copy of the test's own, to which everything commits for real; the application works on it too."""
    with _copy(server, template, f"yulan_story_{os.getpid()}") as copy:
        db.bind(copy.engine)
        yield copy
        _unbind()


@pytest.fixture
def owner_connection(committed_database: Copy) -> Iterator[Connection]:
    """The owner's connection to `committed_database`, each statement committed: for set-up and tampering."""
    engine = owner_engine(committed_database.owner_url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def client(app: Flask, db_session: Session) -> FlaskClient:
    """A browser without a name, on the rolled-back session."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., FlaskClient]:
    """Sign a client in as a user who exists: `sign_in(client, "officer")`; the door's own page has its own tests."""

    def _sign_in(client: FlaskClient, username: str) -> FlaskClient:
        db.session.commit()
        found = text("SELECT id FROM ab_user WHERE username = :name")
        user_id = db.session.connection().scalar(found, {"name": username})
        assert user_id is not None, f"nobody is called {username}"
        token = start_session(user_id, locale="zh", address="127.0.0.1", agent="tests")
        client.set_cookie(app.config["SESSION_COOKIE_NAME"], f"s.{token}")
        return client

    return _sign_in


@pytest.fixture
def live_server(app: Flask, committed_database: Copy) -> Iterator[str]:
    """The application behind a real port, on `committed_database`; gives its address, as http://127.0.0.1:port.

    It answers in a thread of this process, so that a stopped clock stops for it too.
    """
    with serving(app) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium of the system, or the one that playwright has installed."""
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        try:
            running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except PlaywrightError as error:
            pytest.fail(f"No browser starts for the journeys; install Debian's chromium or run: make browser\n{error}")
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser window that reads Chinese; a second person takes `browser.new_context(locale="zh-CN")`."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Let an application answer on a port of its own, in a thread of this process; gives its address."""
    server = make_server("127.0.0.1", 0, _closing(app), threaded=False, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def _closing(app: Any) -> Any:
    """Close what an answer is read from also when a browser hangs up on it; werkzeug's server may forget to then."""

    def answer(environ: Any, start_response: Any) -> Iterator[bytes]:
        told = app(environ, start_response)
        try:
            yield from told
        finally:
            if hasattr(told, "close"):
                told.close()

    return answer


class Quiet(WSGIRequestHandler):
    """A request handler that writes no line for every request."""

    def log(self, *_args: object) -> None:
        """Say nothing: what goes wrong is in the application's own log."""


class CommittingClient(FlaskClient):
    """A client that keeps what the test has made so far: a request ends with a fresh session."""

    def open(self, *args: object, **kwargs: object) -> object:
        db.session.commit()
        return super().open(*args, **kwargs)


@contextmanager
def _own_role_after_commit(sessions: type[Session], connection: Connection) -> Iterator[None]:
    """Give up the reader's role when a session's transaction ends: inside the outer one, `SET LOCAL` would stay."""

    def give_up(_session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None and connection.in_transaction() and not connection.closed:
            connection.exec_driver_sql("SET LOCAL ROLE NONE")

    event.listen(sessions, "after_transaction_end", give_up)
    try:
        yield
    finally:
        event.remove(sessions, "after_transaction_end", give_up)


@contextmanager
def _copy(server: Server, template: str, name: str) -> Iterator[Copy]:
    with _one_at_a_time():
        drop_database(server, name)
        create_database(server, name, template=template)
    copy = server.at(name)
    engine = app_engine(copy.app_url, max_overflow=60)  # fifty threads at once are a story too
    yield Copy(name, copy.owner_url, copy.app_url, engine)
    engine.dispose()
    drop_database(server, name)


def _unbind() -> None:
    """Leave no session with a way into a database: a test that needs one asks for it."""
    db.session.remove()
    if db.engine is not None:
        db.engine.dispose()
    db.engine = None
    db.factory.configure(bind=None, join_transaction_mode="conditional_savepoint")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (VAR / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _databases(server: Server) -> list[str]:
    return command(server, "SELECT datname FROM pg_database ORDER BY oid")


def _drop_leftovers(server: Server) -> None:
    """Drop copies whose process is gone, half-made templates, and all but the newest templates."""
    names = [name for name in _databases(server) if name.startswith("yulan_") and name != DATABASE]
    templates = [name for name in names if name.startswith("yulan_template_") and not name.endswith("_new")]
    kept = {*templates[-TEMPLATES_KEPT:], *(name for name in names if _is_alive(name.rpartition("_")[2]))}
    for name in names:
        if name not in kept:
            drop_database(server, name)


def _is_alive(process: str) -> bool:
    return process.isdigit() and Path("/proc", process).exists()


def _state_of_sources() -> str:
    """Give a word for all that goes into the template: migrations, roles, permissions, scopes, reference data."""
    found = list((ROOT / "migrations").rglob("*.py"))
    for name in ("kernel", *config.MODULES):
        found += [path for path in (ROOT / name / "data").rglob("*") if path.is_file() and path.suffix != ".pyc"]
        found += [
            path for path in (ROOT / name).rglob("*.py") if path.name in TELLING or b"@scope(" in path.read_bytes()
        ]
    digest = hashlib.sha256()
    for path in sorted(set(found)):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest stories, so that no worker is left alone with one at the end."""
    place = {path: number for number, path in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(f"{item.path.parent.name}/{item.path.name}", len(place)))


def pytest_collection_finish() -> None:
    """Keep the collector from walking again and again through what stays to the end: modules, models, stories."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
