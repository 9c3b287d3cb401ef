"""Processes that are there to be killed: the web or the jobs of a house whose clock began on the world's morning.

Usage: python -m tests.trials.serving web|jobs VAR DATABASE PORT [DAYS LATER]
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import time_machine
from pydantic import SecretStr

import config
from kernel.clock import at
from kernel.db import db
from kernel.jobs import Job, run_job
from kernel.prepare import enter, leave
from kernel.processes import serve_web
from kernel.schedule import jobs_of
from kernel.settings import ROOT, Settings
from tests.house.conftest import TODAY

ENDLESS = 10_000
SEALED_WITH = ROOT / "var" / "test" / "secrets" / "data-key"  # the world was written by the tests' own house


def main() -> None:
    """Be the process that the command line names."""
    what, var, database, port, *later = sys.argv[1:]
    settings = Settings(
        _env_file=None,
        modules=config.MODULES,
        var=Path(var),
        port=int(port),
        mail_sink_port=int(port),
        log_level="ERROR",
        data_key=SecretStr(SEALED_WITH.read_text(encoding="utf-8").strip()),
    ).signing_in_at(database)
    enter(settings)
    morning = at(TODAY + timedelta(days=int(later[0]) if later else 0), 10)
    with time_machine.travel(morning, tick=True):
        if what == "web":
            answer_at(settings)
        else:
            run_all_for_ever(settings)


def answer_at(settings: Settings) -> None:
    """Answer the web at the port of the settings; nobody waits for the word that it is ready."""
    with socket.create_server((settings.host, settings.port), backlog=512) as listener:
        serve_web(settings, listener.fileno(), os.open(os.devnull, os.O_WRONLY))


def run_all_for_ever(settings: Settings) -> None:
    """Run all jobs one after the other in a child; one that is killed is followed by the next at once."""
    jobs = jobs_of(settings)
    for _child in range(ENDLESS):
        leave()
        child = os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            run_all(jobs)
            os._exit(0)
        _pid, code = os.waitpid(child, 0)
        if code == 0:
            sys.stdout.write("all done\n")
            sys.stdout.flush()
            return


def run_all(jobs: Sequence[Job]) -> None:
    """Run every job, and what they wrote letters for; says by its number which process begins one."""
    for job in [*jobs, *[job for job in jobs if job.name == "deliver-mail"]]:
        sys.stdout.write(f"{os.getpid()}\n")
        sys.stdout.flush()
        run_job(job)
    db.session.remove()


if __name__ == "__main__":
    main()
