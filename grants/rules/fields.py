"""The fields of the application form by section: what each is read as, and rows of tables out of typed names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from grants.money_rules import line_amount
from grants.states import BudgetHead, MoneySource, Section
from kernel.arguments import read_value
from kernel.errors import Invalid
from kernel.money import ZERO
from kernel.words import Sentence

LONG = 5000
TEXTS = ("need", "goal", "beneficiaries", "innovation", "plan", "target_proof", "risk")
MOST_ROWS = 60
MOST_QUANTITY = Decimal(1_000_000)
ROW = re.compile(r"(?P<table>lines|milestones|team)-(?P<row>\d{1,4})-(?P<column>[a-z_]+)")


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a section: its column, what it is read as, and what stands there while it is empty."""

    name: str
    type: type
    empty: Any = None
    most: int = LONG


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a section: the columns of one row; a row without any of `telling` is no row."""

    name: str
    columns: tuple[Field, ...]
    telling: tuple[str, ...]
    needed: tuple[str, ...] = ()


LABELS = {
    "title": "Project name",
    "lot_id": "Lot",
    "category_code": "Category",
    "district_code": "District of the service",
    "starts_on": "Start",
    "ends_on": "End",
    "need": "Need analysis",
    "goal": "Goals",
    "beneficiaries": "Beneficiaries",
    "innovation": "What is new, and what others can take over",
    "plan": "Plan",
    "people": "People served directly",
    "person_times": "Person-times",
    "sessions": "Sessions",
    "target_proof": "How the targets are proved",
    "requested": "Fiscal money asked for",
    "risk": "Risks and how they are handled",
    "declared": "Declaration",
}
"""The msgid of each field's label."""

FIELDS: dict[Section, tuple[Field, ...]] = {
    Section.BASICS: (
        Field("title", str, "", 60),
        Field("lot_id", int),
        Field("category_code", str, None, 40),
        Field("district_code", str, None, 20),
        Field("starts_on", date),
        Field("ends_on", date),
    ),
    Section.NEED: (Field("need", str, ""),),
    Section.GOALS: (Field("goal", str, ""), Field("beneficiaries", str, ""), Field("innovation", str, "")),
    Section.PLAN: (Field("plan", str, ""),),
    Section.TARGETS: (
        Field("people", int, 0),
        Field("person_times", int, 0),
        Field("sessions", int, 0),
        Field("target_proof", str, ""),
    ),
    Section.TEAM: (),
    Section.BUDGET: (Field("requested", Decimal, ZERO),),
    Section.RISK: (Field("risk", str, ""),),
    Section.DECLARATION: (Field("declared", bool, False),),
}

TABLES: dict[Section, Table] = {
    Section.BUDGET: Table(
        "lines",
        (
            Field("source", MoneySource, MoneySource.FISCAL),
            Field("head", BudgetHead),
            Field("content", str, "", 100),
            Field("price", Decimal, ZERO),
            Field("quantity", Decimal, Decimal(0)),
            Field("unit", str, "", 10),
        ),
        telling=("content", "price"),
        needed=("head",),
    ),
    Section.PLAN: Table(
        "milestones",
        (Field("title", str, "", 100), Field("starts_on", date), Field("ends_on", date)),
        telling=("title", "starts_on", "ends_on"),
        needed=("title", "starts_on", "ends_on"),
    ),
    Section.TEAM: Table(
        "team",
        (
            Field("name", str, "", 40),
            Field("role", str, "", 40),
            Field("qualification", str, "", 100),
            Field("has_licence", bool, False),
        ),
        telling=("name", "role", "qualification"),
        needed=("name", "role"),
    ),
}

ALIASES = {"text": "content", "count": "quantity"}
"""What the typed table of money calls its columns."""

MATCHING_FROM = 500
"""The number of the first row of own and donated money, in a table of its own on the page."""

Rows = list[dict[str, Any]]


def read_section(section: Section, typed: Mapping[str, Any]) -> tuple[dict[str, Any], Rows | None]:
    """Read what was typed into one section: its values, and the rows of its table where it has one.

    Empty fields of a draft are taken as they are. Raises Invalid with every value that cannot be read or stored.
    """
    problems: dict[str, Sequence[Sentence]] = {}
    values = _read(FIELDS.get(section, ()), typed, "", problems)
    table = TABLES.get(section)
    rows = _rows(table, typed, problems) if table else None
    _check(values, problems)
    if problems:
        raise Invalid(problems)
    return values, rows


def _read(
    fields: Sequence[Field], typed: Mapping[str, Any], prefix: str, problems: dict[str, Sequence[Sentence]]
) -> dict[str, Any]:
    values = {}
    for field in fields:
        name = prefix + field.name
        try:
            told = read_value(name, typed.get(name), field.type, required=False, default=field.empty, most=field.most)
        except Invalid as invalid:
            problems.update(invalid.problems)
            continue
        if isinstance(told, int | Decimal) and told < 0:
            problems[name] = [Sentence("This cannot be below 0.")]
        values[field.name] = told
    return values


def typed_rows(table: str, typed: Mapping[str, Any]) -> list[tuple[int, dict[str, str]]]:
    """Give the rows of a table as they were typed: `lines-3-price` is the price of row 3."""
    found: dict[int, dict[str, str]] = {}
    for name, value in typed.items():
        told = ROW.fullmatch(name)
        if told and told["table"] == table:
            column = ALIASES.get(told["column"], told["column"])
            found.setdefault(int(told["row"]), {})[column] = value
    return sorted(found.items())


def _rows(table: Table, typed: Mapping[str, Any], problems: dict[str, Sequence[Sentence]]) -> Rows:
    rows: Rows = []
    for number, cells in typed_rows(table.name, typed):
        if not any(str(cells.get(column, "")).strip() for column in table.telling):
            continue
        prefix = f"{table.name}-{number}-"
        named = {prefix + column: value for column, value in cells.items()}
        row = _read(table.columns, named, prefix, problems)
        for column in table.needed:
            if row.get(column, "read") in {None, ""}:
                problems[prefix + column] = [Sentence("Please fill this in.")]
        _check_row(table, row, prefix, problems)
        rows.append(row)
    if len(rows) > MOST_ROWS:
        problems[table.name] = [Sentence("At most {most} rows; there are {count}.", most=MOST_ROWS, count=len(rows))]
    return rows


def _check_row(table: Table, row: dict[str, Any], prefix: str, problems: dict[str, Sequence[Sentence]]) -> None:
    if table.name == "lines" and "price" in row and "quantity" in row:
        if row["quantity"] > MOST_QUANTITY:
            problems[f"{prefix}quantity"] = [Sentence("At most {most}.", most=f"{MOST_QUANTITY:,}")]
        elif row["price"] * row["quantity"] > Decimal(10) ** 11:
            problems[f"{prefix}price"] = [Sentence("This amount is too large.")]
        row["amount"] = line_amount(row["price"], row["quantity"])
    starts_on, ends_on = row.get("starts_on"), row.get("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        problems[f"{prefix}ends_on"] = [Sentence("The end lies before the start.")]


def _check(values: Mapping[str, Any], problems: dict[str, Sequence[Sentence]]) -> None:
    """Hold back what the database could not keep even as a draft."""
    starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
    if starts_on and ends_on and ends_on <= starts_on:
        problems["ends_on"] = [Sentence("The end lies before the start.")]
    if values.get("people", 0) > values.get("person_times", 0) > 0:
        problems["person_times"] = [
            Sentence(
                "{people} people cannot be fewer person-times ({times}): each person counts once at least.",
                people=values["people"],
                times=values["person_times"],
            )
        ]
