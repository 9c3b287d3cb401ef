"""The doors of years, calls and applications: who enters, what stands there, and what each page costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from grants.models import Application, ApplicationVersion, Call, CallQuota
from grants.states import ApplicationState
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.scope import whole
from kernel.workflow import bulk_load
from tests.factories.grants import FILLED, PDF, draft_application, open_call, submitted_application
from tests.factories.people import organization, person, post, token_of

NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET LOCAL")
MOST_STATEMENTS = 8
SYSTEM = Actor.system("tests")
KEY = "00000000-0000-4000-8000-000000000007"
SignIn = Callable[[FlaskClient, str], FlaskClient]

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))


@pytest.fixture
def admin(db_session: Session) -> Actor:
    applicant = organization(1, "示例·木兰家庭服务中心")
    for code in ("officer", "director", "finance", "funder", "auditor"):
        person(f"{code}_p", code)
    return person("admin_p", "org_admin", organization_id=applicant.id)


@pytest.fixture
def call(admin: Actor) -> Call:
    return open_call()


@pytest.fixture
def call_id(call: Call) -> int:
    return call.id


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Gather the statements of a block, transactions apart."""
    sent: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.lstrip().startswith(NOT_COUNTED):
            sent.append(statement)

    connection = session.get_bind()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def saved(call_id: int, title: str) -> Application | None:
    with whole(SYSTEM, "look"):
        wanted = select(Application).where(Application.call_id == call_id, Application.title == title)
        return db.session.scalars(wanted).first()


# What pages cost


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/years/",
        "/years/{year}",
        "/ledger/year/{year}",
        "/calls/",
        "/calls/{call}",
        "/applications/",
        "/applications/{submitted}",
        "/applications/{submitted}/checks/inspection",
        "/applications/{submitted}/receipt",
    ],
)
@pytest.mark.parametrize("username", ["officer_p", "finance_p"])
def test_a_page_of_staff_costs_eight_statements_at_most(
    url: str, username: str, call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    submitted_id = submitted_application(call, admin).id
    told = url.format(year=call.fiscal_year_id, call=call.id, submitted=submitted_id)
    browser = sign_in(client, username)
    browser.get(told)
    db.session.remove()
    with counted(db_session) as statements:
        answer = browser.get(told)
    assert answer.status_code == (403 if "checks" in url and username == "finance_p" else 200)
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


@pytest.mark.parametrize(
    "name", ["self_check", "organization", *(section.value for section in FILLED), "attachments", "declaration"]
)
def test_a_section_of_the_form_costs_eight_statements_at_most(
    name: str, call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    draft_id = draft_application(call, admin).id
    browser = sign_in(client, "admin_p")
    url = f"/applications/{draft_id}/form/{name}"
    browser.get(url)
    db.session.remove()
    with counted(db_session) as statements:
        answer = browser.get(url)
    assert answer.status_code == 200
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


def test_a_register_costs_the_same_for_one_application_and_for_fifty(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    submitted_application(call, admin)
    call_id = call.id
    browser = sign_in(client, "officer_p")
    browser.get("/applications/?size=50")
    db.session.remove()
    with counted(db_session) as one:
        browser.get("/applications/?size=50")
    with transaction() as session, whole(SYSTEM, "set-up"), bulk_load():
        for place in range(49):
            session.add(
                Application(
                    number=f"2027-SB-9{place:03d}",
                    call_id=call_id,
                    organization_id=admin.organization_id,
                    state=ApplicationState.SUBMITTED,
                    title=f"示例项目{place}",
                    submitted_at=now(),
                )
            )
    db.session.remove()
    with counted(db_session) as fifty:
        page = text_of(browser.get("/applications/?size=50"))
    assert page.count("2027-SB-") == 50
    assert len(one) == len(fifty)


# Calls


def test_everybody_reads_a_published_call_and_nobody_a_draft(call: Call, client: FlaskClient) -> None:
    assert "登录后申报" in text_of(client.get(f"/calls/{call.id}"))
    with transaction() as session, whole(SYSTEM, "set-up"):
        quota = session.scalars(select(CallQuota).where(CallQuota.call_id == call.id)).one()
        assert quota.amount > 0
    assert client.get("/calls/99999").status_code == 404


def test_an_officer_drafts_a_call_and_keeps_what_was_typed(call: Call, client: FlaskClient, sign_in: SignIn) -> None:
    year_id = call.fiscal_year_id
    browser = sign_in(client, "officer_p")
    typed = {
        "year": year_id,
        "title": "第二次征集",
        "nature": "procurement",
        "opens_at": "2026-12-01T09:00",
        "closes_at": "2026-11-01T09:00",
        "service_from": "2027-02-01",
        "service_to": "2027-11-30",
        "cap_per_project": "200,000",
        "cap_first_time": "80,000",
        "management_percent": "10",
        "fiscal_percent": "100",
        "instalment_percents": "50、30、20",
        "correction_days": "5",
        "notice_days": "7",
        "reviewers_least": "5",
        "required_attachments": "registration",
    }
    wrong = post(browser, "/calls/new", typed)
    assert wrong.status_code == 422
    assert "截止时间应晚于开始时间。" in text_of(wrong)
    assert "第二次征集" in text_of(wrong)
    right = post(browser, "/calls/new", typed | {"closes_at": "2026-12-25T17:00"}, follow_redirects=True)
    assert "公告 2027-ZJ-0002 已起草" in text_of(right)
    assert "不得按地区、本地业绩、奖项、等级或组织形式加分或设门槛。" in text_of(right)


def test_an_organization_starts_an_application_from_the_call(
    call_id: int, client: FlaskClient, sign_in: SignIn
) -> None:
    answer = post(sign_in(client, "admin_p"), f"/calls/{call_id}/apply")
    assert answer.status_code == 302
    assert saved(call_id, "") is not None


# The form


def test_autosave_answers_with_the_next_version_and_a_stale_one_with_the_way_to_merge(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    draft_id = draft_application(call, admin).id
    browser = sign_in(client, "admin_p")
    url = f"/applications/{draft_id}/form/risk"
    token = token_of(browser.get(url).get_data(as_text=True))
    headers = {"X-Autosave": "1"}
    first = browser.post(url, data={"csrf_token": token, "version": "1", "risk": "一"}, headers=headers)
    assert (first.status_code, first.json["version"]) == (200, 2)
    stale = browser.post(url, data={"csrf_token": token, "version": "1", "risk": "二"}, headers=headers)
    assert (stale.status_code, stale.json) == (409, {"merge": f"{url}/merge"})
    merge = text_of(browser.post(f"{url}/merge", data={"csrf_token": token, "version": "1", "risk": "二"}))
    assert "两份内容：风险与应急" in merge
    assert "您填写时，示例admin_p 在 " in merge
    assert ">二<" in merge
    assert ">一<" in merge
    unreadable = browser.post(
        f"/applications/{draft_id}/form/targets", data={"csrf_token": token, "people": "很多"}, headers=headers
    )
    assert (unreadable.status_code, unreadable.json) == (422, {"fields": {"people": ["请填整数。"]}})


def test_a_stale_save_by_the_button_shows_both_texts(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    draft_id = draft_application(call, admin).id
    browser = sign_in(client, "admin_p")
    url = f"/applications/{draft_id}/form/budget"
    typed = FILLED[next(section for section in FILLED if section.value == "budget")]
    answer = post(browser, url, {**typed, "version": "0", "requested": "1.00"})
    assert answer.status_code == 409
    assert "70,000.00" in text_of(answer)
    assert 'value="1.00"' in text_of(answer)


def test_a_double_press_of_submit_leads_to_one_receipt(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    draft_id = draft_application(call, admin).id
    browser = sign_in(client, "admin_p")
    url = f"/applications/{draft_id}/submit"
    answers = [post(browser, url, {"key": KEY, "declared": "1"}) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [
        (302, f"/applications/{draft_id}/receipt")
    ] * 2
    with whole(SYSTEM, "look"):
        assert len(db.session.scalars(select(ApplicationVersion)).all()) == 1
    assert "SHA-256" in text_of(browser.get(f"/applications/{draft_id}/receipt"))


def test_an_undeclared_application_is_told_so_and_stays_a_draft(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    draft_id = draft_application(call, admin).id
    answer = post(sign_in(client, "admin_p"), f"/applications/{draft_id}/submit", {"key": KEY})
    assert answer.status_code == 409
    assert "请声明项目没有在其他渠道获得资助，且内容真实。" in text_of(answer)


def test_a_file_comes_in_and_goes_out_to_its_own_organization_alone(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn, tmp_path: Path
) -> None:
    draft_id = draft_application(call, admin).id
    browser = sign_in(client, "admin_p")
    file = tmp_path / "场地.pdf"
    file.write_bytes(PDF)
    with file.open("rb") as stream:
        answer = post(
            browser,
            f"/applications/{draft_id}/files",
            {"kind": "venue", "file": (stream, "场地.pdf")},
            content_type="multipart/form-data",
            follow_redirects=True,
        )
    page = text_of(answer)
    assert "已上传“场地.pdf”" in page
    link = re.findall(r'href="(/files/[0-9a-f-]+)"', page)[-1]
    opened = browser.get(link)
    assert opened.data == PDF
    opened.close()
    person("other_p", "org_admin", organization_id=organization(2).id)
    assert sign_in(client, "other_p").get(link).status_code == 404


def test_another_organization_finds_neither_record_nor_form(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    submitted_id = submitted_application(call, admin).id
    person("other_p", "org_admin", organization_id=organization(2).id)
    browser = sign_in(client, "other_p")
    for path in ("", "/form", "/form/need", "/receipt"):
        assert browser.get(f"/applications/{submitted_id}{path}").status_code == 404
    assert post(browser, f"/applications/{submitted_id}/submit", {"key": KEY}).status_code == 404


def test_no_door_leads_to_a_step_that_follows_from_a_decision(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    submitted_id = submitted_application(call, admin).id
    assert post(sign_in(client, "admin_p"), f"/applications/{submitted_id}/steps/award").status_code == 404


def test_an_officer_judges_qualifies_and_reads_the_reasons(
    call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    submitted_id = submitted_application(call, admin).id
    browser = sign_in(client, "officer_p")
    page = text_of(browser.get(f"/applications/{submitted_id}"))
    assert "还不能通过：1 项待人工判定。" in page
    assert "屋檐下的倾听" in page
    empty = post(browser, f"/applications/{submitted_id}/checks/inspection", {"reason": "已核对"})
    assert empty.status_code == 422
    told = {"outcome": "passed", "reason": "已核对证书"}
    judged = post(browser, f"/applications/{submitted_id}/checks/inspection", told, follow_redirects=True)
    assert "判定理由：已核对证书" in text_of(judged)
    done = post(browser, f"/applications/{submitted_id}/steps/qualify", follow_redirects=True)
    assert "2027-SB-0001：资格通过" in text_of(done)


def test_the_home_page_names_what_waits(call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn) -> None:
    submitted_application(call, admin)
    officer = text_of(sign_in(client, "officer_p").get("/"))
    assert "的 1 件申报" in officer
    assert "2027 年度预算" in officer
    assert "各区立项" in officer
    assert "正在征集" in text_of(sign_in(client, "admin_p").get("/"))
