"""What the modules above report of an organization's projects, kept on its row for the register.

Called by their followers inside their own deeds, which have asked who may.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from kernel.actor import Actor
from kernel.audit import acting
from kernel.clock import today
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
    with _noting(actor, "Organization.note_project_figures"):
        lock(organization)
        organization.projects_running = running
        organization.projects_total = total
        if total and organization.first_project_on is None:
            organization.first_project_on = today()
        organization.received = received
        db.session.flush()


def note_grade(organization: Organization, *, actor: Actor, grade: Grade, on: date) -> None:
    """Keep the grade of the project that was graded last; an earlier one changes nothing."""
    with _noting(actor, "Organization.note_grade"):
        lock(organization)
        if organization.last_graded_on is not None and organization.last_graded_on > on:
            return
        organization.last_grade = grade
        organization.last_graded_on = on
        db.session.flush()


@contextmanager
def _noting(actor: Actor, action: str) -> Iterator[None]:
    """Write as the deed that is under way, or under a name of its own."""
    with whole(actor, action) as session:
        if session.info.get("acting") is not None:
            yield
            return
        with acting(actor, action):
            yield
