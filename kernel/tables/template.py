"""A workbook to fill in: headings, what each cell may hold, and lists to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kernel.words import Sentence

FILLED_ROWS = 5_000
LONGEST_CHOICE = 250  # characters that a program takes as a list
WIDTH = 18


@dataclass(frozen=True, slots=True)
class Blank:
    """One column to fill in: its heading, a hint, what may be chosen, and whether it must be filled in."""

    title: str
    hint: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    is_text: bool = False


def write_template(blanks: Sequence[Blank], target: BinaryIO, *, sheet: str, locale: str | None = None) -> None:
    """Write a workbook with nothing but headings; hints appear at the cell, choices drop down, a second sheet tells all."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet[:31]
    page.freeze_panes = "A2"
    for number, blank in enumerate(blanks, 1):
        letter = get_column_letter(number)
        head = page.cell(1, number, f"{blank.title}*" if blank.required else blank.title)
        head.font = Font(bold=True)
        page.column_dimensions[letter].width = max(WIDTH, 2 * len(blank.title) + 2)
        if blank.is_text:
            page.column_dimensions[letter].number_format = "@"
        if told := _asked(blank, locale):
            told.add(f"{letter}2:{letter}{FILLED_ROWS}")
            page.add_data_validation(told)
    _explain(book, blanks, locale)
    book.save(target)


def _asked(blank: Blank, locale: str | None) -> DataValidation | None:
    listed = ",".join(blank.choices)
    is_list = bool(blank.choices) and len(listed) <= LONGEST_CHOICE
    if not (is_list or blank.hint):
        return None
    asked = DataValidation(
        type="list" if is_list else None,
        formula1=f'"{listed}"' if is_list else None,
        allow_blank=True,
        showErrorMessage=is_list,
        showInputMessage=bool(blank.hint),
    )
    if blank.hint:
        asked.promptTitle, asked.prompt = blank.title[:32], blank.hint[:255]
    if is_list:
        asked.error = Sentence("Please choose one of the offered values.").render(locale)
    return asked


def _explain(book: Workbook, blanks: Sequence[Blank], locale: str | None) -> None:
    page = book.create_sheet(Sentence("How to fill this in").render(locale))
    for letter, width in zip("ABC", (28, 14, 80), strict=True):
        page.column_dimensions[letter].width = width
    page.append([Sentence(told).render(locale) for told in ("Column", "Must be filled in", "What it holds")])
    for blank in blanks:
        must = Sentence("yes" if blank.required else "no").render(locale)
        page.append([blank.title, must, " ".join(filter(None, (blank.hint, "、".join(blank.choices))))])
    for cell in page[1]:
        cell.font = Font(bold=True)
