"""When an organization may ask about a call, and until when staff answer."""

from __future__ import annotations

from datetime import date

from grants.models import Call
from grants.states import CallState
from kernel.calendar import add_working_days
from kernel.clock import day_of, now, today
from kernel.words import Sentence


def last_day_of_questions(call: Call) -> date:
    """Give the last day on which organizations may ask: so many working days before the closing day."""
    return add_working_days(day_of(call.closes_at), -call.questions_until)


def may_be_asked(call: Call) -> Sentence | None:
    """Questions are taken from the publication until some working days before the closing, so that answers reach all."""
    if call.state not in {CallState.PUBLISHED, CallState.OPEN}:
        return Sentence("The call is “{state}”; questions are taken while it is published or open.", state=call.state)
    last = last_day_of_questions(call)
    if today() <= last:
        return None
    return Sentence(
        "Questions were taken until {day}, {days} working days before the closing.", day=last, days=call.questions_until
    )


def may_be_answered(call: Call) -> Sentence | None:
    """An answer after the closing would help nobody and could favour somebody."""
    if call.state in {CallState.PUBLISHED, CallState.OPEN} and now() < call.closes_at:
        return None
    return Sentence("The call has closed; questions are answered before that.")
