"""Papers: searchable Chinese, nothing unembedded, the same bytes for the same paper, and no way in for markup."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics

from kernel import words
from kernel.documents import Heading, Letterhead, P, Paper, missing_glyphs, packaged_font, use_font, use_letterhead
from kernel.documents.paper import MOST_PAGES
from kernel.documents.text import STYLES, broken
from kernel.documents.typeface import FONT, RARE_FONT, runs, width_of
from kernel.errors import Refused
from kernel.settings import ROOT
from kernel.words import Sentence, use_translator

CHINESE = {
    "No. {number}": "编号：{number}",
    "Date: {day}": "日期：{day}",
    "Page {page} of {pages}": "第 {page} 页 共 {pages} 页",
    "Check code {code}": "核验码：{code}",
    "(seal)": "（盖章处）",
}
BUDGET = [Heading("科目", 2), Heading("说明", 4), Heading("金额（元）", 1.5, is_figure=True)]
VERA = Path(str(files("reportlab").joinpath("fonts", "Vera.ttf")))
CODE = "ABCDEFGH23456789"


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterator[None]:
    before = words._translate[0]
    use_translator(lambda msgid, locale, _ones: CHINESE.get(msgid, msgid) if locale == "zh" else msgid)
    yield
    use_translator(before)
    use_letterhead(Letterhead())


@pytest.fixture
def _one_font_afterwards() -> Iterator[None]:
    yield
    use_font()


def agreement(rows: int = 8, **more: Any) -> Paper:
    paper = Paper(
        "购买服务项目协议书",
        organization="示例·女性社会组织发展中心",
        number="2027-XY-0001",
        day=date(2027, 3, 1),
        code=CODE,
        locale="zh",
        **more,
    )
    paper.heading("一、项目").facts([("项目名称", "示例·家庭教育指导"), ("金额（元）", Decimal(120000))])
    paper.paragraph("甲方与乙方订立本协议。")
    lines = [("人员", f"活动带领者劳务 {count}", Decimal(count * 1000)) for count in range(1, rows + 1)]
    paper.heading("二、预算").table(BUDGET, lines, ("合计", "", Decimal(36000)))
    return paper.signatures(
        [("甲方（盖章）", ["代表人", "日期"]), ("乙方（盖章）", ["代表人", "日期"])], is_sealed=True
    )


def read(paper: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages]


def sample(text: str) -> Paper:
    return Paper("题", organization="示例").paragraph(text)


def test_the_text_of_a_paper_is_read_back_in_its_order() -> None:
    (page,) = read(agreement().build())

    told = (
        "购买服务项目协议书",
        "编号：2027-XY-0001　日期：2027-03-01",
        "一、项目",
        "120,000.00",
        "甲方与乙方订立本协议。",
        "二、预算",
        "活动带领者劳务 8",
        "36,000.00",
        "甲方（盖章）",
    )
    places = [page.find(text) for text in told]
    assert -1 not in places
    assert places == sorted(places)
    assert "第 1 页 共 1 页" in page
    assert "核验码：ABCD-EFGH-2345-6789" in page


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


def test_a_paper_says_what_it_is_and_in_which_language() -> None:
    reader = PdfReader(io.BytesIO(agreement().build()))

    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.subject) == ("购买服务项目协议书", "2027-XY-0001")
    assert reader.metadata.author == "示例·女性社会组织发展中心"
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_headings_stand_in_the_outline_and_lead_to_their_pages() -> None:
    paper = agreement(rows=60).heading("三、附件").paragraph("无。")

    reader = PdfReader(io.BytesIO(paper.build()))

    found = [(str(entry.title), reader.get_destination_page_number(entry)) for entry in reader.outline]
    assert found == [("一、项目", 0), ("二、预算", 0), ("三、附件", len(reader.pages) - 1)]
    assert len(reader.pages) > 2


def test_the_house_can_name_itself_on_its_letterhead() -> None:
    use_letterhead(Letterhead("示例·改名中心", "https://grants.example"))

    (page,) = read(agreement().build())

    assert "示例·改名中心" in page
    assert "https://grants.example/check" in page
    assert "示例·女性社会组织发展中心" not in page


def test_a_watermark_lies_behind_the_text_of_each_page() -> None:
    pages = PdfReader(io.BytesIO(agreement(rows=100, watermark="草稿").build())).pages

    for page in pages:
        content = page.get_contents().get_data()
        assert content.index(b" Do") < content.index(b" Tj")
        assert "草稿" in page.extract_text()


# Tables


def test_a_long_table_repeats_its_head_and_numbers_its_pages() -> None:
    pages = read(agreement(rows=100).build())

    assert len(pages) == 4
    assert all("金额（元）" in page for page in pages if "人员" in page)
    assert [f"第 {number} 页 共 4 页" in page for number, page in enumerate(pages, 1)] == [True] * 4
    assert "二、预算" in pages[0], "a heading before a long table does not leave its page empty"
    assert re.findall(r"劳务 (\d+)", "".join(pages)) == [str(count) for count in range(1, 101)]


@pytest.mark.parametrize("rows", range(18, 31))
def test_sums_never_stand_alone_and_nobody_signs_on_a_page_without_text(rows: int) -> None:
    pages = read(agreement(rows).build())

    (with_sums,) = [page for page in pages if "合计" in page]
    assert with_sums.count("人员") >= 2
    (signed,) = [page for page in pages if "代表人" in page]
    assert signed.count("代表人") == 2


def test_a_signature_takes_the_last_paragraph_with_it() -> None:
    for count in range(20, 40):
        paper = Paper("题", organization="示例")
        for number in range(count):
            paper.paragraph(f"第 {number} 条约定。")
        last = read(paper.signatures([("甲方", ["日期"])]).build())[-1]
        assert f"第 {count - 1} 条约定。" in last


@pytest.mark.parametrize("lines", range(28, 40))
def test_a_heading_never_ends_a_page(lines: int) -> None:
    paper = Paper("题", organization="示例")
    for _line in range(lines):
        paper.paragraph("正文。")
    paper.heading("表的标题").table(BUDGET, [("人员", "第一行", Decimal(1)), ("人员", "第二行", Decimal(2))])

    (page,) = [page for page in read(paper.build()) if "表的标题" in page]

    assert "第一行" in page


def test_a_cell_that_is_taller_than_a_page_goes_on_over_it() -> None:
    text = "".join(f"第{count}句。" for count in range(1, 1500))
    paper = Paper("题", organization="示例").table(BUDGET, [("人员", text, Decimal(1)), ("设备", "末行", Decimal(2))])

    pages = read(paper.build())

    assert len(pages) >= 2
    assert sum(page.count("句") for page in pages) == 1499
    assert "末行" in pages[-1]
    assert all("金额（元）" in page for page in pages)


def test_figures_stand_under_each_other() -> None:
    widths = {width_of(digit, 9.5) for digit in "0123456789"}
    paper = Paper("题", organization="示例").table(
        [Heading("金额（元）", is_figure=True)], [(Decimal("1234567.89"),), (Decimal("0.10"),)]
    )
    ends = []

    def note(text: str, _cm: Any, matrix: Any, _font: Any, size: float) -> None:
        if text.strip().endswith((".89", ".10")):
            ends.append(round(matrix[4] + width_of(text.strip(), size), 2))

    PdfReader(io.BytesIO(paper.build())).pages[0].extract_text(visitor_text=note)

    assert len(widths) == 1
    assert len(ends) == 2
    assert len(set(ends)) == 1


# What people type


@pytest.mark.parametrize(
    "typed",
    [
        "<b>粗</b> & <img src='/etc/hostname'/>",
        '<img src="/etc/passwd">',
        "<para><font color='red'>未闭合",
        '<font color="[[].append(1) for x in (1,)]">甲</font>',
        "</para>]]> &nbsp; &#20320;",
        "{told} %s %(name)s",
        "=1+1\t制表",
    ],
)
def test_what_was_typed_is_printed_and_never_obeyed(typed: str) -> None:
    built = Paper("题", organization="示例").heading(typed).paragraph(typed).facts([(typed, typed)]).build()
    (page,) = read(built)

    assert page.replace("\n", "").replace(" ", "").count(typed.replace("\t", "").replace(" ", "")) == 4
    assert b"/Subtype /Image" not in built


def test_no_part_of_the_house_uses_reportlabs_own_paragraph() -> None:
    sources = [path for name in ("kernel", "orgs", "grants", "evaluation") for path in (ROOT / name).rglob("*.py")]

    found = [str(path) for path in sources if re.search(r"\bParagraph\b(?!Style)", _code(path))]

    assert len(sources) > 100
    assert found == []


def _code(path: Path) -> str:
    """Give a source without its comments and docstrings, in which the word may stand."""
    return re.sub(r'""".*?"""|#[^\n]*', "", path.read_text(), flags=re.DOTALL)


def test_control_and_direction_characters_are_not_printed() -> None:
    (page,) = read(Paper("题", organization="示\u202e例\x00").paragraph("甲\x07乙\u202e丙\u200b丁\nｅ第二行").build())

    assert "甲乙丙丁" in page
    assert "示例" in page
    assert "ｅ第二行" in page.splitlines()


def test_a_word_of_two_hundred_thousand_letters_takes_no_noticeable_time() -> None:
    before = time.process_time()

    pages = read(sample("x" * 200_000).build())

    assert sum(page.count("x") for page in pages) == 200_000
    assert time.process_time() - before < 15


def test_a_paper_without_end_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        sample("行\n" * 50 * MOST_PAGES).build()

    assert refused.value.reasons[0].msgid == "This paper would be longer than {pages} pages."


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    text = (
        "本协议由甲方（以下称“中心”）与乙方（示例）订立，经费 12,000,000.00 元，分三期（首款、中期款、尾款）拨付。" * 6
    )

    lines = [line.text for line in broken(text, 200.0, 10.5)]

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "，。、）”" or line[-1] in "（“" for line in lines)
    assert all(width_of(line, 10.5) <= 200.001 for line in lines)
    assert sum("12,000,000.00" in line for line in lines) == 6


def test_text_ends_its_lines_evenly_but_not_its_last_one() -> None:
    *lines, last = broken("女性社会组织发展中心" * 9, 100.0, 10.5)

    assert STYLES["text"].is_even
    assert all(0 <= line.room < 10.5 and not line.is_last for line in lines)
    assert last.is_last


# Rare characters


def test_a_character_that_cannot_be_drawn_is_told_and_printed_as_its_code() -> None:
    paper = sample("𠮷女士与㐂先生𠮷")

    assert missing_glyphs("𠮷女士，☑ 𠮷") == ["𠮷", "☑"]
    assert missing_glyphs("常用字 ABC ①→≥¥\n") == []
    assert "〔U+20BB7〕女士" in read(paper.build())[0]
    assert paper.missing[0] == "𠮷"
    assert sample("常用字").missing == ()


@pytest.mark.usefixtures("_one_font_afterwards")
def test_a_second_font_draws_what_the_first_cannot() -> None:
    assert runs("甲∓乙") == [(FONT, "甲∓乙")]
    assert missing_glyphs("甲∓乙") == ["∓"]
    use_font(rare=VERA)

    assert runs("甲∓∛乙") == [(FONT, "甲"), (RARE_FONT, "∓∛"), (FONT, "乙")]
    paper = sample("甲∓乙")
    assert paper.missing == ()
    assert "甲∓乙" in read(paper.build())[0]
    assert b"BitstreamVera" in paper.build()


def test_an_english_paper_has_english_words_of_its_own() -> None:
    built = Paper(Sentence("Award letter"), organization="Sample", number="2027-A-1", locale="en").build()
    (page,) = read(built)

    assert "No. 2027-A-1" in page
    assert "Page 1 of 1" in page
    assert PdfReader(io.BytesIO(built)).trailer["/Root"]["/Lang"] == "en"


def test_another_typeface_can_be_set() -> None:
    use_font(packaged_font())

    assert "Yulan" in pdfmetrics.getRegisteredFontNames()
    with pytest.raises(Exception, match="absent"):
        use_font(Path("absent.ttf"))
    assert P("仍可用").text == "仍可用"


def test_twenty_papers_take_less_than_a_second() -> None:
    agreement().build()
    before = time.process_time()

    for _ in range(20):
        agreement().build()

    # Measured at 80 to 90 a second on two slow cores; the bound leaves room for a busy machine.
    assert time.process_time() - before < 10
