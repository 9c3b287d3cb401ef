"""The unified social credit code: how it is written, which checks it carries, what it says.

Source: GB 32100-2015 (the code and its check at place 18) and GB 11714 (the check at place 17 over places 9 to 16).
"""

from __future__ import annotations

import unicodedata
from operator import mul
from typing import Final

from stdnum.cn import uscc

from kernel.words import Sentence
from orgs.states import OrganizationType

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH: Final = 18

_AREA = slice(2, 8)
_BODY = slice(8, 16)
_BODY_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
# Letters count 10 to 35 inside the body, also over the five that the credit code leaves out, and 10 to 30 outside.
_BODY_VALUES: Final = {sign: int(sign, 36) for sign in ALPHABET}
_SIGNS: Final = frozenset(ALPHABET)
_NEVER_SHOWN: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_KINDS: Final = {
    "51": OrganizationType.ASSOCIATION,
    "52": OrganizationType.SERVICE_INSTITUTION,
    "53": OrganizationType.FOUNDATION,
    "59": OrganizationType.OTHER_SOCIAL,
    "91": OrganizationType.ENTERPRISE,
    "12": OrganizationType.PUBLIC_INSTITUTION,
    "13": OrganizationType.PEOPLES_GROUP,
}


def normalize(text: str) -> str:
    """Write a code as the register keeps it: half width, capital letters, no blanks."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return "".join(unicodedata.normalize("NFKC", text).translate(_NEVER_SHOWN).upper().split())


def problem_with(text: str) -> Sentence | None:
    """Say what is wrong with a code, and where; None when both of its checks hold.

    The text may be in lower case or full width. Source: GB 32100-2015, GB 11714.
    """
    code = normalize(text)
    if not code:
        return Sentence("Please give the unified social credit code.")
    if len(code) != LENGTH:
        return Sentence("A credit code has 18 characters; this one has {length}.", length=len(code))
    return _sign_problem(code) or _check_problem(code)


def is_valid(text: str) -> bool:
    """Say whether a code passes both checks."""
    return problem_with(text) is None


def check_digits_for(first: str) -> str:
    """Give the two check characters (places 17 and 18) for the 16 characters before them.

    Raises ValueError when those are not 16 characters that a code may hold.
    """
    if len(first) != LENGTH - 2 or _sign_problem(first) is not None:
        raise ValueError(f"{first!r} is not the beginning of a credit code")
    inner = _organization_check(first[_BODY])
    return inner + uscc.calc_check_digit(first + inner)


def registered_kind(text: str) -> OrganizationType | None:
    """Give the kind of body that places 1 and 2 state, or None when it is none that the Centre works with."""
    return _KINDS.get(normalize(text)[:2])


def registered_area(text: str) -> str:
    """Give places 3 to 8: the area where the body was first registered.

    That may be a district abolished since; today's district is never derived from it.
    """
    return normalize(text)[_AREA]


def _sign_problem(code: str) -> Sentence | None:
    if _SIGNS.issuperset(code) and code[_AREA].isdigit():
        return None
    for place, sign in enumerate(code, start=1):
        if sign not in ALPHABET:
            return Sentence(
                "“{sign}” at place {place} cannot stand in a credit code: it holds figures and capital letters "
                "without I, O, S, V and Z.",
                sign=sign,
                place=place,
            )
        if 3 <= place <= 8 and not sign.isdigit():  # noqa: PLR2004  (the places of the standard)
            return Sentence(
                "“{sign}” at place {place} cannot be right: places 3 to 8 are the area of registration, in figures.",
                sign=sign,
                place=place,
            )
    return None


def _check_problem(code: str) -> Sentence | None:
    # The pair tells where to look: places 9 to 17 stand under both checks, the others under the last one only.
    inner_fails = code[16] != _organization_check(code[_BODY])
    outer_fails = code[17] != uscc.calc_check_digit(code[:17])
    if inner_fails and outer_fails:
        return Sentence(
            "Neither check holds, at place 17 nor at place 18. Most likely a character in places 9 to 17 is wrong, "
            "or two are swapped. Please compare the code with the certificate."
        )
    if outer_fails:
        return Sentence(
            "The check at place 18 does not hold. Most likely a character in places 1 to 8, or the last one, is wrong. "
            "Please compare the code with the certificate."
        )
    if inner_fails:
        return Sentence(
            "The check at place 17 does not hold for places 9 to 16, the organization's own number. "
            "Please compare the code with the certificate."
        )
    return None


def _organization_check(body: str) -> str:
    total = sum(map(mul, map(_BODY_VALUES.__getitem__, body), _BODY_WEIGHTS))
    return "0123456789X0"[11 - total % 11]
