"""Who sees whose organizations: in queries, in the database alone, and on pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from kernel.actor import VISITOR, Actor, ReaderKind
from kernel.clock import today
from kernel.db import db
from kernel.scope import see_as, whole
from orgs.models import CreditEntry, District, Inspection, Organization, Rating
from orgs.queries import counts_on, dossier_of, found_by
from tests.factories.orgs import (
    SET_UP,
    CreditEntryFactory,
    InspectionFactory,
    OrganizationFactory,
    RatingFactory,
    gone_from_memory,
    person,
)

SignIn = Callable[..., FlaskClient]
MODELS = (Organization, Rating, Inspection, CreditEntry)
PANEL = Actor(name="reviewer", user_id=4711, kind=ReaderKind.PANEL)


@pytest.fixture
def two(db_session: Session) -> tuple[int, int]:
    """The ids of two organizations, each with a full file."""
    made = OrganizationFactory(name="示例·木兰中心"), OrganizationFactory(name="示例·春申中心")
    for one in made:
        RatingFactory(organization_id=one.id)
        InspectionFactory(organization_id=one.id)
        CreditEntryFactory(organization_id=one.id)
        person("org_admin", organization_id=one.id)
    return made[0].id, made[1].id


def rows_seen(actor: Actor) -> list[int]:
    gone_from_memory()
    see_as(actor)
    return [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in MODELS]


def rows_seen_by_database_alone(actor: Actor) -> list[int]:
    see_as(actor)
    return [
        db.session.connection().scalar(text(f"SELECT count(*) FROM {model.__tablename__}")) or 0 for model in MODELS
    ]


@pytest.mark.parametrize("look", [rows_seen, rows_seen_by_database_alone])
def test_each_kind_of_reader_sees_its_rows(two: tuple[int, int], look: Callable[[Actor], list[int]]) -> None:
    own = person("org_lead", organization_id=two[0])

    assert look(person("auditor")) == [2, 2, 2, 2]
    assert look(own) == [1, 1, 1, 1]


@pytest.mark.parametrize("actor", [VISITOR, PANEL])
def test_the_public_and_panels_may_not_even_ask(two: tuple[int, int], actor: Actor) -> None:
    with pytest.raises(ProgrammingError, match="permission denied for table organization"):
        rows_seen(actor)


def test_districts_are_for_everybody(db_session: Session) -> None:
    see_as(VISITOR)

    assert db.session.scalar(select(func.count()).select_from(District)) == 16


def test_file_search_and_counts_stay_within_the_readers_sight(two: tuple[int, int]) -> None:
    see_as(person("org_lead", organization_id=two[0]))

    other = dossier_of(two[1])

    assert (other.ratings, other.inspections, other.entries) == ([], [], [])
    assert len(dossier_of(two[0]).ratings) == 1
    assert db.session.scalars(select(Organization.id).where(found_by("中心"))).all() == [two[0]]
    assert counts_on(today())[""] == 1


@pytest.mark.parametrize("code", ["org_admin", "org_lead", "org_finance"])
def test_an_organization_meets_only_itself_on_pages(
    client: FlaskClient, sign_in: SignIn, two: tuple[int, int], code: str
) -> None:
    mine, theirs = two
    with whole(SET_UP, "look"):
        their_rating = db.session.scalars(select(Rating.id).where(Rating.organization_id == theirs)).one()
    person(code, organization_id=mine, username="own")
    sign_in(client, "own")

    assert client.get(f"/organizations/{mine}").status_code == 200
    assert client.get(f"/organizations/{theirs}").status_code == 404
    assert client.get("/organizations/").status_code == 403
    assert client.get("/organizations/?q=春申").status_code == 403
    assert client.get("/ratings/").status_code == 403
    assert client.get(f"/ratings/{their_rating}").status_code == 404
    assert client.get(f"/organizations/{theirs}/deeds/profile").status_code == 404
    assert client.post(f"/organizations/{theirs}/deeds/profile", data=_token(client)).status_code == 404
    assert client.get("/organization/").location == f"/organizations/{mine}"


@pytest.mark.parametrize(
    ("code", "path", "status"),
    [
        ("auditor", "/organizations/", 200),
        ("auditor", "/organizations/new", 403),
        ("auditor", "/organizations/{id}", 200),
        ("auditor", "/organizations/{id}/deeds/profile", 403),
        ("auditor", "/organizations/{id}/deeds/nothing", 404),
        ("auditor", "/ratings/", 200),
        ("auditor", "/organization/", 403),
        ("finance", "/organizations/new", 403),
        ("director", "/organizations/{id}/deeds/registration", 403),
        ("officer", "/organizations/new", 200),
        ("officer", "/organizations/{id}/deeds/registration", 200),
        ("officer", "/organizations/999999", 404),
    ],
)
def test_who_may_enter(
    client: FlaskClient, sign_in: SignIn, two: tuple[int, int], code: str, path: str, status: int
) -> None:
    person(code, username="reader")
    sign_in(client, "reader")

    assert client.get(path.format(id=two[0])).status_code == status


@pytest.mark.parametrize("path", ["/organizations/", "/organizations/1", "/ratings/", "/organization/"])
def test_a_visitor_is_asked_to_sign_in(client: FlaskClient, path: str) -> None:
    assert client.get(path).location.startswith("/login/")


def _token(client: FlaskClient) -> dict[str, Any]:
    page = client.get("/account/").get_data(as_text=True)
    return {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
