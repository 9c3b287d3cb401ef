"""An organization that exists comes by its account: a letter's code, a link by mail, a colleague invited; on a phone."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from kernel.db import db
from kernel.notices import deliver
from tests.factories.hostile import SOUND_PDF
from tests.journeys.conftest import Come
from tests.journeys.people import PASSWORD, Person

WIDTH = 375
NEW = "eine-lange-Losung-25"
LINK = re.compile(r"(/login/link/#[0-9a-f]{64})")
CODE = re.compile(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}")
CREDIT_CODE = re.compile(r"\b[0-9A-Z]{18}\b")


class Post:
    """A mail server that keeps what it is given: address → the link in its letter."""

    def __init__(self) -> None:
        self.links: dict[str, str] = {}

    def open(self) -> Post:
        return self

    def send(self, letter: Any) -> None:
        found = LINK.findall(letter.get_body().get_content())
        if found:
            self.links[letter["To"]] = found[0]

    def close(self) -> None:
        """Nothing is open."""

    def link_for(self, address: str) -> str:
        deliver(self, sender="Yulan <no-reply@localhost>")
        db.session.remove()
        return self.links[address]


@pytest.fixture
def post() -> Post:
    return Post()


def test_a_letter_opens_an_account_and_a_colleague_follows(come_in: Come, post: Post) -> None:
    credit_code, code = print_a_letter(come_in("officer"))
    admin = come_in("lin", WIDTH)
    claim(admin, credit_code, code)
    come_by_link(admin, "lin@example.org", post)
    invite(admin)
    colleague = come_in("bai", WIDTH)
    come_by_link(colleague, "bai@example.org", post)

    page = colleague.visit("/organization/")

    assert credit_code in colleague.text()
    assert not page.locator("a[href$='/people']").count()
    assert [*admin.too_wide, *colleague.too_wide] == []


def test_who_can_get_in_no_more_comes_back_with_papers(come_in: Come, post: Post) -> None:
    officer, back = come_in("officer"), come_in("zheng", WIDTH)
    ask_with_papers(back, credit_code_of_the_first(officer))

    officer.visit("/account-requests/?state=received")
    officer.page.click("main tbody a:has-text('示例·重新登录的机构')")
    officer.page.wait_for_url(re.compile(r"/account-requests/\d+$"))
    assert "zheng@example.org" in officer.text()
    officer.take(officer.path, "verify", earlier="close")
    come_by_link(back, "zheng@example.org", post)

    back.visit("/organization/")
    back.page.click("main a[href$='/people']")
    back.page.wait_for_url("**/people")
    assert "示例郑" in back.text()
    assert "陆理事" not in back.text()
    assert "何社工" in back.text()
    assert back.too_wide == []


def credit_code_of_the_first(officer: Person) -> str:
    """Give the code of the organization that the demo's people act for."""
    officer.visit("/organizations/1")
    return CREDIT_CODE.findall(officer.text())[0]


def ask_with_papers(person: Person, credit_code: str) -> None:
    """Ask for an account from the first page on, with both papers."""
    page = person.page
    page.goto(f"{person.address}/")
    page.click("main a[href='/account-request/']")
    page.wait_for_url("**/account-request/")
    person.measure()
    page.check("main [name=about][value=lost]")
    told = {
        "credit_code": credit_code,
        "organization_name": "示例·重新登录的机构",
        "name": "示例郑",
        "email": "zheng@example.org",
        "phone": "021-55501234",
    }
    for name, value in told.items():
        page.fill(f"main [name={name}]", value)
    for paper in ("registration", "authorization"):
        file = {"name": f"{paper}.pdf", "mimeType": "application/pdf", "buffer": SOUND_PDF}
        page.set_input_files(f"main [name={paper}]", [file])
    page.check("main [name=consent]")
    person.press(page.locator("main form button[type=submit]"))
    assert "ZH-" in person.text()


def print_a_letter(officer: Person) -> tuple[str, str]:
    """Choose the first organization of the list and print its letter; gives both codes as they stand on it."""
    page = officer.visit("/claims/?letter=none")
    page.locator("tbody input[type=checkbox]").first.check()
    officer.press(page.locator("[data-bulk] button[name=action]").first)
    proof = page.locator("input[name=proof_password]")
    if proof.count():
        proof.fill(PASSWORD)
    with page.expect_download() as waiting:
        page.click("main form button[type=submit]")
    (sheet,) = PdfReader(io.BytesIO(waiting.value.path().read_bytes())).pages
    told = sheet.extract_text()
    return CREDIT_CODE.findall(told)[0], CODE.findall(told)[0]


def claim(admin: Person, credit_code: str, code: str) -> None:
    page = admin.page
    page.goto(f"{admin.address}/")
    page.click("main a[href='/claim/']")
    page.wait_for_url("**/claim/")
    admin.measure()
    told = {"credit_code": credit_code.lower(), "code": code.lower(), "name": "示例林", "email": "lin@example.org"}
    for name, value in told.items():
        page.fill(f"main [name={name}]", value)
    page.check("main [name=consent]")
    admin.press(page.locator("main form button[type=submit]"))
    assert "lin@example.org" in admin.text()


def come_by_link(person: Person, email: str, post: Post) -> None:
    """Open the link of a letter, choose a password, and sign in with the address."""
    page = person.page
    page.goto(f"{person.address}{post.link_for(email)}")
    page.fill("[name=new]", NEW)
    page.fill("[name=again]", NEW)
    person.measure()
    with page.expect_navigation(url="**/login/"):
        page.click("main form button[type=submit]")
    page.fill("#username", email)
    page.fill("#password", NEW)
    with page.expect_navigation(url=f"{person.address}/"):
        page.press("#password", "Enter")


def invite(admin: Person) -> None:
    page = admin.visit("/organization/")
    page.click("a[href$='/people']")
    page.wait_for_url("**/people")
    admin.measure()
    page.click("a[href$='/people/new']")
    page.wait_for_url("**/people/new")
    admin.fill(admin.path, name="示例白", email="bai@example.org", role="org_lead")
    assert "示例白" in admin.text()
    assert "已邀请" in admin.text()
