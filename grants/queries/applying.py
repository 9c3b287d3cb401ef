"""What is read beside an application: the notes of its correction, and who of the organization is writing now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from grants.models import Application, ApplicationPresence, CorrectionPoint
from grants.states import ApplicationState
from kernel.clock import now
from kernel.db import db

PRESENT = timedelta(seconds=70)
"""Who was not heard of for so long has gone: a page tells of itself every twenty seconds while it is in use."""


def points_of(application: Application) -> Sequence[CorrectionPoint]:
    """Give the notes on the parts of an application that was sent back once, in the order of their writing."""
    if application.state is ApplicationState.DRAFT or application.return_reason is None:
        return []
    wanted = select(CorrectionPoint).where(CorrectionPoint.application_id == application.id)
    return db.session.scalars(wanted.order_by(CorrectionPoint.id)).all()


def colleagues_at_work(application_id: int, user_id: int | None) -> Sequence[ApplicationPresence]:
    """Give the others of the organization who have a part of this form open now."""
    wanted = select(ApplicationPresence).where(
        ApplicationPresence.application_id == application_id,
        ApplicationPresence.user_id != user_id,
        ApplicationPresence.seen_at > now() - PRESENT,
    )
    return db.session.scalars(wanted.order_by(ApplicationPresence.name, ApplicationPresence.id)).all()
