"""What is typed into sheets: numbers in any usual writing, answers by code."""

from __future__ import annotations

from collections.abc import Container, Mapping
from decimal import Decimal, InvalidOperation
from unicodedata import normalize

from evaluation.queries.evaluations import measured
from evaluation.scoring import Answer, Indicator
from evaluation.states import IndicatorKind
from kernel.errors import Invalid
from kernel.words import Sentence

RATIOS = frozenset({IndicatorKind.THRESHOLD, IndicatorKind.PROPORTIONAL, IndicatorKind.OVER_TARGET})
LONGEST_NUMBER = 20
MOST = Decimal(10) ** 12
NO_NUMBER = Sentence("Please write a number, such as 7.5.")


def number_of(text: str | None) -> Decimal | None:
    """Read a number; nothing typed is None.

    Raises ValueError when it is none.
    """
    plain = normalize("NFKC", text or "").replace(",", "").strip()
    if not plain:
        return None
    try:
        found = Decimal(plain)
    except InvalidOperation:
        raise ValueError(plain) from None
    if not found.is_finite() or len(plain) > LONGEST_NUMBER or abs(found) > MOST:
        raise ValueError(plain)
    return found


def scores_typed(form: Mapping[str, str], codes: Container[str]) -> dict[str, Decimal | None]:
    """Read the fields `score-<code>` of a review's sheet.

    Raises Invalid with every field that holds no number.
    """
    scores: dict[str, Decimal | None] = {}
    problems: dict[str, list[Sentence]] = {}
    for name, text in form.items():
        code = name.removeprefix("score-")
        if code == name or code not in codes:
            continue
        try:
            scores[code] = number_of(text)
        except ValueError:
            problems[name] = [NO_NUMBER]
    if problems:
        raise Invalid(problems)
    return scores


def comments_typed(form: Mapping[str, str], codes: Container[str]) -> dict[str, str]:
    """Read the fields `comment-<code>` of a review's sheet."""
    found = {name.removeprefix("comment-"): text for name, text in form.items() if name.startswith("comment-")}
    return {code: text for code, text in found.items() if code in codes}


def answers_typed(form: Mapping[str, str], items: Mapping[str, Indicator], stored: Container[str]) -> dict[str, Answer]:
    """Read the answers of an evaluation's sheet; what was never answered and is not now is left out.

    Raises Invalid with every item that holds no number.
    """
    answers: dict[str, Answer] = {}
    problems: dict[str, list[Sentence]] = {}
    for code, item in items.items():
        try:
            answer = _explained(form, item) if measured(item) else _answer(form, item)
        except ValueError:
            problems[f"answer-{code}"] = [NO_NUMBER]
            continue
        if answer != Answer() or code in stored:
            answers[code] = answer
    if problems:
        raise Invalid(problems)
    return answers


def _explained(form: Mapping[str, str], item: Indicator) -> Answer:
    """Read the explanation of a number that the project gives."""
    return Answer(reason=form.get(f"reason-{item.code}", "").strip())


def _answer(form: Mapping[str, str], item: Indicator) -> Answer:
    reason = form.get(f"reason-{item.code}", "").strip()
    not_applicable = form.get(f"na-{item.code}") == "1"
    if item.kind is IndicatorKind.VETO:
        found = form.get(f"veto-{item.code}") == "1"
        return Answer(checks=(True,) if found else (), reason=reason)
    if item.kind is IndicatorKind.CHECKLIST:
        return Answer(checks=_checks(form, item), reason=reason, not_applicable=not_applicable)
    if item.kind in RATIOS:
        actual, target = (number_of(form.get(f"{side}-{item.code}")) for side in ("actual", "target"))
        return Answer(actual=actual, target=target, reason=reason, not_applicable=not_applicable)
    value = number_of(form.get(f"value-{item.code}"))
    return Answer(value=value, reason=reason, not_applicable=not_applicable)


def _checks(form: Mapping[str, str], item: Indicator) -> tuple[bool, ...]:
    """Read a checklist as far as it is answered without a gap."""
    told: list[bool] = []
    for place in range(len(item.parameters["checks"])):
        given = form.get(f"check-{item.code}-{place}")
        if given not in {"0", "1"}:
            break
        told.append(given == "1")
    return tuple(told)
