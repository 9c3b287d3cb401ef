"""An organization changes its bank account on a phone, the Centre approves, and the money has another way to go."""

from __future__ import annotations

from pathlib import Path

from tests.factories.hostile import SOUND_PDF
from tests.journeys.conftest import Come


def test_an_organization_changes_its_bank_account_and_staff_approve(come_in: Come, tmp_path: Path) -> None:
    org, officer, finance = come_in("org", 375), come_in("officer"), come_in("finance")
    proof = tmp_path / "开户信息.pdf"
    proof.write_bytes(SOUND_PDF)

    page = org.visit("/")
    page.goto(f"{org.address}/organization/")
    passport = org.path
    page.get_by_role("tab", name="银行账户").click()
    assert "•••• 0000" in org.text()
    page.locator("a:visible[href*='/profile-changes/']").first.click()
    org.take(org.path, "withdraw")

    org.fill(
        f"{passport}/passport/account",
        holder="示例·木兰家庭服务中心",
        bank="示例银行徐汇支行",
        number="1001 0000 7777 8888",
        reason="换到离机构近的支行",
        file=str(proof),
    )
    change = org.path
    assert "示例银行徐汇支行 •••• 8888" in org.text()
    assert "7777" not in org.text()

    officer.visit("/profile-changes/?state=proposed")
    officer.page.locator("tbody a").first.click()
    assert officer.path == change
    assert "1001 0000 7777 8888" in officer.text()
    officer.take(change, "approve")

    page = org.visit(passport)
    page.get_by_role("tab", name="银行账户").click()
    told = org.text()
    assert "•••• 8888" in told
    assert "历史账户" in told
    org.visit("/inbox/")
    assert "资料变更已通过并生效" in org.text()

    finance.visit("/accounts/?checked=yes")
    finance.page.locator("tbody tr", has_text="8888").locator("a").first.click()
    assert "1001 0000 7777 8888" in finance.text()
    assert org.too_wide == []
