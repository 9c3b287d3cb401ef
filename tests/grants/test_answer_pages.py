"""The pages of a call's own questions: filled in by an organization, read by staff, each at its price."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.models import Application, FormAnswers
from grants.operations import answers as answering, applications
from grants.questions import Condition, change_question
from grants.workflows.calls import CALL
from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.scope import whole
from tests.factories.forms import EVERY_KIND, FIRST, SECOND, with_form
from tests.factories.grants import PDF, approved_year, director, draft_application, draft_call, officer
from tests.factories.people import organization, person, post
from tests.grants.test_call_pages import KEY, MOST_STATEMENTS, SYSTEM, SignIn, counted, text_of

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))


@pytest.fixture
def admin(db_session: Session) -> Actor:
    applicant = organization(1, "示例·木兰家庭服务中心")
    person("officer_p", "officer")
    return person("admin_p", "org_admin", organization_id=applicant.id)


@pytest.fixture
def draft(admin: Actor) -> Application:
    call = with_form(draft_call(approved_year()))
    with transaction():
        CALL["propose"](call, actor=officer())
        CALL["approve"](call, actor=director())
        CALL["open"](call, actor=officer())
    return draft_application(call, admin)


@pytest.fixture
def draft_id(draft: Application) -> int:
    return draft.id


def stored(application_id: int) -> dict[str, object]:
    with whole(SYSTEM, "look"):
        rows = db.session.scalars(select(FormAnswers).where(FormAnswers.application_id == application_id)).all()
    return {row.section: row.answers for row in rows}


@pytest.mark.parametrize("key", ["s1", "s6"])
def test_a_section_of_own_questions_costs_eight_statements_at_most(
    key: str, draft_id: int, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    url = f"/applications/{draft_id}/questions/{key}"
    browser = sign_in(client, "admin_p")
    browser.get(url)
    db.session.remove()
    with counted(db_session) as statements:
        answer = browser.get(url)
    assert answer.status_code == 200
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


def test_own_questions_stand_in_the_task_list_and_are_saved(
    draft_id: int, client: FlaskClient, sign_in: SignIn
) -> None:
    browser = sign_in(client, "admin_p")
    page = text_of(browser.get(f"/applications/{draft_id}/questions/s1"))
    assert "11. 服务对象与保护" in page
    assert "12. 合作与材料" in page
    assert "仅当“项目是否服务未成年人？”选“是”时填写" in page
    assert "示例·木兰家庭服务中心" in page
    answer = post(browser, f"/applications/{draft_id}/questions/s1", FIRST | {"version": "0"})
    assert answer.headers["Location"].endswith("/questions/s6")
    assert stored(draft_id)["s1"] == {"q2": "是", "q3": FIRST["q3"], "q4": "12"}


def test_what_cannot_be_read_stays_where_it_was_typed(draft_id: int, client: FlaskClient, sign_in: SignIn) -> None:
    answer = post(sign_in(client, "admin_p"), f"/applications/{draft_id}/questions/s1", {"q4": "很多", "version": "0"})
    assert answer.status_code == 422
    assert "请填写数字，例如 1200 或 12.5。" in text_of(answer)
    assert 'value="很多"' in answer.get_data(as_text=True)


def test_an_autosave_of_answers_tells_version_and_a_colleagues_text_leads_to_both(
    draft_id: int, client: FlaskClient, sign_in: SignIn
) -> None:
    url = f"/applications/{draft_id}/questions/s6"
    browser = sign_in(client, "admin_p")
    quiet = {"X-Autosave": "1"}
    saved = post(browser, url, SECOND | {"version": "0"}, headers=quiet)
    assert json.loads(saved.get_data())["version"] == 1
    late = post(browser, url, SECOND | {"version": "0", "q7": ["医院"]}, headers=quiet)
    assert (late.status_code, json.loads(late.get_data())["merge"]) == (409, f"{url}/merge")
    both = text_of(post(browser, f"{url}/merge", SECOND | {"version": "0", "q7": ["医院"], "q9-0-0": "另一个项目"}))
    assert "两个文本：合作与材料" in both or "合作与材料" in both
    assert "社区 学校" in both
    assert re.search(r"示例admin_p 在 \d{4}-\d\d-\d\d 周. \d\d:\d\d 保存过", both), both[:600]
    merged = {"version": "1", "q7": "社区\n医院", "q8": "2027-03-08", "q9-0-0": "另一个项目", "q9-0-1": "50000"}
    assert post(browser, url, merged).status_code == 302
    assert stored(draft_id)["s6"] == {"q7": ["社区", "医院"], "q8": "2027-03-08", "q9": [["另一个项目", "50000"]]}


def test_a_file_that_a_question_asks_for_is_attached_and_replaced(
    draft_id: int, client: FlaskClient, sign_in: SignIn
) -> None:
    url = f"/applications/{draft_id}/questions/q10/file"
    browser = sign_in(client, "admin_p")
    for name in ("意向书.pdf", "意向书二.pdf"):
        answer = post(browser, url, {"file": (BytesIO(PDF), name)})
        assert answer.headers["Location"].endswith("/questions/s6")
    page = text_of(browser.get(f"/applications/{draft_id}/questions/s6"))
    assert "意向书二.pdf" in page
    assert "意向书.pdf" not in page
    refused = post(browser, url, {"file": (BytesIO(b"MZ"), "病毒.exe")})
    assert refused.status_code == 409


# What the built-in parts know, own parts know too


@pytest.fixture
def handed_in(draft: Application, admin: Actor) -> Application:
    with transaction():
        answering.save_answers(draft, "s1", actor=admin, values=FIRST)
        answering.save_answers(draft, "s6", actor=admin, values=SECOND)
        answering.attach_answer(draft, "q10", actor=admin, stream=BytesIO(PDF), filename="意向书.pdf")
        applications.hand_in(draft, actor=admin, key=UUID(KEY))
    return draft


def test_a_colleague_is_named_at_an_own_part(draft_id: int, admin: Actor, client: FlaskClient, sign_in: SignIn) -> None:
    person("lead_p", "org_lead", organization_id=admin.organization_id)
    url = f"/applications/{draft_id}/presence"
    page = sign_in(client, "admin_p").get(f"/applications/{draft_id}/questions/s1").get_data(as_text=True)
    assert f'data-presence="{url}" data-section="form:s1"' in page
    assert post(client, url, {"section": "form:s1"}).get_json()["others"] == []
    told = post(sign_in(client, "lead_p"), url, {"section": "form:s1"}).get_json()
    assert (told["others"], told["same"]) == (["示例admin_p正在填写“服务对象与保护”"], True)
    assert post(client, url, {"section": "form:s99"}).status_code == 404


def test_an_own_part_is_sent_back_changed_and_marked(
    handed_in: Application, admin: Actor, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    pk = handed_in.id
    browser = sign_in(client, "officer_p")
    assert 'name="note-form:s1"' in browser.get(f"/applications/{pk}/corrections").get_data(as_text=True)
    sent = post(browser, f"/applications/{pk}/corrections", {"reason": "", "note-form:s1": "请写明陪同人数。"})
    assert sent.status_code == 302

    browser = sign_in(client, "admin_p")
    page = text_of(browser.get(f"/applications/{pk}/questions/s1"))
    assert "请写明陪同人数。" in page
    assert "待补正" in page
    locked = browser.get(f"/applications/{pk}/questions/s6").get_data(as_text=True)
    assert '<fieldset class="yl-whole" disabled>' in locked
    assert post(browser, f"/applications/{pk}/questions/s6", SECOND | {"version": "1"}).status_code == 409
    url = f"/applications/{pk}/questions/s1"
    changed = FIRST | {"q3": FIRST["q3"].replace("两名", "三名"), "version": "1"}
    assert post(browser, url, changed).status_code == 302
    assert "已补正" in text_of(browser.get(url))
    compared = browser.get(f"/applications/{pk}/versions").get_data(as_text=True)
    assert "<del>两</del>" in compared
    assert "<ins>三</ins>" in compared
    key = "00000000-0000-4000-8000-000000000008"
    assert post(browser, f"/applications/{pk}/submit", {"key": key, "declared": "1"}).status_code == 302

    browser = sign_in(client, "officer_p")
    with counted(db_session) as statements:
        page = browser.get(f"/applications/{pk}").get_data(as_text=True)
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)
    assert "<del>两</del>" in page
    assert page.count("</svg>已补正</span>") == 1
    assert "服务对象与保护" in page


def test_the_file_of_a_question_that_is_not_asked_any_more_stays_behind(
    draft: Application, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    shown = Condition(question="q2", answers=("是",))
    letter = EVERY_KIND.question("q10").model_copy(update={"shown_when": shown})
    call = with_form(draft_call(approved_year(2028)), change_question(EVERY_KIND, letter))
    with transaction():
        CALL["propose"](call, actor=officer())
        CALL["approve"](call, actor=director())
        CALL["open"](call, actor=officer())
    application = draft_application(call, admin)
    with transaction():
        answering.save_answers(application, "s1", actor=admin, values=FIRST)
        answering.save_answers(application, "s6", actor=admin, values=SECOND)
        answering.attach_answer(application, "q10", actor=admin, stream=BytesIO(PDF), filename="意向书.pdf")
        answering.save_answers(application, "s1", actor=admin, values={"q2": "否"})
        applications.hand_in(application, actor=admin, key=UUID(KEY))
    pk = application.id
    page = sign_in(client, "officer_p").get(f"/applications/{pk}")
    assert page.status_code == 200
    assert "意向书.pdf" not in text_of(page)
    paper = client.get(f"/applications/{pk}/pdf?version=1")
    assert paper.data.startswith(b"%PDF")
    paper.close()


def test_an_answers_file_is_no_attachment_to_be_replaced(
    draft: Application, draft_id: int, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    with transaction():
        file = answering.attach_answer(draft, "q10", actor=admin, stream=BytesIO(PDF), filename="意向书.pdf")
    told = {"kind": "other", "replaces": str(file.public_id), "file": (BytesIO(PDF), "a.pdf")}
    assert post(sign_in(client, "admin_p"), f"/applications/{draft_id}/files", told).status_code == 404


def test_staff_read_questions_with_their_answers(
    draft: Application, draft_id: int, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    with transaction():
        answering.save_answers(draft, "s1", actor=admin, values=FIRST)
        answering.save_answers(draft, "s6", actor=admin, values=SECOND)
        answering.attach_answer(draft, "q10", actor=admin, stream=BytesIO(PDF), filename="意向书.pdf")
        applications.hand_in(draft, actor=admin, key=UUID(KEY))
    page = text_of(sign_in(client, "officer_p").get(f"/applications/{draft_id}"))
    for told in ("怎样保护未成年人？", "12 人", "示例项目", "合作意向书", "意向书.pdf"):
        assert told in page


def test_what_is_no_section_is_not_there(draft_id: int, client: FlaskClient, sign_in: SignIn) -> None:
    browser = sign_in(client, "admin_p")
    assert browser.get(f"/applications/{draft_id}/questions/s99").status_code == 404
    assert (
        post(browser, f"/applications/{draft_id}/questions/q2/file", {"file": (BytesIO(PDF), "a.pdf")}).status_code
        == 404
    )


def test_the_budget_offers_the_heads_of_the_call_and_counts_their_caps(
    admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    call = draft_call(approved_year(), budget_heads=["personnel", "management"], head_caps={"personnel": "60"})
    with transaction():
        CALL["propose"](call, actor=officer())
        CALL["approve"](call, actor=director())
        CALL["open"](call, actor=officer())
    url = f"/applications/{draft_application(call, admin, filled=False).id}/form/budget"
    page = sign_in(client, "admin_p").get(url).get_data(as_text=True)
    assert 'value="personnel"' in page
    assert 'value="venue"' not in page
    assert 'data-cap-head="personnel" data-cap="60"' in page
