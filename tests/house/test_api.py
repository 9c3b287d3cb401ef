"""The doors for programs in the whole house: every route for every role, what it costs, and what it never says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text

from kernel.sessions import start_session
from tests.factories.hostile import SOUND_PDF
from tests.house.access import API, EVERYBODY
from tests.house.verdict import none_of
from tests.house.world import NOWHERE, PEOPLE, ROLES, VISITOR, World

MOST_STATEMENTS = 8
FILE = {"kind": "other"}
"""What is sent beside a file to whoever takes one."""
TAKEN = {200, 201, 409, 422}
"""What a write answers to whoever may send it: done, or the reasons why not."""


def shown(world: World, role: str) -> dict[str, str]:
    """Give the token of a role's program, as it is shown with each request."""
    key = ("program", role)
    if role == VISITOR:
        return {}
    if key not in world.kept:
        wanted = text("SELECT id FROM ab_user WHERE username = :name")
        user_id = world.connection.scalar(wanted, {"name": PEOPLE[role]})
        world.kept[key] = user_id
    token = start_session(world.kept[key], locale="zh", address="127.0.0.1", agent="tests", is_program=True)
    return {"Authorization": f"Bearer {token}"}


def door(world: World, name: str) -> Any:
    return next(view for view in world.app.appbuilder.baseviews if type(view).__name__ == name)


def records(world: World, role: str, model: Any) -> Iterator[tuple[int, bool]]:
    """Give (id, whether this role's person sees it) of one's own record, another's, and one that is not there."""
    mine = world.seen_by(role, model)
    if mine:
        yield mine[0], True
    if (other := world.anothers(role, model)) is not None:
        yield other, False
    yield NOWHERE, False


def refusal(role: str) -> set[int]:
    return {401} if role == VISITOR else {403}


@pytest.mark.parametrize("name", sorted(API))
def test_who_reads(world: World, name: str) -> None:
    view, row, wrong = door(world, name), API[name], []
    for role in ROLES:
        client, headers = world.app.test_client(), shown(world, role)
        asked = [(view.route_base, {200} if role in row.lists else refusal(role))]
        for pk, is_seen in records(world, role, view.model):
            right = ({200} if is_seen else {404}) if role in row.reads else refusal(role)
            asked.append((f"{view.route_base}/{pk}", right))
        for url, right in asked:
            code = client.get(url, headers=headers).status_code
            if code not in right:
                wrong.append(f"{role} GET {url}: {code}, not {right}")

    none_of(wrong)


@pytest.mark.parametrize("name", sorted(API))
def test_who_writes(world: World, name: str) -> None:
    view, row, wrong = door(world, name), API[name], []
    step = view.names_of_steps()[0]
    for role in ROLES:
        headers = shown(world, role) | {"Idempotency-Key": "one"}
        asked: list[tuple[str, str, Any, set[int]]] = []
        if row.creates:
            asked.append(("POST", view.route_base, {}, TAKEN if role in row.creates else refusal(role)))
        for pk, is_seen in records(world, role, view.model):
            url, taken = f"{view.route_base}/{pk}", TAKEN if is_seen else {404, 422}
            if row.changes:
                asked.append(("PATCH", url, {"version": 1}, taken if role in row.changes else refusal(role)))
            if row.attaches:
                asked.append(("POST", f"{url}/attachments", FILE, taken if role in row.attaches else refusal(role)))
            right = taken if role in row.reads and role != VISITOR else refusal(role)
            asked.append(("POST", f"{url}/steps/{step}", {"version": 1}, right))
        wrong += [told for one in asked if (told := wrongly_answered(world, role, headers, *one))]

    none_of(wrong)


def wrongly_answered(
    world: World, role: str, headers: dict[str, str], method: str, url: str, body: Any, right: set[int]
) -> str:
    """Send a write, take back what it did, and say in what way its answer is not right."""
    with world.undone():
        parts = {"data": body | {"file": (BytesIO(SOUND_PDF), "a.pdf")}} if body == FILE else {"json": body}
        code = world.app.test_client().open(url, method=method, headers=headers, **parts).status_code
    return "" if code in right else f"{role} {method} {url}: {code}, not {right}"


def test_every_door_of_the_table_is_for_somebody_and_against_somebody() -> None:
    none_of([name for name, row in API.items() if not row.reads or (row.creates | row.changes) == EVERYBODY])


@pytest.mark.parametrize("name", sorted(API))
def test_what_reading_costs(world: World, name: str) -> None:
    view, wrong = door(world, name), []
    role = next(role for role in ("officer", *ROLES) if role in API[name].reads and world.seen_by(role, view.model))
    for reader in {role, *(one for one in ("org_admin", "reviewer", "evaluator") if one in API[name].reads)}:
        client, headers = world.app.test_client(), shown(world, reader)

        def cost(url: str, client: Any = client, headers: Any = headers) -> int:
            world.ask(client, url, headers=headers)  # what is read once in a process is no cost of a request
            return len(world.ask(client, url, headers=headers).statements)

        if reader in API[name].lists:
            costs = [cost(f"{view.route_base}?page_size={size}") for size in (1, 100)]
            if costs[0] != costs[1] or costs[0] > MOST_STATEMENTS:
                wrong.append(f"{reader} {view.route_base}: {costs}")
        urls = [f"{view.route_base}/{pk}" for pk in world.seen_by(reader, view.model)[:3]]
        wrong += [f"{reader} {url}: {told}" for url in urls if (told := cost(url)) > MOST_STATEMENTS]

    none_of(wrong)


def answers(world: World, role: str, name: str) -> Iterator[Any]:
    """Give the records of one kind as a role's program reads them: as rows and some of them whole."""
    view, client, headers = door(world, name), world.app.test_client(), shown(world, role)
    if role in API[name].lists:
        yield from client.get(f"{view.route_base}?page_size=100", headers=headers).json["result"]
    for pk in world.seen_by(role, view.model)[:12]:
        yield client.get(f"{view.route_base}/{pk}", headers=headers).json["result"]


def test_an_organization_never_reads_who_reviewed_it_nor_with_which_score(world: World) -> None:
    found = []
    names = text(
        "SELECT u.last_name || u.first_name AS name FROM ab_user u JOIN ab_user_role ur ON ur.user_id = u.id"
        " JOIN ab_role r ON r.id = ur.role_id WHERE r.name = 'reviewer'"
    )
    reviewers = set(world.connection.scalars(names))
    for name in ("Applications", "Projects", "Instalments", "Calls", "Evaluations"):
        for told in answers(world, "org_admin", name):
            found += [f"{name}: {one}" for one in reviewers if one in json.dumps(told, ensure_ascii=False)]
            if name == "Applications":
                found += [f"{name}: {one}" for one in told.keys() & {"score", "rank", "score_spread", "checks"}]

    assert len(reviewers) > 3
    none_of(found)


def test_the_centre_never_reads_the_text_of_a_draft(world: World) -> None:
    view = door(world, "Applications")
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        wanted = text("SELECT id, need FROM application WHERE submitted_at IS NULL AND need <> '' ORDER BY id LIMIT 5")
        drafts = world.connection.execute(wanted).all()
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    client, headers = world.app.test_client(), shown(world, "officer")

    told = {one.id: client.get(f"{view.route_base}/{one.id}", headers=headers).json["result"] for one in drafts}

    assert drafts
    assert {one["handed_in"] for one in told.values()} == {None}
    none_of([pk for pk, one in told.items() if "need" in one or drafts[0].need[:20] in json.dumps(one)])


def test_every_answer_has_the_fields_of_its_description_and_no_other(world: World) -> None:
    client = world.app.test_client()
    schemas = client.get("/api/v1/_openapi", headers=shown(world, "officer")).json["components"]["schemas"]
    strange = []
    for role in ("officer", "org_admin", "reviewer", "evaluator"):
        for name in (name for name, row in API.items() if role in row.reads):
            told = [schemas[door(world, name).row.__name__], schemas[door(world, name).one.__name__]]
            for answer in answers(world, role, name):
                fits = [set(schema["required"]) <= answer.keys() <= set(schema["properties"]) for schema in told]
                strange += [] if any(fits) else [f"{role} {name}: {sorted(answer)}"]

    none_of(strange)


def test_a_reviewer_fills_in_a_sheet_by_program_and_nobody_else_does(world: World) -> None:
    wanted = text("SELECT id FROM review WHERE reviewer_id = :who AND state IN ('accepted', 'scoring') ORDER BY id")
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        pk = world.connection.scalar(wanted, {"who": world.actors["reviewer"].user_id})
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    url, mine = f"/api/v1/reviews/{pk}", shown(world, "reviewer")
    client = world.app.test_client()
    read = client.get(url, headers=mine).json["result"]
    code = read["items"][0]["code"]

    def change(headers: dict[str, str], key: str, *items: dict[str, str]) -> Any:
        body = {"version": read["version"], "items": items}
        return client.patch(url, json=body, headers=headers | {"Idempotency-Key": key})

    strange = change(mine, "a", {"code": "nothing", "score": "1.00"})
    too_much = change(mine, "b", {"code": code, "score": "1000.00"})
    saved = change(mine, "c", {"code": code, "score": "1.50", "comment": "有依据。"})
    stale = change(mine, "d", {"code": code, "score": "2.00"})

    assert (strange.status_code, list(strange.json["fields"])) == (422, ["items-0-code"])
    assert too_much.status_code == 422
    assert saved.status_code == 200
    assert saved.json["result"]["items"][0] | {"weight": ""} == {
        "code": code,
        "weight": "",
        "score": "1.5",
        "comment": "有依据。",
    }
    assert stale.status_code == 409
    assert change(shown(world, "officer"), "e").status_code == 403
    seen = client.get(url, headers=shown(world, "officer")).json["result"]
    assert {item["score"] for item in seen["items"]} == {None}
