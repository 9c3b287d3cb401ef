"""The Centre's blacklist: proposed, told, answered, decided, over, removed after repair or by an appeal."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, BinaryIO

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.calendar import add_working_days
from kernel.calendar_deeds import Later, follows_calendar
from kernel.clock import months_later, today
from kernel.db import db
from kernel.files import files_of, store_upload
from kernel.numbering import next_number
from kernel.scope import whole
from kernel.workflow import deed, lock, refuse_if
from orgs import notices, rules
from orgs.models import BlacklistEntry, Organization
from orgs.operations.problems import refuse_fields
from orgs.states import BlacklistState
from orgs.workflows import BLACKLIST

BLACKLIST.govern(BlacklistEntry)

SERIES = "LR"
NOBODYS = 0
"""The organization of files that no organization sees: no record has this id."""

Answer = Annotated[str, Ask("Decision and why", hint="The organization reads it.", long=True, most=2000)]
Words = Annotated[str, Ask("What we have to say", long=True, most=4000)]


@deed("propose", "BlacklistEntry")
def propose_listing(
    organization: Organization,
    *,
    actor: Actor,
    reason: Annotated[str, Ask("Reason", hint="What happened, when, and what proves it.", long=True, most=2000)],
    months: Annotated[int, Ask("Term in months", hint="1 to 36.")],
    stream: BinaryIO,
    filename: str,
) -> BlacklistEntry:
    """Propose to list an organization, with what proves the reason; nobody but staff sees it before the notice.

    Raises Refused when a listing of it is open already.
    """
    refuse_fields(months=rules.term_is_allowed(months))
    lock(organization)
    assert actor.user_id is not None
    entry = BlacklistEntry(
        organization_id=organization.id,
        number=next_number(db.session(), SERIES, today().year),
        state=BlacklistState.PROPOSED,
        reason=reason,
        months=months,
        proposed_by_id=actor.user_id,
    )
    db.session.add(entry)
    db.session.flush()
    store_upload(stream, filename, owner=entry, kind="evidence", actor=actor, organization_id=NOBODYS)
    return entry


@BLACKLIST.step("notify")
def notify_of_listing(
    entry: BlacklistEntry,
    *,
    actor: Actor,
    days: Annotated[int, Ask("Working days for the defence", hint="5 to 30.")] = 7,
) -> None:
    """Tell the organization what is held against it, show it the evidence, and give it its time to answer."""
    refuse_fields(days=rules.defence_has_time(days))
    for file in files_of(entry):
        file.organization_id = entry.organization_id
    entry.notified_on, entry.defence_due_on = today(), add_working_days(today(), days)


@follows_calendar
def move_defences(later: Later, _actor: Actor) -> int:
    """Let a defence that is still open keep its working days when the calendar changes; gives how many moved."""
    running = select(BlacklistEntry).where(
        BlacklistEntry.state == BlacklistState.DEFENCE, BlacklistEntry.defence_due_on >= today()
    )
    moved = 0
    for entry in db.session.scalars(running.order_by(BlacklistEntry.id).with_for_update(of=BlacklistEntry)):
        if entry.defence_due_on is not None and (due := later(entry.defence_due_on)) > entry.defence_due_on:
            entry.defence_due_on, moved = due, moved + 1
    db.session.flush()
    return moved


@deed("defend", "BlacklistEntry")
def defend_against_listing(
    entry: BlacklistEntry, *, actor: Actor, words: Words, stream: BinaryIO | None = None, filename: str = ""
) -> None:
    """Write down what the organization says to the notice, until its last day; it may be said anew until then."""
    lock(entry)
    refuse_if(rules.is_own_listing(entry, actor), rules.defence_is_open(entry))
    _attach(entry, "defence", actor, stream, filename)
    entry.defence, entry.defended_on = words, today()
    db.session.flush()
    notices.LISTING_ANSWERED.send(entry, actor=actor)


@BLACKLIST.step("enforce")
def enforce_listing(entry: BlacklistEntry, *, actor: Actor, decision: Answer) -> None:
    """List the organization from today for its term."""
    _decide(entry, actor, decision)
    entry.begins_on = today()
    entry.ends_on = months_later(today(), entry.months) - timedelta(days=1)


@BLACKLIST.step("drop")
def drop_listing(entry: BlacklistEntry, *, actor: Actor, decision: Answer) -> None:
    """Decide not to list the organization."""
    _decide(entry, actor, decision)


@BLACKLIST.step("expire")
def expire_listing(entry: BlacklistEntry, *, actor: Actor) -> None:
    """Let a listing whose last day is past be over."""


def expire_listings(actor: Actor) -> int:
    """Let every listing expire whose last day is past; gives how many. For the clock, each night."""
    with whole(actor, "expire-listings"):
        over = select(BlacklistEntry).where(
            BlacklistEntry.state == BlacklistState.IN_FORCE, BlacklistEntry.ends_on < today()
        )
        found = db.session.scalars(over.order_by(BlacklistEntry.id)).all()
        for entry in found:
            expire_listing(entry, actor=actor)
        return len(found)


@deed("ask_repair", "BlacklistEntry")
def ask_for_repair(
    entry: BlacklistEntry, *, actor: Actor, words: Words, stream: BinaryIO | None = None, filename: str = ""
) -> None:
    """Ask to be removed before the term because what went wrong has been put right."""
    lock(entry)
    refuse_if(rules.is_own_listing(entry, actor), rules.is_listed(entry), rules.no_repair_waits(entry))
    _attach(entry, "repair", actor, stream, filename)
    entry.repair, entry.repair_asked_on = words, today()
    entry.repair_answer, entry.repair_answered_on = None, None
    db.session.flush()
    notices.LISTING_ANSWERED.send(entry, actor=actor)


@BLACKLIST.step("repair")
def remove_after_repair(entry: BlacklistEntry, *, actor: Actor, answer: Answer) -> None:
    """Remove the organization from the list from today on, since what went wrong has been put right."""
    entry.repair_answer, entry.repair_answered_on = answer, today()
    entry.ended_on = today() - timedelta(days=1)


@deed("refuse_repair", "BlacklistEntry")
def refuse_repair(entry: BlacklistEntry, *, actor: Actor, answer: Answer) -> None:
    """Say why the organization stays on the list; it may ask again."""
    lock(entry)
    refuse_if(rules.is_listed(entry), rules.repair_waits(entry, actor))
    entry.repair_answer, entry.repair_answered_on = answer, today()
    db.session.flush()
    notices.LISTING_STAYS.send(entry, actor=actor)


@deed("appeal", "BlacklistEntry")
def appeal_against_listing(
    entry: BlacklistEntry, *, actor: Actor, words: Words, stream: BinaryIO | None = None, filename: str = ""
) -> None:
    """Appeal against the decision, once, within seven working days of it."""
    lock(entry)
    refuse_if(rules.is_own_listing(entry, actor), rules.is_listed(entry), rules.appeal_is_open(entry))
    _attach(entry, "appeal", actor, stream, filename)
    entry.appeal, entry.appealed_on = words, today()
    db.session.flush()
    notices.LISTING_ANSWERED.send(entry, actor=actor)


@BLACKLIST.step("uphold_appeal")
def uphold_appeal(entry: BlacklistEntry, *, actor: Actor, answer: Answer) -> None:
    """Take the listing back from today on: the appeal is right."""
    entry.appeal_answer, entry.appeal_answered_on = answer, today()
    entry.ended_on = today() - timedelta(days=1)


@deed("reject_appeal", "BlacklistEntry")
def reject_appeal(entry: BlacklistEntry, *, actor: Actor, answer: Answer) -> None:
    """Say why the listing stands in spite of the appeal."""
    lock(entry)
    refuse_if(rules.is_listed(entry), rules.appeal_waits(entry, actor))
    entry.appeal_answer, entry.appeal_answered_on = answer, today()
    db.session.flush()
    notices.LISTING_STAYS.send(entry, actor=actor)


def _decide(entry: BlacklistEntry, actor: Actor, decision: str) -> None:
    entry.decided_on, entry.decided_by_id, entry.decision = today(), actor.user_id, decision


def _attach(entry: BlacklistEntry, kind: str, actor: Actor, stream: BinaryIO | None, filename: str) -> None:
    if stream is not None:
        store_upload(stream, filename, owner=entry, kind=kind, actor=actor)
