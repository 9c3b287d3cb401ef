"""Which organizations nobody acts for, and the letters with which their accounts can be claimed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import undefer_group

from kernel.calendar import add_working_days
from kernel.clock import now
from kernel.db import db
from kernel.people import Account
from kernel.words import Sentence
from orgs.models import AccountRequest, ClaimCode, Invitation, Organization
from orgs.states import AccountRequestState, OrganizationStatus

ANSWERED_WITHIN: Final = 5
"""Working days in which whoever asks with papers is told that they usually hear from the Centre."""
LAPSES_AFTER: Final = timedelta(days=60)
"""After how long a request that nobody decides ends by itself: as long as a printed letter is good."""

_ACTS = (
    select(Account.id)
    .outerjoin(Invitation, Invitation.user_id == Account.user_id)
    .where(Account.organization_id == Organization.id)
    .where(or_(Invitation.id.is_(None), Invitation.accepted_at.is_not(None)))
    .exists()
)
UNCLAIMED = select(Organization).where(Organization.status == OrganizationStatus.ACTIVE, ~_ACTS)
"""Organizations of good standing for which nobody acts yet; somebody who is only invited does not."""


def has_letter(kind: str) -> ColumnElement[bool]:
    """Say whether an organization's letter is "open", "over" or "none"."""
    in_force = (ClaimCode.organization_id == Organization.id, ClaimCode.withdrawn_at.is_(None))
    if kind == "none":
        return ~select(ClaimCode.id).where(*in_force).exists()
    is_over = ClaimCode.expires_at < now()
    return select(ClaimCode.id).where(*in_force, is_over if kind == "over" else ~is_over).exists()


def letters_of(organization_ids: Iterable[int]) -> dict[int, Any]:
    """Give for each of some organizations until when its letter is good, if it has one."""
    wanted = select(ClaimCode.organization_id, ClaimCode.expires_at).where(
        ClaimCode.organization_id.in_(list(organization_ids)), ClaimCode.withdrawn_at.is_(None)
    )
    return {row.organization_id: row.expires_at for row in db.session.execute(wanted)}


def sorted_for_letters(
    organization_ids: Iterable[int],
) -> tuple[list[Organization], list[tuple[Organization, Sentence]]]:
    """Part some organizations into those that a letter can go to and those that it cannot, each with why not."""
    wanted = select(Organization, ~_ACTS).where(Organization.id.in_(list(organization_ids)))
    able, left = [], []
    for organization, is_free in db.session.execute(wanted.order_by(Organization.name_pinyin, Organization.id)):
        if not is_free:
            left.append((organization, Sentence("Somebody acts for it already.")))
        elif organization.status is not OrganizationStatus.ACTIVE:
            left.append((organization, Sentence("It is not in good standing with its registrar.")))
        else:
            able.append(organization)
    return able, left


def organization_by_code(credit_code: str) -> Organization | None:
    """Give the organization of a credit code as the register keeps it, if there is one in the reader's sight."""
    wanted = select(Organization).where(Organization.credit_code == credit_code).options(undefer_group("contacts"))
    return db.session.scalars(wanted).first()


def other_requests_of(request: AccountRequest) -> Sequence[AccountRequest]:
    """Give the other requests for the same organization's account, newest first."""
    same = select(AccountRequest).where(
        AccountRequest.credit_code == request.credit_code, AccountRequest.id != request.id
    )
    return db.session.scalars(same.order_by(AccountRequest.id.desc()).limit(10)).all()


def answer_due_on(request: AccountRequest) -> date:
    """Give the day until which whoever asked was told that they hear: five working days, by the calendar of today."""
    return add_working_days(request.asked_on, ANSWERED_WITHIN)


def lapses_on(request: AccountRequest) -> date:
    """Give the day on which a request that nobody has decided ends by itself."""
    return request.asked_on + LAPSES_AFTER


def answers_due(first: date, last: date) -> Iterator[tuple[AccountRequest, date]]:
    """Give the requests that wait and are to be answered between two days, each with its day."""
    # Five working days reach over the longest holidays.
    for request in _waiting(first - timedelta(days=4 * ANSWERED_WITHIN), last):
        if first <= (due := answer_due_on(request)) <= last:
            yield request, due


def requests_that_lapse(first: date, last: date) -> Iterator[tuple[AccountRequest, date]]:
    """Give the requests that wait and end by themselves between two days, each with its day."""
    for request in _waiting(first - LAPSES_AFTER, last - LAPSES_AFTER):
        yield request, lapses_on(request)


def requests_over(day: date) -> Sequence[AccountRequest]:
    """Give the requests that nobody has decided in time."""
    return _waiting(date.min, day - LAPSES_AFTER)


def _waiting(first: date, last: date) -> Sequence[AccountRequest]:
    asked = (AccountRequest.state == AccountRequestState.RECEIVED, AccountRequest.asked_on.between(first, last))
    return db.session.scalars(select(AccountRequest).where(*asked).order_by(AccountRequest.id)).all()


def requests_to_forget(last: date) -> Sequence[AccountRequest]:
    """Give the requests decided, or ended, until a day of which it is still known who asked."""
    known = (AccountRequest.decided_on <= last, AccountRequest.forgotten_on.is_(None))
    return db.session.scalars(select(AccountRequest).where(*known).order_by(AccountRequest.id)).all()


REQUESTS_WAITING = (
    select(func.count()).select_from(AccountRequest).where(AccountRequest.state == AccountRequestState.RECEIVED)
)
