"""The search of the frame: numbers, names and pages, each kind by its register's own search, in the reader's sight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, redirect, request, url_for
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Select, case, func, literal, or_, select

from kernel.actor import Actor
from kernel.administration import PeopleView
from kernel.db import db
from kernel.finding import plain
from kernel.identity import current_actor
from kernel.lists import LONGEST_WORD
from kernel.module import MODULES, Find
from kernel.navigation import nav_of
from kernel.speech import gettext as _, ngettext
from kernel.views import PUBLIC, Page, door

SHORTEST_WORD = 2
COUNTED_TO = 1000
FEW, MANY = 5, 10

PEOPLE = Find(PeopleView, select(User.id, User.last_name, User.username, literal("")))


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found; `number` and `hint` tell it from others of the same name."""

    name: str
    url: str
    number: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind, the best first; `total` is counted up to a thousand."""

    title: str
    hits: Sequence[Hit]
    total: int
    all_url: str = ""

    @property
    def all_words(self) -> str:
        """Say how many the register has, where it has more than is shown."""
        if self.total <= len(self.hits):
            return ""
        if self.total == COUNTED_TO:
            return _("More than %(count)s in the register", count=f"{COUNTED_TO:,}")
        return _("All %(count)s in the register", count=self.total)


class SearchPage(Page):
    """One field for everything: as one types, and as a page of its own."""

    kind = "Search"
    route_base = "/search"

    @door("/", PUBLIC)
    def index(self) -> Response | str:
        if current_actor().user_id is None:
            return redirect(url_for("SignIn.login", next=request.full_path.rstrip("?")))  # type: ignore[return-value]
        word = _word()
        groups = list(found(word, current_actor(), MANY))
        return self.render("kernel/search.html", word=word, groups=groups, told=words_of(word, groups))

    @door("/found", PUBLIC)
    def found(self) -> Response:
        """Give the same as JSON, fewer of each kind, for the field of the frame."""
        if current_actor().user_id is None:
            return redirect(url_for("SignIn.login"))  # type: ignore[return-value]
        word = _word()
        groups = list(found(word, current_actor(), FEW))
        return jsonify(
            told=words_of(word, groups),
            groups=[
                {
                    "title": group.title,
                    "hits": [
                        {"name": hit.name, "number": hit.number, "hint": hit.hint, "url": hit.url} for hit in group.hits
                    ],
                    "all": {"name": group.all_words, "url": group.all_url},
                }
                for group in groups
            ],
        )


def _word() -> str:
    return request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_WORD]


def words_of(word: str, groups: Sequence[Group]) -> str:
    """Say in a sentence what came of a search."""
    if not word:
        return ""
    if len(plain(word)) < SHORTEST_WORD:
        return _("Type at least two characters.")
    shown = sum(len(group.hits) for group in groups)
    if not shown:
        return _("Nothing found for “%(word)s”. A part of a name or a number is enough.", word=word)
    return ngettext("%(num)s result", "%(num)s results", shown)


def found(word: str, actor: Actor, most: int) -> Iterator[Group]:
    """Give what a word finds for this reader, `most` of each kind; one statement for each kind that they may list."""
    if len(plain(word)) < SHORTEST_WORD:
        return
    if pages := _pages_found(word, actor):
        yield Group(_("Go to"), pages, len(pages))
    for find in (*(find for module in MODULES for find in module.finds), PEOPLE):
        if actor.may("list", find.view.kind):
            rows = db.session.execute(_statement(find, word, most)).all()
            if rows:
                yield _group(find, word, rows)


def _pages_found(word: str, actor: Actor) -> list[Hit]:
    items = (item for group in nav_of(actor, flat=True) for item in group.items)
    return [Hit(item.label, item.url) for item in items if plain(word) in plain(item.label)]


def _group(find: Find, word: str, rows: Sequence[Any]) -> Group:
    # Written as registers write it (RecordView.record_url).
    hits = [
        Hit(name or "", f"{find.view.route_base}/{pk}", number, hint or "") for pk, name, number, hint, _total in rows
    ]
    url = url_for(f"{find.view.__name__}.index", q=word)
    return Group(str(find.view.title), hits, rows[0][-1], url)


def _statement(find: Find, word: str, most: int) -> Select[Any]:
    inner = find.rows.where(find.view.search.where(word)).limit(COUNTED_TO).subquery()
    pk, name, number, hint = inner.c
    told = plain(word)
    rank = case(
        (or_(func.lower(number) == told, func.lower(name) == told), 0),
        (func.lower(name).startswith(told, autoescape=True), 1),
        else_=2,
    )
    return select(pk, name, number, hint, func.count().over()).order_by(rank, pk.desc()).limit(most)
