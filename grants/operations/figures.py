"""What an organization's own record says of its projects, written when they change."""

from __future__ import annotations

from grants.models import Project
from grants.queries.projects import figures_of_organization
from kernel.actor import Actor
from orgs.operations.figures import note_grade, note_project_figures


def tell_organization(project: Project, *, actor: Actor) -> None:
    """Write the organization's sums of projects and of money received anew."""
    figures = figures_of_organization(project.organization_id)
    note_project_figures(
        project.organization, actor=actor, running=figures.running, total=figures.total, received=figures.received
    )


def tell_grade(project: Project, *, actor: Actor) -> None:
    """Write the grade of a closed project onto the organization's record."""
    if project.grade is not None and project.closed_on is not None:
        note_grade(project.organization, actor=actor, grade=project.grade, on=project.closed_on)
