"""When a call's own questions may be changed: freely in a draft, and afterwards only while it is fair to everybody."""

from __future__ import annotations

from datetime import timedelta

from grants.models import Call, CallForm, FormVersion
from grants.queries.forms import count_handed_in
from grants.rules.calls import may_be_changed
from grants.states import CallNature, CallState
from kernel.actor import Actor
from kernel.calendar import add_working_days
from kernel.clock import day_of, now
from kernel.words import Sentence

PROCUREMENT_DAYS = 15
"""Days before the closing moment on which the last change of what suppliers are asked is possible.

Source: 政府采购货物和服务招标投标管理办法 (财政部令第87号) art. 27.
"""


def form_may_be_changed(call: Call, form: CallForm | None) -> Sentence | None:
    """A draft's form changes freely; a published one until somebody has handed in, and early enough before the closing.

    A change of a published form is for new applications: a draft keeps its version until its author takes the newer one,
    and what was handed in keeps it for ever.
    """
    if call.state not in {CallState.PUBLISHED, CallState.OPEN}:
        return may_be_changed(call)
    if form is not None and form.change_reason is not None:
        return Sentence("A change of this form waits for the director; it cannot be changed until it is decided.")
    return form_may_still_change(call)


def form_may_still_change(call: Call) -> Sentence | None:
    """Say why a published form stays as it is: somebody has handed in, or too little time is left."""
    if count := count_handed_in(call.id):
        return Sentence(
            "{count} applications have been handed in by these questions; they stay the same for everybody.",
            count=count,
        )
    if call.nature is CallNature.PROCUREMENT:
        last = call.closes_at - timedelta(days=PROCUREMENT_DAYS)
        if now() > last:
            return Sentence(
                "Under government procurement the questions change at the latest {days} days before the closing, until"
                " {moment}. Extend the call first.",
                days=PROCUREMENT_DAYS,
                moment=last,
            )
        return None
    last_day = add_working_days(day_of(call.closes_at), -call.questions_until)
    if day_of(now()) > last_day:
        return Sentence(
            "The questions change at the latest {days} working days before the closing, on {day}. Extend the call first.",
            days=call.questions_until,
            day=last_day,
        )
    return None


def differs(form: CallForm | None, latest: FormVersion | None) -> Sentence | None:
    """Say that there is nothing to publish: the form being built is the one that is published."""
    built = form.form.sha256 if form else None
    if form is None or (latest is not None and latest.sha256 == built):
        return Sentence("The form is the one that is published; there is nothing to change.")
    return None


def another_person_publishes(form: CallForm, actor: Actor) -> Sentence | None:
    """Source: the Centre's rule that a call takes two people."""
    if actor.user_id is None or form.proposed_by_id != actor.user_id:
        return None
    return Sentence("You proposed this change, so another person publishes it.")
