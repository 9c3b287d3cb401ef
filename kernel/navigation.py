"""The navigation: what a reader's permissions open, in their language."""

from __future__ import annotations

from functools import lru_cache

from flask import current_app, request, url_for

from kernel import pages
from kernel.actor import Actor
from kernel.identity import current_locale
from kernel.module import MODULES, NavItem
from kernel.speech import gettext as _

OWN_NAV = (
    NavItem("Deputies", "DeputyView.index", "person-check", "list", "Deputy", group="Others", order=86),
    NavItem("Working days", "WorkingDays.index", "calendar3", "list", "Holiday", group="Others", order=87),
    NavItem("Home", "Home.index", "house-door", "home", "Home", order=0),
    NavItem("People", "PeopleView.index", "people", "list", "User", group="Administration", order=90),
    NavItem("Roles", "RoleView.index", "person-lock", "list", "Role", group="Administration", order=91),
    NavItem("Audit trail", "AuditView.index", "journal-text", "list", "AuditEvent", group="Administration", order=92),
    NavItem(
        "Letters of the demo", "DemoMail.index", "envelope-open", "list", "Letter", group="Administration", order=94
    ),
    NavItem(
        "Undelivered letters",
        "UndeliveredView.index",
        "exclamation-octagon-fill",
        "send_again",
        "Letter",
        group="Administration",
        order=95,
    ),
    NavItem("Words of the letters", "WordsView.index", "chat-left-text", "list", "MailTemplate", "Administration", 96),
    NavItem("System", "System.index", "activity", "show", "System", group="Administration", order=89),
    NavItem("Jobs", "JobRunView.index", "clock-history", "list", "JobRun", group="Administration", order=93),
)

_NAVS = "yulan-navs"


def nav_of(actor: Actor, *, flat: bool) -> pages.Nav:
    """Give the navigation of the reader's permissions and language; few of them differ, so each is built once."""
    keep = current_app.extensions.setdefault(_NAVS, lru_cache(maxsize=500)(_build))
    nav: pages.Nav = keep(actor.permissions, current_locale(), (request.endpoint or "").split(".")[0], flat)
    return nav


def _build(held: frozenset[tuple[str, str]], _locale: str, here: str, flat: bool) -> pages.Nav:  # noqa: FBT001  (a key)
    items = sorted((*OWN_NAV, *(item for module in MODULES for item in module.nav)), key=lambda item: item.order)
    items = [item for item in items if item.kind == "Home" or (item.verb, item.kind) in held]
    owned = {_view_of(item) for item in items}
    groups: dict[str, list[pages.NavLink]] = {}
    for item in items:
        current = here == _view_of(item) or (here in item.also and here not in owned)
        link = pages.NavLink(_(item.label), url_for(item.endpoint, **item.values), item.icon, current=current)
        groups.setdefault("" if flat else item.group, []).append(link)
    return pages.Nav(pages.NavGroup(_(title) if title else "", tuple(links)) for title, links in groups.items())


def _view_of(item: NavItem) -> str:
    return item.endpoint.split(".")[0]
