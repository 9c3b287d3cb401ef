"""Every route for every role: with one's own record, with another's, with none; a route without a row fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.house.access import ACCESS, ALL, API_ROUTES, EVERYBODY, GIVEN, OPEN, OWN, SIGHT, Row
from tests.house.verdict import none_of
from tests.house.world import NOWHERE, ROLES, VISITOR, World

DONE = {"200", "302", "409", "422"}
"""What a form answers to whoever may send it: taken, or the reasons why not."""

READ = {"200", "302", "409"}
"""What a page answers to whoever may read it; a form of a deed whose time is over says so."""


def rules(app: Flask) -> dict[str, Any]:
    return {rule.endpoint: rule for rule in app.url_map.iter_rules()}


def test_every_route_stands_in_the_table_and_every_row_has_a_route(app: Flask) -> None:
    routes = set(rules(app))

    none_of([f"no row: {name}" for name in sorted(routes - ACCESS.keys() - API_ROUTES.keys())])
    none_of([f"no route: {name}" for name in sorted((ACCESS.keys() | API_ROUTES.keys()) - routes)])


def test_every_route_has_the_methods_of_its_row(app: Flask) -> None:
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        methods.setdefault(rule.endpoint, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    pages = {name: {m for m, roles in (("GET", row.get), ("POST", row.post)) if roles} for name, row in ACCESS.items()}
    wanted = pages | {name: set(told) for name, told in API_ROUTES.items()}

    none_of(
        [f"{name}: {methods[name]} but {wanted.get(name)}" for name in methods if methods[name] != wanted.get(name)]
    )


def model_of(world: World, endpoint: str) -> Any:
    """Give the model of the record that a route's address names."""
    row = ACCESS[endpoint]
    return world.model(row.of) if row.of else world.views[endpoint.split(".", maxsplit=1)[0]].model


def address(world: World, endpoint: str, pk: int | None = None) -> str:
    """Fill in a route: the record, its part, and the words of the row."""
    rule, row = rules(world.app)[endpoint], ACCESS[endpoint]
    values: dict[str, Any] = dict(row.values)
    if pk is not None:
        values["pk"] = pk
    if row.child is not None:
        values[row.child[0]] = child_of(world, row, pk)
    view = world.views.get(endpoint.split(".", maxsplit=1)[0])
    if "name" in rule.arguments and "name" not in values:
        values["name"] = next(name for name, step in view.workflow.transitions.items() if step.by_person)
    with world.app.test_request_context("/login/"):
        return world.app.url_for(endpoint, **values)


def child_of(world: World, row: Row, pk: int | None) -> int:
    assert row.child is not None
    _argument, name, column = row.child
    table = world.model(name).__tablename__
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        wanted = text(f"SELECT id FROM {table} WHERE {column} = :pk ORDER BY id LIMIT 1")
        found = world.connection.scalar(wanted, {"pk": pk})
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return found or NOWHERE


def asked(world: World, endpoint: str, allowed: frozenset[str], good: set[str]) -> Iterator[tuple[str, str, set[str]]]:
    """Give (role, address, the answers that are right) for everybody who knocks at a route."""
    arguments = rules(world.app)[endpoint].arguments
    if "public_id" in arguments:
        yield from asked_for_files(world, endpoint)
        return
    for role in ROLES:
        refusal = {"sign-in"} if role == VISITOR else {"403"}
        if "pk" not in arguments:
            yield role, address(world, endpoint), good if role in allowed else refusal
            continue
        model = model_of(world, endpoint)
        with_door = set(rows_where(world, model, ACCESS[endpoint].where))
        mine = [pk for pk in world.seen_by(role, model) if pk in with_door]
        others = next((pk for pk in world.all_of(model) if pk in with_door and pk not in mine), None)
        if role not in allowed:
            yield role, address(world, endpoint, (mine or world.all_of(model) or [NOWHERE])[0]), refusal
            continue
        if role == min(allowed):
            yield role, address(world, endpoint, NOWHERE), {"404"}
        if others is not None:
            yield role, address(world, endpoint, others), {"404"}
        if mine:
            yield role, address(world, endpoint, mine[0]), {"404"} if role in ACCESS[endpoint].absent else good


def rows_where(world: World, model: Any, where: str) -> list[int]:
    """Give the ids for which a condition holds, asked of the database with full sight."""
    key = ("where", model.__tablename__, where)
    if key not in world.kept:
        with world.connection.begin_nested():
            world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
            wanted = text(f"SELECT id FROM {model.__tablename__} WHERE {where}")
            world.kept[key] = list(world.connection.scalars(wanted))
            world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return world.kept[key]


def asked_for_files(world: World, endpoint: str) -> Iterator[tuple[str, str, set[str]]]:
    with world.app.test_request_context("/login/"):
        nowhere = world.app.url_for(endpoint, public_id="00000000-0000-4000-8000-000000000000")
    for role in ROLES:
        yield role, nowhere, {"404"}


GET = sorted(name for name, row in ACCESS.items() if row.get)
POST = sorted(name for name, row in ACCESS.items() if row.post)


@pytest.mark.parametrize("endpoint", GET)
def test_who_reads(world: World, endpoint: str) -> None:
    found = [
        f"{role} {url}: {answer.kind}, not {'/'.join(sorted(right))}"
        for role, url, right in asked(world, endpoint, ACCESS[endpoint].get, READ)
        if (answer := world.read(role, url)).kind not in right
    ]

    none_of(found)


@pytest.mark.parametrize("endpoint", POST)
def test_who_writes(world: World, endpoint: str) -> None:
    found = []
    for role, url, right in asked(world, endpoint, ACCESS[endpoint].post, DONE | {"401", "429"}):
        with world.undone():
            answer = world.send(role, url, ACCESS[endpoint].data)
        is_shown_out = role == VISITOR or endpoint == "SignIn.logout"
        if answer.kind not in right and not (is_shown_out and answer.kind in {"302", "sign-in"}):
            found.append(f"{role} {url}: {answer.kind}, not {'/'.join(sorted(right))}")

    none_of(found)


@pytest.mark.parametrize("endpoint", POST)
def test_no_form_is_taken_without_its_token(world: World, endpoint: str) -> None:
    role = next(iter(sorted(ACCESS[endpoint].post)))
    arguments = rules(world.app)[endpoint].arguments
    url = address(world, endpoint, NOWHERE if "pk" in arguments else None)

    assert world.client(role).post(url, data={"x": "1"}).status_code == 400


@pytest.mark.parametrize("name", sorted(SIGHT))
def test_who_sees_which_rows(world: World, name: str) -> None:
    model, wrong = world.model(name), []
    everything = set(world.all_of(model))
    for role in ROLES:
        sight = next((told for roles, told in SIGHT[name].items() if role in roles), "")
        seen = set(world.seen_by(role, model))
        if sight == ALL and seen != everything:
            wrong.append(f"{role} sees {len(seen)} of all {len(everything)}")
        if sight == OWN and seen != own_rows(world, role, model):
            wrong.append(f"{role} sees other rows than its organization's own")
        if sight in {GIVEN, OPEN} and seen == everything and len(everything) > 3:
            wrong.append(f"{role} sees everything")
        if not sight and seen:
            wrong.append(f"{role} sees {len(seen)} and should see none")

    none_of(wrong)


def own_rows(world: World, role: str, model: Any) -> set[int]:
    """Give the rows of a role's own organization, asked of the database with full sight."""
    columns = model.__table__.c
    own = world.actors[role].organization_id
    where = "id = :own" if model.__name__ == "Organization" else "organization_id = :own"
    if model.__name__ == "AuditEvent":
        where += " AND audience = 'parties'"
    if "organization_id" not in columns and model.__name__ != "Organization":
        where = "project_id IN (SELECT id FROM project WHERE organization_id = :own)"
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        found = set(world.connection.scalars(text(f"SELECT id FROM {model.__tablename__} WHERE {where}"), {"own": own}))
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return found


def test_every_kind_of_reader_has_something_of_its_own_and_something_of_anothers(world: World) -> None:
    """Without both, the table above would prove nothing."""
    for role in ("org_admin", "org_lead", "org_finance"):
        for name in ("Application", "Project", "Instalment", "Contract"):
            model = world.model(name)
            assert world.seen_by(role, model), f"{role} has no {name}"
            assert world.anothers(role, model), f"{role} sees every {name}"
    assert world.seen_by("reviewer", world.model("Review"))
    assert world.anothers("reviewer", world.model("Review"))
    assert world.seen_by("evaluator", world.model("Evaluation"))
    assert world.anothers("evaluator", world.model("Evaluation"))
    assert world.seen_by("public", world.model("Call"))
    assert world.anothers("public", world.model("Call"))
    assert set(ROLES) == EVERYBODY
