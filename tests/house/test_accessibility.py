"""Every page as axe, a phone and large letters meet it: nothing serious, nothing wider than its window."""

from __future__ import annotations

from itertools import groupby

import pytest
from playwright.sync_api import Browser

from kernel.permissions import kind_of
from tests.house.access import ACCESS
from tests.house.test_access import address, rows_where, rules
from tests.house.verdict import none_of
from tests.house.window import WIDER, Manner, Window, window_on
from tests.house.world import VISITOR, World

PARTS = 4
LOOKS = (
    Manner("zh", 1280, "light"),
    Manner("en", 375, "dark"),
    Manner("en", 1280, "dark"),
    Manner("zh", 375, "light"),
    Manner("en", 1280, "light"),
    Manner("zh", 375, "dark"),
    Manner("zh", 1280, "dark"),
    Manner("en", 375, "light"),
)
"""Axe looks at each page once; in which language, at which width, light or dark goes round, always the same way."""


def readers(endpoint: str) -> list[str]:
    """Give one role for each kind of reader who may read a page."""
    by_kind = sorted(ACCESS[endpoint].get, key=lambda role: (str(kind_of((role,))), role))
    return [next(iter(roles)) for _kind, roles in groupby(by_kind, key=lambda role: kind_of((role,)))]


def page_of(world: World, endpoint: str, place: int) -> tuple[str, str] | None:
    """Give (role, address) of a page; with several kinds of readers, neighbours in the list take different ones."""
    row, arguments = ACCESS[endpoint], rules(world.app)[endpoint].arguments
    roles = readers(endpoint)
    for turn in range(len(roles)):
        role = roles[(place + turn) % len(roles)]
        pk = None
        if "pk" in arguments:
            model = world.model(row.of) if row.of else world.views[endpoint.split(".", maxsplit=1)[0]].model
            with_door = set(rows_where(world, model, row.where))
            pk = next((found for found in world.seen_by(role, model) if found in with_door), None)
            if pk is None:
                continue
        answer = world.read(role, address(world, endpoint, pk))
        if answer.code == 200 and "<!doctype html>" in answer.page:  # not so in a part that a script fetches
            return role, answer.url
    return None


ENDPOINTS = sorted(
    name for name, row in ACCESS.items() if row.get and not {"filename", "public_id", "locale"} & set(row.values)
)


def looks_at(world: World, part: int) -> list[tuple[str, str, Manner]]:
    found = []
    for place, endpoint in enumerate(ENDPOINTS):
        if place % PARTS == part and not {"filename", "public_id"} & set(rules(world.app)[endpoint].arguments):
            page = page_of(world, endpoint, place // PARTS)
            found += [(*page, LOOKS[place // PARTS % len(LOOKS)])] if page else []
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_serious_and_no_page_scrolls_sideways(world: World, browser: Browser, part: int) -> None:
    looks = looks_at(world, part)

    with window_on(world, browser) as window:
        found = [
            f"{role} {url} ({manner}): {problem}"
            for role, url, manner in looks
            for problem in (window.show(role, url, manner), window.problems())[1]
        ]

    assert len(looks) > 20
    none_of(found)


def test_the_examination_sees_what_is_wrong(world: World, browser: Browser) -> None:
    with window_on(world, browser) as window:
        page = window.show(VISITOR, "/login/", Manner("zh", 375, "light"))
        page.evaluate("document.querySelector('label[for=username]').remove()")
        page.evaluate("document.querySelector('h1').style.width = '380px'")

        found = window.problems()

    assert [problem.split(":")[0] for problem in found] == ["label", "scrolls sideways"]


LARGE = (
    ("org_admin", "/"),
    ("org_admin", "/applications/"),
    ("officer", "/organizations/"),
    ("reviewer", "/my-reviews/"),
)


def test_letters_of_twice_the_size_fit_a_desk(world: World, browser: Browser) -> None:
    with window_on(world, browser) as window:
        found = [f"{role} {url}: {wider}" for role, url in LARGE if (wider := _doubled(window, role, url))]

    none_of(found)


def _doubled(window: Window, role: str, url: str) -> str:
    page = window.show(role, url, Manner("en", 1280, "light"))
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wider: str = page.evaluate(WIDER)
    return wider


def test_a_row_that_is_built_otherwise_than_its_neighbours_is_examined(world: World, browser: Browser) -> None:
    with window_on(world, browser) as window:
        page = window.show("officer", "/organizations/", Manner("zh", 1280, "light"))
        page.evaluate("document.querySelector('tbody tr:last-child').innerHTML += '<td><button class=x></button></td>'")

        assert [problem.split(":")[0] for problem in window.problems()] == ["button-name"]
