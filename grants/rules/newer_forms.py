"""What becomes of a draft's answers when it goes over to a newer version of its call's questions.

A question is the same one as long as it keeps its key. Its answer is kept where the newer question can hold it; what it
cannot hold is given back in words, so that nothing that was written is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grants.models import Application
from grants.queries.forms import answer_text
from grants.questions import Answers, Definition, Question
from grants.rules.answers import EMPTY, most_signs
from grants.states import ApplicationState, QuestionKind as Kind
from kernel.words import Sentence

WRITTEN = frozenset({Kind.TEXT, Kind.LONG})


@dataclass(frozen=True, slots=True)
class Carried:
    """What the newer form takes over, and what it does not.

    `answers` are by section of the newer form; `left` is (question, answer in words) of what found no place; `reworded`
    is (question before, question now) where an answer is kept; `fresh` are the questions that were not asked before.
    """

    answers: Mapping[str, dict[str, Any]]
    left: Sequence[tuple[str, str]]
    reworded: Sequence[tuple[str, str]]
    fresh: Sequence[Question]

    @property
    def kept(self) -> int:
        """Count the answers that are kept, whole or in part."""
        return sum(len(told) for told in self.answers.values())


def newer_form_waits(application: Application) -> bool:
    """Say whether the questions of the call have changed since this draft was begun; its call is loaded."""
    version = application.form_version
    own = version.number if version is not None else 0
    return application.state is ApplicationState.DRAFT and own < application.call.form_number


def only_a_draft_moves(application: Application) -> Sentence | None:
    if application.state is ApplicationState.DRAFT:
        return None
    return Sentence("What has been handed in keeps the questions with which it was handed in.")


def still_the_newest(application: Application, newest: int, looked_at: int) -> Sentence | None:
    """Say why a draft does not go over now: it has the newest questions, or others than were looked at are the newest."""
    own = application.form_version.number if application.form_version is not None else 0
    if own >= newest:
        return Sentence("This draft has the newest questions already.")
    if newest != looked_at:
        return Sentence("The questions have changed once more since you looked. Please look at them again.")
    return None


def carried(before: Definition, after: Definition, answers: Answers) -> Carried:
    """Sort the answers to one form into what another one takes over and what it does not."""
    old = {question.key: question for question in before.questions()}
    new = {question.key: question for question in after.questions()}
    kept: dict[str, Any] = {}
    left: list[tuple[str, str]] = []
    reworded: list[tuple[str, str]] = []
    for key, question in old.items():
        answer = answers.get(key)
        if answer in EMPTY:
            continue
        fits, rest = _fitting(question, new[key], answer) if key in new else (None, answer)
        if fits not in EMPTY:
            kept[key] = fits
            if new[key].label != question.label:
                reworded.append((question.label, new[key].label))
        if rest not in EMPTY:
            left.append((question.label, answer_text(question.kind.value, rest, question.unit)))
    return Carried(
        {
            section.key: {one.key: kept[one.key] for one in section.questions if one.key in kept}
            for section in after.sections
        },
        left,
        reworded,
        [question for key, question in new.items() if key not in old and question.kind is not Kind.PASSPORT],
    )


def files_left(before: Definition, after: Definition) -> dict[str, str]:
    """Give the files that the newer form does not ask for: kind of the file → the question that asked for it."""
    asked = {question.file_kind for question in after.questions() if question.kind is Kind.FILE}
    return {
        question.file_kind: question.label
        for question in before.questions()
        if question.kind is Kind.FILE and question.file_kind not in asked
    }


def _fitting(old: Question, new: Question, answer: Any) -> tuple[Any, Any]:
    """Give the part of an answer that the newer question can hold, and the part that it cannot."""
    if {old.kind, new.kind} <= WRITTEN:
        is_short = len(answer) <= most_signs(new) and (new.kind is Kind.LONG or "\n" not in answer)
        return (answer, None) if is_short else (None, answer)
    if old.kind is not new.kind:
        return None, answer
    match new.kind:
        case Kind.NUMBER:
            # 12 people are not 12 families: a number with another unit is another number.
            return (answer, None) if old.unit == new.unit else (None, answer)
        case Kind.CHOICE:
            return (answer, None) if answer in new.options else (None, answer)
        case Kind.CHOICES:
            return [one for one in answer if one in new.options], [one for one in answer if one not in new.options]
        case Kind.TABLE:
            return _fitting_rows(old, new, answer)
        case _:
            return answer, None


def _fitting_rows(old: Question, new: Question, rows: Sequence[Sequence[Any]]) -> tuple[Any, Any]:
    """Bring a table's cells under the newer columns; where a filled column finds none, the whole table is given back too."""
    if [one.kind for one in old.columns] == [one.kind for one in new.columns]:
        return list(rows), None
    places = {(column.label, column.kind): place for place, column in enumerate(old.columns)}
    taken = [places.get((column.label, column.kind)) for column in new.columns]
    brought = [[None if place is None else row[place] for place in taken] for row in rows]
    gone = [place for place in range(len(old.columns)) if place not in taken]
    is_lost = any(_filled(row[place] for row in rows) for place in gone)
    return [row for row in brought if _filled(row)], list(rows) if is_lost else None


def _filled(cells: Iterable[Any]) -> bool:
    return any(cell not in EMPTY for cell in cells)
