"""Two web nodes and two jobs processes over one database: one house to whoever comes in by either door."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import requests
from sqlalchemy import text

from kernel.clock import now
from kernel.database import Server, owner_engine
from kernel.db import db, transaction
from kernel.jobs import JobRun
from kernel.passwords import hash_of_password
from kernel.schedule import jobs_of
from kernel.scope import whole
from kernel.settings import ROOT, Settings
from kernel.supervise import free_port
from tests.conftest import _copy, _unbind
from tests.factories.grants import PDF, draft_application, open_call
from tests.factories.people import SYSTEM, organization, person, token_of

if TYPE_CHECKING:
    from tests.conftest import Copy

pytestmark = pytest.mark.slow
PATIENCE = 180.0  # seconds: a machine may have other company
KEY = "q7Lw0ZbT4mXc9RkE2vNf8YhJ6uPdGa3s"
PASSWORD = "Larch-und-Kiefer-17"
WRONG_TRIES = 10


def until(fact: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:.0f} s"
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@dataclass
class Node:
    """One web node in a process of its own."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        assert self.process.poll() is None, "a node ended by itself"
        try:
            return requests.get(f"{self.address}/readyz", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    def generation(self) -> list[int]:
        """The process that holds this node's workers; two while one follows the other."""
        return [child.pid for child in psutil.Process(self.process.pid).children()]


class Browser:
    """Somebody with one set of cookies, who comes in by whichever node."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def get(self, url: str) -> requests.Response:
        return self.session.get(url, timeout=30)

    def post(self, url: str, **more: Any) -> requests.Response:
        return self.session.post(url, timeout=30, **more)

    def sign_in(self, node: Node, username: str, password: str = PASSWORD) -> None:
        told = {"csrf_token": token_of(self.get(f"{node.address}/login/").text)}
        self.post(f"{node.address}/login/", data=told | {"username": username, "password": password})

    def is_in(self, node: Node) -> bool:
        """Whether a page for people with a name is shown, and not the way to the door."""
        return self.get(f"{node.address}/account/").url == f"{node.address}/account/"


@dataclass
class House:
    """Two nodes over one database, with shared files and one key."""

    copy: Copy
    nodes: tuple[Node, Node]
    environment: Callable[[str], dict[str, str]]


@pytest.fixture(scope="module")
def two(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    here = tmp_path_factory.mktemp("nodes")
    with _copy(server, template, f"yulan_nodes_{os.getpid()}") as copy:

        def environment(name: str) -> dict[str, str]:
            known = {told: value for told, value in os.environ.items() if not told.startswith("YULAN_")}
            return known | {
                "DATABASE_URL": copy.owner_url,
                "APP_DATABASE_URL": copy.app_url,
                "YULAN_VAR": str(here / name),
                "YULAN_FILES_FOLDER": str(here / "shared"),
                "YULAN_SECRET_KEY": KEY,
                "YULAN_WEB_WORKERS": "1",
                "YULAN_LOG_LEVEL": "ERROR",
            }

        nodes = tuple(_node(environment(name) | {"PORT": str(free_port())}) for name in ("a", "b"))
        try:
            for node in nodes:
                until(node.answers, "an answer")
            yield House(copy, nodes, environment)  # type: ignore[arg-type]
        finally:
            for node in nodes:
                _end(node.process)


def _node(environment: dict[str, str]) -> Node:
    return Node(int(environment["PORT"]), _start("web", environment))


def _start(command: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def _end(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    return process.wait(PATIENCE)


@pytest.fixture
def people(two: House) -> Iterator[int]:
    """An organization's head and an officer who can sign in, and the id of a draft of the former's."""
    db.bind(two.copy.engine)
    with two.copy.engine.connect() as connection:
        known = connection.scalar(text("SELECT 1 FROM ab_user WHERE username = 'head'"))
    if not known:
        told = hash_of_password(PASSWORD)
        held = organization()
        person("officer", "officer", password_hash=told)
        head = person("head", "org_admin", organization_id=held.id, password_hash=told)
        draft_application(open_call(), head, filled=False)
    with whole(SYSTEM, "look") as session:
        draft = session.scalar(text("SELECT id FROM application"))
    db.session.remove()
    yield int(draft)
    _unbind()


def test_who_signs_in_at_one_node_is_known_at_the_other_until_they_leave(two: House, people: int) -> None:
    a, b = two.nodes
    reader = Browser()
    assert not reader.is_in(b)
    reader.sign_in(a, "officer")
    assert reader.is_in(b)
    token = token_of(reader.get(f"{b.address}/account/").text)
    reader.post(f"{a.address}/logout/", data={"csrf_token": token})
    assert not reader.is_in(b)


def test_a_form_of_one_node_is_taken_by_the_other(two: House, people: int) -> None:
    a, b = two.nodes
    visitor = Browser()
    token = token_of(visitor.get(f"{a.address}/login/").text)
    told = {"csrf_token": token, "username": "officer", "password": PASSWORD}
    visitor.post(f"{b.address}/login/", data=told)
    assert visitor.is_in(a)


def test_wrong_tries_are_counted_over_both_nodes(two: House, people: int) -> None:
    guesser = Browser()
    for attempt in range(WRONG_TRIES):
        guesser.sign_in(two.nodes[attempt % 2], "head", "not-the-password")
    for node in two.nodes:
        guesser.sign_in(node, "head")
        assert not guesser.is_in(node)
    with owner_engine(two.copy.owner_url).begin() as connection:
        connection.execute(text("DELETE FROM throttle"))
    guesser.sign_in(two.nodes[1], "head")
    assert guesser.is_in(two.nodes[0])


def test_a_file_handed_in_at_one_node_is_given_out_by_the_other(two: House, people: int) -> None:
    a, b = two.nodes
    head = Browser()
    head.sign_in(a, "head")
    told = {"csrf_token": token_of(head.get(f"{a.address}/account/").text), "kind": "registration"}
    handed_in = head.post(f"{a.address}/applications/{people}/files", data=told, files={"file": ("章程.pdf", PDF)})
    assert handed_in.status_code == 200
    with owner_engine(two.copy.owner_url).connect() as connection:
        public_id = connection.scalar(text("SELECT public_id FROM stored_file"))
    assert head.get(f"{b.address}/files/{public_id}").content == PDF


def test_each_job_that_is_due_runs_once_over_two_processes(two: House, settings: Settings, people: int) -> None:
    due = sorted(job.name for job in jobs_of(settings) if job.cron is not None)
    with transaction() as session, whole(SYSTEM, "set-up"):
        session.execute(text("DELETE FROM job_run"))
        for name in due:
            session.add(JobRun(name=name, started_at=now() - timedelta(days=400), ended_at=now() - timedelta(days=400)))
    processes = [_start("jobs", two.environment(name)) for name in ("j", "k")]
    ran = text(
        "SELECT name, count(*), count(error) FROM job_run WHERE started_at > now() - '1 day'::interval GROUP BY 1"
    )
    try:
        with owner_engine(two.copy.owner_url).execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            until(lambda: {row.name for row in connection.execute(ran)} >= set(due), "every job")
            until(lambda: all(_is_settled(process) for process in processes), "both at work")
            found = {row.name: (row[1], row[2]) for row in connection.execute(ran)}
    finally:
        codes = [_end(process) for process in processes]
    assert {name: found[name] for name in due} == dict.fromkeys(due, (1, 0))
    assert codes == [0, 0]


def _is_settled(process: subprocess.Popen[bytes]) -> bool:
    """Whether a jobs process has its clock's own way to stop, and so has looked at what is due."""
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{process.pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught.group(1), 16) >> (signal.SIGTERM - 1) & 1)


def test_a_reload_loses_no_request(two: House, people: int) -> None:
    node = two.nodes[0]
    reader = Browser()
    reader.sign_in(node, "officer")
    before = node.generation()
    codes: list[int] = []
    meanwhile = 0

    def ask() -> None:
        codes.append(reader.get(f"{node.address}/account/").status_code)

    node.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE
    while (len(codes) < 200 or before[0] in node.generation()) and time.monotonic() < deadline:
        ask()
        meanwhile += len(node.generation()) == 2 and is_alive(before[0])
    after = node.generation()
    for _more in range(20):
        ask()
    assert set(codes) == {200}
    assert len(codes) >= 220
    assert meanwhile >= 10  # the former workers answered while the new ones were getting ready
    assert (len(before), len(after), set(before) & set(after)) == (1, 1, set())


def test_a_reload_that_cannot_begin_leaves_the_former_one_at_work(two: House, people: int) -> None:
    node = two.nodes[1]
    before = node.generation()
    with owner_engine(two.copy.owner_url).begin() as connection:
        head = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        node.process.send_signal(signal.SIGHUP)
        until(lambda: len(node.generation()) == 2, "a new generation")
        until(lambda: node.generation() == before, "its end")
    finally:
        with owner_engine(two.copy.owner_url).begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
    assert Browser().get(f"{node.address}/login/").status_code == 200


def test_to_stop_finishes_what_was_begun(two: House, people: int) -> None:
    node = two.nodes[1]
    waits = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted"  # unlike pg_stat_activity, looked at anew inside a transaction
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with owner_engine(two.copy.owner_url).connect() as holder, ThreadPoolExecutor(1) as pool:
        holder.execute(text("LOCK TABLE call IN ACCESS EXCLUSIVE MODE"))
        asked = pool.submit(Browser().get, f"{node.address}/calls/")
        until(lambda: holder.scalar(waits), "a request that waits")
        node.process.terminate()
        time.sleep(0.5)
        holder.rollback()
        assert asked.result().status_code == 200
    assert node.process.wait(PATIENCE) == 0
    with pytest.raises(requests.ConnectionError):
        Browser().get(f"{node.address}/login/")
