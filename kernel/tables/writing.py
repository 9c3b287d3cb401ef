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
    page.append([_xlsx_cell(page, column.title, locale) for column in columns])
    for row in rows:
        page.append([_xlsx_cell(page, column.of(row), locale) for column in columns])
    book.save(target)


def xlsx_bytes(rows: Iterable[Row], columns: Sequence[Export[Row]], *, locale: str | None = None) -> bytes:
    """Write a small workbook in memory."""
    target = io.BytesIO()
    write_xlsx(rows, columns, target, locale=locale)
    return target.getvalue()


def write_csv(rows: Iterable[Row], columns: Sequence[Export[Row]], *, locale: str | None = None) -> Iterator[bytes]:
    """Give a csv file piece by piece: UTF-8 with a mark, as Excel in China expects it."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    lines.write("\ufeff")
    writer.writerow([_csv_cell(column.title, locale) for column in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow([_csv_cell(column.of(row), locale) for column in columns])
        if number % PIECE_ROWS == 0:
            yield lines.getvalue().encode()
            lines.seek(0)
            lines.truncate()
    yield lines.getvalue().encode()


def csv_bytes(rows: Iterable[Row], columns: Sequence[Export[Row]], *, locale: str | None = None) -> bytes:
    """Write a small csv file in memory."""
    return b"".join(write_csv(rows, columns, locale=locale))


def _plain(value: Value, locale: str | None) -> str | Decimal | int | date | None:
    match value:
        case Sentence():
            return value.render(locale)
        case StrEnum():
            return Sentence(word_of(value)).render(locale)
        case None | Decimal() | str():
            return value
        case float():
            return Decimal(repr(value))
        case bool():
            return (Sentence("yes") if value else Sentence("no")).render(locale)
        case datetime():
            return local(value).replace(tzinfo=None) if value.tzinfo else value
        case int() | date():
            return value
        case _:
            return str(value)


def _xlsx_cell(page: WriteOnlyWorksheet, value: Value, locale: str | None) -> Cell:
    plain = _plain(value, locale)
    if isinstance(plain, str):
        plain = _UNWRITABLE.sub("", plain)[:LONGEST_CELL]
        cell = WriteOnlyCell(page, plain)
        cell.data_type = "s"
        cell.number_format = _PLAIN_TEXT
        if plain.startswith(RISKY_STARTS):
            cell.quotePrefix = True
        return cell
    cell = WriteOnlyCell(page, plain)  # type: ignore[arg-type]  # takes whatever a cell takes
    match plain:
        case Decimal():
            cell.number_format = _AMOUNT if plain.as_tuple().exponent else _WHOLE
        case datetime():
            cell.number_format = _MOMENT
        case date():
            cell.number_format = _DAY
        case _:
            pass
    return cell


def _csv_cell(value: Value, locale: str | None) -> str:
    plain = _plain(value, locale)
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
