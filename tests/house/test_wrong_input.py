"""Wrong input gets a sentence in Chinese, nothing that was typed is lost, and no junk whatever is a fault."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grants.models import Application, ApplicationVersion
from grants.states import ApplicationState, Section
from kernel.actor import Actor
from kernel.clock import at
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.scope import whole
from orgs.operations import record_rating
from orgs.states import RatingGrade
from tests.factories.grants import FILLED, draft_application, open_call
from tests.factories.people import SYSTEM, organization, person, token_of
from tests.house.access import ACCESS
from tests.house.test_access import address, rows_where, rules
from tests.house.verdict import none_of
from tests.house.world import World

GRADE = RatingGrade("4A")
NOON = at(date(2026, 11, 24), 12)


@pytest.fixture
def admin(app: Flask, db_session: Session) -> Actor:
    """The administrator of an organization, on a day at noon."""
    return person("admin", "org_admin", organization_id=organization().id)


@pytest.fixture
def browser_of(app: Flask, sign_in: Any) -> Any:
    """Give a browser in which somebody is signed in, and the token of their forms."""

    def _browser_of(username: str) -> tuple[FlaskClient, str]:
        client = sign_in(app.test_client(), username)
        return client, token_of(client.get("/account/").get_data(as_text=True))

    return _browser_of


@pytest.fixture(autouse=True)
def _noon(request: pytest.FixtureRequest) -> Iterator[None]:
    if "world" in request.fixturenames:
        yield
        return
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def draft(admin: Actor, app: Flask) -> int:
    """The id of a draft that is ready to be submitted, in a call that is open."""
    use_storage(Storage(app.config["YULAN"].files))
    return draft_application(open_call(), admin).id


def section_form(section: Section, **other: str) -> dict[str, str]:
    return FILLED[section] | other


def sentences_of(page: str) -> str:
    """Give what a page says beside its fields and in its box of errors, without marks."""
    found = re.findall(
        r'class="yl-error"[^>]*>.*?</p>|class="yl-error-box".*?</div>|class="yl-note[^"]*".*?</div>', page, re.DOTALL
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", " ".join(found)))


# --- Six mistakes that people make ---


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("52310104MJ00000188", "校验"),
        ("52310104MJ0000018", "18"),
        ("52310104MJ0000O189", "O"),
        ("ZZ310104MJ00000189", "Z"),
    ],
)
def test_a_bad_credit_code(app: Flask, db_session: Session, browser_of: Any, code: str, told: str) -> None:
    person("officer", "officer")
    client, token = browser_of("officer")
    typed = {"csrf_token": token, "credit_code": code, "name": "示例晨光服务中心", "registrar": "示例区民政局"}

    answer = client.post("/organizations/new", data=typed)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in sentences_of(page)
    assert re.search("[\u4e00-\u9fff]{4,}", sentences_of(page))
    for value in (code, "示例晨光服务中心", "示例区民政局"):
        assert f'value="{value}"' in page


def test_a_budget_that_does_not_add_up_is_named_and_not_submitted(draft: int, browser_of: Any) -> None:
    client, token = browser_of("admin")
    form = section_form(Section.BUDGET, requested="71,000.00", csrf_token=token)

    answer = client.post(f"/applications/{draft}/form/budget", data=form, follow_redirects=True)
    page = client.get(f"/applications/{draft}/form/budget").get_data(as_text=True)
    key = {"csrf_token": token, "key": "6f1b1c1e-0000-4000-8000-000000000001", "declared": "1"}
    refused = client.post(f"/applications/{draft}/submit", data=key)

    assert answer.status_code == 200
    assert "71,000.00" in page
    assert refused.status_code == 409
    assert "70,000.00" in refused.get_data(as_text=True)
    assert state_of(draft) is ApplicationState.DRAFT


def state_of(draft: int) -> ApplicationState:
    with whole(SYSTEM, "look"):
        return db.session.scalars(select(Application.state).where(Application.id == draft)).one()


def test_a_late_submission_says_when_the_call_closed_and_keeps_the_draft(
    draft: int, browser_of: Any, app: Flask, sign_in: Any
) -> None:
    with time_machine.travel(NOON + timedelta(days=29), tick=False):
        client, token = browser_of("admin")
        key = {"csrf_token": token, "key": "6f1b1c1e-0000-4000-8000-000000000001", "declared": "1"}
        answer = client.post(f"/applications/{draft}/submit", data=key)

        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "2026-12-22" in page
        assert "截止" in page
        assert "屋檐下的倾听" in client.get(f"/applications/{draft}").get_data(as_text=True)


def test_a_stale_save_shows_both_texts_and_overwrites_nothing(draft: int, browser_of: Any) -> None:
    client, token = browser_of("admin")
    url = f"/applications/{draft}/form/need"
    (version,) = set(re.findall(r'name="version" value="(\d+)"', client.get(url).get_data(as_text=True)))
    first = {"csrf_token": token, "version": version, "need": "先到的同事写下的需求分析，说的是家庭教育指导。"}
    second = {"csrf_token": token, "version": version, "need": "后到的同事写下的另一份，说的是陪伴与互助。"}

    assert client.post(url, data=first).status_code == 302
    answer = client.post(url, data=second)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert first["need"] in page
    assert second["need"] in page
    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(Application.need).where(Application.id == draft)).one() == first["need"]


def test_a_double_submit_leads_to_one_application_and_one_receipt(draft: int, browser_of: Any) -> None:
    client, token = browser_of("admin")
    key = {"csrf_token": token, "key": "6f1b1c1e-0000-4000-8000-000000000001", "declared": "1"}

    answers = [client.post(f"/applications/{draft}/submit", data=key) for _press in range(3)]

    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {
        (302, f"/applications/{draft}/receipt")
    }
    with whole(SYSTEM, "look"):
        assert db.session.scalar(select(func.count()).select_from(ApplicationVersion)) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("报名.exe", b"MZ\x90\x00" + b"x" * 200),
        ("报名.pdf", b"MZ\x90\x00" + b"x" * 200),
        ("报名.html", b"<script>alert(1)</script>"),
        ("报名.docx", b"PK\x03\x04 not a document"),
        ("报名.pdf", b""),
        ("报名", b"%PDF-1.4"),
    ],
)
def test_a_file_of_the_wrong_kind_is_named_and_not_kept(draft: int, browser_of: Any, name: str, content: bytes) -> None:
    client, token = browser_of("admin")
    form = {"csrf_token": token, "kind": "other", "file": (BytesIO(content), name)}

    answer = client.post(f"/applications/{draft}/files", data=form, content_type="multipart/form-data")
    page = answer.get_data(as_text=True) if answer.status_code != 302 else client.get(answer.headers["Location"]).text

    assert answer.status_code in {302, 409, 422}
    assert "报名" in page
    assert not re.search(r"Traceback|Error|sha256", page)


def test_a_stale_step_keeps_what_was_typed(app: Flask, db_session: Session, browser_of: Any) -> None:
    person("officer", "officer")
    owner = organization()
    with transaction(), whole(SYSTEM, "set-up"):
        url = f"/ratings/{record_rating(owner, actor=SYSTEM, grade=GRADE, announced_on=date(2025, 3, 3)).id}/steps/confirm"
    client, token = browser_of("officer")
    form = {"csrf_token": token, "version": "77", "certificate_number": "沪社评-2025-0007"}

    answer = client.post(url, data=form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "沪社评-2025-0007" in page
    assert re.search("[\u4e00-\u9fff]{6,}", sentences_of(page))


# --- Junk at every door ---

JUNK = (
    "",
    "\x00",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "９９９９９９９９９９９９９９９９",
    "-1",
    "--5",
    "1e400",
    "NaN",
    "½",
    "2026-13-45",
    "0000-00-00",
    "9" * 400,
    "\u202e\ufeff\u200b",
    "𠮷🀄" * 50,
    "a" * 20_000,
    "[object Object]",
    "{{7*7}}%s%n%(x)s{0}{x}",
    "null",
    "../../etc/passwd",
)
TRIES = 3


def fields_of(page: str) -> list[str]:
    return sorted(set(re.findall(r'name="([a-z_][\w-]*)"', page)) - {"csrf_token", "viewport", "color-scheme", "q"})


def junk_for(names: list[str], dice: random.Random) -> dict[str, Any]:
    more = [f"lines-{dice.randrange(999)}-price", "id", "state", "organization_id", "x" * 50]
    data: dict[str, Any] = {name: dice.choice(JUNK) for name in (*names, *dice.sample(more, 2))}
    if dice.random() < 0.3 and names:
        data[dice.choice(names)] = (BytesIO(b"\x00\xffjunk"), dice.choice(("x.pdf", "..", "\u202efdp.exe", "a" * 300)))
    return data


@pytest.mark.parametrize("endpoint", sorted(name for name, row in ACCESS.items() if row.post))
def test_no_junk_is_a_fault(world: World, endpoint: str) -> None:
    row, dice, wrong = ACCESS[endpoint], random.Random(endpoint), []
    arguments = rules(world.app)[endpoint].arguments
    use_storage(Storage(world.app.config["YULAN"].files))
    for role in sorted(row.post - {"public"})[:2]:
        pk = None
        if "pk" in arguments:
            view = world.views[endpoint.split(".", maxsplit=1)[0]]
            model = world.model(row.of) if row.of else view.model
            with_door = set(rows_where(world, model, row.where))
            pk = next((one for one in world.seen_by(role, model) if one in with_door), None)
            if pk is None:
                continue
        url = address(world, endpoint, pk)
        names = fields_of(world.read(role, url).page)
        for _try in range(TRIES):
            data = {**row.data, **junk_for(names, dice)}
            with world.undone():
                answer = world.send(role, url, data, content_type="multipart/form-data")
            if answer.code >= 500:
                wrong.append(f"{role} {url}: {answer.code} for {str(data)[:300]}")

    none_of(wrong)


def test_every_step_of_every_workflow_takes_junk_without_a_fault(world: World) -> None:
    dice, wrong = random.Random("steps"), []
    for endpoint in sorted(name for name in ACCESS if name.endswith(".step")):
        view = world.views[endpoint.split(".")[0]]
        for name, step in view.workflow.transitions.items():
            role = next(
                (one for one in sorted(ACCESS[endpoint].post) if world.actors[one].may(step.verb, view.workflow.kind)),
                None,
            )
            if not step.by_person or role is None:
                continue
            with whole(SYSTEM, "tests"):
                wanted = select(view.model.id).where(view.model.state.in_(step.source))
                found = set(db.session.scalars(wanted))
            db.session.remove()
            pk = next((one for one in world.seen_by(role, view.model) if one in found), None)
            if pk is None:
                continue
            with world.app.test_request_context("/login/"):
                url = world.app.url_for(endpoint, pk=pk, name=name)
            names = [argument.name for argument in view.workflow.arguments[name]]
            for data in ({}, junk_for(names, dice), {"version": "9" * 30}):
                with world.undone():
                    answer = world.send(role, url, data)
                if answer.code >= 500 or answer.code in {403, 404}:
                    wrong.append(f"{role} {url}: {answer.code} for {str(data)[:200]}")

    none_of(wrong)
