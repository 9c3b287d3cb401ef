"""Staff bring a dirty list, correct what is wrong in the workbook they get back, bring that again, and undo the first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.scope import whole
from orgs.jobs import work_on_imports
from orgs.models import Organization
from tests.factories.orgs import OrganizationFactory, credit_code
from tests.journeys.conftest import Come
from tests.journeys.people import Person

COUNTED = re.compile(r"(\S+)\s*(\d+)$")
LOOK = Actor.system("look")
HEADINGS = ["机构全名", "信用代码", "所在区", "成立时间", "年检情况"]
"""Two of these headings no list has: they are matched by hand once, and known from then on."""


def dirty(path: Path) -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (
        ["2026 年度女性社会组织名单（草稿）"],
        [],
        HEADINGS,
        ["示例·新机构", credit_code(1).lower(), "黄浦区", 40245, "合格"],
        ["示例·又一家", f" {credit_code(2)} ", None, "2011年5月6日", None],
        ["示例·错码", credit_code(4)[:-1] + "#", "浦东", "2030-01-01", None],
        ["示例·同名", credit_code(5), "徐汇区", None, None],
    ):
        page.append(row)
    page.merge_cells("C4:C5")
    book.save(path)
    return path


def bring(officer: Person, file: Path, by_hand: dict[str, str]) -> str:
    """Bring a list, match the columns that are named, and look at what each line would do; gives its page."""
    officer.fill("/imports/new", file=str(file))
    run = officer.path
    for heading, field in by_hand.items():
        officer.page.locator(f"select[aria-label*='{heading}']").select_option(field)
    officer.press(officer.page.locator("#columns button[type=submit]"))
    assert "核对中" in officer.text()
    assert officer.page.locator("progress").count() == 1
    work()
    officer.page.wait_for_selector(".yl-views")
    return run


def work() -> None:
    work_on_imports(Actor.system("work-on-imports"))
    db.session.remove()


def numbers(officer: Person) -> dict[str, int]:
    """Give how many lines have which outcome, as the tabs over them say."""
    found = (COUNTED.search(told) for told in officer.page.locator(".yl-views a").all_inner_texts())
    return {told[1]: int(told[2]) for told in found if told is not None}


def register() -> dict[str, str | None]:
    with whole(LOOK, "look"):
        found = db.session.execute(select(Organization.name, Organization.district_code))
        told = {row.name: row.district_code for row in found}
    db.session.remove()
    return told


@pytest.mark.usefixtures("staff")
def test_staff_bring_a_dirty_list_correct_it_bring_it_again_and_undo(come: Come, tmp_path: Path) -> None:
    with transaction():
        OrganizationFactory(name="示例·同名", credit_code=credit_code(6))
    db.session.remove()
    officer = come("officer")

    first = bring(officer, dirty(tmp_path / "名单.xlsx"), {"机构全名": "name"})
    assert numbers(officer) == {"全部": 4, "新增": 2, "有变化": 0, "无变化": 0, "有冲突": 1, "有错误": 1}
    told = officer.text()
    assert "不是统一社会信用代码" in told or "第 18 位" in told, told
    assert "2030-01-01" in told
    assert "机构库中已有「示例·同名」" in told
    officer.take(first, "take")
    work()
    officer.visit(first)
    assert register() == {"示例·同名": None, "示例·新机构": "310101", "示例·又一家": "310101"}

    with officer.page.expect_download() as waiting:
        officer.page.get_by_role("link", name="下载待更正行").click()
    waiting.value.save_as(tmp_path / "更正.xlsx")
    book = load_workbook(tmp_path / "更正.xlsx")
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]] == ["原文件行号", "未导入原因", *HEADINGS]
    assert [row[0].value for row in page["A2:A3"]] == [6, 7]
    page["D2"], page["E2"], page["F2"] = credit_code(4), "浦东新区", "2020-01-01"
    page["C3"] = "示例·不再同名"
    book.save(tmp_path / "更正.xlsx")

    second = bring(officer, tmp_path / "更正.xlsx", {})
    assert numbers(officer) == {"全部": 2, "新增": 2, "有变化": 0, "无变化": 0, "有冲突": 0, "有错误": 0}
    officer.take(second, "take")
    work()
    assert register() == {
        "示例·同名": None,
        "示例·新机构": "310101",
        "示例·又一家": "310101",
        "示例·错码": "310115",
        "示例·不再同名": "310104",
    }

    again = bring(officer, tmp_path / "更正.xlsx", {})
    assert numbers(officer)["无变化"] == 2
    officer.take(again, "drop")
    officer.take(first, "undo")
    assert "已撤销导入" in officer.text()
    assert register() == {"示例·同名": None, "示例·错码": "310115", "示例·不再同名": "310104"}
    assert officer.too_wide == []
