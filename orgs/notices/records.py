"""Who is told what about the records of organizations."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import select

from kernel.db import db
from kernel.notices import Notice, Reminder, Topic, members_of, months, to_role, working_days
from orgs.models import BlacklistEntry, CreditEntry, Inspection, Organization, ProfileChange, Rating
from orgs.notices.people import ANSWER_DUE, REQUEST_LAPSES
from orgs.queries.blacklist import defences_due
from orgs.queries.claims import answers_due, requests_that_lapse
from orgs.queries.credit import inspections_awaited
from orgs.queries.passport import documents_ending
from orgs.queries.people import administrators_of_each
from orgs.queries.ratings import ratings_ending


def _of_rating(rating: Rating) -> dict[str, Any]:
    return {"grade": rating.grade.value, "day": rating.valid_to or "", "reason": rating.reason or ""}


def _own(_rating: Rating) -> str:
    return "/organization/"


_ADMINS = members_of(lambda record: record.organization_id, "org_admin")

RATING_RECORDED = Notice(
    key="rating.recorded",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="A rating waits to be verified",
    body="An organization has handed in its rating {grade}. Please compare it with the certificate.",
    params=_of_rating,
    link=lambda rating: f"/ratings/{rating.id}",
)

RATING_CONFIRMED = Notice(
    key="rating.confirmed",
    topic=Topic.DECISIONS,
    to=_ADMINS,
    headline="Your rating is verified",
    body="Your rating {grade} is on record and counts until {day}.",
    params=_of_rating,
    link=_own,
)

RATING_TAKEN_AWAY = Notice(
    key="rating.taken_away",
    topic=Topic.DECISIONS,
    to=_ADMINS,
    headline="Your rating has ended early",
    body="Your rating {grade} counts until {day} only. Reason: {reason}",
    params=_of_rating,
    link=_own,
)

RATING_ENDS = Notice(
    key="rating.ends",
    topic=Topic.DEADLINES,
    to=_ADMINS,
    headline="Your rating ends on {due}",
    body="Your rating {grade} counts until {due}. Please have it renewed in time.",
    params=_of_rating,
    link=_own,
)


RATING_EXPIRED = Notice(
    key="rating.expired",
    topic=Topic.DECISIONS,
    to=_ADMINS,
    headline="Your rating has expired",
    body="Your rating {grade} counted until {day}.",
    params=_of_rating,
    link=_own,
)

RATING_DISCARDED = Notice(
    key="rating.discarded",
    topic=Topic.DECISIONS,
    to=_ADMINS,
    headline="Your rating could not be verified",
    body="The rating {grade} that waited to be verified is discarded. Please hand it in anew with its certificate, or"
    " ask the Centre.",
    params=_of_rating,
    link=_own,
)


def _of_inspection(inspection: Inspection) -> dict[str, Any]:
    return {"year": str(inspection.year), "result": inspection.result}


INSPECTION_RECORDED = Notice(
    key="inspection.recorded",
    topic=Topic.DECISIONS,
    to=_ADMINS,
    headline="The annual inspection of {year} is on record: {result}",
    body="The Centre has written down what your annual inspection of {year} found: {result}. If this is not so, please"
    " tell the Centre.",
    params=_of_inspection,
    link=_own,
)


def _of_credit(entry: CreditEntry) -> dict[str, Any]:
    return {"kind": entry.kind, "day": entry.listed_on, "source": entry.source, "end": entry.removed_on or ""}


def _own_standing(_record: Any) -> str:
    return "/organizations/own/standing"


CREDIT_RECORDED = Notice(
    key="credit.recorded",
    topic=Topic.DECISIONS,
    to=_ADMINS,
    headline="An entry about your organization is on record: {kind}",
    body="{kind}, from {day}, published at: {source}. Your standing says what follows from it. If this is not so,"
    " please tell the Centre.",
    params=_of_credit,
    link=_own_standing,
)

CREDIT_CLOSED = Notice(
    key="credit.closed",
    topic=Topic.DECISIONS,
    to=_ADMINS,
    headline="An entry about your organization is lifted: {kind}",
    body="{kind}, from {day}, was lifted on {end}. Your standing says until when it is looked at.",
    params=_of_credit,
    link=_own_standing,
)

REPORT_DUE = Notice(
    key="inspection.report_due",
    topic=Topic.DEADLINES,
    to=members_of(lambda organization: organization.id, "org_admin"),
    headline="The annual work report is due on {due}",
    body="Please hand last year's work report to your supervising unit by {due}. The Centre's calls ask for the annual"
    " inspections of the last three years.",
    link=_own_standing,
)

INSPECTION_DUE = Notice(
    key="inspection.due",
    topic=Topic.DEADLINES,
    to=members_of(lambda organization: organization.id, "org_admin"),
    headline="The annual inspection is due on {due}",
    body="Please have last year's work report with your registrar by {due}. The Centre's calls ask for the annual"
    " inspections of the last three years.",
    link=_own_standing,
)


def _of_listing(entry: BlacklistEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "reason": entry.reason,
        "due": entry.defence_due_on or "",
        "first": entry.begins_on or "",
        "last": entry.ends_on or "",
        "answer": entry.appeal_answer or entry.repair_answer or entry.decision or "",
    }


def _listing(entry: BlacklistEntry) -> str:
    return f"/blacklist/{entry.id}"


_listed_members = members_of(lambda entry: entry.organization_id if entry.notified_on else None, "org_admin")


def _to_listed(key: str, headline: str, body: str, topic: Topic = Topic.DECISIONS) -> Notice:
    """Tell an organization of its own listing, once it has had its notice."""
    return Notice(
        key=key, topic=topic, to=_listed_members, headline=headline, body=body, params=_of_listing, link=_listing
    )


LISTING_TOLD = _to_listed(
    "listing.told",
    "The Centre may put your organization on its blacklist ({number})",
    "Reason: {reason} You can read the evidence and answer until {due}.",
    Topic.TASKS,
)
LISTING_DECIDED = _to_listed(
    "listing.decided",
    "Your organization is on the Centre's blacklist ({number})",
    "From {first} to {last}. Decision: {answer} You can appeal within 7 working days, and ask to be removed once all is"
    " put right.",
)
LISTING_DROPPED = _to_listed(
    "listing.dropped", "Your organization is not listed ({number})", "The Centre has decided: {answer}"
)
LISTING_OVER = _to_listed(
    "listing.over", "Your listing is over ({number})", "From today on your organization is no longer on the list."
)
LISTING_REMOVED = _to_listed(
    "listing.removed", "Your organization is removed from the list ({number})", "The Centre has answered: {answer}"
)
LISTING_STAYS = _to_listed(
    "listing.stays", "Your organization stays on the list ({number})", "The Centre has answered: {answer}"
)
LISTING_ANSWERED = Notice(
    key="listing.answered",
    topic=Topic.TASKS,
    to=to_role("officer", "director"),
    headline="An organization has answered to its listing ({number})",
    body="Please read what it says and decide.",
    params=_of_listing,
    link=_listing,
)
DEFENCE_ENDS = _to_listed(
    "listing.defence_ends",
    "You can answer the notice of listing until {due}",
    "Notice {number}. What you say is read before anything is decided.",
    Topic.DEADLINES,
)


def _of_change(change: ProfileChange) -> dict[str, Any]:
    named = select(Organization.name).where(Organization.id == change.organization_id)
    return {
        "organization": db.session.scalar(named) or "",
        "field": change.field,
        "value": change.value,
        "answer": change.answer or "",
    }


def _change(change: ProfileChange) -> str:
    return f"/profile-changes/{change.id}"


_asking = members_of(lambda change: change.organization_id, "org_admin")

CHANGE_ASKED = Notice(
    key="profile_change.asked",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="{organization}: a change waits for approval",
    body="{field}: {value}. Please compare it with the paper and decide.",
    params=_of_change,
    link=_change,
)
CHANGE_APPROVED = Notice(
    key="profile_change.approved",
    topic=Topic.DECISIONS,
    to=_asking,
    headline="Your change is approved and entered",
    body="{field}: {value}. If nobody of you asked for this, please tell the Centre at once.",
    params=_of_change,
    link=_change,
)
CHANGE_REFUSED = Notice(
    key="profile_change.refused",
    topic=Topic.DECISIONS,
    to=_asking,
    headline="Your change is refused",
    body="{field}: {value}. Reason: {answer}",
    params=_of_change,
    link=_change,
)
ACCOUNT_CHANGED = Notice(
    key="bank_account.changed",
    topic=Topic.DECISIONS,
    to=members_of(lambda account: account.organization_id, "org_admin", "org_finance"),
    headline="The Centre has entered another bank account for your organization",
    body="From today on you are paid to {account}. If this is wrong, please tell the Centre at once.",
    params=lambda account: {"account": str(account)},
    link=_own,
)
DOCUMENT_ENDS = Notice(
    key="document.ends",
    topic=Topic.DEADLINES,
    to=members_of(lambda document: document.organization_id, "org_admin"),
    headline="A document of yours ends on {due}",
    body="{document} is good until {due}. Please have it renewed and bring the new one.",
    params=lambda document: {"document": document.title or document.kind},
    link=_own,
)

CIRCULAR = Notice(
    key="circular.sent",
    topic=Topic.TASKS,
    to=lambda circular: set().union(*administrators_of_each(circular.organization_ids).values()),
    headline="The Centre writes: {headline}",
    body="{text}",
    params=lambda circular: {"headline": circular.headline, "text": circular.text},
    link=lambda circular: f"/circulars/{circular.id}",
    keeps=("text",),
)

REMINDERS = (
    Reminder(notice=RATING_ENDS, due=ratings_ending, marks=months(6, 1)),
    Reminder(notice=DOCUMENT_ENDS, due=documents_ending, marks=months(2, 1)),
    Reminder(notice=ANSWER_DUE, due=answers_due, marks=working_days(2, 0)),
    Reminder(notice=REQUEST_LAPSES, due=requests_that_lapse, marks=working_days(10, 2)),
    Reminder(notice=DEFENCE_ENDS, due=defences_due, marks=working_days(2)),
    Reminder(notice=REPORT_DUE, due=partial(inspections_awaited, 3, 31), marks=(*months(1), *working_days(5))),
    Reminder(notice=INSPECTION_DUE, due=partial(inspections_awaited, 5, 31), marks=(*months(1), *working_days(5))),
)
