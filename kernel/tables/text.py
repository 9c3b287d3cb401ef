"""What a cell holds, and the one form in which typed text is compared."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import lru_cache

Cell = str | Decimal | date | None
"""What a cell can be after reading; a date with a clock time is a datetime, which is a date too."""

MOST_KNOWN = 5_000
"""A list says the same districts, days and grades again and again: what so many texts mean is kept, and read once."""
_UNSEEN = re.compile(r"[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def normalize_text(text: str) -> str:
    """Bring full-width letters and digits to their usual form, drop what nobody sees, and collapse spaces."""
    seen = text if text.isprintable() else _UNSEEN.sub("", text)
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def heading_key(text: object) -> str:
    """Give the form in which headings are compared: 「 项目 名称＊」 and 「项目名称」 are the same."""
    return _heading_key(str(text))


@lru_cache(maxsize=MOST_KNOWN)
def _heading_key(text: str) -> str:
    return normalize_text(text).replace(" ", "").rstrip("*").casefold()


def cell_text(cell: Cell) -> str:
    """Write a cell as a person reads it; an empty cell is an empty text."""
    match cell:
        case str():
            return cell
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case _:
            return str(cell)
