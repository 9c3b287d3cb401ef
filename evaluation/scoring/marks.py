"""From one answer to the share of its item's weight: what each kind of indicator does with what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from evaluation.scoring.indicators import Indicator, points_of
from evaluation.scoring.numbers import NONE, ONE, clipped, exact, shown
from evaluation.states import ADJUSTMENTS, IndicatorKind
from kernel.money import format_percent
from kernel.words import Sentence

RATIOS: Final = frozenset({IndicatorKind.THRESHOLD, IndicatorKind.PROPORTIONAL, IndicatorKind.OVER_TARGET})
EXPLAIN_ABOVE: Final = Decimal("1.3")
BAND_REACHED: Final = Decimal(80)
BAND_PARTLY: Final = Decimal(60)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for one item.

    `value`: points (direct, bonus, penalty), percent (band3) or units (deduct). `checks`: yes or no per question;
    for a veto item one yes. `actual` and `target`: for ratios, in the same unit. `reason`: why so far over the
    target, or why the item does not apply.
    """

    value: Decimal | None = None
    checks: tuple[bool, ...] = ()
    actual: Decimal | None = None
    target: Decimal | None = None
    not_applicable: bool = False
    reason: str = ""

    def dump(self) -> dict[str, Any]:
        """Give the answer as plain JSON."""
        return {
            "value": _text(self.value),
            "checks": list(self.checks),
            "actual": _text(self.actual),
            "target": _text(self.target),
            "not_applicable": self.not_applicable,
            "reason": self.reason,
        }

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Answer:
        """Read an answer back from what `dump` wrote."""
        return cls(
            value=_number(stored.get("value")),
            checks=tuple(bool(check) for check in stored.get("checks") or ()),
            actual=_number(stored.get("actual")),
            target=_number(stored.get("target")),
            not_applicable=bool(stored.get("not_applicable")),
            reason=stored.get("reason") or "",
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """What an answer earns: a share of the weight from 0 to 1, and how it came about."""

    share: Fraction
    explanation: Sentence


def applies(item: Indicator, answer: Answer | None) -> bool:
    """Say whether an item counts: not when the rater says so, nor when there was no target to reach."""
    if answer is None:
        return True
    return not (answer.not_applicable or (item.kind in RATIOS and answer.target == 0))


def is_answered(item: Indicator, answer: Answer | None) -> bool:
    """Say whether all that the item asks for is there."""
    if answer is None:
        return False
    if item.kind is IndicatorKind.CHECKLIST:
        return len(answer.checks) == len(item.parameters["checks"])
    if item.kind in RATIOS:
        return answer.actual is not None and answer.target is not None
    return answer.value is not None


def answer_problem(item: Indicator, answer: Answer) -> Sentence | None:
    """Say why an answer cannot stand for an item, or None."""
    if item.kind is IndicatorKind.CHECKLIST and len(answer.checks) > len(item.parameters["checks"]):
        return Sentence("There are more answers than questions.")
    if any(number is not None and number < 0 for number in (answer.value, answer.actual, answer.target)):
        return Sentence("A number here cannot be below zero.")
    most = _most(item)
    if answer.value is not None and most is not None and answer.value > most:
        return Sentence("{value} is above the most that can be given, {most}.", value=answer.value, most=most)
    step = item.parameters.get("step")
    if answer.value is not None and step and answer.value % Decimal(str(step)):
        return Sentence("Points are given in steps of {step}.", step=Decimal(str(step)))
    return None


def needs_reason(item: Indicator, answer: Answer | None) -> bool:
    """Say whether an answer far above its target still lacks its explanation."""
    if item.kind is not IndicatorKind.OVER_TARGET or answer is None or answer.reason.strip():
        return False
    if not answer.target or answer.actual is None:
        return False
    limit = Decimal(str(item.parameters.get("explain_above", EXPLAIN_ABOVE)))
    return answer.actual > answer.target * limit


def mark(item: Indicator, answer: Answer) -> Mark:
    """Give the share of its weight that an answered item earns.

    Raises ValueError for a group, an unanswered item, or one that is not part of the sum.
    """
    if not is_answered(item, answer) or item.kind in ADJUSTMENTS or item.kind is IndicatorKind.GROUP:
        raise ValueError(f"{item.code} cannot be marked")
    match item.kind:
        case IndicatorKind.CHECKLIST:
            return _checklist(item, answer)
        case IndicatorKind.THRESHOLD:
            return _threshold(item, answer)
        case IndicatorKind.PROPORTIONAL | IndicatorKind.OVER_TARGET:
            return _proportional(answer)
        case IndicatorKind.BAND3:
            return _band3(answer)
        case IndicatorKind.DEDUCT:
            return _deduct(item, answer)
        case _:
            return _direct(item, answer)


def _checklist(item: Indicator, answer: Answer) -> Mark:
    yes, asked = sum(answer.checks), len(item.parameters["checks"])
    rows = points_of(item)
    share = _points(rows, Fraction(yes)) / exact(item.weight) if rows else Fraction(yes, asked)
    return Mark(share, Sentence("{yes} of {asked} answered with yes.", yes=yes, asked=asked))


def _threshold(item: Indicator, answer: Answer) -> Mark:
    ratio = _ratio(answer)
    points = _points(points_of(item), ratio)
    return Mark(
        points / exact(item.weight),
        Sentence(
            "{ratio} of the target: {points} points by the table.",
            ratio=format_percent(shown(ratio * 100)),
            points=shown(points),
        ),
    )


def _proportional(answer: Answer) -> Mark:
    ratio = _ratio(answer)
    if ratio > ONE:
        return Mark(
            ONE, Sentence("{ratio} of the target: full marks, no more.", ratio=format_percent(shown(ratio * 100)))
        )
    return Mark(ratio, Sentence("{ratio} of the target.", ratio=format_percent(shown(ratio * 100))))


def _band3(answer: Answer) -> Mark:
    percent = _known(answer.value)
    share = clipped(exact(percent) / 100, NONE, ONE)
    if percent >= BAND_REACHED:
        return Mark(share, Sentence("Reached: {percent}.", percent=format_percent(percent)))
    if percent >= BAND_PARTLY:
        return Mark(share, Sentence("Partly reached: {percent}.", percent=format_percent(percent)))
    return Mark(share, Sentence("Hardly reached: {percent}.", percent=format_percent(percent)))


def _deduct(item: Indicator, answer: Answer) -> Mark:
    units, per_unit = _known(answer.value), Decimal(str(item.parameters["per_unit"]))
    taken = min(units * per_unit, item.weight)
    return Mark(
        ONE - exact(taken) / exact(item.weight),
        Sentence(
            "{units} times {per_unit} off: {taken} in all.",
            units=f"{units.normalize():f}",
            per_unit=per_unit,
            taken=taken,
        ),
    )


def _direct(item: Indicator, answer: Answer) -> Mark:
    value = _known(answer.value)
    share = clipped(exact(value) / exact(item.weight), NONE, ONE)
    return Mark(share, Sentence("{value} of {weight} given.", value=value, weight=item.weight))


def _points(rows: list[tuple[Decimal, Decimal]], reached: Fraction) -> Fraction:
    return next((exact(points) for start, points in rows if reached >= exact(start)), NONE)


def _ratio(answer: Answer) -> Fraction:
    return exact(_known(answer.actual)) / exact(_known(answer.target))


def _most(item: Indicator) -> Decimal | None:
    match item.kind:
        case IndicatorKind.DIRECT:
            return item.weight
        case IndicatorKind.BAND3:
            return Decimal(100)
        case IndicatorKind.BONUS | IndicatorKind.PENALTY:
            return Decimal(str(item.parameters["cap"]))
        case _:
            return None


def _known(number: Decimal | None) -> Decimal:
    if number is None:
        raise ValueError("an answer without its number cannot be marked")
    return number


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: object) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))
