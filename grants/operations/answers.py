"""Answering a call's own questions: section by section like the rest of the form, and files under their question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from sqlalchemy import select

from grants.models import Application, FormAnswers
from grants.operations.application_form import touch, version_of
from grants.queries.applying import points_of
from grants.questions import Definition
from grants.rules.answers import read_answers
from grants.rules.applications import may_be_edited
from grants.rules.corrections import section_may_be_changed
from grants.states import QuestionKind
from kernel.actor import Actor
from kernel.db import db
from kernel.errors import NotFound, Stale
from kernel.files import WITH_ZIP, StoredFile, files_of, store_upload, supersede
from kernel.workflow import deed, lock, refuse_if


@deed("edit", "Application")
def save_answers(
    application: Application,
    key: str,
    *,
    actor: Actor,
    values: Mapping[str, Any],
    version: int | None = None,
) -> int:
    """Save one section of the call's own questions as it was typed, and give the section's new version.

    Raises NotFound when the application's form has no such section, Refused when it can no longer be changed, Stale
    when somebody saved this section meanwhile, Invalid for answers that cannot be read.
    """
    lock(application)
    section = own_form(application).section(key)
    refuse_if(may_be_edited(application), section_may_be_changed(application, points_of(application), section.code))
    saved = version_of(application, section.code)
    if version is not None and version != saved:
        raise Stale(application, saved)
    answers = read_answers(section, values)
    kept = db.session.scalars(
        select(FormAnswers).where(FormAnswers.application_id == application.id, FormAnswers.section == key)
    ).first()
    if kept is None:
        kept = FormAnswers(
            application_id=application.id, organization_id=application.organization_id, section=key, answers=answers
        )
        db.session.add(kept)
    else:
        kept.answers = answers
    db.session.flush()
    touch(application, section.code, actor)
    return saved + 1


@deed("edit", "Application")
def attach_answer(application: Application, key: str, *, actor: Actor, stream: BinaryIO, filename: str) -> StoredFile:
    """Attach the file that a question asks for, in the place of the one before.

    Raises NotFound when the form asks no such file, Refused with the file's name when it cannot be taken.
    """
    lock(application)
    form = own_form(application)
    code = form.section_of(key).code
    refuse_if(may_be_edited(application), section_may_be_changed(application, points_of(application), code))
    question = form.question(key)
    if question.kind is not QuestionKind.FILE:
        raise NotFound
    before = files_of(application, question.file_kind)
    file = store_upload(stream, filename, owner=application, kind=question.file_kind, actor=actor, allowed=WITH_ZIP)
    for old in before:
        supersede(old, by=file)
    touch(application, code, actor)
    return file


def own_form(application: Application) -> Definition:
    """Give the frozen questions with which an application was begun; raises NotFound when its call asks none."""
    if application.form_version is None:
        raise NotFound
    return application.form_version.form
