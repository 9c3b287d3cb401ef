"""Who is told what about organizations."""

from __future__ import annotations

from typing import Any

from kernel.notices import Notice, members_of, to_role
from orgs.models import Rating


def _of_rating(rating: Rating) -> dict[str, Any]:
    return {"grade": rating.grade.value, "day": rating.valid_to or "", "reason": rating.reason or ""}


def _own(_rating: Rating) -> str:
    return "/organization/"


RATING_RECORDED = Notice(
    key="rating.recorded",
    to=to_role("officer"),
    headline="A rating waits to be verified",
    body="An organization has handed in its rating {grade}. Please compare it with the certificate.",
    params=_of_rating,
    link=lambda rating: f"/ratings/{rating.id}",
)

RATING_CONFIRMED = Notice(
    key="rating.confirmed",
    to=members_of(lambda rating: rating.organization_id, "org_admin"),
    headline="Your rating is verified",
    body="Your rating {grade} is on record and counts until {day}.",
    params=_of_rating,
    link=_own,
)

RATING_TAKEN_AWAY = Notice(
    key="rating.taken_away",
    to=members_of(lambda rating: rating.organization_id, "org_admin"),
    headline="Your rating has ended early",
    body="Your rating {grade} counts until {day} only. Reason: {reason}",
    params=_of_rating,
    link=_own,
)
