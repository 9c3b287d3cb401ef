"""One figure of the bench, and the table of all."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, in which unit, against which limit; `beside` tells what else was measured in the same run."""

    code: str
    what: str
    measured: float
    limit: float
    unit: str
    is_count: bool = False
    beside: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured <= self.limit

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.is_met}


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    for figure in figures:
        verdict = "met" if figure.is_met else "NOT MET"
        told = f"{figure.measured:,.2f}".rstrip("0").rstrip(".")
        limit = f"{figure.limit:,.2f}".rstrip("0").rstrip(".")
        line = f"{figure.code:<5}{figure.what:<58}{told:>10} {figure.unit:<11} ≤ {limit:<7}{verdict:<9}{figure.beside}"
        sys.stdout.write(line.rstrip() + "\n")
