"""Who is told what about award lists, public notices and objections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grants.models import AwardList, Objection
from grants.queries.awards import standing_awards
from kernel.money import sum_of
from kernel.notices import Notice, Topic, to_role


def _list_params(award_list: AwardList) -> dict[str, Any]:
    awards = standing_awards(award_list)
    return {
        "number": award_list.number,
        "call": award_list.call.title,
        "count": len(awards),
        "amount": sum_of(award.amount for award in awards),
        "reason": award_list.return_reason or "",
    }


def _list_link(award_list: AwardList) -> str:
    return f"/award-lists/{award_list.id}"


LIST_PROPOSED = Notice(
    key="award_list_proposed",
    topic=Topic.TASKS,
    to=to_role("director"),
    headline="Award list {number} waits for your decision",
    body="{call}: {count} projects, {amount} yuan in all.",
    params=_list_params,
    link=_list_link,
)
LIST_APPROVED = Notice(
    key="award_list_approved",
    topic=Topic.TASKS,
    to=to_role("funder", "officer"),
    headline="Award list {number} is approved by the director",
    body="{call}: {count} projects, {amount} yuan in all. The funder confirms it next.",
    params=_list_params,
    link=_list_link,
)
LIST_CONFIRMED = Notice(
    key="award_list_confirmed",
    topic=Topic.TASKS,
    to=to_role("officer", "director"),
    headline="Award list {number} is confirmed by the funder",
    body="{call}: {count} projects, {amount} yuan in all. The public notice can be published.",
    params=_list_params,
    link=_list_link,
)
LIST_RETURNED = Notice(
    key="award_list_returned",
    topic=Topic.DECISIONS,
    to=to_role("officer", "director"),
    headline="Award list {number} was sent back",
    body="Reason: {reason}",
    params=_list_params,
    link=_list_link,
)


def _objected_entry(objection: Objection) -> dict[str, Any]:
    return {
        "number": objection.application.number,
        "title": objection.application.title,
        "due": objection.answer_due_on,
        "answer": objection.answer or "",
    }


def _objection_link(objection: Objection) -> str:
    return f"/objections/{objection.id}"


def _raiser(objection: Objection) -> Sequence[int]:
    return [objection.raised_by_id] if objection.raised_by_id is not None else []


OBJECTION_RAISED = Notice(
    key="objection_raised",
    topic=Topic.TASKS,
    to=to_role("officer", "director"),
    headline="An objection to {number} was raised",
    body="{title}: answer it by {due}.",
    params=_objected_entry,
    link=_objection_link,
)
OBJECTION_BEING_ANSWERED = Notice(
    key="objection_answering",
    to=_raiser,
    headline="Your objection to {number} is being looked into",
    body="{title}: you get an answer by {due}.",
    params=_objected_entry,
    link=_objection_link,
)
OBJECTION_REJECTED = Notice(
    key="objection_rejected",
    topic=Topic.DECISIONS,
    to=_raiser,
    headline="The objection to {number} was not upheld",
    body="{answer}",
    params=_objected_entry,
    link=_objection_link,
)
OBJECTION_UPHELD = Notice(
    key="objection_upheld",
    topic=Topic.DECISIONS,
    to=_raiser,
    headline="The objection to {number} was upheld",
    body="{title} is not awarded. {answer}",
    params=_objected_entry,
    link=lambda objection: f"/notices/{objection.notice_id}",
)
