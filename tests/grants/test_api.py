"""Applying, deciding and paying by program: the same rules and sentences as on the pages, and no deed twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.models import Application
from grants.rules.applications import problems_of
from grants.rules.calls import takes_applications
from grants.workflows.calls import CALL
from kernel.api import resource
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.scope import whole
from tests.conftest import Copy
from tests.factories.grants import (
    PDF,
    approved_year,
    director,
    draft_application,
    draft_call,
    open_call,
    submitted_application,
)
from tests.factories.people import SYSTEM, organization, person
from tests.factories.programs import Program, program

APPLICATIONS, CALLS = "/api/v1/applications", "/api/v1/calls"


@pytest.fixture
def admin(app: Flask, db_session: object) -> Program:
    """A program of an organization's administrator."""
    use_storage(Storage(app.config["YULAN"].files))
    return program(app, person("admin", "org_admin", organization_id=organization().id))


@pytest.fixture
def officer(app: Flask, db_session: object) -> Program:
    return program(app, person("officer", "officer"))


def count_of_applications() -> int:
    with whole(SYSTEM, "count"):
        return db.session.scalar(select(func.count()).select_from(Application)) or 0


# --- Applications ---


def test_an_application_is_started_filled_in_and_read_back(admin: Program) -> None:
    call = open_call()
    made = admin.send(APPLICATIONS, {"call_id": call.id, "title": "屋檐下的倾听"})
    url, version = made.headers["Location"], made.json["result"]["version"]

    told = admin.patch(
        url,
        {
            "version": version,
            "need": "辖区单亲家庭约一千九百户。",
            "people": 240,
            "person_times": 1560,
            "requested": "70000.00",
            "lines": [
                {"head": "personnel", "content": "社工补贴", "price": "3200.00", "quantity": "20", "unit": "人月"}
            ],
            "milestones": [{"title": "招募", "starts_on": "2027-02-15", "ends_on": "2027-03-31"}],
        },
    ).json["result"]

    assert made.status_code == 201
    assert (told["state"], told["title"], told["need"]) == ("draft", "屋檐下的倾听", "辖区单亲家庭约一千九百户。")
    assert (told["people"], told["requested"]) == (240, "70000.00")
    assert told["lines"][0] == {
        "source": "fiscal",
        "head": "personnel",
        "content": "社工补贴",
        "price": "3200.00",
        "quantity": "20.00",
        "unit": "人月",
        "amount": "64000.00",
    }
    assert told["milestones"] == [{"title": "招募", "starts_on": "2027-02-15", "ends_on": "2027-03-31"}]
    assert told["handed_in"] is None


def test_a_second_change_keeps_what_it_does_not_name(admin: Program) -> None:
    call = open_call()
    url = admin.send(APPLICATIONS, {"call_id": call.id, "title": "甲"}).headers["Location"]
    line = {"head": "personnel", "content": "补贴", "price": "1.50", "quantity": "2"}
    first = admin.patch(url, {"version": admin.get(url).json["result"]["version"], "lines": [line]}).json["result"]

    second = admin.patch(url, {"version": first["version"], "requested": "3.00"}).json["result"]

    assert second["lines"] == first["lines"]
    assert (second["title"], second["requested"]) == ("甲", "3.00")


def test_wrong_values_are_named_where_they_stand(admin: Program) -> None:
    call = open_call()
    url = admin.send(APPLICATIONS, {"call_id": call.id}).headers["Location"]
    body = {"version": 2, "people": "many", "lines": [{"head": "nothing", "price": "1.555"}, {"colour": "red"}]}

    answer = admin.patch(url, body)

    assert answer.status_code == 422
    assert set(answer.json["fields"]) == {"people", "lines-0-head", "lines-1-colour", "lines-0-price"}


@pytest.mark.parametrize("name", ["organization_id", "state", "awarded", "score", "number", "submitted_at", "id"])
def test_nothing_can_be_written_past_the_deeds(admin: Program, name: str) -> None:
    call = open_call()
    url = admin.send(APPLICATIONS, {"call_id": call.id}).headers["Location"]

    created = admin.send(APPLICATIONS, {"call_id": call.id, name: 1})
    changed = admin.patch(url, {"version": 1, name: 1})

    assert (created.status_code, created.json["fields"]) == (422, {name: ["This is not asked for here."]})
    assert (changed.status_code, changed.json["fields"]) == (422, {name: ["This is not asked for here."]})


def test_a_step_is_refused_with_the_sentences_of_the_page(admin: Program) -> None:
    call = open_call()
    url = admin.send(APPLICATIONS, {"call_id": call.id}).headers["Location"]
    read = admin.get(url).json
    step = next(one for one in read["steps"] if one["name"] == "submit")

    answer = admin.send(f"{url}/steps/submit", {"version": read["result"]["version"]})

    with whole(SYSTEM, "look"):
        problems = problems_of(db.session.scalars(select(Application)).one(), attached=set(), first_time=True)
        told = [problem.sentence.render("en") for problem in problems]
    assert step["label"] == "Submit the application"
    assert len(told) > 5
    assert (answer.status_code, answer.json["reasons"][: len(told)], answer.json["fields"]) == (409, told, {})
    assert admin.get(url).json["result"]["state"] == "draft"


def test_a_step_gives_the_record_in_its_new_state_and_what_comes_next(admin: Program, officer: Program) -> None:
    application = draft_application(open_call(), admin.actor)
    url = f"{APPLICATIONS}/{application.id}"
    version = admin.get(url).json["result"]["version"]

    handed_in = admin.send(f"{url}/steps/submit", {"version": version}).json
    read = officer.get(url).json
    reason = {"version": read["result"]["version"], "reason": "请补充预算说明。"}
    returned = officer.send(f"{url}/steps/return_application", reason).json

    assert handed_in["result"]["state"] == "submitted"
    assert handed_in["result"]["handed_in"]["version"] == 1
    assert [step["name"] for step in handed_in["steps"]] == ["withdraw"]
    assert "checks" not in handed_in["result"]
    assert {check["outcome"] for check in read["result"]["checks"]} <= {"passed", "failed", "manual"}
    assert (returned["result"]["state"], returned["result"]["return_reason"]) == ("returned", "请补充预算说明。")


def test_a_step_that_there_is_not_and_one_that_no_person_takes_are_not_found(officer: Program) -> None:
    call = open_call()

    codes = [officer.send(f"{CALLS}/{call.id}/steps/{name}", {"version": 1}).status_code for name in ("fly", "award")]

    assert codes == [404, 404]


def test_another_organizations_application_is_not_there(admin: Program, app: Flask) -> None:
    other = program(app, person("other", "org_admin", organization_id=organization(2).id))
    call = open_call()
    url = admin.send(APPLICATIONS, {"call_id": call.id}).headers["Location"]

    answers = [
        other.get(url),
        other.patch(url, {"version": 1, "title": "x"}),
        other.send(f"{url}/steps/withdraw", {"version": 1}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert other.get(APPLICATIONS).json["count"] == 0


# --- Attachments ---


def a_file(kind: str = "registration", name: str = "证书.pdf", content: bytes = PDF, **more: str) -> dict[str, Any]:
    return {"kind": kind, "file": (BytesIO(content), name), **more}


def started(admin: Program, **values: Any) -> str:
    call = open_call(**values)
    return str(admin.send(APPLICATIONS, {"call_id": call.id}).headers["Location"])


def attached(admin: Program, url: str) -> list[tuple[str, str]]:
    return [(one["kind"], one["name"]) for one in admin.get(url).json["result"]["attachments"]]


def test_an_application_whose_call_requires_files_is_handed_in_by_program_alone(admin: Program) -> None:
    application = draft_application(open_call(required_attachments=["registration", "venue"]), admin.actor)
    url = f"{APPLICATIONS}/{application.id}"
    version = admin.get(url).json["result"]["version"]
    before = admin.send(f"{url}/steps/submit", {"version": version})

    told = admin.attach(f"{url}/attachments", a_file("venue", "场地.pdf"))
    after = admin.send(f"{url}/steps/submit", {"version": told.json["result"]["version"]})

    assert (before.status_code, before.json["reasons"]) == (409, ["Please attach: Letter of intent for the venue."])
    assert told.status_code == 200
    assert told.json["result"]["attachments"][-1] | {"id": ""} == {
        "id": "",
        "kind": "venue",
        "name": "场地.pdf",
        "size": len(PDF),
        "sha256": sha256(PDF).hexdigest(),
    }
    assert (after.status_code, after.json["result"]["state"]) == (200, "submitted")


def test_a_file_sent_twice_with_one_key_is_attached_once(admin: Program) -> None:
    url = started(admin)

    first = admin.attach(f"{url}/attachments", a_file(), key="one")
    again = admin.attach(f"{url}/attachments", a_file(), key="one")
    other = admin.attach(f"{url}/attachments", a_file(content=PDF + b"\n"), key="one")

    assert (first.status_code, again.status_code, again.data) == (200, 200, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, list(other.json["fields"])) == (422, ["Idempotency-Key"])
    assert attached(admin, url) == [("registration", "证书.pdf")]


def test_a_file_takes_the_place_of_the_one_that_is_named_once(admin: Program) -> None:
    url = started(admin)
    old = admin.attach(f"{url}/attachments", a_file()).json["result"]["attachments"][0]["id"]

    other_kind = admin.attach(f"{url}/attachments", a_file("venue", replaces=old))
    newer = admin.attach(f"{url}/attachments", a_file(name="新证书.pdf", replaces=old))
    late = admin.attach(f"{url}/attachments", a_file(name="晚到.pdf", replaces=old))

    assert (other_kind.status_code, list(other_kind.json["fields"])) == (422, ["kind"])
    assert newer.status_code == 200
    assert (late.status_code, list(late.json["fields"])) == (422, ["replaces"])
    assert attached(admin, url) == [("registration", "新证书.pdf")]


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"kind": "registration"}, "file"),
        ({"kind": "registration", "file": "a text"}, "file"),
        (a_file("nothing"), "kind"),
        (a_file(""), "kind"),
        ({"file": (BytesIO(PDF), "a.pdf")}, "kind"),
        (a_file(colour="red"), "colour"),
        (a_file(replaces="nothing"), "replaces"),
        (a_file() | {"kind": ["registration", "venue"]}, "kind"),
        (a_file() | {"second": (BytesIO(PDF), "b.pdf")}, "second"),
    ],
)
def test_a_part_that_cannot_be_taken_is_named(admin: Program, parts: dict[str, Any], field: str) -> None:
    url = started(admin)

    answer = admin.attach(f"{url}/attachments", parts)

    assert (answer.status_code, field in answer.json["fields"]) == (422, True)
    assert attached(admin, url) == []


def test_a_file_is_looked_into_as_on_the_page_and_its_key_stays_free(admin: Program) -> None:
    url = started(admin)

    hostile = admin.attach(f"{url}/attachments", a_file(content=b"MZ\x90\x00"), key="one")
    program_file = admin.attach(f"{url}/attachments", a_file(name="安装.exe"), key="one")
    sound = admin.attach(f"{url}/attachments", a_file(), key="one")

    assert (hostile.status_code, program_file.status_code, sound.status_code) == (409, 409, 200)
    assert "“证书.pdf” is named as PDF" in hostile.json["reasons"][0]
    assert "“安装.exe” cannot be taken here" in program_file.json["reasons"][0]
    assert attached(admin, url) == [("registration", "证书.pdf")]


def test_what_is_no_form_has_no_key_or_comes_too_late_is_told_so(admin: Program) -> None:
    handed_in = submitted_application(open_call(), admin.actor)
    url = f"{APPLICATIONS}/{handed_in.id}/attachments"

    no_form = admin.send(url, {"kind": "registration"})
    keyless = admin.client.post(url, data=a_file(), headers=admin.shown)
    late = admin.attach(url, a_file())

    assert (no_form.status_code, keyless.status_code, late.status_code) == (415, 400, 409)


def test_nobody_attaches_to_another_organizations_application_or_reads_its_files(
    admin: Program, officer: Program, app: Flask
) -> None:
    other = program(app, person("other", "org_admin", organization_id=organization(2).id))
    url = started(admin)
    admin.attach(f"{url}/attachments", a_file())

    assert other.attach(f"{url}/attachments", a_file()).status_code == 404
    assert officer.attach(f"{url}/attachments", a_file()).status_code == 403
    assert "attachments" not in officer.get(url).json["result"]
    assert attached(admin, url) == [("registration", "证书.pdf")]


# --- No deed twice ---


def test_ten_at_once_with_one_key_start_one_application(app: Flask, committed_database: Copy) -> None:
    actor = person("admin", "org_admin", organization_id=organization().id)
    call_id = open_call().id
    one = program(app, actor)
    db.session.remove()
    together = Barrier(10, timeout=20)

    def start(_number: int) -> tuple[int, bytes]:
        mine = Program(app.test_client(), one.token, one.actor)
        together.wait()
        answer = mine.send(APPLICATIONS, {"call_id": call_id}, key="one")
        db.session.remove()
        return answer.status_code, answer.data

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(start, range(10)))

    assert {code for code, _body in answers} == {201}
    assert len(answers) == 1
    assert count_of_applications() == 1


def test_an_answer_that_was_lost_after_the_commit_is_given_again(
    admin: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = open_call()

    def lose(_told: object) -> None:
        raise ConnectionError("the line is dead")

    with monkeypatch.context() as broken:
        broken.setattr(resource, "_answer", lose)
        assert admin.send(APPLICATIONS, {"call_id": call.id}, key="one").status_code == 500

    again = admin.send(APPLICATIONS, {"call_id": call.id}, key="one")

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert count_of_applications() == 1


def test_what_fails_before_the_commit_has_done_nothing_and_may_be_tried_again(
    admin: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = open_call()

    def fail(*_told: object) -> None:
        raise ConnectionError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(resource.Resource, "told", fail)
        assert admin.send(APPLICATIONS, {"call_id": call.id}, key="one").status_code == 500
    assert count_of_applications() == 0

    assert admin.send(APPLICATIONS, {"call_id": call.id}, key="one").status_code == 201


# --- Calls ---


def test_a_call_is_drafted_changed_and_given_its_quota(officer: Program) -> None:
    year = approved_year()
    body = {
        "fiscal_year_id": year.id,
        "title": "2027 年度征集",
        "nature": "grant",
        "opens_at": "2026-12-01T09:00:00+08:00",
        "closes_at": "2027-01-10T17:00:00+08:00",
        "service_from": "2027-02-01",
        "service_to": "2027-11-30",
        "cap_per_project": "200000.00",
        "cap_first_time": "80000.00",
        "instalment_percents": ["50", "30", "20"],
    }

    made = officer.send(CALLS, body)
    url = made.headers["Location"]
    changed = officer.patch(url, {"version": made.json["result"]["version"], "title": "另一个标题"}).json["result"]
    quota = {"version": changed["version"], "amount": "1000000.00", "category_code": "family_education"}
    told = officer.send(f"{url}/steps/set_quota", quota).json["result"]

    assert (made.status_code, made.json["result"]["state"]) == (201, "draft")
    assert made.json["result"]["opens_at"] == "2026-12-01T09:00:00+08:00"
    assert made.json["result"]["instalment_percents"] == ["50", "30", "20"]
    assert (changed["title"], changed["cap_per_project"]) == ("另一个标题", "200000.00")
    assert told["quotas"] == [{"category_code": "family_education", "lot_id": None, "amount": "1000000.00"}]
    assert told["quotas_total"] == "1000000.00"


@pytest.mark.parametrize("moment", ["2026-12-01", "2026-12-01T09:00:00", "9999-12-31T23:59:59-23:59", "soon", 7, None])
def test_a_moment_has_its_offset(officer: Program, moment: Any) -> None:
    call = draft_call(approved_year())

    answer = officer.patch(f"{CALLS}/{call.id}", {"version": call.version, "opens_at": moment})

    assert (answer.status_code, list(answer.json["fields"])) == (422, ["opens_at"])


def test_what_the_rules_refuse_is_told_by_field(officer: Program) -> None:
    call = draft_call(approved_year())

    answer = officer.patch(f"{CALLS}/{call.id}", {"version": call.version, "cap_first_time": "200000.01"})

    assert answer.status_code == 422
    assert answer.json["fields"] == {"cap_first_time": ["This cap is above 0.00 and not above the cap for everybody."]}


def test_an_application_under_a_call_that_takes_none_is_refused_as_on_its_page(admin: Program) -> None:
    call = open_call()
    with transaction():
        CALL["withdraw"](call, actor=director(), reason="经费调整。")

    told = takes_applications(call)
    assert told is not None

    answer = admin.send(APPLICATIONS, {"call_id": call.id})

    assert (answer.status_code, answer.json["reasons"]) == (409, [told.render("en")])


def test_a_visitor_reads_published_calls_and_nothing_of_the_books(app: Flask, db_session: object) -> None:
    draft, published = draft_call(approved_year(2026, Decimal("500000.00")), quotas={}), open_call()
    visitor = app.test_client()

    listed = visitor.get(CALLS).json["result"]
    told = visitor.get(f"{CALLS}/{published.id}").json

    assert [row["id"] for row in listed] == [published.id]
    assert visitor.get(f"{CALLS}/{draft.id}").status_code == 404
    assert told["steps"] == []
    assert not told["result"].keys() & {"fiscal_year_id", "reviewers_least", "review_set", "return_reason"}
