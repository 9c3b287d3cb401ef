"""Check codes: what a reader types to ask whether a paper is ours, and the square that a telephone reads instead."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable

import segno
from reportlab.lib.colors import black
from reportlab.pdfgen.canvas import Canvas

DIGITS = "23456789"
ALPHABET = f"{DIGITS}ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter or digit that can be taken for another: no 0 and O, 1, I and L, U and V."""
LENGTH, GROUP = 16, 4
MASK = 3
"""One of the eight masks of a square. Every reader knows all; trying them all for the prettiest takes most of the time."""


def new_code(choice: Callable[[str], str] = secrets.choice) -> str:
    """Draw a code that nobody can guess: 16 characters, 70 bits. Only the demo has dice of its own.

    Each group ends with a digit, so that chance spells no word on a paper.
    """
    places = (DIGITS if place % GROUP == GROUP - 1 else ALPHABET for place in range(LENGTH))
    return "".join(choice(alphabet) for alphabet in places)


def spaced(code: str) -> str:
    """Write a code as it stands on a paper: ABC2-DEF3-GHJ4-KMN5."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_code(typed: str) -> str:
    """Read a code as people type it: small letters, full-width letters, blanks and dashes do no harm.

    Gives an empty text for what cannot be a code.
    """
    plain = unicodedata.normalize("NFKC", typed[:200]).upper()
    code = "".join(char for char in plain if char.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def draw_square(canvas: Canvas, x: float, y: float, size: float, told: str) -> None:
    """Draw a QR code of `told` with its lower left corner at (x, y); the quiet edge around it is the caller's."""
    matrix = segno.make(told, error="m", micro=False, mask=MASK).matrix
    unit = size / len(matrix)
    path = canvas.beginPath()
    for number, row in enumerate(matrix):
        start = None
        for place, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = place
            elif not dark and start is not None:
                path.rect(x + start * unit, y + size - (number + 1) * unit, (place - start) * unit, unit)
                start = None
    canvas.setFillColor(black)
    canvas.drawPath(path, stroke=0, fill=1)
