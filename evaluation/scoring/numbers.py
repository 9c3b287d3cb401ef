"""Exact numbers: results are kept as fractions and rounded once, at the end, for people."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from kernel.words import Sentence

ONE: Final = Fraction(1)
NONE: Final = Fraction(0)
HUNDRED: Final = Fraction(100)


def exact(value: Decimal | int | str) -> Fraction:
    """Give a number as a fraction, without loss."""
    return Fraction(value)


def shown(value: Fraction) -> Decimal:
    """Round half up, away from zero, to two places."""
    hundredths, rest = divmod(abs(value) * 100, 1)
    cents = int(hundredths) + (1 if rest * 2 >= 1 else 0)
    return Decimal(cents if value >= 0 else -cents).scaleb(-2)


def mean(values: list[Fraction]) -> Fraction:
    """Give the mean of at least one value."""
    return sum(values, NONE) / len(values)


def clipped(value: Fraction, least: Fraction, most: Fraction) -> Fraction:
    """Hold a value between two limits."""
    return max(least, min(most, value))


def joined(sentences: list[Sentence]) -> Sentence:
    """Make one sentence of at least one, so that a result carries all that is to be said about it."""
    if len(sentences) == 1:
        return sentences[0]
    return Sentence("{first} {rest}", first=sentences[0], rest=joined(sentences[1:]))
