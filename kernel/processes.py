"""What the processes of the house do: one answers the web, one follows the clock, one keeps the demo's mail."""

from __future__ import annotations

import logging
import os
import signal
from itertools import count
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi

from kernel.app import create_app
from kernel.db import db
from kernel.jobs import run_forever
from kernel.mailsink import MailSink
from kernel.metrics import take_lane
from kernel.prepare import leave
from kernel.schedule import jobs_of
from kernel.settings import Settings
from kernel.web import log_to_stderr

log = logging.getLogger("yulan.serve")
YIELDING = 10
"""How much the jobs stand back for whoever waits for a page."""


class Web(BaseApplication):
    """Gunicorn with our settings: sync workers that share what was loaded before they were made."""

    def __init__(self, settings: Settings, listener: int, ready: int) -> None:
        self._settings = settings
        self._listener = listener
        self._ready = ready
        super().__init__()

    def load_config(self) -> None:
        for name, value in gunicorn_settings(self._settings, self._listener).items():
            self.cfg.set(name, value)
        self.cfg.set("when_ready", self._tell)

    def load(self) -> Flask:
        app = create_app(self._settings)
        leave()  # a connection must not be shared by workers
        return app

    def _tell(self, _server: object) -> None:
        tell_ready(self._ready)


def gunicorn_settings(settings: Settings, listener: int) -> dict[str, Any]:
    """Give gunicorn's settings; a worker is renewed before whatever leaks can grow.

    The listening socket is the parent's, so that nobody is turned away while one generation of workers follows another.
    """
    return {
        "bind": f"fd://{listener}",
        "workers": settings.web_workers,
        "worker_class": "sync",  # the framework keeps state of a request on shared objects: never threads
        "preload_app": True,
        "timeout": 60,
        "graceful_timeout": 60,  # what was begun is finished
        "keepalive": 2,
        "max_requests": 10_000,
        "max_requests_jitter": 1_000,
        "limit_request_line": 8190,
        "proc_name": "yulan-web",
        "control_socket_disable": True,
        "loglevel": "warning",
        "errorlog": "-",
        "pre_fork": _give_lane,
        "post_fork": _after_fork,
    }


def tell_ready(descriptor: int) -> None:
    """Tell the parent that this process does its work from here on."""
    try:
        os.write(descriptor, b"!")
        os.close(descriptor)
    except OSError:  # nobody waits for it: this is not a renewal
        log.debug("nobody waits for this process")


def serve_web(settings: Settings, listener: int, ready: int) -> None:
    """Answer the web at a socket that listens already, until told to stop."""
    log_to_stderr(settings.log_level)
    _say_no_server_name()
    Web(settings, listener, ready).run()


def follow_clock(settings: Settings) -> None:
    """Run the jobs of the kernel and of all modules until told to stop."""
    log_to_stderr(settings.log_level)
    os.nice(YIELDING)
    run_forever(jobs_of(settings))


def keep_mail(settings: Settings) -> None:
    """Be the mail server of demo and tests until told to stop."""
    to_stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, to_stop)  # before there is a thread that would take them
    sink = MailSink(settings.mail, port=settings.mail_sink_port)
    sink.start()
    signal.sigwait(to_stop)
    sink.stop()


def _give_lane(server: Any, worker: Any) -> None:
    """Give a worker that is about to be made the first lane of the meter in which no living one counts."""
    taken = {other.lane for other in server.WORKERS.values() if hasattr(other, "lane")}
    worker.lane = next(lane for lane in count() if lane not in taken)


def _after_fork(server: Any, worker: Any) -> None:
    if db.engine is not None:
        db.engine.dispose(close=False)
    take_lane(server.app.wsgi(), worker.lane)


def _say_no_server_name() -> None:
    with_name = wsgi.Response.default_headers

    def without_name(response: Any) -> list[str]:
        return [line for line in with_name(response) if not line.startswith("Server:")]

    wsgi.Response.default_headers = without_name
