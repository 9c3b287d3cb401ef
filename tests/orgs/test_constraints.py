"""What the database refuses by itself, and the sentence that people read then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Session

from kernel.db import CONSTRAINT_SENTENCES, METADATA, db, told_in_words
from kernel.errors import Refused
from orgs.module import MODULE
from orgs.sentences import SENTENCES
from orgs.states import CreditKind, Grade, InspectionResult, RatingGrade, RatingState
from tests.factories.orgs import CreditEntryFactory, InspectionFactory, OrganizationFactory, RatingFactory


@pytest.fixture
def organization_id(db_session: Session) -> int:
    return OrganizationFactory(number=900).id


def refused(make: Any, **told: Any) -> str:
    db.session.commit()
    with pytest.raises(Refused) as refusal, told_in_words():
        make(**told)
    db.session.rollback()
    return refusal.value.reasons[0].msgid


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("uq_organization_credit_code", {"number": 900}),
        ("ck_organization_credit_code_is_written_right", {"credit_code": "52310101MJ00000IOS"}),
        ("ck_organization_has_a_name", {"name": " "}),
        ("ck_organization_counts_people_from_zero", {"staff_count": -1}),
        ("ck_organization_runs_some_of_its_projects", {"projects_running": 2, "projects_total": 1}),
        ("ck_organization_received_is_not_negative", {"received": -1}),
        ("ck_organization_last_grade_has_its_day", {"last_grade": Grade.GOOD}),
        ("ck_organization_inspection_has_its_year", {"inspection_result": InspectionResult.PASSED}),
        ("ck_organization_rating_has_its_state", {"rating_grade": RatingGrade.ONE_A}),
        (
            "ck_organization_rating_is_dated",
            {"rating_grade": RatingGrade.ONE_A, "rating_state": RatingState.VALID},
        ),
    ],
)
def test_an_organization(organization_id: int, name: str, told: dict[str, Any]) -> None:
    assert refused(OrganizationFactory, **told) == SENTENCES[name].msgid


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ck_rating_is_dated_wholly", {"valid_to": None}),
        ("ck_rating_is_dated_unless_pending", {"announced_on": None}),
        ("ck_rating_falls_under_the_rules_of_its_day", {"regime": "measures_2026"}),
        ("ck_rating_begins_by_its_rules", {"valid_from": date(2024, 5, 21)}),
        ("ck_rating_ends_by_its_rules", {"valid_to": date(2029, 5, 20)}),
        ("ck_rating_ends_early_when_taken_away", {"state": RatingState.REVOKED}),
        ("ck_rating_counts_a_day_at_least", {"valid_to": date(2024, 5, 19)}),
    ],
)
def test_a_rating(organization_id: int, name: str, told: dict[str, Any]) -> None:
    assert refused(RatingFactory, organization_id=organization_id, **told) == SENTENCES[name].msgid


def test_ratings_of_five_years_from_a_leap_day_and_of_both_rules_fit(organization_id: int) -> None:
    leap = RatingFactory(organization_id=organization_id, announced_on=date(2024, 2, 29))
    revised = RatingFactory(organization_id=organization_id, announced_on=date(2026, 3, 1))

    assert (leap.valid_to, revised.valid_to) == (date(2029, 2, 27), date(2031, 12, 31))


def test_no_two_ratings_of_the_same_rules_count_on_one_day(organization_id: int) -> None:
    RatingFactory(organization_id=organization_id, announced_on=date(2024, 5, 20))

    told = refused(RatingFactory, organization_id=organization_id, announced_on=date(2025, 5, 20))
    announced = refused(
        RatingFactory, organization_id=organization_id, announced_on=date(2024, 5, 20), state=RatingState.PENDING
    )

    assert told == SENTENCES["ex_rating_one_counts_at_a_time"].msgid
    assert announced == SENTENCES["uq_rating_announcement"].msgid


def test_an_inspection(organization_id: int) -> None:
    InspectionFactory(organization_id=organization_id, year=2025)

    again = refused(InspectionFactory, organization_id=organization_id, year=2025)
    ancient = refused(InspectionFactory, organization_id=organization_id, year=1988)

    assert again == SENTENCES["uq_inspection_organization_id_year"].msgid
    assert ancient == SENTENCES["ck_inspection_year_is_one_of_inspections"].msgid


def test_a_credit_entry(organization_id: int) -> None:
    def told(**more: Any) -> str:
        return refused(CreditEntryFactory, organization_id=organization_id, kind=CreditKind.PENALTY, **more)

    assert told(removed_on=date(2025, 6, 30)) == SENTENCES["ck_credit_entry_ends_after_it_begins"].msgid
    assert told(source=" ") == SENTENCES["ck_credit_entry_names_its_source"].msgid
    CreditEntryFactory(organization_id=organization_id, kind=CreditKind.PENALTY)
    assert told() == SENTENCES["uq_credit_entry_listing"].msgid


def test_every_constraint_of_the_module_has_its_sentence() -> None:
    tables = [METADATA.tables[model.__tablename__] for model in MODULE.models]
    kinds = (CheckConstraint, UniqueConstraint, ExcludeConstraint)
    named = {str(rule.name) for table in tables for rule in table.constraints if isinstance(rule, kinds)}
    named |= {str(index.name) for table in tables for index in table.indexes if index.unique}

    lacking = {name for name in named if name not in CONSTRAINT_SENTENCES and not name.endswith("_known")}

    assert lacking == set()
