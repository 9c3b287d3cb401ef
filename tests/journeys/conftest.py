"""The people of the journeys, and a clock that they share with the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from playwright.sync_api import Browser

from kernel.accounts import add_user
from kernel.actor import Actor
from kernel.clock import SHANGHAI
from kernel.db import db, transaction
from kernel.passwords import hash_of_password
from kernel.scope import whole
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
