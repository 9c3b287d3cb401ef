"""Links between organizations, written down and ended by a person."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.workflow import deed, lock, refuse_if
from orgs import rules
from orgs.credit_code import normalize
from orgs.models import Organization, OrganizationLink
from orgs.operations.problems import refuse_fields
from orgs.states import LinkKind


@deed("record", "OrganizationLink")
def record_link(
    organization: Organization,
    *,
    actor: Actor,
    credit_code: Annotated[str, Ask("Credit code of the other organization", most=60)],
    kind: Annotated[LinkKind, Ask("Kind of link")],
    source: Annotated[
        str, Ask("Known from", hint="A register, a paper, a visit: where others can look it up.", most=300)
    ],
    other_is_first: Annotated[bool, Ask("The other one is the parent or the founder")] = False,
    note: Annotated[str | None, Ask("Note", long=True, most=1000)] = None,
) -> OrganizationLink:
    """Write down what links two organizations; the first is the parent or the founder.

    Raises Invalid when no organization has this code, or when it is the same one.
    """
    other = db.session.scalars(select(Organization).where(Organization.credit_code == normalize(credit_code))).first()
    refuse_fields(credit_code=rules.other_is_known(other) or rules.is_not_itself(organization, other))
    assert other is not None
    assert actor.user_id is not None
    first, second = (other, organization) if other_is_first else (organization, other)
    link = OrganizationLink(
        first_id=first.id,
        second_id=second.id,
        kind=kind,
        source=source.strip(),
        note=note,
        recorded_on=today(),
        recorded_by_id=actor.user_id,
    )
    db.session.add(link)
    db.session.flush()
    return link


@deed("end", "OrganizationLink")
def end_link(
    link: OrganizationLink,
    *,
    actor: Actor,
    reason: Annotated[str, Ask("Reason", hint="Why the link is there no longer.", long=True, most=500)],
) -> None:
    """Say that a link is there no longer; it stays on record with its last day."""
    lock(link)
    refuse_if(rules.link_holds(link))
    link.ended_on, link.ended_by_id, link.end_reason = today(), actor.user_id, reason
