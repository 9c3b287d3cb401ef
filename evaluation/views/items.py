"""The items of an evaluation's sheet as its pages show them: groups, leaves with their controls, adjustments, vetoes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evaluation.models import Evaluation, EvaluationScore
from evaluation.queries.evaluations import columns_in, measured, measured_answers, sheet_score, with_measures
from evaluation.scoring import Answer, Indicator, IndicatorSet, Scored, SheetScore, score_sheet, shown
from evaluation.states import IndicatorKind, ScoreColumn
from evaluation.views import cells
from evaluation.views.typed import RATIOS
from kernel.identity import current_locale
from kernel.money import format_yuan
from kernel.speech import gettext as _, ngettext
from kernel.words import Sentence, word_of

TYPED_POINTS = frozenset({IndicatorKind.DIRECT})


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a sheet. `control`: points, percent, units, ratio, checks, measured, group, adjust or veto."""

    code: str
    title: str
    weight: str
    control: str
    head: str
    depth: int
    points: str
    explanation: str
    own: str
    value: str
    actual: str
    target: str
    told_actual: str
    told_target: str
    unit: str
    checks: Sequence[Check]
    not_applicable: bool
    is_found: bool
    reason: str
    step: str
    most: str
    counts: bool
    errors: Sequence[str]


CONTROLS = {
    IndicatorKind.GROUP: "group",
    IndicatorKind.CHECKLIST: "checks",
    IndicatorKind.BAND3: "percent",
    IndicatorKind.DEDUCT: "units",
    IndicatorKind.BONUS: "adjust",
    IndicatorKind.PENALTY: "adjust",
    IndicatorKind.VETO: "veto",
}


@dataclass(frozen=True, slots=True)
class SheetItems:
    """A sheet as its page shows it, with what it comes to so far."""

    items: Sequence[Item]
    adjustments: Sequence[Item]
    vetoes: Sequence[Item]
    score: SheetScore
    most: str


def sheet_items(
    evaluation: Evaluation,
    column: ScoreColumn,
    *,
    typed: Mapping[str, Answer] | None = None,
    problems: Mapping[str, Sequence[Sentence]] | None = None,
) -> SheetItems:
    """Lay out one column of a sheet; `typed` are answers that could not be kept and are shown again."""
    sheet = evaluation.indicator_set.sheet
    columns = columns_in(evaluation)
    stored, own = columns[column], columns[ScoreColumn.SELF] if column is not ScoreColumn.SELF else {}
    answers = {code: Answer.load(score.answer) for code, score in stored.items()} | dict(typed or {})
    if evaluation.project is not None:
        answers = with_measures(measured_answers(sheet, evaluation.project, evaluation.kind), answers)
    score = score_sheet(sheet, answers)
    told = _Told(answers, own, problems or {})
    return SheetItems(
        items=[line for scored in score.items for line in told.lines(scored, scored.indicator.code, 0)],
        adjustments=[told.item(item, None, item.code, 0) for item in (*sheet.bonuses, *sheet.penalties)],
        vetoes=[told.item(item, None, item.code, 0) for item in sheet.vetoes],
        score=score,
        most=cells.points(sheet.total),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    answers: Mapping[str, Answer]
    own: Mapping[str, EvaluationScore]
    problems: Mapping[str, Sequence[Sentence]]

    def lines(self, scored: Scored, head: str, depth: int) -> list[Item]:
        below = [line for child in scored.children for line in self.lines(child, head, depth + 1)]
        return [self.item(scored.indicator, scored, head, depth), *below]

    def item(self, item: Indicator, scored: Scored | None, head: str, depth: int) -> Item:
        answer = self.answers.get(item.code, Answer())
        own = self.own.get(item.code)
        value = scored.value if scored is not None else None
        return Item(
            code=item.code,
            title=cells.named(item),
            weight=cells.points(item.weight),
            control=control_of(item),
            head=head,
            depth=depth,
            points="" if value is None else cells.points(shown(value)),
            explanation=scored.explanation.render() if scored is not None and control_of(item) != "group" else "",
            own=cells.points(own.value) if own is not None else "",
            value=cells.points(answer.value),
            actual=cells.points(answer.actual),
            target=cells.points(answer.target),
            told_actual=_told(item, answer.actual),
            told_target=_told(item, answer.target),
            unit=_unit(item),
            checks=_checks(item, answer),
            not_applicable=answer.not_applicable,
            is_found=any(answer.checks),
            reason=answer.reason,
            step=str(item.parameters.get("step", "0.5" if item.kind in TYPED_POINTS else "any")),
            most=_most(item),
            counts=scored.counts if scored is not None else True,
            errors=[sentence.render() for sentence in self.problems.get(f"answer-{item.code}", ())],
        )


def control_of(item: Indicator) -> str:
    """Say which control an item is answered with."""
    if measured(item):
        return "measured"
    if item.kind in RATIOS:
        return "ratio"
    return CONTROLS.get(item.kind, "points")


def _unit(item: Indicator) -> str:
    unit = item.parameters.get("unit", "")
    words = {
        "people": _("people"),
        "person_times": _("person-times"),
        "sessions": _("sessions"),
        "yuan": _("yuan"),
        "percent": "%",
        "milestones": _("milestones"),
        "findings": _("findings"),
    }
    return words.get(unit, unit)


def _told(item: Indicator, number: Decimal | None) -> str:
    """Write a number of a project: money with two places, counts with their thousands apart."""
    if number is None:
        return ""
    return format_yuan(number) if item.parameters.get("unit") == "yuan" else f"{number.normalize():,f}"


def _checks(item: Indicator, answer: Answer) -> list[Check]:
    if item.kind is not IndicatorKind.CHECKLIST:
        return []
    shown_in = "name_en" if current_locale() == "en" else "name"
    return [
        Check(
            name=f"check-{item.code}-{place}",
            text=check.get(shown_in) or check["name"],
            value=("1" if answer.checks[place] else "0") if place < len(answer.checks) else "",
        )
        for place, check in enumerate(item.parameters["checks"])
    ]


def _most(item: Indicator) -> str:
    if item.kind is IndicatorKind.BAND3:
        return "100"
    if item.kind in {IndicatorKind.BONUS, IndicatorKind.PENALTY}:
        return cells.points(Decimal(str(item.parameters["cap"])))
    return cells.points(item.weight) if item.kind is IndicatorKind.DIRECT else ""


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One line of an indicator set as its page shows it."""

    code: str
    title: str
    weight: str
    kind: str
    depth: int
    is_group: bool
    details: str


def tree_of(sheet: IndicatorSet) -> list[TreeLine]:
    """Lay out a set for reading."""
    found: list[TreeLine] = []

    def walk(item: Indicator, depth: int) -> None:
        found.append(
            TreeLine(
                item.code,
                cells.named(item),
                cells.points(item.weight) if item.weight else "",
                _(word_of(item.kind)),
                depth,
                item.kind is IndicatorKind.GROUP,
                _details(item),
            )
        )
        for child in item.children:
            walk(child, depth + 1)

    for item in (*sheet.indicators, *sheet.bonuses, *sheet.penalties, *sheet.vetoes):
        walk(item, 0)
    return found


def _details(item: Indicator) -> str:
    if measured(item):
        return _("Counted by the system from the project")
    if item.kind is IndicatorKind.CHECKLIST:
        return ngettext(
            "%(n)s question", "%(n)s questions", len(item.parameters["checks"]), n=len(item.parameters["checks"])
        )
    if item.kind is IndicatorKind.DEDUCT:
        return _("%(n)s off for each", n=item.parameters["per_unit"])
    if item.kind in {IndicatorKind.BONUS, IndicatorKind.PENALTY}:
        return _("At most %(n)s", n=item.parameters["cap"])
    return ""


def column_rows(evaluation: Evaluation) -> list[tuple[Any, ...]]:
    """Give (title, depth, is group, weight, self, panel, explanation) for every item; the result, column by column."""
    columns = columns_in(evaluation)
    panel, own = columns[ScoreColumn.PANEL], columns[ScoreColumn.SELF]
    score = sheet_score(evaluation, evaluation.indicator_set.sheet, panel)
    rows = []

    def walk(scored: Scored, depth: int) -> None:
        item = scored.indicator
        is_group = item.kind is IndicatorKind.GROUP
        told = panel.get(item.code)
        own_told = own.get(item.code)
        rows.append(
            (
                cells.named(item),
                depth,
                is_group,
                cells.points(item.weight),
                "" if own_told is None else cells.points(own_told.value),
                "" if scored.value is None or not panel else cells.points(shown(scored.value)),
                "" if is_group or not panel else scored.explanation.render(),
                told.reason if told is not None else "",
            )
        )
        for child in scored.children:
            walk(child, depth + 1)

    for scored in score.items:
        walk(scored, 0)
    return rows
