"""The form of one question: what is asked about it by its kind, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from grants.questions import LONG, MOST_COLUMNS, SHORT, Column, Condition, Question
from grants.states import ColumnKind, PassportFact, QuestionKind as Kind
from grants.views import cells
from kernel import pages
from kernel.arguments import read_value
from kernel.errors import Invalid
from kernel.speech import gettext as _
from kernel.words import Sentence

BETWEEN = "\x1f"
"""Stands between question and answer in the value of a condition; nobody types it."""

COUNTED = frozenset({Kind.TEXT, Kind.LONG, Kind.CHOICES, Kind.TABLE})
CHOSEN = frozenset({Kind.CHOICE, Kind.CHOICES})


def values_of_question(question: Question) -> dict[str, Any]:
    """Give what a question holds as its form shows it."""
    told: dict[str, Any] = {
        "label": question.label,
        "hint": question.hint,
        "required": question.required,
        "least": question.least,
        "most": question.most,
        "low": None if question.low is None else f"{question.low:f}",
        "high": None if question.high is None else f"{question.high:f}",
        "unit": question.unit,
        "options": "\n".join(question.options),
        "fact": question.fact.value if question.fact else None,
    }
    for place, column in enumerate(question.columns):
        told |= {f"column-{place}": column.label, f"kind-{place}": column.kind.value}
    condition = question.shown_when
    told["shown_when"] = [f"{condition.question}{BETWEEN}{one}" for one in condition.answers] if condition else []
    return told


def groups_of_question(
    kind: Kind,
    earlier: Sequence[Question],
    typed: Mapping[str, Any],
    problems: Mapping[str, Sequence[Sentence]],
) -> list[tuple[str, str, list[pages.FieldView]]]:
    """Draw what is asked about a question of a kind: its words, its limits, and when it is shown."""

    def field(name: str, label: str, control: str = "text", **more: Any) -> pages.FieldView:
        errors = [one.render() for one in problems.get(name, ())]
        return pages.FieldView(name, label, control, value=typed.get(name), errors=errors, **more)

    words = [
        field("label", _("Question"), maxlength=SHORT),
        field("hint", _("Hint"), hint=_("Stands under the question; say how much and in which form."), required=False),
    ]
    if kind is not Kind.PASSPORT:
        words.append(field("required", _("It has to be answered"), "checkbox"))
    groups = [(cells.word(kind), "", [*words, *_own_fields(kind, field)])]
    if kind is Kind.TABLE:
        groups.append((_("Columns"), _("Empty columns are left out."), _column_fields(field, typed)))
    if earlier:
        choices = [
            (f"{one.key}{BETWEEN}{option}", _("%(question)s → %(answer)s", question=one.label, answer=option))
            for one in earlier
            for option in one.options
        ]
        condition = field(
            "shown_when", _("Ask it only after one of these answers"), "checkboxes", choices=choices, required=False
        )
        groups.append((_("When it is asked"), _("Choose nothing to ask it always."), [condition]))
    return groups


def _own_fields(kind: Kind, field: Any) -> list[pages.FieldView]:
    fields = []
    if kind in CHOSEN:
        fields.append(field("options", _("Options"), "textarea", hint=_("One a line."), rows=8))
    if kind is Kind.PASSPORT:
        facts = [(fact.value, cells.word(fact)) for fact in PassportFact]
        fields.append(field("fact", _("What is filled in"), "choice", choices=facts))
    if kind is Kind.NUMBER:
        fields += [
            field("unit", _("Unit"), required=False, maxlength=10),
            field("low", _("Lowest"), "number", required=False),
            field("high", _("Highest"), "number", required=False),
        ]
    if kind in COUNTED:
        is_text = kind in {Kind.TEXT, Kind.LONG}
        least = _("Characters at least") if is_text else _("At least so many")
        most = _("Characters at most") if is_text else _("At most so many")
        fields += [field("least", least, "number", required=False), field("most", most, "number", required=False)]
    return fields


def _column_fields(field: Any, typed: Mapping[str, Any]) -> list[pages.FieldView]:
    kinds = [(kind.value, cells.word(kind)) for kind in ColumnKind]
    fields = []
    for place in range(MOST_COLUMNS):
        fields += [
            field(f"column-{place}", _("Column %(n)s", n=place + 1), required=False, maxlength=40),
            replace(
                field(f"kind-{place}", _("Column %(n)s holds", n=place + 1), "choice", choices=kinds),
                value=typed.get(f"kind-{place}") or ColumnKind.TEXT.value,
            ),
        ]
    return fields


def read_question(kind: Kind, key: str, typed: Mapping[str, Any]) -> Question:
    """Read what was typed about a question.

    Raises Invalid with every field that is empty or cannot be read.
    """
    problems: dict[str, Sequence[Sentence]] = {}

    def told(name: str, wanted: type, **more: Any) -> Any:
        try:
            return read_value(name, typed.get(name), wanted, **({"required": False} | more))
        except Invalid as invalid:
            problems.update(invalid.problems)
            return None

    is_counted, is_number = kind in COUNTED, kind is Kind.NUMBER
    values = {
        "label": told("label", str, required=True, most=SHORT),
        "hint": told("hint", str, default="", most=SHORT * 2),
        "required": kind is not Kind.PASSPORT and typed.get("required") == "1",
        "least": told("least", int) if is_counted else None,
        "most": told("most", int) if is_counted else None,
        "low": told("low", Decimal) if is_number else None,
        "high": told("high", Decimal) if is_number else None,
        "unit": told("unit", str, default="", most=10) if is_number else "",
        "options": _lines(told("options", str, default="", most=LONG)) if kind in CHOSEN else (),
        "columns": _columns(typed) if kind is Kind.TABLE else (),
        "fact": told("fact", PassportFact, required=True) if kind is Kind.PASSPORT else None,
        "shown_when": _condition(typed.get("shown_when") or [], problems),
    }
    if problems:
        raise Invalid(problems)
    return Question(key=key, kind=kind, **values)


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip()[:100] for line in (text or "").splitlines() if line.strip())


def _columns(typed: Mapping[str, Any]) -> tuple[Column, ...]:
    known = {kind.value for kind in ColumnKind}
    columns = []
    for place in range(MOST_COLUMNS):
        label, kind = str(typed.get(f"column-{place}") or "").strip()[:40], typed.get(f"kind-{place}")
        if label:
            columns.append(Column(label=label, kind=ColumnKind(kind) if kind in known else ColumnKind.TEXT))
    return tuple(columns)


def _condition(chosen: Sequence[str], problems: dict[str, Sequence[Sentence]]) -> Condition | None:
    parts = [tuple(one.split(BETWEEN, 1)) for one in chosen if BETWEEN in one]
    sources = {part[0] for part in parts}
    if not sources:
        return None
    if len(sources) > 1:
        problems["shown_when"] = [Sentence("Choose answers of one question only.")]
        return None
    return Condition(question=sources.pop(), answers=tuple(part[1] for part in parts))
