"""`run.py serve`: brings up database, mail, web and jobs, looks after them, and takes them down in order.

`run.py web` does so for one web node. In both the parent holds the socket at which the web listens, so that on SIGHUP
one generation of workers follows another and nobody is turned away. The next generation of a web node is a new
program: it reads the settings and the code anew.
"""

from __future__ import annotations

import fcntl
import logging
import os
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
from kernel.prepare import enter, expect_tables, leave, prepare
from kernel.processes import follow_clock, keep_mail, serve_web
from kernel.settings import Settings

log = logging.getLogger("yulan.serve")

GLANCE = 0.2  # seconds between two looks at the children
BACKLOG = 2048  # connections that wait for a worker
PULSE = 2.0  # seconds between two looks at the database


class Told:
    """What the house has been asked for: to close, or to renew its workers."""

    def __init__(self) -> None:
        self.to_stop = False
        self.to_renew = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._hear)

    def _hear(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self.to_renew = True
        else:
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
        listener = stack.enter_context(_listening(settings))
        children = _children(settings, server, listener)
        for child in reversed(children):
            stack.callback(child.stop)
        for child in children:
            child.look_after()
        if _wait_for_answer(settings, children, told):
            say(_greeting(settings, server))
        _watch(children, server, told)
        say("Stopping ...")


def serve_node(settings: Settings, say: Callable[[str], None]) -> None:
    """Be one web node of several until told to stop; others bring the tables to where they are needed and run the jobs.

    Raises DatabaseProblem when the database does not answer or its tables are older than this release.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ExitStack() as stack:
        _wait_for_port(settings, say)
        server = start_server(settings)
        stack.callback(server.leave)
        expect_tables(server.app_url)
        told = Told()
        listener = stack.enter_context(_listening(settings))
        web = Child("web", partial(_next_generation, listener.fileno()), close=server.forget)
        stack.callback(web.stop)
        web.look_after()
        if _wait_for_answer(settings, [web], told):
            say(f"This node of Yulan answers at http://{settings.host}:{settings.port} for {settings.address}")
        _watch([web], server, told)
        say("Stopping ...")


def answer(settings: Settings, listener: int, ready: int) -> None:
    """Be one generation of a web node's workers, at a socket that listens already."""
    server = start_server(settings)
    server.forget()  # the node itself counts among the users of an embedded server
    expect_tables(server.app_url)
    load_house(settings.modules)
    known = _for_children(settings, server)
    enter(known)
    serve_web(known, listener, ready)


def _next_generation(listener: int, ready: int) -> None:
    """Become a new program that answers at the same socket: with the code and the settings of now."""
    for descriptor in (listener, ready):
        os.set_inheritable(descriptor, True)
    program = [sys.executable, sys.argv[0], "answer", "--on", str(listener), "--tell", str(ready)]
    os.execv(sys.executable, program)  # noqa: S606  (this very program again)


def _open(settings: Settings, server: Server, say: Callable[[str], None]) -> None:
    """Prepare the database, with the demo programme on the first day of an embedded one."""
    try:
        ready = prepare(settings, server)
        if settings.demo and settings.embedded and is_empty(server):
            say("Loading the demo programme; this is done once and takes about a minute ...")
            load_demo(ready, server, today())
    finally:
        leave()


def _children(settings: Settings, server: Server, listener: socket.socket) -> list[Child]:
    """Give the processes of the house in the order of their start."""
    known = _for_children(settings, server)
    of_jobs = settings.signing_in_at(server.app_url) if settings.backup_folder else known

    def leave_all() -> None:
        server.forget()
        listener.close()

    children = [
        Child(
            "web",
            lambda ready: _at_work(known, partial(serve_web, known, listener.fileno(), ready)),
            close=server.forget,
        ),
        Child("jobs", lambda _: _at_work(of_jobs, partial(follow_clock, of_jobs)), close=leave_all),
    ]
    if known.keeps_mail:
        children.insert(0, Child("mail", lambda _: _at_work(known, partial(keep_mail, known)), close=leave_all))
    return children


def _at_work(settings: Settings, todo: Callable[[], None]) -> None:
    enter(settings)
    todo()


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
        if told.to_renew:
            told.to_renew = False
            _renew(children)
        if server.embedded is not None and time.monotonic() > pulse:
            if not server.embedded.answers():
                log.warning("the database does not answer; it is started again")
                _start_again(server)
            pulse = time.monotonic() + PULSE


def _renew(children: list[Child]) -> None:
    """Renew the web without a pause, and what works unseen with a short one."""
    for child in children:
        if child.name == "web":
            if child.renew():
                log.warning("the web was renewed")
        else:
            child.stop()
            child.look_after()


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


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG) as listener:
        yield listener


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
