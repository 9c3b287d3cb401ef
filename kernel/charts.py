"""One description of a chart and where its parts lie; pages and papers paint the same.

Places across are per cent of the width, heights are pixels, so that letters keep their size at every width. The
description holds plain values; whoever makes it has chosen the reader's language already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor

from kernel.documents.typeface import FONT, INK, LINE, SECOND_INK, drawable, typeface, width_of

Kind = Literal["columns", "bars", "tiles", "line"]
Role = Literal["actual", "plan", "rest"]
Number = Decimal | int | None

MOST_TICKS = 4
LEFT, COLUMNS_WIDTH = 7.0, 93.0
COLUMNS_TOP, COLUMNS_BASE, COLUMNS_HEIGHT = 18.0, 192.0, 214
LINE_LEFT, LINE_WIDTH = 6.0, 92.0
LINE_TOP, LINE_BASE, LINE_HEIGHT = 14.0, 148.0, 170
TILE_STEP, TILE_HEIGHT = 44, 42
MOST_LABELS = 16
HEAT_STEPS = 5
FIRST_HIGH_HEAT = 4
BAR_STEP, BAR_HEIGHT, BARS_FROM, BARS_TO = 22.0, 12.0, 26.0, 86.0


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values, one a label; None draws nothing. A plan is a mark across, a rest stands on the actual."""

    name: str
    values: tuple[Number, ...]
    role: Role = "actual"


@dataclass(frozen=True, slots=True)
class Cell:
    """One tile of a map of places, at its column and row from the upper left, counted from 0."""

    label: str
    value: Number
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows: `title` names it, `desc` says in words what the picture says.

    Raises ValueError when a series has more or fewer values than there are labels.
    """

    kind: Kind
    title: str
    desc: str
    unit: str = ""
    labels: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    cells: tuple[Cell, ...] = ()
    strong: str | None = None
    """The label that stands out, the present month for instance."""

    def __post_init__(self) -> None:
        for told in self.series:
            if len(told.values) != len(self.labels):
                raise ValueError(f"{told.name}: {len(told.values)} values for {len(self.labels)} labels")

    def layout(self) -> Layout:
        """Give where everything lies."""
        return {"columns": _columns, "bars": _bars, "tiles": _tiles, "line": _line}[self.kind](self)


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle: x and width in per cent, y (from above) and height in pixels, tone as a class of the theme."""

    x: float
    y: float
    width: float
    height: float
    tone: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line: the mark of a plan, or a line of the grid."""

    x1: float
    x2: float
    y: float
    tone: str


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text: x in per cent, y of its baseline in pixels."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "middle"
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A broken line through points of (per cent, pixels)."""

    points: tuple[tuple[float, float], ...]
    tone: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A chart as plain numbers, in the order in which it is painted."""

    height: int
    rules: tuple[Rule, ...] = ()
    boxes: tuple[Box, ...] = ()
    marks: tuple[Rule, ...] = ()
    paths: tuple[Path, ...] = ()
    dots: tuple[tuple[float, float, str], ...] = ()
    words: tuple[Word, ...] = ()


def scale(highest: float) -> tuple[float, float]:
    """Give the peak of an axis and its step: 1, 2, 2.5 or 5 of a power of ten, at most four steps."""
    if highest <= 0:
        return 1.0, 1.0
    step = next(
        part * 10.0**power
        for power in range(-3, 16)
        for part in (1, 2, 2.5, 5)
        if part * 10.0**power * MOST_TICKS >= highest
    )
    count = next(n for n in range(1, MOST_TICKS + 1) if step * n >= highest)
    return step * count, step


def _axis(peak: float, step: float, top: float, base: float) -> tuple[list[Rule], list[Word]]:
    levels = [step * n for n in range(1, round(peak / step) + 1)]
    heights = [round(base - level / peak * (base - top), 1) for level in levels]
    rules = [Rule(0, 100, base, "axis"), *(Rule(0, 100, y, "grid") for y in heights)]
    words = [Word(0, round(y - 4, 1), f"{level:,.10g}", "start") for level, y in zip(levels, heights, strict=True)]
    return rules, words


def _number(value: Number) -> float:
    return 0.0 if value is None else float(value)


def _every(chart: Chart) -> int:
    """Give of how many labels one is written, so that they do not run into each other."""
    return -(-len(chart.labels) // MOST_LABELS) or 1


def _solid(chart: Chart) -> list[Series]:
    return [told for told in chart.series if told.role != "plan"]


def _is_stacked(chart: Chart) -> bool:
    return any(told.role == "rest" for told in chart.series)


def _totals(chart: Chart) -> list[float]:
    return [sum(_number(told.values[i]) for told in _solid(chart)) for i in range(len(chart.labels))]


def _highest(chart: Chart, *, stacked: bool) -> float:
    single = [_number(value) for told in chart.series for value in told.values]
    return max([0.0, *single, *(_totals(chart) if stacked else [])])


def _columns(chart: Chart) -> Layout:
    stacked = _is_stacked(chart)
    peak, step = scale(_highest(chart, stacked=stacked))
    rules, words = _axis(peak, step, COLUMNS_TOP, COLUMNS_BASE)
    slot = COLUMNS_WIDTH / max(len(chart.labels), 1)
    per_unit = (COLUMNS_BASE - COLUMNS_TOP) / peak
    boxes: list[Box] = []
    marks: list[Rule] = []
    for i, label in enumerate(chart.labels):
        middle = LEFT + slot * (i + 0.5)
        boxes += _column_boxes(chart, i, middle, slot, per_unit, stacked=stacked)
        planned = [_number(told.values[i]) for told in chart.series if told.role == "plan"]
        marks += [
            _rounded_rule(middle - slot * 0.42, middle + slot * 0.42, COLUMNS_BASE - value * per_unit, "yl-plan-mark")
            for value in planned
            if value > 0
        ]
        if i % _every(chart) == 0 or label == chart.strong:
            tone = "is-strong" if label == chart.strong else ""
            words.append(Word(round(middle, 2), COLUMNS_BASE + 16, label, tone=tone))
    return Layout(COLUMNS_HEIGHT, tuple(rules), tuple(boxes), tuple(marks), words=tuple(words))


def _rounded_rule(x1: float, x2: float, y: float, tone: str) -> Rule:
    return Rule(round(x1, 2), round(x2, 2), round(y, 1), tone)


def _column_boxes(chart: Chart, i: int, middle: float, slot: float, per_unit: float, *, stacked: bool) -> Iterator[Box]:
    solid = _solid(chart)
    width = slot * 0.6 / (1 if stacked else max(len(solid), 1))
    floor = COLUMNS_BASE
    for place, told in enumerate(solid):
        height = _number(told.values[i]) * per_unit
        if height <= 0:
            continue
        x = middle - slot * 0.3 + (0 if stacked else width * place)
        yield Box(round(x, 2), round(floor - height, 1), round(width, 2), round(height, 1), f"f{place % 6 + 1}")
        floor -= height if stacked else 0


def _line(chart: Chart) -> Layout:
    peak, step = scale(_highest(chart, stacked=False))
    rules, words = _axis(peak, step, LINE_TOP, LINE_BASE)
    gap = LINE_WIDTH / max(len(chart.labels) - 1, 1)
    xs = [round(LINE_LEFT + gap * i, 2) for i in range(len(chart.labels))]
    paths: list[Path] = []
    dots: list[tuple[float, float, str]] = []
    solid = _solid(chart)
    for told in sorted(chart.series, key=lambda one: one.role != "plan"):
        points = tuple(
            (x, round(LINE_BASE - float(value) / peak * (LINE_BASE - LINE_TOP), 1))
            for x, value in zip(xs, told.values, strict=True)
            if value is not None
        )
        number = 4 if told.role == "plan" else solid.index(told) % 3 + 1
        paths.append(Path(points, f"s{number}"))
        if told.role != "plan" and points:
            (x, y), last = points[-1], [value for value in told.values if value is not None][-1]
            dots.append((x, y, f"f{number}"))
            words.append(
                Word(min(x, 95.0), round(y + (18 if y < LINE_BASE - 28 else -8), 1), f"{last:,}", tone="is-strong")
            )
    shown = list(zip(xs, chart.labels, strict=True))[:: _every(chart)]
    words += [Word(x, LINE_BASE + 17, label) for x, label in shown]
    return Layout(LINE_HEIGHT, tuple(rules), paths=tuple(paths), dots=tuple(dots), words=tuple(words))


def _bars(chart: Chart) -> Layout:
    """Lay out one row a label: its word on the left, its segments in per cent of the longest, its total on the right."""
    totals = _totals(chart)
    per_unit = 100 / (max(totals, default=0) or 1)
    boxes: list[Box] = []
    words: list[Word] = []
    for i, label in enumerate(chart.labels):
        at, y = 0.0, BAR_STEP * i
        for place, told in enumerate(_solid(chart)):
            width = _number(told.values[i]) * per_unit
            if width > 0:
                tone = "f2" if told.role == "rest" else f"f{place % 6 + 1}"
                boxes.append(Box(round(at, 2), y + 4, round(width, 2), BAR_HEIGHT, tone))
                at += width
        words.append(Word(0, y + 14, label, "start"))
        total = sum((told.values[i] or 0 for told in _solid(chart)), Decimal(0))
        words.append(Word(100, y + 14, f"{total:,}", "end"))
    return Layout(round(BAR_STEP * len(chart.labels)) + 2, boxes=tuple(boxes), words=tuple(words))


def _tiles(chart: Chart) -> Layout:
    across = 100 / (max((cell.column for cell in chart.cells), default=0) + 1)
    highest = max((_number(cell.value) for cell in chart.cells), default=0.0) or 1.0
    boxes: list[Box] = []
    words: list[Word] = []
    for cell in chart.cells:
        heat = min(int(_number(cell.value) * HEAT_STEPS / highest) + 1, HEAT_STEPS)
        y, middle = cell.row * TILE_STEP, round(across * (cell.column + 0.5), 2)
        tone = "on-high" if heat >= FIRST_HIGH_HEAT else "on-low"
        boxes.append(Box(round(across * cell.column + 0.4, 2), y + 1, round(across - 0.8, 2), TILE_HEIGHT, f"h{heat}f"))
        words.append(Word(middle, y + 18, cell.label, tone=tone))
        words.append(Word(middle, y + 35, "—" if cell.value is None else f"{cell.value:,}", tone=tone))
    rows = max((cell.row for cell in chart.cells), default=-1) + 1
    return Layout(rows * TILE_STEP + 2, boxes=tuple(boxes), words=tuple(words))


# --- On paper ----------------------------------------------------------------------------------------------------

_FILLS = ("#11595b", "#5f9f9b", "#b9802a", "#96366a", "#4d79a8", "#b9cfcb")
_HEATS = ("#eaf2f0", "#c9e0dd", "#93c1bd", "#2f7876", "#11595b")
INKS = {
    **{f"f{n}": HexColor(code) for n, code in enumerate(_FILLS, 1)},
    **{f"s{n}": HexColor(code) for n, code in enumerate(_FILLS, 1)},
    **{f"h{n}f": HexColor(code) for n, code in enumerate(_HEATS, 1)},
    "axis": SECOND_INK,
    "grid": LINE,
    "yl-plan-mark": HexColor("#96366a"),
    "on-low": INK,
    "on-high": HexColor("#ffffff"),
    "is-strong": INK,
    "": SECOND_INK,
}
LETTER_SIZE = 8


def drawing(chart: Chart, width: float) -> Drawing:
    """Paint the chart for a paper, `width` points wide, with its title and unit above it."""
    typeface()
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
    solid, right, y = _solid(chart), width, height + 8
    for told in reversed(chart.series):
        name = drawable(told.name)
        right -= width_of(name, LETTER_SIZE)
        _say(drawn, Word(right * 100 / width, -8, name, "start"), height, width)
        tone = "yl-plan-mark" if told.role == "plan" else f"f{solid.index(told) % 6 + 1}"
        tall = 2 if told.role == "plan" else 7
        drawn.add(_filled(Rect(right - 12, y + (7 - tall) / 2, 9, tall), tone))
        right -= 24


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
