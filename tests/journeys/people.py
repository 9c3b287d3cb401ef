"""A person at a browser: signs in when asked, opens pages, presses the buttons that are there."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import text

from kernel.clock import now
from kernel.db import db
from kernel.sessions import IDLE_OTHERS, door, start_session

PASSWORD = "yulan-journey-2026"


def waiting_for_save(page: Page, ending: str) -> AbstractContextManager[Any]:
    """Wait for the answer to a save to this address: a page also tells of its reader, and that answer may come first."""
    return page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith(ending))


@dataclass
class Person:
    """One person with a browser window of their own."""

    username: str
    address: str
    browser: Browser
    width: int = 1280
    page: Page = field(init=False)
    too_wide: list[str] = field(default_factory=list)
    """The pages of this person that could only be read by scrolling sideways."""
    seen_at: datetime | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        context = self.browser.new_context(
            locale="zh-CN", viewport={"width": self.width, "height": 900}, reduced_motion="reduce"
        )
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)

    def visit(self, path: str) -> Page:
        """Open a page; sign in first where the house asks for it, and come out where one wanted to go.

        Who was signed in and comes again after days has a new session already: the door is a story of its own.
        """
        if self.seen_at is not None and now() - self.seen_at > IDLE_OTHERS:
            self.come_again()
        answer = self.page.goto(self.address + path)
        if not self.page.locator(".yl-me").count():
            if not self.path.startswith("/login"):
                self.page.goto(f"{self.address}/login/?next={quote(path)}")
            self.page.fill("#username", self.username)
            self.page.fill("#password", PASSWORD)
            with self.page.expect_navigation(url=re.compile(rf"{re.escape(self.address + path)}$")) as waiting:
                self.page.press("#password", "Enter")
            answer = waiting.value
        assert answer is not None
        assert answer.status == 200, f"{self.username} at {path}: {answer.status}\n{self.text()[:600]}"
        self.measure()
        return self.page

    def measure(self) -> None:
        """Note a page that is wider than its window, and when it was looked at."""
        self.seen_at = now()
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.too_wide.append(self.path)

    def come_again(self) -> None:
        """Put a new session's token into the browser, where it has had one."""
        for cookie in self.page.context.cookies():
            if str(cookie.get("value")).startswith("s."):
                with door() as connection:
                    found = text("SELECT id FROM ab_user WHERE username = :name")
                    user_id = connection.execute(found, {"name": self.username}).scalar_one()
                token = start_session(user_id, locale="zh", address="127.0.0.1", agent="journey")
                db.session.remove()
                name = str(cookie.get("name"))
                self.page.context.add_cookies([{"name": name, "value": f"s.{token}", "url": self.address}])

    def text(self) -> str:
        """Give what the page says."""
        return self.page.inner_text("main")

    def take(self, path: str, step: str, **answers: Any) -> None:
        """Take a step on a record's page: press its button, answer what it asks, and see that it is done."""
        self.visit(path)
        opener = self.page.locator(f"a[data-open='step-{step}']")
        if opener.count():
            opener.first.click()
            dialog = self.page.locator(f"dialog#step-{step}")
            for name, value in answers.items():
                self.answer(f"#step-{step}-{name}", value)
            proof = dialog.locator("input[name='proof_password']")
            if proof.count():
                proof.fill(PASSWORD)
            self.press(dialog.locator("button[type=submit]"))
        else:
            self.press(self.page.locator(f"form[action$='/steps/{step}'] button").first)

    def answer(self, where: str, value: Any) -> None:
        """Answer one question, whatever control asks it."""
        control = self.page.locator(where).first
        kind = control.evaluate("node => node.tagName + ':' + (node.type || '')")
        if kind.endswith(":checkbox"):
            control.set_checked(bool(value))
        elif kind.startswith("SELECT"):
            control.select_option(value)
        elif kind.endswith(":file"):
            control.set_input_files(value)
        else:
            control.fill(str(value))

    def fill(self, path: str, **answers: Any) -> None:
        """Fill in a form page and send it."""
        self.visit(path)
        for name, value in answers.items():
            self.answer(f"main form [name='{name}']", value)
        self.press(self.page.locator("main form button[type=submit]").last)

    def press(self, button: Locator, *, leaves_open: bool = False) -> None:
        """Press a button that sends a form, wait for the answer, and see that nothing stood in its way.

        With `leaves_open` the page may still say what else is to be done.
        """
        with self.page.expect_navigation() as waiting:
            button.click()
        answer = waiting.value
        assert answer is not None
        problems = self.page.locator(".yl-error-box")
        assert leaves_open or not problems.count(), f"{self.username} at {self.page.url}: {problems.first.inner_text()}"
        assert answer.status == 200, f"{self.username} at {self.page.url}: {answer.status}\n{self.text()[:600]}"
        expect(self.page.locator("h1")).to_be_visible()
        self.measure()

    def send(self, button: Locator) -> None:
        """Press a button that saves and then asks once more, and say yes."""
        self.press(button, leaves_open=True)
        assert "/steps/" in self.path, self.text()[:600]
        self.press(self.page.locator("main form button[type=submit]").last)

    @property
    def path(self) -> str:
        """Give the path of the page."""
        return re.sub(r"^https?://[^/]+", "", self.page.url)

    def id_here(self) -> int:
        """Give the number of the record whose page this is."""
        found = re.search(r"/(\d+)", self.path)
        assert found, self.path
        return int(found.group(1))
