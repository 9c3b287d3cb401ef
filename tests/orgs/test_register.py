"""The register of organizations: every way to narrow it, alone and together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import update

from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.scope import whole
from orgs.models import Organization
from orgs.states import CreditKind, Grade, InspectionResult, RatingGrade, RatingState
from tests.factories.orgs import CreditEntryFactory, OrganizationFactory

SignIn = Callable[..., FlaskClient]
UNTIL_DECEMBER = {
    "rating_state": RatingState.VALID,
    "rating_valid_from": date(2022, 1, 1),
    "rating_valid_to": date(2026, 12, 31),
}


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, officer: Actor) -> FlaskClient:
    return sign_in(client, "officer")


def names_at(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/organizations/?order=name&{query}")
    assert answer.status_code == 200, answer.status_code
    return re.findall(r'<th scope="row" class="yl-two"><a [^>]*>([^<]+)</a>', answer.get_data(as_text=True))


def rated(until: date, state: RatingState = RatingState.VALID) -> dict[str, object]:
    return {
        "rating_grade": RatingGrade.THREE_A,
        "rating_state": state,
        "rating_valid_from": date(2022, 1, 1),
        "rating_valid_to": until,
    }


@pytest.fixture
def three(desk: FlaskClient) -> FlaskClient:
    """甲 runs projects and is rated, 乙 has ended all and lost its rating, 丙 has nothing yet."""
    OrganizationFactory(
        name="甲",
        service_fields=["rights"],
        projects_running=1,
        projects_total=3,
        received=Decimal("620000.00"),
        last_grade=Grade.GOOD,
        last_graded_on=date(2026, 6, 1),
        inspection_year=2025,
        inspection_result=InspectionResult.PASSED,
        **rated(date(2027, 2, 21)),
    )
    second = OrganizationFactory(
        name="乙",
        service_fields=["rights", "family_education"],
        projects_total=2,
        received=Decimal("99999.99"),
        inspection_year=2024,
        inspection_result=InspectionResult.PASSED,
        **rated(date(2026, 10, 17), RatingState.EXPIRED),
    )
    OrganizationFactory(name="丙", inspection_year=2025, inspection_result=InspectionResult.UNDECIDED)
    CreditEntryFactory(organization_id=second.id, kind=CreditKind.ABNORMAL_LIST, listed_on=date(2026, 3, 1))
    CreditEntryFactory(
        organization_id=second.id, kind=CreditKind.PENALTY, listed_on=date(2025, 3, 1), removed_on=date(2026, 3, 1)
    )
    return desk


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["丙", "甲", "乙"]),
        ("field=rights", ["甲", "乙"]),
        ("field=family_education", ["乙"]),
        ("ends=90", ["甲"]),
        ("ends=365", ["甲"]),
        ("ends=ended", ["乙"]),
        ("ends=none", ["丙"]),
        ("inspection=passed", ["甲"]),
        ("inspection=undecided", ["丙", "乙"]),
        ("standing=clear", ["丙", "甲"]),
        ("standing=abnormal_list", ["乙"]),
        ("standing=penalty", []),
        ("standing=blacklist", []),
        ("projects=running", ["甲"]),
        ("projects=ended", ["乙"]),
        ("projects=none", ["丙"]),
        ("received=0", ["丙"]),
        ("received=1", ["乙"]),
        ("received=2", []),
        ("received=3", ["甲"]),
        ("grade=good", ["甲"]),
        ("field=rights&projects=ended&standing=abnormal_list", ["乙"]),
        ("field=rights&grade=good&ends=ended", []),
    ],
)
def test_each_filter_narrows_and_all_go_together(three: FlaskClient, query: str, names: list[str]) -> None:
    assert names_at(three, query) == names


def test_a_rating_ends_within_ninety_days_up_to_the_ninetieth(desk: FlaskClient) -> None:
    OrganizationFactory(name="甲", **rated(date(2027, 2, 22)))
    OrganizationFactory(name="乙", **rated(date(2027, 2, 23)))

    assert names_at(desk, "ends=90") == ["甲"]
    assert names_at(desk, "ends=180") == ["甲", "乙"]


def row_of(client: FlaskClient, name: str) -> str:
    page = client.get("/organizations/?order=name").get_data(as_text=True)
    return next(row for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL) if f">{name}</a>" in row)


def test_a_row_is_drawn_anew_for_other_values_and_another_language(
    desk: FlaskClient,
) -> None:
    OrganizationFactory(name="甲 <b>", rating_grade=RatingGrade.THREE_A, **UNTIL_DECEMBER)
    first = row_of(desk, "甲 &lt;b&gt;")
    assert row_of(desk, "甲 &lt;b&gt;") == first
    assert 'aria-label="选择 甲 &lt;b&gt;"' in first

    with transaction(), whole(Actor.system("tests"), "tests"):
        db.session.execute(update(Organization).values(projects_running=4, projects_total=97))
    changed = row_of(desk, "甲 &lt;b&gt;")
    assert "97" not in first
    assert "97" in changed

    desk.get("/lang/en?next=/")
    english = row_of(desk, "甲 &lt;b&gt;")
    assert 'aria-label="Choose 甲 &lt;b&gt;"' in english
    assert 'data-label="District"' in english
