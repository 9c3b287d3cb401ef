"""The filters of the register of organizations, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, true

from kernel.clock import today
from kernel.identity import current_locale
from kernel.speech import lazy_gettext as _l
from kernel.views import Filter
from orgs import queries
from orgs.models import Organization
from orgs.queries import narrowing
from orgs.reference import districts, service_fields
from orgs.states import (
    CreditKind,
    Grade,
    InspectionResult,
    OrganizationStatus,
    OrganizationType,
    RatingGrade,
    RatingState,
)
from orgs.views import cells

VIEWS = {
    "": _l("All"),
    "3a": _l("3A and above"),
    "ending": _l("Rating ends within 90 days"),
    "uninspected": _l("Inspection without conclusion"),
}

RATING_ENDS = {
    "90": _l("within 90 days"),
    "180": _l("within half a year"),
    "365": _l("within a year"),
    "ended": _l("has ended"),
    "none": _l("Not rated"),
}
STANDING = {"clear": _l("Nothing stands against it"), "blacklist": _l("On the Centre's blacklist")}
PROJECTS = {"running": _l("Has running projects"), "ended": _l("All projects ended"), "none": _l("No project yet")}
RECEIVED = {
    "0": _l("Nothing yet"),
    "1": _l("Below 100,000"),
    "2": _l("100,000 to 500,000"),
    "3": _l("500,000 to 1,000,000"),
    "4": _l("1,000,000 and above"),
}


def _view(key: str) -> ColumnElement[bool]:
    condition = queries.VIEWS[key]
    return true() if condition is None else condition(today())


def _words(choices: Any) -> Callable[[], Sequence[tuple[str, Any]]]:
    members = tuple(choices)
    return lambda: _told(members, current_locale())


@lru_cache(maxsize=100)
def _told(members: tuple[Any, ...], _locale: str) -> Sequence[tuple[str, str]]:
    """Give the words of choices in the language of the reader, which the register asks for at each look."""
    return [(member.value, cells.word(member)) for member in members]


def _by(name: str, label: Any, conditions: narrowing.Narrowing, words: Mapping[str, Any]) -> Filter:
    return Filter(
        name,
        label,
        lambda: [(key, words.get(key) or cells.word(CreditKind(key))) for key in conditions],
        lambda key: conditions[key](today()),
    )


FILTERS = (
    Filter("view", "", lambda: [(key, label) for key, label in VIEWS.items() if key], _view),
    Filter(
        "district",
        _l("District"),
        lambda: list(districts(current_locale()).items()),
        lambda code: Organization.district_code == code,
    ),
    Filter("type", _l("Type"), _words(OrganizationType), lambda code: Organization.type == OrganizationType(code)),
    Filter(
        "status", _l("Status"), _words(OrganizationStatus), lambda code: Organization.status == OrganizationStatus(code)
    ),
    Filter(
        "field",
        _l("Service field"),
        lambda: list(service_fields(current_locale()).items()),
        lambda code: Organization.service_fields.contains([code]),
    ),
    Filter(
        "rating",
        _l("Rating"),
        _words(RatingGrade),
        lambda code: (
            (Organization.rating_grade == RatingGrade(code)) & (Organization.rating_state == RatingState.VALID)
        ),
    ),
    _by("ends", _l("Rating ends"), narrowing.RATING_ENDS, RATING_ENDS),
    Filter(
        "inspection",
        cells.INSPECTION_LABEL,
        _words(InspectionResult),
        lambda code: narrowing.inspected_as(InspectionResult(code), today()),
    ),
    _by("standing", _l("Standing"), narrowing.STANDING, STANDING),
    _by("projects", _l("Projects"), narrowing.PROJECTS, PROJECTS),
    _by("received", _l("Received so far (yuan)"), narrowing.RECEIVED, RECEIVED),
    Filter("grade", _l("Last grade"), _words(Grade), lambda code: narrowing.graded(Grade(code))),
)
