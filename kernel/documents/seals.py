"""The block in which parties sign and seal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from kernel.documents.text import STYLES, Words, draw_text
from kernel.documents.typeface import LINE, width_of

GAP, ROOM_FOR_SEAL, ROOM_FOR_NAME, STEP = 8 * mm, 22 * mm, 8 * mm, 11 * mm


@dataclass(frozen=True, slots=True)
class Party:
    """Who signs, and the lines that are filled in by hand."""

    name: Words
    lines: tuple[str, ...]


class Seals(Flowable):
    """The parties side by side: name, room for the seal, lines to sign on; it never breaks over a page."""

    def __init__(self, parties: Sequence[Party], width: float, seal: str, *, colon: str) -> None:
        super().__init__()
        self.parties, self.width, self._seal, self._colon = parties, width, seal, colon
        self._column = (width - GAP * (len(parties) - 1)) / max(len(parties), 1)
        names = max((party.name.height_at(self._column) for party in parties), default=0.0)
        self._names, self._room = names, ROOM_FOR_SEAL if seal else ROOM_FOR_NAME
        self.height = 6 * mm + names + self._room + STEP * max((len(party.lines) for party in parties), default=0)

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        style = STYLES["label"]
        for place, party in enumerate(self.parties):
            x, top = place * (self._column + GAP), self.height - 6 * mm
            party.name.draw_at(self.canv, x, top, self._column)
            if self._seal:
                draw_text(self.canv, x, top - self._names - self._room / 2, self._seal, style)
            y = top - self._names - self._room
            for line in party.lines:
                if not line:
                    y -= STEP
                    continue
                told = f"{line}{self._colon}"
                draw_text(self.canv, x, y - 4, told, style)
                self.canv.setStrokeColor(LINE)
                self.canv.setLineWidth(0.5)
                self.canv.line(x + width_of(told, style.size) + 2, y - 6, x + self._column * 0.92, y - 6)
                y -= STEP
