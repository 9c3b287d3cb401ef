"""What a chart shows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kernel.charts.shapes import Layout, Plane

Kind = Literal["columns", "bars", "tiles", "line", "radar", "donut", "gauge"]
Role = Literal["actual", "plan", "rest"]
Number = Decimal | int | None


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
    url: str = ""
    """Where the table of the numbers leads from this place."""


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
    urls: tuple[str, ...] = ()
    """Where the table of the numbers leads from each label; none without it."""
    strong: str | None = None
    """The label that stands out, the present month for instance."""
    top: Number = None
    """The end of the scale of a radar or a gauge; without it 100."""

    def __post_init__(self) -> None:
        for told in self.series:
            if len(told.values) != len(self.labels):
                raise ValueError(f"{told.name}: {len(told.values)} values for {len(self.labels)} labels")

    def layout(self) -> Layout:
        """Give where everything lies in a chart that is as wide as its place."""
        from kernel.charts.laid import LAYOUTS  # noqa: PLC0415  (the description comes first)

        return LAYOUTS[self.kind](self)

    def plane(self) -> Plane:
        """Give where everything lies in a round chart."""
        from kernel.charts.rounds import PLANES  # noqa: PLC0415  (see above)

        return PLANES[self.kind](self)

    @property
    def is_round(self) -> bool:
        return self.kind in ("radar", "donut", "gauge")
