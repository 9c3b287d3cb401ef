"""The builder of papers: letterhead, title, what stands below it, and the foot of each page."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
    Table as Grid,
    TableStyle,
)

from kernel.documents.mark import draw_mark
from kernel.documents.text import P, Text, written
from kernel.documents.typeface import FONT, GROUND, LEAF, LINE, SECOND_INK, drawable, typeface, width_of
from kernel.words import Sentence

MARGIN = 22 * mm
HEAD, FOOT = 30 * mm, 20 * mm
ROOM_BELOW_HEADING = 35 * mm

Commands = list[tuple[Any, ...]]

_ALL = ((0, 0), (-1, -1))
_PADDING: Commands = [
    # A table sets a font for each cell, even for one that holds a paragraph: without this, Helvetica stays in the file.
    ("FONTNAME", *_ALL, FONT),
    ("VALIGN", *_ALL, "TOP"),
    ("LEFTPADDING", *_ALL, 4),
    ("RIGHTPADDING", *_ALL, 4),
    ("TOPPADDING", *_ALL, 3),
    ("BOTTOMPADDING", *_ALL, 4),
]
_FACTS: Commands = [*_PADDING, ("LINEBELOW", *_ALL, 0.4, LINE), ("LINEABOVE", (0, 0), (-1, 0), 0.4, LINE)]
_TABLE: Commands = [
    *_PADDING,
    ("BACKGROUND", (0, 0), (-1, 0), GROUND),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, LEAF),
    ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
]
_TOTAL: Commands = [("LINEABOVE", (0, -1), (-1, -1), 0.8, LEAF), ("BACKGROUND", (0, -1), (-1, -1), GROUND)]
_SIGNATURES: Commands = [("FONTNAME", *_ALL, FONT), ("VALIGN", *_ALL, "TOP"), ("LEFTPADDING", *_ALL, 0)]


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a table on paper: its title, its share of the width, and whether it holds figures."""

    title: Text
    share: float = 1
    is_figure: bool = False


class _NumberedCanvas(Canvas):
    """Keeps the pages back until their number is known."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.furnish: Callable[[Canvas, int, int], None] = more.pop("furnish")
        super().__init__(*args, **more | {"initialFontName": FONT})
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  (reportlab's name)
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # reportlab's own, missing in its stubs

    def save(self) -> None:
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self.furnish(self, number, len(self._kept))
            super().showPage()
        super().save()


class Paper:
    """One paper, built from top to bottom: `Paper("立项通知书", organization=…).paragraph(…).build()`.

    `check` stands in the foot of each page, for instance the number under which the paper can be verified. Words of
    the paper itself (number, page) are in `locale`.
    """

    def __init__(
        self,
        title: Text,
        *,
        organization: Text,
        number: str = "",
        day: date | None = None,
        check: Text = "",
        locale: str | None = None,
    ) -> None:
        typeface()
        self.locale = locale
        self._title = drawable(written(title, locale))
        self._organization = drawable(written(organization, locale))
        self._number = drawable(number)
        self._check = drawable(written(check, locale))
        self._story: list[Flowable] = [P(self._title, "title")]
        told = [Sentence("No. {number}", number=number)] if number else []
        told += [Sentence("Date: {day}", day=day)] if day else []
        self._story.append(P("　".join(line.render(locale) for line in told), "under_title") if told else Spacer(1, 8))

    @property
    def width(self) -> float:
        """The width between the margins, in points."""
        return float(A4[0] - 2 * MARGIN)

    def _p(self, text: Text, style: str = "text") -> Paragraph:
        return P(text, style, locale=self.locale)

    def heading(self, text: Text) -> Self:
        """Add a heading that stays with the beginning of what follows it."""
        self._story += [CondPageBreak(ROOM_BELOW_HEADING), self._p(text, "heading")]
        return self

    def paragraph(self, text: Text, style: str = "text") -> Self:
        """Add a paragraph; `style` is "text" or "small"."""
        self._story.append(self._p(text, style))
        return self

    def facts(self, pairs: Iterable[tuple[Text, Text]]) -> Self:
        """Add a table of names and values, one below the other."""
        rows = [[self._p(name, "label"), self._p(value, "cell")] for name, value in pairs]
        if rows:
            self._add_grid(Grid(rows, colWidths=[self.width * 0.24, self.width * 0.76], style=TableStyle(_FACTS)))
        return self

    def table(self, headings: Sequence[Heading], rows: Iterable[Sequence[Text]], total: Sequence[Text] = ()) -> Self:
        """Add a table that may run over pages: its head is repeated, figures stand on the right, a row stays whole."""
        head = [self._p(told.title, "label_right" if told.is_figure else "label") for told in headings]
        body = [self._cells(headings, row) for row in (*rows, *([total] if total else []))]
        shares = sum(told.share for told in headings)
        widths = [self.width * told.share / shares for told in headings]
        style = TableStyle([*_TABLE, *(_TOTAL if total else [])])
        self._add_grid(LongTable([head, *body], colWidths=widths, repeatRows=1, style=style))
        return self

    def _cells(self, headings: Sequence[Heading], row: Sequence[Text]) -> list[Paragraph]:
        pairs = zip(headings, row, strict=True)
        return [self._p(text, "figure" if told.is_figure else "cell") for told, text in pairs]

    def _add_grid(self, grid: Grid) -> None:
        self._story += [grid, Spacer(1, 8)]

    def drawing(self, drawn: Drawing) -> Self:
        """Add a drawing, a chart for instance."""
        self._story += [drawn, Spacer(1, 8)]
        return self

    def space(self, height: float = 5 * mm) -> Self:
        """Leave room, in points."""
        self._story.append(Spacer(1, height))
        return self

    def signatures(self, parties: Sequence[tuple[Text, Sequence[Text]]]) -> Self:
        """Add a block where each party signs, side by side; it never breaks over a page.

        Each party is its name and the lines that are filled in by hand: ("甲方", ["代表人", "日期"]).
        """
        columns = [
            [self._p(name, "cell"), Spacer(1, 12 * mm), *(part for line in lines for part in self._to_sign(line))]
            for name, lines in parties
        ]
        grid = Grid(
            [columns], colWidths=[self.width / max(len(columns), 1)] * len(columns), style=TableStyle(_SIGNATURES)
        )
        self._story.append(KeepTogether([Spacer(1, 6 * mm), grid]))
        return self

    def _to_sign(self, line: Text) -> tuple[Flowable, ...]:
        told = self._p(f"{written(line, self.locale)}：", "label")
        return told, Spacer(1, 5 * mm), HRFlowable("88%", 0.5, color=LINE, hAlign="LEFT", spaceAfter=3 * mm)

    def build(self) -> bytes:
        """Give the paper as PDF; the same paper gives the same bytes."""
        target = io.BytesIO()
        frame = Frame(MARGIN, FOOT, self.width, A4[1] - HEAD - FOOT, 0, 0, 0, 0)
        document = BaseDocTemplate(
            target, pagesize=A4, title=self._title, author=self._organization, subject=self._number, invariant=1
        )
        document.addPageTemplates([PageTemplate("page", [frame])])
        document.build(list(self._story), canvasmaker=self._canvas)
        return target.getvalue()

    def _canvas(self, *args: Any, **more: Any) -> Canvas:
        return _NumberedCanvas(*args, furnish=self._furnish, **more)

    def _furnish(self, canvas: Canvas, page: int, pages: int) -> None:
        top, right = A4[1] - 18 * mm, A4[0] - MARGIN
        draw_mark(canvas, MARGIN, top - 2.5 * mm, 9 * mm)
        self._write(canvas, MARGIN + 12 * mm, top, self._organization, size=11, ink=LEAF)
        self._write(canvas, right, top, self._number, size=9, ink=SECOND_INK, is_right=True)
        self._write(canvas, MARGIN, 11 * mm, self._check, size=8, ink=SECOND_INK)
        told = Sentence("Page {page} of {pages}", page=page, pages=pages).render(self.locale)
        self._write(canvas, right, 11 * mm, told, size=8, ink=SECOND_INK, is_right=True)
        canvas.setStrokeColor(LEAF)
        canvas.setLineWidth(0.8)
        canvas.line(MARGIN, top - 4.5 * mm, right, top - 4.5 * mm)

    def _write(
        self, canvas: Canvas, x: float, y: float, text: str, *, size: float, ink: Color, is_right: bool = False
    ) -> None:
        canvas.setFont(FONT, size)
        canvas.setFillColor(ink)
        shown = _shortened(text, size, self.width * 0.7)
        (canvas.drawRightString if is_right else canvas.drawString)(x, y, shown)


def _shortened(text: str, size: float, width: float) -> str:
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text}…"
