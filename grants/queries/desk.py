"""Where the applications stand, for the officers' desk: stages, what waits for a person, and how many of each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, true

from grants.models import Application, Call, EligibilityCheck
from grants.states import ApplicationState as S, CheckOutcome
from kernel.database.planned import WITH_VALUES
from kernel.db import db

MOST_CALLS: Final = 200


def has_check(outcome: CheckOutcome) -> ColumnElement[bool]:
    """At least one of its checks has this outcome: read once for all applications, not once for each."""
    return Application.id.in_(select(EligibilityCheck.application_id).where(EligibilityCheck.outcome == outcome))


STAGES: Final[Mapping[str, ColumnElement[bool]]] = {
    "": true(),
    "check": Application.state == S.SUBMITTED,
    "manual": and_(Application.state == S.SUBMITTED, has_check(CheckOutcome.MANUAL)),
    "failed": and_(Application.state == S.SUBMITTED, has_check(CheckOutcome.FAILED)),
    "returned": Application.state == S.RETURNED,
    "qualified": Application.state == S.QUALIFIED,
    "reviewing": Application.state == S.REVIEWING,
    "decided": Application.state.in_((S.RECOMMENDED, S.WAITLISTED, S.DECLINED, S.NOTICED, S.OBJECTED, S.AWARDED)),
}
"""The stages of the desk: what each asks of an application; the first asks nothing."""


def counts_by_stage(call_id: int | None) -> dict[str, int | None]:
    """Count the applications of each stage in one statement, of one call or of all."""
    counted = db.session.execute(_counting(of_call=call_id is not None), {"call_id": call_id} if call_id else {}).one()
    return dict(zip(STAGES, counted, strict=True))


@lru_cache(maxsize=2)
def _counting(*, of_call: bool) -> Select[Any]:
    wanted = select(*(func.count().filter(condition) for condition in STAGES.values())).select_from(Application)
    if of_call:
        wanted = wanted.where(Application.call_id == bindparam("call_id"))
    return wanted.execution_options(planned=WITH_VALUES)


def calls_to_choose() -> list[tuple[str, str]]:
    """Give the newest calls that the reader sees: id as it stands in addresses, and title."""
    return [(str(call_id), title) for call_id, title in db.session.execute(_NEWEST_CALLS)]


_NEWEST_CALLS = (
    select(Call.id, Call.title).order_by(Call.id.desc()).limit(MOST_CALLS).execution_options(planned=WITH_VALUES)
)
