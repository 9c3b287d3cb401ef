"""Objections to one line of a public notice, from an organization's hand to the director's decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from grants.models import Application, NoticeEntry, Objection
from grants.notices.awards import OBJECTION_RAISED
from grants.operations.awards import cancel_award
from grants.operations.consequence import in_consequence
from grants.queries.awards import award_on_notice
from grants.rules.public_notices import OBJECTION_DAYS, is_still_on_notice, not_own_entry, notice_is_running
from grants.workflows.applications import APPLICATION
from grants.workflows.objections import OBJECTION
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.workflow import deed, lock, refuse_if

OBJECTION.govern(Objection)


@deed("raise", "Objection")
def raise_objection(
    entry: NoticeEntry,
    *,
    actor: Actor,
    reason: Annotated[str, Ask("Reason", "Name facts that can be checked.", long=True)],
) -> Objection:
    """Object to one line of a running notice; the Centre answers within five days."""
    application = db.session.get_one(Application, entry.application_id)
    lock(application)
    refuse_if(notice_is_running(entry), not_own_entry(entry, actor), is_still_on_notice(application))
    objection = Objection(
        notice_id=entry.notice_id,
        application_id=application.id,
        application=application,
        organization_id=actor.organization_id,
        reason=reason,
        answer_due_on=today() + timedelta(days=OBJECTION_DAYS),
        raised_by_id=actor.user_id,
    )
    db.session.add(objection)
    db.session.flush()
    APPLICATION["object"](application, actor=in_consequence(actor))
    OBJECTION_RAISED.send(objection, actor=actor)
    return objection


@OBJECTION.step("look_into")
def look_into_objection(objection: Objection, *, actor: Actor) -> None:
    """Take an objection up; whoever raised it is told until when they hear."""


@OBJECTION.step("reject")
def reject_objection(objection: Objection, *, actor: Actor, answer: Annotated[str, Ask("Answer", long=True)]) -> None:
    """Answer that the objection does not stand: the project is on notice as before."""
    APPLICATION["overrule_objection"](objection.application, actor=in_consequence(actor))
    _answer(objection, actor, answer)


@OBJECTION.step("uphold")
def uphold_objection(objection: Objection, *, actor: Actor, answer: Annotated[str, Ask("Answer", long=True)]) -> None:
    """Answer that the objection stands: the award is cancelled, its money goes back to the quota."""
    APPLICATION["uphold_objection"](objection.application, actor=in_consequence(actor))
    award = award_on_notice(objection.notice, objection.application_id)
    if award is not None:
        cancel_award(award, actor=actor, occasion=f"objection-{objection.id}")
    _answer(objection, actor, answer)


def _answer(objection: Objection, actor: Actor, answer: str) -> None:
    objection.answer = answer
    objection.answered_by_id = actor.user_id
