"""The people of the journeys, and a clock that they share with the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from os import getpid

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import text

from kernel.accounts import add_user
from kernel.actor import Actor
from kernel.clock import SHANGHAI, at
from kernel.database import Server, owner_engine
from kernel.db import db, transaction
from kernel.passwords import hash_of_password
from kernel.scope import whole
from tests.conftest import Copy, _copy, _unbind, serving
from tests.house.conftest import TODAY, world_template as world_template
from tests.journeys.people import PASSWORD, Person

SYSTEM = Actor.system("set-up")
STAFF = {"officer": "沈经办", "director": "顾主任", "finance": "钱财务", "funder": "冯妇联"}


def make_person(username: str, name: str, role: str, organization_id: int | None = None) -> int:
    """Give a person an account with one role."""
    with transaction(), whole(SYSTEM, "set-up"):
        user_id = add_user(
            username,
            name,
            f"{username}@example.org",
            password_hash=HASH,
            codes=[role],
            organization_id=organization_id,
        )
    db.session.remove()
    return user_id


HASH = hash_of_password(PASSWORD)
Come = Callable[..., Person]


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """The house's clock, which a story moves: it begins on a Monday morning in November."""
    with time_machine.travel(datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI), tick=True) as traveller:
        yield traveller


@pytest.fixture
def come(live_server: str, browser: Browser) -> Iterator[Come]:
    """Let a person come in: `come("officer")`; each has one window for the whole story."""
    here: dict[str, Person] = {}

    def _come(username: str, width: int = 1280) -> Person:
        if username not in here:
            here[username] = Person(username, live_server, browser, width)
        return here[username]

    yield _come
    for person in here.values():
        person.page.context.close()


@pytest.fixture
def staff(live_server: str) -> None:
    """The Centre's four people and its funder's."""
    for username, name in STAFF.items():
        make_person(username, name, username)


@pytest.fixture
def programme(server: Server, world_template: str) -> Iterator[Copy]:
    """A copy of the small demo programme of a story's own, in which its people have the journeys' password."""
    with _copy(server, world_template, f"yulan_programme_{getpid()}") as copy:
        owner = owner_engine(copy.owner_url)
        with owner.begin() as connection:
            connection.execute(text("UPDATE ab_user SET password = :hash"), {"hash": HASH})
        owner.dispose()
        db.bind(copy.engine)
        yield copy
        _unbind()


@pytest.fixture
def come_in(app: Flask, programme: Copy, browser: Browser) -> Iterator[Come]:
    """Let the programme's people come in, on the morning of its day, to a house that answers on a port."""
    with time_machine.travel(at(TODAY, 10), tick=True), serving(app) as address:
        here: dict[str, Person] = {}

        def _come(username: str, width: int = 1280) -> Person:
            if username not in here:
                here[username] = Person(username, address, browser, width)
            return here[username]

        yield _come
        for person in here.values():
            person.page.context.close()
