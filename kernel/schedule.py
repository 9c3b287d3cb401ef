"""What runs by the clock, all of it: the mail, the reminders, the nights, and the modules' own jobs."""

from __future__ import annotations

from kernel.actor import Actor
from kernel.deputy_deeds import tell_of_deputies
from kernel.housekeeping import JOBS as HOUSEKEEPING, backup_jobs
from kernel.jobs import Job
from kernel.module import MODULES
from kernel.notices import MailServer, deliver, remind, write_digests
from kernel.settings import Settings

MAIL_EVERY = 10  # seconds


def jobs_of(settings: Settings) -> tuple[Job, ...]:
    """Give every job of the house: the kernel's own, then the modules'."""
    return (*own_jobs(settings), *(job for module in MODULES for job in module.jobs))


def own_jobs(settings: Settings) -> tuple[Job, ...]:
    """Give the kernel's own jobs."""
    post = mail_server(settings)

    def deliver_mail(_actor: Actor) -> int:
        return deliver(post, sender=settings.mail_from)

    return (
        Job("deliver-mail", deliver_mail, every_seconds=MAIL_EVERY),
        WRITE_DIGESTS,
        REMIND,
        TELL_OF_DEPUTIES,
        *HOUSEKEEPING,
        *backup_jobs(settings),
    )


def _remind_all(actor: Actor) -> int:
    return remind([reminder for module in MODULES for reminder in module.reminders], actor=actor)


# Both look at what is there and what was told, so they may run often: what failed is made up within the hour.
WRITE_DIGESTS = Job("write-digests", write_digests, cron="*/10 * * * *")
REMIND = Job("remind", _remind_all, cron="5 7-20 * * *")

TELL_OF_DEPUTIES = Job("tell-of-deputies", tell_of_deputies, cron="5 7 * * *")


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
