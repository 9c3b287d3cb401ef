"""The pages around an application: corrections, versions, papers, presence; what they cost, and who gets nowhere."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from grants.models import Call
from grants.operations import application_form as form
from grants.operations.applications import hand_in
from grants.operations.corrections import ask_for_corrections
from grants.states import Section
from grants.workflows.applications import APPLICATION
from kernel.actor import Actor
from kernel.files import Storage, use_storage
from tests.factories.grants import TEXT, draft_application, officer, open_call, submitted_application
from tests.factories.people import organization, person, post, token_of
from tests.grants.test_call_pages import MOST_STATEMENTS, counted

SignIn = Callable[[FlaskClient, str], FlaskClient]

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))


@pytest.fixture
def admin(db_session: Session) -> Actor:
    applicant = organization(1, "示例·木兰家庭服务中心")
    person("officer_q", "officer")
    person("lead_q", "org_lead", organization_id=applicant.id)
    return person("admin_q", "org_admin", organization_id=applicant.id)


@pytest.fixture
def call(admin: Actor) -> Call:
    return open_call()


@pytest.fixture
def corrected(call: Call, admin: Actor) -> int:
    """The id of an application that came back with one of two parts changed."""
    application = submitted_application(call, admin)
    ask_for_corrections(application, actor=officer(), comments={"need": "请写明数据来源。", "risk": "请补充联系方式。"})
    need = TEXT.replace("一千九百户", "二千一百户")
    form.save_section(application, Section.NEED, actor=admin, values={"need": need})
    hand_in(application, actor=admin, key=uuid4())
    return application.id


def words_of(answer: Any) -> str:
    return words_of_html(answer.get_data(as_text=True))


def words_of_html(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def paper_of(answer: Any) -> str:
    assert answer.headers["Content-Type"] == "application/pdf"
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    answer.close()
    return words


def test_the_officer_sends_single_parts_back_and_reads_what_was_changed(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    pk = submitted_application(call, admin).id
    browser = sign_in(client, "officer_q")
    page = browser.get(f"/applications/{pk}").get_data(as_text=True)
    assert f'href="/applications/{pk}/corrections"' in page
    form_page = browser.get(f"/applications/{pk}/corrections")
    assert 'name="note-need"' in form_page.get_data(as_text=True)
    assert 'name="note-organization"' not in form_page.get_data(as_text=True)
    url = f"/applications/{pk}/corrections"
    empty = post(browser, url, {"reason": "", "note-need": " "})
    assert empty.status_code == 422
    assert "请写明要补正什么" in words_of(empty)
    sent = post(browser, url, {"reason": "", "note-need": "请写明数据来源。"})
    assert sent.headers["Location"] == f"/applications/{pk}"
    assert "请写明数据来源。" in words_of(browser.get(f"/applications/{pk}"))


def test_what_changed_is_marked_word_by_word_for_the_officer(
    corrected: int, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    pk = corrected
    browser = sign_in(client, "officer_q")
    with counted(db_session) as sent:
        page = browser.get(f"/applications/{pk}").get_data(as_text=True)
    assert len(sent) <= MOST_STATEMENTS, sent
    assert "<del>一千九百</del>" in page
    assert "<ins>二千一百</ins>" in page
    assert [page.count(f"</svg>{word}</span>") for word in ("已补正", "未修改")] == [1, 1]
    with counted(db_session) as sent:
        compared = browser.get(f"/applications/{pk}/versions").get_data(as_text=True)
    assert len(sent) <= MOST_STATEMENTS, sent
    assert "<del>一千九百</del>" in compared
    assert "共 1 处不同" in compared
    same = browser.get(f"/applications/{pk}/versions?before=2&after=2")
    assert "两个版本相同" in words_of(same)


def test_authors_see_the_note_at_its_part_and_cannot_touch_the_others(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    application = submitted_application(call, admin)
    ask_for_corrections(application, actor=officer(), comments={"risk": "请补充联系方式。"})
    pk, browser = application.id, sign_in(client, "admin_q")
    risk = browser.get(f"/applications/{pk}/form/risk").get_data(as_text=True)
    assert "中心对这一部分的意见：请补充联系方式。" in risk
    assert '<fieldset class="yl-whole">' in risk
    assert re.search(r'data-until="[\d-]+T23:59:59\+08:00"', risk), "counts down to the end of the last day"
    assert browser.get(f"/applications/{pk}/form").headers["Location"].endswith("/form/risk")
    goals = browser.get(f"/applications/{pk}/form/goals")
    assert '<fieldset class="yl-whole" disabled>' in goals.get_data(as_text=True)
    assert "data-autosave" not in goals.get_data(as_text=True)
    sent = post(browser, f"/applications/{pk}/form/goals", {"goal": "别的", "version": "1"})
    assert sent.status_code == 409
    assert "这一部分不需要补正" in words_of(sent)
    declaration = browser.get(f"/applications/{pk}/form/declaration")
    assert "中心提了意见但还没有修改：风险与应急。" in words_of(declaration)


def test_what_is_asked_of_an_organization_stands_beside_its_standing_whichever_part_of_the_house_asks(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    application = submitted_application(call, admin)
    ask_for_corrections(application, actor=officer(), comments={"risk": "请补充联系方式。"})

    pk = application.id
    page = sign_in(client, "admin_q").get(f"/organizations/{admin.organization_id}/standing").get_data(as_text=True)

    asked = page.split('id="asked"', 1)[1].split("</section>", 1)[0]
    assert f'href="/applications/{pk}' in asked
    assert "还剩" in words_of_html(asked)


def test_a_draft_and_its_versions_are_papers(corrected: int, client: FlaskClient, sign_in: SignIn) -> None:
    pk, browser = corrected, sign_in(client, "admin_q")
    first = paper_of(browser.get(f"/applications/{pk}/pdf?version=1"))
    last = paper_of(browser.get(f"/applications/{pk}/pdf"))
    assert ("一千九百户" in first, "二千一百户" in first) == (True, False)
    assert ("一千九百户" in last, "二千一百户" in last) == (False, True)
    assert browser.get(f"/applications/{pk}/pdf?version=9").status_code == 404
    receipt = paper_of(browser.get(f"/applications/{pk}/receipt/paper"))
    assert "申报回执" in receipt
    assert "2027-SB-0001" in receipt


def test_a_draft_is_a_paper_for_its_authors_alone(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    pk = draft_application(call, admin).id
    assert "草稿，尚未提交" in paper_of(sign_in(client, "lead_q").get(f"/applications/{pk}/pdf"))
    assert sign_in(client, "officer_q").get(f"/applications/{pk}/pdf").status_code == 404


def test_colleagues_are_told_in_which_part_the_other_is(
    app: Flask, call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    pk = draft_application(call, admin).id
    url, sent = f"/applications/{pk}/presence", {"X-Autosave": "1"}
    lead, boss = sign_in(client, "lead_q"), sign_in(app.test_client(), "admin_q")
    for browser, section in ((lead, "budget"), (boss, "budget")):
        page = browser.get(f"/applications/{pk}/form/{section}")
        assert f'data-presence="{url}"' in page.get_data(as_text=True)
        answer = browser.post(
            url, data={"csrf_token": token_of(page.get_data(as_text=True)), "section": section}, headers=sent
        )
    assert answer.get_json() == {"others": ["示例lead_q正在填写“预算”"], "same": True, "after": 20}


def test_only_the_administrator_submits_and_others_ask_them(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    pk = draft_application(call, admin).id
    browser = sign_in(client, "lead_q")
    page = browser.get(f"/applications/{pk}/form/declaration")
    assert "只有机构管理员能提交" in words_of(page)
    asked = post(browser, f"/applications/{pk}/ask", {})
    assert asked.status_code == 302
    assert "已请管理员提交" in browser.get(asked.headers["Location"]).get_data(as_text=True)
    assert post(browser, f"/applications/{pk}/submit", {"key": str(uuid4())}).status_code == 403


def test_a_withdrawn_application_begins_anew_from_its_page(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    application = submitted_application(call, admin)
    APPLICATION["withdraw"](application, actor=admin)
    pk, browser = application.id, sign_in(client, "admin_q")
    assert "重新起草" in words_of(browser.get(f"/applications/{pk}"))
    made = post(browser, f"/applications/{pk}/copy", {})
    assert re.fullmatch(r"/applications/\d+/form", made.headers["Location"])
    assert "2027-SB-0002" in browser.get(made.headers["Location"], follow_redirects=True).get_data(as_text=True)


def test_somebody_of_another_organization_gets_nowhere_by_address(
    app: Flask, corrected: int, call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    draft = draft_application(call, admin).id
    other = organization(2, "示例·另一家服务中心")
    person("stranger_q", "org_admin", "org_lead", "org_finance", organization_id=other.id)
    browser = sign_in(client, "stranger_q")
    token = token_of(browser.get("/account/").get_data(as_text=True))
    fills = {"name": "need", "rule": "rating", "step": "submit", "panel": "project", "key": "s1"}
    opened, tried = [], 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/applications/<int:pk>"):
            continue
        for pk in (draft, corrected):
            with app.test_request_context():
                url = url_for(rule.endpoint, pk=pk, **{name: fills[name] for name in rule.arguments - {"pk"}})
            for method in (rule.methods or set()) & {"GET", "POST"}:
                data = {"csrf_token": token, "key": str(uuid4()), "section": "need", "kind": "venue", "need": "x"}
                answer = browser.open(url, method=method, data=data if method == "POST" else None)
                tried += 1
                if answer.status_code not in {403, 404}:
                    opened.append((method, url, answer.status_code))
    assert opened == []
    assert tried > 30
