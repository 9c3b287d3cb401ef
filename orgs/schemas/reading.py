"""A list read: its table, in which column each field stands, each line with its values or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from kernel.tables import (
    Cell,
    Column,
    ImportRow,
    Limits,
    Seen,
    Table,
    as_amount,
    places_of,
    read_row,
    read_table,
)
from kernel.tables.text import cell_text, heading_key
from kernel.words import Sentence
from orgs.models import ImportRun
from orgs.schemas.columns import ENTRIES
from orgs.states import ImportKind

LIST_LIMITS = Limits(formulas=False)
SAMPLES = 3
TEN_THOUSAND = 10_000
_YEAR_IN_HEADING = re.compile(r"(?:19|20)\d{2}")
_DATED = re.compile(r"(?:19|20)\d{2}\s*年?度?")


class OnceEach:
    """Refuses the second row of an organization in one list, and what a row states only by half."""

    def __init__(self) -> None:
        self.seen = Seen()

    def __call__(self, values: Mapping[str, Any]) -> Iterable[Sentence]:
        code = values["credit_code"]
        if not self.seen.add(code):
            yield Sentence("The organization {code} stands in the list twice.", code=code)
        if values.get("inspection_result") is not None and values.get("inspection_year") is None:
            yield Sentence("The year of the annual inspection is missing.")
        if values.get("announced_on") is not None and values.get("grade") is None:
            yield Sentence("The day of an announcement needs the grade that was announced.")


class ProjectOnce:
    """Refuses the second row of a project in one list."""

    def __init__(self) -> None:
        self.seen: set[tuple[Any, ...]] = set()

    def __call__(self, values: Mapping[str, Any]) -> Iterable[Sentence]:
        key = (values["credit_code"], values["year"], values["name"])
        if key in self.seen:
            yield Sentence("The project “{name}” stands in the list twice.", name=values["name"])
        self.seen.add(key)


class RatingOnce:
    """Refuses a row that names nobody or no grade, and the second row of an organization's announcement."""

    def __init__(self) -> None:
        self.seen = Seen()

    def __call__(self, values: Mapping[str, Any]) -> Iterable[Sentence]:
        named = values.get("credit_code") or values.get("organization")
        if named is None:
            yield Sentence("Please state the credit code or the name of the organization.")
        elif not self.seen.add(f"{named} {values['announced_on']}"):
            yield Sentence("The organization {code} stands in the list twice.", code=named)
        if values["grade"] is None:
            yield Sentence("A list of ratings states a grade in each line.")


CHECKS: Mapping[ImportKind, Callable[[], Callable[[Mapping[str, Any]], Iterable[Sentence]]]] = {
    ImportKind.ORGANIZATIONS: OnceEach,
    ImportKind.PAST_PROJECTS: ProjectOnce,
    ImportKind.RATINGS: RatingOnce,
}


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list as it came: its table, in which column each field is believed to stand, and the unit of its amounts."""

    table: Table
    places: dict[str, int]
    unit: int
    samples: list[list[str]] = field(default_factory=list)


def required_fields(kind: ImportKind) -> list[str]:
    """Give the fields that every line must state."""
    return [entry.name for entry in ENTRIES[kind] if entry.column.required]


def open_list(source: Path | bytes, filename: str, kind: ImportKind, known: Mapping[str, str]) -> ListRead:
    """Read a list and match its columns by their headings; `known` is what people have matched before.

    Raises Refused when it is no spreadsheet, damaged, hostile or too large.
    """
    columns = [entry.column for entry in ENTRIES[kind]]
    wanted = [*(name for column in columns for name in column.headers), *(key for key, told in known.items() if told)]
    table = read_table(source, filename, wanted=wanted, limits=LIST_LIMITS, or_first=True)
    places = places_of(table.headers, columns)
    undated = [_DATED.sub("", header) for header in table.headers]
    places |= {
        name: place
        for name, place in places_of(undated, columns).items()
        if name not in places and place not in places.values()
    }
    for place, header in enumerate(table.headers):
        told = known.get(heading_key(header))
        if told is not None:
            places = {name: at for name, at in places.items() if at != place}
            places |= {told: place} if told else {}
    unit = TEN_THOUSAND if "amount" in places and "万元" in table.headers[places["amount"]] else 1
    samples = [[typed_text(cell) or "" for cell in cells][: len(table.headers)] for cells in table.rows[:SAMPLES]]
    return ListRead(table, places, unit, samples)


def lines_of(run: ImportRun, table: Table) -> Iterator[ImportRow]:
    """Give each line with its values or what is wrong with it; its cells are the texts that are read again."""
    columns, check = _columns(run.kind, run.unit), CHECKS[run.kind]()
    beside = _beside(run, table.headers)
    for number, cells in enumerate(table.rows, table.first_row):
        if any(cell is not None for cell in cells):
            typed = [typed_text(cell) for cell in cells]
            told = {name: typed[place] if place < len(typed) else None for name, place in run.places.items()}
            yield read_row(number, typed, {**told, **beside(told)}, columns, check=check)


def reads_again(run: ImportRun) -> Callable[[Mapping[str, str]], Mapping[str, Any]]:
    """Say how the kept cells of a line are read that was found good when it was checked."""
    columns, beside = _columns(run.kind, run.unit), _beside(run, run.headers)
    return lambda cells: read_row(0, (), {**cells, **beside(cells)}, columns).values


def typed_text(cell: Cell) -> str | None:
    """Write a cell as the text that it is read from, now and when it is taken in."""
    match cell:
        case None:
            return None
        case datetime():
            return cell.date().isoformat()
        case _:
            return cell_text(cell)


def _columns(kind: ImportKind, unit: int) -> list[Column]:
    given = as_amount(unit)
    return [
        Column(entry.name, entry.column.headers, given, required=entry.column.required)
        if entry.name == "amount"
        else entry.column
        for entry in ENTRIES[kind]
    ]


def _beside(run: ImportRun, headers: Sequence[str]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Give what a line means without saying it: a year out of a heading, or the day of the whole list.

    The heading of an inspection's result may name its year (2025年度年检结论), where no column states it.
    """
    place, day = run.places.get("inspection_result"), run.announced_on
    found = _YEAR_IN_HEADING.search(headers[place]) if place is not None else None
    if found is not None and "inspection_year" not in run.places:
        return lambda told: {"inspection_year": found[0]} if told.get("inspection_result") else {}
    if day is not None:
        return lambda told: {} if told.get("announced_on") else {"announced_on": day.isoformat()}
    return lambda _told: {}
