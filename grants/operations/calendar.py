"""What a change of the working-day calendar does to deadlines of grants: open ones keep their working days."""

from __future__ import annotations

from sqlalchemy import select

from grants.models import Application, PublicNotice
from grants.states import ApplicationState
from kernel.actor import Actor
from kernel.calendar_deeds import Later, follows_calendar
from kernel.clock import today
from kernel.db import db


@follows_calendar
def move_deadlines(later: Later, _actor: Actor) -> int:
    """Move the last days of corrections and of public notices that are still running; gives how many moved."""
    returned = select(Application).where(
        Application.state == ApplicationState.RETURNED, Application.return_due_on >= today()
    )
    running = select(PublicNotice).where(PublicNotice.closed_at.is_(None), PublicNotice.ends_on >= today())
    moved = 0
    for application in db.session.scalars(returned.order_by(Application.id).with_for_update(of=Application)):
        if (
            application.return_due_on is not None
            and (due := later(application.return_due_on)) > application.return_due_on
        ):
            application.return_due_on, moved = due, moved + 1
    for notice in db.session.scalars(running.order_by(PublicNotice.id).with_for_update(of=PublicNotice)):
        if (due := later(notice.ends_on)) > notice.ends_on:
            notice.ends_on, moved = due, moved + 1
    db.session.flush()
    return moved
