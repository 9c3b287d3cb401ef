"""One organization writes one application on a phone and a laptop at once, corrects it once, and is late with another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import time_machine
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import text

from kernel.clock import at, now
from kernel.db import db, transaction
from kernel.scope import whole
from tests.house.conftest import TODAY
from tests.journeys.conftest import SYSTEM, Come
from tests.journeys.people import Person, waiting_for_save
from tests.journeys.test_year import Story, answer_the_questions, fill_the_application

PEOPLE = {"org": "org", "lead": "orgmember", "officer": "officer"}
NEED = "辖区单亲与重组家庭约 1,900 户，其中六成母亲不知道怎么和孩子谈家里的变化。" * 2
ON_THE_PHONE, ON_THE_LAPTOP = NEED + "手机上补充：夜间咨询最多。", NEED + "电脑上补充：街道已提供场地。"


def one(wanted: str, **values: Any) -> Any:
    """Ask the database with full sight."""
    with whole(SYSTEM, "look"):
        found = db.session.execute(text(wanted), values).scalar_one()
    db.session.remove()
    return found


def leave(page: Page) -> None:
    """Look away from the window, which saves at once."""
    page.evaluate("window.dispatchEvent(new Event('blur'))")


def test_two_write_at_once_correct_together_and_come_too_late(come_in: Come, tmp_path: Path) -> None:
    def come(name: str, width: int = 1280) -> Person:
        return come_in(PEOPLE[name], 375 if name == "lead" else width)

    with time_machine.travel(at(TODAY, 10), tick=True) as clock:
        story = Story(come, clock, tmp_path)
        begin_on_the_phone(story)
        write_the_same_part_at_once(story)
        ask_and_hand_in(story)
        send_two_parts_back(story)
        correct_what_was_asked(story)
        read_what_changed(story)
        come_too_late(story)
        assert [path for name in PEOPLE for path in come(name).too_wide] == []


def begin_on_the_phone(story: Story) -> None:
    lead = story.come("lead")
    story.ids["applications"] = one(
        "SELECT a.id FROM application a JOIN call c ON c.id = a.call_id JOIN account k ON k.organization_id ="
        " a.organization_id JOIN ab_user u ON u.id = k.user_id WHERE u.username = 'org' AND a.state = 'draft'"
        " AND c.state = 'open' ORDER BY a.id LIMIT 1"
    )
    take_the_newer_questions(story)
    fill_the_application(story, starts_on="2027-02-22", ends_on="2027-11-19")
    answer_the_questions(story)
    assert "提交前还要做" in lead.text()
    paste_from_a_sheet(story)


def take_the_newer_questions(story: Story) -> None:
    """The questions of the call changed after this draft was begun; one answer finds no place in the new ones."""
    lead = story.come("lead")
    page = lead.visit(story.at("applications", "/form/need"))
    page.get_by_role("link", name="看看本草稿有什么变化").click()
    assert "项目公众号或小程序的名称" in lead.text()
    lead.press(page.get_by_role("button", name="换用新题目"))
    assert "未能放入新题目的答案" in lead.text()
    assert "示例·屋檐下的倾听" in lead.text()
    lead.visit(story.at("applications", "/questions/s1"))
    assert "项目公众号或小程序的名称" not in lead.text()


def paste_from_a_sheet(story: Story) -> None:
    """Rows of a sheet go into the second table of the budget, and come out again; into a question's table they stay."""
    org = story.come("org")
    page = org.visit(story.at("applications", "/form/budget"))
    sheet = "资金来源\t费用科目\t用途\t金额（元）\n基金会资助\t物料\t任务包\t３，０００\n自筹\t场地费\t教室\t1,200\n自筹\t交通\t走访\t60\n"
    paste(page, "[name=lines-500-source]", sheet)
    expect(page.locator("[data-other-total]")).to_have_text("4,260.00")
    assert [page.locator(f"[name=lines-{n}-head]").input_value() for n in (500, 501, 502)] == [
        "materials",
        "venue",
        "travel",
    ]
    assert page.locator("[name=lines-500-source]").input_value() == "donated"
    page.get_by_role("button", name="撤销这次粘贴").click()
    expect(page.locator("[data-other-total]")).to_have_text("0.00")
    assert not page.locator("[name=lines-502-head]").count()

    page = org.visit(story.at("applications", "/questions/s7"))
    table = page.locator("[data-rows]").first
    first = str(table.locator("tbody input").first.get_attribute("name"))
    rows = "".join(f"第{n}期课堂\t街道购买\t{n},000\t2025/{n}/8\n" for n in range(1, 6))
    paste(page, f"[name={first}]", "项目名称\t资金来源\t金额（元）\t结项日\n" + rows)
    expect(table.locator("[data-pasted]")).to_contain_text("5")
    org.press(page.locator("main form[data-autosave] button[type=submit]").last, leaves_open=True)
    kept = one(
        "SELECT answers FROM form_answers WHERE application_id = :id AND section = 's7'", id=story.ids["applications"]
    )
    (stored,) = [answer for answer in kept.values() if isinstance(answer, list) and isinstance(answer[0], list)]
    assert stored[-1] == ["第5期课堂", "街道购买", "5000", "2025-05-08"]


def paste(page: Page, where: str, sheet: str) -> None:
    """Paste a text into a cell, as the browser does it."""
    page.locator(where).evaluate(
        """(field, text) => {
            const held = new DataTransfer();
            held.setData("text/plain", text);
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
        }""",
        sheet,
    )
    expect(page.locator("[data-pasted]")).to_be_visible()


def write_the_same_part_at_once(story: Story) -> None:
    lead, org = story.come("lead"), story.come("org")
    path = story.at("applications", "/form/need")
    phone, laptop = lead.visit(path), org.visit(path)
    expect(laptop.locator("[data-presence]")).to_contain_text("正在填写“需求分析”")

    laptop.fill("[name=need]", ON_THE_LAPTOP)
    with waiting_for_save(laptop, "/need") as saved:
        leave(laptop)
    assert saved.value.status == 200
    expect(laptop.locator("[data-save-state]")).to_contain_text("已自动保存")
    phone.fill("[name=need]", ON_THE_PHONE)
    leave(phone)
    with phone.expect_navigation():
        phone.locator("[data-save-banner] button").click()
    assert "您填写时，陆理事 在 2026-11-24" in lead.text()
    assert phone.locator("[data-theirs]").inner_text() == ON_THE_LAPTOP
    assert phone.locator("textarea[name=need]").input_value() == ON_THE_PHONE
    phone.fill("textarea[name=need]", ON_THE_LAPTOP + "手机上补充：夜间咨询最多。")
    lead.press(phone.locator("main form button[type=submit]").last)
    assert one("SELECT need FROM application WHERE id = :id", id=story.ids["applications"]) == (
        ON_THE_LAPTOP + "手机上补充：夜间咨询最多。"
    )


def ask_and_hand_in(story: Story) -> None:
    lead, org = story.come("lead"), story.come("org")
    page = lead.visit(story.at("applications", "/form/declaration"))
    lead.press(page.locator("form[action$='/ask'] button"))
    page = org.visit("/inbox/")
    page.locator("a", has_text="请核对并提交申报").first.click()
    page.check("#f-declared")
    org.press(page.locator("form[action$='/submit'] button[type=submit]"))
    assert page.url.endswith("/receipt")
    with page.expect_download() as waiting:
        page.locator("a[href$='/receipt/paper']").click()
    words = "".join(part.extract_text() for part in PdfReader(waiting.value.path()).pages).replace("\n", "")
    version = "SELECT sha256 FROM application_version WHERE application_id = :id"
    assert one(version, id=story.ids["applications"]) in words


def send_two_parts_back(story: Story) -> None:
    officer = story.come("officer")
    page = officer.visit(story.at("applications"))
    page.locator("a[href$='/corrections']").first.click()
    page.fill("[name=note-need]", "请写明 1,900 户的数据来源。")
    page.fill("[name=note-risk]", "请补充应急联系方式。")
    officer.press(page.locator("main form button[type=submit]").last)
    assert "补正中" in officer.text()


def correct_what_was_asked(story: Story) -> None:
    lead, org = story.come("lead"), story.come("org")
    page = lead.visit(story.at("applications", "/form/need"))
    assert "请写明 1,900 户的数据来源。" in lead.text()
    page.fill(
        "[name=need]", page.input_value("[name=need]").replace("约 1,900 户", "约 2,100 户（街道 2026 年 9 月台账）", 1)
    )
    lead.press(page.locator("main form[data-autosave] button[type=submit]"))
    page = lead.visit(story.at("applications", "/form/goals"))
    assert page.locator("[name=goal]").is_disabled()
    page = org.visit(story.at("applications", "/form/declaration"))
    assert "还没有修改：风险与应急" in org.text()
    page.check("#f-declared")
    org.press(page.locator("form[action$='/submit'] button[type=submit]"))


def read_what_changed(story: Story) -> None:
    officer = story.come("officer")
    page = officer.visit(story.at("applications"))
    marked = page.locator("#c-corrections")
    assert marked.locator("ins").all_inner_texts() == ["2,100 户（街道 2026 年 9 月台账）"]
    assert marked.locator("del").all_inner_texts() == ["1,900 户"]
    page.locator("a[href$='/versions']").first.click()
    assert "共 1 处不同" in officer.text()


def come_too_late(story: Story) -> None:
    org = story.come("org")
    call = one("SELECT call_id FROM application WHERE id = :id", id=story.ids["applications"])
    page = org.visit(f"/calls/{call}")
    org.press(page.locator("form[action$='/apply'] button").first, leaves_open=True)
    late = org.id_here()
    page = org.visit(f"/applications/{late}/form/need")
    with transaction(), whole(SYSTEM, "the moment comes"):
        closes = text("UPDATE call SET closes_at = :moment WHERE id = :id")
        db.session.execute(closes, {"moment": now(), "id": call})
    with waiting_for_save(page, "/need") as late_save:
        page.fill("[name=need]", "截止那一刻还在写的内容。" * 5)
        leave(page)
    assert late_save.value.status == 422
    expect(page.locator("[data-save-banner]")).to_contain_text(re.compile("征集已于 ?2026-11-24"))
    with page.expect_navigation() as waiting:
        page.locator("main form[data-autosave] button[type=submit]").click()
    assert waiting.value is not None
    assert waiting.value.status == 409
    assert page.input_value("[name=need]") == "截止那一刻还在写的内容。" * 5
    assert "2026-11-24" in org.text()
    assert one("SELECT state FROM application WHERE id = :id", id=late) == "draft"
