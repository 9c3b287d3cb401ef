"""An import in two breaths: a preview says what each row would become and why some cannot, then a deed takes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import Any, BinaryIO

from kernel.errors import Invalid, Refused
from kernel.money import yuan
from kernel.tables.reading import Table
from kernel.tables.text import MOST_KNOWN, Cell, cell_text, heading_key, normalize_text
from kernel.tables.writing import Export, csv_bytes, write_csv, xlsx_bytes
from kernel.words import Sentence

LARGEST_AMOUNT = Decimal(10) ** 12
SHOWN_TEXT = 40
ROW_NUMBER, WHY_NOT = Sentence("Row of the file"), Sentence("Why it was not taken")
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_TEN_THOUSANDS = re.compile(r"万元?$")
TEN_THOUSAND = 10_000
FIRST_DAY = date(1899, 12, 30)
DAYS = range(10_000, 80_000)
"""Numbers that a program's day may be: 1927 to 2119, counted from the end of 1899."""
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_FIGURES = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an import: its field, the headings it goes by, and how a cell becomes a value.

    `parse` raises Refused or Invalid with the sentences a person should read.
    """

    name: str
    headers: tuple[str, ...]
    parse: Callable[[Cell], Any]
    required: bool = False


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of the file: its number there, its cells, and either its values or the reasons against it."""

    number: int
    cells: Sequence[Cell]
    values: Mapping[str, Any]
    reasons: tuple[Sentence, ...] = ()
    wrong: Mapping[str, tuple[Sentence, ...]] = field(default_factory=dict)
    """Field → what is wrong with its cell; what is wrong with the row as a whole stands under ""."""


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do; nothing is written yet."""

    headers: tuple[str, ...]
    good: tuple[ImportRow, ...]
    bad: tuple[ImportRow, ...]
    ignored: tuple[str, ...] = ()
    """Headings of the file that the import does not know."""

    @property
    def total(self) -> int:
        return len(self.good) + len(self.bad)

    @property
    def summary(self) -> Sentence:
        return Sentence(
            "{total} rows: {good} can be taken, {bad} cannot.",
            total=self.total,
            good=len(self.good),
            bad=len(self.bad),
        )


Check = Callable[[Mapping[str, Any]], Iterable[Sentence]]


def preview(table: Table, columns: Sequence[Column], *, check: Check | None = None) -> ImportPreview:
    """Say of each row what it would become; `check` adds reasons that need more than one cell.

    Raises Refused when a required column is missing from the file; empty rows are passed over.
    """
    places = places_of(table.headers, columns)
    missing = [column.headers[0] for column in columns if column.required and column.name not in places]
    if missing:
        raise Refused(Sentence("The file lacks the column {columns}. Please use the template.", columns=missing))
    known = set(places.values())
    rows = list(read_rows(table, columns, places, check=check))
    return ImportPreview(
        headers=table.headers,
        good=tuple(row for row in rows if not row.reasons),
        bad=tuple(row for row in rows if row.reasons),
        ignored=tuple(header for place, header in enumerate(table.headers) if header and place not in known),
    )


def read_rows(
    table: Table, columns: Sequence[Column], places: Mapping[str, int], *, check: Check | None = None
) -> Iterator[ImportRow]:
    """Say of each row what it would become, with `places` telling in which column of the file each field stands."""
    for number, cells in enumerate(table.rows, table.first_row):
        if any(cell is not None for cell in cells):
            yield _row(number, cells, columns, places, check)


def places_of(headers: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Find in which column of the file each field stands, by its headings; what stands in brackets is passed over."""
    headings: dict[str, int] = {}
    for place, header in enumerate(headers):
        headings.setdefault(heading_key(header), place)
    for place, header in enumerate(headers):
        headings.setdefault(heading_key(_BRACKETS.sub("", normalize_text(header))), place)
    found: dict[str, int] = {}
    for column in columns:
        for name in column.headers:
            at = headings.get(heading_key(name))
            if at is not None and at not in found.values():
                found[column.name] = at
                break
    return found


def _row(
    number: int, cells: Sequence[Cell], columns: Sequence[Column], places: Mapping[str, int], check: Check | None
) -> ImportRow:
    typed = {name: cells[place] if place < len(cells) else None for name, place in places.items()}
    return read_row(number, cells, typed, columns, check=check)


def read_row(
    number: int,
    cells: Sequence[Cell],
    typed: Mapping[str, Cell],
    columns: Sequence[Column],
    *,
    check: Check | None = None,
) -> ImportRow:
    """Say what one row becomes whose cells are known by field."""
    values: dict[str, Any] = {}
    reasons: list[Sentence] = []
    wrong: dict[str, tuple[Sentence, ...]] = {}
    for column in columns:
        cell = typed.get(column.name)
        values[column.name] = None
        if cell is None:
            if column.required:
                reasons.append(Sentence("{column} is empty.", column=column.headers[0]))
                wrong[column.name] = (reasons[-1],)
            continue
        try:
            values[column.name] = column.parse(cell)
        except (Refused, Invalid) as refusal:
            wrong[column.name] = tuple(refusal.reasons)
            reasons.extend(
                Sentence("{column}: {reason}", column=column.headers[0], reason=told) for told in refusal.reasons
            )
    if not reasons and check is not None and (told := tuple(check(values))):
        reasons.extend(told)
        wrong[""] = told
    return ImportRow(number, cells, values, tuple(reasons), wrong)


def write_rejects(shown: ImportPreview, filename: str, *, locale: str | None = None) -> bytes:
    """Write the rejected rows as they came, with their row number and the reasons in front.

    The form follows the name: .csv gives a csv file, anything else a workbook.
    """
    exports = _reject_columns(shown.headers, locale)
    write = csv_bytes if filename.lower().endswith(".csv") else xlsx_bytes
    return write(shown.bad, exports)


class RejectsFile:
    """A csv file of rejected rows that is written as they come."""

    def __init__(self, target: BinaryIO, headers: Sequence[str]) -> None:
        self.target, self.columns = target, _reject_columns(headers, None)
        self.target.write(csv_bytes((), self.columns))

    def write(self, rows: Iterable[ImportRow]) -> None:
        """Add rows; the mark and the headings stand there already."""
        self.target.writelines(write_csv(rows, self.columns, is_begun=True))


def _reject_columns(headers: Sequence[str], locale: str | None) -> list[Export[ImportRow]]:
    return [
        Export(ROW_NUMBER.render(locale), lambda row: Decimal(row.number), width=6),
        Export(
            WHY_NOT.render(locale),
            lambda row: " ".join(told.render(locale) for told in row.reasons),
            width=48,
        ),
        *(Export(header, _at(place)) for place, header in enumerate(headers)),
    ]


def _at(place: int) -> Callable[[ImportRow], Cell]:
    return lambda row: row.cells[place] if place < len(row.cells) else None


def as_text(limit: int = 500) -> Callable[[Cell], str]:
    """Take text of at most `limit` characters, normalized."""

    def parse(cell: Cell) -> str:
        text = normalize_text(cell_text(cell))
        if len(text) > limit:
            raise Refused(Sentence("the text is longer than {limit} characters.", limit=limit))
        return text

    return parse


def as_money(cell: Cell) -> Decimal:
    """Take an amount in yuan with at most two places; thousands separators and a yuan mark are allowed."""
    amount = _number(cell)
    if amount != yuan(amount):
        raise Refused(Sentence("“{text}” has more than two places.", text=_shown(cell)))
    if abs(amount) >= LARGEST_AMOUNT:
        raise Refused(Sentence("“{text}” is too large.", text=_shown(cell)))
    return yuan(amount)


def as_amount(unit: int = 1) -> Callable[[Cell], Decimal]:
    """Take an amount that is written in yuan, or in 万元 with a `unit` of 10000, and give it in yuan.

    A cell that says 万元 itself is taken at its word.
    """

    def parse(cell: Cell) -> Decimal:
        text = normalize_text(cell_text(cell))
        if _TEN_THOUSANDS.search(text):
            return as_money(_number(_TEN_THOUSANDS.sub("", text)) * TEN_THOUSAND)
        return as_money(_number(cell) * (1 if text.endswith("元") else unit))

    return parse


def as_whole(cell: Cell) -> int:
    """Take a whole number of zero or more."""
    number = _number(cell)
    if number != number.to_integral_value() or not 0 <= number < LARGEST_AMOUNT:
        raise Refused(Sentence("“{text}” is not a whole number.", text=_shown(cell)))
    return int(number)


def _number(cell: Cell) -> Decimal:
    if isinstance(cell, Decimal):
        return cell
    number = _number_in(cell_text(cell))
    if number is None:
        raise Refused(Sentence("“{text}” is not a number.", text=_shown(cell)))
    return number


@lru_cache(maxsize=MOST_KNOWN)
def _number_in(text: str) -> Decimal | None:
    try:
        number = Decimal(re.sub(r"[,\s¥元]", "", normalize_text(text)))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() <= LARGEST_AMOUNT.adjusted() else None


def as_day(cell: Cell) -> date:
    """Take a day, as a date or a day's number of the program or as 2027-03-01, 2027/3/1, 2027.3.1, 20270301 or 2027年3月1日."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    day = _day_in(cell_text(cell))
    if day is None:
        raise Refused(Sentence("“{text}” is not a day. Please write it as 2027-03-01.", text=_shown(cell)))
    return day


@lru_cache(maxsize=MOST_KNOWN)
def _day_in(typed: str) -> date | None:
    text = normalize_text(typed)
    parts = _DAY.fullmatch(text) or _FIGURES.fullmatch(text)
    try:
        if text.isdecimal() and int(text) in DAYS:
            return FIRST_DAY + timedelta(days=int(text))
        return date(*(int(part) for part in parts.groups())) if parts else None
    except ValueError:
        return None


def one_of(choices: Mapping[str, Any], *, also: Mapping[str, Any] = MappingProxyType({})) -> Callable[[Cell], Any]:
    """Take one of the texts of `choices` and give what it stands for; those of `also` are taken but not offered."""
    known = {heading_key(text): value for text, value in {**also, **choices}.items()}

    def parse(cell: Cell) -> Any:
        key = heading_key(cell_text(cell))
        if key not in known:
            told = Sentence("“{text}” is not one of: {choices}.", text=_shown(cell), choices=tuple(choices))
            raise Refused(told)
        return known[key]

    return parse


def _shown(cell: Cell) -> str:
    text = normalize_text(cell_text(cell))
    return text if len(text) <= SHOWN_TEXT else text[:SHOWN_TEXT] + "…"
