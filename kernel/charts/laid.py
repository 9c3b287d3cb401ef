"""Charts that are as wide as their place: columns, bars, tiles, lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kernel.charts.description import Chart, Number, Series
from kernel.charts.scales import level_word, number_word, span
from kernel.charts.shapes import Box, Layout, Path, Rule, Word

LEFT, COLUMNS_WIDTH = 7.0, 93.0
COLUMNS_TOP, COLUMNS_BASE, COLUMNS_HEIGHT = 18.0, 192.0, 214
LINE_LEFT, LINE_WIDTH = 6.0, 92.0
LINE_TOP, LINE_BASE, LINE_HEIGHT = 14.0, 148.0, 170
TILE_STEP, TILE_HEIGHT = 44, 42
MOST_LABELS = 16
TIGHT_LABELS, TIGHT_LETTERS = 6, 2
HEAT_STEPS = 5
FIRST_HIGH_HEAT = 4


BAR_STEP, BAR_HEIGHT = 22.0, 12.0
LETTER = 1.15
"""How much of the width a figure of an axis takes at most, in per cent."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from foot to peak, drawn between two heights."""

    foot: float
    peak: float
    step: float
    top: float
    base: float

    @property
    def per_unit(self) -> float:
        return (self.base - self.top) / (self.peak - self.foot)

    def y(self, value: float) -> float:
        return self.base - (value - self.foot) * self.per_unit

    def levels(self) -> list[float]:
        return [self.foot + self.step * n for n in range(round((self.peak - self.foot) / self.step) + 1)]

    def left(self, usual: float) -> float:
        """Give where the chart begins: beside the longest figure."""
        return max(usual, LETTER * max(len(level_word(level)) for level in self.levels()))

    def lines(self) -> tuple[list[Rule], list[Word]]:
        """Give the line at zero, the grid, and what is written on it."""
        levels = [level for level in self.levels() if round(level / self.step)]
        heights = [round(self.y(level), 1) for level in levels]
        rules = [Rule(0, 100, round(self.y(0), 1), "axis"), *(Rule(0, 100, y, "grid") for y in heights)]
        pairs = zip(levels, heights, strict=True)
        return rules, [Word(0, round(y - 4, 1), level_word(level), "start") for level, y in pairs]


def _number(value: Number) -> float:
    return 0.0 if value is None else float(value)


def _every(chart: Chart) -> int:
    """Give of how many labels one is written, so that they do not run into each other."""
    return -(-len(chart.labels) // MOST_LABELS) or 1


def _is_tight(chart: Chart) -> bool:
    """Say whether the labels are so many and so long that a phone has room for every other one only."""
    return len(chart.labels) > TIGHT_LABELS and any(len(label) > TIGHT_LETTERS for label in chart.labels)


def solid_of(chart: Chart) -> list[Series]:
    return [told for told in chart.series if told.role != "plan"]


def _is_stacked(chart: Chart) -> bool:
    return any(told.role == "rest" for told in chart.series)


def _totals(chart: Chart) -> list[float]:
    return [sum(_number(told.values[i]) for told in solid_of(chart)) for i in range(len(chart.labels))]


def _axis_of(chart: Chart, top: float, base: float, *, stacked: bool) -> Axis:
    """Give the axis that holds every value; what is stacked does not go below zero."""
    single = [_number(value) for told in chart.series for value in told.values]
    lowest = 0.0 if stacked else min([0.0, *single])
    return Axis(*span(lowest, max([0.0, *single, *(_totals(chart) if stacked else [])])), top, base)


def _columns(chart: Chart) -> Layout:
    stacked = _is_stacked(chart)
    axis = _axis_of(chart, COLUMNS_TOP, COLUMNS_BASE, stacked=stacked)
    rules, words = axis.lines()
    left = axis.left(LEFT)
    slot = (LEFT + COLUMNS_WIDTH - left) / max(len(chart.labels), 1)
    boxes: list[Box] = []
    marks: list[Rule] = []
    for i, label in enumerate(chart.labels):
        middle = left + slot * (i + 0.5)
        boxes += _column_boxes(chart, i, middle, slot, axis, stacked=stacked)
        planned = [_number(told.values[i]) for told in chart.series if told.role == "plan"]
        marks += [
            _rounded_rule(middle - slot * 0.42, middle + slot * 0.42, axis.y(value), "yl-plan-mark")
            for value in planned
            if value
        ]
        if i % _every(chart) == 0 or label == chart.strong:
            tone = "is-strong" if label == chart.strong else "is-between" if _is_tight(chart) and i % 2 else ""
            words.append(Word(round(middle, 2), COLUMNS_BASE + 16, label, tone=tone))
    return Layout(COLUMNS_HEIGHT, tuple(rules), tuple(boxes), tuple(marks), words=tuple(words))


def _rounded_rule(x1: float, x2: float, y: float, tone: str) -> Rule:
    return Rule(round(x1, 2), round(x2, 2), round(y, 1), tone)


def _column_boxes(chart: Chart, i: int, middle: float, slot: float, axis: Axis, *, stacked: bool) -> Iterator[Box]:
    solid = solid_of(chart)
    width = slot * 0.6 / (1 if stacked else max(len(solid), 1))
    floor = zero = axis.y(0)
    for place, told in enumerate(solid):
        height = _number(told.values[i]) * axis.per_unit
        if height == 0 or (stacked and height < 0):
            continue
        x = middle - slot * 0.3 + (0 if stacked else width * place)
        top = floor - height if height > 0 else zero
        yield Box(round(x, 2), round(top, 1), round(width, 2), round(abs(height), 1), f"f{place % 6 + 1}")
        floor -= height if stacked else 0


def _line(chart: Chart) -> Layout:
    axis = _axis_of(chart, LINE_TOP, LINE_BASE, stacked=False)
    rules, words = axis.lines()
    left = axis.left(LINE_LEFT)
    gap = (LINE_LEFT + LINE_WIDTH - left) / max(len(chart.labels) - 1, 1)
    xs = [round(left + gap * i, 2) for i in range(len(chart.labels))]
    paths: list[Path] = []
    dots: list[tuple[float, float, str]] = []
    solid = solid_of(chart)
    for told in sorted(chart.series, key=lambda one: one.role != "plan"):
        points = tuple(
            (x, round(axis.y(float(value)), 1)) for x, value in zip(xs, told.values, strict=True) if value is not None
        )
        number = 4 if told.role == "plan" else solid.index(told) % 3 + 1
        paths.append(Path(points, f"s{number}"))
        if told.role != "plan" and points:
            (x, y), last = points[-1], [value for value in told.values if value is not None][-1]
            dots.append((x, y, f"f{number}"))
            words.append(
                Word(
                    min(x, 95.0), round(y + (18 if y < LINE_BASE - 28 else -8), 1), number_word(last), tone="is-strong"
                )
            )
    shown = list(zip(xs, chart.labels, strict=True))[:: _every(chart)]
    words += [Word(x, LINE_BASE + 17, label) for x, label in shown]
    return Layout(LINE_HEIGHT, tuple(rules), paths=tuple(paths), dots=tuple(dots), words=tuple(words))


def _bars(chart: Chart) -> Layout:
    """Lay out one row a label: its word on the left, its segments in per cent of the longest, its total on the right."""
    longest = max(
        (sum(max(_number(told.values[i]), 0) for told in solid_of(chart)) for i in range(len(chart.labels))), default=0
    )
    per_unit = 100 / (longest or 1)
    boxes: list[Box] = []
    words: list[Word] = []
    for i, label in enumerate(chart.labels):
        at, y = 0.0, BAR_STEP * i
        for place, told in enumerate(solid_of(chart)):
            width = _number(told.values[i]) * per_unit
            if width > 0:
                tone = "f2" if told.role == "rest" else f"f{place % 6 + 1}"
                boxes.append(Box(round(at, 2), y + 4, round(width, 2), BAR_HEIGHT, tone))
                at += width
        words.append(Word(0, y + 14, label, "start"))
        total = sum((told.values[i] or 0 for told in solid_of(chart)), Decimal(0))
        words.append(Word(100, y + 14, number_word(total), "end"))
    return Layout(round(BAR_STEP * len(chart.labels)) + 2, boxes=tuple(boxes), words=tuple(words))


def _tiles(chart: Chart) -> Layout:
    across = 100 / (max((cell.column for cell in chart.cells), default=0) + 1)
    highest = max((_number(cell.value) for cell in chart.cells), default=0.0)
    highest = highest if highest > 0 else 1.0
    boxes: list[Box] = []
    words: list[Word] = []
    for cell in chart.cells:
        heat = max(1, min(int(_number(cell.value) * HEAT_STEPS / highest) + 1, HEAT_STEPS))
        y, middle = cell.row * TILE_STEP, round(across * (cell.column + 0.5), 2)
        tone = "on-high" if heat >= FIRST_HIGH_HEAT else "on-low"
        boxes.append(Box(round(across * cell.column + 0.4, 2), y + 1, round(across - 0.8, 2), TILE_HEIGHT, f"h{heat}f"))
        words.append(Word(middle, y + 18, cell.label, tone=tone))
        words.append(Word(middle, y + 35, number_word(cell.value), tone=tone))
    rows = max((cell.row for cell in chart.cells), default=-1) + 1
    return Layout(rows * TILE_STEP + 2, boxes=tuple(boxes), words=tuple(words))


LAYOUTS: Mapping[str, Callable[[Chart], Layout]] = {
    "columns": _columns,
    "bars": _bars,
    "tiles": _tiles,
    "line": _line,
}
