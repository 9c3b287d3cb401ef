"""What the stories of organizations share: the house with its modules, an officer, a counter of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import config
from kernel.actor import Actor
from kernel.app import load_house
from tests.factories.orgs import person

NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET LOCAL", "BEGIN")

Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture(scope="session", autouse=True)
def house() -> None:
    """The modules with their roles, tables of permissions and sentences."""
    load_house(config.MODULES)


def send(client: FlaskClient, path: str, **typed: object) -> TestResponse:
    """Send a form as its page asked for it."""
    token = client.get(path).get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    return client.post(path, data={"csrf_token": token, **typed})


@pytest.fixture
def officer(db_session: Session) -> Actor:
    return person("officer", username="officer")


@pytest.fixture
def director(db_session: Session) -> Actor:
    return person("director", username="director")


@pytest.fixture
def counted(db_session: Session) -> Counter:
    """Give a block that gathers its statements, transactions apart: two of them are a list of two."""

    @contextmanager
    def count() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.lstrip().startswith(NOT_COUNTED):
                sent.append(statement)

        connection = db_session.get_bind()
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(connection, "before_cursor_execute", note)

    return count
