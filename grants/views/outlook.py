"""What staff see coming on their home page: what may go wrong, and the next dates."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from grants.queries.outlook import Coming, outlook_of
from kernel.actor import Actor, ReaderKind
from kernel.clock import local, today
from kernel.drawing import day_words
from kernel.module import Figure
from kernel.pages import Link
from kernel.speech import lazy_gettext as _l
from kernel.words import Sentence

RISKS = {
    "slow": (
        _l("Spending lags behind"),
        "{count} projects have spent less than 60% of their award with a quarter of their time left or less",
        "bad",
        "/projects/?risk=slow",
    ),
    "rectify": (
        _l("Rectification overdue"),
        "{count} projects have not put things right in time",
        "bad",
        "/projects/?risk=rectify",
    ),
    "refund": (_l("Refund overdue"), "{count} refunds are past their day", "bad", "/projects/?risk=refund"),
    "rating": (
        _l("Ratings about to end"),
        "{count} organizations with running projects lose their rating within 90 days",
        "warn",
        "/organizations/?view=ending&projects=running",
    ),
}
"""What may go wrong → its name, what is the matter, the tone, and where those are listed."""

DATES = {
    "opens": ("“{label}” opens", "", "CallView.record"),
    "closes": ("“{label}” closes", "{count} applications handed in, {beside} drafts", "CallView.record"),
    "notice": ("Objections to “{label}” end", "", "NoticeView.record"),
    "correction": ("Corrections end", "{count} applications", "/applications/?state=returned"),
    "service": ("Service ends", "{count} projects", "/projects/?state=running&order=ends_on"),
    "midterm": ("Mid-term reports are due", "{count} projects", "/projects/?state=running"),
    "final": ("Final reports are due", "{count} projects", "/projects/?state=closing"),
}
"""What comes → its words, the words under them, and where it leads: a record's page, or a register as it is narrowed."""


def figures(actor: Actor) -> Iterable[Figure]:
    """Give staff what may go wrong and the next dates; everybody else nothing."""
    if actor.kind is not ReaderKind.STAFF:
        return []
    risks, dates = outlook_of(today())
    shown = {"risks": [_risk(one) for one in risks], "dates": [_date(one) for one in dates]}
    return [Figure("grants/outlook.html", shown, "aside", 10)]


def _risk(one: Coming) -> dict[str, object]:
    name, text, tone, url = RISKS[one.what]
    icon = "exclamation-octagon-fill" if tone == "bad" else "exclamation-triangle-fill"
    said = Sentence(text, count=one.count).render()
    return {"label": name, "url": url, "text": said, "icon": icon, "tone": tone, "strong": True}


def _date(one: Coming) -> dict[str, object]:
    title, text, place = DATES[one.what]
    url = place if place.startswith("/") else url_for(place, pk=one.record_id)
    day = day_words(one.on)[5:] if one.on else ""
    told = Sentence(text, count=one.count, beside=one.beside).render() if text else ""
    return {
        "title": f"{day} {local(one.at):%H:%M}" if one.at else day,
        "link": Link(Sentence(title, label=one.label).render(), url),
        "text": told,
    }
