"""What evaluation shows on pages of other modules: reviews of an application, evaluations of a project, tasks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from flask import get_template_attribute
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evaluation.models import Evaluation, Review
from evaluation.queries.tasks import Waiting, waiting_for
from kernel.actor import Actor
from kernel.db import db
from kernel.module import Panel, Task
from kernel.people import PERSON
from kernel.words import Sentence


def reviews_panel(application: Any, _actor: Actor) -> Markup | None:
    """Show the staff who reviews an application, and after the seal what they gave."""
    wanted = (
        select(Review, PERSON.c.name)
        .outerjoin(PERSON, PERSON.c.id == Review.reviewer_id)
        .where(Review.application_id == application.id)
        .order_by(Review.id)
    )
    rows = db.session.execute(wanted).all()
    return _drawn("board_parts", rows, application.score, application.score_spread, application.rank)


def evaluations_panel(project: Any, _actor: Actor) -> Markup | None:
    """Show the evaluations of a project that the reader may see."""
    wanted = select(Evaluation).options(joinedload(Evaluation.agency)).where(Evaluation.project_id == project.id)
    rows = db.session.scalars(wanted.order_by(Evaluation.id.desc())).all()
    return _drawn("result_parts", rows)


def organization_panel(organization: Any, _actor: Actor) -> Markup | None:
    """Show on an organization's record the evaluations of its projects that the reader may see; none, no tab."""
    own = Evaluation.organization_id == organization.id
    wanted = select(Evaluation).options(joinedload(Evaluation.agency)).where(own)
    rows = db.session.scalars(wanted.order_by(Evaluation.id.desc()).limit(50)).all()
    return _drawn("result_parts", rows) if rows else None


def _drawn(file: str, *given: Any) -> Markup:
    """Draw the panel of a file of ours; a macro gives markup, since our templates escape by themselves."""
    return cast(Markup, get_template_attribute(f"evaluation/{file}.html", "panel")(*given))


PANELS = (
    Panel("Organization", "evaluations", "Evaluation", organization_panel, verb="list", of="Evaluation", order=40),
    Panel("Application", "reviews", "Expert review", reviews_panel, verb="list", of="Review", order=40),
    Panel("Project", "evaluations", "Evaluation", evaluations_panel, verb="list", of="Evaluation", order=40),
)

WORDS = {
    "review": Sentence("Review {number}"),
    "board": Sentence("Assign reviewers: {number}"),
    "close": Sentence("Close the review: {number}"),
    "planned": Sentence("Assign evaluators: {number}"),
    "handed_in": Sentence("Confirm the result of {number}"),
    "objected": Sentence("Answer the objection to {number}"),
    "told": Sentence("Make the result of {number} final"),
    "evaluate": Sentence("Evaluate: {number}"),
    "countersign": Sentence("Sign as the second person: {number}"),
    "self_report": Sentence("Write the self-report: {number}"),
    "result": Sentence("Read the result of {number}"),
}
ADDRESSES = {
    "review": "/my-reviews/{id}",
    "board": "/review-boards/{id}",
    "close": "/review-boards/{id}",
    "self_report": "/evaluations/{id}/self-report",
}


def tasks(actor: Actor) -> Iterable[Task]:
    """Say what waits for a person here, in one statement; no score and no name stands in it."""
    return [_task(one) for one in waiting_for(actor)]


def _task(one: Waiting) -> Task:
    text = Sentence(WORDS[one.what].msgid, number=one.number)
    url = ADDRESSES.get(one.what, "/evaluations/{id}").format(id=one.id)
    hint = Sentence("{project}", project=one.about) if one.about else None
    return Task(text, url, hint=hint, due_on=one.due_on)
