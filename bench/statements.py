"""How many statements a page costs, counted inside the process as the database sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event, text

import config
from bench.start import House
from kernel.app import create_app
from kernel.database import running_server
from kernel.db import db
from kernel.sessions import start_session
from kernel.settings import Settings

FREE = ("BEGIN", "COMMIT", "ROLLBACK", "SET ", "SAVEPOINT", "RELEASE")


@dataclass(frozen=True, slots=True)
class Counts:
    """The statements of one page: the most that any of its variants cost."""

    most: int
    told: str


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Gather the statements that the engine carries out, but for those that only frame a transaction."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(FREE):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def signed_in(house: House) -> Iterator[tuple[Any, Engine]]:
    """Have the application in this process over the house's own database, with an officer signed in."""
    settings = Settings(modules=config.MODULES, var=house.var)
    with running_server(settings) as server:
        app = create_app(settings.signing_in_at(server.app_url))
        engine = db.engine
        assert engine is not None
        with engine.begin() as connection:
            user_id = connection.scalar(text("SELECT id FROM ab_user WHERE username = 'officer'"))
        with app.app_context():
            token = start_session(user_id, locale="zh", address="127.0.0.1", agent="bench")
        client = app.test_client()
        client.set_cookie(app.config["SESSION_COOKIE_NAME"], f"s.{token}")
        yield client, engine
        engine.dispose()


PAGES: Mapping[str, Sequence[str]] = {
    "the register": ["/organizations/", "/organizations/?size=50", "/organizations/?q=示例"],
    "a record": ["/organizations/1"],
    "the dashboard": ["/"],
    "the applications": ["/applications/", "/applications/?size=50"],
    "the projects": ["/projects/", "/projects/?size=50"],
}


def count_statements(house: House, asked: Mapping[str, Sequence[str]] = PAGES) -> dict[str, Counts]:
    """Count the statements of pages, each by the most that one of its addresses costs, as an officer."""
    with signed_in(house) as (client, engine):
        return {what: _most(client, engine, urls) for what, urls in asked.items()}


def _most(client: Any, engine: Engine, urls: Sequence[str]) -> Counts:
    told = {}
    for url in urls:
        with counted(engine) as seen:
            answer = client.get(url)
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}")
        told[url] = len(seen)
    return Counts(max(told.values()), ", ".join(str(count) for count in told.values()))
