"""An officer finds that one organization stands in the register twice, the director approves, and one file is left."""

from __future__ import annotations

from tests.journeys.conftest import Come

KEPT, GONE = "示例·馨园心理关爱中心", "示例·欣园心理关爱中心"


def test_two_files_of_one_organization_are_merged(come_in: Come) -> None:
    officer, director = come_in("officer"), come_in("director", 375)

    page = officer.visit("/duplicates/?state=open")
    page.get_by_role("link", name=KEPT).click()
    assert "名称读音相同" in officer.text()
    page.get_by_role("link", name=GONE).click()
    old = officer.path
    page.go_back()
    page.get_by_role("link", name="合并两份档案").click()
    assert "不能同时保留的内容" in officer.text()
    page.locator("input[name='side-founded_on'][value=theirs]").check()
    page.locator("input[name^='side-inspection:'][value=theirs]").first.check()
    page.fill("#reason", "读音相同、电话与地址一致，登记证书核对为同一家机构")
    officer.press(page.get_by_role("button", name="提出合并"))
    merge = officer.path
    assert "合并待批准" in officer.text()

    director.visit("/merges/?state=proposed")
    director.page.get_by_role("link", name=GONE).click()
    assert director.path == merge
    assert "取自被并入的档案" in director.text()
    director.take(merge, "approve")
    assert "已合并" in director.text()

    page = officer.page
    page.goto(officer.address + old)
    assert officer.path != old
    assert KEPT in officer.text()
    assert GONE in officer.text()
    page.get_by_role("tab", name="历史").click()
    assert "两份档案合并" in officer.text()
    officer.visit("/organizations/?q=欣园")
    assert page.locator("tbody tr").count() == 1
    officer.visit("/duplicates/?state=open")
    assert GONE not in officer.text()
    assert officer.too_wide == director.too_wide == []
