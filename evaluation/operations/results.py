"""Closing the expert review of a call: sheets are sealed, scores counted, and the order handed to grants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from evaluation.models import Review
from evaluation.queries.reviews import progress_of, sheets_of_call, total_of
from evaluation.queries.sets import set_of
from evaluation.rules.reviews import sheets_are_in
from evaluation.scoring import Candidate, ReviewScore, exact, ranked, review_score
from evaluation.states import Grade, ReviewState
from evaluation.workflows.reviews import REVIEW
from grants.models import Application, ApplicationVersion, Call
from grants.operations.applications import record_result
from grants.states import CallNature
from kernel.actor import Actor
from kernel.clock import day_of
from kernel.db import db
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if
from orgs.models import Organization
from orgs.states import RatingGrade

SIX_PLACES = Decimal("0.000001")


@deed("close", "Review")
def close_review(call: Call, *, actor: Actor) -> dict[int, ReviewScore]:
    """Seal every sheet of a call, count the scores and hand each application its official result.

    Five or more sheets: the highest and the lowest are dropped; three or four: the mean. Raises Refused with every
    application whose sheets are not in. Gives application id → what its sheets came to.
    """
    lock(call)
    progress = progress_of(call.id)
    refuse_if(
        None if progress else Sentence("No application of this call waits for a result."),
        *(sheets_are_in(one.application.number, one.handed_in, one.in_hand, call.reviewers_least) for one in progress),
    )
    sheets = _by_application(sheets_of_call(call.id))
    results = {one.application.id: review_score(_totals(sheets[one.application.id])) for one in progress}
    applications = [one.application for one in progress]
    ranks = _ranks(call, applications, sheets, results)
    for application in applications:
        for review in sheets[application.id]:
            if review.state is ReviewState.HANDED_IN:
                REVIEW["seal"](review, actor=actor)
    for application in applications:
        result = results[application.id]
        assert result.exact is not None, "three sheets at least make a result"
        record_result(
            application,
            actor=actor,
            score=six_places(result.exact),
            spread=result.spread,
            rank=ranks[application.id],
        )
    return results


def six_places(value: Fraction) -> Decimal:
    """Give an exact value as the database keeps it: six places, rounded half up."""
    millionths, rest = divmod(value * 1_000_000, 1)
    return (Decimal(int(millionths) + (1 if rest * 2 >= 1 else 0)) / 1_000_000).quantize(SIX_PLACES)


def _by_application(reviews: Sequence[Review]) -> dict[int, list[Review]]:
    found: dict[int, list[Review]] = {}
    for review in reviews:
        found.setdefault(review.application_id, []).append(review)
    return found


def _totals(reviews: Sequence[Review]) -> list[Decimal]:
    return [total_of({item.item_code: item for item in review.items}) for review in reviews]


def _ranks(
    call: Call,
    applications: Sequence[Application],
    sheets: Mapping[int, Sequence[Review]],
    results: Mapping[int, ReviewScore],
) -> dict[int, int]:
    ratings, grades = _ratings(applications, sheets, day_of(call.closes_at)), _past_grades(applications)
    deciding = {set_id: set_of(set_id).tree.get("tie_item") for set_id in _set_ids(sheets)}
    places = ranked(
        [
            Candidate(
                key=application.id,
                exact=results[application.id].exact or Fraction(0),
                rating=ratings.get(application.id),
                past_grade=grades.get(application.organization_id),
                feasibility=_mean_of(sheets[application.id], deciding),
            )
            for application in applications
        ],
        procurement=call.nature is CallNature.PROCUREMENT,
    )
    return {place.key: place.rank for place in places}


def _set_ids(sheets: Mapping[int, Sequence[Review]]) -> set[int]:
    return {review.set_id for reviews in sheets.values() for review in reviews}


def _mean_of(reviews: Sequence[Review], deciding: Mapping[int, Any]) -> Fraction | None:
    scores = [
        exact(item.score)
        for review in reviews
        for item in review.items
        if item.item_code == deciding[review.set_id] and item.score is not None
    ]
    return sum(scores, Fraction(0)) / len(scores) if scores else None


def _ratings(
    applications: Sequence[Application], sheets: Mapping[int, Sequence[Review]], closing_day: date
) -> dict[int, RatingGrade]:
    """Give the ratings that counted on the closing day, as the applications were handed in with them."""
    versions = {reviews[0].snapshot_id: application_id for application_id, reviews in sheets.items()}
    wanted = select(ApplicationVersion).where(ApplicationVersion.id.in_(versions))
    found = {}
    for version in db.session.scalars(wanted):
        facts = version.snapshot.get("organization", {})
        until = facts.get("rating_valid_to")
        if facts.get("rating") and until and date.fromisoformat(until) >= closing_day:
            found[version.application_id] = RatingGrade(facts["rating"])
    return found


def _past_grades(applications: Sequence[Application]) -> dict[int, Grade]:
    ids = {application.organization_id for application in applications}
    wanted = select(Organization.id, Organization.last_grade).where(
        Organization.id.in_(ids), Organization.last_grade.is_not(None)
    )
    return {row.id: row.last_grade for row in db.session.execute(wanted)}
