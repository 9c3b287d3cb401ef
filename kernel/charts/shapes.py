"""The parts of a chart where they lie, as plain numbers for both painters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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


@dataclass(frozen=True, slots=True)
class Area:
    """A filled shape on a plane, its corners in pixels from the upper left."""

    points: tuple[tuple[float, float], ...]
    tone: str


@dataclass(frozen=True, slots=True)
class Plane:
    """A round chart: everything in pixels of one picture that is scaled as a whole."""

    width: int
    height: int
    areas: tuple[Area, ...] = ()
    paths: tuple[Path, ...] = ()
    dots: tuple[tuple[float, float, str], ...] = ()
    words: tuple[Word, ...] = ()
