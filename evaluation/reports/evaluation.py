"""The report of an evaluation as it is signed: what was asked, what was found, what it came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from evaluation.models import Evaluation, EvaluationScore
from evaluation.queries.evaluations import columns_of
from evaluation.queries.sets import set_of
from evaluation.rules.evaluations import OPINION
from evaluation.scoring import IndicatorSet, Scored, SheetScore, shown
from evaluation.states import IndicatorKind, ScoreColumn
from kernel.charts import Chart, Series, drawing
from kernel.clock import local
from kernel.documents import Heading, Paper
from kernel.people import names_of
from kernel.words import Sentence

HEADINGS = (
    Heading(Sentence("Item"), 3.4),
    Heading(Sentence("Weight"), 0.8, is_figure=True),
    Heading(Sentence("Self-score"), 0.9, is_figure=True),
    Heading(Sentence("Score"), 0.9, is_figure=True),
    Heading(Sentence("How it came about"), 4),
)


WORD = Sentence("Evaluation report")
LOCALE = "zh"
FEWEST_DIMENSIONS, MOST_DIMENSIONS = 3, 8


def build_evaluation_report(evaluation: Evaluation, score: SheetScore, code: str) -> Paper:
    """Write the signed report of an evaluation in Chinese, with its check code."""
    project, agency = evaluation.project, evaluation.agency
    assert agency is not None, "a signed evaluation has its agency"
    sheet, columns = set_of(evaluation.set_id).sheet, columns_of(evaluation.id)
    names = names_of([evaluation.evaluator_id, evaluation.countersigner_id])
    signed = local(evaluation.signed_at).date() if evaluation.signed_at else None
    title = Sentence("{kind}: report", kind=evaluation.kind)
    paper = Paper(title, organization=agency.name, number=evaluation.number, day=signed, code=code, locale=LOCALE)
    paper.facts(
        [
            (Sentence("Project"), f"{project.number} {project.title}"),
            (Sentence("Organization"), project.organization.name),
            (Sentence("Award (yuan)"), project.award),
            (Sentence("Indicator set"), sheet.name),
            (Sentence("Evaluator"), names.get(evaluation.evaluator_id or 0, "")),
            (Sentence("Second signature"), names.get(evaluation.countersigner_id or 0, "")),
            (Sentence("Visit on site"), evaluation.visited_on or Sentence("None was made.")),
        ]
    )
    paper.heading(Sentence("Result"))
    paper.facts(list(_result(sheet, score)))
    own = columns[ScoreColumn.SELF]
    chart = dimensions_chart(score, own)
    if chart is not None:
        paper.drawing(drawing(chart, paper.width))
    paper.heading(Sentence("Opinion on the whole"))
    opinion = columns[ScoreColumn.PANEL].get(OPINION)
    paper.paragraph(opinion.reason if opinion is not None else "")
    paper.heading(Sentence("Items"))
    rows = [_row(scored, columns[ScoreColumn.PANEL], own) for scored in score.walk()]
    total: list[Sentence | str] = [Sentence("Total"), points(sheet.total), "", points(score.score or Decimal(0)), ""]
    paper.table(HEADINGS, rows, total)
    paper.heading(Sentence("Self-report of the organization"))
    paper.paragraph(evaluation.self_report)
    return paper.signatures(
        [
            (Sentence("Evaluator"), [Sentence("Signature"), Sentence("Day")]),
            (Sentence("Second signature"), [Sentence("Signature"), Sentence("Day")]),
            (Sentence("{name} (seal)", name=agency.name), ["", Sentence("Day")]),
        ]
    )


def dimensions_chart(score: SheetScore, own: Mapping[str, EvaluationScore]) -> Chart | None:
    """Draw what each dimension came to in per cent of its weight, beside the organization's own scores.

    None where a sheet has too few dimensions for a picture to say more than its table.
    """
    counted = [item for item in score.items if item.counts and item.value is not None]
    if len(counted) < FEWEST_DIMENSIONS:
        return None
    found = tuple(_percent(item.value, item.weight) for item in counted)
    series = [Series(Sentence("Score").render(LOCALE), found)]
    self_scores = tuple(_self_percent(item, own) for item in counted)
    if any(value is not None for value in self_scores):
        series.append(Series(Sentence("Self-score").render(LOCALE), self_scores, "plan"))
    title = Sentence("Dimensions").render(LOCALE)
    return Chart(
        kind="radar" if len(counted) <= MOST_DIMENSIONS else "columns",
        title=title,
        desc=title,
        unit=Sentence("per cent of the weight").render(LOCALE),
        labels=tuple(item.indicator.name for item in counted),
        series=tuple(series),
    )


def _percent(value: Fraction | None, weight: Fraction) -> Decimal | None:
    return None if value is None else Decimal(round(value * 1000 / weight)) / 10


def _self_percent(item: Scored, own: Mapping[str, EvaluationScore]) -> Decimal | None:
    """Give the organization's own points of a dimension in per cent; None where it gave none of them."""
    leaves = [one for one in item.walk() if not one.children and one.counts]
    given = [told.value for leaf in leaves if (told := own.get(leaf.indicator.code)) and told.value is not None]
    weight = sum((leaf.weight for leaf in leaves), Fraction(0))
    return _percent(Fraction(sum(given, Decimal(0))), weight) if given and weight else None


def _result(sheet: IndicatorSet, score: SheetScore) -> Iterator[tuple[Sentence, Sentence | str]]:
    yield Sentence("Score"), f"{points(score.score or Decimal(0))} / {points(sheet.total)}"
    if score.grade is not None:
        yield Sentence("Grade of this sheet"), Sentence("{grade}", grade=score.grade)
    if sheet.pass_mark is not None:
        told = Sentence("Passed") if score.passed else Sentence("Not passed")
        yield Sentence("Pass mark {mark}", mark=points(sheet.pass_mark)), told
    if score.bonus or score.penalty:
        yield Sentence("Bonus and penalty"), f"+{points(score.bonus)} / −{points(score.penalty)}"
    if score.vetoed:
        names = {veto.code: veto.name for veto in sheet.vetoes}
        yield Sentence("Veto items found"), "、".join(names[code] for code in score.vetoed)


def _row(scored: Scored, panel: dict[str, EvaluationScore], own: dict[str, EvaluationScore]) -> list[Sentence | str]:
    item = scored.indicator
    is_group = item.kind is IndicatorKind.GROUP
    told, self_told = panel.get(item.code), own.get(item.code)
    reason = told.reason if told is not None and told.reason else ""
    words: Sentence | str = "" if is_group else scored.explanation
    if reason and not is_group:
        words = Sentence("{words} {reason}", words=scored.explanation, reason=reason)
    return [
        item.name if is_group else f"　{item.name}",
        points(item.weight),
        points(self_told.value) if self_told is not None and self_told.value is not None else "",
        points(shown(scored.value)) if scored.value is not None else "—",
        words,
    ]


def points(number: Decimal) -> str:
    """Write points with as many places as they need: 7.5, 25, 4.88."""
    return f"{number.normalize():f}"
