"""Charts: one description, exact places, the same on a page and on a paper."""

from __future__ import annotations

import io
from decimal import Decimal
from itertools import pairwise

import pytest
from jinja2 import Environment, FileSystemLoader
from pypdf import PdfReader

from kernel.charts import Box, Cell, Chart, Rule, Series, Word, drawing, scale
from kernel.charts.painted import INKS
from kernel.documents import Paper
from kernel.settings import ROOT

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


# Below zero, huge, nothing


def test_what_is_below_zero_hangs_from_the_zero_line() -> None:
    values = (Decimal(30), Decimal(-20))
    chart = Chart("columns", "结余", "d", labels=("a", "b"), series=(Series("结余", values),))

    layout = chart.layout()

    zero = layout.rules[0]
    up, down = layout.boxes
    assert zero.tone == "axis"
    assert up.y + up.height == pytest.approx(zero.y, abs=0.15)
    assert down.y == pytest.approx(zero.y, abs=0.15)
    assert up.height / down.height == pytest.approx(1.5, abs=0.01)
    assert [word.text for word in layout.words if word.anchor == "start"] == ["−20", "−10", "10", "20", "30"]


def test_a_line_goes_below_zero() -> None:
    chart = Chart("line", "t", "d", labels=("a", "b"), series=(Series("差额", (Decimal(-5), Decimal(5))),))

    layout = chart.layout()

    (path,) = layout.paths
    assert path.points[0][1] - layout.rules[0].y == pytest.approx(layout.rules[0].y - path.points[1][1], abs=0.2)


@pytest.mark.parametrize("kind", ["columns", "line", "bars"])
def test_huge_values_keep_their_figures_and_their_place(kind: str) -> None:
    values = (Decimal(9_876_543_210_987), Decimal(1))
    chart = Chart(kind, "t", "d", labels=("a", "b"), series=(Series("元", values),))  # type: ignore[arg-type]

    layout = chart.layout()

    assert not any("e+" in word.text for word in layout.words)
    assert any(word.text.startswith(("9,876,543,210,987", "10,000,000,000,000")) for word in layout.words)
    assert all(box.x >= 0 and box.x + box.width <= 100.01 for box in layout.boxes)
    drawing(chart, 400)


# Round charts

SCORES = Chart(
    "radar",
    "各维度得分",
    "管理 80，成效 100，资金 60，满意度 90。",
    "%",
    ("项目管理", "服务成效", "资金使用", "服务对象满意度调查"),
    (
        Series("得分", (Decimal(80), Decimal(100), Decimal(60), None)),
        Series("自评", (Decimal(90), Decimal(90), Decimal(90), Decimal(120)), "plan"),
    ),
)


def test_a_radar_has_a_corner_for_each_value_and_keeps_within_its_rings() -> None:
    plane = SCORES.plane()

    own, scored = plane.paths[-2:]
    assert (own.tone, scored.tone) == ("s4", "s1")
    assert scored.points == ((220.0, 44.8), (304.0, 112.0), (220.0, 162.4), (220.0, 44.8))
    assert own.points[3] == (136.0, 112.0), "120 of 100 lies on the outmost ring"
    assert [word.text for word in plane.words] == ["项目管理 80", "服务成效 100", "资金使用 60", "服务对象满意度调查 —"]


def test_a_radar_needs_three_axes() -> None:
    with pytest.raises(ValueError, match="at least 3 axes, not 2"):
        Chart("radar", "t", "d", labels=("a", "b"), series=(Series("x", (1, 2)),)).plane()


def test_a_ring_is_cut_by_shares_and_leaves_out_what_is_no_part() -> None:
    values = (Decimal(50), Decimal(25), Decimal(25), Decimal(0), Decimal(-5), None)
    chart = Chart("donut", "支出", "d", labels=tuple("甲乙丙丁戊己"), series=(Series("元", values),))

    plane = chart.plane()

    sectors = [area for area in plane.areas if len(area.points) > 4]
    assert [area.tone for area in sectors] == ["f1", "f2", "f3"]
    assert sectors[0].points[0] == (84, 8)
    assert len(sectors[0].points) == 2 * len(sectors[1].points) - 2
    assert [word.text for word in plane.words[:2]] == ["甲  50  50%", "乙  25  25%"]
    assert plane.words[-1].text == "100"


def test_a_ring_of_nothing_is_an_empty_track() -> None:
    plane = Chart("donut", "支出", "d", labels=("甲",), series=(Series("元", (None,)),)).plane()

    assert [area.tone for area in plane.areas if len(area.points) > 4] == ["track"]
    assert plane.words[-1].text == "—"


@pytest.mark.parametrize(
    ("value", "tones"), [(75, ["track", "f1"]), (0, ["track"]), (None, ["track"]), (900, ["track", "f1"])]
)
def test_a_gauge_fills_to_its_value_and_never_over_its_end(value: int | None, tones: list[str]) -> None:
    chart = Chart("gauge", "完成率", "d", "%", ("完成率",), (Series("实际", (value,)), Series("目标", (80,), "plan")))

    plane = chart.plane()

    assert [area.tone for area in plane.areas] == tones
    assert [path.tone for path in plane.paths] == ["target"]
    assert min(y for area in plane.areas for _x, y in area.points) >= 14
    assert max(y for area in plane.areas for _x, y in area.points) <= 110.1


@pytest.mark.parametrize("kind", ["radar", "donut", "gauge"])
def test_a_round_chart_stands_on_a_paper_with_its_words(kind: str) -> None:
    chart = Chart(kind, "示例图", "d", "%", SCORES.labels, SCORES.series)  # type: ignore[arg-type]
    paper = Paper("年度简报", organization="示例")

    page = PdfReader(io.BytesIO(paper.drawing(drawing(chart, paper.width)).build())).pages[0].extract_text()

    assert "示例图（%）" in page
    assert ("服务成效" in page) == (kind != "gauge")


def test_neighbouring_colours_differ_without_their_colour() -> None:
    """A copy without colours keeps lightness alone: CIE L* of neighbours lies 10 apart or more."""

    def lightness(tone: str) -> float:
        ink = INKS[tone]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in ink.rgb()]
        shine = sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
        return float(116 * shine ** (1 / 3) - 16)

    tones = [lightness(f"f{number}") for number in range(1, 7)]

    assert all(abs(one - other) >= 10 for one, other in pairwise(tones))


@pytest.mark.parametrize("kind", ["radar", "donut", "gauge"])
def test_a_page_paints_a_round_chart_from_the_same_plane_and_says_it_in_words(kind: str) -> None:
    chart = Chart(kind, "示例图", "管理 80，成效 100。", "%", SCORES.labels, SCORES.series)  # type: ignore[arg-type]
    pages = Environment(loader=FileSystemLoader(ROOT / "kernel" / "templates"), autoescape=True)
    pages.globals["_"] = str

    html = str(pages.get_template("kernel/macros/charts.html").module.chart(chart, "c"))  # type: ignore[attr-defined]

    plane = chart.plane()
    assert html.count("<polygon") == len(plane.areas)
    assert html.count("<polyline") == len(plane.paths)
    assert f'viewBox="0 0 {plane.width} {plane.height}" role="img" aria-labelledby="c-t c-d"' in html
    assert '<title id="c-t">示例图</title><desc id="c-d">管理 80，成效 100。</desc>' in html
    assert "<table" in html
    assert "style=" not in html
