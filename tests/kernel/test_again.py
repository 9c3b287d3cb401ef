"""A session that is over loses nothing typed: one signs in again above the page, and the same form is sent."""

from __future__ import annotations

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, text

from kernel import second_factor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.passwords import hash_of_password
from tests.factories.people import SYSTEM, person, secret_for_phone

PASSWORD = "eine-lange-Losung-24"
NAME = "示例妇女服务中心（新设）"


@pytest.fixture
def officer(live_server: str, page: Page) -> int:
    """An officer who has opened the form of a new organization and filled it in."""
    user_id = person("officer", "officer", password_hash=hash_of_password(PASSWORD)).user_id
    db.session.remove()
    page.goto(f"{live_server}/login/")
    page.fill("#username", "officer")
    page.fill("#password", PASSWORD)
    page.click("form button[type=submit]")
    page.goto(f"{live_server}/organizations/new")
    page.fill("main form [name=name]", NAME)
    page.fill("main form [name=credit_code]", "not a code")
    assert user_id is not None
    return user_id


def end_sessions(owner_connection: Connection) -> None:
    owner_connection.execute(text("UPDATE web_session SET ended_at = now()"))


def press_send(page: Page) -> None:
    page.locator("main form button[type=submit]").last.click()


def test_what_was_typed_is_sent_after_signing_in_again(page: Page, officer: int, owner_connection: Connection) -> None:
    end_sessions(owner_connection)

    press_send(page)
    dialog = page.locator("dialog#sign-in-again")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "again-password"
    assert page.input_value("#again-username") == "officer"
    page.fill("#again-password", "wrong")
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-again-problem]")).to_contain_text("还可以再试 9 次")
    page.fill("#again-password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert page.locator(".yl-error-box").count() == 1  # the server has read the form: the code is none
    assert page.input_value("main form [name=name]") == NAME


def test_the_dialog_asks_for_the_code_of_the_phone(page: Page, officer: int, owner_connection: Connection) -> None:
    with transaction():
        secret = secret_for_phone(officer)
        codes = second_factor.confirm(officer, pyotp.TOTP(secret).at(now()), actor=SYSTEM)
    db.session.remove()
    end_sessions(owner_connection)

    press_send(page)
    page.fill("#again-password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#again-code")).to_be_focused()
    page.fill("#again-code", codes[0])
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert page.input_value("main form [name=name]") == NAME


def test_escape_leaves_the_page_as_it_was(page: Page, officer: int, owner_connection: Connection) -> None:
    end_sessions(owner_connection)

    press_send(page)
    expect(page.locator("dialog#sign-in-again")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("dialog#sign-in-again")).to_have_count(0)
    assert page.input_value("main form [name=name]") == NAME
    assert page.url.endswith("/organizations/new")


def test_who_does_nothing_is_asked_before_the_end(page: Page, live_server: str, officer: int) -> None:
    page.clock.install()
    page.goto(f"{live_server}/account/")
    page.wait_for_function("document.querySelector('[data-theme-toggle]')")
    page.wait_for_timeout(300)
    page.clock.fast_forward("29:10")

    expect(page.get_by_role("button", name="保持登录")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="保持登录")).to_have_count(0)


def test_a_link_gives_its_code_to_the_form_and_leaves_the_address(page: Page, live_server: str) -> None:
    token = "a" * 64
    page.goto(f"{live_server}/login/link/#{token}")

    expect(page.locator("[name=new]")).to_be_focused()

    assert page.evaluate("document.querySelector('[name=token]').value") == token
    assert page.url == f"{live_server}/login/link/"
