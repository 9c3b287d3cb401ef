"""The database server, its roles, its migrations, and the application's way in.

`running_server(settings)` gives a server that answers, with roles ready: the one that DATABASE_URL names, or the
embedded one, which is started if it does not run and stopped by the last process that used it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kernel.database.embedded import EmbeddedServer
from kernel.database.engine import ENGINE_OPTIONS, app_engine, owner_engine
from kernel.database.migrations import check_migrations, is_behind, migrate
from kernel.database.problem import DatabaseProblem
from kernel.database.programs import dump_database, load_database
from kernel.database.roles import APP, OWNER, READERS, prepare_roles
from kernel.database.server import Server, owner_url_of, scratch_database, start_server
from kernel.settings import Settings

__all__ = [
    "APP",
    "ENGINE_OPTIONS",
    "OWNER",
    "READERS",
    "DatabaseProblem",
    "EmbeddedServer",
    "Server",
    "app_engine",
    "check_migrations",
    "dump_database",
    "is_behind",
    "load_database",
    "migrate",
    "owner_engine",
    "owner_url_of",
    "prepare_roles",
    "running_server",
    "scratch_database",
    "start_server",
]


@contextmanager
def running_server(settings: Settings) -> Iterator[Server]:
    """Have a server for the length of a command; an embedded one stops when nobody else uses it."""
    server = start_server(settings)
    try:
        yield server
    finally:
        server.leave()
