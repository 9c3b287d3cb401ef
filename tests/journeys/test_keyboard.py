"""The house by keyboard alone: the way to every deed, the order of the focus, and what Escape closes."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Come
from tests.journeys.people import PASSWORD

MOST_TABS = 60
FOCUSED = "() => { const at = document.activeElement; return at === document.body ? '' : (at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.innerText || at.id).trim().split('\\n')[0]; }"
INSIDE = "(selector) => document.activeElement === document.body || document.activeElement.closest(selector) !== null"


def focused(page: Page) -> str:
    """Name what has the focus, as a screen reader would."""
    name: str = page.evaluate(FOCUSED)
    return name


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus stands on what a selector names, and see that one can see it."""
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", f"nobody sees that {selector} has the focus"
            return
    raise AssertionError(f"{MOST_TABS} times Tab, and {selector} was not reached")


def follow(page: Page, selector: str) -> None:
    """Reach a link or a button by Tab and press Enter."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_from_the_sign_in_to_a_signed_contract_without_a_mouse(come_in: Come) -> None:
    person = come_in("org")
    page = person.page
    page.goto(person.address + "/login/")
    tab_to(page, "#username")
    page.keyboard.type("org")
    tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    follow(page, ".yl-topnav a[href='/projects/']")
    tab_to(page, "#find-q")
    page.keyboard.type("2026-XM-0031")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    follow(page, "tbody a")
    follow(page, "main a[href^='/contracts/']")
    tab_to(page, "[data-open='step-confirm']")
    page.keyboard.press("Enter")
    expect(page.locator("dialog#step-confirm")).to_be_visible()
    follow(page, "#step-confirm button[type=submit]")

    assert page.locator("[data-open='step-confirm']").count() == 0
    assert page.locator("[role=status]", has_text="2026-HT-0031").count() == 1


def test_a_register_is_sorted_and_filtered_by_keyboard(come_in: Come) -> None:
    page = come_in("officer").visit("/organizations/")

    follow(page, "th .yl-sort")
    assert page.locator("th[aria-sort=ascending]").count() == 1
    tab_to(page, "summary.yl-filter")
    page.keyboard.press("Enter")
    tab_to(page, ".yl-menu-form select")
    page.keyboard.press("ArrowDown")
    follow(page, ".yl-menu-form button[type=submit]")

    assert page.locator(".yl-filterbar .yl-filter a").count() == 1


def test_the_focus_goes_through_a_register_as_the_eye_does(come_in: Come) -> None:
    page = come_in("officer").visit("/organizations/")
    order = []
    for _press in range(60):
        page.keyboard.press("Tab")
        order.append(focused(page))

    start = order.index("全站搜索")
    assert order[0] == "跳到主要内容"
    assert order[1].startswith("玉兰")
    assert order[2:4] == ["首页", "征集公告"]
    assert order[start : start + 3] == ["全站搜索", "EN", "切换深色或浅色"]
    register = order[start + 5 :]
    assert (
        register.index("全部") < register.index("名称、曾用名、拼音、信用代码") < register.index("机构名称 / 信用代码")
    )


def test_the_first_tab_leads_past_the_navigation(come_in: Come) -> None:
    page = come_in("officer").visit("/projects/")

    page.keyboard.press("Tab")
    assert focused(page) == "跳到主要内容"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_escape_closes_what_is_open_and_gives_the_focus_back(come_in: Come) -> None:
    page = come_in("org").visit("/contracts/?q=2026-HT-0031")
    page.locator("tbody a").first.click()
    page.wait_for_selector("[data-open='step-confirm']")

    for opener, opened in (
        ("summary.yl-me", ".yl-menu[open] .dropdown-menu"),
        (".yl-topnav details summary", ".yl-topnav .yl-menu[open] .dropdown-menu"),
        ("[data-open='search-box']", "dialog#search-box"),
        ("[data-open='step-confirm']", "dialog#step-confirm"),
    ):
        page.locator(opener).focus()
        page.keyboard.press("Enter")
        expect(page.locator(opened)).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.locator(opened)).to_be_hidden()
        assert page.evaluate("(selector) => document.activeElement.matches(selector)", opener), opener


def test_a_dialog_keeps_the_focus_inside(come_in: Come) -> None:
    page = come_in("org").visit("/contracts/?q=2026-HT-0031")
    page.locator("tbody a").first.click()
    page.locator("[data-open='step-confirm']").focus()
    page.keyboard.press("Enter")

    for _press in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(INSIDE, "dialog#step-confirm")


def _search_opened(page: Page) -> Locator:
    """Press the key of the search until it is heard: the scripts of a page may come a moment after it."""
    field = page.locator(".yl-top [role=combobox]")
    for _again in range(50):
        page.keyboard.press("Control+k")
        if field.evaluate("one => one === document.activeElement"):
            break
        page.wait_for_timeout(100)
    expect(field).to_be_focused()
    return field


def test_the_search_is_opened_walked_and_closed_by_keyboard(come_in: Come) -> None:
    page = come_in("officer").visit("/")
    field = _search_opened(page)

    page.keyboard.type("木兰家庭")
    expect(page.locator("#q-list")).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#q-list [aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(field).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    page.keyboard.press("Escape")
    expect(page.locator("#q-list")).to_be_hidden()
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "示例·木兰家庭服务中心" in page.inner_text("h1")


def test_enter_without_a_choice_opens_the_page_of_the_search(come_in: Come) -> None:
    page = come_in("officer").visit("/")
    _search_opened(page)
    page.keyboard.type("木兰家庭")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert page.url.endswith("/search/?q=" + "%E6%9C%A8%E5%85%B0%E5%AE%B6%E5%BA%AD")
    assert page.locator("#page-search").input_value() == "木兰家庭"
    assert page.locator("main h2").all_inner_texts()[0] == "机构名录"
