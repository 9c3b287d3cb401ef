"""One server, ours or a given one, as the rest of the system sees it: two addresses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from kernel.database.embedded import EmbeddedServer
from kernel.database.engine import owner_engine
from kernel.database.problem import DatabaseProblem
from kernel.database.roles import APP, OWNER, prepare_owner, prepare_roles
from kernel.secrets import keep
from kernel.settings import Settings

DATABASE = "yulan"


@dataclass(frozen=True)
class Server:
    """A database that answers, its roles ready: the owner's address, if this process may know it, and the application's."""

    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)
    embedded: EmbeddedServer | None = field(default=None, repr=False)

    def at(self, database: str) -> Server:
        """Give both addresses for another database on the same server."""
        owner, app = (make_url(url).set(database=database) for url in (self.owner_url, self.app_url))
        return replace(
            self,
            owner_url=owner.render_as_string(hide_password=False),
            app_url=app.render_as_string(hide_password=False),
        )

    def leave(self) -> None:
        """Be done with it; an embedded server stops when its last user leaves."""
        if self.embedded is not None:
            self.embedded.leave()

    def forget(self) -> None:
        """In a forked child: no longer count as a user, without a word to the server."""
        if self.embedded is not None:
            self.embedded.forget()


def start_server(settings: Settings) -> Server:
    """Give a server that answers: the given one, or the embedded one, started or found running.

    Raises DatabaseProblem with a text for the person who runs the system.
    """
    return _start_embedded(settings) if settings.database_url is None else _reach_given(settings)


def create_database(server: Server, name: str, *, template: str = "template1") -> None:
    """Make a database of the owner's on the embedded server, empty or as a copy of another."""
    command(server, f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}"')


def drop_database(server: Server, name: str) -> None:
    """Drop a database of the embedded server, whoever is connected to it."""
    command(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def scratch_database(server: Server, name: str, *, template: str = "template1") -> Iterator[Server]:
    """Have a database for a while on the embedded server; dropped afterwards."""
    drop_database(server, name)
    create_database(server, name, template=template)
    try:
        yield server.at(name)
    finally:
        drop_database(server, name)


def command(server: Server, statement: str) -> list[str]:
    """Run one statement as the embedded server's superuser; gives the first column of what it answers."""
    if server.embedded is None:
        raise RuntimeError("a given server is not ours to command")
    engine = owner_engine(server.embedded.admin_url()).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        answer = connection.execute(text(statement))
        return [str(row[0]) for row in answer] if answer.returns_rows else []


def owner_url_of(settings: Settings) -> str:
    """Give the owner's way into the database of a server that runs.

    Raises DatabaseProblem in a process that was given the application's way alone.
    """
    if settings.database_url is None:
        embedded = _embedded(settings)
        return embedded.url(OWNER, embedded.secret("database-owner"), DATABASE)
    if not settings.knows_owner:
        raise DatabaseProblem("This is for the owner of the tables: set DATABASE_URL to the owner's address.")
    return settings.database_url.get_secret_value()


def _embedded(settings: Settings) -> EmbeddedServer:
    return EmbeddedServer(settings.var / "pg", settings.secrets, settings.database_options)


def _start_embedded(settings: Settings) -> Server:
    embedded = _embedded(settings)
    embedded.start()
    owner_password, app_password = embedded.secret("database-owner"), embedded.secret("database-app")
    prepare_owner(embedded.admin_url(), owner_password, DATABASE)
    prepare_roles(embedded.admin_url(), password=app_password)
    return Server(
        owner_url=embedded.url(OWNER, owner_password, DATABASE),
        app_url=embedded.url(APP, app_password, DATABASE),
        embedded=embedded,
    )


def _reach_given(settings: Settings) -> Server:
    assert settings.database_url is not None
    owner_url = settings.database_url.get_secret_value()
    if not settings.knows_owner:
        return Server(owner_url="", app_url=owner_url)
    given = settings.app_database_url
    password = None if given else keep(settings.secrets, "database-app")
    app_url = make_url(given.get_secret_value()) if given else make_url(owner_url).set(username=APP, password=password)
    try:
        prepare_roles(owner_url, password=password, app=app_url.username or APP)
    except OperationalError as error:
        raise DatabaseProblem(f"The database of DATABASE_URL does not answer: {error.orig}") from error
    return Server(owner_url=owner_url, app_url=app_url.render_as_string(hide_password=False))
