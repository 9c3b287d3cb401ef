"""Ratings of social organizations: how long each is valid, and which one counts on a day.

Sources: 社会组织评估管理办法, first as 民政部令第39号 (in force 2011-03-01 to 2026-02-28), then as revised (in force
from 2026-03-01). Ratings given under the first live on under it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol, TypeVar

from kernel.errors import Invalid
from kernel.words import Sentence
from orgs.states import RatingGrade, RatingRegime, RatingState

REVISED_FROM: Final = date(2026, 3, 1)
YEARS: Final = 5

_NO_GRADE: Final = frozenset({"", "-", "—", "无", "暂无", "无等级", "未评级", "未评估", "未参评", "NONE", "UNRATED"})
_FIGURES: Final = str.maketrans("一二三四五", "12345")
_GRADE = re.compile(r"(?:(?P<number>[1-5])A|(?P<letters>A{1,5}))级?")


class DatedRating(Protocol):
    """A rating as it is kept: `valid_to` of one that was downgraded or cancelled is the last day it counted."""

    @property
    def grade(self) -> RatingGrade: ...
    @property
    def regime(self) -> RatingRegime: ...
    @property
    def announced_on(self) -> date: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date: ...
    @property
    def status(self) -> RatingState: ...


R = TypeVar("R", bound=DatedRating)


@dataclass(frozen=True, slots=True)
class Validity:
    """The first and the last day on which a rating counts, and the rules that say so."""

    regime: RatingRegime
    valid_from: date
    valid_to: date


def regime_of(announced_on: date) -> RatingRegime:
    """Give the rules that a rating announced on a day falls under; what is older than Order 39 is read as under it."""
    return RatingRegime.ORDER_39 if announced_on < REVISED_FROM else RatingRegime.MEASURES_2026


def validity(announced_on: date) -> Validity:
    """Give the days between which a rating announced on a day counts.

    Order 39: five years from the announcement. Revised: 1 January of the next year to 31 December of the fifth.
    """
    regime = regime_of(announced_on)
    if regime is RatingRegime.ORDER_39:
        return Validity(regime, announced_on, _years_later(announced_on, YEARS) - timedelta(days=1))
    year = announced_on.year
    return Validity(regime, date(year + 1, 1, 1), date(year + YEARS, 12, 31))


def rating_as_of(ratings: Iterable[R], day: date, *, from_announcement: bool = False) -> R | None:
    """Give the one rating that counts on a day: of those that cover it, the one announced last.

    A re-rating replaces the earlier one from its own first day, until then the earlier one counts to its end;
    with `from_announcement` (a setting of the Centre) it replaces it from the day of its announcement.
    """
    covering = [
        rating
        for rating in ratings
        if _first_day(rating, from_announcement=from_announcement) <= day <= _last_day(rating)
    ]
    return max(covering, key=lambda rating: (rating.announced_on, rating.grade.rank), default=None)


def grade_as_of(ratings: Iterable[DatedRating], day: date, *, from_announcement: bool = False) -> RatingGrade | None:
    """Give the grade that counts on a day, or None."""
    rating = rating_as_of(ratings, day, from_announcement=from_announcement)
    return rating.grade if rating else None


def reaches(grade: RatingGrade | None, least: RatingGrade) -> bool:
    """Say whether a grade is at least another: 4A reaches 3A, no grade reaches none."""
    return grade is not None and grade.rank >= least.rank


def read_grade(text: str) -> RatingGrade | None:
    """Read a grade as lists print it: "5A级社会组织", "AAAAA", "５Ａ", "无等级社会组织" (None).

    Raises Invalid for the field `grade` when the text is neither a grade nor one of the words for none.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    plain = plain.removeprefix("社会组织").removesuffix("社会组织").translate(_FIGURES)
    if plain in _NO_GRADE:
        return None
    found = _GRADE.fullmatch(plain)
    if not found:
        raise Invalid({"grade": [Sentence("“{text}” is not a rating from 1A to 5A.", text=text.strip())]})
    return RatingGrade(f"{found['number'] or len(found['letters'])}A")


def _first_day(rating: DatedRating, *, from_announcement: bool) -> date:
    return min(rating.announced_on, rating.valid_from) if from_announcement else rating.valid_from


def _last_day(rating: DatedRating) -> date:
    match rating.status:
        case RatingState.VALID | RatingState.EXPIRED:
            return rating.valid_to
        case RatingState.DOWNGRADED | RatingState.REVOKED if rating.valid_to < validity(rating.announced_on).valid_to:
            return rating.valid_to
        case _:
            # Not yet verified, or taken away without a day on record: it counts on no day.
            return date.min


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        # 29 February: the year has no such day, so that five years end on 27 February.
        return date(day.year + years, 2, 28)
