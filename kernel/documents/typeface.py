"""The typefaces of papers: the one for all, the one for rare characters, and what neither can draw."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import cast

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT, RARE_FONT = "Yulan", "YulanRare"
INK, SECOND_INK, LEAF, LINE, GROUND, FAINT = (
    HexColor(code) for code in ("#1e2422", "#565c58", "#11595b", "#c9cdc6", "#f1f2ee", "#e6e8e3")
)

_CONTROL = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)

rl_config.useA85 = 0  # streams as they are, not as letters: a paper is a fifth smaller

Run = tuple[str, str]
"""A font's name and a piece of text that it can draw."""


def packaged_font() -> Path:
    """Give the packaged typeface, WenQuanYi Micro Hei."""
    return Path(str(files("paperang_p2_fonts_cjk").joinpath("fonts", "wqy-microhei.ttc")))


def use_font(path: Path | None = None, *, rare: Path | None = None) -> None:
    """Set papers in the TrueType font at `path`, or in the packaged one; of a collection its first face is taken.

    `rare` is a second font for characters that the first cannot draw, as in some surnames.
    """
    pdfmetrics.registerFont(TTFont(FONT, str(path or packaged_font()), subfontIndex=0))
    if rare is not None:
        pdfmetrics.registerFont(TTFont(RARE_FONT, str(rare), subfontIndex=0))
    else:
        # reportlab can register a font but not forget one.
        pdfmetrics._fonts.pop(RARE_FONT, None)  # type: ignore[attr-defined]  # noqa: SLF001  (see above)
    _faces.cache_clear()
    advance.cache_clear()


def typeface() -> TTFont:
    """Give the typeface of papers; the packaged one unless another is in use."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        use_font()
    return cast(TTFont, pdfmetrics.getFont(FONT))


@cache
def _faces() -> tuple[TTFont, ...]:
    first = typeface()
    known = pdfmetrics.getRegisteredFontNames()
    return (first, cast(TTFont, pdfmetrics.getFont(RARE_FONT))) if RARE_FONT in known else (first,)


def _font_of(char: str) -> TTFont:
    faces = _faces()
    return next((font for font in faces if ord(char) in font.face.charToGlyph), faces[0])


@cache
def advance(char: str) -> float:
    """Give how wide a character is, in thousandths of the letter size."""
    face = _font_of(char).face
    return float(face.charWidths.get(ord(char), face.defaultWidth))


def width_of(text: str, size: float) -> float:
    """Give how wide `text` is on paper, in points."""
    return sum(map(advance, text)) * size / 1000


def runs(text: str) -> list[Run]:
    """Cut text into pieces of one font each; nearly always it is one piece."""
    faces = _faces()
    known = faces[0].face.charToGlyph
    if len(faces) == 1 or all(ord(char) in known for char in text):
        return [(FONT, text)]
    return [(name, "".join(part)) for name, part in groupby(text, key=lambda char: str(_font_of(char).fontName))]


def missing_glyphs(text: str) -> list[str]:
    """Give the characters of `text` that no typeface in use can draw, each once, in their order.

    A missing glyph would print as nothing: a rare surname would vanish from a contract.
    """
    faces = _faces()
    found = dict.fromkeys(_CONTROL.sub("", text))
    return [char for char in found if not char.isspace() and not any(ord(char) in f.face.charToGlyph for f in faces)]


def drawable(text: str) -> str:
    """Give text as it can be drawn: no control characters, and 〔U+20BB7〕 for a character without a glyph."""
    plain = tidy(text)
    for char in missing_glyphs(plain):
        plain = plain.replace(char, f"〔U+{ord(char):04X}〕")
    return plain


def tidy(text: str) -> str:
    """Give text in NFC, its lines ended alike, without characters that steer instead of being seen."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return _CONTROL.sub("", plain)
