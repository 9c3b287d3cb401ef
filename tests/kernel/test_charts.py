"""Charts: one description, exact places, the same on a page and on a paper."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from kernel.charts import Box, Cell, Chart, Rule, Series, Word, drawing, scale
from kernel.documents import Paper

PAID = tuple(
    None if value is None else Decimal(value)
    for value in (None, "321.2", "222.6", None, None, None, "61.2", "142.6", "70.26", "15", "8.4", None)
)
PLANNED = tuple(
    Decimal(value) for value in ("0", "360", "188.6", "0", "0", "0", "120", "160", "67.16", "0", "0", "254.24")
)
MONTHS = Chart(
    kind="columns",
    title="各月拨付与计划",
    desc="柱为实际拨付，横线为计划。",
    unit="万元",
    labels=tuple(str(month) for month in range(1, 13)),
    series=(Series("实际拨付", PAID), Series("计划", PLANNED, "plan")),
    strong="11",
)


@pytest.mark.parametrize(
    ("highest", "peak", "step"),
    [(360, 400, 100), (1150, 1500, 500), (0, 1, 1), (8.4, 10, 2.5), (1000, 1000, 250), (0.04, 0.04, 0.01)],
)
def test_an_axis_has_round_steps_and_at_most_four(highest: float, peak: float, step: float) -> None:
    assert scale(highest) == pytest.approx((peak, step))


def test_columns_lie_where_the_look_has_them() -> None:
    layout = MONTHS.layout()

    assert layout.height == 214
    assert layout.rules[:2] == (Rule(0, 100, 192.0, "axis"), Rule(0, 100, 148.5, "grid"))
    assert layout.words[0] == Word(0, 144.5, "100", "start")
    assert layout.boxes[0] == Box(16.30, 52.3, 4.65, 139.7, "f1")
    assert layout.marks[0] == Rule(15.37, 21.88, 35.4, "yl-plan-mark")
    assert Word(88.38, 208.0, "11", tone="is-strong") in layout.words
    assert (len(layout.boxes), len(layout.marks)) == (7, 6)


def test_a_rest_stands_on_the_actual() -> None:
    chart = Chart("columns", "t", "d", labels=("a",), series=(Series("已付", (30,)), Series("待付", (70,), "rest")))

    low, high = chart.layout().boxes

    assert (low.y + low.height, high.y + high.height) == (192.0, low.y)
    assert low.width == high.width


def test_bars_are_shares_of_the_longest() -> None:
    paid, rest = (Decimal("140.4"), Decimal(82)), (Decimal("45.6"), Decimal("26.4"))
    chart = Chart(
        "bars",
        "按类别",
        "d",
        labels=("家庭教育", "心理关爱"),
        series=(Series("已付", paid), Series("待付", rest, "rest")),
    )

    boxes = chart.layout().boxes

    assert [(box.x, box.width, box.tone) for box in boxes] == [
        (0.0, 75.48, "f1"),
        (75.48, 24.52, "f2"),
        (0.0, 44.09, "f1"),
        (44.09, 14.19, "f2"),
    ]


def test_tiles_lie_on_a_grid_and_have_five_tones() -> None:
    values = [
        ("崇明", "28.6", 3, 0),
        ("嘉定", "54.8", 1, 1),
        ("浦东", "194", 4, 2),
        ("青浦", None, 0, 2),
        ("黄浦", "120", 3, 2),
    ]
    cells = tuple(Cell(name, Decimal(value) if value else None, column, row) for name, value, column, row in values)

    layout = Chart("tiles", "按区", "d", cells=cells).layout()

    assert layout.height == 134
    assert layout.boxes[0] == Box(60.4, 1, 19.2, 42, "h1f")
    assert [box.tone for box in layout.boxes] == ["h1f", "h2f", "h5f", "h1f", "h4f"]
    assert Word(70.0, 18, "崇明", tone="on-low") in layout.words
    assert Word(90.0, 123, "194", tone="on-high") in layout.words
    assert Word(10.0, 123, "—", tone="on-low") in layout.words


def test_a_line_skips_what_is_not_known_yet_and_writes_out_its_last_value() -> None:
    chart = Chart(
        "line",
        "累计",
        "d",
        labels=("1", "2", "3"),
        series=(
            Series("实际", (Decimal(100), None, None)),
            Series("计划", (Decimal(100), Decimal(800), Decimal(1150)), "plan"),
        ),
    )

    plan, actual = chart.layout().paths

    assert (plan.tone, len(plan.points)) == ("s4", 3)
    assert (actual.tone, actual.points) == ("s1", ((6.0, 139.1),))
    assert [word.text for word in chart.layout().words if word.tone == "is-strong"] == ["100"]


@pytest.mark.parametrize("kind", ["columns", "line"])
def test_of_many_labels_only_some_are_written(kind: str) -> None:
    days = tuple(str(day) for day in range(1, 32))
    chart = Chart(kind, "t", "d", labels=days, series=(Series("实际", (1,) * 31),))  # type: ignore[arg-type]

    assert [word.text for word in chart.layout().words if word.anchor == "middle" and not word.tone] == list(days[::2])


def test_values_and_labels_must_fit() -> None:
    with pytest.raises(ValueError, match="实际: 1 values for 2 labels"):
        Chart("columns", "t", "d", labels=("a", "b"), series=(Series("实际", (1,)),))


@pytest.mark.parametrize("kind", ["columns", "bars", "line", "tiles"])
def test_a_chart_without_values_is_empty_and_no_fault(kind: str) -> None:
    chart = Chart(kind, "空", "还没有数据", labels=("1",), series=(Series("实际", (None,)),))  # type: ignore[arg-type]

    assert chart.layout().boxes == ()
    drawing(chart, 400)


def test_a_chart_stands_on_a_paper_with_its_words() -> None:
    paper = Paper("年度简报", organization="示例")

    (page,) = (
        page.extract_text() for page in PdfReader(io.BytesIO(paper.drawing(drawing(MONTHS, paper.width)).build())).pages
    )

    assert "各月拨付与计划（万元）" in page
    assert "400" in page
    assert "实际拨付" in page
    assert "计划" in page.splitlines()
    assert b"Helvetica" not in paper.build()
