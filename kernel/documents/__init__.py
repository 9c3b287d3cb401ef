"""Papers: one letterhead, one typeface, one way in which text gets onto a page.

The same input gives the same bytes, so that the hash of a signed paper means something.
"""

from __future__ import annotations

from kernel.documents.paper import Heading, Paper
from kernel.documents.text import P, Text
from kernel.documents.typeface import missing_glyphs, packaged_font, use_font

__all__ = ["Heading", "P", "Paper", "Text", "missing_glyphs", "packaged_font", "use_font"]
