"""Proving once more who one is before money moves or a role changes; nothing typed is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from grants.workflows.money import INSTALMENT
from kernel.accounts import give_roles, reset_password
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Unproven
from kernel.passwords import hash_of_password
from kernel.workflow import has_proved
from tests.factories.people import person, post

PASSWORD = "eine-lange-Losung-24"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def mei(db_session: object) -> Actor:
    return person("mei", "officer")


@pytest.fixture
def keeper(clock: Any, app: Flask, sign_in: Any, mei: Actor) -> Any:
    """The security administrator, signed in."""
    person("secadmin", "secadmin", password_hash=hash_of_password(PASSWORD))
    return sign_in(app.test_client(), "secadmin")


def roles_of(person: Actor) -> set[str]:
    asked = "SELECT r.name FROM ab_user_role ur JOIN ab_role r ON r.id = ur.role_id WHERE ur.user_id = :id"
    db.session.remove()
    return set(db.session.connection().scalars(text(asked), {"id": person.user_id}))


def give(client: Any, mei: Actor, **proof: str) -> Any:
    return post(client, f"/people/{mei.user_id}/deeds/give_roles", {"roles": ["director"], **proof})


def test_a_sign_in_is_a_proof_for_ten_minutes(keeper: Any, mei: Actor, clock: Any) -> None:
    clock.shift(timedelta(minutes=10))

    assert give(keeper, mei).status_code == 302
    assert roles_of(mei) == {"director"}


def test_after_that_a_role_is_changed_with_the_password_alone(keeper: Any, mei: Actor, clock: Any) -> None:
    clock.shift(timedelta(minutes=11))

    without = give(keeper, mei)
    wrong = give(keeper, mei, proof_password="wrong")

    assert (without.status_code, wrong.status_code) == (409, 422)
    assert 'name="proof_password"' in without.get_data(as_text=True)
    assert roles_of(mei) == {"officer"}
    assert give(keeper, mei, proof_password=PASSWORD).status_code == 302
    assert roles_of(mei) == {"director"}


def test_a_proof_counts_for_what_follows(keeper: Any, mei: Actor, clock: Any) -> None:
    clock.shift(timedelta(minutes=11))
    give(keeper, mei, proof_password=PASSWORD)
    clock.shift(timedelta(minutes=9))

    assert give(keeper, mei).status_code == 302


def test_a_proof_cannot_be_tried_for_ever(keeper: Any, mei: Actor, clock: Any) -> None:
    clock.shift(timedelta(minutes=11))
    for _attempt in range(10):
        give(keeper, mei, proof_password="wrong")

    assert "尝试次数太多" in give(keeper, mei, proof_password=PASSWORD).get_data(as_text=True)
    assert roles_of(mei) == {"officer"}


def test_the_form_asks_for_the_password_when_it_is_needed_and_not_before(keeper: Any, mei: Actor, clock: Any) -> None:
    url = f"/people/{mei.user_id}/deeds/give_roles"

    assert 'name="proof_password"' not in keeper.get(url).get_data(as_text=True)
    clock.shift(timedelta(minutes=11))
    assert 'name="proof_password"' in keeper.get(url).get_data(as_text=True)


@pytest.mark.parametrize("deed", [give_roles, reset_password])
def test_the_deed_itself_refuses_whoever_proved_nothing_of_late(mei: Actor, deed: Any) -> None:
    permissions = frozenset({("give_roles", "User"), ("reset_password", "User")})
    stale = Actor("somebody", 0, permissions=permissions, proved_at=now() - timedelta(minutes=11))
    more = {"codes": ["director"]} if deed is give_roles else {}

    with pytest.raises(Unproven), transaction():
        deed(mei.user_id, actor=stale, **more)


def test_money_moves_by_fresh_steps_alone() -> None:
    fresh = {name for name, step in INSTALMENT.transitions.items() if step.fresh}

    assert fresh == {"approve", "pay"}


def test_what_acts_without_a_session_has_nothing_to_prove(mei: Actor) -> None:
    assert has_proved(Actor.system("nightly"))
