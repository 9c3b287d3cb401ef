"""The one door for text on paper: nothing that a person typed can become markup, a picture or a fault.

reportlab's own Paragraph is not used: it reads markup. Text here is only ever measured, broken and drawn.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from kernel.documents.typeface import FONT, INK, LEAF, SECOND_INK, advance, drawable, runs, width_of
from kernel.money import format_yuan
from kernel.words import Sentence

Text = str | Sentence | Decimal | int | date | None
"""What can stand on a paper; amounts are written as 1,200.00 and days as 2027-03-01."""

Align = Literal["left", "center", "right"]

NEVER_FIRST = frozenset("，。、；：？！）》〉」』】〕〗”’…—·％‰℃,.;:?!)]}%")
NEVER_LAST = frozenset("（《〈「『【〔〖“‘￥¥([{$")
WIDE = frozenset("WF")
FEWEST_LINES = 2
"""Of a paragraph that breaks over a page, so many lines stand together at least."""


def written(text: Text, locale: str | None) -> str:
    """Write a value as it stands on a paper."""
    match text:
        case None:
            return ""
        case Sentence():
            return text.render(locale)
        case Decimal():
            return format_yuan(text)
        case date():
            return f"{text:%Y-%m-%d}"
        case _:
            return str(text)


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set: size in points, ink, side, room before and after it, and whether both edges are even."""

    size: float
    ink: Color = INK
    align: Align = "left"
    before: float = 0
    after: float = 0
    is_even: bool = False

    @property
    def leading(self) -> float:
        return self.size * 1.55


STYLES = {
    "text": Style(10.5, after=6, is_even=True),
    "title": Style(17, LEAF, "center", before=6, after=6),
    "under_title": Style(9.5, SECOND_INK, "center", after=12),
    "heading": Style(12.5, LEAF, before=10, after=4),
    "cell": Style(9.5),
    "figure": Style(9.5, align="right"),
    "label": Style(9.5, SECOND_INK),
    "label_right": Style(9.5, SECOND_INK, "right"),
    "total": Style(9.5, LEAF),
    "total_right": Style(9.5, LEAF, "right"),
    "small": Style(8.5, SECOND_INK, after=4),
}


class Line(NamedTuple):
    """One line of text: what stands in it, how much room is left, whether a paragraph ends here."""

    text: str
    room: float
    is_last: bool


def broken(text: str, width: float, size: float) -> Iterator[Line]:
    """Break text into lines of a width in points.

    No line begins with a closing mark or ends with an opening one, numbers and Latin words stay whole as long as they
    fit into a line; takes time in proportion to the text.
    """
    limit, blank = width * 1000 / size, advance(" ")
    for paragraph in text.split("\n"):
        start, length = 0, len(paragraph)
        while True:
            end, used = _line_end(paragraph, start, limit)
            line = paragraph[start:end]
            tail = line.rstrip(" ")
            while end < length and paragraph[end] == " ":
                end += 1
            room = limit - used + (len(line) - len(tail)) * blank
            yield Line(tail, room * size / 1000, end >= length)
            start = end
            if start >= length:
                break


def _line_end(text: str, start: int, limit: float) -> tuple[int, float]:
    """Give where the line from `start` ends, and how wide it is in thousandths of the letter size."""
    used, place = 0.0, start
    for place in range(start, len(text)):
        grown = used + advance(text[place])
        if grown > limit and text[place] != " " and place > start:
            break
        used = grown
    else:
        return len(text), used
    end, back = place, used
    while end > start and not _may_break(text[end - 1], text[end]):
        end -= 1
        back -= advance(text[end])
    return (end, back) if end > start else (place, used)


def _may_break(before: str, after: str) -> bool:
    if after in NEVER_FIRST or before in NEVER_LAST or after == " ":
        return False
    return before == " " or _is_wide(before) or _is_wide(after)


@cache
def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in WIDE


def draw_text(canvas: Canvas, x: float, y: float, text: str, style: Style, *, stretch: float = 0.0) -> None:
    """Draw one line with its base at (x, y), font by font; `stretch` is added between letters, in points."""
    pen = canvas.beginText(x, y)
    pen.setFillColor(style.ink)
    if stretch:
        pen.setCharSpace(stretch)
    for name, piece in runs(text):
        pen.setFont(name, style.size)
        pen.textOut(piece)
    if stretch:
        pen.setCharSpace(0)
    canvas.drawText(pen)


def place_text(canvas: Canvas, x: float, y: float, line: Line, style: Style) -> None:
    """Draw a line where its style has it within its room, counted from `x`."""
    room, gaps = line.room, len(line.text) - 1
    if style.is_even and not line.is_last and gaps > 0 and 0 < room < style.size * 1.5:
        draw_text(canvas, x, y, line.text, style, stretch=room / gaps)
    else:
        shift = {"left": 0.0, "center": room / 2, "right": room}[style.align]
        draw_text(canvas, x + shift, y, line.text, style)


class Words(Flowable):
    """Text exactly as it was typed: never parsed, always drawable, broken as Chinese is."""

    def __init__(self, text: str, style: str = "text", lines: tuple[Line, ...] | None = None) -> None:
        super().__init__()
        self.text, self.style = text, STYLES[style]
        self._name, self._lines, self._for = style, lines, 0.0

    def lines(self, width: float) -> tuple[Line, ...]:
        """Give the lines at a width; a part of a broken paragraph keeps those that it has."""
        if self._lines is None or (self._for and self._for != width):
            self._lines, self._for = tuple(broken(self.text, width, self.style.size)), width
        return self._lines

    def height_at(self, width: float) -> float:
        return len(self.lines(width)) * self.style.leading

    def parts(self, width: float, count: int) -> tuple[Words, Words]:
        """Give the first `count` lines and the rest, each as text of its own."""
        told = self.lines(width)
        return Words("", self._name, told[:count]), Words("", self._name, told[count:])

    def getSpaceBefore(self) -> float:  # noqa: N802  (reportlab's name)
        return self.style.before

    def getSpaceAfter(self) -> float:  # noqa: N802  (reportlab's name)
        return self.style.after

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width, self.height = width, self.height_at(width)
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Any]:
        count = int(height / self.style.leading + 1e-6)
        count = min(count, len(self.lines(width)) - FEWEST_LINES)
        return [] if count < FEWEST_LINES else list(self.parts(width, count))

    def draw(self) -> None:
        self.draw_at(self.canv, 0, self.height, self.width)

    def draw_at(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw all lines below `top`, within `width` from `x`."""
        style = self.style
        base = top - (style.leading - style.size) / 2 - style.size * 0.86
        for number, line in enumerate(self.lines(width)):
            place_text(canvas, x, base - number * style.leading, line, style)


def P(text: Text, style: str = "text", *, locale: str | None = None) -> Words:  # noqa: N802  (its old name)
    """Make text for a paper."""
    return Words(drawable(written(text, locale)), style)


def shortened(text: str, size: float, width: float) -> str:
    """Cut text with an ellipsis to what fits into a width in points."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text}…"


__all__ = ["FONT", "STYLES", "Line", "P", "Style", "Text", "Words", "broken", "draw_text", "shortened", "written"]
