"""The magnolia, drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from kernel.documents.typeface import LEAF

_PETAL, _INNER_PETAL, _STROKE, _YOUNG_LEAF = (HexColor(code) for code in ("#f3e3ec", "#fffdfa", "#96366a", "#2d8c86"))
_PETALS = (
    (_PETAL, (32, 40), (20, 36, 10, 26, 9, 13), (21, 16, 30, 26, 32, 40)),
    (_PETAL, (32, 40), (44, 36, 54, 26, 55, 13), (43, 16, 34, 26, 32, 40)),
    (_INNER_PETAL, (32, 42), (24, 33, 23, 17, 32, 4), (41, 17, 40, 33, 32, 42)),
    (_INNER_PETAL, (32, 43), (22, 44, 11, 40, 5, 31), (16, 29, 27, 34, 32, 43)),
    (_INNER_PETAL, (32, 43), (42, 44, 53, 40, 59, 31), (48, 29, 37, 34, 32, 43)),
)
_LEAF_SHAPE = ((32.5, 57), (38.5, 56, 42.5, 53, 44.5, 47), (37.5, 47, 33.5, 51, 32.5, 57))
_BUD_SHAPE = ((28.5, 41.5), (35.5, 41.5), (34, 47), (30, 47))


def draw_mark(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Draw the magnolia with its lower left corner at (x, y), `size` points wide."""
    canvas.saveState()
    canvas.translate(x, y + size)
    canvas.scale(size / 64, -size / 64)
    canvas.setLineWidth(1.6)
    canvas.setLineJoin(1)
    canvas.setStrokeColor(_STROKE)
    for fill, start, *curves in _PETALS:
        _shape(canvas, fill, start, curves, stroke=1)
    _shape(canvas, _YOUNG_LEAF, _LEAF_SHAPE[0], _LEAF_SHAPE[1:], stroke=0)
    bud = canvas.beginPath()
    bud.moveTo(*_BUD_SHAPE[0])
    for point in _BUD_SHAPE[1:]:
        bud.lineTo(*point)
    bud.close()
    canvas.setFillColor(LEAF)
    canvas.drawPath(bud, fill=1, stroke=0)
    canvas.setStrokeColor(LEAF)
    canvas.setLineWidth(3.4)
    canvas.setLineCap(1)
    canvas.line(32, 46, 32, 61)
    canvas.restoreState()


def _shape(canvas: Canvas, fill: Color, start: Any, curves: Iterable[Any], *, stroke: int) -> None:
    path = canvas.beginPath()
    path.moveTo(*start)
    for curve in curves:
        path.curveTo(*curve)
    path.close()
    canvas.setFillColor(fill)
    canvas.drawPath(path, fill=1, stroke=stroke)
