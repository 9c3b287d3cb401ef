"""One step on many applications: first sorted into those it is possible for and those it is not, then taken by all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.models import Application
from grants.workflows.applications import APPLICATION
from kernel.actor import Actor
from kernel.db import db
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import refuse_if

MOST: Final = 200
STEPS: Final = ("qualify", "start_review")
"""The steps that ask for nothing but a yes; the others need a reason for each application."""


def sorted_for_step(
    applications: Sequence[Application], name: str, *, actor: Actor
) -> tuple[list[Application], list[tuple[Application, list[Sentence]]]]:
    """Give the applications that could take a step now, and the others with all that stands in their way."""
    step = APPLICATION.transitions[name]
    with whole(actor, f"Application.{name}"):
        told = [(one, APPLICATION.refusals(one, step, actor)) for one in applications]
    return [one for one, reasons in told if not reasons], [(one, reasons) for one, reasons in told if reasons]


def take_step_on_many(application_ids: Sequence[int], name: str, *, actor: Actor) -> int:
    """Take one step with all of these applications or with none; gives how many.

    Raises Refused for too many at once, and with the reasons of the first that cannot take it any more.
    """
    refuse_if(too_many(len(application_ids)))
    with whole(actor, f"Application.{name}"):
        wanted = select(Application).where(Application.id.in_(application_ids)).order_by(Application.id)
        found = db.session.scalars(wanted.options(joinedload(Application.call))).all()
    for application in found:
        APPLICATION[name](application, actor=actor)
    return len(found)


def too_many(count: int) -> Sentence | None:
    """Say why so many cannot take a step at once."""
    if count <= MOST:
        return None
    return Sentence("At most {most} applications at once. Please narrow the list.", most=MOST)
