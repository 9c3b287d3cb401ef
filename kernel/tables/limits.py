"""How much of a foreign spreadsheet is taken, and what is said of one that is more or other than that."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.errors import Refused
from kernel.words import Sentence

HEADING_SEARCH_ROWS = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a foreign file is taken: bytes as sent and unpacked, members, ratio, rows and columns.

    Without `formulas` a workbook that calculates, or looks into another file, is refused: what a cell shows was
    counted by a program that nobody here can ask.
    """

    size: int = 10 << 20
    unpacked: int = 120 << 20
    members: int = 500
    ratio: int = 100
    rows: int = 20_000
    columns: int = 200
    formulas: bool = True


DEFAULT_LIMITS = Limits()


def hold(is_held: bool, otherwise: Sentence) -> None:  # noqa: FBT001  (reads as the statement that must hold)
    if not is_held:
        raise Refused(otherwise)


def too_large(filename: str, limits: Limits) -> Sentence:
    return Sentence(
        "“{name}” is larger than {size} MB. Please split it into smaller files.",
        name=filename,
        size=limits.size >> 20,
    )


def damaged(filename: str) -> Sentence:
    return Sentence(
        "“{name}” cannot be read: it is damaged or protected by a password. "
        "Please open it, save it as a new .xlsx and try again.",
        name=filename,
    )


def unusual(filename: str) -> Sentence:
    return Sentence(
        "“{name}” is built in an unusual way and was not opened. Please copy its rows into a new workbook.",
        name=filename,
    )


def counted(filename: str) -> Sentence:
    return Sentence(
        "“{name}” holds formulas or links to other files. Please copy its cells and paste them as values.",
        name=filename,
    )


def too_many(filename: str, limits: Limits) -> Sentence:
    return Sentence(
        "“{name}” has more than {rows} rows or {columns} columns. Please delete what is not needed or split the file.",
        name=filename,
        rows=limits.rows,
        columns=limits.columns,
    )
