"""A draft goes over to the newer questions of its call: what fits is kept, what does not is given back, nothing else moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grants.models import Application, ApplicationVersion, Call, FormVersion
from grants.operations import answers as answering
from grants.operations.application_form import version_of
from grants.operations.applications import hand_in
from grants.operations.applying import copy_application
from grants.operations.call_forms import propose_form_change, publish_form_change, save_form
from grants.operations.newer_forms import take_newer_form
from grants.queries.forms import answers_of, form_of, latest_form_version
from grants.questions import Column, Definition, FormSection, Question, add_question, change_question, remove_question
from grants.rules.newer_forms import carried, files_left
from grants.states import ColumnKind, QuestionKind as Kind
from grants.workflows.applications import APPLICATION
from grants.workflows.calls import CALL
from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.errors import Refused, Stale
from kernel.files import Storage, use_storage
from kernel.notices import Message
from kernel.scope import whole
from tests.factories.forms import EVERY_KIND, FIRST, SECOND, with_form
from tests.factories.grants import PDF, approved_year, director, draft_application, draft_call, officer
from tests.factories.people import organization, person, post
from tests.grants.test_call_pages import MOST_STATEMENTS, SignIn, counted, text_of

SYSTEM = Actor.system("tests")
AUTUMN = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
ALL = {
    "q2": "是",
    "q3": "由两名持证社工全程陪同，活动前做背景核查。",
    "q4": "12",
    "q7": ["社区", "学校"],
    "q8": "2027-03-08",
    "q9": [["示例项目", "50000"]],
}

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def autumn(app: Flask, db_session: Session, tmp_path: Path) -> Iterator[time_machine.Coordinates]:
    use_storage(Storage(tmp_path))
    with time_machine.travel(AUTUMN, tick=False) as clock:
        yield clock


@pytest.fixture
def admin() -> Actor:
    return person("admin_n", "org_admin", organization_id=organization(1, "示例·木兰家庭服务中心").id)


@pytest.fixture
def call() -> Call:
    made = with_form(draft_call(approved_year()))
    with transaction():
        CALL["propose"](made, actor=officer())
        CALL["approve"](made, actor=director())
        CALL["open"](made, actor=officer())
    return made


@pytest.fixture
def draft(call: Call, admin: Actor) -> Application:
    application = draft_application(call, admin)
    with transaction():
        answering.save_answers(application, "s1", actor=admin, values=FIRST)
        answering.save_answers(application, "s6", actor=admin, values=SECOND)
        answering.attach_answer(application, "q10", actor=admin, stream=BytesIO(PDF), filename="意向书.pdf")
    return application


NEWER = change_question(
    remove_question(remove_question(EVERY_KIND, "q4"), "q10"),
    Question(key="q7", kind=Kind.CHOICES, label="合作的单位", options=("社区", "医院", "企业"), most=2),
)
NEWER = add_question(NEWER, "s6", Question(key="", kind=Kind.TEXT, label="合作联系人", required=False))[0]


def published(call: Call, form: Definition, reason: str = "题目重复") -> FormVersion:
    """Change the form of a call: proposed by the officer, published by the director."""
    with whole(SYSTEM, "look"):
        kept = form_of(call.id)
    assert kept is not None
    with transaction():
        save_form(call, actor=officer(), form=form, version=kept.version)
        propose_form_change(call, actor=officer(), reason=reason)
        return publish_form_change(call, actor=director())


def told(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


def one_question(question: Question) -> Definition:
    return Definition(sections=(FormSection(key="s1", title="部分", questions=(question,)),), last=9)


# What fits


@pytest.mark.parametrize(
    ("before", "after", "answer", "kept", "left"),
    [
        ({"kind": Kind.TEXT}, {"kind": Kind.LONG}, "短句", "短句", None),
        ({"kind": Kind.LONG}, {"kind": Kind.TEXT, "most": 4}, "一二三四五", None, "一二三四五"),
        ({"kind": Kind.LONG}, {"kind": Kind.TEXT}, "一行\n两行", None, "一行\n两行"),
        ({"kind": Kind.NUMBER, "unit": "人"}, {"kind": Kind.NUMBER, "unit": "人", "high": 5}, "12", "12", None),
        ({"kind": Kind.NUMBER, "unit": "人"}, {"kind": Kind.NUMBER, "unit": "户"}, "12", None, "12 人"),
        ({"kind": Kind.NUMBER}, {"kind": Kind.TEXT}, "12", None, "12"),
        (
            {"kind": Kind.CHOICE, "options": ("是", "否")},
            {"kind": Kind.CHOICE, "options": ("否", "不适用")},
            "是",
            None,
            "是",
        ),
        (
            {"kind": Kind.CHOICES, "options": ("甲", "乙")},
            {"kind": Kind.CHOICES, "options": ("乙", "丙")},
            ["甲", "乙"],
            ["乙"],
            "甲",
        ),
        ({"kind": Kind.DATE}, {"kind": Kind.DATE}, "2027-03-01", "2027-03-01", None),
    ],
)
def test_an_answer_is_kept_where_the_newer_question_can_hold_it(
    before: dict[str, Any], after: dict[str, Any], answer: Any, kept: Any, left: str | None
) -> None:
    old = one_question(Question(key="q2", label="题", **before))
    new = one_question(Question(key="q2", label="题", **after))
    found = carried(old, new, {"q2": answer})
    assert found.answers == {"s1": {} if kept is None else {"q2": kept}}
    assert found.left == ([] if left is None else [("题", left)])


def test_a_table_keeps_its_cells_under_the_columns_that_stay() -> None:
    name, sum_, day = Column(label="项目"), Column(label="金额", kind=ColumnKind.NUMBER), Column(label="日期")
    rows = [["甲", "1", "春"], ["乙", None, "夏"]]

    def moved(*columns: Column) -> Any:
        old = one_question(Question(key="q2", kind=Kind.TABLE, label="题", columns=(name, sum_, day)))
        return carried(
            old, one_question(Question(key="q2", kind=Kind.TABLE, label="题", columns=columns)), {"q2": rows}
        )

    renamed = moved(name, Column(label="金额（元）", kind=ColumnKind.NUMBER), day)
    assert (renamed.answers, renamed.left) == ({"s1": {"q2": rows}}, [])
    wider = moved(day, name, sum_, Column(label="备注"))
    assert wider.answers == {"s1": {"q2": [["春", "甲", "1", None], ["夏", "乙", None, None]]}}
    assert wider.left == []
    narrower = moved(name, day)
    assert narrower.answers == {"s1": {"q2": [["甲", "春"], ["乙", "夏"]]}}
    assert narrower.left == [("题", "甲 · 1 · 春\n乙 · — · 夏")]


def test_an_answer_follows_its_question_into_another_part() -> None:
    moved = [one for one in EVERY_KIND.questions() if one.key in {"q7", "q2"}]
    after = Definition(sections=(FormSection(key="s11", title="新的部分", questions=tuple(moved)),), last=11)
    found = carried(EVERY_KIND, after, ALL)
    assert found.answers == {"s11": {"q2": "是", "q7": ["社区", "学校"]}}
    assert [label for label, _answer in found.left] == [
        "怎样保护未成年人？",
        "其中困境儿童人数",
        "首次活动日",
        "近两年同类项目",
    ]
    assert files_left(EVERY_KIND, after) == {"answer-q10": "合作意向书"}


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sets(st.sampled_from(sorted(ALL))), st.permutations(sorted(ALL)))
def test_no_answer_is_ever_lost(gone: set[str], order: list[str]) -> None:
    """Whatever is taken out and however the questions are arranged: each answer is kept or given back."""
    by_key = {one.key: one.model_copy(update={"shown_when": None}) for one in EVERY_KIND.questions()}
    after = Definition(
        sections=(
            FormSection(key="s1", title="部分", questions=tuple(by_key[key] for key in order if key not in gone)),
        ),
        last=11,
    )
    found = carried(EVERY_KIND, after, ALL)
    assert found.answers == {"s1": {key: ALL[key] for key in order if key not in gone}}
    assert sorted(label for label, _told in found.left) == sorted(by_key[key].label for key in gone)


# The deed


def test_a_draft_goes_over_with_all_that_fits(draft: Application, call: Call, admin: Actor) -> None:
    version = published(call, NEWER)
    assert draft.form_version is not None
    assert draft.form_version.number == 1
    with transaction():
        found = take_newer_form(draft, actor=admin, number=2)
    with whole(SYSTEM, "look"):
        assert draft.form_version_id == version.id
        assert answers_of(draft.id) == {
            "q2": "是",
            "q3": FIRST["q3"],
            "q7": ["社区"],
            "q8": "2027-03-08",
            "q9": [["示例项目", "50000"]],
        }
    assert found.left == [("其中困境儿童人数", "12 人"), ("合作单位", "学校"), ("合作意向书", "意向书.pdf")]
    assert draft.left_answers == [list(one) for one in found.left]
    assert found.reworded == [("合作单位", "合作的单位")]
    assert [one.label for one in found.fresh] == ["合作联系人"]
    assert draft.title == "屋檐下的倾听"


def test_what_found_no_place_is_not_handed_in(draft: Application, call: Call, admin: Actor) -> None:
    published(call, NEWER)
    with transaction():
        take_newer_form(draft, actor=admin, number=2)
        hand_in(draft, actor=admin, key=uuid4())
    with whole(SYSTEM, "look"):
        kept = db.session.scalars(select(ApplicationVersion)).one().snapshot
    assert kept["form"]["version"] == 2
    assert "12" not in [one.get("value") for section in kept["form"]["sections"] for one in section["answers"]]
    assert [file["kind"] for file in kept["attachments"]] == ["registration", "audit_report"]


def test_a_draft_may_stay_with_the_questions_that_it_has(draft: Application, call: Call, admin: Actor) -> None:
    published(call, NEWER)
    with transaction():
        hand_in(draft, actor=admin, key=uuid4())
    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(ApplicationVersion)).one().snapshot["form"]["version"] == 1


def test_a_colleague_who_has_a_part_open_is_led_to_both_texts(draft: Application, call: Call, admin: Actor) -> None:
    published(call, NEWER)
    opened = version_of(draft, "form:s1")
    with transaction():
        take_newer_form(draft, actor=admin, number=2)
    with pytest.raises(Stale):
        answering.save_answers(draft, "s1", actor=admin, values={"q2": "否"}, version=opened)


def test_a_draft_goes_over_only_to_what_was_looked_at(draft: Application, call: Call, admin: Actor) -> None:
    with pytest.raises(Refused) as refused:
        take_newer_form(draft, actor=admin, number=2)
    assert told(refused) == ["This draft has the newest questions already."]
    published(call, NEWER)
    published(call, remove_question(NEWER, "q8"), "再改一次")
    with pytest.raises(Refused) as refused:
        take_newer_form(draft, actor=admin, number=2)
    assert told(refused) == ["The questions have changed once more since you looked. Please look at them again."]
    with transaction():
        take_newer_form(draft, actor=admin, number=3)
    assert draft.form_version is not None
    assert draft.form_version.number == 3


def test_what_was_handed_in_never_goes_over(draft: Application, call: Call, admin: Actor) -> None:
    version = published(call, NEWER)
    with transaction():
        hand_in(draft, actor=admin, key=uuid4())
    with pytest.raises(Refused) as refused:
        take_newer_form(draft, actor=admin, number=2)
    assert told(refused) == ["What has been handed in keeps the questions with which it was handed in."]
    APPLICATION["return_application"](draft, actor=officer(), reason="请补充")
    with pytest.raises(Refused):
        take_newer_form(draft, actor=admin, number=2)
    with whole(SYSTEM, "tamper"), pytest.raises(IntegrityError, match="keeps the form version"):
        db.session.execute(text(f"UPDATE application SET form_version_id = {version.id} WHERE id = {draft.id}"))


def test_nobody_else_and_nobody_too_late_takes_a_draft_over(
    draft: Application, call: Call, admin: Actor, autumn: time_machine.Coordinates
) -> None:
    published(call, NEWER)
    for stranger in (officer(), director()):
        with pytest.raises(Refused) as refused:
            take_newer_form(draft, actor=stranger, number=2)
        assert told(refused) == ["You are not allowed to do this."]
    autumn.move_to(call.closes_at)
    with pytest.raises(Refused) as refused:
        take_newer_form(draft, actor=admin, number=2)
    assert "closed" in told(refused)[0]


def test_a_withdrawn_application_is_taken_up_with_the_answers_that_are_still_asked(
    draft: Application, call: Call, admin: Actor
) -> None:
    published(call, NEWER)
    with transaction():
        APPLICATION["withdraw"](draft, actor=admin)
    copy = copy_application(draft, actor=admin)
    with whole(SYSTEM, "look"):
        assert answers_of(copy.id)["q7"] == ["社区"]
        assert answers_of(draft.id)["q7"] == ["社区", "学校"]
    assert ["合作单位", "学校"] in copy.left_answers


def test_the_authors_of_each_draft_are_told_with_the_way_there(draft: Application, call: Call, admin: Actor) -> None:
    published(call, NEWER, "学校改由区教育局统一联系")
    with whole(SYSTEM, "look"):
        message = db.session.scalars(select(Message).where(Message.kind == "call.form_changed")).one()
    assert (message.recipient_id, message.link) == (admin.user_id, f"/applications/{draft.id}/newer-form")
    assert "学校改由区教育局统一联系" in message.text
    assert "屋檐下的倾听" in message.text


@hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["change", "move", "begin"]), min_size=2, max_size=6))
def test_only_drafts_move_and_only_forward(admin: Actor, call: Call, deeds: list[str]) -> None:
    numbers: dict[int, int] = {}
    for deed in deeds:
        with whole(SYSTEM, "look"):
            newest = latest_form_version(call.id)
        assert newest is not None
        if deed == "change":
            flip = add_question(newest.form, "s1", Question(key="", kind=Kind.TEXT, label="补充", required=False))[0]
            published(call, flip)
        elif deed == "begin":
            numbers[draft_application(call, admin, filled=False).id] = newest.number
        elif numbers:
            pk = min(numbers)
            with whole(SYSTEM, "look"):
                application = db.session.scalars(select(Application).where(Application.id == pk)).one()
            if numbers[pk] < newest.number:
                with transaction():
                    take_newer_form(application, actor=admin, number=newest.number)
                numbers[pk] = newest.number
    db.session.expire_all()
    with whole(SYSTEM, "look"):
        wanted = select(Application.id, FormVersion.number).join(
            FormVersion, FormVersion.id == Application.form_version_id
        )
        kept = dict(db.session.execute(wanted.where(Application.id.in_(numbers))).tuples().all())
    assert kept == numbers


# The page


def test_the_page_says_what_changes_and_takes_the_draft_there(
    draft: Application, call: Call, admin: Actor, client: FlaskClient, sign_in: SignIn, db_session: Session
) -> None:
    pk, call_id = draft.id, call.id
    url = f"/applications/{pk}/newer-form"
    browser = sign_in(client, "admin_n")
    assert browser.get(url).status_code == 404
    assert "newer-form" not in browser.get(f"/applications/{pk}/questions/s1").get_data(as_text=True)
    with whole(SYSTEM, "look"):
        published(db.session.scalars(select(Call).where(Call.id == call_id)).one(), NEWER)
    for form in ("questions/s1", "form/need"):
        with counted(db_session) as sent:
            page = browser.get(f"/applications/{pk}/{form}").get_data(as_text=True)
        assert f'href="{url}"' in page
        assert len(sent) <= MOST_STATEMENTS, "\n".join(sent)
    db.session.remove()
    with counted(db_session) as sent:
        page = text_of(browser.get(url))
    assert len(sent) <= MOST_STATEMENTS, "\n".join(sent)
    for words in ("题目重复", "其中困境儿童人数", "12 人", "意向书.pdf", "合作联系人", "保留 5 个答案"):
        assert words in page, words
    stale = post(browser, url, {"version": "1"})
    assert stale.status_code == 409
    answer = post(browser, url, {"version": "2"})
    assert answer.headers["Location"] == url
    page = text_of(browser.get(url))
    assert "未能放入新题目的答案" in page
    assert "12 人" in page
    assert "newer-form" in browser.get(f"/applications/{pk}/form/need").get_data(as_text=True)
