"""Foreign spreadsheets read with bounds: what is too large, too deep or not what it says is refused in words."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

from charset_normalizer import from_bytes
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from kernel.errors import Refused
from kernel.tables import old_workbook
from kernel.tables.text import Cell, heading_key
from kernel.words import Sentence

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADING_SEARCH_ROWS = 30
CHUNK = 1 << 20
PATIENCE = 60  # seconds for an .xls
RATIO_FREE_BYTES = 1 << 20
"""Members below this size are not asked for their ratio: a small sheet of equal rows packs far better than 100 : 1."""

_TAG = re.compile(rb"""<(?:\w+:)?(row|c)(?=[\s/>])(?:[^<]*?[\s"']r\s*=\s*["']([^"']*)["'])?""")
_A1 = re.compile(rb"([A-Za-z]{0,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a foreign file is taken: bytes as sent and unpacked, members, ratio, rows and columns."""

    size: int = 10 << 20
    unpacked: int = 120 << 20
    members: int = 500
    ratio: int = 100
    rows: int = 20_000
    columns: int = 200


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Table:
    """The headings and the rows below them; `first_row` is the number of the first row as the program shows it."""

    headers: tuple[str, ...]
    rows: list[list[Cell]]
    first_row: int
    sheet: str = ""


def read_table(
    source: Path | bytes,
    filename: str,
    *,
    wanted: Collection[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Read the first table of an xlsx, xls or csv file whose headings are among `wanted`.

    Rows of titles above the headings are skipped; rows without any value are dropped at the end and kept inside.
    Raises Refused when the file is none of these, too large, damaged, hostile or without the headings.
    """
    content = source if isinstance(source, bytes) else _content(source, filename, limits)
    _hold(len(content) <= limits.size, _too_large(filename, limits))
    suffix = PurePath(filename).suffix.lower()
    if suffix == ".xlsx" and content.startswith(ZIP_MAGIC):
        _check_workbook(content, filename, limits)
        sheets = _sheets(content, filename, limits)
    elif suffix == ".xls" and content.startswith(OLE_MAGIC):
        sheets = _old_sheets(content, filename, limits)
    elif suffix in {".csv", ".txt"} and not content.startswith((ZIP_MAGIC, OLE_MAGIC)):
        sheets = iter([("", _csv_rows(content, filename, limits))])
    else:
        raise Refused(
            Sentence("“{name}” is not a spreadsheet. Please choose an .xlsx, .xls or .csv file.", name=filename)
        )
    return _table(sheets, filename, wanted, limits)


def _content(path: Path, filename: str, limits: Limits) -> bytes:
    _hold(path.stat().st_size <= limits.size, _too_large(filename, limits))
    return path.read_bytes()


def _hold(is_held: bool, otherwise: Sentence) -> None:  # noqa: FBT001  (reads as the statement that must hold)
    if not is_held:
        raise Refused(otherwise)


def _too_large(filename: str, limits: Limits) -> Sentence:
    return Sentence(
        "“{name}” is larger than {size} MB. Please split it into smaller files.",
        name=filename,
        size=limits.size >> 20,
    )


def _damaged(filename: str) -> Sentence:
    return Sentence(
        "“{name}” cannot be read: it is damaged or protected by a password. "
        "Please open it, save it as a new .xlsx and try again.",
        name=filename,
    )


def _unusual(filename: str) -> Sentence:
    return Sentence(
        "“{name}” is built in an unusual way and was not opened. Please copy its rows into a new workbook.",
        name=filename,
    )


def _too_many(filename: str, limits: Limits) -> Sentence:
    return Sentence(
        "“{name}” has more than {rows} rows or {columns} columns. Please delete what is not needed or split the file.",
        name=filename,
        rows=limits.rows,
        columns=limits.columns,
    )


def _check_workbook(content: bytes, filename: str, limits: Limits) -> None:
    """Look at a workbook's members before any reader unpacks it: a few kilobytes can stand for gigabytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _hold(len(members) <= limits.members, _unusual(filename))
            _hold(
                not any(member.filename.lower().endswith((".zip", ".xlsx")) for member in members), _unusual(filename)
            )
            left = limits.unpacked
            for member in members:
                left -= _check_member(archive, member, left, filename, limits)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Refused(_damaged(filename)) from error
    except _Deflated as error:
        raise Refused(_damaged(filename)) from error


_Deflated = zipfile.zlib.error if hasattr(zipfile, "zlib") else zipfile.BadZipFile


def _check_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowed: int, filename: str, limits: Limits
) -> int:
    """Unpack one member in pieces and count; what its header says about its size is not believed."""
    unpacked, carried = 0, b""
    places = _Places(filename, limits) if member.filename.lower().endswith((".xml", ".rels")) else None
    with archive.open(member) as stream:
        while piece := stream.read(CHUNK):
            unpacked += len(piece)
            _hold(unpacked <= allowed, _unusual(filename))
            is_dense = unpacked > RATIO_FREE_BYTES and unpacked > limits.ratio * max(member.compress_size, 1)
            _hold(not is_dense, _unusual(filename))
            if places is not None:
                carried = places.check(carried + piece)
    if places is not None:
        places.check(carried + b"<")
    return unpacked


class _Places:
    """Follows where the cells of a sheet lie, with or without their own word for it.

    One value in the last corner makes a reader lay out 17 thousand million cells.
    """

    def __init__(self, filename: str, limits: Limits) -> None:
        self.filename = filename
        self.limits = limits
        self.row = 0
        self.column = 0

    def check(self, text: bytes) -> bytes:
        """Look at all tags but the last, which may not be whole yet, and give that one back."""
        plain = b"<!DOCTYPE" not in text and b"<!ENTITY" not in text and b"\x00" not in text
        _hold(plain, _unusual(self.filename))
        begun = text.rfind(b"<")
        _hold(len(text) - begun <= CHUNK, _unusual(self.filename))
        for tag, place in _TAG.findall(text[:begun]):
            self._go(tag == b"row", place)
            is_near = self.row <= self.limits.rows + HEADING_SEARCH_ROWS and self.column <= self.limits.columns
            _hold(is_near, _too_many(self.filename, self.limits))
        return text[begun:]

    def _go(self, is_row: bool, place: bytes) -> None:  # noqa: FBT001  (which of the two tags)
        parts = _A1.fullmatch(place) if place else None
        if place and (parts is None or is_row is bool(parts[1])):
            raise Refused(_unusual(self.filename))
        if parts is not None:
            self.row, self.column = int(parts[2]), _column(parts[1])
        elif is_row:
            self.row, self.column = self.row + 1, 0
        else:
            self.column += 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


Sheet = tuple[str, Iterable[list[Cell]]]


def _sheets(content: bytes, filename: str, limits: Limits) -> Iterator[Sheet]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [told.name for told in workbook.sheets_metadata if told.typ is SheetTypeEnum.WorkSheet]
        for name in names:
            sheet = workbook.get_sheet_by_name(name)
            height, width = sheet.total_height, sheet.total_width
            is_near = height <= limits.rows + HEADING_SEARCH_ROWS and width <= limits.columns
            _hold(is_near, _too_many(filename, limits))
            yield name, ([_cell(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False))
    except (CalamineError, OSError, ValueError) as error:
        raise Refused(_damaged(filename)) from error


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
        raise Refused(_unusual(filename)) from error
    _hold(done.returncode != old_workbook.TOO_MANY, _too_many(filename, limits))
    _hold(done.returncode != old_workbook.DAMAGED, _damaged(filename))
    _hold(done.returncode == old_workbook.READ, _unusual(filename))
    for name, rows in json.loads(done.stdout):
        yield name, [[_cell(_from_plain(cell)) for cell in row] for row in rows]


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


def _cell(value: Any) -> Cell:
    match value:
        case "" | None:
            return None
        case str():
            return value if value.strip() else None
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


def _csv_rows(content: bytes, filename: str, limits: Limits) -> Iterator[list[Cell]]:
    text = _decoded(content, filename)
    lines = io.StringIO(text, newline="")
    separator = max(",\t;", key=text[: text.find("\n", 1)].count) if "\n" in text else ","
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=separator, strict=False)):
            is_near = number < limits.rows + HEADING_SEARCH_ROWS and len(row) <= limits.columns
            _hold(is_near, _too_many(filename, limits))
            yield [_cell(cell) for cell in row]
    except csv.Error as error:
        raise Refused(_damaged(filename)) from error


def _decoded(content: bytes, filename: str) -> str:
    """Decode as Excel in China writes: UTF-8 with or without mark, else GB18030, else what a detector believes."""
    marked = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}.get(content[:2])
    for encoding in (marked,) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        _hold("\x00" not in text, _damaged(filename))
        return text
    guessed = from_bytes(content[:CHUNK]).best()
    _hold(guessed is not None and "\x00" not in str(guessed), _damaged(filename))
    assert guessed is not None
    return content.decode(guessed.encoding, errors="replace")


def _table(sheets: Iterable[Sheet], filename: str, wanted: Collection[str], limits: Limits) -> Table:
    keys = {heading_key(name) for name in wanted}
    for name, cells in sheets:
        rows = list(cells)
        place = _heading_place(rows, keys)
        if place is None:
            continue
        headers = tuple(str(cell or "").strip() for cell in rows[place])
        body = rows[place + 1 :]
        while body and not any(cell is not None for cell in body[-1]):
            body.pop()
        _hold(len(body) <= limits.rows and len(headers) <= limits.columns, _too_many(filename, limits))
        return Table(headers, body, first_row=place + 2, sheet=name)
    if keys:
        raise Refused(
            Sentence(
                "“{name}” has no row with the headings {headings}. Please use the template.",
                name=filename,
                headings="、".join(list(wanted)[:6]),
            )
        )
    raise Refused(Sentence("“{name}” is empty.", name=filename))


def _heading_place(rows: list[list[Cell]], keys: set[str]) -> int | None:
    """Find the row of headings: most wanted names among the first rows, or simply the first with two values."""
    searched = rows[:HEADING_SEARCH_ROWS]
    if not keys:
        filled = (place for place, row in enumerate(searched) if sum(cell is not None for cell in row) > 1)
        alone = (place for place, row in enumerate(searched) if any(cell is not None for cell in row))
        return next(filled, next(alone, None))
    found = [len(keys & {heading_key(cell) for cell in row if cell is not None}) for row in searched]
    best = max(found, default=0)
    return found.index(best) if best else None
