"""Tables on paper: they repeat their heads, break between rows, and through a row only where it is too tall.

reportlab's own tables know fonts, spans and colours of single cells, which no paper of ours needs, and take most of a
paper's time; these know text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from kernel.documents.text import FEWEST_LINES, Words
from kernel.documents.typeface import GROUND, LEAF, LINE

SIDE, ABOVE, BELOW = 4.0, 3.0, 4.0
THIN, THICK = 0.4, 0.8
KEPT_WITH_SUMS = 2
"""So many rows stay on the page of the sums."""
TALLEST_WHOLE = 160.0
"""A row that is less tall than this goes to the next page whole, in points."""


@dataclass(frozen=True)
class Row:
    """One row: a cell of text for each column, and the column widths in points."""

    cells: tuple[Words, ...]
    widths: tuple[float, ...]
    is_cut: bool = False
    """Whether it goes on over the page, so that no line closes it."""

    @cached_property
    def height(self) -> float:
        room = [cell.height_at(width - 2 * SIDE) for cell, width in zip(self.cells, self.widths, strict=True)]
        return max(room, default=0.0) + ABOVE + BELOW

    def cut(self, height: float) -> tuple[Row, Row] | None:
        """Cut through the lines of the cells; None when not even two lines of the tallest cell fit."""
        pairs = list(zip(self.cells, self.widths, strict=True))
        longest = max(len(cell.lines(width - 2 * SIDE)) for cell, width in pairs)
        leading = max(cell.style.leading for cell in self.cells)
        count = min(int((height - ABOVE - BELOW) / leading + 1e-6), longest - FEWEST_LINES)
        if count < FEWEST_LINES:
            return None
        parts = [cell.parts(width - 2 * SIDE, count) for cell, width in pairs]
        first, rest = tuple(part[0] for part in parts), tuple(part[1] for part in parts)
        return Row(first, self.widths, is_cut=True), Row(rest, self.widths)

    def draw(self, canvas: Canvas, top: float) -> None:
        x = 0.0
        for cell, width in zip(self.cells, self.widths, strict=True):
            cell.draw_at(canvas, x + SIDE, top - ABOVE, width - 2 * SIDE)
            x += width


@dataclass(frozen=True)
class Rows:
    """What stands in a table: rows, a head that is repeated, sums that stay with the last rows."""

    body: tuple[Row, ...]
    head: Row | None = None
    sums: Row | None = None

    @property
    def height(self) -> float:
        return sum(row.height for row in (self.head, *self.body, self.sums) if row is not None)


class Grid(Flowable):
    """A table of text."""

    def __init__(self, rows: Rows, width: float) -> None:
        super().__init__()
        self.rows, self.width = rows, width
        self.height = rows.height

    def getSpaceAfter(self) -> float:  # noqa: N802  (reportlab's name)
        return 8.0

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return self.width, self.height

    def least(self) -> float:
        """Give the room that the head and the beginning of the first row need."""
        rows = self.rows
        first = rows.body[:1] or ((rows.sums,) if rows.sums else ())
        tall = sum(min(row.height, ABOVE + BELOW + 4 * row.cells[0].style.leading) for row in first)
        return (rows.head.height if rows.head else 0.0) + tall

    def split(self, _width: float, height: float) -> list[Any]:
        rows = self.rows
        room = height - (rows.head.height if rows.head else 0.0)
        count = self._beside_sums(_fitting(rows.body, room))
        first, rest = rows.body[:count], rows.body[count:]
        if rest and rest[0].height > TALLEST_WHOLE:
            cut = rest[0].cut(room - sum(row.height for row in first))
            if cut is not None:
                first, rest = (*first, cut[0]), (cut[1], *rest[1:])
        if not first:
            return []
        return [
            Grid(replace(rows, body=first, sums=None), self.width),
            Grid(replace(rows, body=rest), self.width),
        ]

    def _beside_sums(self, count: int) -> int:
        """Leave the last rows to the page of the sums."""
        body = self.rows.body
        return count if self.rows.sums is None else min(count, max(0, len(body) - KEPT_WITH_SUMS))

    def draw(self) -> None:
        rows, top = self.rows, self.height
        lines = [row for row in (rows.head, *rows.body, rows.sums) if row is not None]
        self._rule(top, THIN, LINE)
        for row in lines:
            bottom = top - row.height
            if row is rows.head or row is rows.sums:
                self._ground(bottom, row.height)
            if row is rows.sums:
                self._rule(top, THICK, LEAF)
            row.draw(self.canv, top)
            if row is rows.head:
                self._rule(bottom, THICK, LEAF)
            elif not row.is_cut:
                self._rule(bottom, THIN, LINE)
            top = bottom

    def _rule(self, y: float, thick: float, ink: Color) -> None:
        self.canv.setLineWidth(thick)
        self.canv.setStrokeColor(ink)
        self.canv.line(0, y, self.width, y)

    def _ground(self, bottom: float, height: float) -> None:
        self.canv.setFillColor(GROUND)
        self.canv.rect(0, bottom, self.width, height, stroke=0, fill=1)


def _fitting(body: Sequence[Row], room: float) -> int:
    """Give how many rows fit into a room."""
    for count, row in enumerate(body):
        room -= row.height
        if room < 0:
            return count
    return len(body)
