"""How much of one text stands in another: prints to find candidates by, and the passages that both share.

A text is compared without its blanks and punctuation, in one case and width. Prints are winnowed shingles (Schleimer,
Wilkerson and Aiken, 2003): two texts that share a run of `SURE` signs share a print, wherever the run stands, so a
copied paragraph is found in a long text that is otherwise its own. What a template has written for everybody is left
out of both.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

SHINGLE: Final = 8
WINDOW: Final = 9
SURE: Final = SHINGLE + WINDOW - 1
"""Two texts with so many signs in common, one after another, share a print."""
PASSAGE: Final = 13
"""So many signs in common, one after another, are a passage: a name or a set phrase is shorter."""
TRIED: Final = 12
"""How many places of one shingle are tried: a text that repeats itself is not compared for ever."""

NOTHING: Final = ("", 0, 0)
"""The longest run where there is none: part, place, size."""

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands in a text: the part, and its first and last place (after the end) as it was written."""

    part: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """One run of signs that both texts share; `size` counts signs without blanks and punctuation."""

    mine: Place
    theirs: Place
    size: int


@dataclass(frozen=True, slots=True)
class Shared:
    """All that two texts share, and which share of mine it is in percent, rounded down."""

    passages: tuple[Passage, ...]
    percent: int


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as it is compared, and where each of its signs stood."""

    signs: str
    places: tuple[int, ...]


def plain(text: str) -> Plain:
    """Leave out blanks and punctuation; full width becomes narrow, capitals small."""
    signs: list[str] = []
    places: list[int] = []
    for place, written in enumerate(text):
        for sign in _signs(written):
            signs.append(sign)
            places.append(place)
    return Plain("".join(signs), tuple(places))


@lru_cache(maxsize=8192)
def _signs(written: str) -> tuple[str, ...]:
    return tuple(sign for sign in unicodedata.normalize("NFKC", written).lower() if sign.isalnum())


def shingles_of(texts: Iterable[str]) -> frozenset[str]:
    """Give every run of `SHINGLE` signs: of a template, what does not count."""
    found: set[str] = set()
    for text in texts:
        signs = plain(text).signs
        found |= {signs[place : place + SHINGLE] for place in range(len(signs) - SHINGLE + 1)}
    return frozenset(found)


def prints_of(texts: Texts, template: frozenset[str] = frozenset()) -> list[int]:
    """Give the prints of a text, each once, in order."""
    found: set[int] = set()
    for text in texts.values():
        signs = plain(text).signs
        found.update(_winnowed([_hash(one) for one in _runs(signs, template)]))
    return sorted(found)


def among(texts: Texts, prints: frozenset[int]) -> frozenset[str]:
    """Give the shingles of a text that these prints stand for, such as what many others have written too."""
    if not prints:
        return frozenset()
    runs = {run for text in texts.values() for run in _runs(plain(text).signs, frozenset())}
    return frozenset(run for run in runs if _hash(run) in prints)


def _runs(signs: str, template: frozenset[str]) -> Iterator[str]:
    for place in range(len(signs) - SHINGLE + 1):
        shingle = signs[place : place + SHINGLE]
        if shingle not in template:
            yield shingle


def _hash(shingle: str) -> int:
    return int.from_bytes(blake2b(shingle.encode(), digest_size=7).digest())


def _winnowed(hashes: Sequence[int]) -> set[int]:
    """Keep the least hash of each window."""
    if len(hashes) <= WINDOW:
        return {min(hashes)} if hashes else set()
    return {min(hashes[place : place + WINDOW]) for place in range(len(hashes) - WINDOW + 1)}


def shared(mine: Texts, theirs: Texts, template: frozenset[str] = frozenset()) -> Shared:
    """Give the passages of my text that stand in theirs too, from the beginning to the end of each of my parts.

    Each sign of mine counts once, however often it stands in theirs; what a template has written counts in neither.
    A passage begins at a sign of the writer's own. So each sign is looked at again a fixed number of times at most: a
    run that is too little holds fewer than `PASSAGE` such beginnings, and behind one that is enough the next is sought.
    """
    others = {part: plain(text) for part, text in theirs.items()}
    known = _index(others)
    passages: list[Passage] = []
    counted = written = 0
    for part, text in mine.items():
        own = plain(text)
        by_hand = _not_of(own.signs, template)
        written += sum(by_hand)
        place = 0
        while place <= len(own.signs) - PASSAGE:
            other, start, size = _longest(own.signs, place, others, known) if by_hand[place] else NOTHING
            told = sum(by_hand[place : place + size])
            if told < PASSAGE:
                place += 1
                continue
            passages.append(Passage(_place(part, own, place, size), _place(other, others[other], start, size), size))
            counted += told
            place += size
    return Shared(tuple(passages), counted * 100 // written if written else 0)


def _index(others: Mapping[str, Plain]) -> dict[str, list[tuple[str, int]]]:
    known: dict[str, list[tuple[str, int]]] = {}
    for part, one in others.items():
        for place in range(len(one.signs) - SHINGLE + 1):
            places = known.setdefault(one.signs[place : place + SHINGLE], [])
            if len(places) < TRIED:
                places.append((part, place))
    return known


def _not_of(signs: str, template: frozenset[str]) -> list[bool]:
    """Say of each sign whether its writer wrote it: whether no shingle of the template covers it."""
    by_hand = [True] * len(signs)
    if template:
        for place in range(len(signs) - SHINGLE + 1):
            if signs[place : place + SHINGLE] in template:
                # Of a common text only its prints are known: the sign beside one is its own no more than the others.
                first, last = max(place - 1, 0), min(place + SHINGLE + 1, len(signs))
                by_hand[first:last] = [False] * (last - first)
    return by_hand


def _longest(
    signs: str, place: int, others: Mapping[str, Plain], known: Mapping[str, Sequence[tuple[str, int]]]
) -> tuple[str, int, int]:
    """Give where the longest run of signs from a place on stands in the other text: part, place, size."""
    best, size = NOTHING, 0
    for part, start in known.get(signs[place : place + SHINGLE], ()):
        other = others[part].signs
        most = min(len(signs) - place, len(other) - start)
        # Only what is longer than the best is read sign by sign, and from where the best ends.
        if most <= size or signs[place : place + size + 1] != other[start : start + size + 1]:
            continue
        while size < most and signs[place + size] == other[start + size]:
            size += 1
        best = (part, start, size)
    return best


def _place(part: str, told: Plain, start: int, size: int) -> Place:
    return Place(part, told.places[start], told.places[start + size - 1] + 1)
