"""What waits and what ends in the passports of organizations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from kernel.audit import AuditEvent
from kernel.db import db
from orgs.models import (
    BankAccount,
    BlacklistEntry,
    Organization,
    OrganizationDocument,
    OrganizationMerge,
    ProfileChange,
    Rating,
)
from orgs.queries.blacklist import counting_listings
from orgs.queries.claims import REQUESTS_WAITING
from orgs.queries.duplicates import LIKELY_PAIRS
from orgs.queries.merges import merged_into
from orgs.states import GONE, BlacklistState, ChangeState, MergeState, RatingGrade, RatingState

UNVERIFIED = (BankAccount.until.is_(None), BankAccount.verified_on.is_(None))


def documents_ending(first: date, last: date) -> Iterator[tuple[OrganizationDocument, date]]:
    """Give the papers that count and end between two days, each with its last day."""
    document = OrganizationDocument
    wanted = select(document).where(document.replaced_on.is_(None), document.valid_to.between(first, last))
    for one in db.session.scalars(wanted.order_by(document.valid_to, document.id)).all():
        assert one.valid_to is not None
        yield one, one.valid_to


def waiting_for_officers() -> tuple[int, int, int, int, int]:
    """Count ratings to verify, changes to approve, accounts to verify, requests and likely pairs, in one statement."""
    ratings = select(func.count()).select_from(Rating).where(Rating.state == RatingState.PENDING)
    changes = select(func.count()).select_from(ProfileChange).where(ProfileChange.state == ChangeState.PROPOSED)
    accounts = select(func.count()).select_from(BankAccount).where(*UNVERIFIED)
    counted = (ratings, changes, accounts, REQUESTS_WAITING, LIKELY_PAIRS)
    found = db.session.execute(select(*(count.scalar_subquery() for count in counted))).one()
    return found[0], found[1], found[2], found[3], found[4]


def waiting_for_directors(day: date) -> tuple[int, int]:
    """Count the listings to decide and the merges to approve, in one statement."""
    merges = select(func.count()).select_from(OrganizationMerge).where(OrganizationMerge.state == MergeState.PROPOSED)
    counted = (counting_listings(day), merges)
    found = db.session.execute(select(*(count.scalar_subquery() for count in counted))).one()
    return found[0], found[1]


def accounts_to_verify() -> int:
    """Count the current accounts that nobody has verified."""
    return db.session.scalar(select(func.count()).select_from(BankAccount).where(*UNVERIFIED)) or 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What an organization has to look after: its rating's last day, a notice to answer, papers that end, what is missing."""

    grade: RatingGrade | None
    rating_ends_on: date | None
    listing: tuple[int, str, date] | None
    papers: int
    papers_end_on: date | None
    has_account: bool
    has_contact: bool


def asked_of(organization_id: int, *, papers_until: date) -> Asked | None:
    """Give what an organization has to look after, in one statement; None for one that is not the reader's, or is gone."""
    document, listing = OrganizationDocument, BlacklistEntry
    ending = (
        document.organization_id == Organization.id,
        document.replaced_on.is_(None),
        document.valid_to <= papers_until,
    )
    open_notice = (
        select(func.jsonb_build_array(listing.id, listing.number, listing.defence_due_on))
        .where(listing.organization_id == Organization.id, listing.state == BlacklistState.DEFENCE)
        .where(listing.defended_on.is_(None))
        .limit(1)
    )
    account = (BankAccount.organization_id == Organization.id, BankAccount.until.is_(None))
    is_valid = Organization.rating_state == RatingState.VALID
    wanted = select(
        case((is_valid, Organization.rating_grade)).label("grade"),
        case((is_valid, Organization.rating_valid_to)).label("ends"),
        open_notice.scalar_subquery().label("listing"),
        select(func.count()).select_from(document).where(*ending).scalar_subquery().label("papers"),
        select(func.min(document.valid_to)).where(*ending).scalar_subquery().label("papers_end"),
        select(BankAccount.id).where(*account).exists().label("has_account"),
        and_(Organization.contact_name.is_not(None), Organization.contact_phone.is_not(None)).label("has_contact"),
    ).where(Organization.id == organization_id, Organization.status.not_in(GONE))
    row = db.session.execute(wanted).first()
    if row is None:
        return None
    notice = (row.listing[0], row.listing[1], date.fromisoformat(row.listing[2])) if row.listing else None
    return Asked(row.grade, row.ends, notice, row.papers, row.papers_end, row.has_account, row.has_contact)


HISTORY_KINDS = (
    "Organization",
    "OrganizationDocument",
    "BankAccount",
    "ProfileChange",
    "Rating",
    "Inspection",
    "CreditEntry",
    "BlacklistEntry",
)


def history_of_organization(
    organization_id: int, *, before: int | None, limit: int, with_merged: bool = False
) -> Sequence[AuditEvent]:
    """Give what the reader may see of all that was changed in an organization's file, newest first.

    `before` is the number in the trail that the page ends before; `with_merged` adds what was changed in files that
    were merged into it, for staff, who alone see merges.
    """
    # What was merged keeps its own number in the trail, which nobody rewrites.
    its_own: Any = AuditEvent.organization_id == organization_id
    if with_merged:
        its_own = or_(its_own, AuditEvent.organization_id.in_(merged_into(organization_id)))
    wanted = select(AuditEvent).where(its_own, AuditEvent.subject_kind.in_(HISTORY_KINDS))
    if before is not None:
        wanted = wanted.where(AuditEvent.seq < before)
    return db.session.scalars(wanted.order_by(AuditEvent.seq.desc()).limit(limit)).all()
