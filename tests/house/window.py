"""A browser's window onto the world: it shows the pages that the house's own tests read, with their scripts and styles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
from flask import Flask, Response
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from tests.conftest import serving
from tests.house.world import World

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (1280, 375)
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
EXAMINE = """async (tags) => {
    const shape = (node) => node.nodeType !== Node.ELEMENT_NODE ? `${node.nodeType}${Boolean(node.nodeValue.trim())}`
        : [node.tagName, ...[...node.attributes].map(({name, value}) => ['class', 'role', 'type'].includes(name)
            ? `${name}=${value}` : `${name}${Boolean(value)}`), ...[...node.childNodes].map(shape), '/'].join(' ');
    const seen = new Map();
    const alike = [...document.querySelectorAll('tbody > tr, main li')].filter((row) => {
        if (!seen.has(row.parentNode)) seen.set(row.parentNode, new Set());
        const own = seen.get(row.parentNode), before = own.size;
        return own.add(`${[...row.parentNode.children].indexOf(row) % 2} ${shape(row)}`).size === before;
    });
    const found = await axe.run({exclude: alike}, {
        runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], iframes: false, preload: false,
    });
    return found.violations.filter(({impact}) => impact === 'serious' || impact === 'critical')
        .map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map(({target, html}) => `${target} ${html.slice(0, 160)}`).join(' · ')}`);
}"""
"""Rows of one table that are built alike are examined once, in each of the colours in which rows take turns."""
WIDER = """() => document.documentElement.scrollWidth > document.documentElement.clientWidth
    ? [...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 3).map((node) => node.outerHTML.slice(0, 120)).join(' · ') || 'wider' : ''"""

WIDER_AT = f"""async (width) => {{
    while (innerWidth !== width) await new Promise((next) => requestAnimationFrame(next));
    return ({WIDER})();
}}"""


@dataclass(frozen=True)
class Manner:
    """How a page is looked at: language, width in px, light or dark."""

    locale: str
    width: int
    theme: str

    def __str__(self) -> str:
        return f"{self.locale} {self.width} {self.theme}"


class Window:
    """One page of the browser, which is turned from address to address."""

    def __init__(self, world: World, page: Page, shelf: Shelf, address: str) -> None:
        self.world, self.page, self.shelf, self.address = world, page, shelf, address

    def show(self, role: str, url: str, manner: Manner) -> Page:
        """Show a page as a role's person reads it."""
        self.shelf.pages[url] = self.world.read(role, url, locale=manner.locale).page
        self.page.set_viewport_size({"width": manner.width, "height": 900})
        self.page.emulate_media(color_scheme=manner.theme, reduced_motion="reduce")  # type: ignore[arg-type]
        self.page.goto(self.address + url)
        return self.page

    def problems(self) -> list[str]:
        """Give what axe finds serious or critical on the page, and at which width the page is wider than its window."""
        found: list[str] = self.page.evaluate(EXAMINE, TAGS)
        shown = self.page.viewport_size
        widths = sorted(WIDTHS, key=lambda width: shown != {"width": width, "height": 900})  # as it stands first
        return [*found, *(f"scrolls sideways: {width} {wider}" for width in widths if (wider := self._wider(width)))]

    def _wider(self, width: int) -> str:
        if self.page.viewport_size != {"width": width, "height": 900}:
            self.page.set_viewport_size({"width": width, "height": 900})
        wider: str = self.page.evaluate(WIDER_AT, width)
        return wider


class Shelf:
    """A small application that answers with pages that were read already, and with the files that they name."""

    def __init__(self, app: Flask) -> None:
        self.pages: dict[str, str] = {}
        self._static = FlaskClient(app, Response)

    def __call__(self, environ: Any, start: Any) -> Any:
        query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
        url = environ["PATH_INFO"] + query
        if url.startswith("/static/"):
            with self._static.get(url) as found:
                answer = Response(found.data, mimetype=found.mimetype, headers={"Cache-Control": "max-age=3600"})
        else:
            answer = Response(self.pages.get(url, ""), mimetype="text/html")
        return answer(environ, start)


@contextmanager
def window_on(world: World, browser: Browser) -> Iterator[Window]:
    """Open a window, and close it afterwards."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    context.add_init_script(AXE)
    shelf = Shelf(world.app)
    with serving(shelf) as address:
        yield Window(world, context.new_page(), shelf, address)
    context.close()
