"""Saved views of a register: kept under a name, opened by default, shared with colleagues, one's own alone to change."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from kernel.actor import Actor
from kernel.db import db
from kernel.saved_views import SavedView
from kernel.scope import whole
from tests.factories.orgs import SET_UP, OrganizationFactory

SignIn = Callable[..., FlaskClient]
ASKED = "/views/new/OrganizationView?district=310115&order=-name"


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, officer: Actor) -> FlaskClient:
    OrganizationFactory(name="甲", district_code="310115")
    OrganizationFactory(name="乙", district_code="310104")
    return sign_in(client, "officer")


def page_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def send(client: FlaskClient, path: str, **typed: object) -> tuple[int, str]:
    token = page_of(client, path).split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(path, data={"csrf_token": token, **typed})
    return answer.status_code, answer.location or ""


def views() -> list[SavedView]:
    with whole(SET_UP, "look"):
        return list(db.session.scalars(select(SavedView).order_by(SavedView.id)))


def tabs_of(page: str) -> list[tuple[str, bool]]:
    part = page.split('<ul class="yl-views"')[1].split("</ul>", maxsplit=1)[0]
    return [(name, bool(here)) for here, name in re.findall(r'<a href="[^"]*"( aria-current="true")?>([^<]+)', part)]


def test_a_view_is_kept_with_its_filters_and_order_and_stands_among_the_tabs(desk: FlaskClient) -> None:
    assert send(desk, ASKED, name=" 浦东 ") == (302, "/organizations/?district=310115&order=-name")

    assert [(view.name, view.address) for view in views()] == [("浦东", {"district": "310115", "order": "-name"})]
    page = page_of(desk, "/organizations/?district=310115&order=-name")
    assert ("浦东", True) in tabs_of(page)
    assert ("全部", False) in tabs_of(page)
    assert page.count("甲</a>") == 1
    assert page.count("乙</a>") == 0


def test_what_the_register_does_not_know_is_not_kept(desk: FlaskClient) -> None:
    send(desk, "/views/new/OrganizationView?district=999999&password=x&page=7", name="空")

    assert views()[0].address == {"order": "-projects"}
    assert desk.get("/views/new/OrganizationView?order=contact_phone").status_code == 400
    assert desk.get("/views/new/PeopleView").status_code == 404
    assert desk.get("/views/new/Inbox").status_code == 404


def test_the_bare_register_opens_the_default_view_and_there_is_one(desk: FlaskClient) -> None:
    send(desk, ASKED, name="浦东", is_default="1")
    assert desk.get("/organizations/").location == "/organizations/?order=-name&district=310115"

    send(desk, "/views/new/OrganizationView?district=310104", name="徐汇", is_default="1")

    assert [(view.name, view.is_default) for view in views()] == [("浦东", False), ("徐汇", True)]
    assert desk.get("/organizations/").location == "/organizations/?order=-projects&district=310104"
    assert page_of(desk, "/organizations/?order=-projects").count("甲</a>") == 1


def test_a_shared_view_is_seen_by_colleagues_and_changed_by_its_owner_alone(
    desk: FlaskClient, director: Actor, sign_in: SignIn
) -> None:
    send(desk, ASKED, name="浦东", is_shared="1", is_default="1")
    send(desk, "/views/new/OrganizationView?district=310104", name="自己的")
    shared, own = (view.id for view in views())

    colleague = sign_in(desk, "director")

    page = page_of(colleague, "/organizations/")
    assert [name for name, _here in tabs_of(page) if name in {"浦东", "自己的"}] == ["浦东"]
    assert colleague.get(f"/views/{own}").status_code == 404
    assert colleague.get(f"/views/{shared}/deeds/change").status_code == 404
    token = page_of(colleague, "/views/new/OrganizationView").split('name="csrf_token" value="')[1].split('"')[0]
    refused = colleague.post(f"/views/{shared}/deeds/remove", data={"csrf_token": token})
    assert refused.status_code == 404
    assert len(views()) == 2


def test_a_view_is_renamed_and_removed(desk: FlaskClient) -> None:
    send(desk, ASKED, name="浦东")
    pk = views()[0].id

    assert send(desk, f"/views/{pk}/deeds/change", name="浦东新区", is_shared="1") == (302, "/views/")
    assert [(view.name, view.is_shared) for view in views()] == [("浦东新区", True)]
    assert "浦东新区" in page_of(desk, "/views/")
    assert send(desk, f"/views/{pk}/deeds/remove") == (302, "/views/")
    assert views() == []


def test_a_name_is_given_once_and_never_empty(desk: FlaskClient) -> None:
    send(desk, ASKED, name="浦东")

    assert send(desk, ASKED, name="浦东")[0] == 409
    assert send(desk, ASKED, name="  ")[0] == 422
    assert len(views()) == 1
