"""What the modules above report of an organization's projects, kept on its row for the register.

Called by their followers inside their own deeds, which have asked who may.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kernel.actor import Actor
from kernel.db import db
from kernel.scope import whole
from kernel.workflow import lock
from orgs.models import Organization
from orgs.states import Grade


def note_project_figures(
    organization: Organization,
    *,
    actor: Actor,
    running: int,
    total: int,
    received: Decimal,
) -> None:
    """Keep how many projects run, how many there have been, and what was received, in yuan."""
    with whole(actor, "Organization.note_project_figures"):
        lock(organization)
        organization.projects_running = running
        organization.projects_total = total
        organization.received = received
        db.session.flush()


def note_grade(organization: Organization, *, actor: Actor, grade: Grade, on: date) -> None:
    """Keep the grade of the project that was graded last; an earlier one changes nothing."""
    with whole(actor, "Organization.note_grade"):
        lock(organization)
        if organization.last_graded_on is not None and organization.last_graded_on > on:
            return
        organization.last_grade = grade
        organization.last_graded_on = on
        db.session.flush()
