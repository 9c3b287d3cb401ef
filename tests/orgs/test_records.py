"""Inspections, credit and project figures of an organization."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.notices import Message
from kernel.people import Account
from kernel.scope import whole
from kernel.words import Sentence
from orgs.models import CreditEntry, Inspection, Organization
from orgs.operations import (
    close_credit_entry,
    note_grade,
    note_project_figures,
    record_credit_entry,
    record_inspection,
)
from orgs.states import CreditKind, Grade, InspectionResult
from tests.factories.orgs import SET_UP, CreditEntryFactory, OrganizationFactory, person
from tests.orgs.conftest import send

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


def test_a_conclusion_takes_the_place_of_none(officer: Actor) -> None:
    one = OrganizationFactory()

    record_inspection(one, actor=officer, year=2025, result=InspectionResult.UNDECIDED)
    record_inspection(one, actor=officer, year=2025, result=InspectionResult.PASSED, concluded_on=date(2026, 6, 1))

    assert (one.inspection_year, one.inspection_result) == (2025, InspectionResult.PASSED)
    with whole(SET_UP, "look"):
        (kept,) = db.session.scalars(select(Inspection).where(Inspection.organization_id == one.id))
    assert (kept.result, kept.concluded_on) == (InspectionResult.PASSED, date(2026, 6, 1))


def test_an_older_inspection_does_not_hide_the_newest(officer: Actor) -> None:
    one = OrganizationFactory()

    record_inspection(one, actor=officer, year=2025, result=InspectionResult.PASSED)
    record_inspection(one, actor=officer, year=2023, result=InspectionResult.FAILED)

    assert (one.inspection_year, one.inspection_result, one.inspection_rank) == (2025, InspectionResult.PASSED, 5)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"year": 2027, "result": InspectionResult.PASSED}, "year"),
        ({"year": 1988, "result": InspectionResult.PASSED}, "year"),
        ({"year": 2025, "result": InspectionResult.PASSED, "concluded_on": date(2026, 12, 1)}, "concluded_on"),
        ({"year": 2025, "result": InspectionResult.UNDECIDED, "concluded_on": date(2026, 6, 1)}, "concluded_on"),
    ],
)
def test_record_inspection_refuses_what_cannot_be(officer: Actor, told: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        record_inspection(OrganizationFactory(), actor=officer, **told)

    assert list(refusal.value.problems) == [field]


def test_an_entry_is_recorded_with_its_source_and_lifted_once(officer: Actor) -> None:
    one = OrganizationFactory()
    entry = record_credit_entry(
        one, actor=officer, kind=CreditKind.ABNORMAL_LIST, listed_on=date(2025, 7, 1), source="示例公示平台"
    )

    close_credit_entry(entry, actor=officer, removed_on=date(2025, 9, 1))
    with pytest.raises(Refused) as refusal:
        close_credit_entry(entry, actor=officer, removed_on=date(2025, 9, 2))

    assert entry.removed_on == date(2025, 9, 1)
    assert refusal.value.reasons == (Sentence("This entry was lifted on {day}.", day=date(2025, 9, 1)),)


def test_an_entry_neither_begins_tomorrow_nor_ends_before_it_began(officer: Actor) -> None:
    one = OrganizationFactory()
    kept = CreditEntryFactory(organization_id=one.id, listed_on=date(2025, 7, 1))

    with pytest.raises(Invalid) as begun:
        record_credit_entry(
            one,
            actor=officer,
            kind=CreditKind.PENALTY,
            listed_on=date(2026, 11, 25),
            removed_on=date(2026, 11, 1),
            source="示例",
        )
    with pytest.raises(Invalid) as ended:
        close_credit_entry(kept, actor=officer, removed_on=date(2025, 6, 30))

    assert list(begun.value.problems) == ["listed_on", "removed_on"]
    assert ended.value.problems == {"removed_on": (Sentence("An entry cannot end before it begins."),)}


def test_the_same_entry_is_recorded_once(officer: Actor) -> None:
    one = OrganizationFactory()
    CreditEntryFactory(organization_id=one.id)

    with pytest.raises(Refused) as refusal:
        record_credit_entry(
            one, actor=officer, kind=CreditKind.ABNORMAL_LIST, listed_on=date(2025, 7, 1), source="示例公示平台"
        )

    assert refusal.value.reasons == (Sentence("This entry is on record already."),)


@pytest.mark.parametrize("code", ["org_admin", "auditor", "director"])
def test_inspections_and_credit_are_the_officers(db_session: Session, code: str) -> None:
    one = OrganizationFactory()
    reader = person(code, organization=one if code == "org_admin" else None)
    entry = CreditEntryFactory(organization_id=one.id)

    with pytest.raises(Refused, match="not allowed"):
        record_inspection(one, actor=reader, year=2025, result=InspectionResult.PASSED)
    with pytest.raises(Refused, match="not allowed"):
        record_credit_entry(one, actor=reader, kind=CreditKind.PENALTY, listed_on=date(2025, 1, 1), source="示例")
    with pytest.raises(Refused, match="not allowed"):
        close_credit_entry(entry, actor=reader, removed_on=date(2025, 9, 1))
    with whole(SET_UP, "look"):
        assert len(db.session.scalars(select(CreditEntry)).all()) == 1


def test_project_figures_are_kept_whoever_caused_them(db_session: Session) -> None:
    one = OrganizationFactory()
    payer = person("finance")

    note_project_figures(one, actor=payer, running=1, total=3, received=Decimal("80000.00"))

    assert (one.projects_running, one.projects_total, one.received) == (1, 3, Decimal("80000.00"))
    db.session.commit()
    with whole(SET_UP, "look"):
        told = select(AuditEvent.actor, AuditEvent.action).where(AuditEvent.changes.has_key("received"))
        assert db.session.execute(told.order_by(AuditEvent.seq.desc())).first() == (
            payer.name,
            "Organization.note_project_figures",
        )


def test_more_projects_cannot_run_than_there_are(db_session: Session) -> None:
    one = OrganizationFactory()

    with pytest.raises(Exception, match="runs_some_of_its_projects"):
        note_project_figures(one, actor=SET_UP, running=2, total=1, received=Decimal(0))


def test_the_grade_of_an_earlier_project_changes_nothing(db_session: Session) -> None:
    one = OrganizationFactory()

    note_grade(one, actor=SET_UP, grade=Grade.EXCELLENT, on=date(2026, 1, 5))
    note_grade(one, actor=SET_UP, grade=Grade.POOR, on=date(2025, 1, 5))

    assert (one.last_grade, one.last_graded_on, one.last_grade_rank) == (Grade.EXCELLENT, date(2026, 1, 5), 4)


# What the organization is told


def told(organization: Organization) -> list[tuple[str, str]]:
    """Give (kind, headline) of what the administrators of an organization were told, the first first."""
    with whole(SET_UP, "look"):
        people = select(Account.user_id).where(Account.organization_id == organization.id)
        wanted = select(Message.kind, Message.text).where(Message.recipient_id.in_(people)).order_by(Message.id)
        return [(kind, text.split("\n")[0]) for kind, text in db.session.execute(wanted)]


def test_each_change_of_record_is_told_to_the_administrators_alone(officer: Actor) -> None:
    one, other = OrganizationFactory(), OrganizationFactory()
    person("org_admin", organization=one)
    person("org_lead", organization=one)
    person("org_admin", organization=other)

    record_inspection(one, actor=officer, year=2025, result=InspectionResult.UNDECIDED)
    record_inspection(one, actor=officer, year=2025, result=InspectionResult.PASSED, concluded_on=date(2026, 6, 1))
    entry = record_credit_entry(
        one, actor=officer, kind=CreditKind.ABNORMAL_LIST, listed_on=date(2025, 7, 1), source="示例公示平台"
    )
    close_credit_entry(entry, actor=officer, removed_on=date(2025, 9, 1))

    assert told(one) == [
        ("inspection.recorded", "2025 年度检查已登记：未出结论"),
        ("inspection.recorded", "2025 年度检查已登记：合格"),
        ("credit.recorded", "已登记一条关于您单位的信用记录：活动异常名录"),
        ("credit.closed", "一条关于您单位的信用记录已移出：活动异常名录"),
    ]
    assert told(other) == []


def test_an_officer_lifts_an_entry_on_its_own_page(client: FlaskClient, sign_in: SignIn, officer: Actor) -> None:
    one = OrganizationFactory()
    entry = CreditEntryFactory(organization_id=one.id, listed_on=date(2025, 7, 1))
    own, page = f"/organizations/{one.id}", f"/credit-entries/{entry.id}/close"
    desk = sign_in(client, "officer")

    offered = desk.get(own).get_data(as_text=True)
    before = send(desk, page, removed_on="2025-06-30")
    done = send(desk, page, removed_on="2025-09-01")
    again = send(desk, page, removed_on="2025-09-02")
    after = desk.get(own).get_data(as_text=True)

    assert (page in offered, page in after) == (True, False)
    assert (before.status_code, done.status_code, again.status_code) == (422, 302, 409)
    assert "2025-09-01" in after


def test_who_does_not_lift_entries_is_offered_no_way_to(client: FlaskClient, sign_in: SignIn) -> None:
    one = OrganizationFactory()
    entry = CreditEntryFactory(organization_id=one.id)
    own, lifting = f"/organizations/{one.id}", f"/credit-entries/{entry.id}/close"
    person("org_admin", organization=one, username="own")

    page = sign_in(client, "own").get(own).get_data(as_text=True)

    assert "示例公示平台" in page
    assert lifting not in page
