"""The form that a call builds for itself: sections, questions and conditions as plain values, and how they change.

A definition is a value: each change gives a new one, and a frozen one is compared by its SHA-256. It knows no record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from grants.states import ColumnKind, PassportFact, QuestionKind
from kernel.errors import NotFound, Refused
from kernel.words import Sentence

MOST_SECTIONS: Final = 12
MOST_QUESTIONS: Final = 80
MOST_OPTIONS: Final = 30
MOST_COLUMNS: Final = 6
MOST_ROWS: Final = 40
SHORT: Final = 200
LONG: Final = 5000

Answers = Mapping[str, Any]
"""Question key → typed answer as JSON: text, decimal as text, day in ISO, list of options, list of rows."""


class Plain(BaseModel):
    """A value that is never changed in place."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Plain):
    """One column of a table question."""

    label: str
    kind: ColumnKind = ColumnKind.TEXT


class Condition(Plain):
    """Show a question only when an earlier choice is one of these."""

    question: str
    answers: tuple[str, ...]


class Question(Plain):
    """One question; `least` and `most` count characters, options or rows, `low` and `high` bound a number."""

    key: str
    kind: QuestionKind
    label: str
    hint: str = ""
    required: bool = True
    least: int | None = None
    most: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    options: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    fact: PassportFact | None = None
    shown_when: Condition | None = None

    @property
    def is_typed(self) -> bool:
        """Whether the applicant answers it in the form itself: a file is attached, a fact is filled in."""
        return self.kind not in {QuestionKind.FILE, QuestionKind.PASSPORT}

    @property
    def file_kind(self) -> str:
        """The kind under which its files are kept."""
        return f"answer-{self.key}"


class FormSection(Plain):
    """Questions under one heading; a page of the application of its own."""

    key: str
    title: str
    intro: str = ""
    questions: tuple[Question, ...] = ()

    @property
    def code(self) -> str:
        """What the section is called among the parts of an application."""
        return f"form:{self.key}"


class Definition(Plain):
    """The whole form; `last` is the last number that a key was made of, so that no key is given twice."""

    sections: tuple[FormSection, ...] = ()
    last: int = 0

    def questions(self) -> Iterator[Question]:
        """Give all questions in the order in which they are asked."""
        for section in self.sections:
            yield from section.questions

    def section(self, key: str) -> FormSection:
        """Give a section; raises NotFound."""
        found = next((one for one in self.sections if one.key == key), None)
        if found is None:
            raise NotFound
        return found

    def question(self, key: str) -> Question:
        """Give a question; raises NotFound."""
        found = next((one for one in self.questions() if one.key == key), None)
        if found is None:
            raise NotFound
        return found

    def section_of(self, key: str) -> FormSection:
        """Give the section in which a question stands; raises NotFound."""
        found = next((one for one in self.sections if any(key == asked.key for asked in one.questions)), None)
        if found is None:
            raise NotFound
        return found

    def dump(self) -> dict[str, Any]:
        """Give the definition as plain JSON."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @property
    def sha256(self) -> str:
        """The hash over the one way in which the definition is written; the counter of keys apart."""
        return sha256_of({key: value for key, value in self.dump().items() if key != "last"})


def definition_of(stored: Mapping[str, Any]) -> Definition:
    """Read what `dump` wrote."""
    return Definition.model_validate(stored)


def sha256_of(told: Mapping[str, Any]) -> str:
    """Hash plain values in the one way of writing that a comparison can rely on."""
    written = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


# What is asked of whom


def is_shown(question: Question, answers: Answers, shown: Mapping[str, bool]) -> bool:
    """Say whether a question is asked: its condition holds, and the question that it looks at is asked itself."""
    condition = question.shown_when
    if condition is None:
        return True
    if not shown.get(condition.question, False):
        return False
    given = answers.get(condition.question)
    chosen = given if isinstance(given, list) else [given]
    return any(one in condition.answers for one in chosen)


def asked(definition: Definition, answers: Answers) -> list[Question]:
    """Give the questions that these answers leave to be asked, in their order."""
    shown: dict[str, bool] = {}
    for question in definition.questions():
        shown[question.key] = is_shown(question, answers, shown)
    return [question for question in definition.questions() if shown[question.key]]


# Changes


def add_section(definition: Definition, *, title: str, intro: str = "") -> tuple[Definition, FormSection]:
    """Put a new section at the end; raises Refused when there are too many."""
    if len(definition.sections) >= MOST_SECTIONS:
        raise Refused(Sentence("A form has at most {most} sections of its own.", most=MOST_SECTIONS))
    section = FormSection(key=f"s{definition.last + 1}", title=title, intro=intro)
    return _with(definition, (*definition.sections, section), last=definition.last + 1), section


def append(definition: Definition, other: Definition) -> Definition:
    """Put the sections of another form behind one's own, under new keys; raises Refused when there are too many."""
    sections = list(definition.sections)
    if len(sections) + len(other.sections) > MOST_SECTIONS:
        raise Refused(Sentence("A form has at most {most} sections of its own.", most=MOST_SECTIONS))
    last, keys = definition.last, dict[str, str]()
    for section in other.sections:
        last += 1
        section_key, questions = f"s{last}", []
        for question in section.questions:
            last += 1
            keys[question.key] = f"q{last}"
            condition = question.shown_when
            if condition is not None:
                condition = Condition(question=keys[condition.question], answers=condition.answers)
            questions.append(question.model_copy(update={"key": keys[question.key], "shown_when": condition}))
        sections.append(section.model_copy(update={"key": section_key, "questions": tuple(questions)}))
    return _sound(_with(definition, tuple(sections), last=last))


def change_section(definition: Definition, key: str, *, title: str, intro: str) -> Definition:
    """Give a section another title and introduction."""
    changed = definition.section(key).model_copy(update={"title": title, "intro": intro})
    return _with_section(definition, changed)


def remove_section(definition: Definition, key: str) -> Definition:
    """Take a section with its questions out; raises Refused when a question elsewhere depends on one of them."""
    gone = {question.key for question in definition.section(key).questions}
    _refuse_orphans(definition, gone)
    return _with(definition, tuple(one for one in definition.sections if one.key != key))


def move_section(definition: Definition, key: str, step: int) -> Definition:
    """Move a section by one place, up (-1) or down (+1); raises Refused when a condition would look ahead."""
    return _in_order(_with(definition, _moved(definition.sections, definition.section(key), step)))


def add_question(definition: Definition, section_key: str, question: Question) -> tuple[Definition, Question]:
    """Put a new question at the end of a section; its key is given here. Raises Refused with every flaw."""
    section = definition.section(section_key)
    if sum(len(one.questions) for one in definition.sections) >= MOST_QUESTIONS:
        raise Refused(Sentence("A form has at most {most} questions of its own.", most=MOST_QUESTIONS))
    made = question.model_copy(update={"key": f"q{definition.last + 1}"})
    longer = section.model_copy(update={"questions": (*section.questions, made)})
    return _sound(_with_section(definition, longer, last=definition.last + 1)), made


def change_question(definition: Definition, question: Question) -> Definition:
    """Put a question in the place of the one with its key; raises Refused with every flaw."""
    section = definition.section_of(question.key)
    places = tuple(question if one.key == question.key else one for one in section.questions)
    return _sound(_with_section(definition, section.model_copy(update={"questions": places})))


def remove_question(definition: Definition, key: str) -> Definition:
    """Take a question out; raises Refused when another one depends on it."""
    section = definition.section_of(key)
    _refuse_orphans(definition, {key})
    left = tuple(one for one in section.questions if one.key != key)
    return _with_section(definition, section.model_copy(update={"questions": left}))


def move_question(definition: Definition, key: str, step: int) -> Definition:
    """Move a question by one place, past the edge of its section into the next; raises Refused when a condition breaks."""
    section, question = definition.section_of(key), definition.question(key)
    place = section.questions.index(question) + step
    if 0 <= place < len(section.questions):
        moved = section.model_copy(update={"questions": _moved(section.questions, question, step)})
        return _in_order(_with_section(definition, moved))
    beside = definition.sections.index(section) + step
    if not 0 <= beside < len(definition.sections):
        return definition
    left = section.model_copy(update={"questions": tuple(one for one in section.questions if one.key != key)})
    other = definition.sections[beside]
    longer = (*other.questions, question) if step < 0 else (question, *other.questions)
    taken = _with_section(_with_section(definition, left), other.model_copy(update={"questions": longer}))
    return _in_order(taken)


def _moved(items: tuple[Any, ...], one: Any, step: int) -> tuple[Any, ...]:
    place = items.index(one)
    target = max(0, min(len(items) - 1, place + step))
    rest = [other for other in items if other is not one]
    return (*rest[:target], one, *rest[target:])


def _with(definition: Definition, sections: tuple[FormSection, ...], *, last: int | None = None) -> Definition:
    return Definition(sections=sections, last=definition.last if last is None else last)


def _with_section(definition: Definition, section: FormSection, *, last: int | None = None) -> Definition:
    return _with(
        definition, tuple(section if one.key == section.key else one for one in definition.sections), last=last
    )


def _sound(definition: Definition) -> Definition:
    if told := flaws(definition):
        raise Refused(*told)
    return definition


def _in_order(definition: Definition) -> Definition:
    """Keep a condition behind the question that it looks at."""
    if told := list(_dangling(definition)):
        raise Refused(*told)
    return definition


def _refuse_orphans(definition: Definition, gone: set[str]) -> None:
    told = [
        Sentence("“{other}” is shown by the answer to this question; change its condition first.", other=one.label)
        for one in definition.questions()
        if one.shown_when is not None and one.shown_when.question in gone and one.key not in gone
    ]
    if told:
        raise Refused(*told)


# What a form must not be


def flaws(definition: Definition) -> list[Sentence]:
    """Say everything that is wrong with a form: empty choices, limits that contradict, conditions that look ahead."""
    told = [flaw for question in definition.questions() for flaw in _flaws_of(question)]
    return [*told, *_dangling(definition)]


def _flaws_of(question: Question) -> Iterator[Sentence]:
    name = question.label
    if not name.strip():
        yield Sentence("A question has a text.")
    if question.kind in {QuestionKind.CHOICE, QuestionKind.CHOICES}:
        yield from _flaws_of_options(question)
    if question.kind is QuestionKind.TABLE and not 1 <= len(question.columns) <= MOST_COLUMNS:
        yield Sentence("“{name}”: a table has 1 to {most} columns.", name=name, most=MOST_COLUMNS)
    if question.kind is QuestionKind.PASSPORT and question.fact is None:
        yield Sentence("“{name}”: choose what is shown from the passport.", name=name)
    if question.least is not None and question.most is not None and question.least > question.most:
        yield Sentence(
            "“{name}”: the least ({least}) is above the most ({most}).",
            name=name,
            least=question.least,
            most=question.most,
        )
    if question.low is not None and question.high is not None and question.low > question.high:
        yield Sentence(
            "“{name}”: the lowest ({low}) is above the highest ({high}).",
            name=name,
            low=str(question.low),
            high=str(question.high),
        )


def _flaws_of_options(question: Question) -> Iterator[Sentence]:
    if not 2 <= len(question.options) <= MOST_OPTIONS:  # noqa: PLR2004  (one alone is no choice)
        yield Sentence(
            "“{name}”: a choice has 2 to {most} options, one a line.", name=question.label, most=MOST_OPTIONS
        )
    if len(set(question.options)) < len(question.options):
        yield Sentence("“{name}”: an option stands there twice.", name=question.label)


def _dangling(definition: Definition) -> Iterator[Sentence]:
    before: dict[str, Question] = {}
    for question in definition.questions():
        condition = question.shown_when
        if condition is not None:
            source = before.get(condition.question)
            if source is None or not source.options:
                yield Sentence(
                    "“{name}” is shown by the answer to a question that has to stand before it.", name=question.label
                )
            elif not condition.answers or set(condition.answers) - set(source.options):
                yield Sentence(
                    "“{name}” is shown by an answer that “{source}” does not offer.",
                    name=question.label,
                    source=source.label,
                )
        before[question.key] = question


def earlier_choices(definition: Definition, key: str | None, section_key: str) -> Sequence[Question]:
    """Give the choices that a question may depend on: those before it, or before the end of its section."""
    found: list[Question] = []
    for section in definition.sections:
        for question in section.questions:
            if question.key == key:
                return found
            if question.options:
                found.append(question)
        if key is None and section.key == section_key:
            return found
    return found
