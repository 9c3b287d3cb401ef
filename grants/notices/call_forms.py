"""What is told about the questions of a call: its own form when it changes, and what organizations ask about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from grants.models import Application, CallAnswer, CallForm, CallQuestion
from grants.notices.applications import OWN_PEOPLE
from grants.states import ApplicationState
from kernel.db import db
from kernel.notices import Notice, Topic, members_of, to_role
from kernel.people import Account, users_with_role

ASKER = members_of(lambda question: question.organization_id, "org_admin", "org_lead")


def drafters(call_id: int) -> Iterable[int]:
    """Give the administrators and project leads of the organizations that have a draft under a call."""
    drafts = select(Application.organization_id).where(
        Application.call_id == call_id, Application.state == ApplicationState.DRAFT
    )
    people = set(db.session.scalars(select(Account.user_id).where(Account.organization_id.in_(drafts))))
    return people & set(users_with_role("org_admin", "org_lead"))


def _of_form(form: CallForm) -> dict[str, Any]:
    return {"number": form.call.number, "title": form.call.title, "reason": form.change_reason or ""}


def _of_draft(application: Application) -> dict[str, Any]:
    call = application.call
    return {"number": call.number, "title": call.title, "draft": str(application), "reason": ""}


def _of_question(question: CallQuestion) -> dict[str, Any]:
    return {"number": question.call.number, "title": question.call.title, "text": question.text[:200]}


def _of_answer(answer: CallAnswer) -> dict[str, Any]:
    call = answer.source.call
    return {"number": call.number, "title": call.title, "text": answer.question[:200]}


FORM_CHANGE_PROPOSED = Notice(
    key="call.form_change_proposed",
    topic=Topic.TASKS,
    to=to_role("director"),
    headline="A change of the form of {number} waits for you",
    body="“{title}” is to ask new applications differently. The reason: {reason}",
    params=_of_form,
    link=lambda form: f"/calls/{form.call_id}/form",
)
FORM_CHANGE_RETURNED = Notice(
    key="call.form_change_returned",
    topic=Topic.DECISIONS,
    to=to_role("officer"),
    headline="The change of the form of {number} was sent back",
    body="“{title}”: {reason}",
    params=_of_form,
    link=lambda form: f"/calls/{form.call_id}/form",
)
FORM_CHANGED = Notice(
    key="call.form_changed",
    topic=Topic.DEADLINES,
    to=OWN_PEOPLE,
    headline="The questions of {number} have changed: look at your draft",
    body="“{draft}” under “{title}” keeps its questions until you take the new ones; every answer that still fits is kept. "
    "The reason of the change: {reason}",
    params=_of_draft,
    link=lambda application: f"/applications/{application.id}/newer-form",
)
QUESTION_ASKED = Notice(
    key="call.question_asked",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="A question about {number}",
    body="“{title}”: {text}",
    params=_of_question,
    link=lambda question: f"/call-questions/{question.id}",
)
QUESTION_ANSWERED = Notice(
    key="call.question_answered",
    topic=Topic.DECISIONS,
    to=lambda answer: ASKER(answer.source),
    headline="Your question about {number} is answered",
    body="The answer stands on the page of “{title}”, without your name: {text}",
    params=_of_answer,
    link=lambda answer: f"/calls/{answer.call_id}#answers",
)
ANSWER_PUBLISHED = Notice(
    key="call.answer_published",
    topic=Topic.PROGRESS,
    to=lambda answer: set(drafters(answer.call_id)) - set(ASKER(answer.source)),
    headline="A new answer about {number}",
    body="Somebody asked about “{title}”: {text}",
    params=_of_answer,
    link=lambda answer: f"/calls/{answer.call_id}#answers",
)
