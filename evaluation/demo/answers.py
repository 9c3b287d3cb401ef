"""Answers that bring a sheet to a wanted score: what is measured stands, the rest is given by hand."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from random import Random

from evaluation.queries.evaluations import HALF_TIME, measured
from evaluation.scoring import Answer, Indicator, IndicatorSet, SheetScore, exact, score_sheet
from evaluation.states import EvaluationKind, IndicatorKind as K
from kernel.money import yuan

HUNDRED = Decimal(100)
BY_HAND = frozenset({K.DIRECT, K.BAND3})
EXPLAINED = "活动吸引了邻近居民，服务人次高于计划（示例说明）。"


def answers_for(
    dice: Random, sheet: IndicatorSet, kind: EvaluationKind, wanted: Decimal, reached: dict[str, Decimal]
) -> tuple[dict[str, Answer], SheetScore]:
    """Give answers and the score they come to, as near to `wanted` (of the sheet's total) as the sheet allows.

    `reached` are shares of the targets by measure: people, person_times, sessions, execution.
    """
    share = wanted / sheet.total
    given = {leaf.code: _answer(dice, leaf, kind, share, reached) for leaf in sheet.leaves}
    free = [leaf for leaf in sheet.leaves if leaf.kind in BY_HAND and not measured(leaf)]
    given.update({leaf.code: Answer(value=Decimal(0)) for leaf in free})
    base = score_sheet(sheet, given).exact
    assert base is not None, "every item has its answer"
    _fill(free, given, exact(wanted) - base)
    return given, score_sheet(sheet, given)


def by_itself(leaf: Indicator, answer: Answer) -> tuple[Answer, Decimal | None]:
    """Give what the organization says of itself, a little better than the panel, and its points where they differ."""
    if answer.value is None or leaf.kind not in BY_HAND:
        return answer, None
    if leaf.kind is K.BAND3:
        percent = min(HUNDRED, answer.value + 6)
        return Answer(value=percent), yuan(leaf.weight * percent / HUNDRED)
    points = min(leaf.weight, (answer.value + Decimal("0.7")).quantize(Decimal("0.1")))
    return Answer(value=points), points


def _fill(free: list[Indicator], given: dict[str, Answer], needed: Fraction) -> None:
    """Share the points that are still needed among the items given by hand; the last takes what is left."""
    room = sum((exact(leaf.weight) for leaf in free), Fraction(0))
    left = max(Fraction(0), min(needed, room))
    # Bands first, in whole percents, so that items in points can make up the rest.
    for leaf in sorted(free, key=lambda one: (one.kind is K.DIRECT, -one.weight)):
        weight = exact(leaf.weight)
        room -= weight
        points = max(left - room, min(left * weight / (room + weight), weight))
        if leaf.kind is K.BAND3:
            percent = _down(points / weight * 100, Decimal(1)) if points - left + room >= 0 else HUNDRED
            given[leaf.code] = Answer(value=percent)
            left -= exact(percent) * weight / 100
        else:
            value = _down(points, Decimal("0.5") if room > 0 else Decimal("0.01"))
            value = min(leaf.weight, max(value, _least(left, room)))
            given[leaf.code] = Answer(value=value)
            left -= exact(value)


def _least(left: Fraction, room: Fraction) -> Decimal:
    """Give what an item must take at least, so that the ones after it can bear the rest."""
    missing = left - room
    return Decimal(0) if missing <= 0 else -_down(-missing, Decimal("0.01"))


def _down(value: Fraction, step: Decimal) -> Decimal:
    told = Decimal(value.numerator) / Decimal(value.denominator)
    return (told / step).to_integral_value(ROUND_FLOOR) * step


def _answer(dice: Random, leaf: Indicator, kind: EvaluationKind, share: Decimal, reached: dict[str, Decimal]) -> Answer:
    if measured(leaf):
        return _measured(leaf, kind, reached)
    match leaf.kind:
        case K.CHECKLIST:
            asked = len(leaf.parameters["checks"])
            yes = min(asked, round(asked * share + Decimal("0.2")))
            return Answer(checks=tuple(place < yes for place in range(asked)))
        case K.DEDUCT:
            return Answer(value=Decimal(0 if share > Decimal("0.75") else dice.randint(1, 2)))
        case K.THRESHOLD | K.PROPORTIONAL | K.OVER_TARGET:
            return Answer(actual=yuan(share * HUNDRED), target=HUNDRED)
        case _:
            return Answer(value=Decimal(0))


def _measured(leaf: Indicator, kind: EvaluationKind, reached: dict[str, Decimal]) -> Answer:
    target, actual = reached[f"{leaf.parameters['measure']}_target"], reached[leaf.parameters["measure"]]
    if kind is EvaluationKind.MIDTERM:
        # What had been reached by then, of half the target.
        target = Decimal(-(-target // HALF_TIME)) if leaf.parameters["measure"] != "execution" else yuan(target / 2)
        actual = min(actual, yuan(target * Decimal("1.04")).to_integral_value())
    is_far = leaf.kind is K.OVER_TARGET and target and actual > target * Decimal("1.3")
    return Answer(actual=actual, target=target, reason=EXPLAINED if is_far else "")
