"""From scores to a result: grades, the composite of a project, several raters, satisfaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from evaluation.scoring.numbers import HUNDRED, NONE, clipped, exact, mean, shown
from evaluation.states import Grade, Rater
from kernel.money import format_percent
from kernel.words import Sentence

# Defaults of the Centre; a call may set its own.
GRADE_BANDS: Final = ((Decimal(90), Grade.EXCELLENT), (Decimal(80), Grade.GOOD), (Decimal(60), Grade.FAIR))
MIDTERM_PERCENT: Final = Decimal(30)
FINAL_BONUS_CAP: Final = Decimal(5)
RATER_WEIGHTS: Final[Mapping[Rater, Decimal]] = MappingProxyType(
    {Rater.THIRD_PARTY: Decimal(60), Rater.DEMAND_SIDE: Decimal(20), Rater.SATISFACTION: Decimal(20)}
)
SMALLEST_SAMPLE: Final = 30
SAMPLE_PERCENT: Final = 10


@dataclass(frozen=True, slots=True)
class Composite:
    """The final result of a project: `exact` decides, `score` (two places) is shown."""

    exact: Fraction
    score: Decimal
    grade: Grade
    explanation: Sentence


@dataclass(frozen=True, slots=True)
class Weighed:
    """The result of several raters together; None while nobody has given one."""

    exact: Fraction | None
    score: Decimal | None
    weights: Mapping[Rater, Fraction]
    explanation: Sentence


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """The mean of the valid answers; `enough` says whether the sample may stand for all who were served."""

    exact: Fraction | None
    score: Decimal | None
    answers: int
    needed: int
    enough: bool
    explanation: Sentence


def grade_of(value: Fraction, *, vetoed: bool = False) -> Grade:
    """Give the grade of an unrounded value of 100; a veto makes it poor whatever the score."""
    if vetoed:
        return Grade.POOR
    return next((grade for least, grade in GRADE_BANDS if value >= exact(least)), Grade.POOR)


def composite(
    *,
    midterm: Fraction | None,
    final: Fraction,
    adjustment: Decimal = Decimal(0),
    vetoed: bool = False,
    midterm_percent: Decimal = MIDTERM_PERCENT,
) -> Composite:
    """Give the final composite of 100: mid-term 30%, final 70%, plus or minus an adjustment of at most 5.

    A project too short for a mid-term evaluation counts by its final one alone. The result stays within 0 and 100.
    """
    part = exact(midterm_percent) / 100 if midterm is not None else NONE
    change = clipped(exact(adjustment), -exact(FINAL_BONUS_CAP), exact(FINAL_BONUS_CAP))
    value = clipped((midterm or NONE) * part + final * (1 - part) + change, NONE, HUNDRED)
    grade = grade_of(value, vetoed=vetoed)
    return Composite(value, shown(value), grade, _composed(midterm, final, part, change, value, grade, vetoed=vetoed))


def weigh_raters(scores: Mapping[Rater, Fraction | None], weights: Mapping[Rater, Decimal] = RATER_WEIGHTS) -> Weighed:
    """Weigh what several raters gave; the weight of one who gave nothing is shared among the others, openly."""
    given = {rater: score for rater, score in scores.items() if score is not None and weights.get(rater)}
    whole = sum((exact(weights[rater]) for rater in given), NONE)
    if not given:
        return Weighed(None, None, {}, Sentence("Nobody has given a score yet."))
    used = {rater: exact(weights[rater]) / whole for rater in given}
    value = sum((given[rater] * used[rater] for rater in given), NONE)
    told = [
        Sentence(
            "{rater} {score} at {percent}",
            rater=rater,
            score=shown(given[rater]),
            percent=format_percent(shown(used[rater] * 100)),
        )
        for rater in given
    ]
    return Weighed(value, shown(value), used, _listed(told))


def satisfaction(answers: Iterable[Decimal | None], *, people_served: int) -> Satisfaction:
    """Give the mean of the valid answers (of 100), and whether there are enough: 30 and 10% of the people served.

    None is an answer that cannot be counted.
    """
    valid = [exact(answer) for answer in answers if answer is not None and 0 <= answer <= 100]  # noqa: PLR2004  (percent)
    needed = max(SMALLEST_SAMPLE, -(-people_served * SAMPLE_PERCENT // 100))
    enough = len(valid) >= needed
    value = mean(valid) if valid else None
    if enough:
        told = Sentence("{count} valid answers.", count=len(valid))
    else:
        told = Sentence("Sample too small: {count} valid answers, {needed} needed.", count=len(valid), needed=needed)
    return Satisfaction(value, None if value is None else shown(value), len(valid), needed, enough, told)


def _composed(
    midterm: Fraction | None,
    final: Fraction,
    part: Fraction,
    change: Fraction,
    value: Fraction,
    grade: Grade,
    *,
    vetoed: bool,
) -> Sentence:
    if vetoed:
        return Sentence(
            "A veto item was found: {grade}, whatever the score of {score}.", grade=grade, score=shown(value)
        )
    if midterm is None:
        return Sentence(
            "Final evaluation {final}, adjustment {change}: {score}, {grade}.",
            final=shown(final),
            change=shown(change),
            score=shown(value),
            grade=grade,
        )
    return Sentence(
        "Mid-term {midterm} at {part}, final evaluation {final} at {rest}, adjustment {change}: {score}, {grade}.",
        midterm=shown(midterm),
        part=format_percent(shown(part * 100)),
        final=shown(final),
        rest=format_percent(shown(100 - part * 100)),
        change=shown(change),
        score=shown(value),
        grade=grade,
    )


def _listed(told: list[Sentence]) -> Sentence:
    if len(told) == 1:
        return told[0]
    return Sentence("{first}, {rest}", first=told[0], rest=_listed(told[1:]))
