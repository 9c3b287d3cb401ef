"""Round charts, on a plane of pixels: dimensions as a radar, parts as a ring, one value as a gauge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil, cos, pi, sin

from kernel.charts.description import Chart, Number, Series
from kernel.charts.laid import solid_of
from kernel.charts.scales import number_word
from kernel.charts.shapes import Area, Path, Plane, Word

WIDTH = 440
Point = tuple[float, float]

RADAR_HEIGHT, RADAR_RADIUS, RINGS = 224, 84.0, 4
FEWEST_AXES = 3
LONGEST_LABEL = 9
RING_HEIGHT, RING_OUT, RING_IN = 168, 76.0, 46.0
GAUGE_HEIGHT, GAUGE_OUT, GAUGE_IN = 132, 96.0, 70.0
STEP = pi / 60
"""Arcs are drawn as corners so close to each other that no eye sees them."""


def _at(middle: Point, radius: float, angle: float) -> Point:
    """Give the point at an angle that counts from the top, clockwise."""
    return round(middle[0] + radius * sin(angle), 1), round(middle[1] - radius * cos(angle), 1)


def _arc(middle: Point, radius: float, start: float, end: float) -> list[Point]:
    count = max(1, ceil((end - start) / STEP))
    return [_at(middle, radius, start + (end - start) * n / count) for n in range(count + 1)]


def _sector(middle: Point, radii: tuple[float, float], start: float, end: float, tone: str) -> Area:
    outer, inner = (_arc(middle, radius, start, end) for radius in radii)
    return Area((*outer, *reversed(inner)), tone)


def _share(value: Number, top: Number) -> float:
    """Give which part of the scale a value is: 0 to 1, whatever the value."""
    whole = float(top) if top else 100.0
    return 0.0 if value is None else min(max(float(value) / whole, 0.0), 1.0)


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[:LONGEST_LABEL]}…"


def _radar(chart: Chart) -> Plane:
    """Lay out one axis a label, with rings at the quarters of the scale; raises ValueError with less than three."""
    count, middle = len(chart.labels), (WIDTH / 2, RADAR_HEIGHT / 2)
    if count < FEWEST_AXES:
        raise ValueError(f"a radar has at least {FEWEST_AXES} axes, not {count}")
    angles = [2 * pi * n / count for n in range(count)]
    rings = [
        Path(_closed([_at(middle, RADAR_RADIUS * ring / RINGS, angle) for angle in angles]), "grid")
        for ring in range(1, RINGS + 1)
    ]
    spokes = [Path((middle, _at(middle, RADAR_RADIUS, angle)), "grid") for angle in angles]
    shapes, dots = [], []
    for told in sorted(chart.series, key=lambda one: one.role != "plan"):
        tone = _tone_of(chart, told)
        points = [
            _at(middle, RADAR_RADIUS * _share(value, chart.top), angle)
            for value, angle in zip(told.values, angles, strict=True)
            if value is not None
        ]
        shapes.append(Path(_closed(points), f"s{tone}"))
        dots += [(x, y, f"f{tone}") for x, y in points if told.role != "plan"]
    return Plane(
        WIDTH, RADAR_HEIGHT, paths=(*rings, *spokes, *shapes), dots=tuple(dots), words=tuple(_axis_words(chart, angles))
    )


def _closed(points: list[Point]) -> tuple[Point, ...]:
    return (*points, *points[:1])


def _tone_of(chart: Chart, told: Series) -> int:
    return 4 if told.role == "plan" else solid_of(chart).index(told) % 3 + 1


def _axis_words(chart: Chart, angles: list[float]) -> Iterator[Word]:
    middle = (WIDTH / 2, RADAR_HEIGHT / 2)
    first = solid_of(chart)[:1]
    for place, (label, angle) in enumerate(zip(chart.labels, angles, strict=True)):
        x, y = _at(middle, RADAR_RADIUS + 10, angle)
        side = sin(angle)
        anchor = "middle" if abs(side) < 0.2 else "start" if side > 0 else "end"  # noqa: PLR2004  (nearly upright)
        value = f" {number_word(first[0].values[place])}" if first else ""
        yield Word(x, y + 4 * (1 - cos(angle)), f"{_cut(label)}{value}", anchor)  # type: ignore[arg-type]


def _donut(chart: Chart) -> Plane:
    """Lay out the parts of a whole as a ring, their names and values beside it; what is not above zero is no part."""
    middle = (RING_OUT + 8, RING_HEIGHT / 2)
    values = [value or 0 for value in chart.series[0].values] if chart.series else []
    total = sum(value for value in values if value > 0)
    areas, words, at = [], [], 0.0
    for place, (label, value) in enumerate(zip(chart.labels, values, strict=True)):
        part = float(value / total) if total and value > 0 else 0.0
        if part:
            areas.append(_sector(middle, (RING_OUT, RING_IN), at, at + 2 * pi * part, f"f{place % 6 + 1}"))
        at += 2 * pi * part
        y = 24.0 + 20 * place
        areas.append(Area(((190, y - 9), (200, y - 9), (200, y + 1), (190, y + 1)), f"f{place % 6 + 1}"))
        words.append(Word(208, y, f"{label}  {number_word(value)}  {part:.0%}", "start"))
    if not total:
        areas.append(_sector(middle, (RING_OUT, RING_IN), 0, 2 * pi, "track"))
    words.append(Word(middle[0], middle[1] + 4, number_word(total) if total else "—", tone="is-strong"))
    height = max(RING_HEIGHT, 24 + 20 * len(chart.labels))
    return Plane(WIDTH, height, areas=tuple(areas), words=tuple(words))


def _gauge(chart: Chart) -> Plane:
    """Lay out one value on half a ring from zero to the top, with its target as a mark across."""
    middle, radii = (WIDTH / 2, GAUGE_OUT + 14), (GAUGE_OUT, GAUGE_IN)
    solid = solid_of(chart)
    value = solid[0].values[0] if solid and solid[0].values else None
    end = -pi / 2 + pi * _share(value, chart.top)
    areas = [_sector(middle, radii, -pi / 2, pi / 2, "track")]
    if end > -pi / 2:
        areas.append(_sector(middle, radii, -pi / 2, end, "f1"))
    targets = [told.values[0] for told in chart.series if told.role == "plan" and told.values]
    angles = [-pi / 2 + pi * _share(target, chart.top) for target in targets if target is not None]
    marks = [Path((_at(middle, GAUGE_IN - 4, angle), _at(middle, GAUGE_OUT + 4, angle)), "target") for angle in angles]
    words = [
        Word(middle[0], middle[1] - 6, number_word(value), tone="is-strong"),
        Word(middle[0] - (GAUGE_OUT + GAUGE_IN) / 2, middle[1] + 15, "0"),
        Word(
            middle[0] + (GAUGE_OUT + GAUGE_IN) / 2, middle[1] + 15, number_word(100 if chart.top is None else chart.top)
        ),
    ]
    return Plane(WIDTH, GAUGE_HEIGHT, areas=tuple(areas), paths=tuple(marks), words=tuple(words))


PLANES: Mapping[str, Callable[[Chart], Plane]] = {"radar": _radar, "donut": _donut, "gauge": _gauge}
