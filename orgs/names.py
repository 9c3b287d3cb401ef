"""How organizations are found and ordered by name: pinyin, initials, and the one text that a search looks through."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from kernel.finding import PAIR, plain


def pinyin_of(name: str) -> str:
    """Write a name in pinyin without tones and blanks, as lists are ordered: "木兰" → "mulan"."""
    return "".join(_sounds(plain(name)))


def initials_of(name: str) -> str:
    """Give the first letters of a name's syllables: "木兰" → "ml"."""
    return _initials(_sounds(plain(name)))


def name_columns(
    name: str, former_names: Iterable[str], credit_code: str, former_codes: Iterable[str] = ()
) -> dict[str, Any]:
    """Give the columns of an organization that follow from its names and its code, ready to be stored.

    It is found by its `former_codes` too, those of files that were merged into it.
    """
    former, sounds = list(former_names), _sounds(plain(name))
    pinyin, initials = "".join(sounds), _initials(sounds)
    return {
        "name": name,
        "former_names": former,
        "credit_code": credit_code,
        "name_pinyin": pinyin,
        "name_initials": initials,
        "search_text": _search_text(name, former, (credit_code, *former_codes), pinyin, initials),
    }


def search_text(name: str, former_names: Iterable[str], credit_code: str) -> str:
    """Give all that a search finds an organization by, in small letters.

    Neighbouring Chinese characters stand in it a second time as words of two (see kernel.finding).
    """
    return _search_text(name, former_names, (credit_code,), pinyin_of(name), initials_of(name))


def _search_text(name: str, former_names: Iterable[str], codes: Iterable[str], pinyin: str, initials: str) -> str:
    names = [plain(told) for told in (name, *former_names)]
    pairs = sorted({told[at : at + PAIR] for told in names for at in range(len(told) - 1)})
    words = " ".join([pair for pair in pairs if not pair.isascii() and " " not in pair])
    return "\n".join((*names, *[code.lower() for code in codes], pinyin, initials, f" {words} "))


def _initials(sounds: Iterable[str]) -> str:
    return "".join([sound[:1] for sound in sounds])


@lru_cache(maxsize=1_000)  # a list looks for a name, and writes it a few hundred lines later
def _sounds(text: str) -> tuple[str, ...]:
    # A sign's sound follows from its word, and lists of organizations are made of the same few thousand words.
    return tuple(sound for word in _speech().seg(text) for sound in _sounds_of(word))


@lru_cache(maxsize=1)
def _speech() -> Any:
    # Its dictionary is a quarter of a process's memory, and most processes write no name.
    from pypinyin.core import Pinyin  # noqa: PLC0415

    return Pinyin()


@lru_cache(maxsize=20_000)
def _sounds_of(word: str) -> tuple[str, ...]:
    told = _speech().lazy_pinyin(word, errors=_each_sign)
    return tuple("".join(sign for sign in sound if sign.isascii() and sign.isalnum()) for sound in told)


def _each_sign(text: str) -> Any:
    return list(text)
