"""From all answers to the score of a sheet: weights shared openly, adjustments within caps, vetoes named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from evaluation.scoring.indicators import Indicator, IndicatorSet
from evaluation.scoring.marks import Answer, applies, is_answered, mark, needs_reason
from evaluation.scoring.numbers import HUNDRED, NONE, clipped, exact, joined, shown
from evaluation.scoring.results import grade_of
from evaluation.states import Grade, IndicatorKind
from kernel.words import Sentence


@dataclass(frozen=True, slots=True)
class Scored:
    """What one item came to: `weight` is what it counts for here, `value` its points; None where it does not count.

    An item that is not answered yet has a weight and no value.
    """

    indicator: Indicator
    weight: Fraction
    value: Fraction | None
    explanation: Sentence
    children: tuple[Scored, ...] = ()

    @property
    def counts(self) -> bool:
        return self.weight > 0

    def walk(self) -> Iterator[Scored]:
        """Give the item and all below it, in the order of the sheet."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class SheetScore:
    """What a sheet comes to: `exact` decides, `score` (two places) is shown; both None while answers are missing.

    `running` is the sum so far, `missing` the items without an answer, `unexplained` those far above their target
    without a reason, `vetoed` the veto items that were found; all three are codes.
    """

    exact: Fraction | None
    score: Decimal | None
    grade: Grade | None
    passed: bool | None
    running: Decimal
    bonus: Decimal
    penalty: Decimal
    items: tuple[Scored, ...]
    missing: tuple[str, ...]
    unexplained: tuple[str, ...]
    vetoed: tuple[str, ...]

    def walk(self) -> Iterator[Scored]:
        """Give every item with what it came to, groups before their children."""
        for item in self.items:
            yield from item.walk()


def score_sheet(sheet: IndicatorSet, answers: Mapping[str, Answer]) -> SheetScore:
    """Give the score of a sheet from the answers by code.

    An item that does not apply gives its weight to the others of its group in proportion, a group without any
    gives it to the other groups. The result stays between 0 and the sheet's total.
    """
    items = _shared(sheet.indicators, exact(sheet.total), answers)
    flat = [scored for item in items for scored in item.walk()]
    leaves = [scored for scored in flat if scored.indicator.kind is not IndicatorKind.GROUP]
    bonus = _adjusted(sheet.bonuses, answers, sheet.bonus_cap)
    penalty = _adjusted(sheet.penalties, answers, sheet.penalty_cap)
    earned = sum((scored.value for scored in leaves if scored.value is not None), NONE)
    running = clipped(earned + bonus - penalty, NONE, exact(sheet.total))
    missing = tuple(scored.indicator.code for scored in leaves if scored.counts and scored.value is None)
    vetoed = tuple(veto.code for veto in sheet.vetoes if any(answers.get(veto.code, Answer()).checks))
    complete = not missing and any(scored.counts for scored in leaves)
    return SheetScore(
        exact=running if complete else None,
        score=shown(running) if complete else None,
        grade=grade_of(running * HUNDRED / exact(sheet.total), vetoed=bool(vetoed)) if complete else None,
        passed=_passed(sheet, running, vetoed) if complete else None,
        running=shown(running),
        bonus=shown(bonus),
        penalty=shown(penalty),
        items=items,
        missing=missing,
        unexplained=tuple(leaf.code for leaf in sheet.leaves if needs_reason(leaf, answers.get(leaf.code))),
        vetoed=vetoed,
    )


def _shared(items: tuple[Indicator, ...], weight: Fraction, answers: Mapping[str, Answer]) -> tuple[Scored, ...]:
    counting = sum((exact(item.weight) for item in items if _counts(item, answers)), NONE)
    return tuple(
        _scored(item, weight * exact(item.weight) / counting, answers) if _counts(item, answers) else _left_out(item)
        for item in items
    )


def _counts(item: Indicator, answers: Mapping[str, Answer]) -> bool:
    if item.kind is IndicatorKind.GROUP:
        return any(_counts(child, answers) for child in item.children)
    return applies(item, answers.get(item.code))


def _scored(item: Indicator, weight: Fraction, answers: Mapping[str, Answer]) -> Scored:
    raised = _raised(item, weight)
    if item.kind is IndicatorKind.GROUP:
        children = _shared(item.children, weight, answers)
        values = [child.value for child in children if child.counts]
        whole = sum((value for value in values if value is not None), NONE)
        told = Sentence("The sum of its items: {value} of {weight}.", value=shown(whole), weight=shown(weight))
        return Scored(item, weight, None if None in values else whole, joined([told, *raised]), children)
    answer = answers.get(item.code)
    if answer is None or not is_answered(item, answer):
        return Scored(item, weight, None, joined([Sentence("Not answered yet."), *raised]))
    earned = mark(item, answer)
    return Scored(item, weight, earned.share * weight, joined([earned.explanation, *raised]))


def _left_out(item: Indicator) -> Scored:
    told = Sentence(
        "Does not apply; its weight of {weight} is shared among the others of its group.", weight=item.weight
    )
    return Scored(item, NONE, None, told, tuple(_left_out(child) for child in item.children))


def _raised(item: Indicator, weight: Fraction) -> list[Sentence]:
    if weight == exact(item.weight):
        return []
    return [
        Sentence(
            "Counts for {weight} instead of {usual}, because other items do not apply.",
            weight=shown(weight),
            usual=item.weight,
        )
    ]


def _adjusted(items: tuple[Indicator, ...], answers: Mapping[str, Answer], cap: Decimal) -> Fraction:
    given = NONE
    for item in items:
        value = answers.get(item.code, Answer()).value or Decimal(0)
        given += clipped(exact(value), NONE, exact(str(item.parameters["cap"])))
    return min(given, exact(cap))


def _passed(sheet: IndicatorSet, value: Fraction, vetoed: tuple[str, ...]) -> bool | None:
    if sheet.pass_mark is None:
        return None
    return not vetoed and value >= exact(sheet.pass_mark)
