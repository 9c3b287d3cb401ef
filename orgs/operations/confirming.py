"""Ratings verified many at once: first sorted into those that can be and those that cannot, then verified together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kernel.actor import Actor
from kernel.db import db
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import refuse_if
from orgs import rules
from orgs.models import Rating
from orgs.states import RatingState
from orgs.workflows import RATING

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What verifying would do: ratings with the one that each ends, and ratings with all that stands in their way."""

    able: Sequence[tuple[Rating, Rating | None]]
    left: Sequence[tuple[Rating, Sequence[Sentence]]]


def plan_confirmation(rating_ids: Sequence[int], *, actor: Actor) -> Confirmation:
    """Say of each rating whether it can be verified as it is on record, and which other one it ends."""
    with whole(actor, "Rating.confirm"):
        wanted = select(Rating).where(Rating.id.in_(rating_ids)).options(joinedload(Rating.organization))
        chosen = db.session.scalars(wanted.order_by(Rating.organization_id, Rating.id)).all()
        counting = _counting_of({rating.organization_id for rating in chosen})
        able, left = [], []
        for rating in chosen:
            others = counting[rating.organization_id]
            if reasons := _reasons(rating, others, actor):
                left.append((rating, reasons))
            else:
                able.append((rating, next((other for other in others if _ends(rating, other)), None)))
                others.append(rating)
    return Confirmation(able, left)


def confirm_ratings(rating_ids: Sequence[int], *, actor: Actor) -> int:
    """Verify all of these ratings or none, each as its own step; gives how many.

    Raises Refused for too many at once, and with the reasons of the first that cannot be verified any more.
    """
    refuse_if(too_many_ratings(len(rating_ids)))
    with whole(actor, "Rating.confirm"):
        wanted = select(Rating).where(Rating.id.in_(rating_ids)).order_by(Rating.organization_id, Rating.id)
        found = db.session.scalars(wanted).all()
    for rating in found:
        RATING["confirm"](rating, actor=actor)
    return len(found)


def too_many_ratings(count: int) -> Sentence | None:
    """Say why so many cannot be verified at once."""
    if count <= MOST:
        return None
    return Sentence("At most {most} ratings at once. Please narrow the list.", most=MOST)


def _reasons(rating: Rating, others: Sequence[Rating], actor: Actor) -> list[Sentence]:
    if reasons := RATING.refusals(rating, RATING.transitions["confirm"], actor):
        return reasons
    told = [rules.rating_is_dated(rating.announced_on)]
    told += [rules.begins_on_its_own_day(rating, other) for other in others]
    return [reason for reason in told if reason is not None]


def _ends(rating: Rating, other: Rating) -> bool:
    """Say whether a rating that counts ends early once this one counts under the same rules."""
    days = (other.valid_from, rating.valid_from, other.valid_to)
    return rating.regime is other.regime and None not in days and days[0] < days[1] <= days[2]  # type: ignore[operator]


def _counting_of(organization_ids: set[int]) -> Mapping[int, list[Rating]]:
    wanted = select(Rating).where(Rating.organization_id.in_(organization_ids), Rating.state == RatingState.VALID)
    found: dict[int, list[Rating]] = defaultdict(list)
    for rating in db.session.scalars(wanted.order_by(Rating.id)):
        found[rating.organization_id].append(rating)
    return found
