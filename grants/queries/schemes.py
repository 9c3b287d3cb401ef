"""The sheets by which a call is reviewed and evaluated: whoever keeps them says which there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scheme:
    """One indicator set that a call may name: its code, its name in both languages, and what it is made for."""

    code: str
    name: str
    name_en: str
    kind: str
    edition: int


Offer = Callable[[], Sequence[Scheme]]

OFFERS: Final[list[Offer]] = []


def offers_schemes(offer: Offer) -> Offer:
    """Let a module that stands above say which sheets there are; each code once, in its newest edition."""
    OFFERS.append(offer)
    return offer


def schemes() -> list[Scheme]:
    """Give every sheet that a call may name."""
    return [scheme for offer in OFFERS for scheme in offer()]
