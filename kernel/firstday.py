"""The first day: a house that brings its own database opens with the demo programme, loaded once and whole."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from importlib.util import find_spec

from sqlalchemy import text

from kernel.database import Server, owner_engine
from kernel.database.server import DATABASE, create_database, drop_database
from kernel.settings import Settings

BEGUN = "demo: begun"
LOADED = "demo: loaded"


def clear_half_loaded(server: Server) -> None:
    """Make the embedded database anew when the loading of the demo was cut off: nobody can have worked in it."""
    if server.embedded is not None and _note(server) == BEGUN:
        empty(server)


def empty(server: Server) -> None:
    """Drop all that is in the embedded database and make it anew."""
    if server.embedded is None:
        raise RuntimeError("a given server is never emptied")
    drop_database(server, DATABASE)
    create_database(server, DATABASE)


def is_first_day(server: Server) -> bool:
    """Tell whether this is an embedded database in which nobody has an account yet."""
    return server.embedded is not None and _note(server) is None and is_empty(server)


def is_empty(server: Server) -> bool:
    """Tell whether nobody has an account yet."""
    with owner_engine(server.owner_url).connect() as connection:
        return connection.scalar(text("SELECT 1 FROM ab_user LIMIT 1")) is None


def load_demo(settings: Settings, server: Server, as_of: date) -> None:
    """Load the demo programme as it stands on a day, and note that it is whole."""
    if find_spec("kernel.demo") is None:
        return
    _write_note(server, BEGUN)
    import_module("kernel.demo").load(settings, as_of)
    _write_note(server, LOADED)


def _note(server: Server) -> str | None:
    asked = text("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()")
    with owner_engine(server.owner_url).connect() as connection:
        note: str | None = connection.scalar(asked)
    return note


def _write_note(server: Server, note: str) -> None:
    with owner_engine(server.owner_url).begin() as connection:
        connection.execute(text(f"COMMENT ON DATABASE {DATABASE} IS '{note}'"))
