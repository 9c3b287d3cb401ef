"""An application: filled in part by part, submitted once, checked by the rules, corrected and judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.models import Application, ApplicationVersion, Call, EligibilityCheck
from grants.operations import application_form as form, applications
from grants.operations.applications import hand_in, record_result, start_application
from grants.operations.eligibility import ask_again, decide_check
from grants.states import (
    ApplicationState,
    AttachmentKind,
    CheckOutcome,
    EligibilityRule,
    Section,
)
from grants.workflows.applications import APPLICATION
from grants.workflows.calls import CALL
from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused, Stale
from kernel.files import Storage, use_storage
from kernel.scope import whole
from kernel.words import Sentence
from orgs.models import Organization
from orgs.queries import qualification_facts
from orgs.states import CreditKind, InspectionResult, OrganizationStatus, OrganizationType
from tests.factories.grants import (
    FILLED,
    PDF,
    director,
    draft_application,
    member,
    officer,
    open_call,
    submitted_application,
)
from tests.factories.people import organization

SYSTEM = Actor.system("tests")
AUTUMN = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
KEY = UUID("00000000-0000-4000-8000-000000000001")


def told(refused: pytest.ExceptionInfo[Refused] | pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


@pytest.fixture(autouse=True)
def autumn(app: Flask, db_session: Session) -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(AUTUMN, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def storage(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))


@pytest.fixture
def applicant() -> Organization:
    return organization(1, "示例·木兰家庭服务中心")


@pytest.fixture
def admin(applicant: Organization) -> Actor:
    return member("org_admin", 8001, applicant.id)


@pytest.fixture
def call() -> Call:
    return open_call()


@pytest.fixture
def draft(call: Call, admin: Actor) -> Application:
    return draft_application(call, admin)


@pytest.fixture
def submitted(call: Call, admin: Actor) -> Application:
    return submitted_application(call, admin, key=KEY)


def outcomes(application: Application) -> dict[str, str]:
    with whole(SYSTEM, "look"):
        wanted = select(EligibilityCheck).where(EligibilityCheck.application_id == application.id)
        return {check.rule: check.outcome.value for check in db.session.scalars(wanted)}


def test_a_draft_gets_its_number_and_its_organization(call: Call, admin: Actor) -> None:
    application = start_application(call, actor=admin)
    assert application.number == "2027-SB-0001"
    assert application.organization_id == admin.organization_id
    assert application.state is ApplicationState.DRAFT


def test_nobody_starts_after_the_closing_moment(call: Call, admin: Actor, autumn: time_machine.Coordinates) -> None:
    autumn.move_to(call.closes_at)
    with pytest.raises(Refused) as refused:
        start_application(call, actor=admin)
    assert told(refused) == [
        "The call closed at 2026-12-08 10:00; applications are no longer taken. Your text is kept."
    ]


def test_a_finance_officer_of_an_organization_starts_nothing(call: Call, applicant: Organization) -> None:
    with pytest.raises(Refused) as refused:
        start_application(call, actor=member("org_finance", 8002, applicant.id))
    assert told(refused) == ["You are not allowed to do this."]


def test_a_budget_is_replaced_as_a_whole_and_adds_itself_up(draft: Application, admin: Actor) -> None:
    form.save_section(
        draft,
        Section.BUDGET,
        actor=admin,
        values={
            "requested": "３,０００.5",
            "lines-0-head": "venue",
            "lines-0-price": "1,000.17",
            "lines-0-quantity": "3",
            "lines-4-head": "travel",
            "lines-4-source": "own",
            "lines-4-price": "10",
            "lines-4-quantity": "1.5",
            "lines-9-head": "travel",
            "lines-9-content": " ",
        },
    )
    assert [(line.head.value, line.source.value, line.amount) for line in draft.budget_lines] == [
        ("venue", "fiscal", Decimal("3000.51")),
        ("travel", "own", Decimal("15.00")),
    ]
    assert (draft.requested, draft.own_funds) == (Decimal("3000.50"), Decimal("15.00"))


def test_what_cannot_be_read_is_told_field_by_field_and_nothing_is_stored(draft: Application, admin: Actor) -> None:
    with pytest.raises(Invalid) as invalid, transaction():
        form.save_section(
            draft,
            Section.BUDGET,
            actor=admin,
            values={"requested": "many", "lines-0-head": "venue", "lines-0-price": "-1", "lines-0-quantity": "x"},
        )
    assert {name: [one.render("en") for one in reasons] for name, reasons in invalid.value.problems.items()} == {
        "requested": ["Please write an amount in yuan, such as 1200.00."],
        "lines-0-price": ["This cannot be below 0."],
        "lines-0-quantity": ["Please write an amount in yuan, such as 1200.00."],
    }
    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(Application.requested).where(Application.id == draft.id)).one() == Decimal(
            "70000.00"
        )


def test_people_are_never_more_than_person_times(draft: Application, admin: Actor) -> None:
    with pytest.raises(Invalid) as invalid:
        form.save_section(draft, Section.TARGETS, actor=admin, values={"people": "300", "person_times": "200"})
    assert told(invalid) == ["300 people cannot be fewer person-times (200): each person counts once at least."]


def test_a_stale_save_is_refused_and_another_section_is_not_touched_by_it(draft: Application, admin: Actor) -> None:
    opened = form.version_of(draft, Section.NEED)
    form.save_section(draft, Section.NEED, actor=admin, values={"need": "一"}, version=opened)
    form.save_section(
        draft, Section.RISK, actor=admin, values={"risk": "二"}, version=form.version_of(draft, Section.RISK)
    )
    with pytest.raises(Stale) as stale:
        form.save_section(draft, Section.NEED, actor=admin, values={"need": "三"}, version=opened)
    assert stale.value.saved_version == opened + 1


def test_a_choice_that_is_not_offered_is_not_taken(draft: Application, admin: Actor) -> None:
    with pytest.raises(Invalid) as invalid:
        form.save_section(
            draft, Section.BASICS, actor=admin, values={"category_code": "arms", "district_code": "1", "lot_id": "7"}
        )
    assert set(invalid.value.problems) == {"category_code", "district_code", "lot_id"}


def test_an_empty_draft_is_told_everything_at_once(call: Call, admin: Actor) -> None:
    empty = draft_application(call, admin, filled=False)
    with pytest.raises(Refused) as refused:
        hand_in(empty, actor=admin, key=KEY)
    reasons = told(refused)
    assert len(reasons) == 21
    assert reasons[:2] == ["Please fill in: Project name.", "Please fill in: Category."]
    assert "Please describe the need in 50 characters at least; there are 0." in reasons
    assert "Please name at least one milestone." in reasons
    assert "Please attach: Registration certificate." in reasons
    assert "Please declare that the project is funded nowhere else and that everything is true." in reasons


def test_a_budget_that_does_not_add_up_is_refused_with_the_difference(draft: Application, admin: Actor) -> None:
    form.save_section(draft, Section.BUDGET, actor=admin, values=FILLED[Section.BUDGET] | {"requested": "68,600.00"})
    with pytest.raises(Refused) as refused:
        hand_in(draft, actor=admin, key=KEY)
    assert told(refused) == [
        "Your budget lines add up to 70,000.00, but you ask for 68,600.00. The difference is 1,400.00."
    ]


def test_the_management_fee_is_capped_by_the_call(draft: Application, admin: Actor) -> None:
    lines = FILLED[Section.BUDGET] | {"lines-1-price": "10,000.00", "requested": "74,000.00"}
    form.save_section(draft, Section.BUDGET, actor=admin, values=lines)
    with pytest.raises(Refused) as refused:
        hand_in(draft, actor=admin, key=KEY)
    assert told(refused) == [
        "Management fee is 10,000.00; the cap is 7,400.00 (10% of the fiscal money). Reduce it by 2,600.00."
    ]


def test_a_first_timer_asks_for_eighty_thousand_at_most(draft: Application, admin: Actor) -> None:
    lines = FILLED[Section.BUDGET] | {"lines-0-quantity": "25", "requested": "86,000.00"}
    form.save_section(draft, Section.BUDGET, actor=admin, values=lines)
    with pytest.raises(Refused) as refused:
        hand_in(draft, actor=admin, key=KEY)
    assert told(refused) == ["86,000.00 is above the 80,000.00 that a first-time contractor may ask for."]


def test_own_money_needs_its_proof(draft: Application, admin: Actor) -> None:
    lines = FILLED[Section.BUDGET] | {
        "lines-2-head": "personnel",
        "lines-2-source": "own",
        "lines-2-price": "100",
        "lines-2-quantity": "1",
    }
    form.save_section(draft, Section.BUDGET, actor=admin, values=lines)
    with pytest.raises(Refused) as refused:
        hand_in(draft, actor=admin, key=KEY)
    assert told(refused) == ["Please attach: Proof of own or donated funds."]


def test_the_period_lies_inside_the_window_of_service(draft: Application, admin: Actor) -> None:
    basics = FILLED[Section.BASICS] | {"starts_on": "2027-01-15", "ends_on": "2028-02-01"}
    form.save_section(draft, Section.BASICS, actor=admin, values=basics)
    with pytest.raises(Refused) as refused:
        hand_in(draft, actor=admin, key=KEY)
    assert told(refused) == [
        "The service of this call starts on 2027-02-01 at the earliest.",
        "The service of this call ends on 2027-11-30 at the latest.",
        "A project takes 12 months at most.",
    ]


def test_a_category_without_a_quota_cannot_be_asked_for(draft: Application, admin: Actor) -> None:
    form.save_section(draft, Section.BASICS, actor=admin, values=FILLED[Section.BASICS] | {"category_code": "health"})
    with pytest.raises(Refused) as refused:
        hand_in(draft, actor=admin, key=KEY)
    assert told(refused) == ["This call has no money for the category that you chose. Please choose another one."]


def test_submission_freezes_a_version_and_gives_a_receipt(draft: Application, admin: Actor) -> None:
    receipt = hand_in(draft, actor=admin, key=KEY)
    assert (receipt.number, receipt.version, receipt.submitted_at) == ("2027-SB-0001", 1, AUTUMN)
    with whole(SYSTEM, "look"):
        version = db.session.scalars(select(ApplicationVersion)).one()
    assert version.sha256 == receipt.sha256
    assert version.snapshot["requested"] == "70000.00"
    assert version.snapshot["organization"]["name"] == "示例·木兰家庭服务中心"
    assert [file["kind"] for file in version.snapshot["attachments"]] == ["registration", "audit_report"]


def test_a_double_submit_gives_one_receipt(draft: Application, admin: Actor) -> None:
    first = hand_in(draft, actor=admin, key=KEY)
    second = hand_in(draft, actor=admin, key=KEY)
    assert first == second
    with whole(SYSTEM, "look"):
        assert len(db.session.scalars(select(ApplicationVersion)).all()) == 1


def test_a_submitted_application_is_not_submitted_again(submitted: Application, admin: Actor) -> None:
    with pytest.raises(Refused) as refused:
        hand_in(submitted, actor=admin, key=uuid4())
    assert told(refused) == ["2027-SB-0001 was submitted at 2026-11-10 10:00 already; it is not submitted twice."]


def test_a_late_submission_is_told_the_moment(
    draft: Application, admin: Actor, autumn: time_machine.Coordinates
) -> None:
    autumn.move_to(draft.call.closes_at)
    with pytest.raises(Refused) as refused:
        hand_in(draft, actor=admin, key=KEY)
    assert told(refused) == [
        "The call closed at 2026-12-08 10:00; applications are no longer taken. Your text is kept."
    ]


def test_a_project_lead_writes_but_does_not_submit(draft: Application, applicant: Organization) -> None:
    lead = member("org_lead", 8003, applicant.id)
    form.save_section(draft, Section.RISK, actor=lead, values={"risk": "预案"})
    with pytest.raises(Refused) as refused:
        hand_in(draft, actor=lead, key=KEY)
    assert told(refused) == ["You are not allowed to do this."]


def test_what_is_submitted_cannot_be_changed(submitted: Application, admin: Actor) -> None:
    with pytest.raises(Refused) as refused:
        form.save_section(submitted, Section.RISK, actor=admin, values={"risk": "x"})
    assert told(refused) == ["This application is “Submitted”; it can no longer be changed."]


def test_the_rules_ask_as_of_the_closing_day(submitted: Application) -> None:
    with whole(SYSTEM, "look"):
        days = db.session.scalars(select(EligibilityCheck.as_of).distinct()).all()
    assert days == [date(2026, 12, 8)]
    assert outcomes(submitted) == {
        "code": "passed",
        "status": "passed",
        "type": "passed",
        "rating": "passed",
        "inspection": "manual",
        "abnormal": "passed",
        "serious": "passed",
        "penalty": "passed",
        "blacklist": "passed",
        "first_time": "passed",
        "grade": "passed",
        "running": "passed",
        "same_organization": "passed",
        "linked_organizations": "passed",
        "other_organizations": "passed",
        "period": "passed",
        "arithmetic": "passed",
        "caps": "passed",
        "heads": "passed",
        "cofunding": "passed",
    }


def test_a_round_of_checks_is_told_as_the_deed_that_asked_for_it(submitted: Application) -> None:
    with transaction():
        ask_again(submitted, actor=officer())

    with whole(SYSTEM, "look"):
        told = select(AuditEvent.action).where(AuditEvent.changes.has_key("code"))  # one of a round's rules
        rounds = db.session.scalars(told.where(AuditEvent.subject_kind == "EligibilityCheck").order_by(AuditEvent.seq))
        assert list(rounds) == ["Application.submit", "Application.decide_check"]


def test_the_same_project_twice_waits_for_a_person(call: Call, admin: Actor, submitted: Application) -> None:
    again = submitted_application(call, admin, title="屋檐下的倾听计划")
    assert outcomes(again)["same_organization"] == "manual"
    assert outcomes(again)["other_organizations"] == "passed"


def test_another_organizations_project_that_reads_alike_waits_for_a_person(call: Call, submitted: Application) -> None:
    other = organization(2)
    copied = submitted_application(call, member("org_admin", 8009, other.id))
    assert outcomes(copied)["other_organizations"] == "manual"
    assert outcomes(copied)["same_organization"] == "passed"


def test_nothing_qualifies_before_every_check_is_settled(submitted: Application) -> None:
    with pytest.raises(Refused) as refused:
        APPLICATION["qualify"](submitted, actor=officer())
    assert told(refused) == ["Not yet: 1 check waits for a person."]
    decide_check(
        submitted,
        actor=officer(),
        rule=EligibilityRule.INSPECTION,
        outcome=CheckOutcome.PASSED,
        reason="已核对年检证书",
    )
    APPLICATION["qualify"](submitted, actor=officer())
    assert submitted.state is ApplicationState.QUALIFIED


def test_a_person_cannot_overrule_a_fact(submitted: Application) -> None:
    with pytest.raises(Refused) as refused:
        decide_check(
            submitted, actor=officer(), rule=EligibilityRule.CODE, outcome=CheckOutcome.FAILED, reason="不喜欢"
        )
    assert told(refused) == ["“Unified social credit code” was decided by the facts; a person cannot change it."]


def test_a_judgement_is_passed_or_not(submitted: Application) -> None:
    with pytest.raises(Invalid) as invalid:
        decide_check(
            submitted, actor=officer(), rule=EligibilityRule.INSPECTION, outcome=CheckOutcome.MANUAL, reason="再看"
        )
    assert told(invalid) == ["Please choose: passed or not passed."]


def test_there_is_one_round_of_corrections(
    submitted: Application, admin: Actor, autumn: time_machine.Coordinates
) -> None:
    APPLICATION["return_application"](submitted, actor=officer(), reason="请补交查询凭证")
    assert submitted.return_due_on == date(2026, 11, 17)
    autumn.shift(timedelta(days=2))
    form.save_section(submitted, Section.RISK, actor=admin, values={"risk": "已补充"})
    receipt = hand_in(submitted, actor=admin, key=uuid4())
    assert receipt.version == 2
    with pytest.raises(Refused) as refused:
        APPLICATION["return_application"](submitted, actor=officer(), reason="再补")
    assert told(refused) == ["There is one round of corrections, and it has been used. Decide the check now."]


def test_a_judgement_stands_when_a_correction_leaves_its_finding_as_it_was(
    submitted: Application, admin: Actor
) -> None:
    told = {"rule": EligibilityRule.INSPECTION, "outcome": CheckOutcome.PASSED, "reason": "已核对"}
    decide_check(submitted, actor=officer(), **told)
    APPLICATION["return_application"](submitted, actor=officer(), reason="请补交")
    hand_in(submitted, actor=admin, key=uuid4())
    assert outcomes(submitted)["inspection"] == "passed"


def test_corrections_end_with_their_last_day(
    submitted: Application, admin: Actor, autumn: time_machine.Coordinates
) -> None:
    APPLICATION["return_application"](submitted, actor=officer(), reason="请补交")
    autumn.move_to(datetime(2026, 11, 18, 2, 0, tzinfo=UTC))
    with pytest.raises(Refused) as refused:
        hand_in(submitted, actor=admin, key=uuid4())
    assert told(refused) == ["The corrections were due on 2026-11-17; they can no longer be handed in."]


def test_the_applicant_withdraws_until_closing(
    submitted: Application, admin: Actor, autumn: time_machine.Coordinates
) -> None:
    autumn.move_to(submitted.call.closes_at)
    with pytest.raises(Refused) as refused:
        APPLICATION["withdraw"](submitted, actor=admin)
    assert told(refused) == ["The call closed at 2026-12-08 10:00; an application can be withdrawn only before."]
    autumn.move_to(AUTUMN)
    APPLICATION["withdraw"](submitted, actor=admin)
    assert submitted.state is ApplicationState.WITHDRAWN


def test_the_review_starts_with_the_call_and_takes_the_qualified(
    submitted: Application, call: Call, autumn: time_machine.Coordinates
) -> None:
    autumn.move_to(call.closes_at)
    CALL["close"](call, actor=officer())
    with pytest.raises(Refused) as refused:
        CALL["start_review"](call, actor=officer())
    assert told(refused) == ["1 application still waits for its qualification check or a correction."]
    decide_check(
        submitted, actor=officer(), rule=EligibilityRule.INSPECTION, outcome=CheckOutcome.PASSED, reason="已核对"
    )
    APPLICATION["qualify"](submitted, actor=officer())
    CALL["start_review"](call, actor=officer())
    assert submitted.state is ApplicationState.REVIEWING
    with whole(SYSTEM, "closing the review"):
        record_result(submitted, actor=officer(), score=Decimal("88.333333"), spread=Decimal("12.00"), rank=1)
    assert (submitted.score, submitted.rank) == (Decimal("88.333333"), 1)


def test_no_person_takes_a_step_that_follows_from_a_decision(submitted: Application) -> None:
    offered = {step.name for step, _reasons in APPLICATION.offered(submitted, director())}
    assert offered == set()
    assert {step.name for step, _reasons in APPLICATION.offered(submitted, officer())} == {
        "qualify",
        "return_application",
        "disqualify",
    }


def test_a_file_of_the_wrong_kind_is_named(draft: Application, admin: Actor) -> None:
    with pytest.raises(Refused) as refused:
        form.attach_file(
            draft, actor=admin, kind=AttachmentKind.VENUE, stream=BytesIO(b"MZ\x90\x00"), filename="安装.exe"
        )
    assert "安装.exe" in told(refused)[0]


def test_a_replaced_file_stays_in_the_trail(draft: Application, admin: Actor) -> None:
    old = form.attach_file(draft, actor=admin, kind=AttachmentKind.VENUE, stream=BytesIO(PDF), filename="一.pdf")
    newer = form.replace_file(draft, actor=admin, file=old, stream=BytesIO(PDF), filename="二.pdf")
    assert old.superseded_by_id == newer.id
    with whole(SYSTEM, "look"):
        assert form.attached_kinds(draft) == {"registration", "audit_report", "venue"}


@pytest.mark.parametrize(
    ("facts", "rule", "reason"),
    [
        ({"status": OrganizationStatus.REVOKED}, "status", "The register says: Registration revoked."),
        (
            {"type": OrganizationType.PUBLIC_INSTITUTION},
            "type",
            "Public institution: this kind of organization may not apply for this call.",
        ),
        ({"inspections": {2024: InspectionResult.FAILED}}, "inspection", "Not passed or not taken: 2024."),
        (
            {"listed_until": {CreditKind.ABNORMAL_LIST: date(2025, 12, 8)}},
            "abnormal",
            "On record within the last year.",
        ),
        (
            {"listed_until": {CreditKind.SERIOUS_LIST: date(2024, 12, 8)}},
            "serious",
            "On record within the last 2 years.",
        ),
        ({"listed_until": {CreditKind.PENALTY: date(2023, 12, 8)}}, "penalty", "On record within the last 3 years."),
        ({"code_is_valid": False}, "code", "The check characters of the credit code are wrong."),
    ],
)
def test_each_fact_that_bars_an_organization_is_told(
    draft: Application, admin: Actor, monkeypatch: pytest.MonkeyPatch, facts: dict[str, object], rule: str, reason: str
) -> None:
    monkeypatch.setattr(
        applications, "qualification_facts", lambda pk, as_of: replace(qualification_facts(pk, as_of), **facts)
    )
    hand_in(draft, actor=admin, key=KEY)
    with whole(SYSTEM, "look"):
        wanted = select(EligibilityCheck).where(EligibilityCheck.rule == rule)
        check = db.session.scalars(wanted).one()
    assert check.outcome is CheckOutcome.FAILED
    assert Sentence.load(check.reason).render("en") == reason
    with pytest.raises(Refused):
        APPLICATION["qualify"](draft, actor=officer())
