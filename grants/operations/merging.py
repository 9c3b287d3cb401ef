"""When two files of one organization are made one, all that the programme holds of it follows."""

from __future__ import annotations

from sqlalchemy import select

from grants.models import (
    Activity,
    Application,
    Award,
    CallQuestion,
    Contract,
    Expense,
    Instalment,
    Objection,
    Project,
    Report,
)
from grants.queries.projects import figures_of_organization
from kernel.actor import Actor
from kernel.db import db
from kernel.words import Sentence
from orgs.models import Organization, OrganizationMerge
from orgs.operations.carrying import bring_over
from orgs.operations.figures import note_project_figures
from orgs.queries import counts, followers_in
from orgs.workflows import ORGANIZATION_MERGE

counts(
    {
        Application: Sentence("Applications"),
        Award: Sentence("Awards"),
        Project: Sentence("Projects"),
        Contract: Sentence("Contracts"),
        Instalment: Sentence("Instalments"),
        Activity: Sentence("Activities"),
        Report: Sentence("Reports"),
        Expense: Sentence("Expenses"),
        Objection: Sentence("Objections"),
        CallQuestion: Sentence("Questions"),
    }
)


@ORGANIZATION_MERGE.after("approve")
def follow_merge(merge: OrganizationMerge, *, actor: Actor) -> None:
    """Bring applications, projects and payments over, and count what the organization has had in all.

    Versions that were handed in stay as they were, since nobody changes them; a published entry keeps its words.
    """
    bring_over(followers_in("grants.models"), merged_id=merge.merged_id, survivor_id=merge.survivor_id)
    survivor = db.session.scalars(select(Organization).where(Organization.id == merge.survivor_id)).one()
    found = figures_of_organization(survivor.id)
    note_project_figures(survivor, actor=actor, running=found.running, total=found.total, received=found.received)
