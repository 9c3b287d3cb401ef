"""Papers: one letterhead, one typeface, one way in which text gets onto a page.

The same input gives the same bytes, so that the hash of a signed paper means something.
"""

from __future__ import annotations

from kernel.documents.checkcode import new_code, read_code, spaced
from kernel.documents.letterhead import Letterhead, letterhead, use_letterhead
from kernel.documents.paper import Heading, Paper
from kernel.documents.text import P, Text
from kernel.documents.typeface import missing_glyphs, packaged_font, use_font

__all__ = [
    "Heading",
    "Letterhead",
    "P",
    "Paper",
    "Text",
    "letterhead",
    "missing_glyphs",
    "new_code",
    "packaged_font",
    "read_code",
    "spaced",
    "use_font",
    "use_letterhead",
]
