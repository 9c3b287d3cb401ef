"""Exports: numbers stay numbers, and no text can become a formula in the program that opens it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import BinaryIO, Generic, TypeVar

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from kernel.clock import local
from kernel.words import Sentence, word_of

Row = TypeVar("Row")

RISKY_STARTS = tuple("=+-@\t\r\n＝＋－＠")
LONGEST_CELL = 32_767
PIECE_ROWS = 500
YES, NO = Sentence("yes"), Sentence("no")
_UNWRITABLE = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]")
_PLAIN_TEXT, _AMOUNT, _WHOLE, _DAY, _MOMENT = "@", "#,##0.00", "0", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"

Value = object
"""What a column may give: str, Sentence, StrEnum, Decimal, int, float, bool, date, datetime or None."""


@dataclass(frozen=True, slots=True)
class Export(Generic[Row]):
    """One column of an export: its heading, how it reads a row, and its width in characters."""

    title: str | Sentence
    of: Callable[[Row], Value]
    width: int = 16


def write_xlsx(
    rows: Iterable[Row],
    columns: Sequence[Export[Row]],
    target: BinaryIO,
    *,
    sheet: str = "Sheet1",
    locale: str | None = None,
) -> None:
    """Write a workbook into `target` row by row; memory does not grow with the rows."""
    book = Workbook(write_only=True)
    page: WriteOnlyWorksheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", sheet)[:31])
    page.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width  # type: ignore[attr-defined]  # there, but not in the stubs
    desk, words = _Desk(page), _Words(locale)
    page.append([desk.cell(place, words.plain(column.title)) for place, column in enumerate(columns)])
    for row in rows:
        page.append([desk.cell(place, words.plain(column.of(row))) for place, column in enumerate(columns)])
    book.save(target)


def xlsx_bytes(rows: Iterable[Row], columns: Sequence[Export[Row]], *, locale: str | None = None) -> bytes:
    """Write a small workbook in memory."""
    target = io.BytesIO()
    write_xlsx(rows, columns, target, locale=locale)
    return target.getvalue()


def write_csv(
    rows: Iterable[Row], columns: Sequence[Export[Row]], *, locale: str | None = None, is_begun: bool = False
) -> Iterator[bytes]:
    """Give a csv file piece by piece: UTF-8 with a mark, as Excel in China expects it; one that is begun goes on."""
    lines, words = io.StringIO(newline=""), _Words(locale)
    writer = csv.writer(lines)
    if not is_begun:
        lines.write("\ufeff")
        writer.writerow([_csv_cell(words.plain(column.title)) for column in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow([_csv_cell(words.plain(column.of(row))) for column in columns])
        if number % PIECE_ROWS == 0:
            yield lines.getvalue().encode()
            lines.seek(0)
            lines.truncate()
    yield lines.getvalue().encode()


def csv_bytes(rows: Iterable[Row], columns: Sequence[Export[Row]], *, locale: str | None = None) -> bytes:
    """Write a small csv file in memory."""
    return b"".join(write_csv(rows, columns, locale=locale))


Plain = str | Decimal | int | date | None


class _Words:
    """What a column gives, as a plain value; a coded word is looked up once in an export."""

    def __init__(self, locale: str | None) -> None:
        self.locale = locale
        self.known: dict[str, str] = {}

    def plain(self, value: Value) -> Plain:
        """Give the value that a cell holds."""
        match value:
            case StrEnum():
                return self._word(Sentence(word_of(value)))
            case None | Decimal() | str():
                return value
            case Sentence():
                return value.render(self.locale)
            case float():
                return Decimal(repr(value))
            case bool():
                return self._word(YES if value else NO)
            case datetime():
                return local(value).replace(tzinfo=None) if value.tzinfo else value
            case int() | date():
                return value
            case _:
                return str(value)

    def _word(self, told: Sentence) -> str:
        if told.msgid not in self.known:
            self.known[told.msgid] = told.render(self.locale)
        return self.known[told.msgid]


class _Desk:
    """The cells of one row, written again and again: to style a cell costs four times what it costs to fill it."""

    def __init__(self, page: WriteOnlyWorksheet) -> None:
        self.page = page
        self.kept: dict[tuple[int, str, bool], Cell] = {}

    def cell(self, place: int, value: Plain) -> Cell:
        """Give the cell of a column with a value; it is good until the next row."""
        if not isinstance(value, str):
            cell = self._styled(place, _format_of(value))
            cell.value = value
            return cell
        told = _UNWRITABLE.sub("", value)[:LONGEST_CELL]
        cell = self._styled(place, _PLAIN_TEXT, is_risky=told.startswith(RISKY_STARTS))
        cell.value = told
        cell.data_type = "s"
        return cell

    def _styled(self, place: int, form: str, *, is_risky: bool = False) -> Cell:
        key = (place, form, is_risky)
        if key not in self.kept:
            self.kept[key] = cell = WriteOnlyCell(self.page)
            cell.number_format = form
            if is_risky:
                cell.quotePrefix = True
        return self.kept[key]


def _format_of(value: Plain) -> str:
    match value:
        case Decimal():
            return _AMOUNT if value.as_tuple().exponent else _WHOLE
        case datetime():
            return _MOMENT
        case date():
            return _DAY
        case _:
            return "General"


def _csv_cell(plain: Plain) -> str:
    match plain:
        case None:
            return ""
        case Decimal():
            return f"{plain:f}"
        case datetime():
            return f"{plain:%Y-%m-%d %H:%M}"
        case str():
            told = _UNWRITABLE.sub("", plain)
            return f"'{told}" if told.startswith(RISKY_STARTS) else told
        case _:
            return str(plain)
