"""The report of an evaluation as it is signed: what was asked, what was found, what it came to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from evaluation.models import Evaluation, EvaluationScore
from evaluation.queries.evaluations import columns_of
from evaluation.queries.sets import set_of
from evaluation.rules.evaluations import OPINION
from evaluation.scoring import IndicatorSet, Scored, SheetScore, shown
from evaluation.states import IndicatorKind, ScoreColumn
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


def report_name(evaluation: Evaluation) -> str:
    """Give the name of a report's file."""
    return f"{evaluation.number}.pdf"


def build_evaluation_report(evaluation: Evaluation, score: SheetScore) -> bytes:
    """Give the signed report of an evaluation as PDF, in Chinese."""
    project, agency = evaluation.project, evaluation.agency
    assert agency is not None, "a signed evaluation has its agency"
    sheet, columns = set_of(evaluation.set_id).sheet, columns_of(evaluation.id)
    names = names_of([evaluation.evaluator_id, evaluation.countersigner_id])
    signed = local(evaluation.signed_at).date() if evaluation.signed_at else None
    title = Sentence("{kind}: report", kind=evaluation.kind)
    paper = Paper(title, organization=agency.name, number=evaluation.number, day=signed, locale="zh")
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
    paper.heading(Sentence("Opinion on the whole"))
    opinion = columns[ScoreColumn.PANEL].get(OPINION)
    paper.paragraph(opinion.reason if opinion is not None else "")
    paper.heading(Sentence("Items"))
    own = columns[ScoreColumn.SELF]
    rows = [_row(scored, columns[ScoreColumn.PANEL], own) for scored in score.walk()]
    total: list[Sentence | str] = [Sentence("Total"), points(sheet.total), "", points(score.score or Decimal(0)), ""]
    paper.table(HEADINGS, rows, total)
    paper.heading(Sentence("Self-report of the organization"))
    paper.paragraph(evaluation.self_report)
    return paper.signatures(
        [
            (Sentence("Evaluator"), [Sentence("Signature"), Sentence("Day")]),
            (Sentence("Second signature"), [Sentence("Signature"), Sentence("Day")]),
        ]
    ).build()


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
