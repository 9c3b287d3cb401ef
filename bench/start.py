"""The house as `run.py serve` brings it up: its demo programme, and how long a warm start takes (P7)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.table import Figure

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "bench"
PATIENCE = 240.0
WARM_LIMIT = 6.0


@dataclass(frozen=True, slots=True)
class House:
    """A served house: its address, where its things lie, and the number of its first process."""

    address: str
    var: Path
    pid: int


def free_port() -> int:
    """Give a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _serving(port: int, mail_port: int, var: Path = VAR) -> Iterator[tuple[float, int]]:
    """Serve from a folder of the bench; gives the seconds until the first page answered, and the process's number."""
    environment = os.environ | {
        "YULAN_VAR": str(var),
        "PORT": str(port),
        "YULAN_MAIL_SINK_PORT": str(mail_port),
        "YULAN_LOG_LEVEL": "WARNING",
    }
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "run.py", "serve"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{port}/login/", process)
        yield time.monotonic() - begun, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the house ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (our own address)
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the house did not answer in time")


@contextmanager
def served(folder: str = VAR.name) -> Iterator[House]:
    """Have the house served from a folder of its own with its demo programme, loaded on the first run."""
    var = VAR.with_name(folder)
    var.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with _serving(port, free_port(), var) as (_taken, pid):
        yield House(f"http://127.0.0.1:{port}", var, pid)


def measure() -> list[Figure]:
    """Measure a warm start: the folder has been served before, and nobody serves from it now."""
    seconds = []
    for _run in range(3):
        with _serving(free_port(), free_port()) as (taken, _pid):
            seconds.append(taken)
    return [Figure("P7", "seconds until a warm start answers its first page", sorted(seconds)[1], WARM_LIMIT, "s")]
