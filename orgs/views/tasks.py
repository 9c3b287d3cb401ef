"""What is mine to do about organizations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import url_for

from kernel.actor import Actor, ReaderKind
from kernel.clock import today
from kernel.module import Task
from kernel.words import Sentence
from orgs import queries
from orgs.states import AccountRequestState, ChangeState, RatingState

AHEAD = timedelta(days=183)


def tasks(actor: Actor) -> Iterable[Task]:
    """Give what waits for this person.

    An administrator has the rating that ends within six months, an officer what is to be verified, a director the
    listings to decide, finance the accounts to verify.
    """
    if actor.kind is ReaderKind.ORG and actor.may("record", "Rating"):
        yield from _own_rating(actor)
    elif actor.may("confirm", "Rating"):
        yield from _waiting_for_officers()
    elif actor.may("enforce", "BlacklistEntry"):
        yield from _waiting_listings()
    elif actor.may("verify", "BankAccount"):
        yield from _accounts(queries.accounts_to_verify())


def _own_rating(actor: Actor) -> Iterable[Task]:
    own = queries.own_organization(actor.organization_id or 0)
    if own is None or own.rating_state is not RatingState.VALID or own.rating_valid_to is None:
        return
    if own.rating_valid_to <= today() + AHEAD:
        yield Task(
            Sentence("Your rating {grade} ends: ask to be rated anew", grade=str(own.rating_grade)),
            url_for("MyOrganization.index"),
            due_on=own.rating_valid_to,
        )


def _waiting_for_officers() -> Iterable[Task]:
    """Count ratings, changes, accounts and requests in one statement."""
    ratings, changes, accounts, requests = queries.waiting_for_officers()
    yield from _waiting_ratings(ratings)
    if changes:
        yield Task(
            Sentence("{count} changes of profiles wait for approval", count=changes),
            url_for("ProfileChangeView.index", state=ChangeState.PROPOSED.value),
        )
    yield from _accounts(accounts)
    if requests:
        yield Task(
            Sentence("{count} requests for accounts wait to be looked at", count=requests),
            url_for("AccountRequestView.index", state=AccountRequestState.RECEIVED.value),
        )


def _accounts(count: int) -> Iterable[Task]:
    if count:
        yield Task(
            Sentence("{count} bank accounts wait to be verified", count=count),
            url_for("BankAccountView.index", checked="no"),
        )


def _waiting_ratings(count: int) -> Iterable[Task]:
    if count:
        yield Task(
            Sentence("{count} ratings wait to be verified", count=count),
            url_for("RatingView.index", state=RatingState.PENDING.value),
        )


def _waiting_listings() -> Iterable[Task]:
    count = queries.listings_to_decide(today())
    if count:
        yield Task(Sentence("{count} listings wait for your decision", count=count), url_for("BlacklistView.index"))
