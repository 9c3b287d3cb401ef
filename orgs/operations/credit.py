"""What the public record holds against an organization."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.db import db
from kernel.errors import Refused
from kernel.words import Sentence
from kernel.workflow import deed, lock
from orgs import notices, rules
from orgs.models import CreditEntry, Organization
from orgs.operations.problems import refuse_fields
from orgs.states import CreditKind


@deed("record", "CreditEntry")
def record_credit_entry(
    organization: Organization,
    *,
    actor: Actor,
    kind: Annotated[CreditKind, Ask("Kind")],
    listed_on: Annotated[date, Ask("From", hint="The day of the listing or of the decision.")],
    source: Annotated[str, Ask("Source", hint="Where it was published.", most=300)],
    removed_on: Annotated[date | None, Ask("Until", hint="Empty while it lasts.")] = None,
    reason: Annotated[str | None, Ask("Reason", long=True, most=500)] = None,
) -> CreditEntry:
    """Write down a listing or a penalty with the source that published it."""
    refuse_fields(
        listed_on=rules.day_is_not_ahead(listed_on),
        removed_on=_end_problem(listed_on, removed_on),
    )
    lock(organization)
    entry = CreditEntry(
        organization_id=organization.id,
        kind=kind,
        listed_on=listed_on,
        removed_on=removed_on,
        source=source,
        reason=reason,
    )
    db.session.add(entry)
    db.session.flush()
    notices.CREDIT_RECORDED.send(entry, actor=actor)
    return entry


@deed("close", "CreditEntry")
def close_credit_entry(
    entry: CreditEntry,
    *,
    actor: Actor,
    removed_on: Annotated[date, Ask("Lifted on", hint="The day that the list or the authority names.")],
) -> None:
    """Write down the day on which an entry was lifted.

    Raises Refused when it has been lifted before.
    """
    lock(entry)
    if entry.removed_on is not None:
        raise Refused(Sentence("This entry was lifted on {day}.", day=entry.removed_on))
    refuse_fields(removed_on=rules.day_is_not_ahead(removed_on) or _end_problem(entry.listed_on, removed_on))
    entry.removed_on = removed_on
    db.session.flush()
    notices.CREDIT_CLOSED.send(entry, actor=actor)


def _end_problem(listed_on: date, removed_on: date | None) -> Sentence | None:
    if removed_on is not None and removed_on < listed_on:
        return Sentence("An entry cannot end before it begins.")
    return None
