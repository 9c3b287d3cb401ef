"""Statements that a connection has planned once: the same rows as without, for each database role its own plan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from kernel.accounts import add_user
from kernel.actor import Actor, ReaderKind
from kernel.database import planned
from kernel.database.planned import WITH_VALUES
from kernel.db import db, transaction
from kernel.errors import NotFound
from kernel.people import Account
from kernel.scope import see_as, whole
from kernel.views import find
from tests.conftest import Copy

SYSTEM = Actor.system("tests")
FIND = text("SELECT :pk + 1 AS more, '50 %' AS share WHERE :pk < 10 OR :pk = :other").execution_options(planned=True)
VALUES = {"pk": 2, "other": 7}


@pytest.fixture
def connection(database: Copy) -> Iterator[Connection]:
    with database.engine.connect() as found:
        found.info.clear()
        found.execute(text("DEALLOCATE ALL"))
        yield found
        found.invalidate()


def plans(connection: Connection) -> list[str]:
    return list(connection.scalars(text("SELECT name FROM pg_prepared_statements")))


def test_what_is_asked_again_is_planned_and_gives_the_same(connection: Connection) -> None:
    first = connection.execute(FIND, VALUES).one()
    assert plans(connection) == []

    again = [connection.execute(FIND, VALUES | {"pk": pk}).one() for pk in (2, 3, 4)]
    assert len(plans(connection)) == 1
    assert again[0] == first == (3, "50 %")
    assert [row.more for row in again] == [3, 4, 5]


def test_a_plan_outlives_the_transaction_that_made_it(connection: Connection) -> None:
    for _time in range(3):
        connection.execute(FIND, VALUES)
        connection.rollback()

    assert connection.execute(FIND, VALUES).one().more == 3
    assert len(plans(connection)) == 1


def test_a_role_has_plans_of_its_own(connection: Connection) -> None:
    for role in ("g_org", "g_staff"):
        connection.info["role"] = role
        for _time in range(2):
            connection.execute(FIND, VALUES)

    assert len(plans(connection)) == 2


def test_the_plan_that_was_used_longest_ago_makes_room(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "MOST", 2)
    first, second, third = (text(f"SELECT :value + {place}").execution_options(planned=True) for place in (10, 20, 30))

    for one in (first, first, second, second, first, third, third):
        connection.scalar(one, {"value": 1})

    told = text("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time")
    assert [line.partition(" AS ")[2] for line in connection.scalars(told)] == ["SELECT $1 + 10", "SELECT $1 + 30"]
    assert [connection.scalar(one, {"value": 1}) for one in (first, second, third)] == [11, 21, 31]


def test_other_statements_and_many_at_once_are_left_as_they_are(connection: Connection) -> None:
    connection.execute(text("CREATE TEMPORARY TABLE bag (piece int)"))
    put = text("INSERT INTO bag VALUES (:piece)").execution_options(planned=True)
    for _time in range(3):
        connection.execute(put, [{"piece": 1}, {"piece": 2}])
        connection.execute(text("SELECT 1"))

    assert connection.scalar(text("SELECT sum(piece) FROM bag")) == 9
    assert plans(connection) == []


def test_each_reader_finds_by_the_same_plan_what_they_may_see(db_session: Session) -> None:
    with transaction(), whole(SYSTEM, "set-up"):
        for name, organization_id in (("a", 1), ("b", 2)):
            add_user(name, name, f"{name}@example.org", password_hash="", organization_id=organization_id)
        of = dict(db.session.execute(select(Account.organization_id, Account.id)).tuples().all())
    db.session.remove()

    for organization_id, other in ((1, 2), (2, 1)) * 3:
        see_as(Actor(name="org", user_id=1, kind=ReaderKind.ORG, organization_id=organization_id))
        assert find(Account, of[organization_id]).organization_id == organization_id
        with pytest.raises(NotFound):
            find(Account, of[other])
        db.session.remove()


def test_what_is_asked_with_the_same_values_is_planned_with_them(connection: Connection) -> None:
    wanted = text("SELECT :pk + 1 AS more, '50 %' AS share, :word AS word").execution_options(planned=WITH_VALUES)
    asked = {"pk": 2, "word": "100 %s '; --"}
    first = connection.execute(wanted, asked).one()
    assert plans(connection) == [], "what is asked once is not worth a plan"

    again = [connection.execute(wanted, asked).one() for _time in range(3)]
    assert [*again] == [first] * 3
    assert first == (3, "50 %", "100 %s '; --")
    assert len(plans(connection)) == 1

    other = [connection.execute(wanted, asked | {"pk": 3}).one() for _time in range(3)]
    assert [row.more for row in other] == [4, 4, 4]
    assert len(plans(connection)) == 2, "other values have a plan of their own"
