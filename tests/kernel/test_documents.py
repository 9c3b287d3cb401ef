"""Papers: searchable Chinese, nothing unembedded, the same bytes for the same paper, and no way in for markup."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics

from kernel import words
from kernel.documents import Heading, P, Paper, missing_glyphs, packaged_font, use_font
from kernel.documents.text import broken
from kernel.documents.typeface import width_of
from kernel.words import Sentence, use_translator

CHINESE = {
    "No. {number}": "编号：{number}",
    "Date: {day}": "日期：{day}",
    "Page {page} of {pages}": "第 {page} 页 / 共 {pages} 页",
}
BUDGET = [Heading("科目", 2), Heading("说明", 4), Heading("金额（元）", 1.5, is_figure=True)]


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterator[None]:
    before = words._translate[0]
    use_translator(lambda msgid, locale: CHINESE.get(msgid, msgid) if locale == "zh" else msgid)
    yield
    use_translator(before)


def agreement(rows: int = 8) -> Paper:
    paper = Paper(
        "购买服务项目协议书",
        organization="示例·女性社会组织发展中心",
        number="2027-XY-0001",
        day=date(2027, 3, 1),
        check="核验：2027-XY-0001",
        locale="zh",
    )
    paper.heading("一、项目").facts([("项目名称", "示例·家庭教育指导"), ("金额（元）", Decimal(120000))])
    paper.paragraph("甲方与乙方订立本协议。")
    lines = [("人员", f"活动带领者劳务 {count}", Decimal(count * 1000)) for count in range(1, rows + 1)]
    paper.heading("二、预算").table(BUDGET, lines, ("合计", "", Decimal(36000)))
    return paper.signatures([("甲方（盖章）", ["代表人", "日期"]), ("乙方（盖章）", ["代表人", "日期"])])


def read(paper: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages]


def test_the_text_of_a_paper_can_be_searched() -> None:
    (page,) = read(agreement().build())

    for told in (
        "购买服务项目协议书",
        "编号：2027-XY-0001　日期：2027-03-01",
        "120,000.00",
        "36,000.00",
        "甲方（盖章）",
    ):
        assert told in page
    assert "第 1 页 / 共 1 页" in page
    assert "核验：2027-XY-0001" in page


def test_every_font_is_embedded_and_cut_to_what_is_used() -> None:
    paper = agreement().build()

    fonts = [
        font.get_object()
        for page in PdfReader(io.BytesIO(paper)).pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert {str(font["/BaseFont"]).partition("+")[2] for font in fonts} == {"WenQuanYiMicroHei-0"}
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in fonts)
    assert b"Helvetica" not in paper
    assert len(paper) < 60_000


def test_the_same_paper_gives_the_same_bytes() -> None:
    paper = agreement()

    assert paper.build() == paper.build() == agreement().build()
    assert paper.build() != agreement(rows=9).build()


def test_a_long_table_repeats_its_head_and_numbers_its_pages() -> None:
    pages = read(agreement(rows=100).build())

    assert len(pages) == 4
    assert all("金额（元）" in page for page in pages if "人员" in page)
    assert [f"第 {number} 页 / 共 4 页" in page for number, page in enumerate(pages, 1)] == [True] * 4
    assert "一、项目" in pages[0]
    assert "二、预算" in pages[0], "a heading before a long table does not leave its page empty"


@pytest.mark.parametrize(
    "typed",
    [
        "<b>粗</b> & <img src='/etc/hostname'/>",
        "<para><font color='red'>未闭合",
        "</para>]]> &nbsp; &#20320;",
        "=1+1\t制表",
    ],
)
def test_what_was_typed_is_printed_and_never_obeyed(typed: str) -> None:
    (page,) = read(Paper("题", organization="示例").paragraph(typed).facts([(typed, typed)]).build())

    assert page.replace("\n", "").replace(" ", "").count(typed.replace("\t", "").replace(" ", "")) == 3


def test_control_and_direction_characters_are_not_printed() -> None:
    (page,) = read(Paper("题", organization="示\u202e例\x00").paragraph("甲\x07乙\u202e丙\u200b丁\nｅ第二行").build())

    assert "甲乙丙丁" in page
    assert "示例" in page
    assert "ｅ第二行" in page.splitlines()


def test_a_character_that_cannot_be_drawn_is_found_and_printed_as_its_code() -> None:
    assert missing_glyphs("𠮷女士，☑ 𠮷") == ["𠮷", "☑"]
    assert missing_glyphs("常用字 ABC ①→≥¥\n") == []
    assert "〔U+20BB7〕女士" in read(Paper("题", organization="示例").paragraph("𠮷女士").build())[0]


def test_a_word_of_two_hundred_thousand_letters_takes_no_noticeable_time() -> None:
    before = time.process_time()

    pages = read(Paper("题", organization="示例").paragraph("x" * 200_000).build())

    assert sum(page.count("x") for page in pages) == 200_000
    assert time.process_time() - before < 15


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    text = (
        "本协议由甲方（以下称“中心”）与乙方（示例）订立，经费 12,000,000.00 元，分三期（首款、中期款、尾款）拨付。" * 6
    )

    lines = [line for _room, line in broken(text, [200.0], 10.5)]

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "，。、）”" or line[-1] in "（“" for line in lines)
    assert all(width_of(line, 10.5) <= 200 for line in lines)
    assert sum("12,000,000.00" in line for line in lines) == 6


def test_an_english_paper_has_english_words_of_its_own() -> None:
    (page,) = read(Paper(Sentence("Award letter"), organization="Sample", number="2027-A-1", locale="en").build())

    assert "No. 2027-A-1" in page
    assert "Page 1 of 1" in page


def test_another_typeface_can_be_set() -> None:
    use_font(packaged_font())

    assert "Yulan" in pdfmetrics.getRegisteredFontNames()
    with pytest.raises(Exception, match="absent"):
        use_font(Path("absent.ttf"))
    assert P("仍可用").text == ""


def test_twenty_papers_take_less_than_a_second() -> None:
    agreement().build()
    before = time.process_time()

    for _ in range(20):
        agreement().build()

    # Measured at 80 to 90 a second on two slow cores; the bound leaves room for a busy machine.
    assert time.process_time() - before < 10
