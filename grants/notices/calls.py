"""What is told about a call: to the staff who move it, and to the organizations that may apply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from grants.models import Application, Call
from kernel.db import db
from kernel.notices import Notice, Topic, to_role
from kernel.people import Account, users_with_role


def _told(call: Call) -> dict[str, Any]:
    return {"number": call.number, "title": call.title, "opens": call.opens_at, "closes": call.closes_at}


def _link(call: Call) -> str:
    return f"/calls/{call.id}"


def applicants(call: Call) -> Iterable[int]:
    """Give the administrators and project leads of the organizations that have an application under a call."""
    asked = select(Application.organization_id).where(Application.call_id == call.id)
    people = set(db.session.scalars(select(Account.user_id).where(Account.organization_id.in_(asked))))
    return people & set(users_with_role("org_admin", "org_lead"))


def staff_and_applicants(call: Call) -> Iterable[int]:
    return {*users_with_role("officer", "finance"), *applicants(call)}


CALL_PROPOSED = Notice(
    key="call.proposed",
    topic=Topic.TASKS,
    to=to_role("director"),
    headline="Call {number} waits for your approval",
    body="“{title}” is to take applications from {opens} to {closes}.",
    params=_told,
    link=_link,
)
CALL_APPROVED = Notice(
    key="call.approved",
    to=to_role("officer", "finance", "org_admin"),
    headline="Call {number} is published",
    body="“{title}” takes applications from {opens} to {closes}.",
    params=_told,
    link=_link,
)
CALL_RETURNED = Notice(
    key="call.returned",
    topic=Topic.DECISIONS,
    to=to_role("officer"),
    headline="Call {number} was sent back",
    body="“{title}”: {reason}",
    params=lambda call: _told(call) | {"reason": call.return_reason or ""},
    link=_link,
)
CALL_EXTENDED = Notice(
    key="call.extended",
    topic=Topic.DEADLINES,
    to=applicants,
    headline="Call {number} takes applications until {closes}",
    body="“{title}” was extended. The reason: {reason}",
    params=lambda call: _told(call) | {"reason": call.extension_reason or ""},
    link=_link,
)
CALL_CLOSED = Notice(
    key="call.closed",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="Call {number} has closed",
    body="“{title}” takes no more applications; the qualification checks can be finished.",
    params=_told,
    link=_link,
)
CALL_FINISHED = Notice(
    key="call.finished",
    to=to_role("finance", "director"),
    headline="Call {number} is finished",
    body="What was left of the quotas of “{title}” is available again.",
    params=_told,
    link=_link,
)
CALL_WITHDRAWN = Notice(
    key="call.withdrawn",
    topic=Topic.DECISIONS,
    to=staff_and_applicants,
    headline="Call {number} was withdrawn",
    body="“{title}” is withdrawn. The reason: {reason}",
    params=lambda call: _told(call) | {"reason": call.withdrawn_reason or ""},
    link=_link,
)
