"""What of an organization expires, and when: its rating, last year's inspection, last year's report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import render_template
from markupsafe import Markup

from kernel.clock import today
from kernel.speech import gettext as _, ngettext
from orgs.models import Organization
from orgs.queries import DocumentLine
from orgs.states import InspectionResult, RatingState
from orgs.views import cells

SOON_DAYS = 180
YEAR_DAYS = 365
PAPER_SOON_DAYS = 60


def passport(organization: Organization, documents: Sequence[DocumentLine]) -> Markup:
    """Draw the days that an organization must not miss."""
    return Markup(render_template("orgs/passport.html", lines=lines_of(organization, documents, today())))  # noqa: S704  (escapes)


def lines_of(organization: Organization, documents: Sequence[DocumentLine], day: date) -> list[dict[str, Any]]:
    """Give (label, note, day, tone) of each thing that expires."""
    papers = [_paper(one, one.valid_to, day) for one in documents if one.counts and one.valid_to is not None]
    return [_rating(organization, day), *_report(organization, day), *_inspection(organization, day), *papers]


def _rating(organization: Organization, day: date) -> dict[str, Any]:
    label = _("Rating")
    ends = organization.rating_valid_to
    if organization.rating_grade is None:
        return {"label": label, "note": _("not rated"), "day": "", "tone": "idle"}
    if organization.rating_state is RatingState.PENDING or ends is None:
        return {"label": label, "note": _("waits to be verified"), "day": "", "tone": "warn"}
    left = (ends - day).days
    if organization.rating_state is not RatingState.VALID or left < 0:
        return {"label": label, "note": _("has ended"), "day": ends, "tone": "bad"}
    return {"label": label, "note": _left(left), "day": ends, "tone": "warn" if left <= SOON_DAYS else "idle"}


def _left(days: int) -> str:
    """Count the days of the coming year; of what lies further away the date says enough."""
    return ngettext("%(days)s day left", "%(days)s days left", days, days=days) if days <= YEAR_DAYS else _("Valid")


def _paper(document: DocumentLine, ends: date, day: date) -> dict[str, Any]:
    label = document.title or cells.word(document.kind)
    left = (ends - day).days
    if left < 0:
        return {"label": label, "note": _("has ended"), "day": ends, "tone": "bad"}
    tone = "warn" if left <= PAPER_SOON_DAYS else "idle"
    return {"label": label, "note": _left(left), "day": ends, "tone": tone}


def _report(organization: Organization, day: date) -> list[dict[str, Any]]:
    """Say when the yearly work report is due, until its last day or until the inspection has come after it.

    Source: the yearly work report by 31 March.
    """
    due = date(day.year, 3, 31)
    if day > due or (organization.inspection_year or 0) >= day.year - 1:
        return []
    label = _("%(year)s work report", year=day.year - 1)
    return [{"label": label, "note": _("due"), "day": due, "tone": "idle"}]


def _inspection(organization: Organization, day: date) -> list[dict[str, Any]]:
    """Say when last year's report and inspection are due, until the inspection has its conclusion.

    Source: the yearly work report by 31 March, the inspection by 31 May.
    """
    year = day.year - 1
    is_concluded = (
        organization.inspection_year == year and organization.inspection_result is not InspectionResult.UNDECIDED
    )
    if is_concluded or (organization.inspection_year or 0) > year:
        return []
    due = date(day.year, 5, 31)
    note = _("due") if day <= due else _("no conclusion yet")
    return [
        {
            "label": _("%(year)s inspection", year=year),
            "note": note,
            "day": due,
            "tone": "idle" if day <= due else "warn",
        }
    ]
