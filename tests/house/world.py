"""The world's people and records, and how a test asks for a page as one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Connection, False_, select, text

from kernel.actor import Actor, ReaderKind
from kernel.db import Fact, db
from kernel.permissions import kind_of, permissions_of
from kernel.scope import all_records, rows_for, see_as, session_reader, whole
from kernel.sessions import start_session
from kernel.views import Page

PEOPLE = {
    "officer": "officer",
    "director": "director",
    "finance": "finance",
    "funder": "funder",
    "auditor": "auditor",
    "org_admin": "org",
    "org_lead": "orgmember",
    "org_finance": "orgfinance",
    "reviewer": "reviewer1",
    "agency_admin": "agency",
    "evaluator": "evaluator",
    "sysadmin": "sysadmin",
    "secadmin": "secadmin",
    "logadmin": "logadmin",
}
"""Role → the demo's sign-in of it."""

VISITOR = "public"
ROLES = (VISITOR, *PEOPLE)
NOWHERE = 999_999_999
SYSTEM = Actor.system("tests")


@dataclass(frozen=True, eq=False)
class Answer:
    """One page as it was read: code, headers, text, and the statements that it cost."""

    url: str
    code: int
    headers: Mapping[str, str]
    page: str
    statements: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Say in a word what came: the code, or "sign-in" for the way to the door."""
        if self.code == 302 and self.headers["Location"].startswith("/login/"):
            return "sign-in"
        return str(self.code)


def sign_all_in(connection: Connection) -> dict[tuple[str, str], str]:
    """Open a session for each role's person in each language; gives the tokens of the cookies."""
    wanted = text("SELECT id FROM ab_user WHERE username = :name")
    users = {role: connection.scalar(wanted, {"name": username}) for role, username in PEOPLE.items()}
    return {
        (role, locale): start_session(user, locale=locale, address="127.0.0.1", agent="tests")
        for role, user in users.items()
        for locale in ("zh", "en")
    }


@dataclass
class World:
    """The demo programme as one test sees it."""

    app: Flask
    connection: Connection
    statements: list[str]
    kept: dict[Any, Any]

    @cached_property
    def actors(self) -> dict[str, Actor]:
        """Give each role's person as requests know them."""
        if "actors" not in self.kept:
            wanted = text(
                "SELECT u.id, u.last_name AS name, a.organization_id FROM ab_user u"
                " JOIN account a ON a.user_id = u.id WHERE u.username = :name"
            )
            found = {}
            for role, username in PEOPLE.items():
                row = self.connection.execute(wanted, {"name": username}).one()
                codes = (role,)
                found[role] = Actor(
                    row.name,
                    row.id,
                    kind_of(codes),
                    frozenset(codes),
                    permissions_of((*codes, VISITOR)),
                    row.organization_id,
                )
            found[VISITOR] = Actor("visitor", permissions=permissions_of((VISITOR,)))
            self.kept["actors"] = found
        return self.kept["actors"]

    @property
    def views(self) -> dict[str, Any]:
        """Give every view of ours by its endpoint."""
        return {view.endpoint: view for view in self.app.appbuilder.baseviews if isinstance(view, Page)}

    # Who sees what

    def seen_by(self, role: str, model: type[Fact]) -> list[int]:
        """Give the ids of a model's rows that a role's person sees, newest first."""
        key = ("seen", role, model.__tablename__)
        if model.__tablename__ == "ab_user":
            return self.all_of(model) if kind_of((role,)) is ReaderKind.KEEPER else []
        if key not in self.kept:
            actor = self.actors[role]
            is_blind = isinstance(rows_for(model, actor.kind, session_reader()), False_)
            see_as(actor)
            wanted = select(model.id).order_by(model.id.desc())
            self.kept[key] = [] if is_blind else list(db.session.scalars(wanted))
            db.session.remove()
        return self.kept[key]

    def all_of(self, model: type[Fact]) -> list[int]:
        """Give the ids of all rows of a model, newest first."""
        key = ("all", model.__tablename__)
        if key not in self.kept:
            with whole(SYSTEM, "tests"):
                self.kept[key] = list(db.session.scalars(select(model.id).order_by(model.id.desc())))
            db.session.remove()
        return self.kept[key]

    def anothers(self, role: str, model: type[Fact]) -> int | None:
        """Give the id of a row that is there and that a role's person does not see."""
        mine = set(self.seen_by(role, model))
        return next((pk for pk in self.all_of(model) if pk not in mine), None)

    def model(self, name: str) -> type[Fact]:
        """Find a model by its class's name."""
        if name == "User":
            return User
        return next(model for model in all_records() if model.__name__ == name)

    # Asking for pages

    def client(self, role: str, locale: str = "zh") -> FlaskClient:
        """Give a browser in which a role's person is signed in."""
        client = self.app.test_client()
        if role != VISITOR:
            client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], f"s.{self.kept['sessions'][role, locale]}")
        return client

    def read(self, role: str, url: str, *, locale: str = "zh") -> Answer:
        """Read a page as a role's person; the same page is read once."""
        key = ("page", role, locale, url)
        if key not in self.kept:
            client = self.client(role, locale)
            if role == VISITOR and locale != "zh":
                client.get(f"/lang/{locale}")
            self.kept[key] = self.ask(client, url)
        return self.kept[key]

    def ask(self, client: FlaskClient, url: str, **more: Any) -> Answer:
        """Read a page anew."""
        del self.statements[:]
        return self._answer(client.get(url, **more), url)

    def send(self, role: str, url: str, data: Mapping[str, Any] | None = None, **more: Any) -> Answer:
        """Send a form as a role's person, with the token of their own pages."""
        client = self.client(role)
        return self._answer(
            client.post(url, data={"csrf_token": self.token(role, client), **(data or {})}, **more), url
        )

    def token(self, role: str, client: FlaskClient) -> str:
        """Give the token that this person's forms hold."""
        key = ("token", role)
        if role == VISITOR or key not in self.kept:
            page = client.get("/login/" if role == VISITOR else "/account/").get_data(as_text=True)
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert found, page
            self.kept[key] = found.group(1)
        return self.kept[key]

    def _answer(self, response: Any, url: str) -> Answer:
        with response:
            is_page = response.mimetype.startswith(("text/", "application/json"))
            page = response.get_data(as_text=True) if is_page else ""
            told = Answer(url, response.status_code, dict(response.headers), page, tuple(self.statements))
        del self.statements[:]
        return told

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back whatever is written inside."""
        db.session.remove()
        point = self.connection.begin_nested()
        try:
            yield
        finally:
            db.session.remove()
            point.rollback()
