"""`run.py serve` as an operator meets it: it comes up, mends what dies, refuses a twin, and closes in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path

import psutil
import pytest

from kernel.database import EmbeddedServer, Server
from kernel.settings import ROOT, Settings
from kernel.supervise import _for_children, free_port

pytestmark = pytest.mark.slow
PATIENCE = 60.0


@dataclass
class Served:
    """A house that serves in a process of its own, from a folder of its own."""

    var: Path
    port: int
    process: subprocess.Popen[str]

    @property
    def database(self) -> EmbeddedServer:
        return EmbeddedServer(self.var / "pg", self.var / "secrets")

    def headers(self, path: str = "/healthz") -> HTTPMessage:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.headers

    def answers(self) -> bool:
        try:
            return bool(self.headers())
        except (urllib.error.URLError, OSError):
            return False

    def child(self, name: str) -> psutil.Process | None:
        """The living child of that name, if there is one now."""
        children = psutil.Process(self.process.pid).children()
        return next((child for child in children if name_of(child) == f"yulan-{name}"), None)

    def household(self) -> list[psutil.Process]:
        """Mail, jobs, web and its workers; the database is nobody's child."""
        found = [self.child(name) for name in ("mail", "web", "jobs")]
        assert None not in found
        return [one for child in found if child is not None for one in (child, *child.children(recursive=True))]


def name_of(process: psutil.Process) -> str:
    """The name of a living process; nothing for one that is dead or dying."""
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else process.name()
    except psutil.Error:
        return ""


def until(fact: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:.0f} s"
        time.sleep(0.1)


def environment(var: Path, port: int) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    return known | {"YULAN_VAR": str(var), "PORT": str(port), "YULAN_DEMO": "no", "YULAN_MAIL_SINK_PORT": "0"}


def start(var: Path, port: int) -> Served:
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "serve"],
        env=environment(var, port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Served(var, port, process)
    until(lambda: served.answers() or process.poll() is not None, "an answer")
    assert process.poll() is None, process.communicate()[0]
    return served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = start(tmp_path_factory.mktemp("served"), free_port())
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.communicate(timeout=PATIENCE)


def test_who_serves_does_not_hold_the_owners_way_into_a_given_server(tmp_path: Path) -> None:
    owner, app = "postgresql+psycopg2://owner:Vt5nQ2xk@db/yulan", "postgresql+psycopg2://yulan_app:kX9wRm3z@db/yulan"
    settings = Settings(_env_file=None, var=tmp_path, smtp_host="mail.localdomain", database_url=owner)
    known = _for_children(settings, Server(owner, app))
    assert known.database_url is not None
    assert known.app_database_url is not None
    assert known.database_url.get_secret_value() == known.app_database_url.get_secret_value() == app
    assert not known.embedded


def test_mail_moves_to_a_free_port_when_its_own_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        known = _for_children(Settings(_env_file=None, var=tmp_path, mail_sink_port=port), Server("-", "-"))
    assert known.mail_sink_port not in {0, port}


def test_it_answers_and_does_not_say_with_what(served: Served) -> None:
    assert served.headers("/login/")["Server"] is None
    assert served.headers("/login/")["Cache-Control"] == "no-store"


def test_a_twin_from_the_same_folder_is_refused_in_a_sentence(served: Served) -> None:
    twin = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "serve"],
        env=environment(served.var, free_port()),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (twin.returncode, twin.stderr) == (1, f"Yulan serves already from {served.var}.\n")


@pytest.mark.parametrize("name", ["web", "jobs", "mail"])
def test_a_child_that_dies_is_started_again(served: Served, name: str) -> None:
    dead = served.child(name)
    assert dead is not None
    dead.kill()
    until(lambda: (alive := served.child(name)) is not None and alive.pid != dead.pid, f"a new {name}")
    until(served.answers, "an answer")


def test_a_database_that_dies_is_started_again(served: Served) -> None:
    dead = served.database.postmaster()
    assert dead is not None
    dead.kill()
    until(lambda: (alive := served.database.postmaster()) is not None and alive.pid != dead.pid, "a new server")
    until(served.answers, "an answer")


def test_a_house_killed_outright_leaves_no_process_that_holds_its_door(served: Served) -> None:
    children = served.household()
    served.process.kill()
    served.process.communicate(timeout=PATIENCE)
    _, left = psutil.wait_procs(children, timeout=30)
    assert [child for child in left if child.status() != psutil.STATUS_ZOMBIE] == []
    again = start(served.var, served.port)
    served.process = again.process


def test_it_closes_in_order_and_leaves_nothing_behind(served: Served) -> None:
    children = served.household()
    served.process.send_signal(signal.SIGTERM)
    told, _ = served.process.communicate(timeout=PATIENCE)
    assert served.process.returncode == 0
    assert told.splitlines()[-1] == "Stopping ..."
    assert [child.pid for child in children if child.is_running()] == []
    assert served.database.postmaster() is None
    assert "database system is shut down" in served.database.log.read_text(encoding="utf-8").splitlines()[-1]
