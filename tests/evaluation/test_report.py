"""The report of an evaluation as a paper: its picture, its words, and what becomes of it when the sheet is opened again."""

from __future__ import annotations

import io
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from evaluation.operations.sheets import save_sheet
from evaluation.reports.evaluation import dimensions_chart
from evaluation.scoring import Indicator, Scored, SheetScore
from evaluation.states import IndicatorKind
from evaluation.workflows import EVALUATION
from kernel.db import transaction
from kernel.documents import spaced
from kernel.files import Storage, current_storage, use_storage
from kernel.papers import PaperState, papers_of
from kernel.scope import whole
from kernel.words import Sentence
from tests.factories.evaluation import evaluating, signed
from tests.factories.people import SYSTEM

OPINION = "项目按计划完成，资料齐全，服务对象评价良好；建议补充跟踪记录，并继续完善档案。已补充第三项依据。"

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))


def test_the_report_shows_scores_reasons_and_signatures_in_order(db_session: Session) -> None:
    story = evaluating()
    evaluation = signed(story)
    with whole(SYSTEM, "look"):
        (paper,) = papers_of(evaluation)
        agency = evaluation.agency.name if evaluation.agency else ""

    content = current_storage().path_of(paper.sha256).read_bytes()
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    told = "".join("\n".join(pages).split())

    places = [told.find(words) for words in ("中期评估报告", "结论", "各维度得分", "总体评语", "合计", "签字")]
    assert -1 not in places
    assert places == sorted(places)
    assert (paper.issuer, paper.word, paper.state) == (agency, "Evaluation report", PaperState.CURRENT)
    assert all(spaced(paper.code) in page for page in pages)


def test_a_report_whose_sheet_goes_back_is_void_until_the_next_is_signed(db_session: Session) -> None:
    story = evaluating()
    evaluation = signed(story)

    with transaction():
        EVALUATION["return_to_agency"](evaluation, actor=story.people.officer, reason="第三项缺依据。")
    with whole(SYSTEM, "look"):
        assert [paper.state for paper in papers_of(evaluation)] == [PaperState.WITHDRAWN]
        assert papers_of(evaluation)[0].reason == "评估表已退回评估机构，将另行出具新报告。"

    with transaction():
        save_sheet(evaluation, actor=story.evaluator, answers={}, opinion=OPINION)
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)
        EVALUATION["countersign"](evaluation, actor=story.second)
    with whole(SYSTEM, "look"):
        newer, older = papers_of(evaluation)
        assert (newer.state, older.state) == (PaperState.CURRENT, PaperState.WITHDRAWN)
        assert (newer.file_id, older.file.superseded_by_id) == (evaluation.file_id, evaluation.file_id)


def item(name: str, weight: int, value: int | None) -> Scored:
    shown = Indicator(code=name, name=name, weight=Decimal(weight), kind=IndicatorKind.DIRECT)
    return Scored(shown, Fraction(weight), None if value is None else Fraction(value), Sentence("{x}", x=""))


def score_of(*items: Scored) -> SheetScore:
    zero = Decimal(0)
    return SheetScore(None, None, None, None, zero, zero, zero, items, (), (), ())


def test_dimensions_are_drawn_in_per_cent_of_their_weights() -> None:
    chart = dimensions_chart(score_of(item("管理", 30, 15), item("成效", 40, 40), item("资金", 30, 20)), {})

    assert chart is not None
    assert (chart.kind, chart.labels) == ("radar", ("管理", "成效", "资金"))
    assert chart.series[0].values == (Decimal(50), Decimal(100), Decimal("66.7"))
    assert len(chart.series) == 1


def test_two_dimensions_are_no_picture_and_nine_are_columns() -> None:
    assert dimensions_chart(score_of(item("管理", 50, 15), item("成效", 50, 40), item("附加", 0, 5)), {}) is None
    many = dimensions_chart(score_of(*(item(f"第 {n} 项", 10, n) for n in range(9))), {})

    assert many is not None
    assert many.kind == "columns"
