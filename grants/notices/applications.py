"""What an organization is told about its application, in its own words."""

from __future__ import annotations

from typing import Any

from grants.models import Application
from grants.queries.applications import latest_version
from kernel.notices import Notice, Topic, members_of, to_role

OWN_PEOPLE = members_of(lambda application: application.organization_id, "org_admin", "org_lead")
"""Whoever writes and submits applications for the organization."""


def _told(application: Application) -> dict[str, Any]:
    return {
        "number": application.number,
        "title": str(application),
        "call": application.call.title,
        "reason": application.return_reason or "",
        "due": application.return_due_on or "",
    }


def _receipt(application: Application) -> dict[str, Any]:
    version = latest_version(application.id)
    return _told(application) | {
        "moment": application.submitted_at,
        "sha256": version.sha256 if version else "",
        "version": version.number if version else 0,
    }


def _link(application: Application) -> str:
    return f"/applications/{application.id}"


def _notice(key: str, headline: str, body: str, *, to: Any = OWN_PEOPLE, topic: Topic = Topic.DECISIONS) -> Notice:
    return Notice(key=f"application.{key}", topic=topic, to=to, headline=headline, body=body, params=_told, link=_link)


SUBMITTED = Notice(
    key="application.submitted",
    topic=Topic.DECISIONS,
    to=OWN_PEOPLE,
    headline="Application {number} is submitted",
    body="“{title}” has arrived for “{call}” at {moment}; this is your receipt (version {version}). SHA-256 of what was "
    "handed in: {sha256}. The qualification check comes next.",
    params=_receipt,
    tells_actor=True,
    link=lambda application: f"/applications/{application.id}/receipt",
)
WITHDRAWN = _notice(
    "withdrawn",
    "Application {number} was withdrawn",
    "“{title}” takes no part in “{call}” any more.",
    to=lambda application: [
        *OWN_PEOPLE(application),
        *(to_role("officer")(application) if application.submitted_at else []),
    ],
)
RETURNED = _notice(
    "returned",
    "Application {number} needs corrections by {due}",
    "“{title}”: {reason}",
    topic=Topic.DEADLINES,
)
ASKED_TO_SUBMIT = Notice(
    key="application.asked_to_submit",
    topic=Topic.DEADLINES,
    to=members_of(lambda application: application.organization_id, "org_admin"),
    headline="Please look over and submit application {number}",
    body="{who} asks you to hand in “{title}” for “{call}”, which closes at {closes}.",
    params=lambda application: _told(application) | {"closes": application.call.closes_at, "who": ""},
    link=lambda application: f"/applications/{application.id}/form/declaration",
)
QUALIFIED = _notice(
    "qualified",
    "Application {number} has qualified",
    "“{title}” goes to the expert review after the call has closed.",
)
UNQUALIFIED = _notice(
    "unqualified",
    "Application {number} has not qualified",
    "“{title}”: {reason}",
)
NOTICED = _notice(
    "noticed",
    "Application {number} is on public notice",
    "“{title}” is proposed for an award. Objections are possible until the notice ends.",
)
OBJECTED = _notice(
    "objected",
    "Somebody objects to application {number}",
    "The Centre looks into the objection to “{title}” and tells you the result.",
)
OVERRULED = _notice(
    "overruled",
    "The objection to application {number} was not upheld",
    "“{title}” stays on the public notice.",
)
UPHELD = _notice(
    "upheld",
    "The objection to application {number} was upheld",
    "“{title}” is not awarded.",
)
AWARDED = _notice(
    "awarded",
    "Application {number} is awarded",
    "“{title}” becomes a project. The contract comes next.",
)
