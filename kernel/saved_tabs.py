"""The tabs of a register: its own views, the saved ones, and the ways to keep one more and to look after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import url_for

from kernel import pages
from kernel.lists import ListState, UrlOf
from kernel.saved_views import SavedView
from kernel.speech import gettext as _


def show_saved(
    page: pages.ListPage, state: ListState, saved: Sequence[SavedView], url: UrlOf, *, register: str, order: str
) -> None:
    """Put the saved views beside the register's own, and the way to keep one more."""
    here = state.values()
    mine = [pages.TabView(view.name, url(**view.address), None, view.address == here) for view in saved]
    is_saved = any(tab.current for tab in mine)
    first = pages.TabView(_("All"), url(), None, not state.is_narrowed)
    # The bare address opens one's default view, so the way to everything names its order.
    page.views = [
        *(
            replace(tab, url=url(order=order) if tab.url == url() else tab.url, current=tab.current and not is_saved)
            for tab in page.views or [first]
        ),
        *mine,
    ]
    page.view_links = [
        pages.Link(_("Save as a view"), url_for("SavedViews.create", register=register, **here), "plus-lg")
    ]
    if saved:
        page.view_links.append(pages.Link(_("Saved views"), url_for("SavedViews.index"), "gear"))
