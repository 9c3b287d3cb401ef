"""Inspections and credit entries read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import func, or_, select

from kernel.db import db
from kernel.people import Account
from orgs.models import CreditEntry, Inspection, Organization
from orgs.states import SOCIAL_ORGANIZATIONS, InspectionResult, OrganizationStatus


def inspections_of(organization_id: int) -> Sequence[Inspection]:
    """Give an organization's annual inspections, the newest year first."""
    wanted = select(Inspection).where(Inspection.organization_id == organization_id)
    return db.session.scalars(wanted.order_by(Inspection.year.desc())).all()


def inspections_awaited(month: int, day: int, first: date, last: date) -> Iterator[tuple[Organization, date]]:
    """Give who has people here and no conclusion of last year's inspection, where its day of the year comes up.

    Only active social organizations are inspected, and none for the years before it was founded.
    """
    due = date(first.year, month, day)
    if due < first:
        due = date(first.year + 1, month, day)
    if due > last:
        return
    year = due.year - 1
    wanted = select(Organization).where(
        Organization.type.in_(SOCIAL_ORGANIZATIONS),
        Organization.status == OrganizationStatus.ACTIVE,
        or_(Organization.founded_on.is_(None), Organization.founded_on < date(due.year, 1, 1)),
        or_(
            Organization.inspection_year.is_(None),
            Organization.inspection_year < year,
            (Organization.inspection_year == year) & (Organization.inspection_result == InspectionResult.UNDECIDED),
        ),
        select(Account.id).where(Account.organization_id == Organization.id).exists(),
    )
    for organization in db.session.scalars(wanted.order_by(Organization.id)).all():
        yield organization, due


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
