"""Coded choices: the code for the database, the word for people, tone and icon where it is a state.

A StrEnum equals its own code, so members of two enums with the same code are one key of a dict. Word, tone and
icon therefore stand on the member itself, never in a table that is keyed by members of several enums.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Coded(StrEnum):
    """A choice written `DRAFT = "draft", "Draft", "idle", "pencil"`: code, English msgid, tone, icon."""

    _value_: str
    word: str
    tone: str
    icon: str

    def __new__(cls, code: str, word: str = "", tone: str = "idle", icon: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.word = word
        member.tone = tone
        member.icon = icon
        return member


Tones = dict[type[Coded], dict[Coded, tuple[str, str]]]


def tones_of(*kinds: type[Coded]) -> Tones:
    """Give kind → state → (tone, icon), for the pages and for a test that the icons exist."""
    return {kind: {state: (state.tone, state.icon) for state in kind} for kind in kinds}
