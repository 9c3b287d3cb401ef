"""What is read beside an application: the notes of its correction, and who of the organization is writing now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import and_, or_, select

from grants.models import Application, ApplicationPresence, CorrectionPoint
from grants.states import ApplicationState, AttachmentKind
from kernel.clock import now, today
from kernel.db import db
from kernel.files import StoredFile
from orgs.models import OrganizationDocument
from orgs.states import DocumentKind

PRESENT = timedelta(seconds=70)
"""Who was not heard of for so long has gone: a page tells of itself every twenty seconds while it is in use."""


OF_THE_PASSPORT = {DocumentKind.REGISTRATION: AttachmentKind.REGISTRATION, DocumentKind.LEASE: AttachmentKind.VENUE}
"""Papers of an organization's passport that an application asks for too."""


def passport_files(organization_id: int) -> dict[AttachmentKind, StoredFile]:
    """Give the newest file of each paper of the passport that counts today, by the kind of attachment that it serves."""
    held = OrganizationDocument
    wanted = (
        select(held.kind, StoredFile)
        .join(StoredFile, and_(StoredFile.owner_kind == held.__name__, StoredFile.owner_id == held.id))
        .where(
            held.organization_id == organization_id,
            held.kind.in_(OF_THE_PASSPORT),
            held.replaced_on.is_(None),
            or_(held.valid_to.is_(None), held.valid_to >= today()),
            StoredFile.superseded_by_id.is_(None),
        )
        .order_by(StoredFile.id)
    )
    return {OF_THE_PASSPORT[kind]: file for kind, file in db.session.execute(wanted).tuples()}


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
