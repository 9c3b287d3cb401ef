"""Expert review: several sheets become one score, and scores become an order."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Final, Generic, TypeVar

from evaluation.scoring.numbers import exact, mean, shown
from evaluation.states import Grade, TieBreak
from kernel.words import Sentence
from orgs.states import RatingGrade

FEWEST: Final = 3
DROPPING_FROM: Final = 5
WIDE_SPREAD: Final = Decimal(20)
NOT_DRAWN: Final = -(10**9)

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class ReviewScore:
    """What several sheets come to: `exact` ranks, `score` (two places) is shown; both None without a result."""

    exact: Fraction | None
    score: Decimal | None
    counted: tuple[Decimal, ...]
    dropped: tuple[Decimal, ...]
    spread: Decimal
    wide: bool
    explanation: Sentence


@dataclass(frozen=True, slots=True)
class Candidate(Generic[K]):
    """An application in the order: `lot` is the number drawn for it, the lower the better."""

    key: K
    exact: Fraction
    rating: RatingGrade | None = None
    past_grade: Grade | None = None
    feasibility: Fraction | None = None
    lot: int | None = None


@dataclass(frozen=True, slots=True)
class Place(Generic[K]):
    """A place in the order; `decided_by` tells it from the one before, `tied` asks for lots to be drawn."""

    key: K
    rank: int
    decided_by: TieBreak
    tied: bool


def review_score(totals: Sequence[Decimal]) -> ReviewScore:
    """Give the score of an application from the totals of its sheets.

    Five or more: the highest and the lowest are dropped, the mean of the rest counts; three or four: the mean;
    fewer: no result. A spread of more than 20 between the highest and the lowest sheet is flagged.
    """
    ordered = sorted(totals)
    spread = ordered[-1] - ordered[0] if ordered else Decimal(0)
    if len(ordered) < FEWEST:
        told = Sentence("No result: {count} sheets are in, {fewest} are needed.", count=len(ordered), fewest=FEWEST)
        return ReviewScore(None, None, tuple(ordered), (), spread, spread > WIDE_SPREAD, told)
    dropping = len(ordered) >= DROPPING_FROM
    counted = ordered[1:-1] if dropping else ordered
    dropped = (ordered[0], ordered[-1]) if dropping else ()
    value = mean([exact(total) for total in counted])
    return ReviewScore(
        value, shown(value), tuple(counted), dropped, spread, spread > WIDE_SPREAD, _explained(value, counted, dropped)
    )


def ranked(candidates: Iterable[Candidate[K]], *, procurement: bool = False) -> list[Place[K]]:
    """Put applications in order by their unrounded scores; ties by rating, past grade, feasibility, then lots.

    Under government procurement the rating never decides (政府采购法实施条例 art. 20). Those whom nothing tells
    apart share a rank and are `tied` until a lot is recorded for each.
    """

    def merit(candidate: Candidate[K]) -> tuple[tuple[TieBreak, Fraction | int], ...]:
        return _merit(candidate, procurement=procurement)

    places: list[Place[K]] = []
    before: tuple[tuple[TieBreak, Fraction | int], ...] | None = None
    for own, group in groupby(sorted(candidates, key=merit, reverse=True), key=merit):
        alike = list(group)
        rank, decided_by = len(places) + 1, _told_apart(before, own)
        places.extend(Place(candidate.key, rank, decided_by, len(alike) > 1) for candidate in alike)
        before = own
    return places


def _merit(candidate: Candidate[K], *, procurement: bool) -> tuple[tuple[TieBreak, Fraction | int], ...]:
    rating = candidate.rating.rank if candidate.rating and not procurement else 0
    feasibility = candidate.feasibility if candidate.feasibility is not None else Fraction(-1)
    # Without a lot they are alike; a lower number drawn is better.
    lot = -candidate.lot if candidate.lot is not None else NOT_DRAWN
    return (
        (TieBreak.SCORE, candidate.exact),
        (TieBreak.RATING, rating),
        (TieBreak.PAST_GRADE, _standing(candidate.past_grade)),
        (TieBreak.FEASIBILITY, feasibility),
        (TieBreak.LOT, lot),
    )


def _standing(grade: Grade | None) -> int:
    # No past project is neither good nor bad: it stands between fair and poor.
    order = [Grade.POOR, None, Grade.FAIR, Grade.GOOD, Grade.EXCELLENT]
    return order.index(grade)


def _told_apart(
    before: tuple[tuple[TieBreak, Fraction | int], ...] | None, own: tuple[tuple[TieBreak, Fraction | int], ...]
) -> TieBreak:
    if before is None:
        return TieBreak.SCORE
    return next(name for (name, theirs), (_, ours) in zip(before, own, strict=True) if theirs != ours)


def _explained(value: Fraction, counted: Sequence[Decimal], dropped: Sequence[Decimal]) -> Sentence:
    if not dropped:
        return Sentence("The mean of {count} sheets is {score}.", count=len(counted), score=shown(value))
    return Sentence(
        "The highest ({highest}) and the lowest ({lowest}) sheet are left out; the mean of the other {count} is {score}.",
        highest=dropped[1],
        lowest=dropped[0],
        count=len(counted),
        score=shown(value),
    )
