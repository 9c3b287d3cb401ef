"""Ratings: recorded, verified, replaced, expired, taken away; and the summary of them on the organization."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, BinaryIO

from sqlalchemy import or_, select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.errors import Refused
from kernel.files import StoredFile, files_of, store_upload, supersede
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if
from orgs import notices, rules
from orgs.models import Organization, Rating
from orgs.operations.problems import refuse_fields
from orgs.queries import ratings_of, shown_rating
from orgs.ratings import validity
from orgs.states import RatingGrade, RatingState
from orgs.workflows import RATING

RATING.govern(Rating)

CERTIFICATE = "certificate"
ONE_DAY = timedelta(days=1)
Announced = Annotated[date, Ask("Announced on", hint="The day of the announcement; validity follows from it.")]
Number = Annotated[str | None, Ask("Certificate number", most=60)]
LastDay = Annotated[date, Ask("Last day on which it counted")]
Reason = Annotated[str, Ask("Reason", long=True, most=500)]


@deed("record", "Rating")
def record_rating(
    organization: Organization,
    *,
    actor: Actor,
    grade: Annotated[RatingGrade, Ask("Grade")],
    announced_on: Announced,
    certificate_number: Number = None,
) -> Rating:
    """Write down a rating that waits to be verified; its days follow from the announcement.

    Raises Refused for another's organization, and when a rating of this day is on record.
    """
    refuse_if(rules.is_own_or_of_staff(organization, actor))
    refuse_fields(announced_on=rules.day_is_not_ahead(announced_on))
    lock(organization)
    rating = Rating(
        organization_id=organization.id,
        grade=grade,
        state=RatingState.PENDING,
        certificate_number=certificate_number,
    )
    date_rating(rating, announced_on)
    db.session.add(rating)
    db.session.flush()
    notices.RATING_RECORDED.send(rating, actor=actor)
    show_rating_on(organization)
    return rating


@RATING.step("confirm")
def confirm_rating(
    rating: Rating,
    *,
    actor: Actor,
    announced_on: Annotated[date | None, Ask("Announced on", hint="Only where it is missing or wrong.")] = None,
    certificate_number: Number = None,
) -> None:
    """Verify a rating against its certificate; a rating of the same rules that it replaces ends the day before.

    Raises Invalid when nobody has said when it was announced.
    """
    refuse_fields(
        announced_on=rules.day_is_not_ahead(announced_on) or rules.rating_is_dated(announced_on or rating.announced_on)
    )
    if announced_on is not None:
        date_rating(rating, announced_on)
    rating.certificate_number = certificate_number or rating.certificate_number
    lock(_organization_of(rating))
    _make_room_for(rating)


@RATING.step("expire")
def expire_rating(rating: Rating, *, actor: Actor) -> None:
    """Let a rating whose last day is past be over; nothing else changes."""


@RATING.step("downgrade")
def downgrade_rating(rating: Rating, *, actor: Actor, last_day: LastDay, reason: Reason) -> None:
    """End a rating early because the rater lowered the grade; the lower one is recorded on its own."""
    _end_early(rating, last_day, reason)


@RATING.step("revoke")
def revoke_rating(rating: Rating, *, actor: Actor, last_day: LastDay, reason: Reason) -> None:
    """End a rating early because the rater cancelled it."""
    _end_early(rating, last_day, reason)


@deed("attach", "Rating")
def attach_certificate(rating: Rating, *, actor: Actor, stream: BinaryIO, filename: str) -> StoredFile:
    """Keep the certificate of a rating; a newer file takes the place of an older one.

    Raises Refused for another's rating, and to an organization once its rating has been verified.
    """
    lock(rating)
    refuse_if(rules.certificate_can_come(rating, actor))
    older = files_of(rating, CERTIFICATE)
    kept = store_upload(stream, filename, owner=rating, kind=CERTIFICATE, actor=actor)
    for file in older:
        supersede(file, by=kept)
    return kept


@deed("discard", "Rating")
def discard_rating(rating: Rating, *, actor: Actor) -> None:
    """Remove a rating that turned out to be none while it was verified; the trail keeps what it said.

    Raises Refused for a rating that has been verified.
    """
    lock(rating)
    if rating.state is not RatingState.PENDING:
        raise Refused(Sentence("Only a rating that waits to be verified can be discarded."))
    organization = _organization_of(rating)
    notices.RATING_DISCARDED.send(rating, actor=actor)
    db.session.delete(rating)
    db.session.flush()
    show_rating_on(organization)


def expire_ratings(actor: Actor) -> int:
    """Let every rating expire whose last day is past, and show those that count from today; gives how many.

    For the clock, each night; a second run changes nothing.
    """
    with whole(actor, "expire-ratings"):
        over = select(Rating).where(Rating.state == RatingState.VALID, Rating.valid_to < today())
        expired = db.session.scalars(over.order_by(Rating.id)).all()
        for rating in expired:
            expire_rating(rating, actor=actor)
        for organization in _organizations_shown_wrong():
            _show_begun(organization, actor=actor)
        return len(expired)


@deed("expire", "Rating")
def _show_begun(organization: Organization, *, actor: Actor) -> None:
    lock(organization)
    show_rating_on(organization)


def date_rating(rating: Rating, announced_on: date) -> None:
    """Give a rating the days that follow from its announcement."""
    for name, value in dated_columns(announced_on).items():
        setattr(rating, name, value)


def dated_columns(announced_on: date | None) -> dict[str, Any]:
    """Give the columns of a rating that follow from its announcement; all are empty while that is not known."""
    term = validity(announced_on) if announced_on is not None else None
    return {
        "announced_on": announced_on,
        "regime": term.regime if term else None,
        "valid_from": term.valid_from if term else None,
        "valid_to": term.valid_to if term else None,
    }


def show_rating_on(organization: Organization) -> None:
    """Write on the organization's row the rating that registers show today."""
    shown = shown_rating(ratings_of(organization.id))
    rating, state = shown or (None, None)
    organization.rating_grade = rating.grade if rating else None
    organization.rating_state = state
    organization.rating_valid_from = rating.valid_from if rating else None
    organization.rating_valid_to = rating.valid_to if rating else None


def _show_after_step(rating: Rating, *, actor: Actor) -> None:
    organization = _organization_of(rating)
    lock(organization)
    show_rating_on(organization)


for _name in ("confirm", "expire", "downgrade", "revoke"):
    RATING.after(_name)(_show_after_step)


def _organization_of(rating: Rating) -> Organization:
    return db.session.scalars(select(Organization).where(Organization.id == rating.organization_id)).one()


def _make_room_for(rating: Rating) -> None:
    """Shorten the earlier rating of the same rules to the day before, or this one if a later one is on record."""
    assert rating.valid_from is not None
    assert rating.valid_to is not None
    for other in _counting_under_same_rules(rating):
        assert other.valid_from is not None
        assert other.valid_to is not None
        if other.valid_from < rating.valid_from:
            other.valid_to = min(other.valid_to, rating.valid_from - ONE_DAY)
        elif other.valid_from > rating.valid_from:
            rating.valid_to = min(rating.valid_to, other.valid_from - ONE_DAY)
        else:
            refuse_if(rules.begins_on_its_own_day(rating, other))
    # The shorter one is written before the new one counts: the database lets no two count on one day.
    db.session.flush()


def _counting_under_same_rules(rating: Rating) -> Sequence[Rating]:
    wanted = select(Rating).where(
        Rating.organization_id == rating.organization_id,
        Rating.regime == rating.regime,
        Rating.state == RatingState.VALID,
        Rating.id != rating.id,
    )
    return db.session.scalars(wanted.order_by(Rating.valid_from).with_for_update()).all()


def _end_early(rating: Rating, last_day: date, reason: str) -> None:
    assert rating.announced_on is not None
    full_term = validity(rating.announced_on).valid_to
    refuse_fields(last_day=rules.day_is_not_ahead(last_day) or rules.ends_before_its_term(rating, last_day, full_term))
    rating.valid_to = last_day
    rating.reason = reason


def _organizations_shown_wrong() -> Sequence[Organization]:
    """Give the organizations one of whose ratings has begun or ended since their row was written."""
    day = today()
    ended: Any = (Organization.rating_state == RatingState.VALID) & (Organization.rating_valid_to < day)
    begun: Any = (
        select(Rating.id)
        .where(
            Rating.organization_id == Organization.id,
            Rating.state == RatingState.VALID,
            Rating.valid_from == day,
            or_(Rating.valid_to != Organization.rating_valid_to, Organization.rating_valid_to.is_(None)),
        )
        .exists()
    )
    return db.session.scalars(select(Organization).where(or_(ended, begun)).order_by(Organization.id)).all()
