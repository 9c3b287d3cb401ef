"""Ratings read back: all of an organization, the one that counts on a day, the one that registers show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import aliased

from kernel.clock import today
from kernel.db import db
from orgs import ratings
from orgs.models import Rating
from orgs.states import ONCE_IN_FORCE, RatingState


def ratings_of(organization_id: int) -> Sequence[Rating]:
    """Give an organization's ratings, the one announced last first; those without a day before all."""
    wanted = select(Rating).where(Rating.organization_id == organization_id)
    return db.session.scalars(wanted.order_by(Rating.announced_on.desc().nulls_first(), Rating.id.desc())).all()


def rating_as_of(organization_id: int, day: date) -> Rating | None:
    """Give the rating that counts on a day, or None."""
    once = select(Rating).where(Rating.organization_id == organization_id, Rating.state.in_(ONCE_IN_FORCE))
    found: Any = db.session.scalars(once).all()  # once in force, so a CHECK holds that all its days are there
    return cast("Rating | None", ratings.rating_as_of(found, day))


def shown_rating(found: Sequence[Rating], day: date | None = None) -> tuple[Rating, RatingState] | None:
    """Give the rating that an organization's row shows on a day, and as what.

    The one that counts comes first, then one that will count, then one that waits, then the one that ended last.
    """
    day = day or today()
    once: Any = [rating for rating in found if rating.state in ONCE_IN_FORCE]
    counting = cast("Rating | None", ratings.rating_as_of(once, day))
    if counting is not None:
        return counting, RatingState.VALID
    ahead = [rating for rating in found if rating.state is RatingState.VALID and _ends(rating) >= day]
    waiting = [rating for rating in found if rating.state is RatingState.PENDING]
    if ahead or waiting:
        rating = (ahead or waiting)[0]
        return rating, rating.state
    if not found:
        return None
    last = max(found, key=_ends)
    return last, RatingState.EXPIRED if last.state is RatingState.VALID else last.state


def _ends(rating: Rating) -> date:
    return rating.valid_to or date.min


def ratings_ending(first: date, last: date) -> Iterator[tuple[Rating, date]]:
    """Give the ratings in force that end between two days and that no later one follows, each with its last day."""
    later = aliased(Rating)
    followed = (
        select(later.id)
        .where(
            later.organization_id == Rating.organization_id,
            later.state == RatingState.VALID,
            later.valid_to > Rating.valid_to,
        )
        .exists()
    )
    wanted = select(Rating).where(Rating.state == RatingState.VALID, Rating.valid_to.between(first, last), ~followed)
    for rating in db.session.scalars(wanted.order_by(Rating.valid_to, Rating.id)).all():
        assert rating.valid_to is not None
        yield rating, rating.valid_to
