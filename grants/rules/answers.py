"""The answers to a call's own questions: read from what was typed, and what they still lack."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize

from grants.questions import LONG, MOST_ROWS, SHORT, Answers, Definition, FormSection, Question, asked
from grants.states import ColumnKind, QuestionKind as Kind
from kernel.arguments import read_value
from kernel.errors import Invalid
from kernel.words import Sentence

ROW = re.compile(r"(?P<question>q\d{1,6})-(?P<row>\d{1,4})-(?P<column>\d)")
MOST_NUMBER = Decimal(10) ** 12
EMPTY: tuple[Any, ...] = (None, "", [])


def read_answers(section: FormSection, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Read what was typed into one section; empty answers of a draft are left out.

    Rows of a table are named `q3-0-1` (row, column), several choices come as a list. Raises Invalid with every answer
    that cannot be read.
    """
    problems: dict[str, Sequence[Sentence]] = {}
    answers: dict[str, Any] = {}
    for question in section.questions:
        if not question.is_typed:
            continue
        try:
            told = _read(question, typed)
        except Invalid as invalid:
            problems.update(invalid.problems)
            continue
        if told not in EMPTY:
            answers[question.key] = told
    if problems:
        raise Invalid(problems)
    return answers


def _read(question: Question, typed: Mapping[str, Any]) -> Any:
    name, told = question.key, typed.get(question.key)
    match question.kind:
        case Kind.TEXT | Kind.LONG:
            return read_value(name, told, str, required=False, default="", most=most_signs(question))
        case Kind.NUMBER:
            return _number(name, told)
        case Kind.DATE:
            return _day(name, told)
        case Kind.CHOICE:
            return _chosen(question, told)
        case Kind.CHOICES:
            many = told if isinstance(told, list) else [told] if told else []
            # Where two texts are merged, the options stand in one field, one a line.
            lines = (line.strip() for one in many for line in str(one).splitlines())
            return [_chosen(question, one) for one in dict.fromkeys(lines) if one]
        case _:
            return _table(question, typed)


def most_signs(question: Question) -> int:
    """Give how many characters an answer may have: the question's own limit, or the house's."""
    bound = LONG if question.kind is Kind.LONG else SHORT
    return min(question.most or bound, bound)


def _number(name: str, told: Any) -> str | None:
    plain = normalize("NFKC", str(told or "")).replace(",", "").replace(" ", "")
    if not plain:
        return None
    try:
        number = Decimal(plain)
        if not number.is_finite() or abs(number) > MOST_NUMBER:
            raise InvalidOperation
    except InvalidOperation:
        raise Invalid({name: [Sentence("Please write a number such as 1200 or 12.5.")]}) from None
    if number != number.quantize(Decimal("0.01")):
        raise Invalid({name: [Sentence("A number has at most two decimal places.")]})
    return f"{number.normalize():f}"


def _day(name: str, told: Any) -> str | None:
    day: date | None = read_value(name, told, date, required=False)
    return day.isoformat() if day else None


def _chosen(question: Question, told: Any) -> str:
    if told and told not in question.options:
        raise Invalid({question.key: [Sentence("Please choose one of the offered values.")]})
    return str(told or "")


def typed_table(question: Question, typed: Mapping[str, Any]) -> list[tuple[int, list[str]]]:
    """Give the rows of a table question as they were typed, each with its number on the page; empty ones left out."""
    rows: dict[int, list[str]] = {}
    for name, value in typed.items():
        told = ROW.fullmatch(name)
        if told and told["question"] == question.key and int(told["column"]) < len(question.columns):
            row = rows.setdefault(int(told["row"]), [""] * len(question.columns))
            row[int(told["column"])] = str(value or "").strip()
    return [(number, row) for number, row in sorted(rows.items()) if any(row)]


def _table(question: Question, typed: Mapping[str, Any]) -> list[list[str | None]]:
    problems: dict[str, Sequence[Sentence]] = {}
    rows = []
    for number, cells in typed_table(question, typed):
        row: list[str | None] = []
        for place, (column, told) in enumerate(zip(question.columns, cells, strict=True)):
            name = f"{question.key}-{number}-{place}"
            try:
                row.append(_cell(name, column.kind, told))
            except Invalid as invalid:
                problems.update(invalid.problems)
        rows.append(row)
    if len(rows) > MOST_ROWS:
        told_rows = Sentence("At most {most} rows; there are {count}.", most=MOST_ROWS, count=len(rows))
        problems[question.key] = [told_rows]
    if problems:
        raise Invalid(problems)
    return rows


def _cell(name: str, kind: ColumnKind, told: str) -> str | None:
    if kind is ColumnKind.NUMBER:
        return _number(name, told)
    if kind is ColumnKind.DATE:
        return _day(name, told)
    written: str = read_value(name, told, str, required=False, default="", most=SHORT)
    return written


# What is still missing


def answer_problems(
    definition: Definition, answers: Answers, attached: Collection[str]
) -> Iterator[tuple[str, str, Sentence]]:
    """Give what the form still lacks as (section, question, sentence); what is not asked lacks nothing.

    `attached` are the kinds of the files that are there.
    """
    for question in asked(definition, answers):
        for told in _lacking(question, answers.get(question.key), attached):
            yield definition.section_of(question.key).code, question.key, told


def _lacking(question: Question, answer: Any, attached: Collection[str]) -> Iterator[Sentence]:
    if question.kind is Kind.PASSPORT:
        return
    if question.kind is Kind.FILE:
        if question.required and question.file_kind not in attached:
            yield Sentence("Please attach: {kind}.", kind=question.label)
        return
    if answer in EMPTY:
        if question.required:
            yield Sentence("Please answer: {question}", question=question.label)
        return
    yield from _outside(question, answer)


def _outside(question: Question, answer: Any) -> Iterator[Sentence]:
    match question.kind:
        case Kind.TEXT | Kind.LONG:
            written = len("".join(answer.split()))
            if question.least is not None and written < question.least:
                yield Sentence(
                    "“{question}”: at least {least} characters; there are {count}.",
                    question=question.label,
                    least=question.least,
                    count=written,
                )
        case Kind.NUMBER:
            yield from _beyond(question, Decimal(answer))
        case Kind.CHOICES | Kind.TABLE:
            yield from _too_few_or_many(question, len(answer))
        case _:
            return


def _beyond(question: Question, number: Decimal) -> Iterator[Sentence]:
    if question.low is not None and number < question.low:
        yield Sentence("“{question}”: not below {low}.", question=question.label, low=f"{question.low:f}")
    if question.high is not None and number > question.high:
        yield Sentence("“{question}”: not above {high}.", question=question.label, high=f"{question.high:f}")


def _too_few_or_many(question: Question, count: int) -> Iterator[Sentence]:
    if question.least is not None and count < question.least:
        yield Sentence(
            "“{question}”: at least {least}; there are {count}.",
            question=question.label,
            least=question.least,
            count=count,
        )
    if question.most is not None and count > question.most:
        yield Sentence(
            "“{question}”: at most {most}; there are {count}.",
            question=question.label,
            most=question.most,
            count=count,
        )
