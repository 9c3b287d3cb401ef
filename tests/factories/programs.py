"""Programs for stories: a token, JSON in, JSON out, and a key of its own for each write."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from kernel.actor import Actor
from kernel.db import db
from kernel.passwords import hash_of_password
from kernel.sessions import start_session

PASSWORD = "eine-lange-Losung-24"
HASH = hash_of_password(PASSWORD)


class Program:
    """A program that acts for a person."""

    def __init__(self, client: FlaskClient, token: str, actor: Actor) -> None:
        self.client, self.token, self.actor, self.count = client, token, actor, 0

    @property
    def user_id(self) -> int:
        assert self.actor.user_id is not None
        return self.actor.user_id

    @property
    def shown(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, url: str) -> Any:
        return self.client.get(url, headers=self.shown)

    def send(self, url: str, body: Any, *, method: str = "POST", key: str = "") -> Any:
        self.count += 1
        headers = self.shown | {"Idempotency-Key": key or f"key-{self.count}"}
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.open(url, method=method, data=data, headers=headers, content_type="application/json")

    def attach(self, url: str, parts: dict[str, Any], *, key: str = "") -> Any:
        self.count += 1
        headers = self.shown | {"Idempotency-Key": key or f"key-{self.count}"}
        return self.client.post(url, data=parts, headers=headers, content_type="multipart/form-data")

    def patch(self, url: str, body: Any) -> Any:
        return self.send(url, body, method="PATCH")

    def change(self, url: str, **parts: Any) -> Any:
        """Change a record as it stands now."""
        return self.patch(url, self._as_it_stands(url) | parts)

    def step(self, url: str, name: str, **arguments: Any) -> Any:
        """Take a step of a record as it stands now."""
        return self.send(f"{url}/steps/{name}", self._as_it_stands(url) | arguments)

    def _as_it_stands(self, url: str) -> dict[str, Any]:
        return {"version": self.get(url).json["result"]["version"]}


def program(app: Flask, actor: Actor, *, locale: str = "en") -> Program:
    """Give a program with a token of a person who exists."""
    assert actor.user_id is not None
    db.session.commit()
    token = start_session(actor.user_id, locale=locale, address="127.0.0.1", agent="tests", is_program=True)
    return Program(app.test_client(), token, actor)
