"""The facts that count on a day, and the windows in which bad marks count."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from kernel.db import db
from kernel.errors import NotFound
from kernel.scope import see_as, whole
from orgs.queries import QualificationFacts, credit_entries_within, qualification_facts
from orgs.states import CreditKind, InspectionResult, OrganizationStatus, OrganizationType, RatingGrade, RatingState
from tests.factories.orgs import (
    SET_UP,
    CreditEntryFactory,
    InspectionFactory,
    OrganizationFactory,
    RatingFactory,
    credit_code,
    person,
)
from tests.orgs.conftest import Counter

CLOSING = date(2026, 12, 15)


def facts(organization_id: int, day: date = CLOSING) -> QualificationFacts:
    with whole(SET_UP, "look"):
        return qualification_facts(organization_id, day)


def test_the_facts_of_a_day_take_two_statements(db_session: Session, counted: Counter) -> None:
    one = OrganizationFactory(number=41, name="示例·木兰中心", projects_total=4)
    RatingFactory(organization_id=one.id, grade=RatingGrade.FOUR_A, announced_on=date(2024, 5, 20))
    for year, result in (
        (2025, InspectionResult.UNDECIDED),
        (2024, InspectionResult.PASSED),
        (2022, InspectionResult.FAILED),
    ):
        InspectionFactory(organization_id=one.id, year=year, result=result)
    db.session.flush()

    with whole(SET_UP, "look"), counted() as sent:
        told = qualification_facts(one.id, CLOSING)

    assert len([statement for statement in sent if statement.startswith("SELECT")]) == 2
    assert told == QualificationFacts(
        organization_id=one.id,
        as_of=CLOSING,
        name="示例·木兰中心",
        credit_code=credit_code(41),
        code_is_valid=True,
        type=OrganizationType.SERVICE_INSTITUTION,
        status=OrganizationStatus.ACTIVE,
        founded_on=None,
        rating=RatingGrade.FOUR_A,
        rating_valid_to=date(2029, 5, 19),
        inspections={
            2025: InspectionResult.UNDECIDED,
            2024: InspectionResult.PASSED,
            2022: InspectionResult.FAILED,
        },
        on_abnormal_list=False,
        on_serious_list=False,
        penalized=False,
        projects_total=4,
        last_grade=None,
    )


def test_a_rating_counts_as_of_the_day_that_is_asked(db_session: Session) -> None:
    one = OrganizationFactory()
    RatingFactory(organization_id=one.id, grade=RatingGrade.THREE_A, announced_on=date(2021, 12, 10))
    RatingFactory(organization_id=one.id, grade=RatingGrade.FIVE_A, announced_on=date(2026, 6, 1))
    RatingFactory(organization_id=one.id, state=RatingState.PENDING, announced_on=None)

    assert facts(one.id, date(2026, 12, 9)).rating is RatingGrade.THREE_A
    assert facts(one.id, date(2026, 12, 10)).rating is None
    assert facts(one.id, date(2027, 1, 1)).rating is RatingGrade.FIVE_A


@pytest.mark.parametrize(
    ("kind", "listed_on", "removed_on", "counts"),
    [
        (CreditKind.ABNORMAL_LIST, date(2024, 1, 1), None, True),
        (CreditKind.ABNORMAL_LIST, date(2024, 1, 1), date(2025, 12, 15), True),
        (CreditKind.ABNORMAL_LIST, date(2024, 1, 1), date(2025, 12, 14), False),
        (CreditKind.ABNORMAL_LIST, date(2026, 12, 16), None, False),
        (CreditKind.SERIOUS_LIST, date(2023, 1, 1), date(2024, 12, 15), True),
        (CreditKind.SERIOUS_LIST, date(2023, 1, 1), date(2024, 12, 14), False),
        (CreditKind.PENALTY, date(2023, 12, 15), None, True),
        (CreditKind.PENALTY, date(2023, 12, 14), None, False),
    ],
)
def test_a_bad_mark_counts_within_its_window(
    db_session: Session, kind: CreditKind, listed_on: date, removed_on: date | None, counts: bool
) -> None:
    one = OrganizationFactory()
    CreditEntryFactory(organization_id=one.id, kind=kind, listed_on=listed_on, removed_on=removed_on)

    told = facts(one.id)

    assert (told.on_abnormal_list, told.on_serious_list, told.penalized) == tuple(
        counts and kind is other for other in CreditKind
    )


def test_a_leap_day_looks_back_to_the_end_of_february(db_session: Session) -> None:
    one = OrganizationFactory()
    CreditEntryFactory(organization_id=one.id, listed_on=date(2026, 1, 1), removed_on=date(2027, 2, 28))

    assert facts(one.id, date(2028, 2, 29)).on_abnormal_list is True


def test_entries_within_two_days(db_session: Session) -> None:
    one = OrganizationFactory()
    CreditEntryFactory(organization_id=one.id, listed_on=date(2024, 1, 1), removed_on=date(2024, 6, 30))
    lasts = CreditEntryFactory(organization_id=one.id, listed_on=date(2025, 7, 1))

    with whole(SET_UP, "look"):
        found = credit_entries_within(one.id, date(2024, 7, 1), date(2025, 12, 31))

    assert list(found) == [lasts]


def test_another_organization_has_no_facts_for_a_reader(db_session: Session) -> None:
    one, other = OrganizationFactory(), OrganizationFactory()
    see_as(person("org_lead", organization=one))

    assert qualification_facts(one.id, CLOSING).organization_id == one.id
    with pytest.raises(NotFound):
        qualification_facts(other.id, CLOSING)
