"""Deeds of expert review: reviewers are assigned, state their recusal, score, and hand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from sqlalchemy import select

from evaluation.models import OVERALL, Review, ReviewItem
from evaluation.notices.reviews import REVIEWS_ASSIGNED
from evaluation.operations.sights import close_sight, open_sights
from evaluation.queries.reviews import Reviewer, items_of, newest_snapshots, reviewers as known_reviewers, total_of
from evaluation.queries.sets import newest_set, set_of
from evaluation.rules import reviews as rules
from evaluation.states import REVIEW_LEFT, ReviewState
from evaluation.workflows.reviews import REVIEW
from grants.models import Application, Call
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import now, today
from kernel.db import db, expect_version
from kernel.errors import Invalid
from kernel.people import Account, names_of, users_with_role
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

REVIEW.govern(Review)


@deed("assign", "Review")
def reviewers_to_ask(*, actor: Actor) -> list[Reviewer]:
    """Give everybody who may be asked for a review, those with the least in hand first."""
    return known_reviewers(users_with_role("reviewer"))


@deed("assign", "Review")
def assign_reviewers(
    call: Call,
    *,
    actor: Actor,
    applications: Sequence[Application],
    reviewers: Sequence[int],
    due_on: date,
) -> list[Review]:
    """Ask people (user ids) to review applications of a call; who reviews one already is not asked twice.

    Opens each application to its reviewers. Raises Refused with every reason: an application that is not under
    review, a person who may not be asked, fewer reviewers than the call asks for.
    """
    lock(call)
    asked = list(dict.fromkeys(reviewers))
    refuse_if(
        Sentence("Please choose at least one application.") if not applications else None,
        Sentence("The day until which sheets are due lies in the past.") if due_on < today() else None,
        *_strangers(asked),
        *(rules.waits_for_reviewers(application) for application in applications),
    )
    known = _reviewers_of(applications)
    refuse_if(*_own_people(asked, applications), *_too_few(call, applications, known, asked))
    sheet = newest_set(call.review_set)
    sheet.used_at = sheet.used_at or now()
    snapshots = newest_snapshots([application.id for application in applications])
    made = [
        Review(
            application_id=application.id,
            application_number=application.number,
            call_id=call.id,
            snapshot_id=snapshots[application.id],
            set_id=sheet.id,
            reviewer_id=user_id,
            due_on=due_on,
        )
        for application in applications
        for user_id in asked
        if user_id not in known.get(application.id, {})
    ]
    db.session.add_all(made)
    open_sights("Application", [(review.reviewer_id, review.application_id) for review in made])
    db.session.flush()
    for review in {review.reviewer_id: review for review in reversed(made)}.values():
        REVIEWS_ASSIGNED.send(review, actor=actor)
    return made


def _strangers(asked: Sequence[int]) -> list[Sentence]:
    missing = set(asked) - set(users_with_role("reviewer"))
    if not missing:
        return []
    names = names_of(missing)
    return [Sentence("{name} is no reviewer.", name=names.get(user_id, str(user_id))) for user_id in sorted(missing)]


def _own_people(asked: Sequence[int], applications: Sequence[Application]) -> list[Sentence]:
    """Nobody reviews an application of the organization that they act for."""
    wanted = select(Account.user_id, Account.organization_id).where(
        Account.user_id.in_(asked), Account.organization_id.is_not(None)
    )
    belongs = {row.user_id: row.organization_id for row in db.session.execute(wanted)}
    names = names_of(belongs)
    return [
        Sentence(
            "{name} belongs to the organization of {number} and cannot review it.",
            name=names[user_id],
            number=application.number,
        )
        for application in applications
        for user_id, organization_id in belongs.items()
        if organization_id == application.organization_id
    ]


def _reviewers_of(applications: Sequence[Application]) -> dict[int, dict[int, bool]]:
    """Give application → reviewer → whether they still count."""
    wanted = select(Review.application_id, Review.reviewer_id, Review.state).where(
        Review.application_id.in_([application.id for application in applications])
    )
    known: dict[int, dict[int, bool]] = {}
    for application_id, reviewer_id, state in db.session.execute(wanted):
        known.setdefault(application_id, {})[reviewer_id] = state not in REVIEW_LEFT
    return known


def _too_few(
    call: Call,
    applications: Sequence[Application],
    known: Mapping[int, Mapping[int, bool]],
    asked: Sequence[int],
) -> list[Sentence]:
    told = []
    for application in applications:
        counts = {**dict.fromkeys(asked, True), **known.get(application.id, {})}
        active = sum(counts.values())
        if reason := rules.enough_reviewers(application.number, active, call.reviewers_least):
            told.append(reason)
    return told


@REVIEW.step("accept")
def accept_review(
    review: Review,
    *,
    actor: Actor,
    no_interest: Annotated[bool, Ask("I have no interest in this organization or its application.")] = False,
    not_employed: Annotated[bool, Ask("I have not worked for this organization within the last 2 years.")] = False,
    statement: Annotated[str, Ask("Anything else", long=True, most=500)] = "",
) -> None:
    """State that nothing stands in the way of a fair judgement.

    Raises Invalid unless both are stated. Source: 民政部令第39号 art. 19 (worked there within 2 years).
    """
    refuse_half_statement(no_interest=no_interest, not_employed=not_employed)
    review.no_interest, review.not_employed, review.statement = True, True, statement or ""
    review.accepted_at = now()


def refuse_half_statement(*, no_interest: bool, not_employed: bool) -> None:
    """Take a recusal statement whole or not at all.

    Raises Invalid for each half that is missing.
    """
    told = Sentence("If you cannot state this, please recuse yourself instead.")
    halves = {"no_interest": no_interest, "not_employed": not_employed}
    if problems := {name: [told] for name, stated in halves.items() if not stated}:
        raise Invalid(problems)


@REVIEW.step("recuse")
def recuse_review(review: Review, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True, most=500)]) -> None:
    """Step back from an application; it leaves the reviewer's desk."""
    close_sight(review.reviewer_id, "Application", review.application_id)
    review.left_reason = reason


@REVIEW.step("replace")
def replace_reviewer(
    review: Review, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True, most=500)]
) -> None:
    """Take an application from a reviewer's desk; then another one is assigned."""
    close_sight(review.reviewer_id, "Application", review.application_id)
    review.left_reason = reason


@REVIEW.step("begin")
def begin_review(review: Review, *, actor: Actor) -> None:
    """The first save begins the scoring."""


@deed("score", "Review")
def save_scores(
    review: Review,
    *,
    actor: Actor,
    scores: Mapping[str, Decimal | None],
    comments: Mapping[str, str],
    version: int | None = None,
) -> None:
    """Keep what a reviewer has typed so far: item code → score in halves, item code (or `overall`) → comment.

    The first save begins the scoring. Raises Stale when the sheet was saved elsewhere meanwhile, Invalid with every
    score that cannot be.
    """
    lock(review)
    refuse_if(rules.is_the_reviewer(review, actor), rules.may_be_scored(review))
    expect_version(review, version)
    sheet = set_of(review.set_id).sheet
    if problems := rules.score_problems(sheet, scores, comments):
        raise Invalid(problems)
    if review.state is ReviewState.ACCEPTED:
        REVIEW["begin"](review, actor=actor)
    _write_items(review, scores, comments)
    review.saved_at = now()
    db.session.flush()


def _write_items(review: Review, scores: Mapping[str, Decimal | None], comments: Mapping[str, str]) -> None:
    items = items_of(review.id)
    leaves = set_of(review.set_id).sheet.leaves
    weights = {leaf.code: leaf.weight for leaf in leaves} | {OVERALL: Decimal(0)}
    for position, (code, weight) in enumerate(weights.items()):
        if code not in scores and code not in comments:
            continue
        item = items.get(code)
        if item is None:
            item = ReviewItem(review_id=review.id, position=position, item_code=code, weight=weight)
            db.session.add(item)
        item.score = scores.get(code, item.score)
        item.comment = comments.get(code, item.comment or "").strip()


@REVIEW.step("hand_in")
def hand_in_review(review: Review, *, actor: Actor) -> None:
    """Hand in the sheet; the application leaves the reviewer's desk at once."""
    close_sight(review.reviewer_id, "Application", review.application_id)
    review.handed_in_at = now()


@REVIEW.step("seal")
def seal_review(review: Review, *, actor: Actor) -> None:
    """Write the total; from here on the staff read the sheet."""
    total = total_of(items_of(review.id))
    review.total = total
