"""Verifying a paper: open to everybody who has its check code; and the staff's register of what was issued."""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement
from sqlalchemy.orm import joinedload

from kernel import pages
from kernel.documents import read_code, spaced
from kernel.drawing import drawn
from kernel.identity import current_actor
from kernel.papers import ISSUED_PAPER, IssuedPaper, PaperState, look_up
from kernel.sessions import attempts_left, give_back_attempt
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import PUBLIC, Column, Filter, Page, RecordView, Search, door

MOST_MISSES, MINUTES = 100, 15
"""So many codes that are none may be asked from one address in so many minutes."""
CHUNK = 1 << 18
PARTS = "kernel/check_parts.html"

Answer = str | tuple[str, int]


class PaperCheck(Page):
    """Whether a paper is ours: its kind, number, day, issuer and hash, and nothing about people."""

    kind = "IssuedPaper"
    route_base = "/check"

    @door("/", PUBLIC)
    def index(self) -> Answer:
        """Ask for a code, or answer for the one that was typed."""
        typed = request.args.get("code", "")
        return self._answer(typed) if typed.strip() else self._page("")

    @door("/<code>", PUBLIC, methods=("GET", "POST"))
    def paper(self, code: str) -> Answer:
        """Answer for a code; a file that is sent along is hashed as it comes in and not kept."""
        return self._answer(code, _hash_sent())

    def _answer(self, typed: str, sha256: str = "") -> Answer:
        key = f"check:{request.remote_addr}"
        if attempts_left(key, most=MOST_MISSES, minutes=MINUTES) < 0:
            return self._page(typed, is_too_often=True), HTTPStatus.TOO_MANY_REQUESTS
        # Asked in the same way for what cannot be a code, so that no answer tells more than another.
        found = look_up(read_code(typed), actor=current_actor())
        if found is None:
            return self._page(typed, is_asked=True)
        give_back_attempt(key)
        return self._page(typed, found, sha256)

    def _page(self, typed: str, found: IssuedPaper | None = None, sha256: str = "", **told: bool) -> str:
        verdict = ""
        if found is not None and sha256:
            verdict = "same" if hmac.compare_digest(found.sha256, sha256) else "other"
        return self.render(
            "kernel/check.html",
            typed=spaced(found.code) if found else typed[:40],
            paper=found,
            facts=_facts(found) if found else [],
            states=PaperState,
            verdict=verdict,
            minutes=MINUTES,
            **told,
        )


def _facts(paper: IssuedPaper) -> list[tuple[Any, ...]]:
    return [
        (_("Kind of paper"), _(paper.word)),
        (_("Number"), paper.number),
        (_("Issued on"), paper.issued_on),
        (_("Issued by"), paper.issuer),
        (_("Check code"), spaced(paper.code)),
        (_("Size in bytes"), f"{paper.size:,}"),
        (_("Check sum (SHA-256)"), drawn(PARTS, "code", paper.sha256), True),
    ]


def _hash_sent() -> str:
    """Give the SHA-256 of the file in the form, or nothing when none was chosen."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return ""
    digest = hashlib.sha256()
    while piece := sent.stream.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def _named(typed: str) -> ColumnElement[bool]:
    code = read_code(typed)
    return IssuedPaper.code == code if code else IssuedPaper.number.icontains(typed, autoescape=True)


class IssuedPaperView(RecordView):
    """The register of papers that went out."""

    model = IssuedPaper
    kind = "IssuedPaper"
    route_base = "/papers"
    title = _l("Issued papers")
    base_order = "-issued_on"
    workflow = ISSUED_PAPER
    record_options = (joinedload(IssuedPaper.file),)
    columns = (
        Column("number", _l("Number"), lambda one: one.number, sort=IssuedPaper.number),
        Column("word", _l("Kind of paper"), lambda one: _(one.word), sort=IssuedPaper.word),
        Column("issuer", _l("Issued by"), lambda one: one.issuer),
        Column("issued_on", _l("Issued on"), lambda one: one.issued_on, sort=IssuedPaper.issued_on),
        Column("code", _l("Check code"), lambda one: spaced(one.code)),
        Column("state", _l("State"), lambda one: drawn(PARTS, "chip", one.state)),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, _(state.word)) for state in PaperState],
            lambda told: IssuedPaper.state == PaperState(told),
        ),
    )
    search = Search(_l("Number or check code"), _named)

    def steps(self, record: IssuedPaper) -> list[pages.StepView]:
        return []  # a paper has no way to go: it holds, or it does not

    def chip(self, record: IssuedPaper) -> tuple[str, str, str]:
        return record.state.tone, record.state.icon, _(record.state.word)

    def row_label(self, record: IssuedPaper) -> str:
        return record.number

    def record_page(self, record: IssuedPaper) -> pages.RecordPage:
        page = super().record_page(record)
        page.facts = _facts(record)
        if record.missing:
            codes = ", ".join(f"U+{ord(char):04X}" for char in record.missing)
            page.facts.append((_("Characters without a glyph"), codes, True))
        if record.reason:
            page.facts.append((_("Why it is void"), record.reason, True))
        page.actions = [
            pages.Link(_("The paper"), url_for("Files.index", public_id=record.file.public_id), "file-earmark-pdf"),
            pages.Link(_("What others see"), url_for("PaperCheck.paper", code=spaced(record.code)), "patch-check"),
        ]
        return page
