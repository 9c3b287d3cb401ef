"""An organization hears half a year and a month before its rating ends, unless the next one is there."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import at
from kernel.db import db
from kernel.notices import Message, remind
from kernel.scope import whole
from orgs.notices import REMINDERS
from orgs.states import InspectionResult, OrganizationStatus, OrganizationType
from tests.factories.orgs import SET_UP, OrganizationFactory, RatingFactory, person

pytestmark = pytest.mark.usefixtures("app")


def told_on(day: date, kind: str = "rating.ends") -> list[tuple[int, str, str]]:
    with time_machine.travel(at(day, 7, 5), tick=False):
        remind(REMINDERS, actor=SET_UP)
    with whole(SET_UP, "look"):
        wanted = select(Message.recipient_id, Message.occasion, Message.text).where(Message.kind.startswith(kind))
        return [tuple(row) for row in db.session.execute(wanted.order_by(Message.id))]


def test_the_end_of_a_rating_is_told_to_its_administrators_twice(db_session: Session) -> None:
    organization = OrganizationFactory()
    admin = person("org_admin", organization=organization)
    person("org_lead", organization=organization)
    rating = RatingFactory(organization_id=organization.id)
    end = rating.valid_to

    assert told_on(date(end.year - 1, end.month, end.day)) == []
    half_a_year = told_on(date(end.year - (end.month <= 6), (end.month + 5) % 12 + 1, min(end.day, 28)))
    assert [(who, occasion) for who, occasion, _text in half_a_year] == [(admin.user_id, f"{end}/6m")]
    assert half_a_year[0][2].startswith(f"您单位的评估等级将于 {end} 到期")
    assert [occasion for _who, occasion, _text in told_on(end)] == [f"{end}/6m", f"{end}/1m"]


def test_a_rating_that_a_later_one_follows_is_not_told(db_session: Session) -> None:
    organization = OrganizationFactory()
    person("org_admin", organization=organization)
    rating = RatingFactory(organization_id=organization.id)
    later = date(rating.valid_to.year, rating.valid_to.month, 28)
    RatingFactory(
        organization_id=organization.id,
        announced_on=later,
        valid_from=date(later.year + 1, 1, 1),
        valid_to=date(later.year + 5, 12, 31),
    )

    assert told_on(rating.valid_to) == []


def reports_told(day: date) -> list[tuple[int, str]]:
    return [(who, text.split("\n")[0]) for who, _occasion, text in told_on(day, "inspection.")]


def test_the_annual_report_is_told_a_month_and_five_working_days_before_each_of_its_days(db_session: Session) -> None:
    late = OrganizationFactory(inspection_year=2024, inspection_result=InspectionResult.PASSED)
    waiting = OrganizationFactory(inspection_year=2025, inspection_result=InspectionResult.UNDECIDED)
    admins = [person("org_admin", organization=one).user_id for one in (late, waiting)]
    person("org_lead", organization=late)

    assert reports_told(date(2026, 2, 27)) == []
    first = [(admin, "年度工作报告须在 2026-03-31 前提交") for admin in admins]
    assert reports_told(date(2026, 2, 28)) == first
    assert reports_told(date(2026, 3, 23)) == first
    assert reports_told(date(2026, 3, 24)) == first * 2
    assert reports_told(date(2026, 4, 1)) == first * 2
    second = [(admin, "年度检查须在 2026-05-31 前完成报送") for admin in admins]
    assert reports_told(date(2026, 4, 30)) == first * 2 + second


def test_who_is_not_inspected_or_is_through_with_it_is_not_told(db_session: Session) -> None:
    for told in (
        {"inspection_year": 2025, "inspection_result": InspectionResult.PASSED},
        {"type": OrganizationType.PUBLIC_INSTITUTION},
        {"status": OrganizationStatus.DEREGISTERED},
        {"founded_on": date(2026, 1, 1)},
    ):
        person("org_admin", organization=OrganizationFactory(**told))
    OrganizationFactory()
    asked = person("org_admin", organization=OrganizationFactory(founded_on=date(2025, 12, 31)))

    assert [who for who, _text in reports_told(date(2026, 3, 31))] == [asked.user_id]
