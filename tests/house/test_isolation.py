"""Nothing of one organization reaches another: by no list, search, filter, order, related field, file, door or error.

Every text of another organization's records carries a mark in the database, wherever its constraints take one; then
people of one organization ask for whatever their pages let them ask, and more, and no answer holds the mark.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings as bounded, strategies as st
from sqlalchemy import ColumnElement, Computed, False_, Text, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import String

from kernel.actor import ReaderKind
from kernel.db import Choice, Fact, db
from kernel.encryption import Encrypted
from kernel.files import StoredFile
from kernel.scope import Reader, all_records, rows_for, see_as, session_reader
from kernel.sessions import start_session
from kernel.views import RecordView
from tests.house.access import ACCESS, API, ORGANIZATION
from tests.house.test_access import address, model_of, rows_where, rules
from tests.house.verdict import none_of
from tests.house.world import NOWHERE, PEOPLE, World

MARK = "QZXMARK"
ROLES = sorted(ORGANIZATION)
QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
LEAST_MARKED = 60
"""How many columns take the mark at least: a test that marks nothing finds nothing."""

VARYING = re.compile(r'[0-9a-f]{16,}|nonce="[^"]*"|value="[^"]{20,}"')


@pytest.fixture
def marked(world: World) -> Iterator[World]:
    """The world with the mark in every text of other organizations that can take one and that is not public."""
    own = world.actors["org_admin"].organization_id
    assert own is not None
    with world.undone():
        with world.connection.begin_nested():
            world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
            done = [_mark(world, column, where) for column, where in _texts(own)]
            world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
        assert sum(done) >= LEAST_MARKED, sum(done)
        yield world


def _texts(own: int) -> Iterator[tuple[Any, ColumnElement[bool]]]:
    """Give every text column of records that belong to an organization, with which rows are another's."""
    for model in all_records():
        table: Any = model.__table__
        owner = table.c.id if model.__name__ == "Organization" else table.c.get("organization_id")
        if owner is None or not _is_private(model):
            continue
        where = owner != own
        if model is StoredFile:
            where &= ~table.c.is_public
        for column in table.c:
            is_text = isinstance(column.type, Text | String) and not isinstance(column.type, Choice | Encrypted)
            if is_text and not isinstance(column.server_default, Computed) and column.name != "search_text":
                yield column, where


def _is_private(model: type[Fact]) -> bool:
    nobody: Reader = session_reader()
    return isinstance(rows_for(model, ReaderKind.PUBLIC, nobody), False_) or model is StoredFile


def _mark(world: World, column: Any, where: ColumnElement[bool]) -> int:
    """Mark a column; gives how many rows took it. What a constraint refuses stays as it is."""
    point = world.connection.begin_nested()
    try:
        found = world.connection.execute(
            update(column.table).where(where, column != "").values({column: column + MARK})
        )
    except DBAPIError:
        point.rollback()
        return 0
    point.commit()
    return int(found.rowcount > 0)


# What people of an organization can ask for

WORDS = ("示例", "中心", "shs", "zhongxin", "XM", "SB", "2026-", "52310", MARK[:3].lower(), "%", "a' OR 1=1 --")
ODD = ("0", "1", "-1", "999999999999", "", "x", "none", "true")


def registers(world: World, role: str) -> list[tuple[str, Any]]:
    """Give the addresses of all pages without a record that a role opens, with their views."""
    found = []
    for endpoint, row in sorted(ACCESS.items()):
        arguments = rules(world.app)[endpoint].arguments
        is_door = endpoint.startswith("SignIn.")
        if role in row.get and not is_door and not {"pk", "public_id", "filename"} & arguments:
            found.append((address(world, endpoint), world.views.get(endpoint.split(".")[0])))
    return found


def others_words(world: World) -> list[str]:
    """Give words by which another organization's records would be found: names, codes and numbers."""
    own = world.actors["org_admin"].organization_id
    wanted = (
        "SELECT left(name, 8), left(name_pinyin, 6), credit_code FROM organization WHERE id <> :own ORDER BY id LIMIT 6"
    )
    numbers = "SELECT number FROM {} WHERE organization_id <> :own ORDER BY id LIMIT 4"
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        found = [word for row in world.connection.execute(text(wanted), {"own": own}) for word in row]
        for table in ("application", "project", "evaluation"):
            found += world.connection.scalars(text(numbers.format(table)), {"own": own}).all()
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return [word.replace(MARK, "") for word in found]


def draw_query(data: st.DataObject, world: World, view: Any, words: list[str]) -> str:
    """Draw what is asked of a register: words, filters with offered and odd values, orders, pages, others' ids."""
    told: dict[str, Any] = {}
    if data.draw(st.booleans()):
        told["q"] = data.draw(st.sampled_from((*WORDS, *words)))
    is_register = isinstance(view, RecordView)
    keys = [column.key for column in view.columns] if is_register else []
    told["order"] = data.draw(
        st.sampled_from(["", "id", "-id", "organization_id", *keys, *(f"-{key}" for key in keys)])
    )
    told["page"] = data.draw(st.sampled_from(("", "1", "2", "9", "-1")))
    told["size"] = data.draw(st.sampled_from(("", "25", "50", "100", "100000")))
    others = [str(pk) for pk in world.all_of(world.model("Organization"))[:5]]
    for name in ("call", "organization", "organization_id", "project", "before", "pk"):
        if data.draw(st.integers(0, 5)) == 0:
            told[name] = data.draw(st.sampled_from((*others, *ODD)))
    if is_register:
        for filter_ in view.filters:
            if data.draw(st.integers(0, 3)) == 0:
                with world.app.test_request_context("/"):
                    see_as(world.actors["officer"])  # whoever narrows knows what staff are offered
                    offered = [str(value) for value, _word in filter_.choices()] if filter_.choices else []
                db.session.remove()
                told[filter_.name] = data.draw(st.sampled_from((*offered, *others, *ODD)))
    return urlencode({name: value for name, value in told.items() if value != ""})


def holds_mark(response: Any) -> bool:
    """Look for the mark in what was sent, also inside of an archive, as workbooks are."""
    content = response.get_data()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    return MARK.encode() in content


def test_no_page_shows_another_organizations_words_whatever_is_asked(marked: World) -> None:
    words = others_words(marked)
    pages = {role: registers(marked, role) for role in ROLES}
    clients = {role: marked.client(role) for role in ROLES}

    @bounded(max_examples=120, **QUICK)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        role = data.draw(st.sampled_from(ROLES))
        url, view = data.draw(st.sampled_from(pages[role]))
        asked = f"{url}?{draw_query(data, marked, view, words)}"
        with clients[role].get(asked) as response:
            assert response.status_code < 500, asked
            assert not holds_mark(response), f"{role} {asked}"

    ask()


def test_the_mark_is_seen_by_who_may_see_it(marked: World) -> None:
    """Without it the trial above would prove nothing: staff meet the mark on the same pages."""
    seen = [url for url in ("/organizations/", "/applications/", "/projects/") if MARK in _page(marked, "officer", url)]

    assert seen == ["/organizations/", "/applications/", "/projects/"]


def _page(world: World, role: str, url: str) -> str:
    with world.client(role).get(url) as response:
        return response.get_data(as_text=True)


def test_ones_own_records_tell_nothing_of_others(marked: World) -> None:
    """What lies beside a record, as its relations and its history do, is one's own as well."""
    told, count = [], 0
    for endpoint, row in sorted(ACCESS.items()):
        if "pk" not in rules(marked.app)[endpoint].arguments or not row.get & ORGANIZATION:
            continue
        role = min(row.get & ORGANIZATION)
        model = model_of(marked, endpoint)
        mine = set(marked.seen_by(role, model))
        for pk in [one for one in rows_where(marked, model, row.where) if one in mine][:1]:
            count += 1
            with marked.client(role).get(address(marked, endpoint, pk)) as response:
                if holds_mark(response):
                    told.append(f"{role} {endpoint} {pk}: {response.status_code}")

    none_of(told)
    assert count > 20


def test_no_file_of_anothers_opens(marked: World) -> None:
    own = marked.actors["org_admin"].organization_id
    with marked.connection.begin_nested():
        marked.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        table = StoredFile.__table__.c
        wanted = select(table.public_id).where(table.organization_id.is_distinct_from(own), ~table.is_public)
        theirs = marked.connection.scalars(wanted.order_by(table.id.desc()).limit(8)).all()
        marked.connection.exec_driver_sql("SET LOCAL ROLE NONE")

    assert theirs
    none_of(
        [
            f"{role} {public_id}: {code}"
            for role in ROLES
            for public_id in theirs
            if (code := marked.client(role).get(f"/files/{public_id}").status_code) != 404
        ]
    )


# Errors tell nothing either: what is another's and what is not there differ in nothing


Told = tuple[int, str, tuple[str, ...]]


def _told(world: World, client: FlaskClient, url: str, **more: Any) -> Told:
    """Give what an answer says, without what is its own each time and its address, and the statements that it cost."""
    del world.statements[:]
    with client.open(url, **more) as response:
        body = VARYING.sub("", response.get_data(as_text=True)).replace(url, "")
        return response.status_code, body, tuple(world.statements)


def pairs(world: World, method: str) -> Iterator[tuple[str, str, str, str]]:
    """Give (role, route, address of another's record, address of none) of everything with a record in its address."""
    for endpoint, row in sorted(ACCESS.items()):
        if "pk" not in rules(world.app)[endpoint].arguments:
            continue
        model = model_of(world, endpoint)
        with_door = rows_where(world, model, row.where)
        for role in sorted((row.get if method == "GET" else row.post) & ORGANIZATION):
            mine = set(world.seen_by(role, model))
            theirs = next((pk for pk in with_door if pk not in mine), None)
            if theirs is not None:
                there = address(world, endpoint, theirs)
                yield role, endpoint, there, there.replace(str(theirs), str(NOWHERE), 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_anothers_record_and_none_are_told_apart_by_nothing(world: World, method: str) -> None:
    differing, count = [], 0
    for role, endpoint, theirs, none in pairs(world, method):
        client = world.client(role)
        data = {"csrf_token": world.token(role, client)} | dict(ACCESS[endpoint].data) if method == "POST" else None
        with world.undone():
            there = _told(world, client, theirs, method=method, data=data)
        with world.undone():
            nowhere = _told(world, client, none, method=method, data=data)
        count += 1
        if there != nowhere or there[0] != 404:
            differing.append(
                f"{role} {method} {endpoint}: {there[0]} and {nowhere[0]}, {len(there[2])} and {len(nowhere[2])} statements"
            )

    none_of(differing)
    assert count > 40


def test_programs_meet_the_same_silence(marked: World) -> None:
    told, count = [], 0
    words = others_words(marked)
    for name, row in sorted(API.items()):
        view = next(one for one in marked.app.appbuilder.baseviews if type(one).__name__ == name)
        base = f"/api/v1/{view.resource_name}/"
        for role in sorted(row.reads & ORGANIZATION):
            client, shown = marked.app.test_client(), {"Authorization": f"Bearer {_token(marked, role)}"}
            model = view.page.model
            mine = set(marked.seen_by(role, model))
            theirs = next(pk for pk in marked.all_of(model) if pk not in mine)
            there = _told(marked, client, f"{base}{theirs}", headers=shown)
            nowhere = _told(marked, client, f"{base}{NOWHERE}", headers=shown)
            count += 1
            if there != nowhere or there[0] != 404:
                told.append(f"{role} {base}: {there[0]} and {nowhere[0]}")
            for word in ("", *words[:8]):
                query = urlencode({"q": word, "page_size": 100} if word else {"page_size": 100})
                with client.get(f"{base}?{query}", headers=shown) as response:
                    if holds_mark(response):
                        told.append(f"{role} {base}?{query}")

    none_of(told)
    assert count >= 10


def _token(world: World, role: str) -> str:
    user_id = world.connection.scalar(text("SELECT id FROM ab_user WHERE username = :name"), {"name": PEOPLE[role]})
    token = start_session(user_id, locale="zh", address="127.0.0.1", agent="tests", is_program=True)
    db.session.remove()
    return token
