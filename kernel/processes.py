"""What the processes of the house do: one answers the web, one follows the clock, one keeps the demo's mail."""

from __future__ import annotations

import signal
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi

from kernel.actor import Actor
from kernel.app import create_app
from kernel.db import db
from kernel.housekeeping import JOBS as HOUSEKEEPING, backup_jobs
from kernel.jobs import Job, run_forever
from kernel.mailsink import MailSink
from kernel.module import MODULES
from kernel.notices import MailServer, deliver, remind, write_digests
from kernel.prepare import leave
from kernel.settings import Settings
from kernel.web import log_to_stderr

MAIL_EVERY = 10  # seconds


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
    run_forever([*own_jobs(settings), *(job for module in MODULES for job in module.jobs)])


def own_jobs(settings: Settings) -> tuple[Job, ...]:
    """Give the kernel's own jobs."""
    post = mail_server(settings)

    def deliver_mail(_actor: Actor) -> int:
        return deliver(post, sender=settings.mail_from)

    return (
        Job("deliver-mail", deliver_mail, every_seconds=MAIL_EVERY),
        WRITE_DIGESTS,
        REMIND,
        *HOUSEKEEPING,
        *backup_jobs(settings),
    )


def _remind_all(actor: Actor) -> int:
    return remind([reminder for module in MODULES for reminder in module.reminders], actor=actor)


# Both look at what is there and what was told: run often, so that a night that was missed is made up soon.
WRITE_DIGESTS = Job("write-digests", write_digests, cron="*/10 * * * *")
REMIND = Job("remind", _remind_all, cron="5 * * * *")


def mail_server(settings: Settings) -> MailServer:
    """Give the mail server of the settings, or the local one that keeps every letter."""
    if settings.smtp_host is None:
        return MailServer("127.0.0.1", settings.mail_sink_port)
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        starttls=settings.smtp_starttls,
    )


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
