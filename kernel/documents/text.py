"""The one door for text on paper: nothing that a person typed can become markup, a picture or a fault."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from kernel.documents.typeface import FONT, INK, LEAF, SECOND_INK, drawable, typeface
from kernel.money import format_yuan
from kernel.words import Sentence

Text = str | Sentence | Decimal | int | date | None
"""What can stand on a paper; amounts are written as 1,200.00 and days as 2027-03-01."""

NEVER_FIRST = frozenset("，。、；：？！）》〉」』】〕〗”’…—·％‰℃,.;:?!)]}%")
NEVER_LAST = frozenset("（《〈「『【〔〖“‘￥¥([{$")
WIDE = frozenset("WF")


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


def P(text: Text, style: str = "text", *, locale: str | None = None) -> Paragraph:  # noqa: N802  (its old name)
    """Make a paragraph of text exactly as it was typed: never parsed, always drawable, broken as Chinese is."""
    return _Plain(drawable(written(text, locale)), style)


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    told: dict[str, Any] = {"leading": size * 1.55, "wordWrap": "CJK", "textColor": INK} | more
    return ParagraphStyle(name, fontName=FONT, bulletFontName=FONT, fontSize=size, **told)


STYLES = {
    style.name: style
    for style in (
        _style("text", 10.5, spaceAfter=6),
        _style("title", 17, alignment=TA_CENTER, textColor=LEAF, spaceBefore=4, spaceAfter=4),
        _style("under_title", 9.5, alignment=TA_CENTER, textColor=SECOND_INK, spaceAfter=12),
        _style("heading", 12.5, textColor=LEAF, spaceBefore=10, spaceAfter=4),
        _style("cell", 9.5),
        _style("figure", 9.5, alignment=TA_RIGHT),
        _style("label", 9.5, textColor=SECOND_INK),
        _style("label_right", 9.5, textColor=SECOND_INK, alignment=TA_RIGHT),
        _style("small", 8.5, textColor=SECOND_INK, spaceAfter=4),
    )
}


@cache
def _pattern(style: str) -> Any:
    typeface()
    return Paragraph("x", STYLES[style]).frags[0]


class _Plain(Paragraph):
    """A paragraph that is never parsed and knows where a Chinese line may break."""

    def __init__(
        self,
        text: Any = None,
        style: Any = "text",
        bulletText: Any = None,  # noqa: N803  (reportlab calls it again by this name when it splits a paragraph)
        frags: Any = None,
        **more: Any,
    ) -> None:
        if isinstance(style, str):
            frags = [_pattern(style).clone(text=text)]
            style = STYLES[style]
        super().__init__("", style, bulletText, frags, **more)

    def breakLinesCJK(self, maxWidths: Any) -> Any:  # noqa: N802, N803  (reportlab's names)
        part = self.frags[0]
        self.height = 0
        if hasattr(self, "blPara") and getattr(self, "_splitpara", False):
            return part.clone(kind=0, lines=self.blPara.lines)
        told = part.text if hasattr(part, "text") else "".join(part.words)
        widths = maxWidths if isinstance(maxWidths, list | tuple) else [maxWidths]
        lines = [(room, [line]) for room, line in broken(told, widths, part.fontSize)]
        return part.clone(kind=0, lines=lines, ascent=part.fontSize, descent=-0.2 * part.fontSize)


def broken(text: str, widths: Sequence[float], size: float) -> Iterator[tuple[float, str]]:
    """Break text into lines of the given widths (the last one serves all further lines): (room left, line).

    No line begins with a closing mark or ends with an opening one, numbers and Latin words stay whole as long as they
    fit into a line; takes time in proportion to the text.
    """
    count = 0
    for paragraph in text.split("\n"):
        start = 0
        while start < len(paragraph) or not paragraph:
            width = widths[min(count, len(widths) - 1)]
            end, used = _line_end(paragraph, start, width, size)
            line = paragraph[start:end]
            tail = line.rstrip(" ")
            used -= (len(line) - len(tail)) * _char_width(" ", size)
            yield width - used, tail
            count += 1
            start = end
            while start < len(paragraph) and paragraph[start] == " ":
                start += 1
            if not paragraph:
                break


def _line_end(text: str, start: int, width: float, size: float) -> tuple[int, float]:
    """Give where the line from `start` ends, and how wide it is."""
    used, fitting = 0.0, (start, 0.0)
    for place in range(start, len(text)):
        if place > start and _may_break(text[place - 1], text[place]):
            fitting = (place, used)
        grown = used + _char_width(text[place], size)
        if grown > width and text[place] != " " and place > start:
            return fitting if fitting[0] > start else (place, used)
        used = grown
    return len(text), used


def _may_break(before: str, after: str) -> bool:
    if after in NEVER_FIRST or before in NEVER_LAST or after == " ":
        return False
    return before == " " or _is_wide(before) or _is_wide(after)


@cache
def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in WIDE


def _char_width(char: str, size: float) -> float:
    face = typeface().face
    return float(face.charWidths.get(ord(char), face.defaultWidth)) * size / 1000
