"""A process of the house, made by forking: it shares the memory of what was loaded before, and starts at once."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from multiprocessing.context import ForkProcess

log = logging.getLogger("yulan.serve")

FORK = get_context("fork")
LAST_WORD = 65.0  # seconds that a child has to finish what it does: a request may last 60
READY_WITHIN = 120.0  # seconds that a successor has to begin
LONGEST_PAUSE = 30.0  # seconds before a child that keeps dying is started again
LIVED = 60.0  # seconds after which a death is a new one
TELL_ME_WHEN_MY_PARENT_DIES = 1  # PR_SET_PDEATHSIG of Linux
CALL_ME = 15  # PR_SET_NAME of Linux


class Child:
    """One lasting process of the house; started again when it dies, each time after a longer pause.

    `work` is handed a descriptor: whoever can tell that it is ready writes a byte there.
    """

    def __init__(self, name: str, work: Callable[[int], None], *, close: Callable[[], None]) -> None:
        self.name = name
        self._work = work
        self._close = close
        self._process: ForkProcess | None = None
        self._started = 0.0
        self._pause = 0.0
        self._due = 0.0

    def look_after(self) -> None:
        """Start it if it does not run and its pause is over."""
        moment = time.monotonic()
        if self._process is not None and not self._process.is_alive():
            log.warning("%s ended with %s; it is started again", self.name, self._process.exitcode)
            self._process = None
            self._pause = min(max(1.0, self._pause * 2), LONGEST_PAUSE) if moment - self._started < LIVED else 0.0
            self._due = moment + self._pause
        if self._process is None and moment >= self._due:
            self._started = moment
            self._process, ready = self._begin()
            os.close(ready)

    def renew(self) -> bool:
        """Start a successor, and let the former one finish and end when the successor is ready; tell whether it is.

        What serves goes on serving when the successor cannot begin.
        """
        former, moment = self._process, time.monotonic()
        successor, ready = self._begin()
        try:
            is_ready = bool(select.select([ready], [], [], READY_WITHIN)[0] and os.read(ready, 1))
        finally:
            os.close(ready)
        if not is_ready:
            log.error("the new %s could not begin; the former one goes on", self.name)
            _end(self.name, successor)
            return False
        self._process, self._started, self._pause = successor, moment, 0.0
        if former is not None:
            _end(self.name, former)
        return True

    def _begin(self) -> tuple[ForkProcess, int]:
        ready, tell = os.pipe()
        process = _fork(self.name, partial(self._work, tell), partial(self._close_all, ready))
        os.close(tell)
        return process, ready

    def _close_all(self, ready: int) -> None:
        os.close(ready)
        self._close()

    def stop(self) -> None:
        """Ask it to end, wait for its last word, then insist."""
        if self._process is not None:
            _end(self.name, self._process)
            self._process = None


def _end(name: str, process: ForkProcess) -> None:
    if not process.is_alive():
        return
    process.terminate()
    process.join(LAST_WORD)
    if process.is_alive():
        log.warning("%s did not end in time; it is killed", name)
        process.kill()
        process.join()


def apart(work: Callable[[], None]) -> None:
    """Do something big in a process of its own, whose memory is given back; wait for its end.

    Raises SystemExit with its code when it failed: it has said why.
    """
    process = _fork("prepare", work, lambda: None)
    try:
        process.join()
    finally:
        if process.is_alive():
            process.kill()
            process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def _fork(name: str, work: Callable[[], None], close: Callable[[], None]) -> ForkProcess:
    gc.freeze()  # the collector would write to every object, and so unshare it
    process = FORK.Process(target=_live, args=(name, work, close, os.getpid()), name=name)
    process.start()
    return process


def _live(name: str, work: Callable[[], None], close: Callable[[], None], parent: int) -> None:
    os.setsid()  # Ctrl-C is for the parent alone; it stops its children in order
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    close()
    if sys.platform == "linux":
        system = ctypes.CDLL(None)
        system.prctl(CALL_ME, f"yulan-{name}".encode())
        system.prctl(TELL_ME_WHEN_MY_PARENT_DIES, signal.SIGTERM)
        if os.getppid() != parent:  # it was dead already
            return
    work()
