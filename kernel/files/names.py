"""File names: kept as data only, in one form, without what could deceive an eye or a path."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 200
LONGEST_EXTENSION = 10

_SEPARATORS = re.compile(r"[/\\:*?\"<>|]+")
_SPACES = re.compile(r"\s+")


def clean_name(name: str) -> str:
    """Give a name in NFC without control and direction characters and without folders, at most 200 characters.

    The extension is kept when the name is cut.
    """
    last = re.split(r"[/\\]", name.replace("\x00", ""))[-1]
    shown = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char) not in _UNSHOWN)
    tidy = _SPACES.sub(" ", _SEPARATORS.sub("_", shown)).strip(" .")
    extension = extension_of(tidy)
    if len(tidy) > LONGEST_NAME:
        tail = f".{extension}" if extension else ""
        tidy = tidy[: LONGEST_NAME - len(tail)] + tail
    return tidy or "file"


_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def extension_of(name: str) -> str:
    """Give the extension in small letters without its dot, or nothing."""
    stem, dot, extension = name.rpartition(".")
    told = extension.lower()
    return told if dot and stem and len(told) <= LONGEST_EXTENSION and told.isascii() and told.isalnum() else ""
