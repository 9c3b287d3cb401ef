"""Around an application: corrections part by part, its papers, several people at once, and the exact closing moment."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grants.models import Application, ApplicationPresence, ApplicationVersion, Call, CorrectionPoint
from grants.operations import application_form as form, applications
from grants.operations.applications import hand_in
from grants.operations.applying import ask_to_submit, copy_application, note_presence
from grants.operations.corrections import ask_for_corrections
from grants.operations.snapshots import snapshot_of
from grants.queries.applying import PRESENT, colleagues_at_work
from grants.reports.application import RECEIPT, build_application
from grants.states import ApplicationState, AttachmentKind, Section
from grants.workflows.applications import APPLICATION
from kernel.actor import Actor, ReaderKind
from kernel.clock import day_of, now
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.files import Storage, current_storage, files_of, store_upload, use_storage
from kernel.notices import Message
from kernel.papers import IssuedPaper
from kernel.policies import policies_of
from kernel.scope import see_as, whole
from orgs.models import Organization, OrganizationDocument
from orgs.states import DocumentKind
from tests.factories.grants import FILLED, PDF, draft_application, member, officer, open_call, submitted_application
from tests.factories.people import organization, person

SYSTEM = Actor.system("tests")
AUTUMN = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def autumn(app: object, db_session: Session) -> Iterator[time_machine.Coordinates]:
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
    return person("admin_a", "org_admin", organization_id=applicant.id)


@pytest.fixture
def lead(applicant: Organization) -> Actor:
    return person("lead_a", "org_lead", organization_id=applicant.id)


@pytest.fixture
def call() -> Call:
    return open_call()


@pytest.fixture
def submitted(call: Call, admin: Actor) -> Application:
    return submitted_application(call, admin)


def told(refused: pytest.ExceptionInfo[Refused] | pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


def text_of(paper: bytes) -> str:
    return "".join(part.extract_text() for part in PdfReader(io.BytesIO(paper)).pages)


# Corrections


def test_only_the_parts_with_a_note_open_again_and_the_evidence(submitted: Application, admin: Actor) -> None:
    ask_for_corrections(submitted, actor=officer(), comments={"risk": "请写清应急联系方式。", "need": " "})
    assert submitted.state is ApplicationState.RETURNED
    assert submitted.return_reason == "风险与应急：请写清应急联系方式。"
    form.save_section(submitted, Section.RISK, actor=admin, values={"risk": "应急联系人 24 小时值守。"})
    with pytest.raises(Refused) as refused:
        form.save_section(submitted, Section.GOALS, actor=admin, values={"goal": "另一个目标"})
    assert told(refused) == ["This part was not sent back; it stays as it was handed in."]
    form.attach_file(submitted, actor=admin, kind=AttachmentKind.OTHER, stream=io.BytesIO(PDF), filename="值守表.pdf")
    assert hand_in(submitted, actor=admin, key=uuid4()).version == 2


def test_a_part_that_no_longer_fits_opens_with_the_one_that_was_sent_back(submitted: Application, admin: Actor) -> None:
    ask_for_corrections(submitted, actor=officer(), comments={"basics": "请推迟开始日期。"})
    with pytest.raises(Refused):
        form.save_section(submitted, Section.PLAN, actor=admin, values=FILLED[Section.PLAN])
    form.save_section(
        submitted, Section.BASICS, actor=admin, values=FILLED[Section.BASICS] | {"starts_on": "2027-03-01"}
    )
    plan = FILLED[Section.PLAN] | {"milestones-0-starts_on": "2027-03-01"}
    form.save_section(submitted, Section.PLAN, actor=admin, values=plan)
    assert hand_in(submitted, actor=admin, key=uuid4()).version == 2


def test_a_return_that_names_no_part_opens_the_whole_form(submitted: Application, admin: Actor) -> None:
    ask_for_corrections(submitted, actor=officer(), comments={}, reason="请全面核对。")
    form.save_section(submitted, Section.GOALS, actor=admin, values={"goal": "另一个目标", "beneficiaries": "家庭"})
    assert submitted.goal == "另一个目标"


def test_a_correction_says_what_is_to_be_corrected_and_where_it_can_be(submitted: Application) -> None:
    with pytest.raises(Invalid) as nothing:
        ask_for_corrections(submitted, actor=officer(), comments={"risk": "  "})
    assert told(nothing) == ["Say what is to be corrected: for single parts, or as a whole."]
    with pytest.raises(Invalid) as register:
        ask_for_corrections(submitted, actor=officer(), comments={"organization": "名称不对"})
    assert told(register) == ["This part cannot be corrected in the form."]
    with pytest.raises(Refused):
        ask_for_corrections(submitted, actor=member("org_admin", 8001, 1), comments={"risk": "x"})
    assert submitted.state is ApplicationState.SUBMITTED


def test_notes_are_read_by_the_organization_and_by_nobody_elses(submitted: Application, admin: Actor) -> None:
    ask_for_corrections(submitted, actor=officer(), comments={"risk": "请补充。"})
    stranger = member("org_admin", 8009, organization(2, "示例·另一家").id)
    seen = {}
    for who in (admin, stranger):
        see_as(who)
        seen[who.user_id] = len(db.session.scalars(select(CorrectionPoint)).all())
    assert seen == {admin.user_id: 1, 8009: 0}


# Papers


def test_a_submission_brings_its_receipt_as_a_paper_and_as_a_message(call: Call, admin: Actor, lead: Actor) -> None:
    application = submitted_application(call, admin)
    with whole(SYSTEM, "look"):
        version = db.session.scalars(select(ApplicationVersion)).one()
        paper = db.session.scalars(select(IssuedPaper)).one()
        messages = db.session.scalars(select(Message).where(Message.kind == "application.submitted")).all()
        (file,) = files_of(version)
    assert (paper.word, paper.number, paper.owner_id) == (RECEIPT.msgid, application.number, version.id)
    with current_storage().open(file.sha256) as stream:
        words = text_of(stream.read()).replace("\n", "")
    assert application.number in words
    assert version.sha256 in words
    assert "2026-11-10 10:00:00" in words
    assert "柒万元整" in words
    assert sorted(one.recipient_id for one in messages) == sorted([admin.user_id, lead.user_id])
    assert all(version.sha256 in one.text and "10:00" in one.text for one in messages)


def test_a_second_press_brings_no_second_receipt(call: Call, admin: Actor) -> None:
    application, key = draft_application(call, admin), uuid4()
    for _press in range(2):
        hand_in(application, actor=admin, key=key)
    with whole(SYSTEM, "look"):
        assert len(db.session.scalars(select(IssuedPaper)).all()) == 1


def test_a_draft_can_be_printed_at_any_time_and_says_that_it_is_one(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin, filled=False)
    with whole(SYSTEM, "look"):
        empty = text_of(build_application(snapshot_of(application), day=day_of(now())).build())
    assert "草稿，尚未提交" in empty
    for section, values in FILLED.items():
        form.save_section(application, section, actor=admin, values=values)
    with whole(SYSTEM, "look"):
        full = text_of(build_application(snapshot_of(application), day=day_of(now())).build())
    for word in ("屋檐下的倾听", "驻点社工补贴", "64,000.00", "工作坊", "柒万元整", "1,560", "示例负责人", "草稿"):
        assert word in full, word


def test_the_same_version_gives_the_same_paper(submitted: Application) -> None:
    with whole(SYSTEM, "look"):
        version = db.session.scalars(select(ApplicationVersion)).one()
    made = [
        build_application(
            version.snapshot, day=day_of(version.created_at), version=1, sha256=version.sha256, handed_in="x"
        ).build()
        for _time in range(2)
    ]
    assert made[0] == made[1]
    assert "草稿" not in text_of(made[0])


# Several people at one application


def test_colleagues_hear_of_each_other_while_they_are_there_and_strangers_of_nobody(
    call: Call, admin: Actor, lead: Actor, autumn: time_machine.Coordinates
) -> None:
    application = draft_application(call, admin)
    note_presence(application, actor=admin, section="need")
    note_presence(application, actor=lead, section="need")
    note_presence(application, actor=lead, section="budget")
    see_as(admin)
    assert [(one.name, one.section) for one in colleagues_at_work(application.id, admin.user_id)] == [
        ("示例lead_a", "budget")
    ]
    see_as(member("org_admin", 8009, organization(2, "示例·另一家").id))
    assert db.session.scalars(select(ApplicationPresence)).all() == []
    assert set(policies_of(ApplicationPresence)) == {ReaderKind.ORG}
    autumn.shift(PRESENT + timedelta(seconds=1))
    see_as(admin)
    assert colleagues_at_work(application.id, admin.user_id) == []


def test_the_rows_of_those_who_have_gone_are_cleared_away(
    call: Call, admin: Actor, lead: Actor, autumn: time_machine.Coordinates
) -> None:
    application = draft_application(call, admin)
    note_presence(application, actor=admin, section="need")
    autumn.shift(PRESENT * 4)
    note_presence(application, actor=lead, section="need")
    with whole(SYSTEM, "look"):
        assert [one.user_id for one in db.session.scalars(select(ApplicationPresence))] == [lead.user_id]


def test_who_has_no_colleagues_is_kept_nowhere(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin)
    assert not note_presence(application, actor=admin, section="need")
    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(ApplicationPresence)).all() == []


def test_who_may_not_submit_asks_the_administrator_once_a_day(
    call: Call, admin: Actor, lead: Actor, autumn: time_machine.Coordinates
) -> None:
    application = draft_application(call, admin)
    assert [ask_to_submit(application, actor=lead), ask_to_submit(application, actor=lead)] == [1, 0]
    autumn.shift(timedelta(days=1))
    assert ask_to_submit(application, actor=lead) == 1
    with whole(SYSTEM, "look"):
        (first, _second) = db.session.scalars(
            select(Message).where(Message.kind == "application.asked_to_submit").order_by(Message.id)
        )
    assert first.recipient_id == admin.user_id
    assert "示例lead_a" in first.text


def test_an_organization_without_an_administrator_is_told_so(call: Call, lead: Actor) -> None:
    application = draft_application(call, lead)
    with pytest.raises(Refused) as refused:
        ask_to_submit(application, actor=lead)
    assert told(refused) == ["Your organization has no administrator with an account. Please call the Centre."]


def test_a_withdrawn_application_is_taken_up_again_with_its_files(
    submitted: Application, admin: Actor, autumn: time_machine.Coordinates
) -> None:
    with pytest.raises(Refused) as too_early:
        copy_application(submitted, actor=admin)
    assert told(too_early) == ["Only a withdrawn application is taken up again as a new draft."]
    APPLICATION["withdraw"](submitted, actor=admin)
    copy = copy_application(submitted, actor=admin)
    with whole(SYSTEM, "look"):
        old, new = snapshot_of(submitted), snapshot_of(copy)
        files = [(file.kind, file.sha256) for file in files_of(copy)]
        assert files == [(file.kind, file.sha256) for file in files_of(submitted)]
    own = {"number", "attachments"}
    assert {name: value for name, value in new.items() if name not in own} == {
        name: value for name, value in old.items() if name not in own
    }
    assert (copy.state, copy.declared, copy.number) == (ApplicationState.DRAFT, False, "2027-SB-0002")
    assert hand_in(copy, actor=admin, key=uuid4(), declared=True).number == "2027-SB-0002"
    autumn.move_to(submitted.call.closes_at)
    with pytest.raises(Refused):
        copy_application(submitted, actor=admin)


# What the passport knows


def paper_of_the_passport(applicant: Organization, kind: DocumentKind, valid_to: date | None = None) -> None:
    with transaction(), whole(SYSTEM, "set-up"):
        held = OrganizationDocument(
            organization_id=applicant.id, kind=kind, number=None, valid_from=None, valid_to=valid_to, replaced_on=None
        )
        db.session.add(held)
        db.session.flush()
        store_upload(io.BytesIO(PDF), f"{kind.value}.pdf", owner=held, kind="document", actor=SYSTEM)


def kinds_of(application: Application) -> list[str]:
    with whole(SYSTEM, "look"):
        return [file.kind for file in files_of(application)]


def test_a_draft_begins_with_what_the_passport_holds(call: Call, admin: Actor, applicant: Organization) -> None:
    paper_of_the_passport(applicant, DocumentKind.REGISTRATION)
    with transaction(), whole(SYSTEM, "set-up"):
        applicant.district_code = "310115"
    draft = draft_application(call, admin, filled=False)
    assert draft.district_code == "310115"
    assert kinds_of(draft) == ["registration"]
    assert not [point for point in draft.open_points or [] if point[1] in {"registration", "district_code"}]


def test_a_paper_of_the_passport_is_taken_while_it_counts(call: Call, admin: Actor, applicant: Organization) -> None:
    draft = draft_application(call, admin, filled=False)
    with pytest.raises(Refused):
        form.take_from_passport(draft, actor=admin, kind=AttachmentKind.VENUE)
    paper_of_the_passport(applicant, DocumentKind.LEASE, valid_to=date(2026, 11, 9))
    with pytest.raises(Refused):
        form.take_from_passport(draft, actor=admin, kind=AttachmentKind.VENUE)
    with transaction(), whole(SYSTEM, "renewed"):
        db.session.scalars(select(OrganizationDocument)).one().valid_to = date(2026, 11, 10)
    form.take_from_passport(draft, actor=admin, kind=AttachmentKind.VENUE)
    assert kinds_of(draft) == ["venue"]


# The closing moment


def test_the_moment_that_is_written_down_is_the_one_that_was_asked(
    call: Call, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard was asked in time, but the clock has struck before the deed wrote its moment."""
    application = draft_application(call, admin)
    monkeypatch.setattr(applications, "now", lambda: call.closes_at)
    with pytest.raises(Refused) as refused, transaction():
        hand_in(application, actor=admin, key=uuid4())
    assert told(refused) == [
        "The call closed at 2026-12-08 10:00; applications are no longer taken. Your text is kept."
    ]
    monkeypatch.setattr(applications, "now", lambda: call.closes_at - timedelta(microseconds=1))
    assert hand_in(application, actor=admin, key=uuid4()).submitted_at == call.closes_at - timedelta(microseconds=1)


def test_the_database_itself_takes_no_late_submission(call: Call, admin: Actor) -> None:
    application = draft_application(call, admin)
    late = {"state": "submitted", "submitted_at": call.closes_at}
    with pytest.raises(Refused) as refused, transaction(), whole(SYSTEM, "late"):
        db.session.execute(update(Application).where(Application.id == application.id).values(**late))
    assert told(refused) == ["The call has closed; applications are no longer taken. What you wrote is kept."]


def test_an_extension_that_came_meanwhile_counts(call: Call, admin: Actor, autumn: time_machine.Coordinates) -> None:
    application = draft_application(call, admin)
    stale = application.call.closes_at
    with whole(SYSTEM, "extend"):
        later = update(Call).where(Call.id == call.id).values(closes_at=stale + timedelta(days=5))
        db.session.connection().execute(later)
    db.session.expire(application.call)
    autumn.move_to(stale + timedelta(days=1))
    assert hand_in(application, actor=admin, key=uuid4()).submitted_at == stale + timedelta(days=1)
