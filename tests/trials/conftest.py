"""What the trials with real processes stand on: a world of their own, to which everything commits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
import time_machine
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from kernel.clock import at
from kernel.database import Server
from kernel.db import db
from kernel.files import Storage, use_storage
from kernel.scope import whole
from kernel.settings import ROOT
from kernel.supervise import free_port
from tests.conftest import Copy, _copy, _unbind
from tests.house.conftest import TODAY, world_template
from tests.house.world import PEOPLE, SYSTEM, sign_all_in

__all__ = ["world_template"]

PATIENCE = 90.0


@dataclass
class Trial:
    """A world of a test's own, with everybody signed in, and a folder of its own for files."""

    copy: Copy
    var: Path
    tokens: dict[tuple[str, str], str]


@pytest.fixture
def trial(app: Flask, server: Server, world_template: str, tmp_path: Path) -> Iterator[Trial]:
    """The demo programme on the morning of its day; what is done to it stays done until the test is over."""
    with _copy(server, world_template, f"yulan_trial_{os.getpid()}") as copy:
        db.bind(copy.engine)
        use_storage(Storage(tmp_path / "files"))
        with time_machine.travel(at(TODAY, 10), tick=False), copy.engine.connect() as connection:
            tokens = sign_all_in(connection)
        db.session.remove()
        yield Trial(copy, tmp_path, tokens)
        use_storage(Storage(app.config["YULAN"].files))
        _unbind()


@pytest.fixture
def owner(trial: Trial) -> Iterator[Connection]:
    """The owner's connection to the trial's world, which sees all: to look at what came of it."""
    engine = create_engine(trial.copy.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("SET ROLE NONE")
        yield connection
    engine.dispose()


@pytest.fixture
def world_people(trial: Trial) -> dict[str, int]:
    """Give the organization for which a role's person acts."""
    wanted = text(
        "SELECT u.username, a.organization_id FROM ab_user u JOIN account a ON a.user_id = u.id"
        " WHERE a.organization_id IS NOT NULL"
    )
    with whole(SYSTEM, "tests"):
        found = {row.username: row.organization_id for row in db.session.execute(wanted)}
    db.session.remove()
    return {role: found[name] for role, name in PEOPLE.items() if name in found}


@dataclass
class Serving:
    """A process of `tests.trials.serving`, and the port at which it answers."""

    process: subprocess.Popen[str]
    port: int
    children: list[psutil.Process] = field(default_factory=list)

    def workers(self) -> list[psutil.Process]:
        """Give the living children of the process."""
        self.children = psutil.Process(self.process.pid).children()
        return [child for child in self.children if child.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def serving(trial: Trial) -> Iterator[Callable[..., Serving]]:
    """Start the web or the jobs of the trial's world: `serving("web")`."""
    running: list[Serving] = []

    def start(what: str, *later: int, port: int = 0) -> Serving:
        known = port or free_port()
        command = [sys.executable, "-m", "tests.trials.serving", what, trial.var, trial.copy.app_url, known, *later]
        process = subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        running.append(Serving(process, known))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.workers()
        one.process.kill()  # first, so that nobody starts the others again
        for child in one.children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        one.process.communicate()


class Lost(Exception):  # noqa: N818  (what a person sees: no answer)
    """The connection died: nobody knows whether the deed was done."""


@dataclass
class Person:
    """A browser without a window: a session, its forms' token, and one request at a time."""

    port: int
    token: str
    csrf: str = ""
    lost: int = 0

    def ask(
        self, method: str, url: str, data: dict[str, str] | bytes | None = None, kind: str = ""
    ) -> tuple[int, str, str]:
        """Send one request; gives code, place and page. Raises Lost when there is no answer."""
        body = urlencode(data) if isinstance(data, dict) else data
        headers = {"Cookie": f"yulan=s.{self.token}", "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = kind or "application/x-www-form-urlencoded"
        line = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, url, body, headers)
            answer = line.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        except (HTTPException, OSError) as error:
            self.lost += 1
            raise Lost from error
        finally:
            line.close()

    def insist(
        self, method: str, url: str, data: dict[str, str] | bytes | None = None, kind: str = ""
    ) -> tuple[int, str, str]:
        """Send the same request until there is an answer that is one: what a person does after "connection died"."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = self.ask(method, url, data, kind)
            except Lost:
                time.sleep(0.05)
                continue
            if answer[0] < 500:
                return answer
            time.sleep(0.2)
        raise AssertionError(f"{method} {url} had no answer within {PATIENCE:.0f} s")

    def come_in(self) -> Person:
        """Read a page, for the token of this session's forms."""
        code, _place, page = self.insist("GET", "/account/")
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, (code, page)
        self.csrf = found.group(1)
        return self


def until(fact: Callable[[], object], what: str, *, pause: float = 0.05) -> None:
    """Wait for a fact; `pause` is in seconds between two looks."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:.0f} s"
        time.sleep(pause)
