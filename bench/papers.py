"""P6: 200 evaluation reports with Chinese text, a table and a chart, beside bare reportlab of the same page.

The bare page is what reportlab gives by itself: its document, paragraphs and table with the same words in the same
typeface, the same drawing, a head and a page's number. Both are made in turn, so that a drift of the machine meets both.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from bench.table import Figure
from kernel.charts import Chart, Series, drawing
from kernel.documents import Heading, Paper
from kernel.documents.checkcode import ALPHABET
from kernel.documents.paper import FOOT, HEAD, MARGIN
from kernel.documents.typeface import FONT, LEAF, LINE, typeface

PAPERS, WARM_UP = 200, 5
SECONDS_LIMIT, RATIO_LIMIT = 0.05, 1.3
ISSUER = "示例·第三方评估机构"
DIMENSIONS = ("项目管理", "服务成效", "资金使用", "服务对象满意度", "社会影响")
TITLES = ("项目", "机构", "立项金额（元）", "指标体系", "评估员", "复核签字", "实地查访")
WIDTHS = (3.4, 0.8, 0.9, 0.9, 4.0)
Text = tuple[str, ...]


class Report:
    """What one report says, a little different each time."""

    def __init__(self, number: int) -> None:
        self.number = f"2027-PG-{number:04d}"
        self.facts: list[Text] = [(name, f"示例{name}第 {number} 项 {number * 137:,}.00") for name in TITLES]
        self.opinion = f"项目第 {number} 次活动按计划开展，服务 {number + 40} 人次，受益家庭反馈良好。" * 6
        self.own = f"本机构按协议完成第 {number} 项任务，开展讲座、走访和小组活动，留存签到与照片。" * 12
        self.rows: list[Text] = [
            (
                f"　指标 {line}：活动开展与记录",
                "5",
                "4.5",
                f"{(number + line) % 5}.50",
                f"查阅台账 {line} 份，抽查 {number} 人，记录齐全。",
            )
            for line in range(1, 21)
        ]
        values = tuple(Decimal((number * 7 + place * 13) % 40 + 60) for place in range(len(DIMENSIONS)))
        self.chart = Chart(
            "radar",
            "各维度得分",
            "各维度得分占权重的百分比",
            "%",
            DIMENSIONS,
            (Series("得分", values), Series("自评", tuple(value - 5 for value in values), "plan")),
        )
        self.code = "".join(ALPHABET[(number * 31 + place * 17) % len(ALPHABET)] for place in range(16))


def ours(report: Report) -> bytes:
    """Make the report as the house does."""
    paper = Paper(
        "项目终期评估：报告",
        organization=ISSUER,
        number=report.number,
        day=date(2027, 11, 24),
        code=report.code,
        locale="zh",
    )
    paper.facts([(name, value) for name, value in report.facts])
    paper.heading("评估结果").drawing(drawing(report.chart, paper.width))
    paper.heading("总体意见").paragraph(report.opinion)
    headings = [
        Heading(name, share, is_figure=0 < place < 4)
        for place, (name, share) in enumerate(zip(("指标", "权重", "自评", "得分", "说明"), WIDTHS, strict=True))
    ]
    paper.heading("指标得分").table(headings, report.rows, ("合计", "100", "", "88.50", ""))
    paper.heading("机构自评").paragraph(report.own)
    return paper.signatures([("评估员", ["签字", "日期"]), ("复核签字", ["签字", "日期"])]).build()


def _style(size: float, **more: Any) -> ParagraphStyle:
    told = {"leading": size * 1.55, "wordWrap": "CJK", "fontName": FONT, "fontSize": size, "bulletFontName": FONT}
    return ParagraphStyle(str(size), **told | more)


TEXT, CELL, FIGURE, HEADING = _style(10.5, spaceAfter=6), _style(9.5), _style(9.5, alignment=TA_RIGHT), _style(12.5)
GRID = TableStyle([("FONTNAME", (0, 0), (-1, -1), FONT), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE)])


def bare(report: Report) -> bytes:
    """Make the same page with reportlab alone."""
    width = A4[0] - 2 * MARGIN
    cells = [[Paragraph(escape(text), CELL) for text in pair] for pair in report.facts]
    story: list[Any] = [Paragraph("项目终期评估：报告", _style(17)), Paragraph(f"编号：{report.number}", CELL)]
    story += [Table(cells, colWidths=[width * 0.24, width * 0.76], style=GRID), Paragraph("评估结果", HEADING)]
    story += [drawing(report.chart, width), Paragraph("总体意见", HEADING), Paragraph(escape(report.opinion), TEXT)]
    styles = (CELL, FIGURE, FIGURE, FIGURE, CELL)
    lines = [("指标", "权重", "自评", "得分", "说明"), *report.rows, ("合计", "100", "", "88.50", "")]
    rows = [[Paragraph(escape(text), style) for text, style in zip(line, styles, strict=True)] for line in lines]
    widths = [width * share / sum(WIDTHS) for share in WIDTHS]
    story += [Paragraph("指标得分", HEADING), LongTable(rows, colWidths=widths, repeatRows=1, style=GRID)]
    story += [Paragraph("机构自评", HEADING), Paragraph(escape(report.own), TEXT), Spacer(1, 20)]
    names = [[Paragraph(name, CELL) for name in ("评估员：", "复核签字：")] for _line in range(3)]
    story.append(Table(names, colWidths=[width / 2] * 2, style=GRID))
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=HEAD, bottomMargin=FOOT, invariant=1,
        initialFontName=FONT,
    )  # fmt: skip
    document.build(story, onFirstPage=_head, onLaterPages=_head)
    return target.getvalue()


def _head(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 11)
    canvas.setFillColor(LEAF)
    canvas.drawString(MARGIN, A4[1] - 50, ISSUER)
    canvas.drawRightString(A4[0] - MARGIN, 30, f"第 {document.page} 页")


def timed(make: Callable[[Report], bytes], report: Report) -> float:
    """Give the processor seconds of one paper."""
    begun = time.process_time()
    make(report)
    return time.process_time() - begun


def measure() -> list[Figure]:
    """Measure both in pairs, each pair in the other order; the ratio is the median of the pairs' own."""
    typeface()
    pairs = []
    for number in range(PAPERS + WARM_UP):
        report = Report(number + 1)
        if number % 2:
            mine, theirs = timed(ours, report), timed(bare, report)
        else:
            theirs, mine = timed(bare, report), timed(ours, report)
        if number >= WARM_UP:
            pairs.append((mine, theirs))
    mine, theirs = (statistics.fmean(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    size = len(ours(Report(1))) / 1024
    beside = f"{1 / mine:.0f} papers/s, bare {1 / theirs:.0f}; {size:.0f} KB a paper"
    return [
        Figure("P6", "processor seconds of an evaluation report", mine, SECONDS_LIMIT, "s", beside=beside),
        Figure("P6", "evaluation report ÷ bare reportlab of the same page", ratio, RATIO_LIMIT, "×"),
    ]
