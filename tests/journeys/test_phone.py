"""An organization's whole part on a phone: 375 px, from its passport to an objection, and nothing scrolls sideways."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy import text

from kernel.clock import at
from kernel.db import db
from kernel.scope import whole
from tests.house.conftest import TODAY
from tests.journeys.conftest import SYSTEM, Come, make_person
from tests.journeys.people import Person
from tests.journeys.test_year import Story, answer_the_questions, fill_the_application, hand_in

PEOPLE = {"org": "org", "lead": "orgmember", "money": "orgfinance", "objector": "objector"}
WIDTH = 375


def one(wanted: str, **values: Any) -> Any:
    """Ask the database with full sight, as nobody at a phone can."""
    with whole(SYSTEM, "look"):
        found = db.session.execute(text(wanted), values).scalar_one()
    db.session.remove()
    return found


def test_an_organization_does_its_whole_part_on_a_phone(come_in: Come, tmp_path: Path) -> None:
    def come(name: str, _width: int = WIDTH) -> Person:
        return come_in(PEOPLE[name], WIDTH)

    with time_machine.travel(at(TODAY, 10), tick=True) as clock:
        story = Story(come, clock, tmp_path)
        read_the_passport(story)
        find_the_call(story)
        finish_the_application(story)
        confirm_the_contract(story)
        deliver(story)
        ask_for_money(story)
        read_the_result(story)
        object_to_a_result(story)

        assert [path for name in PEOPLE for path in come(name).too_wide] == []


def read_the_passport(story: Story) -> None:
    org = story.come("org")
    page = org.visit("/")
    page.click(".yl-tabbar summary")
    page.locator(".yl-tabbar .dropdown-item", has_text="我的机构").click()
    page.wait_for_url("**/organizations/*")
    assert page.locator(".yl-tabbar [aria-current=page]").text_content() == "我的机构"
    assert "52310119QQ00004779" in org.text()


def find_the_call(story: Story) -> None:
    lead = story.come("lead")
    page = lead.visit("/")
    page.click(".yl-search-open")
    page.keyboard.type("第二批")
    page.locator("#search-box [role=option]").first.click()
    page.wait_for_url("**/calls/*")
    story.ids["calls"] = lead.id_here()
    assert "2027-ZJ-0003" in lead.text()


def finish_the_application(story: Story) -> None:
    org, lead = story.come("org"), story.come("lead")
    page = lead.visit("/applications/")
    page.locator("tbody a", has_text="四季有约").first.click()
    page.wait_for_url(re.compile(r"/applications/\d+"))
    story.ids["applications"] = lead.id_here()
    fill_the_application(story, starts_on="2027-02-22", ends_on="2027-11-19")
    answer_the_questions(story)
    hand_in(story)
    org.visit(story.at("applications", "/receipt"))
    assert "2027-SB-0018" in org.text()


def confirm_the_contract(story: Story) -> None:
    story.find("contracts", "contract", "state = 'offered' AND number = '2026-HT-0031'")
    org = story.come("org")
    org.take(story.at("contracts"), "confirm")
    assert one("SELECT state FROM contract WHERE number = '2026-HT-0031'") == "confirmed"


def deliver(story: Story) -> None:
    lead = story.come("lead")
    story.ids["projects"] = one("SELECT id FROM project WHERE number = '2026-XM-0001'")
    page = lead.visit(story.at("projects"))
    page.locator("a[href*='/milestones/'], a[href*='/reach']").first.click()
    lead.press(page.locator("main form button[type=submit]").last)
    lead.fill(
        story.at("projects", "/activities/new"),
        theme="亲子阅读角",
        held_on=TODAY.isoformat(),
        place="周家渡街道",
        people=12,
        new_people=4,
        person_times=12,
        hours="2",
    )
    assert "亲子阅读角" in lead.text()
    story.find("reports", "report", f"state = 'draft' AND project_id = {story.ids['projects']}")
    lead.fill(
        story.at("reports", "/edit"),
        progress="按计划完成各阶段活动，人数与人次达到进度。" * 3,
        results="参加家庭的沟通质量量表得分提高。" * 3,
        problems="周末场地紧张，已与街道协调。",
        next_steps="继续家庭互助小组。",
    )
    lead.take(story.at("reports"), "submit")
    assert one("SELECT state FROM report WHERE id = :id", id=story.ids["reports"]) == "submitted"


def ask_for_money(story: Story) -> None:
    money = story.come("money")
    story.find("instalments", "instalment", f"state = 'due' AND project_id = {story.ids['projects']}")
    money.take(story.at("instalments"), "request", receipt_number="SJ-PHONE")
    assert one("SELECT state FROM instalment WHERE id = :id", id=story.ids["instalments"]) == "requested"


def read_the_result(story: Story) -> None:
    org = story.come("org")
    page = org.visit("/evaluations/")
    page.locator("tbody a", has_text="2026-PG-0001").first.click()
    page.wait_for_url("**/evaluations/*")
    assert "73.5" in org.text()


def object_to_a_result(story: Story) -> None:
    told = one("SELECT organization_id FROM evaluation WHERE state = 'told' ORDER BY id LIMIT 1")
    make_person("objector", "示例异议人", "org_admin", told)
    story.find("evaluations", "evaluation", "state = 'told'")
    objector = story.come("objector")
    objector.take(story.at("evaluations"), "object", reason="第二季度的三场活动没有计入，请核对活动记录。")
    assert one("SELECT state FROM evaluation WHERE id = :id", id=story.ids["evaluations"]) == "objected"
