"""The builder of papers: letterhead, title, what stands below it, and the foot of each page."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageBreak, PageTemplate, Spacer

from kernel.documents.checkcode import draw_square, spaced
from kernel.documents.grid import Grid, Row, Rows
from kernel.documents.letterhead import letterhead
from kernel.documents.mark import draw_mark
from kernel.documents.seals import Party, Seals
from kernel.documents.text import P, Style, Text, Words, draw_text, shortened, written
from kernel.documents.typeface import FAINT, FONT, LEAF, SECOND_INK, drawable, missing_glyphs, tidy, typeface, width_of
from kernel.errors import Refused
from kernel.words import Sentence

MARGIN = 22 * mm
HEAD, FOOT = 30 * mm, 26 * mm
SQUARE = 14 * mm
MOST_PAGES, LONGEST = 400, 30.0
"""A paper has at most so many pages and takes at most so many seconds: more is a mistake of what was put in."""
LANGUAGES = {"zh": "zh-CN", "en": "en"}

HEAD_NAME, HEAD_NUMBER = Style(11, LEAF), Style(9, SECOND_INK)
FOOT_STYLE = Style(8, SECOND_INK)


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a table on paper: its title, its share of the width, and whether it holds figures."""

    title: Text
    share: float = 1
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    """A line of the outline: on which page, how high, which words."""

    page: int
    y: float
    words: str


class _Kept(Words):
    """Words that stay with the beginning of what follows them."""


class _Outlined(_Kept):
    """A heading: the outline of the paper leads to it."""

    def draw(self) -> None:
        canvas: Any = self.canv
        _x, y = canvas.absolutePosition(0, self.height)
        canvas.marks.append(_Mark(canvas.getPageNumber(), y, self.text))
        super().draw()


class _NumberedCanvas(Canvas):
    """Keeps the pages back until their number is known."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.furnish: Callable[[Canvas, int, int], None] = more.pop("furnish")
        super().__init__(*args, **more | {"initialFontName": FONT})
        self._kept: list[dict[str, Any]] = []
        self.marks: list[_Mark] = []
        self._end = time.monotonic() + LONGEST

    def showPage(self) -> None:  # noqa: N802  (reportlab's name)
        self._kept.append(dict(self.__dict__))
        if len(self._kept) > MOST_PAGES or time.monotonic() > self._end:
            raise Refused(Sentence("This paper would be longer than {pages} pages.", pages=MOST_PAGES))
        self._startPage()  # type: ignore[attr-defined]  # reportlab's own, missing in its stubs

    def save(self) -> None:
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self.furnish(self, number, len(self._kept))
            for place, mark in enumerate(self.marks):
                if mark.page == number:
                    self.bookmarkHorizontalAbsolute(f"heading-{place}", mark.y)
                    self.addOutlineEntry(mark.words, f"heading-{place}", 0)
            super().showPage()
        if self.marks:
            self.showOutline()
        super().save()


class Paper:
    """One paper, built from top to bottom: `Paper("立项通知书", organization=…).paragraph(…).build()`.

    With a `code` each page carries the code and its square, by which anybody can verify the paper; `check` are words
    of the foot. A `watermark` lies behind the text of each page. Words of the paper itself are in `locale`. Without
    `is_numbered` no page tells its number: for sheets that go out one by one.
    """

    def __init__(
        self,
        title: Text,
        *,
        organization: Text,
        number: str = "",
        day: date | None = None,
        check: Text = "",
        code: str = "",
        watermark: Text = "",
        locale: str | None = None,
        is_numbered: bool = True,
    ) -> None:
        typeface()
        self.locale, self._is_numbered = locale, is_numbered
        self._missing: dict[str, None] = {}
        self._title, self._organization = self._told(title), self._told(letterhead().name or organization)
        self._number, self._check = self._told(number), self._told(check)
        self._code, self._watermark = code, self._told(watermark)
        self._story: list[Flowable] = []
        self._begin(self._title, number, day)

    @property
    def width(self) -> float:
        """The width between the margins, in points."""
        return float(A4[0] - 2 * MARGIN)

    @property
    def missing(self) -> tuple[str, ...]:
        """The characters of this paper for which there is no glyph: they are printed as codes, and people should know."""
        return tuple(self._missing)

    def _begin(self, title: str, number: str = "", day: date | None = None) -> None:
        told = [Sentence("No. {number}", number=number)] if number else []
        told += [Sentence("Date: {day}", day=day)] if day else []
        below = P("　".join(line.render(self.locale) for line in told), "under_title") if told else Spacer(1, 8)
        self._story += [P(title, "title"), below]

    def sheet(self, title: Text, *, day: date | None = None) -> Self:
        """Begin a new page with a title of its own: the next of several letters in one file."""
        self._story.append(PageBreak())
        self._begin(self._told(title), day=day)
        return self

    def _told(self, text: Text) -> str:
        plain = tidy(written(text, self.locale))
        self._missing |= dict.fromkeys(missing_glyphs(plain))
        return drawable(plain)

    def _p(self, text: Text, style: str = "text") -> Words:
        return Words(self._told(text), style)

    def heading(self, text: Text) -> Self:
        """Add a heading; it stands in the outline and stays with the beginning of what follows it."""
        self._story.append(_Outlined(self._told(text), "heading"))
        return self

    def label(self, text: Text) -> Self:
        """Name what follows in small letters, and stay with it."""
        self._story.append(_Kept(self._told(text), "small"))
        return self

    def paragraph(self, text: Text, style: str = "text") -> Self:
        """Add a paragraph; `style` is "text" or "small"."""
        self._story.append(self._p(text, style))
        return self

    def facts(self, pairs: Iterable[tuple[Text, Text]]) -> Self:
        """Add a table of names and values, one below the other."""
        widths = (self.width * 0.24, self.width * 0.76)
        rows = tuple(Row((self._p(name, "label"), self._p(value, "cell")), widths) for name, value in pairs)
        if rows:
            self._story.append(Grid(Rows(rows), self.width))
        return self

    def table(self, headings: Sequence[Heading], rows: Iterable[Sequence[Text]], total: Sequence[Text] = ()) -> Self:
        """Add a table that may run over pages: its head is repeated, figures stand on the right, sums stay with rows."""
        shares = sum(told.share for told in headings)
        widths = tuple(self.width * told.share / shares for told in headings)

        def row(texts: Sequence[Text], style: str, style_of_figures: str) -> Row:
            pairs = zip(headings, texts, strict=True)
            return Row(tuple(self._p(x, style_of_figures if h.is_figure else style) for h, x in pairs), widths)

        head = row([told.title for told in headings], "label", "label_right")
        body = tuple(row(texts, "cell", "figure") for texts in rows)
        sums = row(total, "total", "total_right") if total else None
        self._story.append(Grid(Rows(body, head, sums), self.width))
        return self

    def drawing(self, drawn: Drawing) -> Self:
        """Add a drawing, a chart for instance."""
        self._story += [drawn, Spacer(1, 8)]
        return self

    def space(self, height: float = 5 * mm) -> Self:
        """Leave room, in points."""
        self._story.append(Spacer(1, height))
        return self

    def signatures(self, parties: Sequence[tuple[Text, Sequence[Text]]], *, is_sealed: bool = False) -> Self:
        """Add a block where each party signs, and seals where `is_sealed`, side by side; it never breaks over a page.

        Each party is its name and the lines that are filled in by hand: ("甲方", ["代表人", "日期"]).
        """
        told = [Party(self._p(name, "cell"), tuple(self._told(line) for line in lines)) for name, lines in parties]
        seal = self._told(Sentence("(seal)")) if is_sealed else ""
        self._story.append(Seals(told, self.width, seal, colon=": " if self.locale == "en" else "："))
        return self

    def build(self) -> bytes:
        """Give the paper as PDF; the same paper gives the same bytes.

        Raises Refused when it would be too long.
        """
        target = io.BytesIO()
        frame = Frame(MARGIN, FOOT, self.width, A4[1] - HEAD - FOOT, 0, 0, 0, 0)
        document = BaseDocTemplate(
            target,
            pagesize=A4,
            title=self._title,
            author=self._organization,
            subject=self._number,
            creator="Yulan",
            lang=LANGUAGES.get(self.locale or "zh", "zh-CN"),
            displayDocTitle=1,
            invariant=1,
        )
        document.addPageTemplates([PageTemplate("page", [frame])])
        document.build(self._kept_together(), canvasmaker=self._canvas)
        return target.getvalue()

    def _kept_together(self) -> list[Flowable]:
        """Give the story with possible page breaks: no heading ends a page, and nobody signs on a page without text."""
        told: list[Flowable] = []
        for part, following in zip(self._story, (*self._story[1:], None), strict=True):
            if isinstance(part, Words) and isinstance(following, Seals):
                told.append(CondPageBreak(self._room(part) + following.height))
            elif isinstance(part, _Kept) and following is not None:
                told.append(CondPageBreak(self._room(part) + self._least(following)))
            told.append(part)
        return told

    def _room(self, part: Words) -> float:
        return part.height_at(self.width) + part.style.before + part.style.after

    def _least(self, part: Flowable) -> float:
        """Give how much of a part must stand below its heading, in points."""
        if isinstance(part, Grid):
            return part.least()
        if isinstance(part, Words):
            return min(part.height_at(self.width), 3 * part.style.leading)
        return float(part.wrap(self.width, A4[1])[1])

    def _canvas(self, *args: Any, **more: Any) -> Canvas:
        return _NumberedCanvas(*args, furnish=self._furnish, **more)

    def _furnish(self, canvas: Canvas, page: int, pages: int) -> None:
        if page == 1:
            self._keep_frame(canvas)
        canvas.doForm("frame")
        canvas._code.insert(0, canvas._code.pop())  # type: ignore[attr-defined]  # noqa: SLF001  (behind the text of the page)
        if not self._is_numbered:
            return
        told = Sentence("Page {page} of {pages}", page=page, pages=pages).render(self.locale)
        _write(canvas, A4[0] - MARGIN - width_of(told, FOOT_STYLE.size), 10 * mm, told, FOOT_STYLE)

    def _keep_frame(self, canvas: Canvas) -> None:
        """Draw once what is the same on each page: letterhead, foot, watermark."""
        canvas.beginForm("frame")
        top, right = A4[1] - 18 * mm, A4[0] - MARGIN
        draw_mark(canvas, MARGIN, top - 2.5 * mm, 9 * mm)
        number = shortened(self._number, HEAD_NUMBER.size, self.width * 0.35)
        name = shortened(self._organization, HEAD_NAME.size, self.width * 0.6)
        _write(canvas, MARGIN + 12 * mm, top, name, HEAD_NAME)
        _write(canvas, right - width_of(number, HEAD_NUMBER.size), top, number, HEAD_NUMBER)
        canvas.setStrokeColor(LEAF)
        canvas.setLineWidth(0.8)
        canvas.line(MARGIN, top - 4.5 * mm, right, top - 4.5 * mm)
        self._draw_check(canvas)
        if self._watermark:
            _draw_watermark(canvas, self._watermark)
        canvas.endForm()

    def _draw_check(self, canvas: Canvas) -> None:
        x, lines = MARGIN, [self._check]
        if self._code:
            address = letterhead().address
            draw_square(canvas, MARGIN, 8 * mm, SQUARE, f"{address}/check/{spaced(self._code)}")
            x += SQUARE + 3 * mm
            code = Sentence("Check code {code}", code=spaced(self._code)).render(self.locale)
            where = Sentence("Verify at {address}", address=f"{address}/check").render(self.locale)
            lines = [code, where, self._check]
        y = 10 * mm + 11.5 * (len([line for line in lines if line]) - 1)
        for line in filter(None, lines):
            _write(canvas, x, y, shortened(line, FOOT_STYLE.size, self.width * 0.68), FOOT_STYLE)
            y -= 11.5


def _write(canvas: Canvas, x: float, y: float, text: str, style: Style) -> None:
    draw_text(canvas, x, y, text, style)


def _draw_watermark(canvas: Canvas, text: str) -> None:
    size = min(96.0, 96.0 * 380 / max(width_of(text, 96.0), 1.0))
    canvas.saveState()
    canvas.translate(A4[0] / 2, A4[1] / 2)
    canvas.rotate(38)
    draw_text(canvas, -width_of(text, size) / 2, -size / 3, text, Style(size, FAINT))
    canvas.restoreState()
