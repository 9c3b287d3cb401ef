"""Texts that read alike: found whoever came first, shown to staff alone, judged by an officer, asked anew when changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.jobs import compare_texts
from grants.models import Application, Call, EligibilityCheck, Likeness, TextPrint
from grants.operations import application_form as form
from grants.operations.applications import hand_in
from grants.operations.eligibility import ask_again, decide_check
from grants.operations.likeness import decide_likeness
from grants.states import CheckOutcome, EligibilityRule as Rule, LikenessDecision, LikenessRelation as Relation, Section
from grants.workflows.applications import APPLICATION
from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.files import Storage, use_storage
from kernel.scope import see_as, whole
from orgs.models import Organization, PastProject
from tests.factories.grants import director, draft_application, member, officer, open_call
from tests.factories.people import organization
from tests.grants.test_likeness import NEED, OTHER, PLAN

SYSTEM = Actor.system("tests")
AUTUMN = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
SCHOOL = "学校门口每天下午有四十多名孩子无人接送，居委会腾出两间教室，请退休教师轮流看护，晚饭由社区食堂按成本价供应。"
LONELY = (
    "镇上三百余位独居老人子女多在外地，村妇联走访时发现他们最怕节日，本项目把节日办成全村的长桌宴，由年轻家庭轮流作东。"
)


@pytest.fixture(autouse=True)
def autumn(app: Flask, db_session: Session, tmp_path: Path) -> Iterator[time_machine.Coordinates]:
    use_storage(Storage(tmp_path))
    with time_machine.travel(AUTUMN, tick=False) as clock:
        yield clock


@pytest.fixture
def call() -> Call:
    return open_call(
        summary="面向在沪登记的女性社会组织，征集服务妇女儿童和家庭的项目，内容须真实可核查，服务须就近持续。"
    )


@pytest.fixture
def write(call: Call) -> Callable[..., Application]:
    """Hand in an application of an organization with these texts, and compare what waits unless told otherwise."""

    def make(serial: int, title: str, *, compare: bool = True, **texts: Any) -> Application:
        with whole(SYSTEM, "look"):
            found = db.session.scalars(
                select(Organization).where(Organization.name == f"示例社会服务中心{serial}号")
            ).first()
        owner = member("org_admin", 8000 + serial, (found or organization(serial)).id)
        application = draft_application(call, owner, title=title)
        told = {"need": NEED, "goal": "十个月内支持一百户。", "plan": "招募、工作坊、回访。"} | texts
        for section, names in ((Section.NEED, ["need"]), (Section.GOALS, ["goal"]), (Section.PLAN, ["plan"])):
            kept = {name: getattr(application, name) for name in ("goal", "beneficiaries", "innovation")}
            rows = {
                "milestones-0-title": f"第{serial}步",
                "milestones-0-starts_on": "2027-02-15",
                "milestones-0-ends_on": "2027-11-30",
            }
            values = {Section.GOALS: kept, Section.PLAN: rows}.get(section, {})
            form.save_section(application, section, actor=owner, values=values | {name: told[name] for name in names})
        form.save_section(
            application,
            Section.TARGETS,
            actor=owner,
            values={"people": str(told.get("people", 10 * serial)), "person_times": "900", "sessions": "9"}
            | {"target_proof": "照片"},
        )
        with transaction():
            hand_in(application, actor=owner, key=uuid4())
        if compare:
            compare_texts(SYSTEM)
        return application

    return make


def pairs_of(application: Application) -> list[Likeness]:
    with whole(SYSTEM, "look"):
        wanted = select(Likeness).where(Likeness.application_id == application.id)
        return list(db.session.scalars(wanted.order_by(Likeness.id)))


def outcome(application: Application, rule: Rule) -> CheckOutcome:
    with whole(SYSTEM, "look"):
        wanted = select(EligibilityCheck).where(EligibilityCheck.application_id == application.id)
        return next(one.outcome for one in db.session.scalars(wanted) if one.rule == rule.value)


OTHERS, OWN, LINKED = Rule.OTHER_ORGANIZATIONS, Rule.SAME_ORGANIZATION, Rule.LINKED_ORGANIZATIONS
PASSED, FAILED, MANUAL = CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.MANUAL


def test_nothing_is_compared_in_the_last_hour_of_a_call(
    write: Callable[..., Application], call: Call, autumn: time_machine.Coordinates
) -> None:
    write(1, "屋檐下的倾听", compare=False)
    closes = call.closes_at
    for moment, done in ((closes - timedelta(minutes=59), 0), (closes - timedelta(minutes=61), 1)):
        autumn.move_to(moment)
        assert compare_texts(SYSTEM) == done
    write(2, "老城厢的书桌", compare=False)
    autumn.move_to(closes)

    assert compare_texts(SYSTEM) == 1


def test_nothing_passes_before_it_has_been_compared(write: Callable[..., Application]) -> None:
    application = write(1, "屋檐下的倾听", compare=False)
    assert outcome(application, OTHERS) is MANUAL
    with pytest.raises(Refused) as refused:
        decide_check(application, actor=officer(), rule=OTHERS, outcome=PASSED, reason="看过")
    assert "being compared" in refused.value.reasons[0].render("en")

    assert compare_texts(SYSTEM) == 1
    assert compare_texts(SYSTEM) == 0
    assert outcome(application, OTHERS) is PASSED


def test_a_copied_need_is_found_under_another_title_and_in_another_part(write: Callable[..., Application]) -> None:
    first = write(1, "屋檐下的倾听", need=NEED + SCHOOL)
    copied = write(2, "银龄长桌宴", need=OTHER + LONELY, plan=NEED)

    (pair,) = pairs_of(copied)
    assert (pair.relation, pair.other_id, pair.decision) == (Relation.OTHER, first.id, None)
    assert pair.title_percent < 30
    assert 25 <= pair.text_percent <= 45
    assert outcome(copied, OTHERS) is MANUAL
    assert outcome(copied, OWN) is PASSED


def test_whoever_came_first_is_told_too(write: Callable[..., Application]) -> None:
    first = write(1, "屋檐下的倾听", need=NEED)
    assert outcome(first, OTHERS) is PASSED
    second = write(2, "家庭晚餐", need=NEED)

    assert [one.other_id for one in pairs_of(first)] == [second.id]
    assert outcome(first, OTHERS) is MANUAL


def test_two_that_come_in_the_same_second_find_each_other(write: Callable[..., Application]) -> None:
    first = write(1, "屋檐下的倾听", need=NEED, compare=False)
    second = write(2, "家庭晚餐", need=NEED, compare=False)

    assert compare_texts(SYSTEM) == 2
    assert [one.other_id for one in pairs_of(first)] == [second.id]
    assert [one.other_id for one in pairs_of(second)] == [first.id]


def test_unrelated_texts_are_not_alike(write: Callable[..., Application]) -> None:
    write(1, "屋檐下的倾听", need=NEED, plan=PLAN)
    other = write(2, "银龄长桌宴", need=OTHER + LONELY, plan=SCHOOL)

    assert pairs_of(other) == []
    assert outcome(other, OTHERS) is PASSED


def test_what_the_call_itself_says_is_not_copied(write: Callable[..., Application], call: Call) -> None:
    write(1, "屋檐下的倾听", need=call.summary + NEED)
    other = write(2, "银龄长桌宴", need=call.summary + OTHER + LONELY)

    assert pairs_of(other) == []


def test_what_everybody_writes_is_nobodys(write: Callable[..., Application], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grants.queries.likeness.COMMON", 3)
    for serial, own in ((1, NEED), (2, OTHER), (3, LONELY)):
        write(serial, f"项目{'甲乙丙'[serial - 1]}", need=own + SCHOOL)
    last = write(4, "长桌宴", need=PLAN * 2 + SCHOOL)

    assert pairs_of(last) == []


def test_the_same_organization_is_asked_for_its_own(write: Callable[..., Application]) -> None:
    first = write(1, "屋檐下的倾听")
    again = write(1, "屋檐下的倾听二期", need=OTHER + LONELY)

    (pair,) = pairs_of(again)
    assert (pair.relation, pair.other_id) == (Relation.OWN, first.id)
    assert pair.title_percent >= 50
    assert outcome(again, OWN) is MANUAL
    assert outcome(again, OTHERS) is PASSED


def test_what_was_withdrawn_may_be_handed_in_again_by_its_own_but_not_by_others(
    write: Callable[..., Application],
) -> None:
    first = write(1, "屋檐下的倾听")
    APPLICATION["withdraw"](first, actor=member("org_admin", 8001, first.organization_id))
    again = write(1, "屋檐下的倾听")
    copied = write(2, "屋檐下的倾听")

    assert pairs_of(again) == [] or {one.other_id for one in pairs_of(again)} == {copied.id}
    assert {one.other_id for one in pairs_of(copied)} == {first.id, again.id}


def test_a_linked_organization_is_named_as_that(write: Callable[..., Application]) -> None:
    first = write(1, "屋檐下的倾听")
    second = organization(2)
    with transaction(), whole(SYSTEM, "set up"):
        for one in db.session.scalars(select(Organization)):
            one.legal_representative = "示例代表人"
    copied = write(2, "家庭晚餐")
    assert copied.organization_id == second.id

    (pair,) = pairs_of(copied)
    assert pair.relation is Relation.LINKED
    assert outcome(copied, LINKED) is MANUAL
    assert outcome(copied, OTHERS) is PASSED
    assert [one.relation for one in pairs_of(first)] == [Relation.LINKED]


def test_a_project_of_a_past_year_is_found_by_its_name(write: Callable[..., Application]) -> None:
    own = organization(1)
    with transaction(), whole(SYSTEM, "set up"):
        db.session.add(
            PastProject(organization_id=own.id, name="屋檐下的倾听", year=2023, amount=Decimal(50_000), source="台账")
        )
    application = write(1, "屋檐下的倾听")

    (pair,) = pairs_of(application)
    assert (pair.relation, pair.other_id, pair.title_percent) == (Relation.OWN, None, 100)
    assert "2023《屋檐下的倾听》" in pair.told.render("en")


def test_a_past_project_of_a_linked_organization_is_named_as_that(write: Callable[..., Application]) -> None:
    own, linked, stranger = organization(1), organization(2), organization(3)
    with transaction(), whole(SYSTEM, "set up"):
        own.legal_representative = linked.legal_representative = "示例代表人"
        for one in (linked, stranger):
            told = {"name": "屋檐下的倾听", "year": 2023, "amount": Decimal(50_000), "source": "台账"}
            db.session.add(PastProject(organization_id=one.id, **told))
    application = write(1, "屋檐下的倾听")

    with whole(SYSTEM, "look"):
        told_of = {one.past_project.organization_id: one.relation for one in pairs_of(application) if one.past_project}
    assert told_of == {linked.id: Relation.LINKED, stranger.id: Relation.OTHER}
    assert outcome(application, LINKED) is MANUAL
    assert outcome(application, OWN) is PASSED


def test_many_copies_elsewhere_do_not_hide_a_linked_organization(
    write: Callable[..., Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grants.queries.likeness.MOST_CANDIDATES", 1)
    with transaction(), whole(SYSTEM, "set up"):
        organization(1).legal_representative = organization(4).legal_representative = "示例代表人"
    linked = write(1, "屋檐下的倾听与陪伴", need=OTHER + LONELY, plan=SCHOOL)
    write(2, "屋檐下的倾听")
    nearer = write(3, "屋檐下的倾听")
    last = write(4, "屋檐下的倾听", need=PLAN * 2)

    assert nearer.organization_id != linked.organization_id
    assert [(one.relation, one.other_id) for one in pairs_of(last) if one.relation is Relation.LINKED] == [
        (Relation.LINKED, linked.id)
    ]
    assert sum(one.relation is Relation.OTHER for one in pairs_of(last)) == 1


def test_the_same_targets_make_a_near_title_enough(write: Callable[..., Application]) -> None:
    write(1, "屋檐下的陪伴与倾听行动", people=77)
    other = {"need": OTHER + LONELY, "plan": SCHOOL}
    assert pairs_of(write(2, "屋檐下的陪伴计划", people=78, **other)) == []

    (pair,) = pairs_of(write(3, "屋檐下的陪伴小站", people=77, need=PLAN + PLAN, plan=OTHER[:20]))
    assert pair.same_targets
    assert 40 <= pair.title_percent < 60


# Judging


def test_harmless_lets_the_check_pass_and_says_who_and_why(write: Callable[..., Application]) -> None:
    write(1, "屋檐下的倾听")
    copied = write(2, "家庭晚餐")
    (pair,) = pairs_of(copied)

    decide_likeness(pair, actor=officer(), decision=LikenessDecision.HARMLESS, reason="同一份街道调研报告")

    with whole(SYSTEM, "look"):
        check = next(one for one in copied.checks if one.rule == OTHERS.value)
        assert (check.outcome, check.found) == (PASSED, MANUAL)
        assert (check.decided_by_id, check.decision_reason) == (officer().user_id, "同一份街道调研报告")


def test_one_double_among_many_fails_the_check(write: Callable[..., Application]) -> None:
    write(1, "屋檐下的倾听")
    write(2, "家庭晚餐")
    third = write(3, "银龄长桌宴")
    first, second = pairs_of(third)

    decide_likeness(first, actor=officer(), decision=LikenessDecision.HARMLESS, reason="同一份调研")
    assert outcome(third, OTHERS) is MANUAL
    decide_likeness(second, actor=officer(), decision=LikenessDecision.DOUBLE, reason="整段照抄")
    assert outcome(third, OTHERS) is FAILED
    decide_likeness(second, actor=officer(), decision=LikenessDecision.HARMLESS, reason="经核实为合作编写")
    assert outcome(third, OTHERS) is PASSED


def test_judging_the_check_judges_all_that_it_found(write: Callable[..., Application]) -> None:
    write(1, "屋檐下的倾听")
    write(2, "家庭晚餐")
    third = write(3, "银龄长桌宴")

    decide_check(third, actor=officer(), rule=OTHERS, outcome=FAILED, reason="照抄")

    assert {one.decision for one in pairs_of(third)} == {LikenessDecision.DOUBLE}
    assert outcome(third, OTHERS) is FAILED


def test_only_an_officer_judges_and_only_while_the_application_is_checked(write: Callable[..., Application]) -> None:
    write(1, "屋檐下的倾听")
    copied = write(2, "家庭晚餐")
    (pair,) = pairs_of(copied)
    told: dict[str, Any] = {"decision": LikenessDecision.HARMLESS, "reason": "无碍"}
    for actor in (director(), member("org_admin", 8002, copied.organization_id)):
        with pytest.raises(Refused):
            decide_likeness(pair, actor=actor, **told)
    APPLICATION["disqualify"](copied, actor=officer(), reason="不符合条件")
    with pytest.raises(Refused) as refused:
        decide_likeness(pair, actor=officer(), **told)
    assert refused.value.reasons[0].render("en").startswith("Checks are judged while")


def test_a_correction_that_copies_more_is_asked_anew_and_one_that_does_not_is_not(
    write: Callable[..., Application],
) -> None:
    write(1, "屋檐下的倾听", need=NEED + SCHOOL)
    copied = write(2, "家庭晚餐", need=NEED)
    (pair,) = pairs_of(copied)
    decide_likeness(pair, actor=officer(), decision=LikenessDecision.HARMLESS, reason="同一份调研")
    ask_again(copied, actor=officer())
    assert outcome(copied, OTHERS) is PASSED
    owner = member("org_admin", 8002, copied.organization_id)
    APPLICATION["return_application"](copied, actor=officer(), reason="请补充")
    form.save_section(copied, Section.NEED, actor=owner, values={"need": NEED + SCHOOL})
    with transaction():
        hand_in(copied, actor=owner, key=uuid4())
    assert outcome(copied, OTHERS) is MANUAL

    compare_texts(SYSTEM)

    (pair,) = pairs_of(copied)
    assert pair.decision is None
    assert outcome(copied, OTHERS) is MANUAL


def test_a_correction_in_words_of_its_own_is_alike_no_more(write: Callable[..., Application]) -> None:
    write(1, "屋檐下的倾听", need=NEED)
    copied = write(2, "家庭晚餐", need=NEED)
    owner = member("org_admin", 8002, copied.organization_id)
    APPLICATION["return_application"](copied, actor=officer(), reason="请用自己的话写")
    form.save_section(copied, Section.NEED, actor=owner, values={"need": OTHER + LONELY})
    with transaction():
        hand_in(copied, actor=owner, key=uuid4())
    compare_texts(SYSTEM)

    assert pairs_of(copied) == []
    assert outcome(copied, OTHERS) is PASSED


def test_what_cannot_be_compared_does_not_keep_the_others(
    write: Callable[..., Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = write(1, "屋檐下的倾听", compare=False)
    sound = write(2, "家庭晚餐", need=OTHER + LONELY, compare=False)
    from grants import jobs  # noqa: PLC0415  (its name of the deed is what is broken)

    compare = jobs.compare_application

    def failing(pk: int, *, actor: Actor) -> None:
        if pk == broken.id:
            raise RuntimeError("broken text")
        compare(pk, actor=actor)

    monkeypatch.setattr(jobs, "compare_application", failing)

    assert compare_texts(SYSTEM) == 1
    assert outcome(sound, OTHERS) is PASSED
    monkeypatch.undo()
    assert compare_texts(SYSTEM) == 1


def test_no_organization_ever_sees_what_reads_alike(write: Callable[..., Application]) -> None:
    write(1, "屋檐下的倾听")
    copied = write(2, "家庭晚餐")
    db.session.commit()
    for model in (Likeness, TextPrint, EligibilityCheck):
        see_as(member("org_admin", 8002, copied.organization_id))
        with pytest.raises(Exception, match="permission denied"):
            db.session.execute(select(model.id)).all()
        db.session.rollback()


def test_nothing_of_it_stands_in_the_trail_that_an_organization_reads(write: Callable[..., Application]) -> None:
    from kernel.audit import AuditEvent  # noqa: PLC0415  (one question)

    first = write(1, "屋檐下的倾听")
    copied = write(2, "家庭晚餐")
    with whole(SYSTEM, "look"):
        told = {one.subject_kind for one in db.session.scalars(select(AuditEvent))}
    assert {"EligibilityCheck", "Likeness"} <= told
    see_as(member("org_admin", 8002, copied.organization_id))
    seen = db.session.scalars(select(AuditEvent)).all()

    assert seen
    assert not {"EligibilityCheck", "Likeness", "TextPrint"} & {one.subject_kind for one in seen}
    assert first.number not in str([one.changes for one in seen])
