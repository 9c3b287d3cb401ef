"""Reads about expert review: sheets, progress by application, who may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from evaluation.models import OVERALL, Review, ReviewItem
from evaluation.states import REVIEW_COUNTED, REVIEW_IN_HAND, ReviewState
from grants.models import Application, ApplicationVersion
from grants.states import ApplicationState
from kernel.db import db
from kernel.people import PERSON


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who may be asked for a review: `in_hand` counts the sheets that they have not handed in yet."""

    id: int
    name: str
    in_hand: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the review of one application is: sheets that are handed in, and sheets still in somebody's hand."""

    application: Application
    handed_in: int
    in_hand: int

    @property
    def active(self) -> int:
        return self.handed_in + self.in_hand


def items_of(review_id: int) -> dict[str, ReviewItem]:
    """Give what a sheet holds, by item code; the opinion on the whole is among them."""
    wanted = select(ReviewItem).where(ReviewItem.review_id == review_id).order_by(ReviewItem.position)
    return {item.item_code: item for item in db.session.scalars(wanted)}


def total_of(items: dict[str, ReviewItem]) -> Decimal:
    """Add up what a sheet gives so far."""
    return sum((item.score for item in items.values() if item.score is not None), Decimal(0))


def sheets_of_call(call_id: int) -> Sequence[Review]:
    """Give the counted sheets of a call's applications, each with its items; for deeds."""
    wanted = select(Review).options(joinedload(Review.items))
    wanted = wanted.where(Review.call_id == call_id, Review.state.in_(REVIEW_COUNTED)).order_by(Review.id)
    return db.session.scalars(wanted).unique().all()


def under_review(call_id: int) -> Sequence[Application]:
    """Give the applications of a call that wait for their scores."""
    wanted = select(Application).where(
        Application.call_id == call_id, Application.state == ApplicationState.REVIEWING, Application.score.is_(None)
    )
    return db.session.scalars(wanted.order_by(Application.number)).all()


def progress_of(call_id: int) -> list[Progress]:
    """Give how far the review of each application of a call is, in two statements."""
    applications = under_review(call_id)
    counted = (
        select(Review.application_id, Review.state, func.count())
        .where(Review.call_id == call_id)
        .group_by(Review.application_id, Review.state)
    )
    counts: dict[int, dict[ReviewState, int]] = {}
    for application_id, state, count in db.session.execute(counted):
        counts.setdefault(application_id, {})[state] = count
    return [
        Progress(
            application,
            handed_in=_sum(counts.get(application.id, {}), REVIEW_COUNTED),
            in_hand=_sum(counts.get(application.id, {}), REVIEW_IN_HAND),
        )
        for application in applications
    ]


def _sum(counts: dict[ReviewState, int], states: frozenset[ReviewState]) -> int:
    return sum(count for state, count in counts.items() if state in states)


def newest_snapshots(application_ids: Sequence[int]) -> dict[int, int]:
    """Give application id → id of the version that was handed in last, in one statement."""
    version = ApplicationVersion
    wanted = (
        select(version.application_id, version.id)
        .distinct(version.application_id)
        .where(version.application_id.in_(application_ids))
        .order_by(version.application_id, version.number.desc())
    )
    return dict(db.session.execute(wanted).tuples().all())


def reviewers(user_ids: Sequence[int]) -> list[Reviewer]:
    """Give these people with what they have in hand, those with the least first."""
    in_hand = (
        select(func.count())
        .select_from(Review)
        .where(Review.reviewer_id == PERSON.c.id, Review.state.in_(REVIEW_IN_HAND))
        .correlate(PERSON)
        .scalar_subquery()
    )
    wanted = select(PERSON.c.id, PERSON.c.name, in_hand.label("in_hand")).where(PERSON.c.id.in_(user_ids))
    rows = db.session.execute(wanted.order_by(in_hand, PERSON.c.name, PERSON.c.id))
    return [Reviewer(row.id, row.name, row.in_hand) for row in rows]


def scored_count(items: dict[str, ReviewItem]) -> int:
    """Count the items of a sheet that have a score."""
    return sum(1 for code, item in items.items() if code != OVERALL and item.score is not None)
