"""What the processes of the house do: one answers the web, one follows the clock, one keeps the demo's mail."""

from __future__ import annotations

import signal
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi

from kernel.app import create_app
from kernel.db import db
from kernel.jobs import run_forever
from kernel.mailsink import MailSink
from kernel.prepare import leave
from kernel.schedule import jobs_of
from kernel.settings import Settings
from kernel.web import log_to_stderr


class Web(BaseApplication):
    """Gunicorn with our settings: sync workers that share what was loaded before they were made."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in gunicorn_settings(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app = create_app(self._settings)
        leave()  # a connection must not be shared by workers
        return app


def gunicorn_settings(settings: Settings) -> dict[str, Any]:
    """Give gunicorn's settings; a worker is renewed before whatever leaks can grow."""
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.web_workers,
        "worker_class": "sync",  # the framework keeps state of a request on shared objects: never threads
        "preload_app": True,
        "timeout": 60,
        "graceful_timeout": 20,
        "keepalive": 2,
        "max_requests": 2000,
        "max_requests_jitter": 200,
        "limit_request_line": 8190,
        "proc_name": "yulan-web",
        "control_socket_disable": True,
        "loglevel": "warning",
        "errorlog": "-",
        "post_fork": _after_fork,
    }


def serve_web(settings: Settings) -> None:
    """Answer the web until told to stop."""
    log_to_stderr(settings.log_level)
    _say_no_server_name()
    Web(settings).run()


def follow_clock(settings: Settings) -> None:
    """Run the jobs of the kernel and of all modules until told to stop."""
    log_to_stderr(settings.log_level)
    run_forever(jobs_of(settings))


def keep_mail(settings: Settings) -> None:
    """Be the mail server of demo and tests until told to stop."""
    to_stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, to_stop)  # before there is a thread that would take them
    sink = MailSink(settings.mail, port=settings.mail_sink_port)
    sink.start()
    signal.sigwait(to_stop)
    sink.stop()


def _after_fork(_server: object, _worker: object) -> None:
    if db.engine is not None:
        db.engine.dispose(close=False)


def _say_no_server_name() -> None:
    with_name = wsgi.Response.default_headers

    def without_name(response: Any) -> list[str]:
        return [line for line in with_name(response) if not line.startswith("Server:")]

    wsgi.Response.default_headers = without_name
