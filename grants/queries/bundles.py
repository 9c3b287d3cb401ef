"""What is read to make an archive of applications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.models import Application, Bundle
from grants.states import BundleState
from kernel.db import db


def next_bundle() -> Bundle | None:
    """Give the archive that has waited longest."""
    wanted = select(Bundle).where(Bundle.state == BundleState.WAITING).order_by(Bundle.id)
    return db.session.scalars(wanted.limit(1)).first()


def bundle_of(bundle_id: int) -> Bundle:
    """Give an archive that is known to be there, for the jobs."""
    return db.session.scalars(select(Bundle).where(Bundle.id == bundle_id)).one()


def bundles_made_before(moment: datetime) -> Sequence[Bundle]:
    """Give the archives that have been kept for long enough."""
    wanted = select(Bundle).where(Bundle.state == BundleState.MADE, Bundle.made_at < moment).order_by(Bundle.id)
    return db.session.scalars(wanted.options(joinedload(Bundle.file))).all()


def handed_in_of(application_ids: Sequence[int]) -> Sequence[Application]:
    """Give those of the applications that were handed in once at least, by number."""
    wanted = select(Application).where(Application.id.in_(application_ids), Application.version_number > 0)
    return db.session.scalars(wanted.order_by(Application.number)).all()


def applications_in(application_ids: Sequence[int]) -> Sequence[Application]:
    """Give the applications of an archive with their organizations, by number."""
    wanted = select(Application).where(Application.id.in_(application_ids)).order_by(Application.number)
    return db.session.scalars(wanted.options(joinedload(Application.organization))).all()
