"""Two files of one organization made one: proposed, approved by another, nothing lost, nothing forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import AuditEvent, write_gathered
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.files import StoredFile, store_upload
from kernel.notices import Message
from kernel.people import Account
from kernel.scope import see_as, whole
from kernel.workflow import bulk_load
from orgs.models import (
    BankAccount,
    BlacklistEntry,
    ClaimCode,
    Inspection,
    NameChange,
    Organization,
    OrganizationLink,
    OrganizationMerge,
    PastProject,
    PossibleDuplicate,
    Rating,
)
from orgs.operations import (
    approve_merge,
    note_grade,
    propose_merge,
    record_account,
    refuse_merge,
    register_organization,
    survivor_of,
    withdraw_merge,
)
from orgs.operations.duplicates import compare_some
from orgs.operations.importing import OrganizationList
from orgs.operations.past_projects import PastProjectList
from orgs.queries import found_by, history_of_organization, organizations_by_former_code
from orgs.reference import Codes
from orgs.states import (
    BlacklistState,
    DuplicateState,
    DuplicateStrength,
    Grade,
    InspectionResult,
    LineOutcome,
    LinkKind,
    MergeState,
    OrganizationStatus,
    RatingGrade,
)
from tests.factories.hostile import SOUND_PDF
from tests.factories.orgs import (
    SET_UP,
    CreditEntryFactory,
    InspectionFactory,
    OrganizationFactory,
    RatingFactory,
    credit_code,
    person,
)

pytestmark = pytest.mark.usefixtures("app")

REASON = "两份档案的登记证书为同一家机构迁址前后所发"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


@pytest.fixture
def kept(db_session: Session) -> Organization:
    return OrganizationFactory(
        name="示例·木兰家庭服务中心",
        number=1,
        service_fields=["rights"],
        legal_representative="示例人甲",
        staff_count=7,
    )


@pytest.fixture
def gone(db_session: Session) -> Organization:
    return OrganizationFactory(
        name="示例·木兰家庭服务社",
        former_names=["示例·旧木兰"],
        credit_code=credit_code(1, area="310115"),
        service_fields=["mental_care"],
        address="示例路 1 号",
        staff_count=9,
    )


def proposed(kept: Organization, gone: Organization, officer: Actor, *taken: str) -> OrganizationMerge:
    see_as(officer)
    return propose_merge(kept, actor=officer, credit_code=gone.credit_code, reason=REASON, taken=Codes(taken))


def merged(kept: Organization, gone: Organization, officer: Actor, director: Actor, *taken: str) -> OrganizationMerge:
    merge = proposed(kept, gone, officer, *taken)
    see_as(director)
    approve_merge(merge, actor=director)
    see_as(officer)
    return merge


def all_of(model: Any, **columns: Any) -> list[Any]:
    wanted = select(model).filter_by(**columns).order_by(model.id).execution_options(populate_existing=True)
    with whole(SET_UP, "tests"):
        return list(db.session.scalars(wanted))


def written(model: Any, **columns: Any) -> Any:
    with whole(SET_UP, "tests") as session:
        record = model(**columns)
        session.add(record)
        session.flush()
    return record


def test_one_file_is_left_with_all_names_and_codes_and_the_chosen_entries(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    code, pk = gone.credit_code, gone.id

    merge = merged(kept, gone, officer, director, "staff_count", "service_fields+", "address")

    assert (merge.state, merge.decided_by_id) == (MergeState.MERGED, director.user_id)
    assert all_of(Organization, id=pk) == []
    [left] = all_of(Organization, id=kept.id)
    assert (left.name, left.former_names, left.former_codes) == (
        "示例·木兰家庭服务中心",
        ["示例·旧木兰", "示例·木兰家庭服务社"],
        [code],
    )
    assert (left.staff_count, left.address, left.legal_representative) == (9, "示例路 1 号", "示例人甲")
    assert left.service_fields == ["mental_care", "rights"]
    [change] = all_of(NameChange, organization_id=kept.id)
    assert (change.was, change.name, change.reason) == ("示例·木兰家庭服务社", "示例·木兰家庭服务中心", REASON)
    for word in (code, code.lower(), "旧木兰", "服务社"):
        assert db.session.scalars(select(Organization.id).where(found_by(word))).all() == [kept.id]


def test_the_other_name_can_be_the_one_that_stays(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    merged(kept, gone, officer, director, "name")

    [left] = all_of(Organization, id=kept.id)
    assert left.name == "示例·木兰家庭服务社"
    assert left.former_names == ["示例·旧木兰", "示例·木兰家庭服务中心"]


def test_nothing_moves_before_it_is_approved_and_whoever_proposed_it_does_not_approve(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    rating = RatingFactory(organization_id=gone.id)
    merge = proposed(kept, gone, officer)
    both = Actor(**{**{f: getattr(officer, f) for f in officer.__slots__}, "permissions": director.permissions})

    with pytest.raises(Refused, match="Whoever proposed"):
        approve_merge(merge, actor=both)
    with pytest.raises(Refused, match="not allowed"):
        approve_merge(merge, actor=officer)

    assert all_of(Rating, id=rating.id)[0].organization_id == gone.id
    assert len(all_of(Organization)) == 2


def test_a_refused_or_withdrawn_merge_changes_nothing_and_can_be_proposed_again(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    first = proposed(kept, gone, officer)
    with pytest.raises(Refused), db.session.begin_nested():
        proposed(gone, kept, officer)
    refuse_merge(first, actor=director, answer="两家机构的法定代表人不同")
    second = proposed(gone, kept, officer)
    withdraw_merge(second, actor=officer)

    assert (first.state, second.state) == (MergeState.REFUSED, MergeState.WITHDRAWN)
    assert len(all_of(Organization)) == 2
    told = {message.kind for message in all_of(Message, recipient_id=officer.user_id)}
    assert "merge.refused" in told


def test_what_clashes_is_decided_and_what_is_not_kept_is_set_aside_with_its_papers(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    ours = InspectionFactory(organization_id=kept.id, year=2025, result=InspectionResult.UNDECIDED)
    theirs = InspectionFactory(organization_id=gone.id, year=2025, result=InspectionResult.PASSED)
    alone = InspectionFactory(organization_id=gone.id, year=2024, result=InspectionResult.FAILED)
    mine = RatingFactory(organization_id=kept.id, announced_on=date(2024, 5, 20), grade=RatingGrade.THREE_A)
    other = RatingFactory(organization_id=gone.id, announced_on=date(2024, 9, 1), grade=RatingGrade.FOUR_A)
    with whole(SET_UP, "tests"):
        paper = store_upload(_pdf(), "证书.pdf", owner=mine, kind="certificate", actor=SET_UP)

    merge = merged(kept, gone, officer, director, f"inspection:{ours.id}", f"rating:{mine.id}")

    assert [(one.id, one.result) for one in all_of(Inspection, organization_id=kept.id)] == [
        (theirs.id, InspectionResult.PASSED),
        (alone.id, InspectionResult.FAILED),
    ]
    assert [one.id for one in all_of(Rating)] == [other.id]
    assert [(told["record"], told["id"]) for told in merge.aside] == [("Rating", mine.id), ("Inspection", ours.id)]
    [file] = all_of(StoredFile, id=paper.id)
    assert (file.owner_kind, file.owner_id, file.organization_id) == ("OrganizationMerge", merge.id, None)
    [left] = all_of(Organization, id=kept.id)
    assert (left.rating_grade, left.inspection_year, left.inspection_result) == (
        RatingGrade.FOUR_A,
        2025,
        InspectionResult.PASSED,
    )


def test_without_a_choice_the_survivors_own_records_are_kept(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    ours = CreditEntryFactory(organization_id=kept.id)
    theirs = CreditEntryFactory(organization_id=gone.id)
    told = {"name": "示例·共同成长", "year": 2020, "amount": 50_000, "source": "示例存档"}
    mine = written(PastProject, organization_id=kept.id, **told)
    written(PastProject, organization_id=gone.id, **told)
    day = date(2024, 5, 20)
    RatingFactory(organization_id=kept.id, announced_on=day)
    RatingFactory(organization_id=gone.id, announced_on=day)

    merge = merged(kept, gone, officer, director)

    assert {told["id"] for told in merge.aside} >= {theirs.id}
    assert [told["record"] for told in merge.aside] == ["Rating", "CreditEntry", "PastProject"]
    assert [one.id for one in all_of(type(ours))] == [ours.id]
    assert [one.id for one in all_of(PastProject)] == [mine.id]


def test_of_two_accounts_the_chosen_one_is_paid_to_and_the_other_is_an_earlier_one(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    see_as(officer)
    first = record_account(kept, actor=officer, holder="示例", bank="示例银行", number="1001000020003456")
    second = record_account(gone, actor=officer, holder="示例", bank="示例银行", number="1001000020007788")

    merged(kept, gone, officer, director, f"account:{first.id}")

    found = {one.id: (one.organization_id, one.until) for one in all_of(BankAccount)}
    assert found == {first.id: (kept.id, date(2026, 11, 24)), second.id: (kept.id, None)}


def test_people_files_listings_and_letters_follow(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    member = person("org_admin", organization=gone)
    with whole(SET_UP, "tests"):
        file = store_upload(_pdf(), "登记证书.pdf", owner=gone, kind="paper", actor=SET_UP)
    listing = written(
        BlacklistEntry, organization_id=gone.id, number="LR-1", state=BlacklistState.PROPOSED, reason="示例", months=6,
        proposed_by_id=1,
    )  # fmt: skip
    moment = db.session.scalar(select(func.now()))
    letter = written(ClaimCode, organization_id=gone.id, code_hash="x", expires_at=moment)

    merge = merged(kept, gone, officer, director)

    assert [one.organization_id for one in all_of(Account, user_id=member.user_id)] == [kept.id]
    [kept_file] = all_of(StoredFile, id=file.id)
    assert (kept_file.owner_id, kept_file.owner_kind) == (kept.id, "Organization")
    assert all_of(BlacklistEntry, id=listing.id)[0].organization_id == kept.id
    assert all_of(ClaimCode, id=letter.id)[0].withdrawn_at is not None
    assert (merge.moved["People"], merge.moved["The Centre's blacklist"]) == (1, 1)
    assert "merge.told" in {message.kind for message in all_of(Message, recipient_id=member.user_id)}


def test_summaries_add_up_and_the_later_grade_is_shown(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    note_grade(kept, actor=SET_UP, grade=Grade.FAIR, on=date(2024, 12, 1))
    note_grade(gone, actor=SET_UP, grade=Grade.EXCELLENT, on=date(2025, 12, 1))

    merged(kept, gone, officer, director)

    [left] = all_of(Organization, id=kept.id)
    assert (left.last_grade, left.last_graded_on) == (Grade.EXCELLENT, date(2025, 12, 1))


@pytest.mark.parametrize("taken", ["legal_representatives", "inspection:99", "credit_code", "id"])
def test_only_what_both_have_can_be_chosen(kept: Organization, gone: Organization, officer: Actor, taken: str) -> None:
    with pytest.raises(Invalid) as refused:
        proposed(kept, gone, officer, taken)

    assert "taken" in refused.value.problems


def test_a_merge_is_between_two_that_are_there(kept: Organization, officer: Actor) -> None:
    see_as(officer)
    for code in (kept.credit_code, credit_code(77)):
        with pytest.raises(Invalid) as refused:
            propose_merge(kept, actor=officer, credit_code=code, reason=REASON)
        assert "credit_code" in refused.value.problems


def test_what_must_be_decided_elsewhere_is_told_before(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    merge = proposed(kept, gone, officer)
    told = {"state": BlacklistState.PROPOSED, "reason": "示例", "months": 6, "proposed_by_id": 1}
    for number, one in enumerate((kept, gone)):
        written(BlacklistEntry, organization_id=one.id, number=f"LR-{number}", **told)

    with pytest.raises(Refused, match="open listing"):
        approve_merge(merge, actor=director)


def test_a_clash_that_nobody_has_seen_is_no_fault_but_a_reason(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    merge = proposed(kept, gone, officer)
    for one in (kept, gone):
        InspectionFactory(organization_id=one.id, year=2025)

    with pytest.raises(Refused, match="propose it anew"):
        approve_merge(merge, actor=director)


def test_of_three_files_one_is_left_and_the_oldest_address_leads_there(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    third = OrganizationFactory(name="示例·木兰之家", number=42)
    middle, last = kept.id, gone.id
    merged(kept, gone, officer, director)
    blocked = proposed(third, kept, officer)
    with pytest.raises(Refused, match="Another merge"):
        proposed(kept, OrganizationFactory(number=43), officer)
    see_as(director)
    approve_merge(blocked, actor=director)

    assert survivor_of(last, actor=officer) == survivor_of(middle, actor=officer) == third.id
    assert survivor_of(third.id, actor=officer) is None
    [left] = all_of(Organization, id=third.id)
    assert left.former_codes == [credit_code(1, area="310115"), credit_code(1)]
    assert "示例·木兰家庭服务社" in left.former_names


def test_a_former_code_is_nobody_elses(kept: Organization, gone: Organization, officer: Actor, director: Actor) -> None:
    code = gone.credit_code
    merged(kept, gone, officer, director)

    assert organizations_by_former_code([code, credit_code(9)])[code].id == kept.id
    with pytest.raises(Invalid) as refused:
        register_organization(actor=officer, credit_code=code, name="示例·再次登记")
    assert "since two files were merged" in refused.value.problems["credit_code"][0].msgid


def test_links_and_decisions_lead_on(kept: Organization, gone: Organization, officer: Actor, director: Actor) -> None:
    third = OrganizationFactory(name="示例·海棠社", number=42)
    told = {"kind": LinkKind.PERSON, "source": "示例", "recorded_on": date(2026, 1, 5), "recorded_by_id": 1}
    written(OrganizationLink, first_id=gone.id, second_id=third.id, **told)
    written(OrganizationLink, first_id=third.id, second_id=kept.id, **told)
    written(OrganizationLink, first_id=kept.id, second_id=gone.id, **told)
    only = written(OrganizationLink, first_id=gone.id, second_id=third.id, **told | {"kind": LinkKind.OFFICE})
    decided = {"reason": "示例", "decided_on": date(2026, 1, 5), "decided_by_id": 1}
    pair = {"first_id": gone.id, "second_id": third.id, "score": 40, "reasons": [["close_name", 57]]}
    found = written(
        PossibleDuplicate, **pair, strength=DuplicateStrength.WEAK, found_on=date(2026, 1, 4), state=DuplicateState.OPEN
    )
    with whole(SET_UP, "tests"), bulk_load():
        found.state = DuplicateState.DISMISSED
        for name, value in decided.items():
            setattr(found, name, value)
        db.session.flush()

    merged(kept, gone, officer, director)

    assert {(one.first_id, one.second_id, one.kind) for one in all_of(OrganizationLink)} == {
        (third.id, kept.id, LinkKind.PERSON),
        (kept.id, third.id, LinkKind.OFFICE),
    }
    assert all_of(OrganizationLink, id=only.id)[0].first_id == kept.id
    [led] = all_of(PossibleDuplicate)
    assert (led.first_id, led.second_id, led.reason) == (kept.id, third.id, "示例")
    compare_some(SET_UP)
    assert [one.state for one in all_of(PossibleDuplicate)] == [DuplicateState.DISMISSED]


def test_the_trail_says_it_on_both_and_a_file_shows_the_trail_of_both(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    pk = gone.id
    merge = merged(kept, gone, officer, director)
    with whole(SET_UP, "tests"):
        write_gathered(db.session())
    wanted = select(AuditEvent).where(AuditEvent.action == "OrganizationMerge.approve")
    with whole(SET_UP, "tests"):
        events = {(one.subject_kind, one.subject_id): one for one in db.session.scalars(wanted)}

    assert events["Organization", pk].changes == {"deleted": ["示例·木兰家庭服务社", None]}
    assert events["Organization", kept.id].changes["former_codes"] == [[], [credit_code(1, area="310115")]]
    assert events["OrganizationMerge", merge.id].audience == "staff"
    shown = history_of_organization(kept.id, before=None, limit=50, with_merged=True)
    assert {one.subject_id for one in shown if one.subject_kind == "Organization"} == {kept.id, pk}
    assert all_of(OrganizationMerge)[0].was["name"] == "示例·木兰家庭服务社"
    assert "contact_phone" not in all_of(OrganizationMerge)[0].was


def test_a_registration_that_ended_is_kept_with_the_merge_and_not_mixed_in(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    with whole(SET_UP, "tests"):
        gone.status = OrganizationStatus.DEREGISTERED
        db.session.flush()

    merge = merged(kept, gone, officer, director)

    assert merge.was is not None
    assert merge.was["status_changes"] == [["2026-11-24", "active", "deregistered"]]
    assert all_of(Organization, id=kept.id)[0].status is OrganizationStatus.ACTIVE


def _pdf() -> Any:
    return BytesIO(SOUND_PDF)


def test_a_list_with_a_former_code_says_whose_it_is_and_its_past_is_the_survivors(
    kept: Organization, gone: Organization, officer: Actor, director: Actor
) -> None:
    code = gone.credit_code
    merged(kept, gone, officer, director)
    row = {"credit_code": code, "name": "示例·木兰家庭服务社", "staff_count": 99}
    past = {"credit_code": code, "name": "示例·共同成长", "year": 2020, "amount": 50_000}

    with whole(SET_UP, "tests"):
        [told] = OrganizationList().compare([row])
        [found] = PastProjectList("示例存档").compare([past])

    assert (told.outcome, told.changes, told.record.id) == (LineOutcome.BAD, {}, kept.id)
    assert told.wrong["credit_code"][0].params["name"] == kept.name
    assert found.outcome is LineOutcome.NEW
    assert all_of(Organization, id=kept.id)[0].staff_count == 7
