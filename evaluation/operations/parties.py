"""Whom an evaluation is about: the name that its evaluator needs before any statement about interests."""

from __future__ import annotations

from sqlalchemy import select

from evaluation.models import Evaluation
from kernel.actor import Actor
from kernel.db import db
from kernel.workflow import deed
from orgs.models import Organization


@deed("show", "Evaluation")
def organization_named(evaluation: Evaluation, *, actor: Actor) -> str:
    """Give the name of the organization whose project is evaluated; evaluators see no more of it."""
    return db.session.scalars(select(Organization.name).where(Organization.id == evaluation.organization_id)).one()
