"""What the register of applications is narrowed by, and the stages that stand over it as tabs."""

from __future__ import annotations

from typing import Any

from grants.models import Application
from grants.queries.desk import STAGES, calls_to_choose
from grants.states import ApplicationState
from grants.views import cells
from kernel.actor import ReaderKind
from kernel.identity import current_actor, current_locale
from kernel.speech import lazy_gettext as _l
from kernel.views import Filter
from orgs.reference import districts

WORDS = {
    "": _l("All"),
    "check": _l("To be checked"),
    "manual": _l("Waits for a person"),
    "failed": _l("A check not passed"),
    "returned": _l("In correction"),
    "qualified": _l("Qualified"),
    "reviewing": _l("In review"),
    "decided": _l("Decided"),
}
"""How a stage is called on its tab."""

ASKED = {"1": _l("Below 100,000"), "2": _l("100,000 to 200,000"), "3": _l("Above 200,000")}
"""The bands of what is asked for, as the database computes them."""


def _stages() -> list[tuple[str, Any]]:
    """Give the stages to staff alone: what a check came to is nobody else's to ask."""
    return [(key, WORDS[key]) for key in STAGES if key and current_actor().kind is ReaderKind.STAFF]


FILTERS = (
    Filter("view", "", _stages, lambda key: STAGES[key]),
    Filter("call", _l("Call"), calls_to_choose, lambda value: Application.call_id == int(value)),
    Filter(
        "state",
        _l("State"),
        lambda: [(state.value, cells.word(state)) for state in ApplicationState],
        lambda value: Application.state == ApplicationState(value),
    ),
    Filter(
        "category",
        _l("Category"),
        lambda: list(cells.category_names(current_locale()).items()),
        lambda value: Application.category_code == value,
    ),
    Filter(
        "district",
        _l("District"),
        lambda: list(districts(current_locale()).items()),
        lambda code: Application.district_code == code,
    ),
    Filter(
        "asked",
        _l("Asked for (yuan)"),
        lambda: list(ASKED.items()),
        lambda key: Application.requested_band == int(key),
    ),
)
