"""Staff build a call out of last year's, ask a question of their own, publish it, and a visitor reads it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.factories.hostile import SOUND_PDF
from tests.journeys.conftest import Come

TITLE = "2027 年度妇女儿童家庭服务项目征集（第三批）"


def test_a_call_is_built_from_last_years_and_read_by_a_visitor(come_in: Come, browser: Browser, tmp_path: Path) -> None:
    officer, director = come_in("officer"), come_in("director")
    notice = tmp_path / "征集公告.pdf"
    notice.write_bytes(SOUND_PDF)

    officer.visit("/calls/?state=awarded")
    officer.page.locator("tbody a", has_text="妇女儿童家庭服务项目征集").first.click()
    officer.page.locator("main a", has_text="复制").click()
    officer.fill(officer.path, title=TITLE)
    design = officer.path
    call = design.removesuffix("/design")
    assert re.fullmatch(r"/calls/\d+/design", design)

    # What is missing leads to its place: last year's quotas are more than is free.
    officer.page.locator("section[aria-labelledby=missing-h] a", has_text="请减少").first.click()
    assert officer.path == f"{call}/quotas"
    page = officer.page
    for field in page.locator("main input[data-money]").all():
        field.fill("")
    page.locator("main input[name='quota-family_education']").fill("300,000.00")
    officer.press(page.locator("main form button[type=submit]").last)
    assert "可以送审了。" in officer.text()

    # A question of the call's own, asked only after a certain answer.
    officer.fill(f"{call}/form/sections/new", title="志愿者")
    officer.fill(
        f"{call}/form/sections/{last_section(officer.page)}/add/choice", label="有志愿者参加吗？", options="有\n没有"
    )
    officer.visit(f"{call}/form")
    officer.page.locator("details.yl-add summary", has_text="志愿者").click()
    officer.page.locator("section", has_text="志愿者").last.locator("a", has_text="数字").click()
    page.fill("[name=label]", "大约多少名志愿者？")
    page.fill("[name=unit]", "人")
    page.get_by_label("有志愿者参加吗？ → 有", exact=True).check()
    officer.press(page.locator("main form button[type=submit]").last)
    assert "仅当“有志愿者参加吗？”选“有”时填写" in officer.text()

    officer.visit(f"{call}/form/preview")
    many = page.get_by_label("大约多少名志愿者？")
    expect(many).to_be_hidden()
    page.get_by_label("有", exact=True).check()
    expect(many).to_be_visible()
    page.get_by_label("没有", exact=True).check()
    expect(many).to_be_hidden()

    officer.fill(f"{call}/documents", file=str(notice))
    officer.visit(design)
    officer.press(page.locator(f"form[action='{call}/steps/propose'] button"))
    director.take(call, "approve")
    assert "已发布" in director.text()

    visitor = browser.new_context(locale="zh-CN", viewport={"width": 375, "height": 800}).new_page()
    visitor.goto(officer.address + call)
    told = visitor.inner_text("main")
    for words in (TITLE, "大约多少名志愿者？", "征集公告.pdf", "申报开始", "300,000.00", "提问截止"):
        assert words in told, words
    assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with visitor.expect_download() as waiting:
        visitor.locator("a", has_text="征集公告.pdf").click()
    assert waiting.value.path().read_bytes() == SOUND_PDF
    visitor.context.close()
    assert officer.too_wide == []


def last_section(page: Page) -> str:
    """Give the key of the section that stands last on the page of the form."""
    found = page.locator("section.yl-panel[id^=s]").last.get_attribute("id")
    assert found is not None
    return str(found)
