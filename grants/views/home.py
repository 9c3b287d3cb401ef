"""What the home page shows of grants: the year's money for staff, open calls for everybody else, and what waits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask import url_for

from grants.ledger import year_bar
from grants.queries.calls import open_calls
from grants.queries.entries import NO_CATEGORY
from grants.queries.home import Money, money_of_this_year
from grants.queries.ledger import YearFigures
from grants.queries.waiting import Waiting, waiting_for
from grants.views import cells
from grants.views.ledger import category_words, entries_url
from kernel.actor import Actor, ReaderKind
from kernel.charts import Cell, Chart, Series
from kernel.clock import now, today
from kernel.identity import current_locale
from kernel.module import Figure, Task
from kernel.money import ZERO, format_percent, yuan
from kernel.speech import gettext as _
from kernel.words import Sentence
from orgs.reference import district_tiles

TEN_THOUSAND = Decimal(10_000)
WORDS: dict[str, tuple[str, str, str]] = {
    "propose_year": ("Propose the budget {label}", "", "/years/{id}"),
    "approve_year": ("Approve the budget {label}", "", "/years/{id}"),
    "agree_adjustment": ("Agree to adjustment {label}", "Finance proposes it", "/adjustments/{id}"),
    "approve_adjustment": ("Approve adjustment {label}", "The director agrees to it", "/adjustments/{id}"),
    "approve_call": ("Approve the call “{label}”", "It is to open on this day", "/calls/{id}"),
    "mend_call": ("Mend the call “{label}”", "The director has sent it back", "/calls/{id}"),
    "answer_questions": (
        "Answer what was asked about “{label}” ({count})",
        "The call closes on this day",
        "/call-questions/?answered=no",
    ),
    "publish_form": ("Decide the changed form of “{label}”", "The call closes on this day", "/calls/{id}/form"),
    "check": (
        "Check the applications of “{label}” ({count})",
        "The call closes on this day",
        "/applications/?call={id}&state=submitted",
    ),
    "start_review": ("Start the review of “{label}”", "Every application is decided", "/calls/{id}"),
    "correct": ("Correct application {label}", "There is one round of corrections", "/applications/{id}/form"),
    "finish": ("Finish and submit application {label}", "The call closes on this day", "/applications/{id}/form"),
}
"""What waits → its msgid, the msgid of the line under it, and where it leads."""


def tasks(actor: Actor) -> Iterable[Task]:
    """Give what waits for a person in years, calls and applications."""
    return [_task(one) for one in waiting_for(actor)]


def _task(one: Waiting) -> Task:
    text, hint, url = WORDS[one.what]
    return Task(
        Sentence(text, label=one.label, count=one.count),
        url.format(id=one.record_id),
        Sentence(hint) if hint else None,
        one.due_on,
    )


def figures(actor: Actor) -> Iterable[Figure]:
    """Give staff the year's envelope and three charts, everybody else the open calls."""
    if actor.kind is ReaderKind.STAFF:
        money = money_of_this_year()
        return _money_figures(money) if money else []
    if actor.kind in {ReaderKind.ORG, ReaderKind.PUBLIC}:
        calls = [
            {
                "title": call.title,
                "url": url_for("CallView.record", pk=call.id),
                "state": call.state,
                "number": call.number,
                "closes": cells.moment(call.closes_at),
                "days": (call.closes_at - now()).days,
            }
            for call in open_calls()
        ]
        return [Figure("grants/call_figure.html", {"calls": calls}, "main", 20)]
    return []


def _money_figures(money: Money) -> list[Figure]:
    return [
        Figure(
            "grants/year_figure.html",
            {"year": _envelope(money), "url": url_for("YearView.record", pk=money.year_id)},
            "top",
            10,
        ),
        Figure("grants/year_chart.html", {"chart": _by_month(money), "key": "months"}, "main", 30),
        Figure("grants/year_chart.html", {"chart": _by_category(money), "key": "categories"}, "main", 31),
        Figure("grants/year_chart.html", {"chart": _by_district(money), "key": "districts"}, "aside", 32),
    ]


def _envelope(money: Money) -> dict[str, Any]:
    return envelope_parts(money.year, money.amount, YearFigures(money.books))


NUMBERS = ("budget", "awarded", "bound", "paid", "available")
PARTS = {"paid": "paid", "signed": "signed", "approved": "approved", "free": "available"}
"""Part of the bar → the figure whose entries it sums."""


def envelope_parts(year: int, amount: Decimal, figures_of_year: YearFigures) -> dict[str, Any]:
    """Give the year's bar as `macros/figures.html` draws it; yuan. Every amount leads to its entries."""
    bar = year_bar(figures_of_year.books)
    total = bar.total or Decimal(1)

    def part(held: Decimal) -> str:
        return format_percent(held * 100 / total, 1)

    available = _(
        "%(allotted)s allotted to calls, %(aside)s set aside",
        allotted=f"{figures_of_year.allotted:,.2f}",
        aside=f"{figures_of_year.set_aside:,.2f}",
    )
    parts = [
        ("paid", _("Paid"), bar.paid),
        ("signed", _("Signed, not yet paid"), bar.signed),
        ("approved", _("Approved, not yet signed"), bar.approved),
        ("free", _("Available"), bar.free),
    ]
    bound, awarded = bar.signed + bar.paid, bar.approved + bar.signed + bar.paid
    to_sign = _("%(part)s, %(amount)s to be signed", part=part(bound), amount=f"{bar.approved:,.2f}")
    returned = _("%(amount)s went back to the treasury", amount=f"{bar.returned:,.2f}") if bar.returned else ""
    return {
        "title": _("Budget %(year)s", year=year),
        "total": total,
        "as_of": cells.moment(now()),
        "nums": [
            (_("Budget %(year)s", year=year), amount, returned or _("Fees of evaluation and audits included")),
            (_("Approved in all"), awarded, part(awarded)),
            (_("Signed in all"), bound, to_sign if bar.approved else part(bound)),
            (_("Paid"), bar.paid, part(bar.paid)),
            (_("Available"), bar.free, available),
        ],
        "num_urls": [entries_url(year=year, book=figure) for figure in NUMBERS],
        "parts": parts,
        "part_urls": {key: entries_url(year=year, book=figure) for key, figure in PARTS.items()},
    }


def _wan(amount: Decimal) -> Decimal:
    """Give an amount in 万元 with one place, as charts show it."""
    return (amount / TEN_THOUSAND).quantize(Decimal("0.1"))


def _by_month(money: Money) -> Chart:
    paid = sum((one for one, _planned in money.months), ZERO)
    planned = sum((one for _paid, one in money.months), ZERO)
    labels = tuple(str(month) for month in range(1, 13))
    return Chart(
        "columns",
        _("Payments by month"),
        _(
            "Paid %(paid)s of %(planned)s planned in %(year)s.",
            paid=f"{yuan(paid):,.2f}",
            planned=f"{yuan(planned):,.2f}",
            year=money.year,
        ),
        unit=_("10,000 yuan"),
        labels=labels,
        series=(
            Series(_("Paid"), tuple(_wan(one) for one, _planned in money.months)),
            Series(_("Planned"), tuple(_wan(one) for _paid, one in money.months), "plan"),
        ),
        urls=tuple(entries_url(year=money.year, book="paid", month=month) for month in range(1, 13)),
        strong=str(today().month) if today().year == money.year else None,
    )


def _by_category(money: Money) -> Chart:
    names = category_words()
    ranked = sorted(money.categories.items(), key=lambda one: (-one[1][0], one[0]))
    return Chart(
        "bars",
        _("Awarded by category"),
        _("What is paid, and what is awarded and not paid yet."),
        unit=_("10,000 yuan"),
        labels=tuple(names.get(code, code or "—") for code, _held in ranked),
        urls=tuple(
            entries_url(year=money.year, book="awarded", category=code or NO_CATEGORY) for code, _held in ranked
        ),
        series=(
            Series(_("Paid"), tuple(_wan(paid) for _code, (_awarded, paid) in ranked)),
            Series(_("Not paid yet"), tuple(_wan(awarded - paid) for _code, (awarded, paid) in ranked), "rest"),
        ),
    )


def _by_district(money: Money) -> Chart:
    return Chart(
        "tiles",
        _("Awarded by district"),
        _("Where the service takes place."),
        unit=_("10,000 yuan"),
        cells=tuple(
            Cell(
                tile.name,
                _wan(money.districts.get(code, (ZERO, ZERO))[0]),
                tile.column,
                tile.row,
                entries_url(year=money.year, book="awarded", district=code),
            )
            for code, tile in district_tiles(current_locale()).items()
        ),
    )
