"""PostgreSQL is killed in the middle of deeds: people read a sentence, nothing is half done, and the web goes on by itself."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Thread

import psutil
import pytest
from sqlalchemy import create_engine, text

import config
from kernel import audit
from kernel.database import Server, app_engine, start_server
from kernel.db import db
from kernel.sessions import start_session
from kernel.settings import ROOT, Settings
from kernel.supervise import free_port
from tests.conftest import VAR, _unbind
from tests.factories.grants import approved_year
from tests.factories.people import person
from tests.trials.conftest import Lost, Person, until
from tests.trials.test_killed_workers import wrong_books

SEED = 15432
DEEDS, KILLS = 40, (12, 25)  # how many, and after how many answers the server is killed
DELAY = 0.03  # at most how many seconds later
TOLD_NOTHING = re.compile(r"Traceback|psycopg|sqlalchemy|SELECT |INSERT |server closed|yulan_app", re.IGNORECASE)


@dataclass
class House:
    """A house that serves from a folder of its own, with the server that it brought up."""

    process: subprocess.Popen[str]
    port: int
    server: Server
    log: Path
    answers: list[tuple[int, str]] = field(default_factory=list)

    def faults(self) -> list[str]:
        """Give what the log says of answers that should not have been."""
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if "Traceback" in line]

    def web(self) -> set[int]:
        """Give the numbers of the web's master and workers."""
        children = psutil.Process(self.process.pid).children()
        web = next(child for child in children if child.name() == "yulan-web")
        return {web.pid, *(child.pid for child in web.children())}


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder that the server's own user reaches, whoever else makes and closes temporary folders meanwhile."""
    VAR.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=VAR) as made:
        yield Path(made)


@pytest.fixture
def house(var: Path) -> Iterator[House]:
    """`run.py serve` without the demo, and a way into its database."""
    port = free_port()
    known = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    more = {"YULAN_VAR": str(var), "PORT": str(port), "YULAN_DEMO": "no", "YULAN_MAIL_SINK_PORT": "0"}
    command = [sys.executable, str(ROOT / "run.py"), "serve"]
    with (var / "log").open("w") as log:
        process = subprocess.Popen(command, env=known | more, stdout=subprocess.DEVNULL, stderr=log, text=True)
    try:
        until(lambda: _greets(port), "an answer")
        server = start_server(Settings(_env_file=None, modules=config.MODULES, var=var))
        yield House(process, port, server, var / "log")
        server.leave()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _greets(port: int) -> bool:
    try:
        return Person(port, "").ask("GET", "/login/")[0] == 200
    except Lost:
        return False


@pytest.mark.slow
def test_a_killed_database_leaves_nothing_half_done_and_the_web_goes_on_by_itself(app: object, house: House) -> None:
    db.bind(app_engine(house.server.app_url))
    somebody = person("money", "finance")
    url = f"/years/{approved_year().id}/deeds/set-aside"
    token = start_session(somebody.user_id or 0, locale="zh", address="127.0.0.1", agent="tests")
    _unbind()
    clerk = Person(house.port, token).come_in()
    before = house.web()

    killing = Thread(target=kill_database, args=(house, Random(SEED)))
    killing.start()
    dice = Random(SEED + 1)
    for number in range(DEEDS):
        form = {"csrf_token": clerk.csrf, "form_key": f"{dice.getrandbits(96):024x}"}
        insist(house, clerk, url, form | {"aside": "reserve", "amount": "100.00", "reason": f"试验第{number}笔"})
    killing.join()

    assert house.web() == before, "the web was started again"
    codes = [code for code, _page in house.answers]
    assert codes.count(302) == DEEDS
    assert set(codes) == {302, 503}, house.faults()
    assert [page for code, page in house.answers if code == 503 and TOLD_NOTHING.search(page)] == []
    with create_engine(house.server.owner_url).connect() as owner:
        times = owner.execute(text("SELECT note, count(*) FROM journal WHERE note LIKE '试验%' GROUP BY note")).all()
        assert sorted(times) == sorted((f"试验第{number}笔", 1) for number in range(DEEDS))
        assert list(wrong_books(owner)) == []
    db.bind(app_engine(house.server.app_url))
    assert audit.verify().is_whole
    _unbind()


def insist(house: House, clerk: Person, url: str, form: dict[str, str]) -> None:
    """Send a form until it is taken, and keep what was answered."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        code, _place, page = clerk.ask("POST", url, form)
        house.answers.append((code, page))
        if code == 302:
            return
        time.sleep(0.1)
    raise AssertionError(f"not taken within a minute: {form}")


def kill_database(house: House, dice: Random) -> None:
    """Kill the server outright, as a machine that runs out of memory does; `serve` starts it again."""
    embedded = house.server.embedded
    assert embedded is not None
    for done in KILLS:
        until(lambda done=done: len(house.answers) >= done, f"answer {done}", pause=0.001)
        time.sleep(dice.uniform(0, DELAY))
        postmaster = embedded.postmaster()
        assert postmaster is not None
        postmaster.kill()
        until(embedded.answers, "a new server")
