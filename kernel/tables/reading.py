"""Foreign spreadsheets read with bounds: what is too large, too deep or not what it says is refused in words."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import Any, overload

from charset_normalizer import from_bytes
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from kernel.errors import Refused
from kernel.tables import old_workbook
from kernel.tables.limits import (
    DEFAULT_LIMITS,
    HEADING_SEARCH_ROWS,
    Limits,
    damaged,
    hold,
    too_large,
    too_many,
    unusual,
)
from kernel.tables.text import Cell, heading_key
from kernel.tables.workbook import check_workbook
from kernel.words import Sentence

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PATIENCE = 60  # seconds for an .xls
MOST_SHARED = 100_000


class Rows(Sequence[list[Cell]]):
    """The rows below the headings, each turned into cells when it is asked for.

    A number as it comes from a workbook takes a quarter of what it takes as a cell, and a sheet may have millions.
    """

    def __init__(self, raw: list[list[Any]]) -> None:
        self.raw = raw

    def __len__(self) -> int:
        return len(self.raw)

    @overload
    def __getitem__(self, place: int) -> list[Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[Cell]]: ...
    def __getitem__(self, place: int | slice) -> list[Cell] | list[list[Cell]]:
        if isinstance(place, slice):
            return [_cells(row) for row in self.raw[place]]
        return _cells(self.raw[place])

    def __iter__(self) -> Iterator[list[Cell]]:
        return map(_cells, self.raw)

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, Rows) else other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Table:
    """The headings and the rows below them; `first_row` is the number of the first row as the program shows it."""

    headers: tuple[str, ...]
    rows: Sequence[list[Cell]]
    first_row: int
    sheet: str = ""


def read_table(
    source: Path | bytes,
    filename: str,
    *,
    wanted: Collection[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    or_first: bool = False,
) -> Table:
    """Read the first table of an xlsx, xls or csv file whose headings are among `wanted`.

    Rows of titles above the headings are skipped; rows without any value are dropped at the end and kept inside; a cell
    merged over several rows stands in each of them. With `or_first` a file without any wanted heading gives its first
    table all the same.
    Raises Refused when the file is none of these, too large, damaged, hostile or without the headings.
    """
    content = source if isinstance(source, bytes) else _content(source, filename, limits)
    hold(len(content) <= limits.size, too_large(filename, limits))
    suffix = PurePath(filename).suffix.lower()
    if suffix == ".xlsx" and content.startswith(ZIP_MAGIC):
        check_workbook(content, filename, limits)
        sheets = _sheets(content, filename, limits)
    elif suffix == ".xls" and content.startswith(OLE_MAGIC):
        sheets = _old_sheets(content, filename, limits)
    elif suffix in {".csv", ".txt"} and not content.startswith((ZIP_MAGIC, OLE_MAGIC)):
        sheets = iter([("", _csv_rows(content, filename, limits))])
    else:
        raise Refused(
            Sentence("“{name}” is not a spreadsheet. Please choose an .xlsx, .xls or .csv file.", name=filename)
        )
    return _table(sheets, filename, wanted, limits, or_first=or_first)


def read_pieces(
    path: Path, filename: str, *, wanted: Collection[str], limits: Limits = DEFAULT_LIMITS, size: int = 1000
) -> Iterator[Table]:
    """Read a csv file of any length in pieces of `size` rows, with flat memory; anything else is one piece.

    Raises Refused as `read_table` does; a csv file has no limit but that of its columns.
    """
    if PurePath(filename).suffix.lower() not in {".csv", ".txt"}:
        yield read_table(path, filename, wanted=wanted, limits=limits)
        return
    encoding = _encoding_of(path)
    hold(encoding is not None, damaged(filename))
    with path.open(encoding=encoding, newline="") as stream:
        head = [line for line in (stream.readline() for _ in range(HEADING_SEARCH_ROWS)) if line]
        table = read_table("".join(head).encode(), filename, wanted=wanted, limits=limits)
        rows = _rows_of(chain(head, stream), "".join(head), filename, limits)
        rows = islice(rows, table.first_row - 1, None)
        first = table.first_row
        while piece := list(islice(rows, size)):
            yield Table(table.headers, Rows(piece), first)
            first += len(piece)


def _encoding_of(path: Path) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as stream:
                while piece := stream.read(1 << 20):
                    if "\x00" in piece:
                        return None
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _content(path: Path, filename: str, limits: Limits) -> bytes:
    hold(path.stat().st_size <= limits.size, too_large(filename, limits))
    return path.read_bytes()


Raw = list[Any]
"""A row as its file gives it: text, numbers, days; `_cells` makes cells of it."""
Sheet = tuple[str, Iterable[Raw]]
Place = tuple[int, int]


def _sheets(content: bytes, filename: str, limits: Limits) -> Iterator[Sheet]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [told.name for told in workbook.sheets_metadata if told.typ is SheetTypeEnum.WorkSheet]
        for name in names:
            sheet = workbook.get_sheet_by_name(name)
            height, width = sheet.total_height, sheet.total_width
            is_near = height <= limits.rows + HEADING_SEARCH_ROWS and width <= limits.columns
            hold(is_near, too_many(filename, limits))
            yield name, _unmerged(_from_the_top(_sharing(sheet.iter_rows()), sheet), sheet.merged_cell_ranges)
    except (CalamineError, OSError, ValueError) as error:
        raise Refused(damaged(filename)) from error


def _sharing(rows: Iterable[Raw]) -> Iterator[Raw]:
    """Let equal texts and equal numbers be one value in memory: a list says the same districts and years again and again."""
    known: dict[Any, Any] = {}
    for row in rows:
        # Texts and floats alone: 1, 1.0 and True are equal, and are not the same cell.
        yield [known.setdefault(value, value) if type(value) in {str, float} else value for value in row]
        if len(known) > MOST_SHARED:
            known.clear()


def _from_the_top(rows: Iterator[Raw], sheet: CalamineSheet) -> Iterator[Raw]:
    """Give the rows in the places that the program shows: a sheet is read from its first row with a value on."""
    row, column = sheet.start or (0, 0)
    before: Raw = [None] * column
    yield from ([] for _ in range(row))
    yield from ([*before, *cells] for cells in rows) if before else rows


def _unmerged(rows: Iterator[Raw], merged: Iterable[tuple[Place, Place]] | None) -> Iterator[Raw]:
    """Let a cell that is merged downwards stand in each of its rows; one merged sideways stays a title."""
    downwards = {first: last[0] for first, last in merged or () if last[0] > first[0]}
    held: dict[int, tuple[Any, int]] = {}
    for number, cells in enumerate(rows):
        for column in [column for column, (_cell_held, last) in held.items() if last < number]:
            del held[column]
        for column, (cell, _last) in held.items():
            if column < len(cells) and _cell(cells[column]) is None:
                cells[column] = cell
        held |= {
            column: (cell, downwards[number, column])
            for column, cell in enumerate(cells)
            if downwards and (number, column) in downwards and _cell(cell) is not None
        }
        yield cells


def _old_sheets(content: bytes, filename: str, limits: Limits) -> Iterator[Sheet]:
    """Read an .xls in a process that may fall: what it would take to read one is known only by reading it."""
    size = [str(limits.rows + HEADING_SEARCH_ROWS), str(limits.columns)]
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter and our own file; what is foreign goes in by stdin)
            [sys.executable, "-I", old_workbook.__file__, *size],
            input=content,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(unusual(filename)) from error
    hold(done.returncode != old_workbook.TOO_MANY, too_many(filename, limits))
    hold(done.returncode != old_workbook.DAMAGED, damaged(filename))
    hold(done.returncode == old_workbook.READ, unusual(filename))
    for name, rows, merged in json.loads(done.stdout):
        cells = ([_from_plain(cell) for cell in row] for row in rows)
        yield name, _unmerged(cells, [((first[0], first[1]), (last[0], last[1])) for first, last in merged])


def _from_plain(cell: Any) -> Any:
    match cell:
        case {"day": str(told)}:
            return date.fromisoformat(told)
        case {"moment": str(told)}:
            return datetime.fromisoformat(told)
        case {"text": str(told)}:
            return told
        case _:
            return cell


def _cells(row: Raw) -> list[Cell]:
    return [_cell(value) for value in row]


def _cell(value: Any) -> Cell:
    match value:
        case str():
            return value if value.strip() else None
        case None:
            return None
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return Decimal(value)
        case float():
            return Decimal(int(value)) if value.is_integer() else Decimal(repr(value))
        case datetime():
            return value.date() if value.time() == time() else value
        case date():
            return value
        case _:
            return str(value)


def _csv_rows(content: bytes, filename: str, limits: Limits) -> Iterator[Raw]:
    text = _decoded(content, filename)
    for number, row in enumerate(_rows_of(io.StringIO(text, newline=""), text, filename, limits)):
        if number >= limits.rows + HEADING_SEARCH_ROWS:
            raise Refused(too_many(filename, limits))
        yield row


def _rows_of(lines: Iterable[str], head: str, filename: str, limits: Limits) -> Iterator[Raw]:
    separator = max(",\t;", key=head[: head.find("\n", 1)].count) if "\n" in head else ","
    try:
        for row in csv.reader(lines, delimiter=separator, strict=False):
            if len(row) > limits.columns:
                raise Refused(too_many(filename, limits))
            yield row
    except csv.Error as error:
        raise Refused(damaged(filename)) from error


def _decoded(content: bytes, filename: str) -> str:
    """Decode as Excel in China writes: UTF-8 with or without mark, else GB18030, else what a detector believes."""
    marked = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}.get(content[:2])
    for encoding in (marked,) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        hold("\x00" not in text, damaged(filename))
        return text
    guessed = from_bytes(content[: 1 << 20]).best()
    hold(guessed is not None and "\x00" not in str(guessed), damaged(filename))
    assert guessed is not None
    return content.decode(guessed.encoding, errors="replace")


def _table(sheets: Iterable[Sheet], filename: str, wanted: Collection[str], limits: Limits, *, or_first: bool) -> Table:
    keys = {heading_key(name) for name in wanted}
    first: tuple[str, list[Raw], int] | None = None
    for name, cells in sheets:
        rows = list(cells)
        place = _heading_place(rows, keys)
        if place is not None:
            return _cut(name, rows, place, filename, limits)
        place = _heading_place(rows, set()) if or_first and first is None else None
        first = first if place is None else (name, rows, place)
    if first is not None:
        return _cut(*first, filename, limits)
    if keys and not or_first:
        raise Refused(
            Sentence(
                "“{name}” has no row with the headings {headings}. Please use the template.",
                name=filename,
                headings=list(wanted)[:6],
            )
        )
    raise Refused(Sentence("“{name}” is empty.", name=filename))


def _cut(name: str, rows: list[Raw], place: int, filename: str, limits: Limits) -> Table:
    headers = tuple(str(cell or "").strip() for cell in _cells(rows[place]))
    body = rows[place + 1 :]
    while body and not any(cell is not None for cell in _cells(body[-1])):
        body.pop()
    hold(len(body) <= limits.rows and len(headers) <= limits.columns, too_many(filename, limits))
    return Table(headers, Rows(body), first_row=place + 2, sheet=name)


def _heading_place(rows: list[Raw], keys: set[str]) -> int | None:
    """Find the row of headings: most wanted names among the first rows, or simply the first with two values."""
    searched = [_cells(row) for row in rows[:HEADING_SEARCH_ROWS]]
    if not keys:
        filled = (place for place, row in enumerate(searched) if sum(cell is not None for cell in row) > 1)
        alone = (place for place, row in enumerate(searched) if any(cell is not None for cell in row))
        return next(filled, next(alone, None))
    found = [len(keys & {heading_key(cell) for cell in row if cell is not None}) for row in searched]
    best = max(found, default=0)
    return found.index(best) if best else None
