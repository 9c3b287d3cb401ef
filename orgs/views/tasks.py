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
from orgs.states import AccountRequestState, ChangeState, DuplicateState, MergeState, RatingState

AHEAD = timedelta(days=183)
PAPERS_AHEAD = timedelta(days=60)


def tasks(actor: Actor) -> Iterable[Task]:
    """Give what waits for this person.

    An administrator has the notice to answer, the rating that ends within six months, the papers that end within two,
    and what the passport lacks; an officer what is to be verified, a director the listings and merges to decide,
    finance the accounts to verify.
    """
    if actor.kind is ReaderKind.ORG and actor.may("propose", "ProfileChange"):
        yield from _own(actor)
    elif actor.may("confirm", "Rating"):
        yield from _waiting_for_officers()
    elif actor.may("enforce", "BlacklistEntry"):
        yield from _waiting_for_directors()
    elif actor.may("verify", "BankAccount"):
        yield from _accounts(queries.accounts_to_verify())


def _own(actor: Actor) -> Iterable[Task]:
    """Say what an organization has to look after: what has a day first, then what is missing."""
    pk = actor.organization_id or 0
    asked = queries.asked_of(pk, papers_until=today() + PAPERS_AHEAD)
    if asked is None:
        return
    if asked.listing is not None:
        listing, number, due = asked.listing
        told = Sentence("Answer the notice of listing {number}", number=number)
        yield Task(told, url_for("BlacklistView.deed", pk=listing, name="defend"), due_on=due)
    if asked.rating_ends_on is not None and asked.rating_ends_on <= today() + AHEAD:
        told = Sentence("Your rating {grade} ends: ask to be rated anew", grade=str(asked.grade))
        yield Task(told, url_for("MyOrganization.index"), due_on=asked.rating_ends_on)
    yield from _own_papers(pk, asked)


def _own_papers(pk: int, asked: queries.Asked) -> Iterable[Task]:
    if asked.papers:
        told = Sentence("{count} of your documents end or have ended: bring the new ones", count=asked.papers)
        yield Task(told, url_for("PassportForms.deed", pk=pk, name="document"), due_on=asked.papers_end_on)
    if not asked.has_contact:
        told = Sentence("Tell the Centre whom to call: a contact person and a phone number")
        yield Task(told, url_for("OrganizationView.deed", pk=pk, name="contacts"))
    if not asked.has_account:
        told = Sentence("Name the bank account that you are paid to, with the bank's paper")
        yield Task(told, url_for("PassportForms.deed", pk=pk, name="account"))


def _waiting_for_officers() -> Iterable[Task]:
    """Count ratings, changes, accounts, requests and pairs in one statement."""
    ratings, changes, accounts, requests, pairs = queries.waiting_for_officers()
    yield from _waiting_ratings(ratings)
    if changes:
        yield Task(
            Sentence("Changes of profiles that wait for approval: {count}", count=changes),
            url_for("ProfileChangeView.index", state=ChangeState.PROPOSED.value),
        )
    yield from _accounts(accounts)
    if requests:
        yield Task(
            Sentence("Requests for accounts that wait to be looked at: {count}", count=requests),
            url_for("AccountRequestView.index", state=AccountRequestState.RECEIVED.value),
        )
    if pairs:
        yield Task(
            Sentence("{count} likely duplicates wait to be looked at", count=pairs),
            url_for("DuplicateView.index", state=DuplicateState.OPEN.value),
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
            Sentence("Ratings that wait to be verified: {count}", count=count),
            url_for("RatingView.index", state=RatingState.PENDING.value),
        )


def _waiting_for_directors() -> Iterable[Task]:
    """Count listings and merges in one statement."""
    listings, merges = queries.waiting_for_directors(today())
    if listings:
        yield Task(
            Sentence("Listings that wait for your decision: {count}", count=listings), url_for("BlacklistView.index")
        )
    if merges:
        yield Task(
            Sentence("Merges of files that wait for your decision: {count}", count=merges),
            url_for("MergeView.index", state=MergeState.PROPOSED.value),
        )
