"""What staff see coming: what may go wrong with projects, and the dates of the next weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grants.models import Project
from grants.queries.outlook import RISKS, outlook_of
from grants.states import ApplicationState, CallState, ProjectState
from kernel.clock import at
from kernel.db import db, transaction
from kernel.scope import whole
from kernel.workflow import bulk_load
from tests.factories.awards import Awarding, awarding, crew, signed_project
from tests.factories.people import SYSTEM

pytestmark = pytest.mark.usefixtures("app")

NOW = date(2026, 11, 24)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def standing_clock() -> Iterator[None]:
    with time_machine.travel(at(NOW, 10), tick=False):
        yield


@pytest.fixture
def made(db_session: Session) -> Awarding:
    return awarding()


@pytest.fixture
def project(made: Awarding) -> Project:
    return signed_project(made, crew(made.applications[0].organization_id))


def bring(record: Any, **values: Any) -> None:
    with transaction(), whole(SYSTEM, "set-up"), bulk_load():
        for name, value in values.items():
            setattr(record, name, value)


def risks_of(day: date) -> dict[str, int]:
    """Give what may go wrong as the home page counts it, compared with what the register lists."""
    with whole(SYSTEM, "look"):
        found = {one.what: one.count for one in outlook_of(day)[0]}
        listed = {
            key: db.session.scalar(select(func.count()).select_from(Project).where(of(day)))
            for key, of in RISKS.items()
        }
    assert {key: count for key, count in listed.items() if count} == {k: n for k, n in found.items() if k in RISKS}
    return found


def test_spending_lags_from_three_quarters_of_the_time_on_below_three_fifths_of_the_award(project: Project) -> None:
    bring(project, state=ProjectState.RUNNING, starts_on=NOW - 75 * DAY, ends_on=NOW + 25 * DAY)
    bring(project, approved_spend=project.award * Decimal("0.60") - Decimal("0.01"))

    assert risks_of(NOW) == {"slow": 1}
    assert risks_of(NOW - DAY) == {}
    bring(project, approved_spend=project.award * Decimal("0.60"))
    assert risks_of(NOW) == {}


def test_what_is_past_its_day_is_a_risk_from_the_day_after(project: Project) -> None:
    bring(project, state=ProjectState.RECTIFYING, rectify_reason="补正台账", rectify_due_on=NOW)

    assert risks_of(NOW) == {}
    assert risks_of(NOW + DAY) == {"rectify": 1}


def test_a_refund_is_a_risk_after_thirty_days(project: Project) -> None:
    bring(project, state=ProjectState.AUDIT, audited_on=NOW, refund_due=Decimal("100.00"))

    assert risks_of(NOW + 30 * DAY) == {}
    assert risks_of(NOW + 31 * DAY) == {"refund": 1}


def test_the_next_dates_come_in_their_order_with_what_hangs_on_them(made: Awarding, project: Project) -> None:
    call, (returned, draft, *others) = made.call, made.applications
    bring(call, state=CallState.OPEN, closes_at=at(NOW + 3 * DAY, 17), published_at=at(NOW))
    bring(returned, state=ApplicationState.RETURNED, return_reason="补章程", return_due_on=NOW + 2 * DAY)
    bring(draft, state=ApplicationState.DRAFT)
    bring(project, state=ProjectState.RUNNING, starts_on=NOW - 90 * DAY, ends_on=NOW + 46 * DAY)

    with whole(SYSTEM, "look"):
        correction, closing = outlook_of(NOW)[1]

    assert (correction.what, correction.on, correction.count) == ("correction", NOW + 2 * DAY, 1)
    assert (closing.what, closing.record_id, closing.at) == ("closes", call.id, at(NOW + 3 * DAY, 17))
    assert (closing.count, closing.beside) == (1 + len(others), 1)
