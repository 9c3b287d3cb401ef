"""How alike two organizations are: the part of a name that tells one from another, and what each likeness weighs.

A value that many share tells nothing; a person's name alone is weak, since many people bear it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from orgs.states import DuplicateStrength, Evidence

WEIGHTS: Final[Mapping[Evidence, int]] = {
    Evidence.CODE_PART: 80,
    Evidence.SAME_NAME: 70,
    Evidence.ACCOUNT: 60,
    Evidence.SAME_SOUND: 50,
    Evidence.CLOSE_NAME: 40,
    Evidence.SIMILAR_NAME: 25,
    Evidence.CODE_NEAR: 25,
    Evidence.PHONE: 30,
    Evidence.ADDRESS: 20,
    Evidence.REPRESENTATIVE: 20,
}
LEAST: Final = 40
LIKELY: Final = 60
STRONG: Final = 90
ALIKE: Final = 0.4
"""The share of common trigrams from which two names are similar, as pg_trgm counts it."""
SHARED_BY_MANY: Final = 20
"""A value that more other organizations than this share tells nothing of two of them."""

Keys = Mapping[str, Collection[str]]
"""What an organization is compared by: kind (a code of Evidence, or "name" and "sound") → values."""

EQUAL: Final[Mapping[str, Evidence]] = {
    "code": Evidence.CODE_PART,
    "account": Evidence.ACCOUNT,
    "phone": Evidence.PHONE,
    "address": Evidence.ADDRESS,
    "representative": Evidence.REPRESENTATIVE,
}

_OWN_NUMBER = slice(8, 17)
_CHECKED = 8
_NOT_OF_A_NAME = re.compile(r"[\W_]+")
_PLACES: Final = ("中国", "上海市", "上海")


def core_of(name: str, areas: Iterable[str]) -> str:
    """Give a name without blanks, brackets and the places that it begins with; `areas` are names of districts.

    "上海市浦东新区木兰（家庭）服务中心" → "木兰家庭服务中心". A name of nothing but a place stays as it is.
    """
    told = plain_words(name)
    places = sorted({*_PLACES, *areas}, key=len, reverse=True)
    core = told
    while place := next((one for one in places if core.startswith(one)), ""):
        core = core.removeprefix(place)
    return core or told


def plain_words(text: str) -> str:
    """Write a name or an address without blanks and marks, as it is compared."""
    return _NOT_OF_A_NAME.sub("", unicodedata.normalize("NFKC", text).lower())


def plain_phone(phone: str) -> str:
    """Give the figures of a phone number, as it is compared."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", phone) if sign.isdecimal())


def own_number(credit_code: str) -> str:
    """Give characters 9 to 17: the organization's own number, which a new registration elsewhere keeps (GB 32100)."""
    return credit_code[_OWN_NUMBER]


def evidence_of(one: Keys, other: Keys) -> list[tuple[Evidence, int]]:
    """Give what speaks for two being one, the weightiest first, each with how much of it there is, in percent."""
    found = {kind: 100 for key, kind in EQUAL.items() if set(one.get(key, ())) & set(other.get(key, ()))}
    if Evidence.CODE_PART not in found and _any_near(one.get("code", ()), other.get("code", ())):
        found[Evidence.CODE_NEAR] = 100
    if told := _names(one, other):
        found[told[0]] = told[1]
    return sorted(found.items(), key=lambda pair: -WEIGHTS[pair[0]])


def _names(one: Keys, other: Keys) -> tuple[Evidence, int] | None:
    pairs = [(mine, theirs) for mine in one.get("name", ()) for theirs in other.get("name", ())]
    share = round(100 * max((share_of(*pair) for pair in pairs), default=0))
    if any(mine == theirs for mine, theirs in pairs):
        return Evidence.SAME_NAME, 100
    if set(one.get("sound", ())) & set(other.get("sound", ())):
        return Evidence.SAME_SOUND, share
    if any(is_close(*pair) for pair in pairs):
        return Evidence.CLOSE_NAME, share
    return (Evidence.SIMILAR_NAME, share) if share >= 100 * ALIKE else None


def share_of(one: str, other: str) -> float:
    """Give the share of trigrams that two names have in common, from 0 to 1, as pg_trgm's similarity() counts it."""
    mine, theirs = _trigrams(one), _trigrams(other)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)} if word else set()


def is_close(one: str, other: str) -> bool:
    """Say whether one character is another, is missing or stands at its neighbour's place; short names never are."""
    if min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 1:  # noqa: PLR2004  (of three, one is a third)
        return False
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    return _differ_once(one, other)


def without_one(name: str) -> set[str]:
    """Give a name and what is left of it without each of its characters: names that are close share one of these."""
    if len(name) < 4:  # noqa: PLR2004  (short names never are close)
        return set()
    return {name, *(name[:at] + name[at + 1 :] for at in range(len(name)))}


def _differ_once(one: str, other: str) -> bool:
    places = [place for place in range(len(one)) if one[place] != other[place]]
    if len(places) == 1:
        return True
    swapped = len(places) == 2 and places[1] - places[0] == 1  # noqa: PLR2004  (two neighbours)
    return swapped and one[places[0]] == other[places[1]] and one[places[1]] == other[places[0]]


def _any_near(some: Collection[str], others: Collection[str]) -> bool:
    """Own numbers are near when one of the eight characters before their check is another, or two are swapped."""
    return any(_differ_once(one[:_CHECKED], other[:_CHECKED]) for one in some for other in others)


def score_of(kinds: Iterable[Evidence]) -> int:
    """Add the weights of what was found; a pair is worth a look from LEAST on."""
    return sum(WEIGHTS[kind] for kind in kinds)


def strength_of(score: int) -> DuplicateStrength:
    """Give the word for a score."""
    if score >= STRONG:
        return DuplicateStrength.STRONG
    return DuplicateStrength.LIKELY if score >= LIKELY else DuplicateStrength.WEAK
