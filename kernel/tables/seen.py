"""Whether a text was met before, over a million of them and more, in sixteen bytes each."""

from __future__ import annotations

from array import array

SMALLEST = 1 << 10


class Seen:
    """A set of texts of which only a number of 64 bits each is kept.

    That two different texts have the same number happens once in thirty million lists of a million lines.
    """

    def __init__(self) -> None:
        self.places = array("q", bytes(8 * SMALLEST))
        self.count = 0

    def add(self, text: str) -> bool:
        """Note a text; say whether it is new."""
        number = hash(text) or 1
        place = self._place_of(number)
        if self.places[place]:
            return False
        self.places[place] = number
        self.count += 1
        if 2 * self.count > len(self.places):
            self._grow()
        return True

    def _place_of(self, number: int) -> int:
        last = len(self.places) - 1
        place = number & last
        while self.places[place] not in {0, number}:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        before, self.places = self.places, array("q", bytes(16 * len(self.places)))
        for number in before:
            if number:
                self.places[self._place_of(number)] = number
