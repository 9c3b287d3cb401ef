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

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from kernel.clock import local
from kernel.words import Sentence, word_of

Row = TypeVar("Row")

RISKY_STARTS = tuple("=+-@\t\r\n＝＋－＠")
LONGEST_CELL = 32_767
PIECE_ROWS = 500
YES, NO = Sentence("yes"), Sentence("no")
_UNWRITABLE = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile(r"\r\n?")  # a workbook knows one kind alone
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
    words = _Words(locale)
    with Workbook(target, {"constant_memory": True}) as book:
        page = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", sheet)[:31])
        page.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            page.set_column(place, place, column.width)
        desk = _Desk(book, page)
        for place, column in enumerate(columns):
            desk.write(0, place, words.plain(column.title))
        for number, row in enumerate(rows, 1):
            for place, column in enumerate(columns):
                desk.write(number, place, words.plain(column.of(row)))


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
    writer, readers = csv.writer(lines), [column.of for column in columns]
    if not is_begun:
        lines.write("\ufeff")
        writer.writerow([_csv_cell(words.plain(column.title)) for column in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow([_csv_cell(words.plain(of(row))) for of in readers])
        if number % PIECE_ROWS == 0:
            yield lines.getvalue().encode()
            lines.seek(0)
            lines.truncate()
    yield lines.getvalue().encode()


def csv_bytes(rows: Iterable[Row], columns: Sequence[Export[Row]], *, locale: str | None = None) -> bytes:
    """Write a small csv file in memory."""
    return b"".join(write_csv(rows, columns, locale=locale))


Plain = str | Decimal | int | date | None
_PLAIN = frozenset({str, Decimal, int, date, type(None)})
"""The kinds themselves, asked for before their forms (a choice is a str, a moment a day): most cells are of these."""


class _Words:
    """What a column gives, as a plain value; a coded word is looked up once in an export."""

    def __init__(self, locale: str | None) -> None:
        self.locale = locale
        self.known: dict[tuple[type, Value], str] = {}

    def plain(self, value: Value) -> Plain:
        """Give the value that a cell holds."""
        if type(value) in _PLAIN:
            return value  # type: ignore[return-value]
        match value:
            case StrEnum() | bool():
                return self._word(value)
            case Decimal() | str():
                return value
            case Sentence():
                return value.render(self.locale)
            case float():
                return Decimal(repr(value))
            case datetime():
                return local(value).replace(tzinfo=None) if value.tzinfo else value
            case int() | date():
                return value
            case _:
                return str(value)

    def _word(self, value: StrEnum | bool) -> str:  # noqa: FBT001  (a cell's value)
        key = type(value), value  # members of two enums with the same code are equal
        if key not in self.known:
            told = Sentence(word_of(value)) if isinstance(value, StrEnum) else YES if value else NO
            self.known[key] = told.render(self.locale)
        return self.known[key]


class _Desk:
    """The cells of a sheet, each written by its kind: a text stays a text, whatever it begins with."""

    def __init__(self, book: Workbook, page: Worksheet) -> None:
        self.page = page
        self.text = book.add_format({"num_format": _PLAIN_TEXT})
        self.risky = book.add_format({"num_format": _PLAIN_TEXT, "quote_prefix": True})
        self.forms: dict[str, Format] = {
            form: book.add_format({"num_format": form}) for form in (_AMOUNT, _WHOLE, _DAY, _MOMENT)
        }

    def write(self, row: int, place: int, value: Plain) -> None:
        """Write one cell; rows come in their order, as each is let go once the next begins."""
        match value:
            case None | "":
                pass
            case str():
                told = _LINE_END.sub("\n", _UNWRITABLE.sub("", value))[:LONGEST_CELL]
                self.page.write_string(row, place, told, self.risky if told.startswith(RISKY_STARTS) else self.text)
            case Decimal():
                self.page.write_number(row, place, value, self.forms[_AMOUNT if value.as_tuple().exponent else _WHOLE])
            case datetime():
                self.page.write_datetime(row, place, value, self.forms[_MOMENT])
            case date():
                self.page.write_datetime(row, place, value, self.forms[_DAY])
            case _:
                self.page.write_number(row, place, value)


def _csv_cell(plain: Plain) -> str:
    match plain:
        case None:
            return ""
        case Decimal():
            return f"{plain:f}"
        case datetime():
            return f"{plain:%Y-%m-%d %H:%M}"
        case str():
            told = plain if plain.isprintable() else _UNWRITABLE.sub("", plain)
            return f"'{told}" if told.startswith(RISKY_STARTS) else told
        case _:
            return str(plain)
