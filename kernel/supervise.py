"""`run.py serve`: brings up database, mail, web and jobs, looks after them, and takes them down in order."""

from __future__ import annotations

import fcntl
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from pydantic import SecretStr

from kernel.app import load_house
from kernel.child import LAST_WORD, Child, apart
from kernel.clock import today
from kernel.database import DatabaseProblem, Server, start_server
from kernel.demo import PASSWORD
from kernel.firstday import demo_sign_ins, is_empty, load_demo
from kernel.prepare import enter, leave, prepare
from kernel.processes import follow_clock, keep_mail, serve_web
from kernel.settings import Settings

log = logging.getLogger("yulan.serve")

GLANCE = 0.2  # seconds between two looks at the children
PULSE = 2.0  # seconds between two looks at the database


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
    load_house(settings.modules)
    with ExitStack() as stack:
        stack.enter_context(_only_one(settings.var))
        _wait_for_port(settings, say)
        server = start_server(settings)
        stack.callback(server.leave)
        apart(lambda: _open(settings, server, say))
        told = Told()
        children = _children(settings, server)
        for child in reversed(children):
            stack.callback(child.stop)
        for child in children:
            child.look_after()
        if _wait_for_answer(settings, children, told):
            say(_greeting(settings, server))
        _watch(children, server, told)
        say("Stopping ...")


def _open(settings: Settings, server: Server, say: Callable[[str], None]) -> None:
    """Prepare the database, with the demo programme on the first day of an embedded one."""
    try:
        ready = prepare(settings, server)
        if settings.demo and settings.embedded and is_empty(server):
            say("Loading the demo programme; this is done once and takes about a minute ...")
            load_demo(ready, server, today())
    finally:
        leave()


def _children(settings: Settings, server: Server) -> list[Child]:
    """Give the processes of the house in the order of their start."""
    known = _for_children(settings, server)
    work: dict[str, Callable[[Settings], None]] = {"web": serve_web, "jobs": follow_clock}
    if known.keeps_mail:
        work = {"mail": keep_mail, **work}
    return [Child(name, partial(_at_work, todo, known), close=server.forget) for name, todo in work.items()]


def _at_work(todo: Callable[[Settings], None], settings: Settings) -> None:
    enter(settings)
    todo(settings)


def _for_children(settings: Settings, server: Server) -> Settings:
    """Give the settings without the owner's way into a given server, and with a port that is free for mail."""
    known: dict[str, object] = {"database_url": None if settings.embedded else SecretStr(server.app_url)}
    if settings.keeps_mail and not is_free("127.0.0.1", settings.mail_sink_port):
        known["mail_sink_port"] = free_port()
    return settings.signing_in_at(server.app_url).model_copy(update=known)


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


def _wait_for_answer(settings: Settings, children: list[Child], told: Told) -> bool:
    """Look after the children until the web answers; False when the house was asked to close first."""
    while not told.to_stop:
        if _answers(settings):
            return True
        time.sleep(GLANCE)
        for child in children:
            child.look_after()
    return False


def _answers(settings: Settings) -> bool:
    door = HTTPConnection(settings.host, settings.port, timeout=5)
    try:
        door.request("GET", "/healthz")
        return door.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        door.close()


def _wait_for_port(settings: Settings, say: Callable[[str], None]) -> None:
    """Wait for the web's port: after a sudden end of `serve` its workers finish what they had begun."""
    deadline = time.monotonic() + LAST_WORD
    waiting = False
    while not is_free(settings.host, settings.port):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Another program listens at {settings.host}:{settings.port}. Set PORT to a free one.")
        if not waiting:
            say(f"Waiting for {settings.host}:{settings.port} to become free ...")
            waiting = True
        time.sleep(GLANCE)


def is_free(host: str, port: int) -> bool:
    """Tell whether nobody listens there; port 0 stands for any, and is never free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError:
            return False
    return port != 0


def free_port() -> int:
    """Give a port of this machine on which nobody listens now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextmanager
def _only_one(var: Path) -> Iterator[None]:
    var.mkdir(parents=True, exist_ok=True)
    with (var / "serve.lock").open("a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process alone: children do not hold it
        except (BlockingIOError, PermissionError) as error:
            raise RuntimeError(f"Yulan serves already from {var}.") from error
        yield


def _greeting(settings: Settings, server: Server) -> str:
    lines = [f"Yulan answers at {settings.address}"]
    if names := demo_sign_ins(server):
        lines += [f"Demo sign-ins, all with the password {PASSWORD}:", f"  {' '.join(names)}"]
    return "\n".join(lines)
