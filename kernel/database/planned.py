"""Statements that the server plans once for a connection: `execution_options(planned=True)`, or `planned=WITH_VALUES`.

To find one record by its number takes PostgreSQL a fifth of a millisecond, and ten times as long to read and plan the
statement. The driver cannot prepare a statement by itself, so this does it in SQL: the second time that a connection
is asked the same, it is told PREPARE, and from then on EXECUTE with the values alone. A plan is made for a database
role, since policies are part of it.

True is for statements that find by key: one plan serves all values. Where the best way depends on the values, it is
planned with them: `WITH_VALUES` is for what is asked again and again with the same ones, as how many stand behind each
tab of a register today, and its first page.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event

_VALUE = re.compile(r"%\((\w+)\)s|%%")
WITH_VALUES = "with values"
MOST = 250
"""So many statements are kept planned by a connection."""
V = TypeVar("V")


def plan_once(engine: Engine) -> None:
    """Let the connections of `engine` keep the plans of what asks for it."""
    event.listen(engine, "before_cursor_execute", _execute_planned, retval=True)


def _execute_planned(
    connection: Connection,
    cursor: Any,
    statement: str,
    parameters: Any,
    context: Any,
    executemany: bool,  # noqa: FBT001  (SQLAlchemy passes all of them by place)
) -> tuple[str, Any]:
    wanted = None if executemany or context is None else context.execution_options.get("planned")
    if not wanted:
        return statement, parameters
    if wanted == WITH_VALUES:
        whole = cursor.mogrify(statement, parameters).decode()
        plan = _plan_of(connection, cursor, whole, lambda: whole)
        return (statement, parameters) if plan is None else (f"EXECUTE {plan}", {})
    plan = _plan_of(connection, cursor, statement, lambda: _with_places(statement))
    return (statement, parameters) if plan is None else (f"EXECUTE {plan}{_values_of(statement)}", parameters)


@lru_cache(maxsize=4 * MOST)
def _values_of(statement: str) -> str:
    """Write the values of a statement as EXECUTE takes them, in the order of their places."""
    names = dict.fromkeys(name for name in _VALUE.findall(statement) if name)
    return f"({', '.join(f'%({name})s' for name in names)})" if names else ""


def _with_places(statement: str) -> str:
    """Write a statement as the server prepares it: its values by their places."""
    names = dict.fromkeys(name for name in _VALUE.findall(statement) if name)
    places = {name: f"${place}" for place, name in enumerate(names, 1)}
    return _VALUE.sub(lambda found: places[found[1]] if found[1] else "%", statement)


def _plan_of(connection: Connection, cursor: Any, statement: str, bare: Callable[[], str]) -> str | None:
    """Give the name of a statement's plan, made at the second time; the one that was used longest ago makes room."""
    key = (connection.info.get("role", ""), statement)
    plans: dict[tuple[str, str], str] = connection.info.setdefault("plans", {})
    plan = plans.pop(key, None)
    if plan is None:
        asked: dict[tuple[str, str], None] = connection.info.setdefault("asked", {})
        if key not in asked:
            _make_room(asked)
            asked[key] = None  # what is asked only once is not worth a plan that stays
            return None
        plan = f"yulan_{secrets.token_hex(6)}"
        cursor.execute(f"PREPARE {plan} AS {bare()}")
        if gone := _make_room(plans):
            cursor.execute(f"DEALLOCATE {gone}")
    plans[key] = plan
    return plan


def _make_room(kept: dict[tuple[str, str], V]) -> V | None:
    return kept.pop(next(iter(kept))) if len(kept) >= MOST else None
