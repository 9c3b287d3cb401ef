"""A call's own questions from the draft to the frozen submission: each application keeps those it was begun with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grants.models import Application, ApplicationVersion, Call, FormVersion
from grants.operations import answers as answering, applications, calls
from grants.operations.call_forms import (
    propose_form_change,
    publish_form_change,
    return_form_change,
    save_form,
)
from grants.queries.forms import answers_of, flat_answers, form_of, latest_form_version
from grants.questions import Definition, FormSection, Question, add_question, remove_question
from grants.states import CallNature, QuestionKind as Kind
from grants.workflows.calls import CALL
from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.files import Storage, use_storage
from kernel.notices import Message
from kernel.scope import see_as, whole
from tests.factories.forms import EVERY_KIND, FIRST, SECOND, with_form
from tests.factories.grants import (
    PDF,
    approved_year,
    director,
    draft_application,
    draft_call,
    officer,
    staff,
)
from tests.factories.people import organization, person

FEW = 6
SYSTEM = Actor.system("tests")
KEPT = select(Application.id, FormVersion.sha256).join(FormVersion, FormVersion.id == Application.form_version_id)
AUTUMN = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)


def told(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


@pytest.fixture(autouse=True)
def autumn(app: Flask, db_session: Session, tmp_path: Path) -> Iterator[time_machine.Coordinates]:
    use_storage(Storage(tmp_path))
    with time_machine.travel(AUTUMN, tick=False) as clock:
        yield clock


@pytest.fixture
def admin() -> Actor:
    return person("admin1", "org_admin", organization_id=organization(1, "示例·木兰家庭服务中心").id)


def published(**values: Any) -> Call:
    call = with_form(draft_call(approved_year(), **values))
    with transaction():
        CALL["propose"](call, actor=officer())
        CALL["approve"](call, actor=director())
        CALL["open"](call, actor=officer())
    return call


@pytest.fixture
def call() -> Call:
    return published()


def change_of(call: Call) -> Definition:
    """Give the form of a call without its optional number, as somebody may change it."""
    with whole(SYSTEM, "look"):
        kept = form_of(call.id)
    assert kept is not None
    return remove_question(kept.form, "q4")


def changed(call: Call, reason: str = "题目重复") -> FormVersion:
    """Change the published form: proposed by the officer, published by the director."""
    with whole(SYSTEM, "look"):
        kept = form_of(call.id)
    assert kept is not None
    longer = add_question(kept.form, "s1", Question(key="", kind=Kind.TEXT, label="补充说明", required=False))[0]
    shorter = remove_question(kept.form, list(kept.form.section("s1").questions)[-1].key)
    form = shorter if len(kept.form.section("s1").questions) > FEW else longer
    with transaction():
        save_form(call, actor=officer(), form=form, version=kept.version)
        propose_form_change(call, actor=officer(), reason=reason)
        return publish_form_change(call, actor=director())


def answered(application: Application, actor: Actor) -> None:
    with transaction():
        answering.save_answers(application, "s1", actor=actor, values=FIRST)
        answering.save_answers(application, "s6", actor=actor, values=SECOND)


# Frozen


def test_a_published_form_is_frozen_with_its_hash(call: Call) -> None:
    with whole(SYSTEM, "look"):
        version = latest_form_version(call.id)
    assert version is not None
    assert (version.number, version.reason, version.sha256) == (1, "", EVERY_KIND.sha256)
    assert version.form == EVERY_KIND


@pytest.mark.parametrize("statement", ["UPDATE form_version SET number = 7", "DELETE FROM form_version"])
def test_the_database_lets_nobody_touch_a_frozen_form(call: Call, statement: str) -> None:
    with whole(SYSTEM, "tamper"), pytest.raises(Exception, match=r"frozen form is never changed|permission denied"):
        db.session.execute(text(statement))


def test_an_application_keeps_the_version_on_which_it_was_begun(call: Call, admin: Actor) -> None:
    first = draft_application(call, admin, filled=False)
    version = changed(call)
    second = draft_application(call, admin, filled=False)
    with whole(SYSTEM, "look"):
        assert first.form_version is not None
        assert (first.form_version.number, first.form_version.sha256) == (1, EVERY_KIND.sha256)
        assert second.form_version_id == version.id
        older = first.form_version_id
    with whole(SYSTEM, "tamper"), pytest.raises(IntegrityError, match="keeps the form version"):
        db.session.execute(text(f"UPDATE application SET form_version_id = {older} WHERE id = {second.id}"))


@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["change", "begin", "answer"]), min_size=1, max_size=6))
def test_form_versions_never_change_under_an_application(admin: Actor, call: Call, deeds: list[str]) -> None:
    """Whatever is changed, begun and answered in whatever order: what an application was begun with stays."""
    with whole(SYSTEM, "look"):
        begun = dict(db.session.execute(KEPT).tuples().all())
    for deed in deeds:
        if deed == "change":
            changed(call)
        elif deed == "begin":
            application = draft_application(call, admin, filled=False)
            with whole(SYSTEM, "look"):
                version = latest_form_version(call.id)
            assert version is not None
            begun[application.id] = version.sha256
        elif begun:
            with whole(SYSTEM, "look"):
                newest = db.session.scalars(select(Application).where(Application.id == max(begun))).one()
            answered(newest, admin)
    db.session.expire_all()
    with whole(SYSTEM, "look"):
        kept = db.session.execute(KEPT.add_columns(FormVersion.definition)).all()
    assert {row[0]: row[1] for row in kept} == begun
    assert all(Definition.model_validate(row[2]).sha256 == row[1] for row in kept)


# Changed after the publication


def test_a_change_takes_two_people_and_its_reason_is_kept(call: Call, admin: Actor) -> None:
    draft_application(call, admin, filled=False)
    with transaction():
        save_form(call, actor=officer(), form=change_of(call), version=1)
        propose_form_change(call, actor=officer(), reason="题目重复")
    both = staff("director", 9001)
    with pytest.raises(Refused) as refused:
        publish_form_change(call, actor=both)
    assert told(refused) == ["You proposed this change, so another person publishes it."]
    with pytest.raises(Refused) as refused:
        save_form(call, actor=officer(), form=EVERY_KIND, version=None)
    assert told(refused) == ["A change of this form waits for the director; it cannot be changed until it is decided."]
    with transaction():
        version = publish_form_change(call, actor=director())
    assert (version.number, version.reason) == (2, "题目重复")
    with whole(SYSTEM, "look"):
        texts = db.session.scalars(select(Message.text).where(Message.recipient_id == admin.user_id)).all()
    assert any("题目已更新：请看您的草稿" in one for one in texts)


def test_a_change_that_is_sent_back_leaves_what_is_published(call: Call) -> None:
    with transaction():
        save_form(call, actor=officer(), form=change_of(call), version=1)
        propose_form_change(call, actor=officer(), reason="题目重复")
        return_form_change(call, actor=director(), reason="不必改")
    with whole(SYSTEM, "look"):
        latest, kept = latest_form_version(call.id), form_of(call.id)
    assert latest is not None
    assert kept is not None
    assert (latest.number, kept.change_reason) == (1, None)
    with pytest.raises(Refused) as refused:
        publish_form_change(call, actor=director())
    assert told(refused) == ["No change of this form waits for a decision."]


def test_nothing_is_changed_where_nothing_differs(call: Call) -> None:
    with pytest.raises(Refused) as refused:
        propose_form_change(call, actor=officer(), reason="没有改动")
    assert told(refused) == ["The form is the one that is published; there is nothing to change."]


def test_the_questions_stay_once_somebody_has_handed_in(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin)
    answered(application, admin)
    with transaction():
        applications.hand_in(application, actor=admin, key=uuid4())
    with pytest.raises(Refused) as refused:
        save_form(call, actor=officer(), form=change_of(call), version=1)
    assert told(refused) == ["1 application has been handed in by these questions; they stay the same for everybody."]


def test_the_questions_stay_in_the_last_working_days(call: Call, autumn: time_machine.Coordinates) -> None:
    autumn.move_to(call.closes_at - timedelta(days=6))
    with pytest.raises(Refused) as refused:
        save_form(call, actor=officer(), form=change_of(call), version=1)
    assert told(refused) == [
        "The questions change at the latest 5 working days before the closing, on 2026-12-01. Extend the call first."
    ]


def test_under_procurement_the_questions_stay_for_fifteen_days(autumn: time_machine.Coordinates) -> None:
    call = published(nature=CallNature.PROCUREMENT, notice_days=7)
    with transaction():
        save_form(call, actor=officer(), form=change_of(call), version=1)
    autumn.move_to(call.closes_at - timedelta(days=14))
    with pytest.raises(Refused) as refused:
        save_form(call, actor=officer(), form=EVERY_KIND, version=2)
    assert told(refused)[0].startswith("Under government procurement the questions change at the latest 15 days")


def test_a_proposed_call_is_not_changed_and_an_empty_section_not_published() -> None:
    call = draft_call(approved_year())
    empty = EVERY_KIND.model_copy(update={"sections": (FormSection(key="s1", title="空的"),)})
    with transaction():
        save_form(call, actor=officer(), form=empty)
    with pytest.raises(Refused) as refused:
        CALL["propose"](call, actor=officer())
    assert told(refused) == ["Section “空的” of the form has no question yet."]
    with transaction():
        save_form(call, actor=officer(), form=EVERY_KIND, version=1)
        CALL["propose"](call, actor=officer())
    with pytest.raises(Refused) as refused:
        save_form(call, actor=officer(), form=EVERY_KIND, version=2)
    assert told(refused) == ["The call is “Waiting for approval”; only a draft can be changed."]


def test_two_people_at_one_form_do_not_write_over_each_other() -> None:
    call = with_form(draft_call(approved_year()))
    with transaction():
        save_form(call, actor=officer(), form=remove_question(EVERY_KIND, "q4"), version=1)
    with pytest.raises(Stale):
        save_form(call, actor=officer(), form=EVERY_KIND, version=1)


def test_a_form_with_a_flaw_is_refused() -> None:
    call = draft_call(approved_year())
    broken = Definition(
        sections=(
            FormSection(key="s1", title="部分", questions=(Question(key="q2", kind=Kind.CHOICE, label="选哪个？"),)),
        )
    )
    with pytest.raises(Refused) as refused:
        save_form(call, actor=officer(), form=broken)
    assert told(refused) == ["“选哪个？”: a choice has 2 to 30 options, one a line."]


@pytest.mark.parametrize("code", ["director", "finance", "funder", "auditor"])
def test_only_an_officer_builds_a_form(call: Call, code: str) -> None:
    with pytest.raises(Refused):
        save_form(call, actor=staff(code, 9008), form=EVERY_KIND, version=1)


def test_a_call_under_procurement_has_a_notice_that_lets_suppliers_challenge() -> None:
    call = draft_call(approved_year(), nature=CallNature.PROCUREMENT, notice_days=5)
    with pytest.raises(Refused) as refused:
        CALL["propose"](call, actor=officer())
    assert told(refused) == ["The public notice takes 5 working days; under this legal nature at least 7 are needed."]
    calls.change_call(call, actor=officer(), values={"notice_days": 7})
    CALL["propose"](call, actor=officer())


# Answers


def test_answers_are_saved_by_section_and_stale_ones_are_not(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin, filled=False)
    answered(application, admin)
    with whole(SYSTEM, "look"):
        assert answers_of(application.id)["q9"] == [["示例项目", "50000"]]
    assert application.section_versions == {"form:s1": 1, "form:s6": 1}
    with pytest.raises(Stale):
        answering.save_answers(application, "s1", actor=admin, values={"q2": "否"}, version=0)
    with pytest.raises(Invalid):
        answering.save_answers(application, "s1", actor=admin, values={"q2": "也许"}, version=1)
    with pytest.raises(NotFound):
        answering.save_answers(application, "s99", actor=admin, values={})


def test_what_the_own_questions_lack_stands_in_the_way_of_the_submission(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin)
    with pytest.raises(Refused) as refused:
        applications.hand_in(application, actor=admin, key=uuid4())
    assert told(refused) == ["Please answer: 项目是否服务未成年人？", "Please answer: 合作单位"]
    sections = {section for section, _field, _told in application.open_points or ()}
    assert sections == {"form:s1", "form:s6"}


def test_the_frozen_submission_holds_questions_and_answers(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin)
    answered(application, admin)
    with transaction():
        answering.attach_answer(application, "q10", actor=admin, stream=BytesIO(PDF), filename="意向书.pdf")
        applications.hand_in(application, actor=admin, key=uuid4())
    with whole(SYSTEM, "look"):
        kept = db.session.scalars(select(ApplicationVersion)).one().snapshot
    assert kept["form"]["sha256"] == EVERY_KIND.sha256
    assert {key: value for _key, (key, value) in flat_answers(kept).items()} == {
        "项目是否服务未成年人？": "是",
        "怎样保护未成年人？": FIRST["q3"],
        "其中困境儿童人数": "12 人",
        "机构全称": "示例·木兰家庭服务中心",
        "合作单位": "社区\n学校",
        "首次活动日": "2027-03-08",
        "近两年同类项目": "示例项目 · 50000",
        "合作意向书": "意向书.pdf",
    }


def test_what_was_not_asked_is_not_frozen(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin)
    answered(application, admin)
    with transaction():
        answering.save_answers(application, "s1", actor=admin, values=FIRST | {"q2": "否"})
        applications.hand_in(application, actor=admin, key=uuid4())
    with whole(SYSTEM, "look"):
        kept = db.session.scalars(select(ApplicationVersion)).one().snapshot
    assert "q3" not in flat_answers(kept)


def test_a_file_is_taken_where_a_file_is_asked(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin, filled=False)
    with pytest.raises(NotFound):
        answering.attach_answer(application, "q2", actor=admin, stream=BytesIO(PDF), filename="a.pdf")


def test_another_organization_answers_nothing(call: Call, admin: Actor) -> None:
    application_id = draft_application(call, admin, filled=False).id
    stranger = person("admin2", "org_admin", organization_id=organization(2).id)
    db.session.remove()
    see_as(stranger)
    assert db.session.scalars(select(Application).where(Application.id == application_id)).first() is None
