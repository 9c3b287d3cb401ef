"""The one typeface of papers, and what it cannot draw."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import cast

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT = "Yulan"
INK, SECOND_INK, LEAF, LINE, GROUND = (
    HexColor(code) for code in ("#1e2422", "#565c58", "#11595b", "#c9cdc6", "#f1f2ee")
)

_CONTROL = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)


def packaged_font() -> Path:
    """Give the packaged typeface, WenQuanYi Micro Hei."""
    return Path(str(files("paperang_p2_fonts_cjk").joinpath("fonts", "wqy-microhei.ttc")))


def use_font(path: Path | None = None) -> None:
    """Set papers in the TrueType font at `path`, or in the packaged one; of a collection its first face is taken."""
    pdfmetrics.registerFont(TTFont(FONT, str(path or packaged_font()), subfontIndex=0))


def typeface() -> TTFont:
    """Give the typeface of papers; the packaged one unless another is in use."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        use_font()
    return cast(TTFont, pdfmetrics.getFont(FONT))


def width_of(text: str, size: float) -> float:
    """Give how wide `text` is on paper, in points."""
    return float(typeface().stringWidth(text, size))


def missing_glyphs(text: str) -> list[str]:
    """Give the characters of `text` that the typeface cannot draw, each once, in their order.

    A missing glyph would print as nothing: a rare surname would vanish from a contract.
    """
    known = typeface().face.charToGlyph
    return [char for char in dict.fromkeys(_CONTROL.sub("", text)) if ord(char) not in known and not char.isspace()]


def drawable(text: str) -> str:
    """Give text as it can be drawn: no control characters, and 〔U+20BB7〕 for a character without a glyph."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    plain = _CONTROL.sub("", plain)
    for char in missing_glyphs(plain):
        plain = plain.replace(char, f"〔U+{ord(char):04X}〕")
    return plain
