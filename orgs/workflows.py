"""The steps of a rating's life."""

from __future__ import annotations

from kernel.workflow import Transition, Workflow
from orgs import notices, rules
from orgs.states import RatingState

RATING = Workflow(
    "Rating",
    noun="Rating",
    initial=RatingState.PENDING,
    path=(RatingState.PENDING, RatingState.VALID, RatingState.EXPIRED),
    transitions=(
        Transition(
            name="confirm",
            label="Verify the rating",
            source=frozenset({RatingState.PENDING}),
            target=RatingState.VALID,
            notices=(notices.RATING_CONFIRMED,),
            confirm="Compare grade, day and number with the certificate or the announcement first.",
            icon="patch-check",
        ),
        Transition(
            name="expire",
            label="Let the rating expire",
            source=frozenset({RatingState.VALID}),
            target=RatingState.EXPIRED,
            guards=(rules.rating_is_over,),
            by_person=False,
        ),
        Transition(
            name="downgrade",
            label="Record the downgrade",
            source=frozenset({RatingState.VALID}),
            target=RatingState.DOWNGRADED,
            notices=(notices.RATING_TAKEN_AWAY,),
            confirm="This rating ends on the day you give; the lower grade is recorded as a rating of its own.",
            style="bad",
            icon="arrow-down",
        ),
        Transition(
            name="revoke",
            label="Record the cancellation",
            source=frozenset({RatingState.VALID}),
            target=RatingState.REVOKED,
            notices=(notices.RATING_TAKEN_AWAY,),
            confirm="This rating ends on the day you give. The organization is told.",
            style="bad",
            icon="x-octagon-fill",
        ),
    ),
)
