"""A call's own form and the corrections of an application by program: what is asked, answered and sent back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from grants.models import Call
from grants.workflows.calls import CALL
from kernel.api.fields import MOST_LISTED
from kernel.db import transaction
from kernel.files import Storage, use_storage
from tests.factories.forms import EVERY_KIND, FIRST, with_form
from tests.factories.grants import (
    PDF,
    approved_year,
    director,
    draft_application,
    draft_call,
    officer as an_officer,
    open_call,
    submitted_application,
)
from tests.factories.people import organization, person
from tests.factories.programs import Program, program

APPLICATIONS, CALLS = "/api/v1/applications", "/api/v1/calls"
ANSWERS: dict[str, Any] = {
    "q2": "是",
    "q3": FIRST["q3"],
    "q4": "12",
    "q7": ["社区", "学校"],
    "q8": "2027-03-08",
    "q9": [["示例项目", "50000"], ["另一个", None]],
}


@pytest.fixture
def admin(app: Flask, db_session: object, tmp_path: Path) -> Program:
    """A program of an organization's administrator."""
    use_storage(Storage(tmp_path))
    return program(app, person("admin", "org_admin", organization_id=organization().id))


@pytest.fixture
def officer(app: Flask, db_session: object) -> Program:
    return program(app, person("officer", "officer"))


def asking(**values: Any) -> Call:
    """Give a call that asks questions of every kind and takes applications now."""
    call = with_form(draft_call(approved_year(), **values))
    with transaction():
        CALL["propose"](call, actor=an_officer())
        CALL["approve"](call, actor=director())
        CALL["open"](call, actor=an_officer())
    return call


@pytest.fixture
def url(admin: Program) -> str:
    """An application whose built-in parts are filled in, under a call with questions of its own."""
    application = draft_application(asking(required_attachments=[]), admin.actor)
    return f"{APPLICATIONS}/{application.id}"


# --- What is asked ---


def test_a_form_is_read_with_its_call_as_it_is_frozen(admin: Program, app: Flask) -> None:
    call = asking()

    told = app.test_client().get(f"{CALLS}/{call.id}").json["result"]["form"]

    assert (told["version"], told["sha256"]) == (1, EVERY_KIND.sha256)
    assert [(one["key"], one["code"], one["title"]) for one in told["sections"]] == [
        ("s1", "form:s1", "服务对象与保护"),
        ("s6", "form:s6", "合作与材料"),
    ]
    questions = {one["key"]: one for section in told["sections"] for one in section["questions"]}
    assert list(questions) == ["q2", "q3", "q4", "q5", "q7", "q8", "q9", "q10"]
    assert questions["q2"]["options"] == ["是", "否"]
    assert (questions["q3"]["least"], questions["q3"]["shown_when"]) == (10, {"question": "q2", "answers": ["是"]})
    assert [questions["q4"][name] for name in ("low", "high", "unit", "required")] == ["0", "500", "人", False]
    assert questions["q5"]["fact"] == "name"
    assert questions["q9"]["columns"] == [{"label": "项目", "kind": "text"}, {"label": "金额", "kind": "number"}]


def test_what_is_being_built_is_read_by_staff_alone(admin: Program, officer: Program) -> None:
    draft = f"{CALLS}/{with_form(draft_call(approved_year())).id}"

    told = officer.get(draft).json["result"]["form"]

    assert (told["version"], told["sha256"], len(told["sections"])) == (None, None, 2)
    assert admin.get(draft).status_code == 404


def test_an_application_keeps_the_form_on_which_it_was_begun(admin: Program, officer: Program, url: str) -> None:
    mine = admin.get(url).json["result"]
    call = admin.get(f"{CALLS}/{mine['call']['id']}").json["result"]

    assert mine["form"] == call["form"]
    assert mine["answers"] == {}
    assert not officer.get(url).json["result"].keys() & {"form", "answers"}


def test_a_call_without_questions_of_its_own_has_no_form(admin: Program) -> None:
    plain = admin.send(APPLICATIONS, {"call_id": open_call().id}).headers["Location"]

    answer = admin.change(plain, answers={"q1": "甲"})

    assert admin.get(plain).json["result"]["form"] is None
    assert (answer.status_code, answer.json["fields"]) == (422, {"answers-q1": ["This is not asked for here."]})


# --- What is answered ---


def test_every_kind_of_question_is_answered_and_read_back(admin: Program, url: str) -> None:
    told = admin.change(url, answers=ANSWERS)

    assert told.status_code == 200
    assert told.json["result"]["answers"] == ANSWERS
    assert admin.get(url).json["result"]["answers"] == ANSWERS


def test_an_answer_that_is_not_named_stays_and_null_takes_one_away(admin: Program, url: str) -> None:
    admin.change(url, answers=ANSWERS)

    told = admin.change(url, answers={"q4": None, "q9": [["第三个", "7"]]}).json["result"]["answers"]

    assert told == {key: value for key, value in ANSWERS.items() if key != "q4"} | {"q9": [["第三个", "7"]]}


@pytest.mark.parametrize(
    ("key", "value", "field", "sentence"),
    [
        ("q2", "也许", "answers-q2", "Please choose one of the offered values."),
        ("q2", ["是"], "answers-q2", "A text belongs here."),
        ("q4", "很多", "answers-q4", "Please write a number such as 1200 or 12.5."),
        ("q4", 12, "answers-q4", "A text belongs here."),
        ("q7", ["工厂"], "answers-q7", "Please choose one of the offered values."),
        ("q7", "社区", "answers-q7", f"A list of at most {MOST_LISTED} belongs here."),
        ("q8", "春天", "answers-q8", "Please write a day such as 2026-11-27."),
        ("q9", [["示例", "五万"]], "answers-q9-0-1", "Please write a number such as 1200 or 12.5."),
        ("q9", [["示例", "1", "2"]], "answers-q9-0", "A list of at most 2 belongs here."),
        ("q9", [["甲", "1"]] * 41, "answers-q9", "At most 40 rows; there are 41."),
        ("q5", "示例", "answers-q5", "This is not asked for here."),
        ("q10", "示例", "answers-q10", "This is not asked for here."),
        ("q99", "示例", "answers-q99", "This is not asked for here."),
    ],
)
def test_an_answer_that_cannot_be_taken_is_named_and_nothing_is_kept(
    admin: Program, url: str, key: str, value: Any, field: str, sentence: str
) -> None:
    answer = admin.change(url, title="新题目", answers={"q3": FIRST["q3"], key: value})

    assert (answer.status_code, answer.json["fields"]) == (422, {field: [sentence]})
    read = admin.get(url).json["result"]
    assert (read["answers"], read["title"] == "新题目") == ({}, False)


def test_an_application_with_questions_is_handed_in_by_program_alone(admin: Program, url: str) -> None:
    before = admin.step(url, "submit")
    admin.change(url, answers=ANSWERS)
    admin.attach(f"{url}/attachments", {"question": "q10", "file": (BytesIO(PDF), "意向书.pdf")})
    after = admin.step(url, "submit")

    assert (before.status_code, before.json["reasons"]) == (
        409,
        ["Please answer: 项目是否服务未成年人？", "Please answer: 合作单位"],
    )
    assert (after.status_code, after.json["result"]["state"]) == (200, "submitted")
    frozen = after.json["result"]["handed_in"]["content"]["form"]["sections"]
    told = {one["key"]: one["value"] for section in frozen for one in section["answers"]}
    assert told == ANSWERS | {"q5": "示例社会服务中心1号", "q10": ["意向书.pdf"]}
    late = admin.change(url, answers={"q4": "13"})
    assert late.status_code == 409
    assert admin.get(url).json["result"]["answers"] == ANSWERS


def test_a_file_under_a_question_takes_the_place_of_the_one_before(admin: Program, url: str) -> None:
    def attach(**parts: Any) -> Any:
        return admin.attach(f"{url}/attachments", {"file": (BytesIO(PDF), "意向书.pdf"), **parts})

    before = len(admin.get(url).json["result"]["attachments"])
    first, second = attach(question="q10"), attach(question="q10")
    wrong = [attach(**parts) for parts in ({"question": "q2"}, {"question": "q99"}, {}, {"question": ""})]
    both = attach(question="q10", kind="venue")

    assert (first.status_code, second.status_code) == (200, 200)
    kept = second.json["result"]["attachments"]
    assert (len(kept), [one["kind"] for one in kept].count("answer-q10")) == (before + 1, 1)
    assert [(one.status_code, list(one.json["fields"])) for one in wrong] == [
        (422, ["question"]),
        (422, ["question"]),
        (422, ["kind"]),
        (422, ["question"]),
    ]
    assert (both.status_code, list(both.json["fields"])) == (422, ["kind"])


def test_nobody_answers_for_another_organization_or_reads_its_answers(admin: Program, app: Flask, url: str) -> None:
    other = program(app, person("other", "org_admin", organization_id=organization(2, "示例·另一家").id))
    admin.change(url, answers=ANSWERS)

    asked = [
        other.get(url),
        other.patch(url, {"version": 1, "answers": {"q4": "1"}}),
        other.attach(f"{url}/attachments", {"question": "q10", "file": (BytesIO(PDF), "意向书.pdf")}),
    ]

    assert [one.status_code for one in asked] == [404, 404, 404]
    assert admin.get(url).json["result"]["answers"] == ANSWERS


# --- What is sent back ---


def test_an_application_is_sent_back_part_by_part_and_only_these_open(
    admin: Program, officer: Program, url: str
) -> None:
    admin.change(url, answers=ANSWERS)
    admin.step(url, "submit")

    told = officer.step(url, "return_application", notes={"risk": "请补充联系人。", "form:s1": "请写清人数。"})
    read = admin.get(url).json["result"]
    refused = admin.change(url, answers={"q8": "2027-03-09"})
    closed = admin.change(url, goal="另一个目标")
    mended = admin.change(url, answers={"q4": "13"}, risk="应急联系人 24 小时值守。")

    assert (told.status_code, told.json["result"]["state"]) == (200, "returned")
    assert told.json["result"]["return_reason"] == "风险与应急：请补充联系人。\n服务对象与保护：请写清人数。"
    assert [(one["section"], one["comment"], one["answered"]) for one in read["notes"]] == [
        ("risk", "请补充联系人。", False),
        ("form:s1", "请写清人数。", False),
    ]
    stays = "This part was not sent back; it stays as it was handed in."
    assert [(one.status_code, one.json["reasons"]) for one in (refused, closed)] == [(409, [stays])] * 2
    assert [one["answered"] for one in mended.json["result"]["notes"]] == [True, True]
    assert admin.step(url, "submit").json["result"]["handed_in"]["version"] == 2


@pytest.mark.parametrize(
    ("sent", "code", "fields"),
    [
        ({}, 422, ["reason"]),
        ({"notes": {}}, 422, ["reason"]),
        ({"notes": {"risk": "  "}}, 422, ["notes-risk"]),
        ({"notes": {"organization": "名称不对"}}, 422, ["notes-organization"]),
        ({"notes": {"form:s9": "没有这一部分"}}, 422, ["notes-form:s9"]),
        ({"notes": {"risk": 7}}, 422, ["notes-risk"]),
        ({"notes": "风险"}, 422, ["notes"]),
        ({"reason": "请全面核对。"}, 200, []),
    ],
)
def test_a_return_says_what_is_to_be_corrected_and_where_it_can_be(
    admin: Program, officer: Program, sent: Any, code: int, fields: list[str]
) -> None:
    url = f"{APPLICATIONS}/{submitted_application(open_call(), admin.actor).id}"

    answer = officer.step(url, "return_application", **sent)

    assert (answer.status_code, list(answer.json.get("fields", ()))) == (code, fields)
    assert officer.get(url).json["result"]["state"] == ("returned" if code == 200 else "submitted")


def test_an_organization_sends_nothing_back_itself(admin: Program) -> None:
    url = f"{APPLICATIONS}/{submitted_application(open_call(), admin.actor).id}"

    answer = admin.step(url, "return_application", notes={"risk": "请补充。"})

    assert (answer.status_code, answer.json["reasons"]) == (409, ["You are not allowed to do this."])
