"""Inspections and credit entries read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from kernel.db import db
from orgs.models import CreditEntry, Inspection


def inspections_of(organization_id: int) -> Sequence[Inspection]:
    """Give an organization's annual inspections, the newest year first."""
    wanted = select(Inspection).where(Inspection.organization_id == organization_id)
    return db.session.scalars(wanted.order_by(Inspection.year.desc())).all()


def credit_entries_of(organization_id: int) -> Sequence[CreditEntry]:
    """Give what stands or stood against an organization, the newest first."""
    wanted = select(CreditEntry).where(CreditEntry.organization_id == organization_id)
    return db.session.scalars(wanted.order_by(CreditEntry.listed_on.desc(), CreditEntry.id.desc())).all()


def credit_entries_within(organization_id: int, since: date, until: date) -> Sequence[CreditEntry]:
    """Give the entries that stood on some day between two."""
    wanted = select(CreditEntry).where(
        CreditEntry.organization_id == organization_id,
        CreditEntry.listed_on <= until,
        func.coalesce(CreditEntry.removed_on, until) >= since,
    )
    return db.session.scalars(wanted.order_by(CreditEntry.listed_on)).all()
