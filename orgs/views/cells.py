"""Cells of registers, drawn by the macros of `orgs/cells.html`."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import LazyString
from markupsafe import Markup

from kernel import drawing
from kernel.clock import today
from kernel.db import Choice
from kernel.drawing import word as word
from kernel.identity import current_locale
from kernel.speech import gettext as _
from orgs.models import CreditEntry, Inspection, Organization, PastProject, Rating
from orgs.reference import districts, service_fields


def drawn(macro: str, *given: Any) -> Markup:
    """Draw a macro of this module's cells."""
    return drawing.drawn("orgs/cells.html", macro, *given)


def district_name(code: str | None) -> str:
    """Give a district's name in the reader's language."""
    return "" if code is None else districts(current_locale()).get(code, code)


def field_names(codes: list[str]) -> str:
    """Give the names of service fields in the reader's language."""
    known = service_fields(current_locale())
    return _(", ").join(known.get(code, code) for code in codes)


def last_inspected_year() -> int:
    """Give the year whose inspection is the talk of this year."""
    return today().year - 1


def rating_cell(organization: Organization) -> Markup:
    return drawn(
        "rating",
        organization.rating_grade,
        organization.rating_state,
        organization.rating_valid_from,
        organization.rating_valid_to,
        today(),
    )


def rating_line(rating: Any) -> Markup:
    """Draw a rating of a file or a register of ratings."""
    return drawn("rating", rating.grade, rating.state, rating.valid_from, rating.valid_to, today())


def inspection_cell(organization: Organization) -> Markup:
    return drawn("inspection", organization.inspection_year, organization.inspection_result, last_inspected_year())


def projects_cell(organization: Organization) -> Markup:
    return drawn("projects", organization.projects_running, organization.projects_total)


def grade_cell(organization: Organization) -> Markup:
    return drawn("state_or", organization.last_grade, _("none yet"))


def days_of(rating: Rating) -> str:
    """Write the days on which a rating counts."""
    return span(rating.valid_from, rating.valid_to)


def span(first: date | None, last: date | None) -> str:
    """Write two days as a span; a day that is not there is left open."""
    if first and not last:
        return _("since %(day)s", day=first)
    return f"{first or ''} – {last or ''}" if first or last else ""


INSPECTION_LABEL = LazyString(lambda: _("%(year)s inspection", year=last_inspected_year()))


def coded_value(kind: str, name: str, value: Any) -> str:
    """Write a value that a record was kept with as JSON: a code by its word, anything else as it is."""
    column = {model.__name__: model.__table__ for model in (Rating, Inspection, CreditEntry, PastProject)}[kind].c.get(
        name
    )
    choices = column.type.choices if column is not None and isinstance(column.type, Choice) else ()
    return next((word(member) for member in choices if member.value == value), str(value))
