"""One deed on many organizations: first sorted into those it is possible for and those it is not, then done at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import note_event
from kernel.choices import Coded
from kernel.db import db
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import deed, refuse_if
from orgs import notices, rules
from orgs.models import Circular, Organization
from orgs.operations.problems import refuse_fields
from orgs.queries.people import administrators_of_each
from orgs.reference import Codes

MOST: Final = 5_000


class FieldsWay(Coded):
    """What becomes of the service fields that an organization has."""

    ADD = "add", "Add to those that are there"
    REPLACE = "replace", "Put in place of those that are there"
    REMOVE = "remove", "Take from those that are there"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deed would do: organization with its old and its new value, and organizations with why not."""

    able: Sequence[tuple[Organization, Any, Any]]
    left: Sequence[tuple[Organization, Sentence]]


def plan_district(organizations: Iterable[Organization], *, district_code: str) -> Plan:
    """Say whose district would change.

    Raises Invalid when there is no such district.
    """
    refuse_fields(district_code=rules.district_is_known(district_code))
    there = Sentence("It stands in this district already.")
    return _plan(((one, one.district_code, district_code) for one in organizations), there)


def plan_fields(organizations: Iterable[Organization], *, service_fields: Codes, way: FieldsWay) -> Plan:
    """Say whose service fields would change, and into which.

    Raises Invalid when one of them is none, or none is chosen.
    """
    none_chosen = None if service_fields else Sentence("Please choose one at least.")
    refuse_fields(service_fields=rules.fields_are_known(service_fields) or none_chosen)
    there = Sentence("Its fields are so already.")
    return _plan(((one, one.service_fields, _fields(one, service_fields, way)) for one in organizations), there)


def plan_circular(organizations: Iterable[Organization], *, actor: Actor) -> Plan:
    """Say how many people of each organization would be told."""
    organizations = list(organizations)
    with whole(actor, "Organization.notify"):
        people = administrators_of_each([one.id for one in organizations])
    able = [(one, None, len(people[one.id])) for one in organizations if one.id in people]
    nobody = Sentence("Nobody acts for it yet. Print a letter for it instead.")
    return Plan(able, [(one, nobody) for one in organizations if one.id not in people])


@deed("change_many", "Organization")
def set_district(
    organization_ids: Sequence[int], *, actor: Actor, district_code: Annotated[str, Ask("District")]
) -> int:
    """Put organizations into a district; gives how many were in another.

    Raises Invalid for an unknown district, Refused for too many at once.
    """
    plan = plan_district(_locked(organization_ids), district_code=district_code)
    for organization, _old, new in plan.able:
        organization.district_code = new
    return len(plan.able)


@deed("change_many", "Organization")
def set_service_fields(
    organization_ids: Sequence[int],
    *,
    actor: Actor,
    service_fields: Annotated[Codes, Ask("Service fields")],
    way: Annotated[FieldsWay, Ask("What to do with them")] = FieldsWay.ADD,
) -> int:
    """Add service fields to organizations, take them away or put them in place of others; gives how many changed.

    Raises Invalid for unknown fields, Refused for too many at once.
    """
    plan = plan_fields(_locked(organization_ids), service_fields=service_fields, way=way)
    for organization, _old, new in plan.able:
        organization.service_fields = new
    return len(plan.able)


@deed("notify", "Organization")
def send_circular(
    organization_ids: Sequence[int],
    *,
    actor: Actor,
    headline: Annotated[str, Ask("Subject", most=80)],
    text: Annotated[
        str,
        Ask(
            "Text of the circular",
            hint="Whoever runs an organization's account reads it in the inbox and by mail.",
            long=True,
            most=2_000,
        ),
    ],
) -> int:
    """Tell the administrators of organizations something in the Centre's own words; gives how many people were told.

    Raises Refused for too many at once, and when nobody acts for any of them.
    """
    plan = plan_circular(_locked(organization_ids), actor=actor)
    refuse_if(None if plan.able else Sentence("Nobody acts for any of these organizations yet."))
    reached = [one.id for one, _old, _new in plan.able]
    people = sum(count for _one, _old, count in plan.able)
    circular = Circular(
        headline=headline.strip(),
        text=text.strip(),
        organization_ids=reached,
        people=people,
        sent_by_id=actor.user_id,
    )
    db.session.add(circular)
    db.session.flush()
    for organization_id in reached:
        note_event("Organization", actor=actor, subject_id=organization_id, headline=headline)
    notices.CIRCULAR.send(circular, actor=actor)
    return people


def _plan(told: Iterable[tuple[Organization, Any, Any]], there: Sentence) -> Plan:
    able, left = [], []
    for one, old, new in told:
        if old == new:
            left.append((one, there))
        else:
            able.append((one, old, new))
    return Plan(able, left)


def _fields(organization: Organization, chosen: Codes, way: FieldsWay) -> list[str]:
    before = set(organization.service_fields)
    match way:
        case FieldsWay.ADD:
            return sorted(before | set(chosen))
        case FieldsWay.REPLACE:
            return sorted(set(chosen))
        case FieldsWay.REMOVE:
            return sorted(before - set(chosen))


def _locked(organization_ids: Sequence[int]) -> Sequence[Organization]:
    refuse_if(too_many(len(organization_ids)))
    wanted = select(Organization).where(Organization.id.in_(organization_ids)).order_by(Organization.id)
    return db.session.scalars(wanted.with_for_update(of=Organization)).all()


def too_many(count: int) -> Sentence | None:
    """Say why so many cannot be worked on at once."""
    if count <= MOST:
        return None
    return Sentence("At most {most} organizations at once. Please narrow the list.", most=f"{MOST:,}")
