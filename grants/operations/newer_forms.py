"""Taking a draft to a newer version of its call's questions, with every answer that still fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from grants.models import Application, FormAnswers
from grants.operations.application_form import note_open_points, version_of
from grants.queries.forms import answers_of, latest_form_version
from grants.questions import Definition
from grants.rules.applications import may_be_edited
from grants.rules.newer_forms import Carried, carried, files_left, only_a_draft_moves, still_the_newest
from grants.states import Section
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db
from kernel.errors import NotFound
from kernel.files import files_of
from kernel.workflow import deed, lock, refuse_if


@deed("edit", "Application")
def take_newer_form(application: Application, *, actor: Actor, number: int) -> Carried:
    """Take a draft to the newest version of its call's questions, which is the one that was looked at.

    Every answer that still fits is kept; what does not stays with the draft as its author wrote it. A colleague who has
    one of the parts open is led to both texts at the next save. Raises Refused when the application is no draft, can no
    longer be changed, has the newest questions already, or when they are others than were looked at.
    """
    lock(application)
    newest = latest_form_version(application.call_id)
    if newest is None:
        raise NotFound
    refuse_if(only_a_draft_moves(application) or may_be_edited(application))
    refuse_if(still_the_newest(application, newest.number, number))
    told = going_over(application, newest.form)
    application.form_version = newest
    application.left_answers = [*application.left_answers, *(list(one) for one in told.left)]
    put_answers(application, told.answers)
    _know_its_parts(application, newest.form, told, actor)
    return told


def form_before(application: Application) -> Definition:
    """Give the questions with which a draft was begun; none where its call asked none by then."""
    version = application.form_version
    return version.form if version is not None else Definition()


def going_over(application: Application, form: Definition) -> Carried:
    """Give what a form takes over of an application's answers and files, and what it does not."""
    before = form_before(application)
    told, kinds = carried(before, form, answers_of(application.id)), files_left(before, form)
    files = [(kinds[file.kind], file.original_name) for file in files_of(application) if file.kind in kinds]
    return replace(told, left=[*told.left, *files])


def put_answers(application: Application, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Put answers by section in the place of all that an application answers to its call's own questions."""
    wanted = select(FormAnswers).where(FormAnswers.application_id == application.id)
    held = {one.section: one for one in db.session.scalars(wanted)}
    for section, told in answers.items():
        row = held.pop(section, None)
        if row is not None:
            row.answers = dict(told)
        elif told:
            owner = {"application_id": application.id, "organization_id": application.organization_id}
            db.session.add(FormAnswers(**owner, section=section, answers=dict(told)))
    for gone in held.values():
        db.session.delete(gone)
    db.session.flush()


def _know_its_parts(application: Application, form: Definition, told: Carried, actor: Actor) -> None:
    """Count each own part that was begun as saved once more: what a colleague still has open is of the older form."""
    own = {one.code: one.key for one in form.sections}
    begun = [code for code, key in own.items() if code in application.section_versions or told.answers[key]]
    built_in = set(Section)
    saved_by = [actor.name, now().isoformat()]
    application.section_versions = {
        **{code: count for code, count in application.section_versions.items() if code in built_in},
        **{code: version_of(application, code) + 1 for code in begun},
    }
    application.section_savers = {
        **{code: one for code, one in application.section_savers.items() if code in built_in},
        **dict.fromkeys(begun, saved_by),
    }
    application.saved_at = now()
    db.session.flush()
    note_open_points(application)
