"""What waits and what ends in the passports of organizations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import func, select

from kernel.audit import AuditEvent
from kernel.db import db
from orgs.models import BankAccount, OrganizationDocument, ProfileChange, Rating
from orgs.queries.claims import REQUESTS_WAITING
from orgs.states import ChangeState, RatingState

UNVERIFIED = (BankAccount.until.is_(None), BankAccount.verified_on.is_(None))


def documents_ending(first: date, last: date) -> Iterator[tuple[OrganizationDocument, date]]:
    """Give the papers that count and end between two days, each with its last day."""
    document = OrganizationDocument
    wanted = select(document).where(document.replaced_on.is_(None), document.valid_to.between(first, last))
    for one in db.session.scalars(wanted.order_by(document.valid_to, document.id)).all():
        assert one.valid_to is not None
        yield one, one.valid_to


def waiting_for_officers() -> tuple[int, int, int, int]:
    """Count the ratings to verify, the changes to approve, the accounts to verify and the requests, in one statement."""
    ratings = select(func.count()).select_from(Rating).where(Rating.state == RatingState.PENDING)
    changes = select(func.count()).select_from(ProfileChange).where(ProfileChange.state == ChangeState.PROPOSED)
    accounts = select(func.count()).select_from(BankAccount).where(*UNVERIFIED)
    counted = (ratings, changes, accounts, REQUESTS_WAITING)
    found = db.session.execute(select(*(count.scalar_subquery() for count in counted))).one()
    return found[0], found[1], found[2], found[3]


def accounts_to_verify() -> int:
    """Count the current accounts that nobody has verified."""
    return db.session.scalar(select(func.count()).select_from(BankAccount).where(*UNVERIFIED)) or 0


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


def history_of_organization(organization_id: int, *, before: int | None, limit: int) -> Sequence[AuditEvent]:
    """Give what the reader may see of all that was changed in an organization's file, newest first.

    `before` is the number in the trail that the page ends before.
    """
    wanted = select(AuditEvent).where(
        AuditEvent.organization_id == organization_id, AuditEvent.subject_kind.in_(HISTORY_KINDS)
    )
    if before is not None:
        wanted = wanted.where(AuditEvent.seq < before)
    return db.session.scalars(wanted.order_by(AuditEvent.seq.desc()).limit(limit)).all()
