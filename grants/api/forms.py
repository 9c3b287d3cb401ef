"""A call's own form for programs: what it asks as plain values, and the answers and files as they are read and sent.

Answers stand by the key of their question in the form in which they are kept: a text, a number as a decimal text, a
day in ISO, one option as a text and several as a list, a table as a list of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import fields

from grants.models import FormVersion
from grants.questions import LONG, MOST_COLUMNS, SHORT, Definition, FormSection, Question
from grants.states import ColumnKind, PassportFact, QuestionKind as Kind
from kernel.api.fields import MOST_LISTED, Json, Sent, SentList, SentObject, listed, object_of
from kernel.files import StoredFile

QUESTION = object_of(
    key=str,
    kind=Kind,
    label=str,
    hint=str,
    required=bool,
    least_=int,
    most_=int,
    low_=Decimal,
    high_=Decimal,
    unit=str,
    options=listed(str),
    columns=listed(object_of(label=str, kind=ColumnKind)),
    fact_=PassportFact,
    shown_when_=object_of(question=str, answers=listed(str)),
)
SECTION = object_of(key=str, code=str, title=str, intro=str, questions=listed(QUESTION))
FORM = object_of(version_=int, sha256_=str, sections=listed(SECTION))

FILE = object_of(id=str, kind=str, name=str, size=int, sha256=str)

CELL: Json = {"type": ["string", "null"], "maxLength": SHORT}
ANSWER: Json = {
    "anyOf": [
        {"type": ["string", "null"], "maxLength": LONG},
        listed({"type": "string", "maxLength": SHORT}) | {"maxItems": MOST_LISTED},
        listed(listed(CELL) | {"maxItems": MOST_COLUMNS}) | {"maxItems": MOST_LISTED},
    ]
}
ANSWERS: Json = {"type": "object", "additionalProperties": ANSWER}


def form_told(form: Definition, version: FormVersion | None = None) -> Json | None:
    """Give the questions of a form with their version, where they are frozen; None where a call asks none of its own."""
    if not form.sections:
        return None
    return {
        "version": version.number if version else None,
        "sha256": version.sha256 if version else None,
        "sections": [
            section.model_dump() | {"code": section.code}  # the code by which corrections and open points name it
            for section in form.sections
        ],
    }


def file_told(file: StoredFile) -> Json:
    """Give a file by the id under which its content is read."""
    told = {"id": str(file.public_id), "kind": file.kind, "name": file.original_name}
    return told | {"size": file.size, "sha256": file.sha256}


def answers_asked(form: Definition) -> SentObject:
    """Give the fields of the answers that a form takes from a program; null takes an answer away."""
    return SentObject({question.key: _field(question) for question in form.questions() if question.is_typed})


def _field(question: Question) -> fields.Field:  # type: ignore[type-arg]
    match question.kind:
        case Kind.CHOICES:
            return SentList(Sent(str, most=SHORT), required=False, nullable=True)
        case Kind.TABLE:
            row = SentList(_written(SHORT), most=len(question.columns))
            return SentList(row, required=False, nullable=True)
        case _:
            return _written(LONG)


def _written(most: int) -> Sent:
    return Sent(str, required=False, default="", nullable=True, most=most)


def typed_into(section: FormSection, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Give a section's answers as its page would send them: the cells of a table by `q3-0-1`, all others by their key."""
    typed: dict[str, Any] = {}
    for question in section.questions:
        value = answers.get(question.key)
        if question.kind is Kind.TABLE:
            rows = enumerate(value or ())
            typed |= {f"{question.key}-{n}-{place}": cell or "" for n, row in rows for place, cell in enumerate(row)}
        elif question.is_typed and value is not None:
            typed[question.key] = value
    return typed
