"""Building a call: what is missing leads to its place, the form is put together, copied, published, and asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.models import Call, CallAnswer, CallForm, CallQuestion
from grants.operations import call_documents, calls
from grants.operations.call_copies import copy_call, dates_ahead
from grants.operations.call_forms import save_form
from grants.operations.call_questions import answer_question, ask_question
from grants.operations.call_rules import choose_rules
from grants.operations.lots import LotRow, import_lots
from grants.queries.forms import definition_being_built
from grants.questions import Definition, FormSection, Question, remove_question
from grants.rules.call_design import gaps_of
from grants.rules.eligibility.choosing import chosen_of
from grants.rules.eligibility.library import KINDS
from grants.states import CallNature, CallState, PassportFact, QuestionKind as Kind
from grants.workflows.calls import CALL
from kernel.actor import Actor
from kernel.calendar import is_working_day, working_days_between
from kernel.clock import day_of
from kernel.db import db, transaction
from kernel.errors import Invalid, NotFound, Refused
from kernel.files import Storage, files_of, use_storage
from kernel.notices import Message
from kernel.scope import whole
from tests.factories.forms import EVERY_KIND, with_form
from tests.factories.grants import (
    PDF,
    approved_year,
    director,
    draft_application,
    draft_call,
    member,
    officer,
    open_call,
)
from tests.factories.people import organization, person, post
from tests.grants.test_call_pages import MOST_STATEMENTS, SignIn, counted, text_of

SYSTEM = Actor.system("tests")
AUTUMN = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("app")


def told(refused: pytest.ExceptionInfo[Refused] | pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


@pytest.fixture(autouse=True)
def autumn(db_session: Session, tmp_path: Path) -> Iterator[time_machine.Coordinates]:
    use_storage(Storage(tmp_path))
    with time_machine.travel(AUTUMN, tick=False) as clock:
        yield clock


@pytest.fixture
def admin() -> Actor:
    return person("admin_p", "org_admin", organization_id=organization(1, "示例·木兰家庭服务中心").id)


@pytest.fixture
def staff_people() -> None:
    for code in ("officer", "director"):
        person(f"{code}_p", code)


def texts_of(user_id: int | None) -> list[str]:
    with whole(SYSTEM, "look"):
        return list(db.session.scalars(select(Message.text).where(Message.recipient_id == user_id)))


def gaps(call: Call, form: Definition | None = None, documents: int = 1) -> list[tuple[str, bool, str]]:
    with whole(SYSTEM, "look"):
        found = gaps_of(
            call,
            officer(),
            chosen=chosen_of(call.id),
            form=definition_being_built(call.id) if form is None else form,
            documents=documents,
        )
        return [(gap.part, gap.blocks, gap.sentence.render("en")) for gap in found]


# What is missing


def test_what_is_missing_is_told_at_its_part() -> None:
    call = draft_call(approved_year(), quotas={}, opens_at=AUTUMN, closes_at=AUTUMN + timedelta(days=3), notice_days=5)
    missing = [(part, text) for part, blocks, text in gaps(call, documents=0) if blocks]
    assert missing == [
        ("quotas", "Set at least one quota first: for a category, for a lot, or for the whole call."),
        ("dates", "The call takes applications for 3 working days; at least 10 are needed."),
    ]
    assert [part for part, blocks, _text in gaps(call, documents=0) if not blocks] == ["basics", "documents"]


def test_a_purchase_is_warned_of_questions_that_it_must_not_weigh() -> None:
    call = draft_call(
        approved_year(), nature=CallNature.PROCUREMENT, notice_days=7, summary="购买服务", fiscal_percent=Decimal(60)
    )
    asks = Definition(
        sections=(
            FormSection(
                key="s1",
                title="机构",
                questions=(
                    Question(key="q2", kind=Kind.PASSPORT, label="评估", fact=PassportFact.RATING),
                    Question(key="q3", kind=Kind.TEXT, label="近三年获奖情况"),
                    Question(key="q4", kind=Kind.TEXT, label="项目负责人的经验"),
                ),
            ),
        ),
    )
    found = [
        (part, text.split(":")[0])
        for part, blocks, text in gaps(call, form=asks)
        if not blocks and part != "eligibility"
    ]
    assert found == [
        ("money", "Who sells a service brings no money along"),
        ("form", "“评估” asks for what a purchase must not weigh"),
        ("form", "“近三年获奖情况” asks for what a purchase must not weigh"),
    ]
    assert [one for one in gaps(draft_call(approved_year(2028)), form=asks) if one[0] == "form"] == []


@pytest.mark.parametrize(
    ("values", "field", "problem"),
    [
        ({"management_percent": Decimal(0)}, "management_percent", "The management fee cannot be capped at 0"),
        ({"notice_days": 4}, "notice_days", "The public notice takes 5 working days at least."),
        ({"correction_days": 2}, "correction_days", "Corrections take 3 to 10 working days."),
        ({"budget_heads": []}, "budget_heads", "Choose one budget head at least."),
        ({"target_kinds": ["people"]}, "target_kinds", "Whoever counts people counts person-times too"),
        ({"head_caps": {"venue": "0"}}, "cap-venue", "A cap lies above 0 and at most at 100 percent."),
        ({"reviewers_least": 2}, "reviewers_least", "A review takes three reviewers at least."),
    ],
)
def test_what_the_database_would_refuse_is_told_beside_its_field(
    values: dict[str, Any], field: str, problem: str
) -> None:
    call = draft_call(approved_year())
    with pytest.raises(Invalid) as invalid:
        calls.change_call(call, actor=officer(), values=values)
    assert list(invalid.value.problems) == [field]
    assert told(invalid)[0].startswith(problem)


def test_heads_and_targets_of_a_call_are_those_of_its_applications(admin: Actor) -> None:
    call = open_call(budget_heads=["personnel", "venue"], head_caps={"personnel": "50"}, target_kinds=["sessions"])
    application = draft_application(call, admin)
    points = [point[2]["msgid"] for point in application.open_points or []]
    assert "This call pays nothing for {head}. Move the amount to another budget head." in points
    assert any(msgid.startswith("{head} is {planned}; the cap is {most}") for msgid in points)


# Copies


def test_a_copy_brings_everything_along_and_moves_the_dates(admin: Actor) -> None:
    source = with_form(
        draft_call(approved_year(), summary="征集", head_caps={"venue": "20"}, target_kinds=["sessions"])
    )
    with transaction():
        choose_rules(source, actor=officer(), values={kind.rule.value: {} for kind in KINDS if kind.always})
        call_documents.add_document(source, actor=officer(), stream=BytesIO(PDF), filename="公告.pdf")
    with transaction():
        made = copy_call(source, actor=officer(), year=approved_year(2028), title="2028 年度征集")
    assert (made.number, made.state, made.copied_from_id) == ("2028-ZJ-0001", CallState.DRAFT, source.id)
    assert (made.summary, made.head_caps, made.target_kinds) == ("征集", {"venue": "20"}, ["sessions"])
    assert [(quota.category_code, quota.amount) for quota in made.quotas] == [
        ("family_education", Decimal("1000000.00"))
    ]
    assert (made.service_from, made.service_to) == (date(2028, 2, 1), date(2028, 11, 30))
    with whole(SYSTEM, "look"):
        assert definition_being_built(made.id) == EVERY_KIND
        assert set(chosen_of(made.id)) == set(chosen_of(source.id))
        assert [(file.original_name, file.is_public) for file in files_of(made, "document")] == [("公告.pdf", False)]


def test_the_dates_of_a_copy_fall_on_working_days(autumn: time_machine.Coordinates) -> None:
    call = draft_call(
        approved_year(),
        opens_at=datetime(2026, 11, 13, 1, 0, tzinfo=UTC),
        closes_at=datetime(2026, 11, 27, 9, 0, tzinfo=UTC),
    )
    moved = dates_ahead(call, 1)
    opens, closes = day_of(moved["opens_at"]), day_of(moved["closes_at"])
    assert (opens, closes) == (date(2027, 11, 15), date(2027, 11, 29))
    assert is_working_day(opens)
    assert is_working_day(closes)
    assert working_days_between(opens, closes) >= 10


def test_a_copy_of_a_call_with_lots_has_the_same_lots() -> None:
    year = approved_year()
    source = draft_call(year, quotas={})
    with transaction():
        import_lots(source, actor=officer(), rows=[LotRow(1, "示例项目包", Decimal("478320.00"))])
        made = copy_call(source, actor=officer(), year=year, title="再来一次")
    with whole(SYSTEM, "look"):
        db.session.refresh(made)
        assert [(lot.title, lot.amount) for lot in made.lots] == [("示例项目包", Decimal("478320.00"))]
        assert [quota.lot_id for quota in made.quotas] == [made.lots[0].id]


# Documents


def test_documents_are_public_from_the_publication_on(client: FlaskClient) -> None:
    call = draft_call(approved_year())
    with transaction():
        kept = call_documents.add_document(call, actor=officer(), stream=BytesIO(PDF), filename="公告.pdf")
        gone = call_documents.add_document(call, actor=officer(), stream=BytesIO(PDF), filename="旧稿.pdf")
        call_documents.take_document_away(call, actor=officer(), file=gone)
    call_id, kept_id, gone_id = call.id, kept.public_id, gone.public_id
    assert client.get(f"/files/{kept_id}").status_code == 404
    with whole(SYSTEM, "look"):
        call = db.session.scalars(select(Call).where(Call.id == call_id)).one()
        kept = next(file for file in files_of(call, "document"))
    with transaction():
        CALL["propose"](call, actor=officer())
        CALL["approve"](call, actor=director())
    with pytest.raises(Refused):
        call_documents.take_document_away(call, actor=officer(), file=kept)
    assert "公告.pdf" in text_of(client.get(f"/calls/{call_id}"))
    with client.get(f"/files/{kept_id}") as opened:
        assert opened.status_code == 200
    assert client.get(f"/files/{gone_id}").status_code == 404


def test_only_a_document_of_the_call_is_taken_away(admin: Actor) -> None:
    call = draft_call(approved_year())
    other = draft_call(approved_year(2028))
    with transaction():
        file = call_documents.add_document(other, actor=officer(), stream=BytesIO(PDF), filename="别的.pdf")
    with pytest.raises(NotFound):
        call_documents.take_document_away(call, actor=officer(), file=file)


# Questions and answers


def test_a_question_is_answered_to_everybody_without_names(admin: Actor, client: FlaskClient) -> None:
    drafting = person("admin_b", "org_admin", organization_id=organization(2).id)
    watching = person("officer_b", "officer")
    call = open_call()
    draft_application(call, drafting, filled=False)
    with transaction():
        question = ask_question(call, actor=admin, text="示例·木兰家庭服务中心能跨区吗？")
    assert any("有机构就 2027-ZJ-0001 提问" in one for one in texts_of(watching.user_id))
    with pytest.raises(Invalid) as invalid:
        answer_question(question, actor=officer(), published=question.text, answer="可以。")
    assert told(invalid) == ["Please take the name out: 示例·木兰家庭服务中心."]
    with transaction():
        answer_question(question, actor=officer(), published="能跨区吗？", answer="可以，选主要服务区。")
    assert any("您就 2027-ZJ-0001 的提问已答复" in one for one in texts_of(admin.user_id))
    assert any("2027-ZJ-0001 有新的答疑" in one for one in texts_of(drafting.user_id))
    page = text_of(client.get(f"/calls/{call.id}"))
    assert "可以，选主要服务区。" in page
    assert "木兰" not in page


def test_an_answer_is_corrected_and_told_again(admin: Actor) -> None:
    call = open_call()
    with transaction():
        question = ask_question(call, actor=admin, text="能跨区吗？")
        answer_question(question, actor=officer(), published="能跨区吗？", answer="可以。")
    with transaction():
        kept = answer_question(question, actor=officer(), published="能跨区吗？", answer="不可以。")
    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(CallAnswer)).one().answer == "不可以。"
    assert kept.corrected_at == AUTUMN
    assert sum("已答复" in one for one in texts_of(admin.user_id)) == 2


def test_questions_end_some_working_days_before_the_closing(admin: Actor, autumn: time_machine.Coordinates) -> None:
    call = open_call()
    autumn.move_to(datetime(2026, 12, 1, 2, 0, tzinfo=UTC))
    with transaction():
        question = ask_question(call, actor=admin, text="最后一天可以问吗？")
    autumn.move_to(datetime(2026, 12, 2, 2, 0, tzinfo=UTC))
    with pytest.raises(Refused) as refused:
        ask_question(call, actor=admin, text="晚了吗？")
    assert told(refused) == ["Questions were taken until 2026-12-01, 5 working days before the closing."]
    autumn.move_to(call.closes_at)
    with pytest.raises(Refused) as refused:
        answer_question(question, actor=officer(), published="可以问吗？", answer="可以。")
    assert told(refused) == ["The call has closed; questions are answered before that."]


def test_a_draft_is_not_asked_about_and_a_stranger_asks_nothing(admin: Actor) -> None:
    call = draft_call(approved_year())
    with pytest.raises(Refused) as refused:
        ask_question(call, actor=admin, text="什么时候开始？")
    assert told(refused) == ["The call is “Draft”; questions are taken while it is published or open."]
    with pytest.raises(Refused):
        ask_question(call, actor=member("org_finance", 9, 1), text="财务可以问吗？")


# Pages


@pytest.mark.parametrize("url", ["design", "form", "form/preview", "documents", "copy", "design/review", "public"])
def test_a_page_of_the_designer_costs_eight_statements_at_most(
    url: str, staff_people: None, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    where = f"/calls/{with_form(draft_call(approved_year())).id}/{url}"
    browser = sign_in(client, "officer_p")
    browser.get(where)
    db.session.remove()
    with counted(db_session) as statements:
        answer = browser.get(where)
    assert answer.status_code == 200
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


def test_a_form_is_built_by_buttons(staff_people: None, client: FlaskClient, sign_in: SignIn) -> None:
    call_id = draft_call(approved_year()).id
    browser, form = sign_in(client, "officer_p"), f"/calls/{call_id}/form"
    assert post(browser, f"{form}/sections/new", {"title": "保护", "version": "0"}).status_code == 302
    yes = {"label": "服务未成年人？", "required": "1", "options": "是\n否", "version": "1"}
    assert post(browser, f"{form}/sections/s1/add/choice", yes).status_code == 302
    how = {"label": "怎样保护？", "required": "1", "least": "20", "shown_when": "q2\x1f是", "version": "2"}
    assert post(browser, f"{form}/sections/s1/add/long", how).status_code == 302
    moved = post(browser, f"{form}/arrange", {"what": "question-up", "key": "q3", "version": "3"})
    assert moved.status_code == 409
    assert "必须排在它前面" in text_of(moved)
    late = post(browser, f"{form}/arrange", {"what": "question-remove", "key": "q3", "version": "2"})
    assert late.status_code == 409
    wrong = post(browser, f"{form}/questions/q2", yes | {"options": "是", "version": "3"})
    assert wrong.status_code == 409
    assert "选项要有 2 至 30 个，每行一个" in text_of(wrong)
    assert post(browser, f"{form}/standard", {"code": "minors", "version": "3"}).status_code == 302
    page = text_of(browser.get(form))
    assert "仅当“服务未成年人？”选“是”时填写" in page
    assert "2. 未成年人保护" in page
    preview = browser.get(f"{form}/preview").get_data(as_text=True)
    assert 'data-shown-by="q2"' in preview


def test_a_question_keeps_what_was_typed_when_it_cannot_be_read(
    staff_people: None, client: FlaskClient, sign_in: SignIn
) -> None:
    call_id = with_form(draft_call(approved_year())).id
    browser = sign_in(client, "officer_p")
    typed = {"label": "人数", "low": "很多", "version": "1"}
    answer = post(browser, f"/calls/{call_id}/form/sections/s1/add/number", typed)
    assert answer.status_code == 422
    assert 'value="很多"' in answer.get_data(as_text=True)


def test_every_part_is_changed_at_its_place(staff_people: None, client: FlaskClient, sign_in: SignIn) -> None:
    call = draft_call(approved_year())
    call_id, version = call.id, call.version
    browser = sign_in(client, "officer_p")
    design = browser.get(f"/calls/{call_id}/design").get_data(as_text=True)
    for part in ("basics", "dates", "money", "heads", "instalments", "targets", "attachments", "review", "procedure"):
        assert f"/calls/{call_id}/design/{part}" in design
    typed = {
        "budget_heads": ["personnel", "venue"],
        "management_percent": "8",
        "cap-venue": "２０",
        "version": str(version),
    }
    assert post(browser, f"/calls/{call_id}/design/heads", typed).headers["Location"].endswith("/design")
    with whole(SYSTEM, "look"):
        kept = db.session.scalars(select(Call).where(Call.id == call_id)).one()
        assert (kept.budget_heads, kept.head_caps, kept.management_percent) == (
            ["personnel", "venue"],
            {"venue": "20"},
            Decimal(8),
        )
    refused = post(browser, f"/calls/{call_id}/design/heads", typed | {"management_percent": "0", "version": ""})
    assert refused.status_code == 422
    assert "管理费上限不能为 0" in text_of(refused) or "管理" in text_of(refused)


def test_a_published_form_is_changed_on_its_page_by_two_people(
    staff_people: None, client: FlaskClient, sign_in: SignIn
) -> None:
    call = with_form(draft_call(approved_year()))
    with transaction():
        CALL["propose"](call, actor=officer())
        CALL["approve"](call, actor=director())
    form = f"/calls/{call.id}/form"
    browser = sign_in(client, "officer_p")
    post(browser, f"{form}/arrange", {"what": "question-remove", "key": "q4", "version": "1"})
    assert "与已发布的不同" in text_of(browser.get(form))
    post(browser, f"{form}/propose", {"reason": "题目重复"})
    assert "有一项改动待负责人决定：题目重复" in text_of(browser.get(form))
    answer = post(sign_in(client, "director_p"), f"{form}/publish", follow_redirects=True)
    assert "申报表第 2 版已发布" in text_of(answer)
    assert "题目有改动，只用于新的申报。题目重复" in text_of(client.get(form.removesuffix("/form") + "/public"))


def test_an_organization_asks_and_an_officer_answers_on_pages(
    staff_people: None, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    call_id = open_call().id
    asked = post(
        sign_in(client, "admin_p"), f"/call-questions/about/{call_id}", {"text": "能跨区吗？"}, follow_redirects=True
    )
    assert "提问已收到" in text_of(asked)
    with whole(SYSTEM, "look"):
        question_id = db.session.scalars(select(CallQuestion.id)).one()
    browser = sign_in(client, "officer_p")
    assert "答复“2027 年度妇女儿童家庭服务项目征集”的 1 条提问" in text_of(browser.get("/"))
    assert "示例·木兰家庭服务中心" in text_of(browser.get(f"/call-questions/{question_id}"))
    typed = {"published": "能跨区吗？", "answer": "可以。"}
    answered = post(browser, f"/call-questions/{question_id}/answer", typed, follow_redirects=True)
    assert "答复已在公告页公布" in text_of(answered)


def test_nobody_but_staff_sees_a_form_being_built(admin: Actor, client: FlaskClient, sign_in: SignIn) -> None:
    call_id = with_form(draft_call(approved_year())).id
    assert sign_in(client, "admin_p").get(f"/calls/{call_id}/form").status_code == 403
    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(CallForm)).one().form == EVERY_KIND


# The whole call, for whoever decides


def test_the_director_reads_the_whole_call_and_what_is_new_in_it(
    staff_people: None, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    last = with_form(draft_call(approved_year(), title="2027 年度家庭服务项目征集"))
    with transaction():
        call_documents.add_document(last, actor=officer(), stream=BytesIO(PDF), filename="征集公告.pdf")
        copy = copy_call(last, actor=officer(), year=approved_year(2028), title="2028 年度家庭服务项目征集")
        calls.change_call(copy, actor=officer(), values={"cap_per_project": Decimal("250000.00"), "notice_days": 6})
        with whole(SYSTEM, "look"):
            values = {rule.value: dict(given) for rule, given in chosen_of(copy.id).items()}
            form = definition_being_built(copy.id)
        values["inspection"]["years"] = 2
        choose_rules(copy, actor=officer(), values=values)
        save_form(copy, actor=officer(), form=remove_question(form, "q4"), version=1)
        CALL["propose"](copy, actor=officer())
    pk = copy.id
    browser = sign_in(client, "director_p")
    assert f'href="/calls/{pk}/whole"' in browser.get(f"/calls/{pk}").get_data(as_text=True)
    db.session.remove()
    with counted(db_session) as statements:
        answer = browser.get(f"/calls/{pk}/whole")
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))
    since, whole_call = page[page.index("相比的变化") :].split("征集性质", 1)
    for changed in (
        "200,000.00 250,000.00",
        "近 3 年的年检都合格。 上一年度可以还没有结论：是 近 2 年的年检都合格。",
        "服务对象与保护 · 其中困境儿童人数 数字 选填",
        "公示工作日 5 6",
    ):
        assert changed in since, changed
    for same in ("合作单位", "家庭教育", "征集公告.pdf", "评审专家"):
        assert same not in since, same
    for words in (
        "家庭教育 1,000,000.00",
        "第 1 期 50% 第 2 期 30% 第 3 期 20%",
        "管理费 不超过财政资金的 10%",
        "近 2 年的年检都合格。",
        "文字相同达到（%）：30",
        "合作单位 最多 2 项。 社区 学校 医院",
        "专家评审表 最新版",
        "提问在截止前几个工作日结束 5",
        "征集公告.pdf",
    ):
        assert words in whole_call, words
    assert "去审批" in page


def test_a_call_that_was_not_copied_has_nothing_to_compare_and_nobody_else_reads_it_whole(
    staff_people: None, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    call_id = draft_call(approved_year()).id
    page = text_of(sign_in(client, "officer_p").get(f"/calls/{call_id}/whole"))
    assert "相比的变化" not in page
    assert "去审批" not in page
    assert sign_in(client, "director_p").get("/calls/99999/whole").status_code == 404
    assert sign_in(client, "admin_p").get(f"/calls/{call_id}/whole").status_code == 403


def test_who_may_not_change_a_part_is_led_to_its_words(
    staff_people: None, client: FlaskClient, sign_in: SignIn
) -> None:
    call_id = draft_call(approved_year()).id
    page = sign_in(client, "director_p").get(f"/calls/{call_id}/design").get_data(as_text=True)
    assert f'href="/calls/{call_id}/whole#quotas"' in page
    assert f'href="/calls/{call_id}/quotas"' not in page
    page = sign_in(client, "officer_p").get(f"/calls/{call_id}/design").get_data(as_text=True)
    assert f'href="/calls/{call_id}/quotas"' in page
