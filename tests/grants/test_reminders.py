"""Who is reminded of which deadline of applications, notices, objections and projects, and on which day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.models import Application, Project
from grants.notices.reminders import REMINDERS
from grants.operations.awards import create_award_list
from grants.operations.public_notices import publish_notice
from grants.states import ApplicationState, CallState, ProjectState
from grants.workflows.awards import AWARD_LIST
from kernel.calendar import add_working_days
from kernel.clock import at, today
from kernel.db import db, transaction
from kernel.notices import Message, remind
from kernel.scope import whole
from kernel.workflow import bulk_load
from tests.factories.awards import Awarding, Crew, awarding, crew, signed_project
from tests.factories.people import SYSTEM

pytestmark = pytest.mark.usefixtures("app")

NOW = date(2026, 11, 24)
DUE = date(2026, 12, 10)
PUBLISHED: dict[date, bool] = {}  # no day of the house's own


@pytest.fixture(autouse=True)
def standing_clock() -> Iterator[None]:
    with time_machine.travel(at(NOW, 10), tick=False):
        yield


@pytest.fixture
def made(db_session: Session) -> Awarding:
    return awarding()


@pytest.fixture
def people(made: Awarding) -> Crew:
    return crew(made.applications[0].organization_id)


def bring(record: Any, **values: Any) -> None:
    """Put a record where its story begins."""
    with transaction(), whole(SYSTEM, "set-up"), bulk_load():
        for name, value in values.items():
            setattr(record, name, value)


def told_on(day: date) -> list[tuple[str, str, set[int]]]:
    """Let the clock strike on a day; give (kind, occasion, who) of what was told that day."""
    with whole(SYSTEM, "look"):
        before = db.session.scalar(select(Message.id).order_by(Message.id.desc()).limit(1)) or 0
    with time_machine.travel(at(day, 7, 5), tick=False):
        remind(REMINDERS, actor=SYSTEM)
    with whole(SYSTEM, "look"):
        rows = db.session.execute(
            select(Message.kind, Message.occasion, Message.recipient_id).where(Message.id > before)
        ).all()
    found: dict[tuple[str, str], set[int]] = {}
    for kind, occasion, person in rows:
        found.setdefault((kind, occasion), set()).add(person)
    return [(kind, occasion, who) for (kind, occasion), who in sorted(found.items())]


def days_told(kind: str, first: date = NOW, count: int = 25) -> list[str]:
    """Let every night come, and give the occasions of one kind."""
    nights = [told_on(first + timedelta(days=day)) for day in range(count)]
    return [occasion for night in nights for told, occasion, _who in night if told == kind]


def ids(*actors: Any) -> set[int]:
    return {actor.user_id for actor in actors}


def test_a_draft_is_remembered_before_its_call_closes(made: Awarding, people: Crew) -> None:
    bring(made.call, state=CallState.OPEN, closes_at=at(DUE, 17), published_at=at(NOW))
    bring(made.applications[0], state=ApplicationState.DRAFT, score=None, rank=None)

    assert told_on(add_working_days(DUE, -3, PUBLISHED)) == [
        ("application.call_closes", "2026-12-10/3d", ids(people.org_admin, people.org_lead))
    ]
    assert told_on(DUE + timedelta(days=1)) == []


def test_an_extended_call_takes_its_reminders_along(made: Awarding, people: Crew) -> None:
    bring(made.call, state=CallState.OPEN, closes_at=at(DUE, 17), published_at=at(NOW))
    bring(made.applications[0], state=ApplicationState.DRAFT, score=None, rank=None)
    told_on(add_working_days(DUE, -1, PUBLISHED))

    bring(made.call, closes_at=at(DUE + timedelta(days=14), 17))

    assert days_told("application.call_closes", DUE, 20) == ["2026-12-24/7d", "2026-12-24/3d", "2026-12-24/1d"]


def test_a_correction_is_remembered_until_it_is_handed_in(made: Awarding, people: Crew) -> None:
    application: Application = made.applications[0]
    bring(
        application,
        state=ApplicationState.RETURNED,
        return_due_on=DUE,
        return_reason="请补充预算说明。",
        score=None,
        rank=None,
    )

    assert told_on(add_working_days(DUE, -4, PUBLISHED)) == []
    assert told_on(add_working_days(DUE, -3, PUBLISHED)) == [
        ("application.correction_ends", "2026-12-10/3d", ids(people.org_admin, people.org_lead))
    ]
    bring(application, state=ApplicationState.SUBMITTED)
    assert told_on(add_working_days(DUE, -1, PUBLISHED)) == []


def test_whoever_applied_hears_when_the_time_for_objections_ends(made: Awarding, people: Crew) -> None:
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
        AWARD_LIST["propose"](award_list, actor=people.officer)
        AWARD_LIST["approve"](award_list, actor=people.director)
        AWARD_LIST["confirm"](award_list, actor=people.funder)
        notice = publish_notice(award_list, actor=people.officer)

    assert told_on(add_working_days(notice.ends_on, -1, PUBLISHED)) == [
        ("public_notice.ends", f"{notice.ends_on}/1d", ids(people.org_admin, people.org_lead))
    ]


@pytest.fixture
def project(made: Awarding, people: Crew) -> Project:
    return signed_project(made, people)


def test_the_reports_are_remembered_at_half_time_and_after_the_end(project: Project, people: Crew) -> None:
    bring(project, state=ProjectState.RUNNING, starts_on=DUE - timedelta(days=100), ends_on=DUE + timedelta(days=100))
    assert days_told("project.midterm_report_due") == ["2026-12-10/7d", "2026-12-10/3d", "2026-12-10/1d"]

    bring(project, state=ProjectState.CLOSING, starts_on=DUE - timedelta(days=200), ends_on=DUE - timedelta(days=30))
    last = told_on(add_working_days(DUE, -1, PUBLISHED))
    assert last == [("project.final_report_due", "2026-12-10/1d", ids(people.org_admin, people.org_lead))]


def test_who_has_to_put_things_right_or_to_refund_is_told_until_when(project: Project, people: Crew) -> None:
    bring(project, state=ProjectState.RECTIFYING, rectify_due_on=DUE, rectify_reason="服务人次不足。")
    assert told_on(add_working_days(DUE, -7, PUBLISHED)) == [
        ("project.rectification_due", "2026-12-10/7d", ids(people.org_admin, people.org_lead))
    ]

    bring(project, state=ProjectState.AUDIT, refund_due=Decimal(100), audited_on=DUE - timedelta(days=30))
    assert told_on(add_working_days(DUE, -7, PUBLISHED)) == [
        ("project.refund_due", "2026-12-10/7d", ids(people.org_admin, people.org_finance))
    ]
    assert today() == NOW
