"""The application's way in: a small pool that fits a worker that serves one request at a time."""

from __future__ import annotations

import select
from collections.abc import Mapping
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from kernel.database.planned import plan_once

LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}

ENGINE_OPTIONS: Mapping[str, Any] = {
    "pool_size": 2,
    "max_overflow": 3,
    "pool_pre_ping": True,
    "pool_recycle": 1800,
    "connect_args": {
        "application_name": "yulan",
        "connect_timeout": 5,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "options": " ".join(f"-c {name}={value}" for name, value in LIMITS.items()),
    },
}
"""What every engine of the application is made with; times are PostgreSQL's."""


def app_engine(url: str, **options: Any) -> Engine:
    """Make the engine of a process that serves people or the clock; `options` go before the usual ones."""
    engine = create_engine(url, **{**ENGINE_OPTIONS, **options})
    ping = engine.dialect.do_ping

    def do_ping(dbapi_connection: Any) -> bool:
        return _is_quiet(dbapi_connection) or ping(dbapi_connection)

    engine.dialect.do_ping = do_ping  # type: ignore[method-assign]
    plan_once(engine)
    return engine


def _is_quiet(connection: Any) -> bool:
    """Say whether an idle connection is whole: a server that ended it has sent something, be it the end itself.

    Saves each request the question and its answer; only a connection with something to say is asked.
    """
    if connection.closed:
        return False
    ear = select.poll()
    ear.register(connection.fileno(), select.POLLIN | select.POLLPRI)
    return not ear.poll(0)


def owner_engine(url: str) -> Engine:
    """Make the owner's engine: no pool, no limits; for migrations and roles."""
    return create_engine(url, poolclass=NullPool, connect_args={"application_name": "yulan-owner"})
