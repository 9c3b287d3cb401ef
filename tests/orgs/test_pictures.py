"""The register in pictures: every number is the register's own, and leads back to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.scope import see_as
from orgs.queries import pictures_on
from orgs.queries.pictures import months_from
from orgs.states import OrganizationStatus, OrganizationType, RatingGrade, RatingState
from tests.factories.orgs import OrganizationFactory
from tests.orgs.conftest import Counter

DAY = date(2026, 11, 24)
RATED = {"rating_grade": RatingGrade.FOUR_A, "rating_state": RatingState.VALID, "rating_valid_from": date(2022, 1, 1)}


@pytest.fixture
def register(db_session: Session) -> None:
    """Six organizations: one is gone, one's rating has ended, one says little of itself."""
    OrganizationFactory(district_code="310101", founded_on=date(2012, 5, 1), **RATED, rating_valid_to=date(2026, 12, 9))
    OrganizationFactory(
        district_code="310101", founded_on=date(2012, 8, 1), **RATED, rating_valid_to=date(2026, 12, 31)
    )
    OrganizationFactory(district_code="310115", founded_on=date(1999, 1, 1), **RATED, rating_valid_to=date(2027, 10, 1))
    OrganizationFactory(district_code="310115", **RATED, rating_valid_to=date(2026, 11, 23))
    OrganizationFactory(type=OrganizationType.FOUNDATION)
    OrganizationFactory(district_code="310101", status=OrganizationStatus.DEREGISTERED)


def test_each_picture_counts_those_who_live(register: None, officer: Actor) -> None:
    see_as(officer)
    counted = pictures_on(DAY)
    assert counted.total == 5
    assert counted.districts == {"310101": 2, "310115": 2, None: 1}
    assert counted.types == {OrganizationType.SERVICE_INSTITUTION: 4, OrganizationType.FOUNDATION: 1}
    assert counted.ratings == {RatingGrade.FOUR_A: 3, None: 2}
    assert counted.founded == {2012: 2, 1999: 1, None: 2}


def test_a_rating_is_counted_in_the_month_of_its_last_day(register: None, officer: Actor) -> None:
    see_as(officer)
    ends = pictures_on(DAY).ends
    assert list(ends) == months_from(DAY)
    assert {month: count for month, count in ends.items() if count} == {date(2026, 12, 1): 2, date(2027, 10, 1): 1}


def test_twelve_months_pass_over_the_turn_of_the_year() -> None:
    assert months_from(DAY)[:3] == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert months_from(date(2027, 1, 31))[-1] == date(2027, 12, 1)


def test_all_pictures_cost_one_statement(register: None, officer: Actor, counted: Counter) -> None:
    see_as(officer)
    with counted() as sent:
        pictures_on(DAY)
    assert len([told for told in sent if "organization" in told]) == 1


def test_the_page_leads_from_each_number_to_its_organizations(
    register: None, officer: Actor, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    with time_machine.travel(DAY, tick=False):
        shown = sign_in(client, "officer").get("/organizations/pictures/").text
    for link in ("district=310101", "rating=4A", "type=foundation"):
        assert f'href="/organizations/?{link}"' in shown
    assert "存续机构 5 家" in shown
