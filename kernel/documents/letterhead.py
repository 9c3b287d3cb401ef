"""Whose papers these are, and where they can be verified."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The name that a house gives itself on its papers (empty: each module's own), and the address of its pages."""

    name: str = ""
    address: str = "http://127.0.0.1:8080"


_present = [Letterhead()]


def use_letterhead(letterhead: Letterhead) -> None:
    """Put the name and the address of this house on the papers that follow."""
    _present[0] = letterhead


def letterhead() -> Letterhead:
    """Give the letterhead in use."""
    return _present[0]
