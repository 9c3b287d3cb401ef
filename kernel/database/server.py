"""One server, ours or a given one, as the rest of the system sees it: two addresses."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from kernel.database.embedded import EmbeddedServer
from kernel.database.problem import DatabaseProblem
from kernel.database.roles import APP, OWNER, prepare_owner, prepare_roles
from kernel.secrets import keep
from kernel.settings import Settings

DATABASE = "yulan"


@dataclass(frozen=True)
class Server:
    """A database that answers, its roles ready: the owner's address and the application's."""

    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)
    embedded: EmbeddedServer | None = field(default=None, repr=False)

    def database_urls(self, database: str) -> tuple[str, str]:
        """Give both addresses for another database on the same server: the owner's, the application's."""
        owner, app = (make_url(url).set(database=database) for url in (self.owner_url, self.app_url))
        return owner.render_as_string(hide_password=False), app.render_as_string(hide_password=False)

    def leave(self) -> None:
        """Be done with it; an embedded server stops when its last user leaves."""
        if self.embedded is not None:
            self.embedded.leave()


def start_server(settings: Settings) -> Server:
    """Give a server that answers: the given one, or the embedded one, started or found running.

    Raises DatabaseProblem with a text for the person who runs the system.
    """
    return _start_embedded(settings) if settings.database_url is None else _reach_given(settings)


def _start_embedded(settings: Settings) -> Server:
    embedded = EmbeddedServer(settings.var / "pg", settings.secrets, settings.database_options)
    embedded.start()
    owner_password = keep(settings.secrets, "database-owner")
    app_password = keep(settings.secrets, "database-app")
    prepare_owner(embedded.admin_url(), owner_password, DATABASE)
    prepare_roles(embedded.admin_url(), password=app_password)
    return Server(
        owner_url=embedded.url(OWNER, owner_password, DATABASE),
        app_url=embedded.url(APP, app_password, DATABASE),
        embedded=embedded,
    )


def _reach_given(settings: Settings) -> Server:
    assert settings.database_url is not None  # noqa: S101  (the caller asked)
    owner_url = settings.database_url.get_secret_value()
    given = settings.app_database_url
    password = None if given else keep(settings.secrets, "database-app")
    app_url = make_url(given.get_secret_value()) if given else make_url(owner_url).set(username=APP, password=password)
    try:
        prepare_roles(owner_url, password=password, app=app_url.username or APP)
    except OperationalError as error:
        raise DatabaseProblem(f"The database of DATABASE_URL does not answer: {error.orig}") from error
    return Server(owner_url=owner_url, app_url=app_url.render_as_string(hide_password=False))
