"""Ratings of made-up organizations, of both regimes: in force, soon to expire, expired, waiting, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

from kernel.demo import weighted
from orgs.queries.ratings import shown_rating
from orgs.ratings import REVISED_FROM, validity
from orgs.states import SOCIAL_ORGANIZATIONS, RatingGrade, RatingState

GRADES = (
    (RatingGrade.FIVE_A, 10),
    (RatingGrade.FOUR_A, 24),
    (RatingGrade.THREE_A, 50),
    (RatingGrade.TWO_A, 12),
    (RatingGrade.ONE_A, 4),
)
# What an organization's rating looks like today, and how many of a hundred look so.
SHAPES = (
    ("none", 38),
    ("valid", 30),
    ("expiring", 7),
    ("expired", 13),
    ("revised", 6),
    ("pending", 4),
    ("downgraded", 2),
)
FIVE_YEARS = timedelta(days=1826)


@dataclass(frozen=True, slots=True)
class Given:
    """One rating before it is written."""

    grade: RatingGrade
    state: RatingState
    announced_on: date | None
    ends_early_on: date | None = None


class _Told(SimpleNamespace):
    @property
    def status(self) -> RatingState:
        return self.state


def ratings_for(dice: Random, organization: dict[str, Any], as_of: date, *, is_first: bool) -> list[Given]:
    """Give the ratings of an organization, oldest first."""
    grade = weighted(dice, GRADES)
    shape = weighted(dice, SHAPES)
    if organization["type"] not in SOCIAL_ORGANIZATIONS:
        return []
    if is_first:
        shape, grade = "valid", RatingGrade.FOUR_A
    return [given for given in _shaped(dice, shape, grade, as_of) if _can_be(given, organization)]


def _can_be(given: Given, organization: dict[str, Any]) -> bool:
    return given.announced_on is None or given.announced_on > organization["founded_on"]


def _shaped(dice: Random, shape: str, grade: RatingGrade, as_of: date) -> list[Given]:
    last_of_old = min(as_of, REVISED_FROM) - timedelta(days=5)
    match shape:
        case "valid":
            first = as_of - FIVE_YEARS + timedelta(days=100)
            return [Given(grade, RatingState.VALID, _between(dice, first, last_of_old))]
        case "expiring":
            return [Given(grade, RatingState.VALID, as_of - FIVE_YEARS + timedelta(days=dice.randint(4, 88)))]
        case "expired":
            day = as_of - FIVE_YEARS - timedelta(days=dice.randint(10, 900))
            return [Given(grade, RatingState.EXPIRED, day)]
        case "revised" if as_of >= REVISED_FROM:
            old = Given(RatingGrade.THREE_A, RatingState.VALID, _between(dice, as_of - FIVE_YEARS * 0.8, last_of_old))
            return [old, Given(grade, RatingState.VALID, _between(dice, REVISED_FROM, as_of))]
        case "pending":
            # The better ones stand in a list that was published lately; of the others no day is known yet.
            is_published = grade in {RatingGrade.FIVE_A, RatingGrade.FOUR_A}
            return [Given(grade, RatingState.PENDING, as_of - timedelta(days=40) if is_published else None)]
        case "downgraded":
            day = _between(dice, as_of - FIVE_YEARS * 0.9, as_of - FIVE_YEARS * 0.4)
            return [Given(grade, RatingState.DOWNGRADED, day, as_of - timedelta(days=dice.randint(20, 300)))]
        case _:
            return []


def _between(dice: Random, first: date, last: date) -> date:
    return first + timedelta(days=dice.randint(0, max(0, (last - first).days)))


def rating_rows(organization: dict[str, Any], ratings: Sequence[Given]) -> list[dict[str, Any]]:
    """Give the rows of an organization's ratings."""
    return [_row(organization["id"], given, place) for place, given in enumerate(ratings, 1)]


def _row(organization_id: int, given: Given, place: int) -> dict[str, Any]:
    days = validity(given.announced_on) if given.announced_on else None
    return {
        "organization_id": organization_id,
        "grade": given.grade,
        "state": given.state,
        "regime": days.regime if days else None,
        "announced_on": given.announced_on,
        "valid_from": days.valid_from if days else None,
        "valid_to": (given.ends_early_on or days.valid_to) if days else None,
        "certificate_number": f"示例评{organization_id:05d}-{place}" if days else None,
        "reason": "跟踪评估未达原等级（示例）" if given.ends_early_on else None,
    }


def shown_columns(ratings: Sequence[Given], as_of: date) -> dict[str, Any]:
    """Give what the register shows of the ratings on a day."""
    # Not records: the state of a record is its workflow's to write.
    told: Any = [_Told(**_row(0, given, place)) for place, given in enumerate(ratings, 1)]
    rating, state = shown_rating(told, as_of) or (None, None)
    return {
        "rating_grade": rating.grade if rating else None,
        "rating_state": state,
        "rating_valid_from": rating.valid_from if rating else None,
        "rating_valid_to": rating.valid_to if rating else None,
    }
