"""What of an organization expires, and when: its rating, last year's inspection, last year's report."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from markupsafe import Markup

from kernel.clock import today
from orgs.models import Organization
from orgs.states import InspectionResult, RatingState

SOON_DAYS = 180


def passport(organization: Organization) -> Markup:
    """Draw the days that an organization must not miss."""
    return Markup(render_template("orgs/passport.html", lines=lines_of(organization, today())))  # noqa: S704  (escapes)


def lines_of(organization: Organization, day: date) -> list[dict[str, Any]]:
    """Give (label, note, day, tone) of each thing that expires."""
    return [_rating(organization, day), *_inspection(organization, day)]


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
    return {
        "label": label,
        "note": _("%(days)s days left", days=left),
        "day": ends,
        "tone": "warn" if left <= SOON_DAYS else "idle",
    }


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
