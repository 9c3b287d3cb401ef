"""Sending an application back for correction, part by part."""

from __future__ import annotations

from collections.abc import Mapping

from grants.models import Application, CorrectionPoint
from grants.operations.application_form import version_of
from grants.rules.corrections import NOT_CORRECTED, own_titles, section_word
from grants.states import Section
from grants.workflows.applications import APPLICATION
from kernel.actor import Actor
from kernel.db import db
from kernel.errors import Invalid
from kernel.words import Sentence
from kernel.workflow import deed

LOCALE = "zh"
"""The language in which the Centre writes to organizations."""


@deed("return_application", "Application")
def ask_for_corrections(
    application: Application, *, actor: Actor, comments: Mapping[str, str], reason: str = ""
) -> None:
    """Send the application back once with a note on each part that is to be corrected; only these parts open again.

    `comments` are by section. Without a `reason` of its own the notes stand for it.
    Raises Invalid when nothing is said, or about a part that cannot be corrected; Refused as the step itself.
    """
    told = {section: text.strip() for section, text in comments.items() if text.strip()}
    if not told and not reason.strip():
        raise Invalid({"reason": [Sentence("Say what is to be corrected: for single parts, or as a whole.")]})
    known = {*(set(Section) - NOT_CORRECTED), *own_titles(application)}
    if wrong := [section for section in told if section not in known]:
        raise Invalid({name: [Sentence("This part cannot be corrected in the form.")] for name in wrong})
    whole_reason = reason.strip() or "\n".join(
        f"{_named(application, section)}：{text}" for section, text in told.items()
    )
    APPLICATION["return_application"](application, actor=actor, reason=whole_reason)
    for section, text in told.items():
        db.session.add(
            CorrectionPoint(
                application_id=application.id,
                section=section,
                comment=text,
                section_version=version_of(application, section),
                version_number=application.version_number,
                author=actor.name,
            )
        )
    db.session.flush()


def _named(application: Application, section: str) -> str:
    word = section_word(section, own_titles(application))
    return word.render(LOCALE) if isinstance(word, Sentence) else word
