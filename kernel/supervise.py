"""`run.py serve`: brings up database, mail, web and jobs, looks after them, and takes them down in order."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kernel.app import app_url_of
from kernel.clock import today
from kernel.database import DatabaseProblem, Server, start_server
from kernel.firstday import clear_half_loaded, is_first_day, load_demo
from kernel.mailsink import MailSink
from kernel.prepare import leave, prepare
from kernel.settings import ROOT, Settings

log = logging.getLogger("yulan.serve")

GLANCE = 0.2  # seconds between two looks at the children
PULSE = 2.0  # seconds between two looks at the database
LAST_WORD = 30.0  # seconds that a child has to finish what it does
LONGEST_PAUSE = 30.0  # seconds before a child that keeps dying is started again
DEMO_PASSWORD = "yulan-demo-2026"  # noqa: S105  (told to everybody; a given server never has it)
DEMO_SIGN_INS = (
    *("officer", "director", "finance", "funder", "auditor", "sysadmin", "secadmin", "logadmin"),
    *("org", "orgmember", "orgfinance", "org2"),
    *("reviewer1", "reviewer2", "reviewer3", "reviewer4", "reviewer5", "agency", "evaluator"),
)
LIVED = 60.0  # seconds after which a death is a new one


class Child:
    """One process of the house; started again when it dies, each time after a longer pause."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 0.0
        self._due = 0.0

    @property
    def number(self) -> int | None:
        return self._process.pid if self._process else None

    def look_after(self) -> None:
        """Start it if it does not run and its pause is over."""
        moment = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            log.warning("%s ended with %s; it is started again", self.name, self._process.returncode)
            self._process = None
            self._pause = min(max(1.0, self._pause * 2), LONGEST_PAUSE) if moment - self._started < LIVED else 0.0
            self._due = moment + self._pause
        if self._process is None and moment >= self._due:
            self._start(moment)

    def stop(self) -> None:
        """Ask it to end, wait for its last word, then insist."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(LAST_WORD)
        except subprocess.TimeoutExpired:
            log.warning("%s did not end in time; it is killed", self.name)
            self._process.kill()
            self._process.wait()

    def _start(self, moment: float) -> None:
        self._started = moment
        self._process = subprocess.Popen(  # noqa: S603  (our own front door)
            [sys.executable, str(ROOT / "run.py"), self.name],
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us alone; we stop the children in order
        )


class Told:
    """Whether the house has been asked to close."""

    def __init__(self) -> None:
        self.to_stop = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def _hear(self, _number: int, _frame: object) -> None:
        self.to_stop = True


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until told to stop; `say` tells the person at the terminal.

    Raises DatabaseProblem, or RuntimeError when another process serves from the same folder.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until there are children, to stop is simply to leave
    with ExitStack() as stack:
        stack.enter_context(_only_one(settings.var))
        _wait_for_port(settings, say)
        server = start_server(settings)
        stack.callback(server.leave)
        ready = _open(settings, server, say)
        told = Told()
        environment = _environment(ready, stack)
        children = [Child(name, environment) for name in ("web", "jobs")]
        for child in reversed(children):
            stack.callback(child.stop)
        for child in children:
            child.look_after()
        if _wait_for_answer(ready, children, told):
            say(_greeting(ready))
        _watch(children, server, told)
        say("Stopping ...")


def _open(settings: Settings, server: Server, say: Callable[[str], None]) -> Settings:
    """Prepare the database, with the demo programme on the first day of an embedded one."""
    clear_half_loaded(server)
    ready = prepare(settings, server)
    if settings.demo and is_first_day(server):
        say("Loading the demo programme; this is done once and takes about a minute ...")
        load_demo(ready, server, today())
    leave()
    return ready


def _watch(children: list[Child], server: Server, told: Told) -> None:
    pulse = time.monotonic() + PULSE
    while not told.to_stop:
        time.sleep(GLANCE)
        for child in children:
            child.look_after()
        if server.embedded is not None and time.monotonic() > pulse:
            if not server.embedded.answers():
                log.warning("the database does not answer; it is started again")
                _start_again(server)
            pulse = time.monotonic() + PULSE


def _start_again(server: Server) -> None:
    try:
        if server.embedded is not None:
            server.embedded.start()
    except DatabaseProblem:
        log.exception("the database could not be started; the next attempt follows")


def _environment(settings: Settings, stack: ExitStack) -> dict[str, str]:
    """Give what the children need to know; the local mail server is started here, since they need its port."""
    known = {**os.environ, "YULAN_SUPERVISED": str(os.getpid()), "APP_DATABASE_URL": app_url_of(settings)}
    if not settings.embedded:
        known["DATABASE_URL"] = app_url_of(settings)  # the owner's way in is not for those who serve
    if settings.keeps_mail:
        sink = _mail_sink(settings)
        stack.callback(sink.stop)
        known["YULAN_MAIL_SINK_PORT"] = str(sink.port)
    return known


def _mail_sink(settings: Settings) -> MailSink:
    """Start the local mail server on its port, or on a free one if that is taken."""
    sink = MailSink(settings.mail, port=settings.mail_sink_port)
    try:
        sink.start()
    except OSError:
        sink = MailSink(settings.mail)
        sink.start()
    return sink


def _wait_for_answer(settings: Settings, children: list[Child], told: Told) -> bool:
    """Look after the children until the web answers; False when the house was asked to close first."""
    while not told.to_stop:
        try:
            with urllib.request.urlopen(f"http://{settings.host}:{settings.port}/healthz", timeout=5) as answer:
                return bool(answer.status)
        except (urllib.error.URLError, OSError):
            time.sleep(GLANCE)
        for child in children:
            child.look_after()
    return False


def _wait_for_port(settings: Settings, say: Callable[[str], None]) -> None:
    """Wait for the web's port: after a sudden end of `serve` its workers finish what they had begun."""
    deadline = time.monotonic() + LAST_WORD
    waiting = False
    while not _is_free(settings):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Another program listens at {settings.host}:{settings.port}. Set PORT to a free one.")
        if not waiting:
            say(f"Waiting for {settings.host}:{settings.port} to become free ...")
            waiting = True
        time.sleep(GLANCE)


def _is_free(settings: Settings) -> bool:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, settings.port))
        except OSError:
            return False
    return True


@contextmanager
def _only_one(var: Path) -> Iterator[None]:
    var.mkdir(parents=True, exist_ok=True)
    with (var / "serve.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RuntimeError(f"Yulan serves already from {var}.") from error
        yield


def _greeting(settings: Settings) -> str:
    lines = [f"Yulan answers at {settings.address}"]
    if settings.embedded and settings.demo:
        lines += [f"Demo sign-ins, all with the password {DEMO_PASSWORD}:", f"  {' '.join(DEMO_SIGN_INS)}"]
    return "\n".join(lines)
