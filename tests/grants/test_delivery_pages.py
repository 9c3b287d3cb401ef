"""The pages from the award list to the closure, as a browser meets them: what they show, take, refuse and cost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from grants.models import AwardList, Instalment, Objection, Project, PublicNotice
from grants.operations.awards import create_award_list
from grants.operations.public_notices import publish_notice
from grants.queries.delivery_tasks import waiting_for
from grants.states import InstalmentState, ObjectionState
from grants.workflows.awards import AWARD_LIST
from grants.workflows.projects import PROJECT
from kernel.clock import today
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.scope import see_as, whole
from tests.factories.awards import Awarding, Crew, awarding, confirmed_list, crew, part, signed_project
from tests.factories.people import SYSTEM, person, post

NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET LOCAL")
MOST_STATEMENTS = 8

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))


@pytest.fixture
def made(db_session: Session) -> Awarding:
    return awarding()


@pytest.fixture
def people(made: Awarding) -> Crew:
    return crew(made.applications[0].organization_id)


@pytest.fixture
def project(made: Awarding, people: Crew) -> Project:
    signed = signed_project(made, people)
    with transaction():
        PROJECT["start"](signed, actor=people.org_lead)
    return signed


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


def told(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


# The planner


def new_list(made: Awarding, people: Crew) -> AwardList:
    with transaction():
        return create_award_list(made.call, actor=people.officer)


def test_an_officer_makes_a_list_from_the_ranking(
    made: Awarding, people: Crew, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    call_id = made.call.id
    browser = sign_in(client, "officer_t")

    answer = post(browser, "/award-lists/new", {"call": call_id}, follow_redirects=True)

    assert "立项方案 2027-LX-0001 已生成" in told(answer)
    assert "立项线" in told(answer)


def test_the_planner_saves_amounts_with_a_reason_and_keeps_what_was_typed_when_they_are_wrong(
    made: Awarding, people: Crew, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    award_list = new_list(made, people)
    first = award_list.awards[0].id
    url = f"/award-lists/{award_list.id}/amounts?quota={made.quota.id}"
    browser = sign_in(client, "officer_t")

    wrong = post(browser, url, {f"amount-{first}": "100,000.01", "reason": "多给一分"})
    unreadable = post(browser, url, {f"amount-{first}": "十万"})
    right = post(browser, url, {f"amount-{first}": "90,000.00", "reason": "压减"}, follow_redirects=True)

    assert wrong.status_code == 422
    assert "100,000.01 元" in told(wrong)
    assert "多给一分" in told(wrong)
    assert unreadable.status_code == 422
    assert 'value="十万"' in told(unreadable)
    assert "已调整 1 项" in told(right)
    assert 'value="90,000.00"' in told(right)


def test_a_save_over_somebody_elses_decisions_is_refused_and_keeps_what_was_typed(
    made: Awarding, people: Crew, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    award_list = new_list(made, people)
    first, version = award_list.awards[0].id, award_list.version
    url = f"/award-lists/{award_list.id}/amounts?quota={made.quota.id}"
    browser = sign_in(client, "officer_t")
    typed = {f"amount-{first}": "90,000.00", "reason": "压减", "version": version}

    assert post(browser, url, typed).status_code == 302
    late = post(browser, url, {**typed, f"amount-{first}": "70,000.00"})

    assert late.status_code == 409
    assert "别人改过这份方案" in told(late)
    assert 'value="70,000.00"' in told(late)


def test_a_confirmed_list_is_published_from_its_page(
    made: Awarding, people: Crew, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    url = f"/award-lists/{confirmed_list(made, people).id}/publish"
    browser = sign_in(client, "officer_t")

    answer = post(browser, url, follow_redirects=True)

    assert "2027-GS-0001 已公示" in told(answer)


# The public notice


def published(made: Awarding, people: Crew) -> PublicNotice:
    award_list = confirmed_list(made, people)
    with transaction():
        return publish_notice(award_list, actor=people.officer)


def test_everybody_reads_a_notice_without_scores_and_takes_its_table(
    made: Awarding, people: Crew, client: FlaskClient
) -> None:
    with transaction(), whole(SYSTEM, "set-up"):
        made.applications[0].title = "=HYPERLINK(1)"
    notice = published(made, people)
    url, credit_code = f"/notices/{notice.id}", notice.entries[0].credit_code

    page = told(client.get(url))
    table = client.get(f"{url}/csv")

    assert "100,000" in page
    assert credit_code in page
    assert "91.5" not in page
    assert table.headers["Content-Disposition"] == 'attachment; filename="2027-GS-0001.csv"'
    lines = table.get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == "序号,申报编号,项目,机构,统一社会信用代码,类别,拟立项金额（元）"
    assert lines[1].split(",")[2] == "'=HYPERLINK(1)"


def test_an_organization_objects_to_anothers_line_and_not_to_its_own(
    made: Awarding, people: Crew, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    notice = published(made, people)
    person("other_t", "org_admin", organization_id=made.applications[2].organization_id)
    url = f"/notices/{notice.id}/entries/{notice.entries[0].id}/object"
    browser = sign_in(client, "other_t")

    empty = post(browser, url, {"reason": ""})
    answer = post(browser, url, {"reason": "重复资助"}, follow_redirects=True)

    assert empty.status_code == 422
    assert answer.status_code == 200
    assert "异议已受理" in told(answer)
    with whole(SYSTEM, "look"):
        assert db.session.query(Objection).one().state is ObjectionState.RECEIVED


def test_a_notice_that_runs_says_why_it_cannot_be_closed(
    made: Awarding, people: Crew, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    notice = published(made, people)
    url, last_day = f"/notices/{notice.id}", notice.ends_on
    browser = sign_in(client, "officer_t")

    assert f"公示期到 {last_day}，之后才能结束。" in told(browser.get(url))
    assert post(browser, f"{url}/close").status_code == 409


# Contract and project


def test_the_signed_paper_tells_the_contract_and_is_sent_as_it_was_sealed(
    project: Project, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    with whole(SYSTEM, "look"):
        assert project.contract is not None
        contract_id = project.contract.id
    browser = sign_in(client, "org_t")

    answer = browser.get(f"/contracts/{contract_id}/paper")

    paper = answer.get_data()
    answer.close()
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)
    flat = re.sub(r"\s+", "", text)
    assert answer.mimetype == "application/pdf"
    for words in ("2027-HT-0001", "人民币壹拾万元整", "100,000.00", "50%", "不得转包", "项目台账", "受益人数"):
        assert words in flat, words


def test_an_organization_records_an_activity_and_reads_every_mistake_at_its_field(
    project: Project, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    url = f"/projects/{project.id}/activities/new"
    browser = sign_in(client, "orglead_t")
    words = {"theme": "亲子阅读", "held_on": str(today()), "place": "社区", "hours": "2"}

    wrong = post(browser, url, {**words, "people": "30", "new_people": "31", "person_times": "20"})
    right = post(
        browser, url, {**words, "people": "30", "new_people": "30", "person_times": "４５"}, follow_redirects=True
    )

    assert wrong.status_code == 422
    assert "30 人不可能只有 20 人次" in told(wrong)
    assert "新增人数不能超过到场的 30 人" in told(wrong)
    assert 'value="亲子阅读"' in told(wrong)
    assert "“亲子阅读”已登记" in told(right)


def test_an_expense_is_entered_once(project: Project, client: FlaskClient, sign_in: Callable[..., FlaskClient]) -> None:
    url = f"/projects/{project.id}/expenses/new"
    browser = sign_in(client, "orgfin_t")
    words = {
        "spent_on": str(today()),
        "payee": "示例印务",
        "head": "activities",
        "amount": "1,200.00",
        "invoice_kind": "digital_invoice",
        "invoice_key": "26272000001234567890",
    }

    first = post(browser, url, words, follow_redirects=True)
    second = post(browser, url, words)

    assert "支出已存为草稿" in told(first)
    assert second.status_code == 422
    assert "一张发票只能列支一次" in told(second)


def test_four_people_pay_from_their_pages(
    project: Project, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    first = part(project, 1).id
    project_id = project.id
    way = (
        ("orgfin_t", "request", {"receipt_number": "SJ-1"}),
        ("officer_t", "check", {}),
        ("finance_t", "review", {}),
        ("director_t", "approve", {}),
        ("finance_u", "pay", {"bank_reference": "B-1", "paid_on": str(today())}),
    )

    for name, step, asked in way:
        answer = post(sign_in(client, name), f"/instalments/{first}/steps/{step}", asked)
        assert answer.status_code == 302, (step, told(answer)[:2000])

    again = post(client, f"/instalments/{first}/steps/pay", {"bank_reference": "B-2", "paid_on": str(today())})
    assert again.status_code == 409
    assert "已付" in told(again)
    with whole(SYSTEM, "look"):
        assert db.session.get_one(Instalment, first).state is InstalmentState.PAID
        assert db.session.get_one(Project, project_id).organization.received == 50000


def test_another_organizations_project_is_not_there(
    project: Project, made: Awarding, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    person("other_t", "org_admin", "org_lead", organization_id=made.applications[2].organization_id)
    with whole(SYSTEM, "look"):
        assert project.contract is not None
        contract_id = project.contract.id
    paths = (
        f"/projects/{project.id}",
        f"/projects/{project.id}/activities/new",
        f"/contracts/{contract_id}",
        f"/contracts/{contract_id}/paper",
        f"/instalments/{part(project, 1).id}",
    )
    browser = sign_in(client, "other_t")

    for path in paths:
        assert browser.get(path).status_code == 404, path


def test_no_page_costs_more_than_eight_statements(
    project: Project, db_session: Session, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    with whole(SYSTEM, "look"):
        assert project.contract is not None
        shared = [
            "/",
            "/projects/",
            f"/projects/{project.id}",
            f"/contracts/{project.contract.id}",
            "/instalments/",
            f"/instalments/{part(project, 1).id}",
            "/notices/",
            "/reports/",
            "/activities/",
            "/expenses/",
            f"/organizations/{project.organization_id}/standing",
        ]
        desk = ["/award-lists/", f"/award-lists/{project.awarded_by.award_list_id}"]

    for name in ("officer_t", "director_t", "finance_t", "funder_t", "org_t", "orglead_t", "orgfin_t"):
        browser = sign_in(client, name)
        for path in shared if name.startswith("org") else [*shared, *desk]:
            with counted(db_session) as sent:
                answer = browser.get(path)
            assert answer.status_code == 200, path
            assert len(sent) <= MOST_STATEMENTS, (name, path, [one[:90] for one in sent])


def test_the_planner_of_a_draft_costs_no_more_than_eight_statements(
    made: Awarding, people: Crew, db_session: Session, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    url = f"/award-lists/{new_list(made, people).id}"
    browser = sign_in(client, "officer_t")

    with counted(db_session) as sent:
        assert browser.get(url).status_code == 200

    assert len(sent) <= MOST_STATEMENTS, [one[:90] for one in sent]


# What is mine to do


def keys_of(actor: Any) -> set[str]:
    see_as(actor)
    return {one.what for one in waiting_for(actor)}


def test_each_step_waits_for_its_own_people(made: Awarding, people: Crew) -> None:
    award_list = new_list(made, people)
    assert keys_of(people.officer) == {"list_draft"}
    assert keys_of(people.director) == set()

    with transaction():
        AWARD_LIST["propose"](award_list, actor=people.officer)
    assert keys_of(people.director) == {"list_proposed"}


def test_what_waits_is_told_in_one_statement(project: Project, people: Crew, db_session: Session) -> None:
    with transaction(), whole(SYSTEM, "set-up"):
        project.starts_on = today() - timedelta(days=250)

    for actor in (people.officer, people.director, people.finance, people.funder, people.org_admin, people.org_lead):
        see_as(actor)
        with counted(db_session) as sent:
            waiting_for(actor)
        assert len(sent) <= 1, actor.name

    assert keys_of(people.org_finance) == {"payment_due"}
    assert keys_of(people.org_lead) == {"midterm_due"}
    assert keys_of(people.officer) == {"contract_draft"}


def test_an_organization_sees_its_projects_at_home(
    project: Project, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    page = told(sign_in(client, "orgfin_t").get("/"))

    assert "我的项目" in page
    assert "申请“示例项目第1号”的拨付" in page
