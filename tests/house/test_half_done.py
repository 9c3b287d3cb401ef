"""Nothing half done: a fault in the middle of any deed, after any of its writes, leaves the database as it was.

What stands in the way of a deed is set aside here, since its rules are not the subject: what it writes is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kernel.db import db
from kernel.workflow import Workflow, refuse_if
from tests.house.deeds import Chance, all_deeds, possible
from tests.house.verdict import none_of
from tests.house.world import World

WRITTEN = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
LEAST = 130
"""How many deeds the world can show at least; the others want a record in a state that it does not hold."""
MONEY = {
    "Instalment.pay",
    "Instalment.approve",
    "AwardList.approve",
    "Contract.sign",
    "set_aside",
    "pay_fee",
    "Project.terminate",
    "Call.approve",
}


class Broken(Exception):  # noqa: N818  (what breaks a deed)
    """The fault that is put into a deed."""


@pytest.fixture
def no_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every deed be done on every record, as far as its own body can."""
    monkeypatch.setattr(Workflow, "refusals", lambda *_args: [])
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in {"orgs", "grants", "evaluation"} and getattr(module, "refuse_if", None) is refuse_if:
            monkeypatch.setattr(module, "refuse_if", lambda *_reasons: None)


@contextmanager
def broken_after(flushes: int) -> Iterator[Callable[[], int]]:
    """Let the session break after so many flushes; gives how many there were."""
    seen = [0]

    def count(_session: Session, _context: object) -> None:
        seen[0] += 1
        if seen[0] == flushes:
            raise Broken

    event.listen(db.factory.class_, "after_flush", count)
    try:
        yield lambda: seen[0]
    finally:
        event.remove(db.factory.class_, "after_flush", count)


def state_of(world: World, tables: set[str]) -> dict[str, str]:
    """Give a check sum of each table."""
    told = {}
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        for table in sorted(tables):
            wanted = f"SELECT count(*), sum(hashtextextended(row::text, 7)::numeric) FROM {table} AS row"
            told[table] = str(world.connection.execute(text(wanted)).one())
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return told


def tables_written(world: World) -> set[str]:
    return {found[1] for told in world.statements if (found := WRITTEN.match(told))}


def faults_of(world: World, chance: Chance) -> list[str]:
    """Break a deed after each of its flushes; gives what was left behind."""
    with world.undone(), broken_after(0) as flushes:
        del world.statements[:]
        chance.take()
        count, tables = flushes(), tables_written(world) - {"web_session", "throttle"}
    left = []
    before = state_of(world, tables)
    for place in range(1, count + 1):
        with world.undone():
            with broken_after(place), pytest.raises(Broken):
                chance.take()
            db.session.remove()
            if (after := state_of(world, tables)) != before:
                changed = sorted(name for name in tables if after[name] != before[name])
                left.append(f"{chance.deed.name}, broken after flush {place} of {count}: {', '.join(changed)}")
    return left


def test_a_fault_after_any_write_of_any_deed_leaves_nothing_behind(world: World, no_rules: None) -> None:
    tried, left = set(), []
    for deed in all_deeds():
        try:
            chance = possible(world, deed)
        except (SQLAlchemyError, ValueError, TypeError, AttributeError, AssertionError):
            continue  # without its rules it cannot be done on what the world holds
        if chance is not None:
            left += faults_of(world, chance)
            tried.add(deed.name)

    none_of(left)
    assert tried >= MONEY
    assert len(tried) >= LEAST, len(tried)


def test_the_check_sum_sees_what_a_deed_leaves(world: World, no_rules: None) -> None:
    """Without it the trial above would prove nothing: a deed that is done is seen in the tables that it writes."""
    chance = possible(world, next(one for one in all_deeds() if one.name == "Instalment.pay"))
    assert chance is not None

    with world.undone():
        del world.statements[:]
        before = state_of(world, {"instalment", "journal", "posting", "audit_event"})
        chance.take()
        assert tables_written(world) >= before.keys()
        after = state_of(world, set(before))

    assert [name for name in before if after[name] == before[name]] == []
