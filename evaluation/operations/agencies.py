"""Deeds on evaluation agencies."""

from __future__ import annotations

from typing import Annotated

from evaluation.models import Agency, AgencyMember
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.db import db
from kernel.people import users_with_role
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if


@deed("create", "Agency")
def create_agency(
    *,
    actor: Actor,
    name: Annotated[str, Ask("Name", most=200)],
    credit_code: Annotated[str, Ask("Unified social credit code", most=18)],
) -> Agency:
    """Put an evaluation agency on record."""
    agency = Agency(name=name.strip(), credit_code=credit_code.strip().upper())
    db.session.add(agency)
    db.session.flush()
    return agency


@deed("add_member", "Agency")
def add_agency_member(
    agency: Agency,
    *,
    actor: Actor,
    user_id: Annotated[int, Ask("Person")],
    is_admin: Annotated[bool, Ask("Runs the agency's account")] = False,
) -> AgencyMember:
    """Let a person evaluate for an agency.

    Raises Refused when they hold no role of an evaluator.
    """
    lock(agency)
    known = users_with_role("evaluator", "agency_admin")
    refuse_if(None if user_id in known else Sentence("This person is no evaluator."))
    member = AgencyMember(agency_id=agency.id, user_id=user_id, is_admin=is_admin)
    db.session.add(member)
    db.session.flush()
    return member


@deed("add_member", "Agency")
def people_to_add(*, actor: Actor) -> list[int]:
    """Give the users who hold a role of an evaluator."""
    return list(users_with_role("evaluator", "agency_admin"))
