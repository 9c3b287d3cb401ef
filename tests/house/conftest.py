"""The world in which the house is examined: the demo programme, small, with everybody signed in.

The world is loaded once for each state of the sources and copied for each process. A test looks at it inside a
transaction that is rolled back; pages that were read are kept, since reading changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from os import getpid
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

import config
from kernel import demo
from kernel.clock import at
from kernel.database import Server
from kernel.database.server import command, create_database, drop_database
from kernel.db import db
from kernel.prepare import enter
from kernel.settings import ROOT, Settings
from tests.conftest import Copy, _copy, _databases, _one_at_a_time, _own_role_after_commit, _unbind
from tests.house.world import World, sign_all_in

TODAY = date(2026, 11, 24)
SCALE = 0.02
UNCOUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET ")


@pytest.fixture(scope="session")
def world_template(settings: Settings, server: Server, template: str) -> str:
    """The name of a database with the small demo programme in it."""
    name = f"yulan_world_{_state_of_programme(template)}"
    with _one_at_a_time():
        if name not in _databases(server):
            for old in _databases(server):
                if old.startswith("yulan_world_"):
                    drop_database(server, old)
            create_database(server, f"{name}_new", template=template)
            ready = settings.signing_in_at(server.at(f"{name}_new").app_url)
            enter(ready)
            with time_machine.travel(at(TODAY, 10), tick=True):
                demo.load(ready, TODAY, scale=SCALE)
            _unbind()
            command(server, f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


@pytest.fixture(scope="session")
def world_copy(server: Server, world_template: str, pages_read: dict[Any, Any]) -> Iterator[Copy]:
    """This process's copy of the world, with everybody signed in; nothing else is ever committed to it."""
    with _copy(server, world_template, f"yulan_house_{getpid()}") as copy:
        db.bind(copy.engine)
        with time_machine.travel(at(TODAY, 10), tick=False), copy.engine.connect() as connection:
            pages_read["sessions"] = sign_all_in(connection)
        _unbind()
        yield copy


@pytest.fixture(scope="session")
def pages_read() -> dict[Any, Any]:
    """Pages that were read already, by reader, language and address."""
    return {}


@pytest.fixture
def world(app: Flask, world_copy: Copy, pages_read: dict[Any, Any]) -> Iterator[World]:
    """The demo programme on the morning of its day, with a client for each role."""
    with time_machine.travel(at(TODAY, 10), tick=False), world_copy.engine.connect() as connection:
        outer = connection.begin()
        db.session.remove()
        db.factory.configure(bind=connection, join_transaction_mode="create_savepoint")
        with _own_role_after_commit(db.factory.class_, connection), _counting(connection) as statements:
            yield World(app, connection, statements, pages_read)
            db.session.remove()
        outer.rollback()
    _unbind()


@pytest.fixture
def assert_queries(db_session: Session) -> Iterator[Callable[[int], Any]]:
    """A `with` that fails when there were more or fewer statements inside than it names."""
    with _counting(db.session.connection()) as statements:

        @contextmanager
        def expect(count: int) -> Iterator[None]:
            before = len(statements)
            yield
            found = statements[before:]
            assert len(found) == count, "\n".join(found)

        yield expect


@contextmanager
def _counting(connection: Connection) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.lstrip().upper().startswith(UNCOUNTED):
            statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _state_of_programme(template: str) -> str:
    digest = hashlib.sha256(template.encode())
    for name in ("kernel", *config.MODULES):
        for path in sorted((ROOT / name).rglob("*.py")):
            if not {"views", "panels"} & set(path.parts):
                digest.update(path.read_bytes())
    digest.update(str((TODAY, SCALE)).encode())
    return digest.hexdigest()[:12]
