"""How organizations are found and ordered by name: pinyin, initials, and the one text that a search looks through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pypinyin import Style, lazy_pinyin

from kernel.finding import PAIR, plain


def pinyin_of(name: str) -> str:
    """Write a name in pinyin without tones and blanks, as lists are ordered: "木兰" → "mulan"."""
    return "".join(_sounds(name, Style.NORMAL))


def initials_of(name: str) -> str:
    """Give the first letters of a name's syllables: "木兰" → "ml"."""
    return "".join(_sounds(name, Style.FIRST_LETTER))


def name_columns(name: str, former_names: Iterable[str], credit_code: str) -> dict[str, Any]:
    """Give the columns of an organization that follow from its names and its code, ready to be stored."""
    former = list(former_names)
    return {
        "name": name,
        "former_names": former,
        "credit_code": credit_code,
        "name_pinyin": pinyin_of(name),
        "name_initials": initials_of(name),
        "search_text": search_text(name, former, credit_code),
    }


def search_text(name: str, former_names: Iterable[str], credit_code: str) -> str:
    """Give all that a search finds an organization by, in small letters.

    Neighbouring Chinese characters stand in it a second time as words of two (see kernel.finding).
    """
    names = [plain(told) for told in (name, *former_names)]
    pairs = sorted({told[at : at + PAIR] for told in names for at in range(len(told) - 1)})
    words = " ".join(pair for pair in pairs if not pair.isascii() and " " not in pair)
    return "\n".join((*names, credit_code.lower(), pinyin_of(name), initials_of(name), f" {words} "))


def _each_sign(text: str) -> Any:
    return list(text)


def _sounds(name: str, style: Style) -> list[str]:
    told = lazy_pinyin(plain(name), style=style, errors=_each_sign)
    return ["".join(sign for sign in sound if sign.isascii() and sign.isalnum()) for sound in told]


def _each_sign(text: str) -> Any:
    return list(text)
