"""A draft is never lost: the server dies between two saves, the session ends, and after signing in nothing is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, text

from kernel.demo import PASSWORD
from tests.journeys.people import waiting_for_save
from tests.trials.conftest import Person, Serving, Trial

FIRST = "第一段：受访母亲多数不知道怎样和孩子谈家里的变化。"
SECOND = "第二段：现有服务以讲座为主，缺少持续陪伴与家庭间互助。"


def draft_of(owner: Connection, organization: int) -> int:
    wanted = text(
        "SELECT a.id FROM application a JOIN call c ON c.id = a.call_id WHERE a.organization_id = :own"
        " AND a.state IN ('draft', 'returned') AND c.state = 'open' ORDER BY a.id LIMIT 1"
    )
    found = owner.scalar(wanted, {"own": organization})
    assert found is not None
    return int(found)


@pytest.mark.slow
def test_nothing_typed_is_missing_after_the_server_died_between_two_saves(
    trial: Trial, owner: Connection, world_people: dict[str, int], serving: Callable[..., Serving], page: Page
) -> None:
    draft = draft_of(owner, world_people["org_admin"])
    web = serving("web")
    Person(web.port, trial.tokens["org_admin", "zh"]).come_in()
    home = f"http://127.0.0.1:{web.port}"
    page.context.add_cookies([{"name": "yulan", "value": f"s.{trial.tokens['org_admin', 'zh']}", "url": home}])
    page.goto(f"{home}/applications/{draft}/form/need")
    field = page.locator("main textarea[name=need]")

    field.fill(FIRST)
    with waiting_for_save(page, "/form/need") as saved:
        page.evaluate("window.dispatchEvent(new Event('blur'))")
    assert saved.value.status == 200
    stop(web)
    field.fill(FIRST + SECOND)
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.locator("[data-save-banner]")).to_be_visible()
    owner.execute(text("UPDATE web_session SET ended_at = now()"))

    again = serving("web", port=web.port)
    Person(again.port, trial.tokens["officer", "zh"]).insist("GET", "/login/")
    page.goto(f"{home}/applications/{draft}/form/need")
    page.locator("input[name=username]").fill("org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"**/applications/{draft}/form/need")
    banner = page.locator("[data-save-banner]")
    expect(banner).to_contain_text(":")  # the time of what was kept
    banner.locator("button").first.click()

    expect(field).to_have_value(FIRST + SECOND)
    with waiting_for_save(page, "/form/need") as kept:
        page.evaluate("window.dispatchEvent(new Event('blur'))")
    assert kept.value.status == 200
    assert owner.scalar(text("SELECT need FROM application WHERE id = :pk"), {"pk": draft}) == FIRST + SECOND


def stop(web: Serving) -> None:
    """Kill master and workers outright."""
    workers = web.workers()
    web.process.kill()
    for worker in workers:
        worker.kill()
    web.process.wait(20)
