"""Charts painted on papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor

from kernel.charts.description import Chart
from kernel.charts.laid import solid_of
from kernel.charts.shapes import Rule, Word
from kernel.documents.typeface import FONT, GROUND, INK, LINE, SECOND_INK, drawable, typeface, width_of

BARS_FROM, BARS_TO = 26.0, 86.0
_EDGE = HexColor("#ffffff")
# Neighbours differ in lightness, so that a copy without colours still tells them apart.
_FILLS = ("#11595b", "#5f9f9b", "#e0b566", "#96366a", "#7fa6cf", "#dde7e5")
_HEATS = ("#eaf2f0", "#c9e0dd", "#93c1bd", "#2f7876", "#11595b")
INKS = {
    **{f"f{n}": HexColor(code) for n, code in enumerate(_FILLS, 1)},
    **{f"s{n}": HexColor(code) for n, code in enumerate(_FILLS, 1)},
    **{f"h{n}f": HexColor(code) for n, code in enumerate(_HEATS, 1)},
    "track": GROUND,
    "axis": SECOND_INK,
    "grid": LINE,
    "yl-plan-mark": HexColor("#96366a"),
    "target": HexColor("#96366a"),
    "on-low": INK,
    "on-high": HexColor("#ffffff"),
    "is-strong": INK,
    "": SECOND_INK,
}
LETTER_SIZE = 8


def drawing(chart: Chart, width: float) -> Drawing:
    """Paint the chart for a paper, `width` points wide, with its title and unit above it."""
    typeface()
    if chart.is_round:
        return _round_drawing(chart, width)
    layout = chart.layout()
    drawn = Drawing(width, layout.height + 20, initialFontName=FONT)
    head = f"{chart.title}（{chart.unit}）" if chart.unit else chart.title
    _say(drawn, Word(0, -8, head, "start", "is-strong"), layout.height, width)
    _draw_legend(drawn, chart, layout.height, width)
    squeeze = (BARS_FROM, (BARS_TO - BARS_FROM) / 100) if chart.kind == "bars" else (0.0, 1.0)
    for rule in layout.rules:
        _draw_rule(drawn, rule, layout.height, width, 0.5)
    for box in layout.boxes:
        x, across = (squeeze[0] + box.x * squeeze[1]) * width / 100, box.width * squeeze[1] * width / 100
        y = layout.height - box.y - box.height
        drawn.add(_filled(Rect(x, y, across, box.height), box.tone))
    for mark in layout.marks:
        _draw_rule(drawn, mark, layout.height, width, 2)
    for path in layout.paths:
        _draw_path(drawn, path.points, INKS[path.tone], layout.height, width)
    for x, y, tone in layout.dots:
        drawn.add(_filled(Circle(x * width / 100, layout.height - y, 2.5), tone))
    for word in layout.words:
        _say(drawn, word, layout.height, width)
    return drawn


def _draw_legend(drawn: Drawing, chart: Chart, height: float, width: float) -> None:
    if len(chart.series) < 2:  # noqa: PLR2004  (one series is named by the title)
        return
    solid, right, y = solid_of(chart), width, height + 8
    for told in reversed(chart.series):
        name = drawable(told.name)
        right -= width_of(name, LETTER_SIZE)
        _say(drawn, Word(right * 100 / width, -8, name, "start"), height, width)
        tone = "yl-plan-mark" if told.role == "plan" else f"f{solid.index(told) % 6 + 1}"
        tall = 2 if told.role == "plan" else 7
        drawn.add(_filled(Rect(right - 12, y + (7 - tall) / 2, 9, tall), tone))
        right -= 24


def _round_drawing(chart: Chart, width: float) -> Drawing:
    plane = chart.plane()
    drawn = Drawing(width, plane.height + 20, initialFontName=FONT)
    head = f"{chart.title}（{chart.unit}）" if chart.unit else chart.title
    _say(drawn, Word(0, -8, head, "start", "is-strong"), plane.height, width)
    if chart.kind == "radar":
        _draw_legend(drawn, chart, plane.height, width)
    left = (width - plane.width) / 2
    for area in plane.areas:
        flat = [part for x, y in area.points for part in (left + x, plane.height - y)]
        drawn.add(Polygon(flat, fillColor=INKS[area.tone], strokeColor=_EDGE, strokeWidth=0.8))
    for path in plane.paths:
        flat = [part for x, y in path.points for part in (left + x, plane.height - y)]
        thick = 0.5 if path.tone in {"grid", "axis"} else 2
        line = PolyLine(flat, strokeColor=INKS[path.tone], strokeWidth=thick)
        if path.tone == "s4":
            line.strokeDashArray = [4, 3]
        drawn.add(line)
    for x, y, tone in plane.dots:
        drawn.add(_filled(Circle(left + x, plane.height - y, 2.2), tone))
    for word in plane.words:
        _say(drawn, replace(word, x=(left + word.x) * 100 / width), plane.height, width)
    return drawn


def _filled(shape: Rect | Circle, tone: str) -> Rect | Circle:
    shape.fillColor, shape.strokeColor = INKS[tone], None
    return shape


def _draw_rule(drawn: Drawing, rule: Rule, height: float, width: float, thick: float) -> None:
    y = height - rule.y
    drawn.add(Line(rule.x1 * width / 100, y, rule.x2 * width / 100, y, strokeColor=INKS[rule.tone], strokeWidth=thick))


def _draw_path(drawn: Drawing, points: Sequence[tuple[float, float]], ink: Color, height: float, width: float) -> None:
    flat = [part for x, y in points for part in (x * width / 100, height - y)]
    if len(points) > 1:
        drawn.add(PolyLine(flat, strokeColor=ink, strokeWidth=1.6))


def _say(drawn: Drawing, word: Word, height: float, width: float) -> None:
    told = String(word.x * width / 100, height - word.y, drawable(word.text))
    told.fontName, told.fontSize, told.textAnchor, told.fillColor = FONT, LETTER_SIZE, word.anchor, INKS[word.tone]
    drawn.add(told)
