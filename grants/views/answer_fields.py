"""A call's own questions as pages show them: with what was typed, with files, with what the register knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for

from grants.queries.forms import answer_text, passport_value
from grants.questions import MOST_ROWS, Definition, FormSection, Question
from grants.rules.answers import most_signs, typed_table
from grants.states import ColumnKind, QuestionKind as Kind
from kernel import pages
from kernel.files import StoredFile
from kernel.speech import gettext as _, ngettext
from kernel.words import Sentence, one_after_another
from orgs.models import Organization

FEW = 5
CONTROLS = {
    Kind.TEXT: "text",
    Kind.LONG: "textarea",
    Kind.NUMBER: "number",
    Kind.CHOICE: "radio",
    Kind.CHOICES: "checkboxes",
    Kind.DATE: "date",
}
INPUTS = {ColumnKind.TEXT: ("text", ""), ColumnKind.NUMBER: ("text", "decimal"), ColumnKind.DATE: ("date", "")}
"""The kind of input of a column, and which keys a phone offers for it."""
SPARE_ROWS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """One question on a page: its control, or its table, file, or fact; and when it is shown."""

    question: Question
    control: pages.FieldView | None = None
    rows: Sequence[tuple[int, Sequence[str]]] = ()
    columns: Sequence[tuple[str, str, str]] = ()
    most_rows: int = MOST_ROWS
    files: Sequence[Mapping[str, Any]] = ()
    fact: str = ""
    shown_by: str = ""
    shown_for: Sequence[str] = ()
    condition: str = ""
    errors: Sequence[str] = ()


def asked_of(
    form: Definition,
    section: FormSection,
    organization: Organization | None,
    values: Mapping[str, Any],
    *,
    problems: Mapping[str, Sequence[Sentence]] | None = None,
    files: Mapping[str, Sequence[StoredFile]] | None = None,
) -> list[Asked]:
    """Draw the questions of a section; `values` are stored answers or what was typed, `files` by their kind."""
    return [_asked(form, question, organization, values, problems or {}, files or {}) for question in section.questions]


def _asked(
    form: Definition,
    question: Question,
    organization: Organization | None,
    values: Mapping[str, Any],
    problems: Mapping[str, Sequence[Sentence]],
    files: Mapping[str, Sequence[StoredFile]],
) -> Asked:
    told: dict[str, Any] = {"errors": _errors(question, problems)}
    if question.shown_when:
        source = form.question(question.shown_when.question)
        told |= {
            "shown_by": source.key,
            "shown_for": list(question.shown_when.answers),
            "condition": _(
                "Only if “%(question)s” is: %(answers)s",
                question=source.label,
                answers=_(", ").join(question.shown_when.answers),
            ),
        }
    match question.kind:
        case Kind.PASSPORT:
            told["fact"] = _fact(question, organization)
        case Kind.FILE:
            told["files"] = [_file(file) for file in files.get(question.file_kind, ())]
        case Kind.TABLE:
            told["columns"] = [(column.label, *INPUTS[column.kind]) for column in question.columns]
            told["rows"] = _rows(question, values)
        case _:
            told["control"] = _field(question, values.get(question.key), told["errors"])
    return Asked(question, **told)


def _errors(question: Question, problems: Mapping[str, Sequence[Sentence]]) -> list[str]:
    mine = (name for name in problems if name == question.key or name.startswith(f"{question.key}-"))
    return [one.render() for name in mine for one in problems[name]]


def _field(question: Question, value: Any, errors: Sequence[str]) -> pages.FieldView:
    kind = "choice" if question.kind is Kind.CHOICE and len(question.options) > FEW else CONTROLS[question.kind]
    return pages.FieldView(
        question.key,
        question.label,
        kind,
        hint=_hint(question),
        required=question.required,
        choices=[(option, option) for option in question.options],
        value=value,
        errors=errors,
        unit=question.unit,
        rows=6,
        maxlength=most_signs(question) if question.kind in {Kind.TEXT, Kind.LONG} else None,
    )


def _hint(question: Question) -> str:
    """Say the hint of whoever built the form, and the limits of the answer."""
    return one_after_another(part for part in (question.hint, limits_of(question)) if part)


def limits_of(question: Question) -> str:
    """Say how long, how many or how much an answer may be."""
    least, most = _("%(n)s at least."), _("%(n)s at most.")
    low: Any = question.least
    high: Any = question.most
    match question.kind:
        case Kind.TEXT | Kind.LONG:
            # The number itself is put in below, where it is known to be there.
            least = ngettext("%(n)s character at least.", "%(n)s characters at least.", low or 0, n="%(n)s")
            most = ngettext("%(n)s character at most.", "%(n)s characters at most.", high or 0, n="%(n)s")
        case Kind.NUMBER:
            least, most = _("Not below %(n)s."), _("Not above %(n)s.")
            low, high = _figure(question.low), _figure(question.high)
        case Kind.CHOICES | Kind.TABLE:
            pass
        case _:
            return ""
    return one_after_another(word % {"n": told} for word, told in ((least, low), (most, high)) if told is not None)


def _figure(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:,f}"


def _rows(question: Question, values: Mapping[str, Any]) -> list[tuple[int, list[str]]]:
    stored = values.get(question.key)
    if isinstance(stored, list):
        rows = [(number, [cell or "" for cell in row]) for number, row in enumerate(stored)]
    else:
        rows = typed_table(question, values)
    first = rows[-1][0] + 1 if rows else 0
    spare = SPARE_ROWS if rows else SPARE_ROWS + 1
    return [*rows, *((first + place, [""] * len(question.columns)) for place in range(spare))]


def _fact(question: Question, organization: Organization | None) -> str:
    if question.fact is None or organization is None:
        return _("Filled in from the passport of the organization")
    return answer_text(question.kind.value, passport_value(organization, question.fact)) or "—"


def _file(file: StoredFile) -> dict[str, Any]:
    return {
        "name": file.original_name,
        "url": url_for("Files.index", public_id=file.public_id),
        "text": f"{file.size / 1024 / 1024:.1f} MB",
    }
