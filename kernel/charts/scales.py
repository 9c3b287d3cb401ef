"""Axes with round steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

MOST_TICKS = 4


def scale(highest: float) -> tuple[float, float]:
    """Give the peak of an axis and its step: 1, 2, 2.5 or 5 of a power of ten, at most four steps."""
    _low, peak, step = span(0.0, highest)
    return peak, step


def span(lowest: float, highest: float) -> tuple[float, float, float]:
    """Give the foot, the peak and the step of an axis that holds both values and zero: (foot, peak, step)."""
    if highest <= 0 and lowest >= 0:
        return 0.0, 1.0, 1.0
    most = MOST_TICKS + (1 if lowest < 0 < highest else 0)
    step = next(step for step in _steps() if _count(highest, step) + _count(-lowest, step) <= most)
    return -step * _count(-lowest, step), step * _count(highest, step), step


def _steps() -> Iterator[float]:
    for power in range(-6, 300):
        for part in (1, 2, 2.5, 5):
            yield part * 10.0**power


def _count(reach: float, step: float) -> int:
    # A hair less, so that 4 × 0.01 is no more than 0.04.
    return max(0, math.ceil(reach / step - 1e-9))


def level_word(level: float) -> str:
    """Write a level of an axis: 1,500 or 0.25, never as a power of ten."""
    return (
        f"{level:,.0f}".replace("-", "−")
        if abs(level) >= 1 and level == round(level)
        else f"{level:,.10g}".replace("-", "−")
    )


def number_word(value: Decimal | int | None) -> str:
    """Write a value with its thousands apart, and a dash for one that is not known."""
    return "—" if value is None else f"{value:,}".replace("-", "−")
