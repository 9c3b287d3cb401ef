"""Getting a process and a database ready: modules, sessions, words, files; the newest tables, roles, reference data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError, ProgrammingError

from kernel.actor import Actor
from kernel.app import app_url_of, furnish, load_house
from kernel.catalogue import compile_words
from kernel.database import (
    DatabaseProblem,
    Server,
    app_engine,
    is_behind,
    migrate,
    owner_engine,
    running_server,
)
from kernel.db import db, transaction
from kernel.languages import know_words
from kernel.module import load_data
from kernel.permissions import sync_security
from kernel.policies import apply_policies
from kernel.scope import whole
from kernel.settings import Settings


def enter(settings: Settings) -> None:
    """Make this process part of the house: its modules known, its sessions bound, its words and files at hand."""
    load_house(settings.modules)
    db.bind(app_engine(app_url_of(settings)))
    know_words(compile_words(settings.modules, settings.var))
    furnish(settings)


@contextmanager
def at_work(settings: Settings) -> Iterator[Settings]:
    """Have a database and a process ready for one command; gives the settings with the way in filled in."""
    with running_server(settings) as server:
        ready = settings.signing_in_at(server.app_url)
        enter(ready)
        try:
            yield ready
        finally:
            leave()


def prepare(settings: Settings, server: Server) -> Settings:
    """Bring the database to where this release needs it; gives the settings with the way in filled in."""
    if not server.owner_url:
        raise DatabaseProblem("This is for the owner of the tables: set DATABASE_URL to the owner's address.")
    migrate(server.owner_url)
    with owner_engine(server.owner_url).begin() as connection:
        apply_policies(connection)
    ready = settings.signing_in_at(server.app_url)
    enter(ready)
    write_roles()
    write_reference_data()
    db.session.remove()
    return ready


def expect_tables(app_url: str) -> None:
    """Refuse to work on tables that are older than this release.

    Raises DatabaseProblem that says what to run, or that the database does not answer.
    """
    engine = app_engine(app_url)
    try:
        with engine.connect() as connection:
            behind = is_behind(connection)
    except OperationalError as error:
        raise DatabaseProblem(f"The database does not answer: {error.orig}") from error
    except ProgrammingError:
        behind = True
    finally:
        engine.dispose()
    if behind:
        raise DatabaseProblem("The tables are older than this release. Run: run.py migrate")


def write_roles() -> None:
    """Write roles and permissions into the database as they stand in the code."""
    with transaction() as session, whole(Actor.system("sync-security"), "sync-security"):
        sync_security(session)


def write_reference_data() -> None:
    """Load every module's reference data; what is there stays as it is."""
    with transaction(), whole(Actor.system("load-data"), "load-data"):
        load_data()


def leave() -> None:
    """Let go of the database, so that it can stop or be copied."""
    db.session.remove()
    if db.engine is not None:
        db.engine.dispose()
