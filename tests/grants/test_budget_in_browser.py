"""What the budget table counts while one types is what the server counts: the same amounts, roundings and words.

The scripts run in the browser that people use; both sides get the same inputs.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies as st
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from grants.money_rules import budget_problem, cap_problems, line_amount, totals_of
from grants.reports.capitals import capitals
from grants.states import BudgetHead, MoneySource
from grants.views.application_parts import match_words, sheet_words
from kernel.arguments import read_value
from kernel.errors import Invalid
from kernel.money import format_yuan, share
from kernel.settings import ROOT
from tests.grants.test_money_rules import Line

SCRIPTS = ROOT / "kernel" / "static" / "kernel" / "js"
ALWAYS = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

AMOUNTS = st.decimals(min_value=0, max_value=Decimal("99999999.99"), places=2)
QUANTITIES = st.decimals(min_value=0, max_value=Decimal("99999.99"), places=2)
FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


@pytest.fixture(scope="module")
def script(browser: Browser) -> Iterator[Page]:
    """A page in which the scripts of the budget are loaded as modules, without a server."""
    page = browser.new_page()
    say = _address("say", {})
    money = _address("money", {})
    paste = _address("paste", {"./money.js": money, "./say.js": say})
    rows = _address("rows", {"./say.js": say, "./paste.js": paste})
    budget = _address("budget", {"./money.js": money, "./say.js": say, "./paste.js": paste, "./rows.js": rows})
    page.evaluate(
        f"(async () => {{ window.m = await import('{money}'); window.b = await import('{budget}');"
        f" window.p = await import('{paste}'); }})()"
    )
    yield page
    page.close()


def _address(name: str, imports: dict[str, str]) -> str:
    text = (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
    for wanted, address in imports.items():
        text = text.replace(f'"{wanted}"', f'"{address}"')
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()


def written(amount: Decimal) -> st.SearchStrategy[str]:
    """Give the ways in which people write an amount."""
    plain, grouped = f"{amount}", f"{amount:,.2f}"
    return st.sampled_from(
        [plain, grouped, f"¥{grouped}", f"￥ {grouped}", f"{grouped}元", grouped.translate(FULL_WIDTH), f" {plain} "]
    )


def server_reads(text: str) -> Decimal | None:
    try:
        read: Decimal | None = read_value("x", text, Decimal, required=False)
    except Invalid:
        return None
    return read


@ALWAYS
@given(texts=st.lists(AMOUNTS.flatmap(written) | st.text("0123456789０１.．,，-−e+ 元万壹", max_size=9), max_size=40))
def test_an_amount_that_the_page_can_read_is_read_alike_by_the_server(script: Page, texts: list[str]) -> None:
    read = script.evaluate("texts => texts.map((one) => m.cents(one)?.toString() ?? null)", texts)
    told = [(text, None if one is None else Decimal(one) / 100) for text, one in zip(texts, read, strict=True)]
    assert [one for one in told if one[1] is not None] == [
        (text, server_reads(text)) for text, one in told if one is not None
    ]


@ALWAYS
@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=40))
def test_every_way_to_write_an_amount_is_read(script: Page, amounts: list[Decimal]) -> None:
    texts = [f"{one:,.2f}".translate(FULL_WIDTH) for one in amounts]
    assert script.evaluate("texts => texts.map((one) => m.yuan(m.cents(one)))", texts) == [
        format_yuan(one) for one in amounts
    ]


@ALWAYS
@given(pairs=st.lists(st.tuples(AMOUNTS, QUANTITIES), max_size=40))
def test_a_line_is_price_times_quantity_on_both_sides(script: Page, pairs: list[tuple[Decimal, Decimal]]) -> None:
    counted = script.evaluate(
        "pairs => pairs.map(([p, q]) => m.yuan(b.lineAmount(m.cents(p), m.cents(q))))",
        [[str(p), str(q)] for p, q in pairs],
    )
    assert counted == [format_yuan(line_amount(price, quantity)) for price, quantity in pairs]


@ALWAYS
@given(pairs=st.lists(st.tuples(AMOUNTS, st.decimals(min_value=0, max_value=100, places=2)), max_size=40))
def test_a_cap_is_the_same_to_the_cent(script: Page, pairs: list[tuple[Decimal, Decimal]]) -> None:
    counted = script.evaluate(
        "pairs => pairs.map(([a, c]) => m.yuan(b.shareOf(m.cents(a), m.cents(c))))",
        [[str(a), str(c)] for a, c in pairs],
    )
    assert counted == [format_yuan(share(amount, percent)) for amount, percent in pairs]


@ALWAYS
@given(amounts=st.lists(st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2), max_size=40))
def test_capital_numerals_are_the_same_on_the_page_and_on_the_paper(script: Page, amounts: list[Decimal]) -> None:
    shown = script.evaluate("texts => texts.map((one) => m.capitals(m.cents(one)))", [str(one) for one in amounts])
    assert shown == [capitals(one) for one in amounts]


LINES = st.lists(
    st.builds(
        lambda head, source, price, quantity: Line(head, price, quantity, source),
        st.sampled_from(BudgetHead),
        st.sampled_from(MoneySource),
        AMOUNTS,
        QUANTITIES,
    ),
    max_size=12,
)


@given(lines=LINES, percent=st.decimals(min_value=0, max_value=100, places=2))
@settings(max_examples=60, deadline=None)
def test_a_budget_is_the_sum_of_its_lines_and_its_caps_are_told_exactly(lines: list[Line], percent: Decimal) -> None:
    totals = totals_of(lines)
    assert totals.total == sum((line.amount for line in lines), Decimal("0.00"))
    assert budget_problem(lines, applied=totals.fiscal) is None
    told = budget_problem(lines, applied=totals.fiscal + Decimal("0.01"))
    assert told is not None
    assert told.params["difference"] == Decimal("0.01")
    over = cap_problems(lines, {BudgetHead.MANAGEMENT: percent}).get(BudgetHead.MANAGEMENT)
    fiscal = [line for line in lines if line.source is MoneySource.FISCAL]
    used = sum((line.amount for line in fiscal if line.head is BudgetHead.MANAGEMENT), Decimal("0.00"))
    most = share(totals.fiscal, percent)
    assert (over is not None) == (used > most)
    assert over is None or used - over.params["over"] == most


# A sheet of Excel or WPS


Read = Callable[[str], Any]


@pytest.fixture
def read_sheet(app: Flask, db_session: Session, script: Page) -> Read:
    """Read a pasted text with the words that the page gives."""
    with app.test_request_context("/"):
        words = sheet_words()
    return lambda text: script.evaluate("([text, words]) => p.readSheet(text, words)", [text, words])


def test_a_sheet_is_read_by_its_heads_and_says_what_it_could_not_read(read_sheet: Read) -> None:
    sheet = (
        "示例·木兰家庭服务中心 项目预算表\n"
        "序号\t费用科目\t支出内容\t标准（元）\t数量\t单位\t金额（元）\t测算依据\n"
        '1\t人员费\t"驻点社工\n补贴"\t３，２００．００\t12\t人月\t38,400.00\t合同\n'
        "2\t\t督导补贴\t￥800\t12次\t\t9,600.00\t\n"
        "3\t杂费\t其他\t约五百\t1\t项\t500.00\t\n"
        "4\t管理费\t成本分摊\t20,400\t1\t项\t20,000.00\t\n"
        "\t合计\t\t\t\t\t68,500.00\t\n"
    )
    told = read_sheet(sheet)
    assert told["rows"] == [
        {"head": "personnel", "text": "驻点社工 补贴", "price": "3,200.00", "count": "12", "unit": "人月"},
        {"head": "personnel", "text": "督导补贴", "price": "800.00", "count": "12", "unit": "次"},
        {"head": None, "text": "其他", "price": "约五百", "count": "1", "unit": "项"},
        {"head": "management", "text": "成本分摊", "price": "20,400.00", "count": "1", "unit": "项"},
    ]
    assert told["told"] == [
        ["column", {"text": "测算依据"}],
        ["head", {"row": 5, "text": "杂费"}],
        ["number", {"row": 5, "text": "约五百"}],
        ["differs", {"row": 6, "amount": "20,400.00", "told": "20,000.00"}],
        ["sums", {"count": 1}],
    ]


def test_a_sheet_in_ten_thousands_becomes_yuan(read_sheet: Read) -> None:
    told = read_sheet("预算科目\t用途\t金额（万元）\n场地费\t社区场地\t0.96\n总计\t\t0.96\n")
    assert told["rows"] == [{"head": "venue", "text": "社区场地", "price": "9,600.00", "count": "1"}]
    assert told["told"] == [["wan", {}], ["sums", {"count": 1}]]


def test_rows_without_heads_follow_the_order_of_the_table(read_sheet: Read) -> None:
    told = read_sheet("物资\t家庭任务包\t45\t400\t份\r\n交通\t走访\t25\t240\t人次\r\n")
    assert [row["head"] for row in told["rows"]] == ["materials", "travel"]
    assert told["rows"][1] == {"head": "travel", "text": "走访", "price": "25.00", "count": "240", "unit": "人次"}
    assert told["told"] == []


def test_rows_without_heads_begin_at_the_cell_that_has_the_focus(app: Flask, db_session: Session, script: Page) -> None:
    with app.test_request_context("/"):
        words = sheet_words()
    told = script.evaluate("([text, words]) => p.readSheet(text, words, 2)", ["45\t400\t份\n25\t240\t人次\n", words])
    assert told == {
        "rows": [
            {"price": "45.00", "count": "400", "unit": "份"},
            {"price": "25.00", "count": "240", "unit": "人次"},
        ],
        "told": [],
    }


@pytest.fixture
def read_match(app: Flask, db_session: Session, script: Page) -> Read:
    """Read a pasted text with the words of own and donated money."""
    with app.test_request_context("/"):
        words = match_words()
    return lambda text: script.evaluate("([text, words]) => p.readSheet(text, words)", [text, words])


def test_own_and_donated_money_is_read_with_its_source(read_match: Read) -> None:
    told = read_match(
        "资金来源\t费用科目\t用途\t单价\t数量\t金额（元）\n"
        "自筹资金\t场地费\t社区场地\t200\t24\t4,800\n"
        "\t交通费\t走访\t25\t40\t\n"
        "基金会资助\t物料\t任务包\t\t\t３，０００\n"
        "企业\t活动费\t沙龙\t100\t3\t500\n"
        "合计\t\t\t\t\t8,800\n"
    )
    assert told["rows"] == [
        {"source": "own", "head": "venue", "text": "社区场地", "price": "4,800.00", "count": "1"},
        {"source": "own", "head": "travel", "text": "走访", "price": "1,000.00", "count": "1"},
        {"source": "donated", "head": "materials", "text": "任务包", "price": "3,000.00", "count": "1"},
        {"source": None, "head": "activities", "text": "沙龙", "price": "500.00", "count": "1"},
    ]
    assert told["told"] == [
        ["source", {"row": 5, "text": "企业"}],
        ["differs", {"row": 5, "amount": "300.00", "told": "500.00"}],
        ["sums", {"count": 1}],
    ]


def test_own_money_without_heads_follows_the_order_of_its_table(read_match: Read) -> None:
    told = read_match("捐赠\t物资\t图书\t1,200\n自筹\t保险\t意外险\t60\n")
    assert told["rows"] == [
        {"source": "donated", "head": "materials", "text": "图书", "price": "1,200.00", "count": "1"},
        {"source": "own", "head": "insurance", "text": "意外险", "price": "60.00", "count": "1"},
    ]
    assert told["told"] == []


# Any other table, read by its own headings

PROJECTS = [
    {"label": "项目", "kind": "text"},
    {"label": "金额", "kind": "number"},
    {"label": "结束日期", "kind": "date"},
    {"label": "持证", "kind": "checkbox"},
]


def test_a_table_of_questions_is_read_by_its_own_headings(script: Page) -> None:
    sheet = (
        "示例机构近三年项目\n序号\t金额（元）\t项目名称\t结束日期\t持证\n"
        "1\t86,000\t家门口的亲子课堂\t2025/11/30\t是\n2\t约五万\t祖辈沙龙\t去年底\t否\n\t\t\t\t\n"
    )
    told = script.evaluate("([text, columns]) => p.readRows(text, columns)", [sheet, PROJECTS])
    assert told == {
        "rows": [["家门口的亲子课堂", "86,000", "2025-11-30", True], ["祖辈沙龙", "约五万", "", False]],
        "told": [
            ["column", {"text": "序号"}],
            ["number", {"row": 4, "text": "约五万"}],
            ["day", {"row": 4, "text": "去年底"}],
        ],
    }


def test_rows_of_a_question_without_headings_begin_at_the_focus(script: Page) -> None:
    told = script.evaluate("([text, columns]) => p.readRows(text, columns, 1)", ["5万\t2025年1月2日\n", PROJECTS])
    assert told["rows"] == [["", "5万", "2025-01-02", ""]]
    one = script.evaluate("([text, columns]) => p.readRows(text, columns)", ["项目甲\n项目乙\n", PROJECTS[:1]])
    assert one == {"rows": [["项目甲"], ["项目乙"]], "told": []}
