"""Ratings verified many at once: looked at row by row, done together or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape
from typing import cast

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.notices import Message
from kernel.scope import whole
from orgs.models import Organization, Rating
from orgs.operations import confirm_ratings, confirming, plan_confirmation
from orgs.ratings import validity
from orgs.states import RatingGrade, RatingState
from tests.factories.orgs import SET_UP, OrganizationFactory, RatingFactory, credit_code, person
from tests.factories.people import token_of
from tests.orgs.conftest import Counter

SignIn = Callable[..., FlaskClient]
DOOR = "/ratings/chosen/"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, officer: Actor) -> FlaskClient:
    return sign_in(client, "officer")


def rated(number: int, *days: date, grade: RatingGrade = RatingGrade.FOUR_A) -> list[Rating]:
    """Make an organization with ratings of these days that wait to be verified."""
    one = an_organization(number)
    return [waiting(one, day, grade) for day in days]


def an_organization(number: int) -> Organization:
    return cast("Organization", OrganizationFactory(name=f"示例·机构{number}", credit_code=credit_code(number)))


def waiting(
    one: Organization, day: date, grade: RatingGrade = RatingGrade.FOUR_A, state: RatingState = RatingState.PENDING
) -> Rating:
    term = validity(day)
    told = {"announced_on": day, "regime": term.regime, "valid_from": term.valid_from, "valid_to": term.valid_to}
    return cast("Rating", RatingFactory(organization_id=one.id, grade=grade, state=state, **told))


def undated(number: int) -> Rating:
    told = {"state": RatingState.PENDING, "announced_on": None}
    return cast("Rating", RatingFactory(organization_id=an_organization(number).id, **told))


def press(client: FlaskClient, chosen: list[Rating], **typed: str) -> TestResponse:
    token = token_of(client.get("/ratings/?state=pending").get_data(as_text=True))
    ids = [str(one.id) for one in chosen]
    return client.post(DOOR, data={"csrf_token": token, "action": "confirm", "rowid": ids, **typed})


def go_on(client: FlaskClient, page: TestResponse) -> TestResponse:
    form = page.get_data(as_text=True).split(f'action="{DOOR}"')[1].split("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return client.post(DOOR, data={name: unescape(value) for name, value in hidden})


def words(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def states() -> dict[int, RatingState]:
    with whole(SET_UP, "look"):
        db.session.expire_all()
        return {one.id: one.state for one in db.session.scalars(select(Rating))}


def test_waiting_ratings_are_looked_at_and_then_verified_together(desk: FlaskClient) -> None:
    (first,) = rated(1, date(2025, 5, 20))
    owner = an_organization(2)
    second = waiting(owner, date(2025, 5, 20), RatingGrade.FIVE_A)
    older = waiting(owner, date(2022, 3, 1), RatingGrade.THREE_A, RatingState.VALID)
    bare = undated(3)
    ids, ended = [first.id, second.id], older.id
    admin = person("org_admin", organization=owner)

    looked = press(desk, [first, second, bare])

    told = words(looked)
    assert "核实 2 条评估等级" in told
    assert "3A 2022-03-01 – 2027-02-28 → 5A 2025-05-20 – 2030-05-19，2025-05-20 公告" in told
    assert "请填写公告日期" in told.split("不能处理", 1)[1]
    assert states()[first.id] is RatingState.PENDING
    assert go_on(desk, looked).status_code == 302
    assert [states()[pk] for pk in (*ids, bare.id)] == [RatingState.VALID, RatingState.VALID, RatingState.PENDING]
    with whole(SET_UP, "look"):
        assert db.session.scalar(select(Rating.valid_to).where(Rating.id == ended)) == date(2025, 5, 19)
        shown = select(Organization.rating_grade, Organization.rating_state).where(
            Organization.id == admin.organization_id
        )
        assert tuple(db.session.execute(shown).one()) == (RatingGrade.FIVE_A, RatingState.VALID)
        trail = select(AuditEvent.subject_id).where(AuditEvent.action == "Rating.confirm")
        assert set(db.session.scalars(trail.where(AuditEvent.subject_kind == "Rating"))) >= set(ids)
        messages = select(Message.recipient_id).where(Message.kind == "rating.confirmed")
        assert db.session.scalars(messages).all() == [admin.user_id]


def test_what_cannot_be_verified_is_told_with_why(desk: FlaskClient) -> None:
    done, same_day, later = rated(1, date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 1))
    with transaction():
        confirm_ratings([done.id], actor=SET_UP)
    one, twin = rated(2, date(2026, 3, 2), date(2026, 4, 1))

    told = words(press(desk, [done, same_day, later, one, twin]))

    assert "核实 1 条评估等级" in told
    assert "不能处理：4 项" in told
    assert told.count("已有一条同日起算的 4A 等级") == 3
    assert "有效" in told.split("不能处理：4 项", 1)[1]


def test_all_that_match_are_chosen_whatever_the_page_shows(desk: FlaskClient) -> None:
    for number in range(1, 28):
        rated(number, date(2025, 5, 20))
    rated(40, date(2025, 5, 20), grade=RatingGrade.ONE_A)

    looked = press(desk, [], everything="1", asked="state=pending&grade=4A")
    done = go_on(desk, looked)

    assert "grade=4A" in done.headers["Location"]
    assert sorted(states().values()) == [RatingState.PENDING, *[RatingState.VALID] * 27]


def test_the_list_is_narrowed_to_those_whose_announcement_is_known(desk: FlaskClient) -> None:
    rated(1, date(2025, 5, 20))
    undated(2)

    pages = {told: desk.get(f"/ratings/?state=pending&dated={told}").get_data(as_text=True) for told in ("yes", "no")}

    assert ["示例·机构1" in page for page in pages.values()] == [True, False]
    assert ["示例·机构2" in page for page in pages.values()] == [False, True]


def test_none_is_verified_when_one_has_changed_since_it_was_looked_at(desk: FlaskClient, officer: Actor) -> None:
    (first,) = rated(1, date(2025, 5, 20))
    (second,) = rated(2, date(2025, 5, 20))
    looked = press(desk, [first, second])
    with transaction():
        confirm_ratings([second.id], actor=officer)

    refused = go_on(desk, looked)

    assert refused.status_code == 409
    assert states()[first.id] is RatingState.PENDING
    assert "核实 1 条评估等级" in words(refused)


def test_where_none_can_be_verified_nothing_can_be_sent(desk: FlaskClient) -> None:
    page = press(desk, [undated(1)])

    assert "所选等级都不能核实" in words(page)
    assert 'type="submit"' not in page.get_data(as_text=True).split(f'action="{DOOR}"')[1].split("</form>")[0]


def test_choosing_nothing_or_too_many_is_told(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "MOST", 1)
    chosen = [*rated(1, date(2025, 5, 20)), *rated(2, date(2025, 5, 20))]

    assert press(desk, []).headers["Location"].startswith("/ratings/")
    assert press(desk, chosen).status_code == 409
    with pytest.raises(Refused, match="At most"):
        confirm_ratings([one.id for one in chosen], actor=SET_UP)


@pytest.mark.parametrize("role", ["director", "auditor", "finance"])
def test_ratings_are_the_officers_to_verify(client: FlaskClient, sign_in: SignIn, role: str) -> None:
    who = person(role, username=role)
    chosen = rated(1, date(2025, 5, 20))
    sign_in(client, role)

    assert 'value="confirm"' not in client.get("/ratings/").get_data(as_text=True)
    assert press(client, chosen).status_code == 403
    (left,) = plan_confirmation([chosen[0].id], actor=who).left
    assert "not allowed" in left[1][0].render("en")
    with pytest.raises(Refused, match="not allowed"):
        confirm_ratings([chosen[0].id], actor=who)


def test_the_look_costs_few_statements(desk: FlaskClient, counted: Counter) -> None:
    chosen = [one for number in range(1, 20) for one in rated(number, date(2025, 5, 20))]
    press(desk, chosen)
    token = token_of(desk.get("/ratings/").get_data(as_text=True))

    with counted() as statements:
        desk.post(DOOR, data={"csrf_token": token, "action": "confirm", "rowid": [str(one.id) for one in chosen]})
    assert len(statements) <= 8, "\n".join(statements)


def test_what_waits_is_verified_from_the_file_of_its_organization_too(desk: FlaskClient, sign_in: SignIn) -> None:
    first, second = rated(1, date(2022, 3, 3), date(2025, 3, 3))
    file = f"/organizations/{first.organization_id}"
    page = desk.get(file).get_data(as_text=True)
    (told,) = re.findall(r'<input type="hidden" name="rowid" value="([\d,]+)">', page)

    looked = desk.post(DOOR, data={"csrf_token": token_of(page), "rowid": told})
    person("auditor", username="reader")
    theirs = sign_in(desk, "reader").get(file).get_data(as_text=True)

    assert {int(one) for one in told.split(",")} == {first.id, second.id}
    assert "核实 2 条评估等级" in page
    assert looked.status_code == 200
    assert all(f"/ratings/{one.id}" in looked.get_data(as_text=True) for one in (first, second))
    assert 'name="rowid"' not in theirs
