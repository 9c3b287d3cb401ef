"""A workbook to fill in: headings, what each cell may hold, and lists to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from xlsxwriter import Workbook

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
    with Workbook(target) as book:
        page, bold = book.add_worksheet(sheet[:31]), book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        text = book.add_format({"num_format": "@"})
        for place, blank in enumerate(blanks):
            page.write_string(0, place, f"{blank.title}*" if blank.required else blank.title, bold)
            width = max(WIDTH, 2 * len(blank.title) + 2)
            page.set_column(place, place, width, text if blank.is_text else None)
            if told := _asked(blank, locale):
                page.data_validation(1, place, FILLED_ROWS - 1, place, told)
        _explain(book, blanks, locale)


def _asked(blank: Blank, locale: str | None) -> dict[str, Any]:
    is_list = bool(blank.choices) and len(",".join(blank.choices)) <= LONGEST_CHOICE
    asked: dict[str, Any] = {}
    if is_list:
        problem = Sentence("Please choose one of the offered values.").render(locale)
        asked |= {"validate": "list", "source": list(blank.choices), "error_message": problem}
    if blank.hint:
        asked |= {"input_title": blank.title[:32], "input_message": blank.hint[:255]}
    return {"validate": "any"} | asked if asked else {}


def _explain(book: Workbook, blanks: Sequence[Blank], locale: str | None) -> None:
    page, bold = book.add_worksheet(Sentence("How to fill this in").render(locale)), book.add_format({"bold": True})
    for place, width in enumerate((28, 14, 80)):
        page.set_column(place, place, width)
    page.write_row(
        0, 0, [Sentence(told).render(locale) for told in ("Column", "Must be filled in", "What it holds")], bold
    )
    for number, blank in enumerate(blanks, 1):
        must = Sentence("yes" if blank.required else "no").render(locale)
        page.write_string(number, 0, blank.title)
        page.write_string(number, 1, must)
        page.write_string(number, 2, " ".join(filter(None, (blank.hint, "、".join(blank.choices)))))
