"""The first day: a house that brings its own database opens with the demo programme, loaded once."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from kernel import demo
from kernel.database import Server, owner_engine
from kernel.database.server import DATABASE, create_database, drop_database
from kernel.settings import Settings

SIGN_INS = (
    *("officer", "director", "finance", "funder", "auditor", "sysadmin", "secadmin", "logadmin"),
    *("org", "orgmember", "orgfinance", "org2"),
    *("reviewer1", "reviewer2", "reviewer3", "reviewer4", "reviewer5", "agency", "evaluator"),
)


def empty(server: Server) -> None:
    """Drop all that is in the embedded database and make it anew."""
    if server.embedded is None:
        raise RuntimeError("a given server is never emptied")
    drop_database(server, DATABASE)
    create_database(server, DATABASE)


def is_empty(server: Server) -> bool:
    """Tell whether nobody has an account yet."""
    with owner_engine(server.owner_url).connect() as connection:
        return connection.scalar(text("SELECT 1 FROM ab_user LIMIT 1")) is None


def load_demo(settings: Settings, server: Server, as_of: date) -> None:
    """Load the demo programme as it stands on a day, and let the database take its measure."""
    demo.load(settings, as_of)
    with owner_engine(server.owner_url).connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


def demo_sign_ins(server: Server) -> list[str]:
    """Give the names that sign in with the demo's password; none where the demo was not loaded."""
    asked = text("SELECT username FROM ab_user WHERE email LIKE '%@example.org'")
    with owner_engine(server.owner_url).connect() as connection:
        known = set(connection.scalars(asked))
    return [name for name in SIGN_INS if name in known]
