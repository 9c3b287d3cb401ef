"""The round of corrections: which parts of a returned application may be changed, and which have been."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from grants.models import Application, CorrectionPoint
from grants.states import ApplicationState, Section
from kernel.words import Sentence, word_of

ALWAYS_OPEN = frozenset({Section.ATTACHMENTS.value, Section.DECLARATION.value})
"""Evidence may be added to whatever is corrected, and the declaration is made anew."""

NOT_CORRECTED = frozenset({Section.SELF_CHECK, Section.ORGANIZATION, Section.DECLARATION})
"""What the register says is mended in the register, and a declaration is made, not corrected."""


class Point(Protocol):
    """A note on one part of the form."""

    @property
    def section(self) -> str: ...
    @property
    def section_version(self) -> int: ...


def open_sections(application: Application, points: Collection[Point]) -> frozenset[str] | None:
    """Give the parts that may be changed; None for all of them.

    Of a returned application those that were named, those that do not fit any more because of a change elsewhere (the
    milestones of a period that was moved), and the evidence. A return that names no part opens the whole form.
    """
    if application.state is not ApplicationState.RETURNED or not points:
        return None
    lacking = {section for section, _field, _sentence in application.open_points or []}
    return ALWAYS_OPEN | {point.section for point in points} | lacking


def section_may_be_changed(application: Application, points: Collection[Point], section: str) -> Sentence | None:
    """Say why a part of a returned application stays as it was handed in."""
    allowed = open_sections(application, points)
    if allowed is None or section in allowed:
        return None
    return Sentence("This part was not sent back; it stays as it was handed in.")


def is_answered(application: Application, point: Point) -> bool:
    """Say whether a part was saved again after the note on it was written."""
    return int(application.section_versions.get(point.section, 0)) > point.section_version


def unanswered(application: Application, points: Sequence[CorrectionPoint]) -> list[CorrectionPoint]:
    """Give the notes whose parts are as they were."""
    return [point for point in points if not is_answered(application, point)]


def section_word(section: str, titles: Mapping[str, str] | None = None) -> Sentence | str:
    """Name a part of the form; `titles` name those that staff built for the call, by their codes."""
    if section in set(Section):
        return Sentence(word_of(Section(section)))
    return (titles or {}).get(section, section)


def own_titles(application: Application) -> dict[str, str]:
    """Give the titles of the call's own sections by their codes."""
    version = application.form_version
    return {one.code: one.title for one in version.form.sections} if version is not None else {}
