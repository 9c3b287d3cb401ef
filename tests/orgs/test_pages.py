"""The register, the file and the forms, as people meet them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from kernel.actor import Actor
from kernel.db import Fact, db
from kernel.scope import whole
from orgs.models import CreditEntry, Inspection, Organization, OrganizationDocument, Rating
from orgs.states import DocumentKind, Grade, InspectionResult, OrganizationStatus, RatingGrade, RatingState
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

R = TypeVar("R", bound=Fact)
SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, officer: Actor) -> FlaskClient:
    return sign_in(client, "officer")


def names_on(page: str) -> list[str]:
    return re.findall(r'<th scope="row" class="yl-two"><a [^>]*>([^<]+)</a>', page)


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def fresh(record: R) -> R:
    """Read a record again, as it was committed."""
    model, (pk,) = type(record), inspect(record).identity
    with whole(SET_UP, "look"):
        return db.session.scalars(select(model).where(model.id == pk)).one()


def send(client: FlaskClient, path: str, **typed: object) -> object:
    page = client.get(path).get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    return client.post(path, data={"csrf_token": token, **typed})


def some_organizations() -> None:
    rated = {
        "rating_grade": RatingGrade.FOUR_A,
        "rating_state": RatingState.VALID,
        "rating_valid_from": date(2024, 1, 1),
    }
    OrganizationFactory(
        name="示例·木兰家庭服务中心",
        district_code="310115",
        projects_running=3,
        projects_total=7,
        last_grade=Grade.EXCELLENT,
        last_graded_on=date(2026, 1, 5),
        inspection_year=2025,
        inspection_result=InspectionResult.PASSED,
        rating_valid_to=date(2028, 12, 31),
        **rated,
    )
    OrganizationFactory(
        name="示例·春申儿童成长中心",
        former_names=["示例·申江童年社"],
        district_code="310112",
        projects_running=2,
        projects_total=5,
        last_grade=Grade.POOR,
        last_graded_on=date(2026, 1, 5),
        rating_valid_to=date(2026, 12, 14),
        **rated,
    )
    OrganizationFactory(name="示例·松江骑手家庭支持中心", status=OrganizationStatus.DEREGISTERED)


def test_the_register_shows_what_counts_today(desk: FlaskClient) -> None:
    some_organizations()

    page = text_of(desk, "/organizations/")

    assert names_on(page) == ["示例·木兰家庭服务中心", "示例·春申儿童成长中心", "示例·松江骑手家庭支持中心"]
    for told in (
        "共 3 家机构",
        "有效至 2028-12-31",
        "将到期 2026-12-14",
        "未评",
        "2025 年检",
        "浦东新区",
        "社会服务机构",
    ):
        assert told in page
    assert re.findall(r'<span class="yl-count">([\d,]+)</span>', page)[:4] == ["3", "2", "1", "1"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=木兰", ["示例·木兰家庭服务中心"]),
        ("q=家庭服务", ["示例·木兰家庭服务中心"]),
        ("q=申江", ["示例·春申儿童成长中心"]),
        ("q=mulan", ["示例·木兰家庭服务中心"]),
        ("q=slcsetcz", ["示例·春申儿童成长中心"]),
        ("q=兰", ["示例·木兰家庭服务中心"]),
        ("q=%25", []),
        ("q=_", []),
        ("view=3a", ["示例·木兰家庭服务中心", "示例·春申儿童成长中心"]),
        ("view=ending", ["示例·春申儿童成长中心"]),
        ("view=uninspected", ["示例·春申儿童成长中心"]),
        ("district=310115", ["示例·木兰家庭服务中心"]),
        ("status=deregistered", ["示例·松江骑手家庭支持中心"]),
        ("rating=4A&view=ending", ["示例·春申儿童成长中心"]),
        ("type=foundation", []),
        ("order=name", ["示例·春申儿童成长中心", "示例·木兰家庭服务中心", "示例·松江骑手家庭支持中心"]),
        ("order=-grade", ["示例·木兰家庭服务中心", "示例·春申儿童成长中心", "示例·松江骑手家庭支持中心"]),
        ("order=grade", ["示例·春申儿童成长中心", "示例·木兰家庭服务中心", "示例·松江骑手家庭支持中心"]),
        ("view=nonsense&district=x&page=99&size=7", None),
    ],
)
def test_the_register_is_narrowed_and_ordered(desk: FlaskClient, asked: str, found: list[str] | None) -> None:
    some_organizations()

    names = names_on(text_of(desk, f"/organizations/?{asked}"))

    assert names == found if found is not None else len(names) == 3


def test_part_of_a_code_finds_its_organization(desk: FlaskClient) -> None:
    for number in (1, 2):
        OrganizationFactory(number=number)

    assert names_on(text_of(desk, f"/organizations/?q={credit_code(2)[8:16].lower()}")) == ["示例·机构2"]


def test_an_order_that_is_not_offered_is_refused(desk: FlaskClient) -> None:
    assert desk.get("/organizations/?order=contact_phone").status_code == 400


def fill(organization: Organization, rows: int) -> None:
    for row in range(rows):
        RatingFactory(
            organization_id=organization.id,
            announced_on=date(1990 + row % 36, 1 + row // 36, 1),
            state=RatingState.EXPIRED,
        )
        InspectionFactory(organization_id=organization.id, year=1990 + row)
        CreditEntryFactory(organization_id=organization.id, source=f"示例{row}")


@pytest.mark.parametrize("path", ["/organizations/", "/organizations/?q=示例&view=3a&order=-rating", "/ratings/"])
def test_a_register_costs_the_same_for_one_row_and_fifty(desk: FlaskClient, counted: Counter, path: str) -> None:
    first = OrganizationFactory(name="示例·机构", **_rated())
    RatingFactory(organization_id=first.id)
    db.session.commit()
    with counted() as one:
        text_of(desk, f"{path}{'&' if '?' in path else '?'}size=50")
    for _number in range(50):
        RatingFactory(organization_id=OrganizationFactory(**_rated()).id)
    db.session.commit()

    with counted() as fifty:
        page = text_of(desk, f"{path}{'&' if '?' in path else '?'}size=50")

    assert len(names_on(page)) == 50
    assert len(one) == len(fifty)
    assert len(fifty) <= 8


def _rated() -> dict[str, object]:
    return {
        "rating_grade": RatingGrade.THREE_A,
        "rating_state": RatingState.VALID,
        "rating_valid_from": date(2024, 5, 20),
        "rating_valid_to": date(2029, 5, 19),
    }


def test_a_page_of_the_register_is_small(desk: FlaskClient) -> None:
    for _number in range(30):
        OrganizationFactory(district_code="310115", **_rated())

    assert len(desk.get("/organizations/").data) <= 60_000


def test_a_file_costs_the_same_however_much_is_in_it(desk: FlaskClient, counted: Counter) -> None:
    thin, thick = OrganizationFactory(), OrganizationFactory()
    fill(thin, 1)
    fill(thick, 50)
    paths = f"/organizations/{thin.id}", f"/organizations/{thick.id}"
    db.session.commit()

    with counted() as few:
        text_of(desk, paths[0])
    with counted() as many:
        page = text_of(desk, paths[1])

    assert "示例49" in page
    assert len(few) == len(many)
    assert len(many) <= 8


def test_the_file_shows_facts_tabs_and_what_expires(desk: FlaskClient) -> None:
    one = OrganizationFactory(
        name="示例·木兰", contact_phone="021-12345678", service_fields=["mental_care"], **_rated()
    )
    RatingFactory(organization_id=one.id, certificate_number="示例 7")

    page = text_of(desk, f"/organizations/{one.id}")

    for told in (
        "021-12345678",
        "心理关爱",
        "示例 7",
        "到期事项",
        "2029-05-19",
        "没有不良信用记录",
        "登记等级",
        "修改资料",
    ):
        assert told in page


def test_the_pages_speak_english(desk: FlaskClient) -> None:
    url = f"/organizations/{OrganizationFactory(name='示例·木兰', district_code='310115', **_rated()).id}"
    send(desk, "/account/", locale="en")
    desk.get("/language/en")
    with desk.session_transaction() as session:
        session["locale"] = "en"

    page = text_of(desk, url)

    for told in ("Until 2029-05-19", "What expires", "Pudong New Area", "Service institution".lower()):
        assert told.lower() in page.lower()


def test_an_organization_is_registered_by_its_form(desk: FlaskClient) -> None:
    answer = send(desk, "/organizations/new", credit_code=credit_code(9), name="示例·新机构", district_code="310104")

    with whole(SET_UP, "look"):
        made = db.session.scalars(select(Organization)).one()
    assert answer.location == f"/organizations/{made.id}"
    assert (made.name, made.district_code) == ("示例·新机构", "310104")


def test_a_bad_code_is_told_and_nothing_typed_is_lost(desk: FlaskClient) -> None:
    answer = send(desk, "/organizations/new", credit_code="52310101MJ0000011", name="示例·新机构")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "统一社会信用代码有 18 位，这里是 17 位。" in page
    assert 'value="示例·新机构"' in page


def test_a_code_that_is_registered_is_refused_in_words(desk: FlaskClient) -> None:
    OrganizationFactory(number=9)

    answer = send(desk, "/organizations/new", credit_code=credit_code(9), name="示例·新机构")

    assert answer.status_code == 409
    assert "这个信用代码的机构已经登记过。" in answer.get_data(as_text=True)


def test_the_own_administrator_changes_the_profile(client: FlaskClient, sign_in: SignIn) -> None:
    one = OrganizationFactory()
    url = f"/organizations/{one.id}"
    person("org_admin", organization=one, username="own")
    sign_in(client, "own")

    answer = send(
        client,
        f"{url}/deeds/profile",
        version=1,
        staff_count="12",
        volunteer_count="0",
        has_party_organization="1",
        service_fields=["mental_care", "employment"],
    )

    assert answer.location == url
    one = fresh(one)
    assert (one.staff_count, one.has_party_organization, one.service_fields) == (
        12,
        True,
        ["employment", "mental_care"],
    )


def test_a_stale_save_tells_both_and_keeps_what_was_typed(desk: FlaskClient) -> None:
    one = OrganizationFactory()
    path = f"/organizations/{one.id}/deeds/profile"
    send(desk, path, version=1, address="示例路 1 号", staff_count="1", volunteer_count="0")

    stale = send(desk, path, version=1, address="示例路 2 号", staff_count="1", volunteer_count="0")
    page = stale.get_data(as_text=True)
    again = send(desk, path, version=2, address="示例路 2 号", staff_count="1", volunteer_count="0")

    assert stale.status_code == 409
    assert 'value="示例路 2 号"' in page
    assert "现在保存的是：地址：示例路 1 号" in page
    assert 'name="version" value="2"' in page
    assert again.status_code == 302


def test_rating_inspection_and_credit_are_recorded_on_the_file(desk: FlaskClient) -> None:
    one = OrganizationFactory()
    base = f"/organizations/{one.id}/deeds"

    for name, typed in (
        ("rating", {"grade": "4A", "announced_on": "2025-03-01"}),
        ("inspection", {"year": "2025", "result": "passed"}),
        ("credit", {"kind": "penalty", "listed_on": "2025-03-01", "source": "示例公示"}),
    ):
        assert send(desk, f"{base}/{name}", **typed).status_code == 302, name

    with whole(SET_UP, "look"):
        assert [
            db.session.scalars(select(model.organization_id)).all() for model in (Rating, Inspection, CreditEntry)
        ] == [[one.id]] * 3


def test_a_rating_is_verified_from_the_list_of_those_that_wait(desk: FlaskClient) -> None:
    one = OrganizationFactory(name="示例·木兰")
    rating = RatingFactory(organization_id=one.id, state=RatingState.PENDING)

    assert "1 条等级待核" in text_of(desk, "/")
    assert names_on(text_of(desk, "/ratings/?state=pending&q=木兰")) == ["示例·木兰"]
    answer = send(desk, f"/ratings/{rating.id}/steps/confirm")

    assert answer.location == f"/ratings/{rating.id}"
    rating = fresh(rating)
    assert rating.state is RatingState.VALID
    assert "条等级待核" not in text_of(desk, "/")


def test_a_rating_that_is_none_is_discarded(desk: FlaskClient) -> None:
    one = OrganizationFactory()
    rating = RatingFactory(organization_id=one.id, state=RatingState.PENDING)

    assert "作废" in text_of(desk, f"/ratings/{rating.id}/discard")
    answer = send(desk, f"/ratings/{rating.id}/discard")

    assert answer.location == f"/organizations/{one.id}"
    assert desk.get(f"/ratings/{rating.id}").status_code == 404


@pytest.mark.parametrize(("ends", "is_told"), [(date(2027, 5, 20), True), (date(2027, 6, 30), False)])
def test_an_administrator_is_told_half_a_year_before_the_rating_ends(
    client: FlaskClient, sign_in: SignIn, ends: date, is_told: bool
) -> None:
    one = OrganizationFactory(**{**_rated(), "rating_valid_to": ends})
    person("org_admin", organization=one, username="own")
    sign_in(client, "own")

    assert ("评估等级 3A 将到期" in text_of(client, "/")) is is_told


def test_an_administrator_reads_what_is_asked_of_the_organization(client: FlaskClient, sign_in: SignIn) -> None:
    one = OrganizationFactory()
    pk = one.id
    person("org_admin", organization=one, username="own")
    person("org_lead", organization=one, username="lead")
    with whole(SET_UP, "set-up") as session:
        for kind, ends in (
            (DocumentKind.LEASE, date(2026, 12, 1)),
            (DocumentKind.REGISTRATION, date(2026, 6, 1)),
            (DocumentKind.ARTICLES, date(2027, 6, 1)),
        ):
            session.add(OrganizationDocument(organization_id=pk, kind=kind, title="", valid_to=ends))
        session.flush()

    sign_in(client, "own")
    page = text_of(client, "/")
    assert "2 份证照即将到期或已到期" in page
    assert "06-01" in page
    assert f'href="/organizations/{pk}/passport/account"' in page
    assert f'href="/organizations/{pk}/deeds/contacts"' in page
    assert "份证照" in text_of(client, f"/organizations/{pk}/standing")
    sign_in(client, "lead")
    assert "份证照" not in text_of(client, "/")
