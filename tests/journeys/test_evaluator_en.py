"""Those who judge, in English: a reviewer's sheet and an evaluation's, from the sign-in to what is handed in."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Page
from sqlalchemy import text

from kernel.db import db
from kernel.scope import whole
from tests.journeys.conftest import SYSTEM, Come
from tests.journeys.people import Person, waiting_for_save

HAN = re.compile(r"[\u3400-\u9fff][\u3400-\u9fff\u3000-\u303f\uff00-\uffef0-9A-Za-z·—()-]*")
OWN_NAME = "中文"  # the language that one may go back to


def data_of_the_programme() -> str:
    """Give all that people wrote in Chinese, in one text: names, titles, applications as they were handed in."""
    asked = (
        "SELECT string_agg(t, E'\\n') FROM ("
        " SELECT name AS t FROM organization UNION ALL SELECT title FROM application UNION ALL SELECT title FROM call"
        " UNION ALL SELECT title FROM project UNION ALL SELECT name FROM agency UNION ALL SELECT name FROM person"
        " UNION ALL SELECT snapshot::text FROM application_version UNION ALL SELECT theme FROM activity"
        " UNION ALL SELECT self_report FROM evaluation UNION ALL SELECT reason FROM evaluation_score UNION ALL SELECT original_name FROM stored_file"
        " UNION ALL SELECT progress || results || problems || next_steps FROM report"
        " UNION ALL SELECT reflection || place || service_type FROM activity"
        ") AS told"
    )
    with whole(SYSTEM, "look"):
        found: str = db.session.execute(text(asked)).scalar_one()
    db.session.remove()
    return found


def chinese_of(page: Page, data: str) -> list[str]:
    """Give the Chinese on a page that nobody wrote: words of the house that are not in English."""
    seen = page.inner_text("body").replace(OWN_NAME, "")
    return [word for word in HAN.findall(seen) if word not in data]


def speak_english(person: Person, data: str, path: str) -> Page:
    """Sign in, turn to English, and open a page on which nothing of the house is in Chinese."""
    page = person.visit("/")
    page.locator("a[href^='/lang/en']").first.click()
    page.wait_for_selector("html[lang=en]")
    page = person.visit(path)
    assert chinese_of(page, data) == []
    return page


def state_of(table: str, pk: int) -> str:
    """Ask the database where a record stands."""
    with whole(SYSTEM, "look"):
        found: str = db.session.execute(text(f"SELECT state FROM {table} WHERE id = :pk"), {"pk": pk}).scalar_one()
    db.session.remove()
    return found


def test_a_reviewer_judges_in_english(come_in: Come) -> None:
    reviewer, data = come_in("reviewer1"), data_of_the_programme()

    page = speak_english(reviewer, data, "/my-reviews/")
    assert page.locator("h1").inner_text() == "My reviews"
    page.locator("tbody tr", has_text="2027-SB-0008").locator("a").first.click()
    page.wait_for_selector("[data-sheet]")
    sheet = reviewer.id_here()
    assert chinese_of(page, data) == []
    for control in page.locator("[data-score]").all():
        most = Decimal(str(control.get_attribute("max")))
        control.fill(str((most * Decimal("0.8") * 2).to_integral_value() / 2))
    page.fill("#overall", "A sound plan: the staff match the targets; insure the outings before they begin.")
    reviewer.press(page.locator("button[name=then][value=hand_in]"), leaves_open=True)
    assert chinese_of(page, data) == []
    reviewer.press(page.locator("main form button[type=submit]").last)

    assert chinese_of(page, data) == []
    assert "Handed in" in reviewer.text()
    assert state_of("review", sheet) == "handed_in"


def test_an_evaluator_scores_in_english(come_in: Come) -> None:
    evaluator, data = come_in("evaluator"), data_of_the_programme()

    page = speak_english(evaluator, data, "/evaluations/?q=2026-PG-0010")
    page.locator("tbody tr", has_text="2026-PG-0010").locator("a").first.click()
    page.wait_for_url(re.compile(r"/evaluations/\d+"))
    assert chinese_of(page, data) == []
    page = evaluator.visit(f"/evaluations/{evaluator.id_here()}/sheet")
    assert chinese_of(page, data) == []
    score = page.locator("[data-score]").first
    score.fill(str(score.get_attribute("max")))
    page.fill("#f-opinion", "Carried out as planned; the records are complete.")
    with waiting_for_save(page, "/sheet") as saving:
        page.evaluate("window.dispatchEvent(new Event('blur'))")

    assert saving.value.status == 200
    page.locator("[data-save-state]", has_text="Saved at").wait_for()
