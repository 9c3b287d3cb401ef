"""Who is told what about organizations."""

from __future__ import annotations

from typing import Any

from kernel.notices import Notice, Reminder, Topic, members_of, months, to_role
from orgs.models import Rating
from orgs.queries.ratings import ratings_ending


def _of_rating(rating: Rating) -> dict[str, Any]:
    return {"grade": rating.grade.value, "day": rating.valid_to or "", "reason": rating.reason or ""}


def _own(_rating: Rating) -> str:
    return "/organization/"


RATING_RECORDED = Notice(
    key="rating.recorded",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="A rating waits to be verified",
    body="An organization has handed in its rating {grade}. Please compare it with the certificate.",
    params=_of_rating,
    link=lambda rating: f"/ratings/{rating.id}",
)

RATING_CONFIRMED = Notice(
    key="rating.confirmed",
    topic=Topic.DECISIONS,
    to=members_of(lambda rating: rating.organization_id, "org_admin"),
    headline="Your rating is verified",
    body="Your rating {grade} is on record and counts until {day}.",
    params=_of_rating,
    link=_own,
)

RATING_TAKEN_AWAY = Notice(
    key="rating.taken_away",
    topic=Topic.DECISIONS,
    to=members_of(lambda rating: rating.organization_id, "org_admin"),
    headline="Your rating has ended early",
    body="Your rating {grade} counts until {day} only. Reason: {reason}",
    params=_of_rating,
    link=_own,
)

RATING_ENDS = Notice(
    key="rating.ends",
    topic=Topic.DEADLINES,
    to=members_of(lambda rating: rating.organization_id, "org_admin"),
    headline="Your rating ends on {due}",
    body="Your rating {grade} counts until {due}. Please have it renewed in time.",
    params=_of_rating,
    link=_own,
)

REMINDERS = (Reminder(notice=RATING_ENDS, due=ratings_ending, marks=months(6, 1)),)
