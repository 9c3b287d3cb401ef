"""Reads for the table of expert review: a call's applications, each with who reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from evaluation.models import Review
from evaluation.states import REVIEW_COUNTED, REVIEW_IN_HAND
from grants.models import Application
from grants.states import ApplicationState
from kernel.db import db
from kernel.people import PERSON


@dataclass(slots=True)
class BoardLine:
    """One application of a call with its reviews, each with the reviewer's name."""

    application: Application
    reviews: list[tuple[Review, str]] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        return self.application.state is ApplicationState.REVIEWING and self.application.score is None

    @property
    def handed_in(self) -> int:
        return sum(1 for review, _name in self.reviews if review.state in REVIEW_COUNTED)

    @property
    def in_hand(self) -> int:
        return sum(1 for review, _name in self.reviews if review.state in REVIEW_IN_HAND)


def applications_on_board(call_id: int) -> Sequence[Application]:
    """Give the applications of a call that are or were under review: best first, those without a result by number."""
    reviewed = select(Review.application_id).where(Review.call_id == call_id)
    wanted = select(Application).where(
        Application.call_id == call_id,
        (Application.state == ApplicationState.REVIEWING) | Application.id.in_(reviewed),
    )
    return db.session.scalars(wanted.order_by(Application.rank.asc().nulls_first(), Application.number)).all()


def reviews_on_board(call_id: int, applications: Sequence[Application]) -> list[BoardLine]:
    """Put the reviews of a call to their applications, in one statement."""
    lines = {application.id: BoardLine(application) for application in applications}
    wanted = (
        select(Review, PERSON.c.name)
        .outerjoin(PERSON, PERSON.c.id == Review.reviewer_id)
        .where(Review.call_id == call_id)
        .order_by(Review.id)
    )
    for review, name in db.session.execute(wanted):
        if review.application_id in lines:
            lines[review.application_id].reviews.append((review, name or ""))
    return list(lines.values())
