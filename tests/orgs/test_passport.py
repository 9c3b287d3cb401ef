"""The passport: names, papers, the bank account, contacts, and the changes that wait for the Centre."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.api.openapi import described
from kernel.audit import AuditEvent, write_gathered
from kernel.db import METADATA, db
from kernel.encryption import Encrypted, decrypt
from kernel.errors import Invalid, Refused
from kernel.files import StoredFile
from kernel.module import MODULES
from kernel.notices import Message, remind
from kernel.scope import see_as, whole
from orgs.models import BankAccount, NameChange, Organization, OrganizationDocument, ProfileChange
from orgs.notices import DOCUMENT_ENDS, REMINDERS
from orgs.operations import (
    approve_change,
    change_contacts,
    change_registration,
    propose_account,
    propose_legal_representative,
    propose_name,
    record_account,
    record_document,
    refuse_change,
    retire_document,
    seal_contacts,
    verify_account,
    withdraw_change,
)
from orgs.queries import dossier_of
from orgs.reference import registered_area
from orgs.states import ChangeState, DocumentKind, OrganizationStatus
from orgs.views.passport import lines_of
from tests.factories.hostile import SOUND_PDF
from tests.factories.orgs import SET_UP, OrganizationFactory, person

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., FlaskClient]
NUMBER = "1001 0000-2000３４５６"
PLAIN = "1001000020003456"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False) as moment:
        yield moment


@pytest.fixture
def one(db_session: Session) -> Organization:
    return OrganizationFactory(name="示例·木兰")


@pytest.fixture
def admin(one: Organization) -> Actor:
    return person("org_admin", organization=one, username="own")


@pytest.fixture
def finance(db_session: Session) -> Actor:
    return person("finance", username="finance")


@pytest.fixture
def asked(one: Organization, officer: Actor, admin: Actor) -> ProfileChange:
    """A change of the bank account that waits; the officer is there to hear of it."""
    return propose_account(
        one, actor=admin, holder="示例·木兰", bank="示例银行", number=NUMBER, reason="换行", **_paper()
    )


def _paper() -> dict[str, Any]:
    return {"stream": BytesIO(SOUND_PDF), "filename": "开户信息.pdf"}


def why(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


def heard_by(actor: Actor) -> list[str]:
    with whole(SET_UP, "look"):
        wanted = select(Message.kind).where(Message.recipient_id == actor.user_id).order_by(Message.id)
        return list(db.session.scalars(wanted))


def accounts_of(organization: Organization) -> list[BankAccount]:
    with whole(SET_UP, "look"):
        wanted = select(BankAccount).where(BankAccount.organization_id == organization.id).order_by(BankAccount.id)
        return list(db.session.scalars(wanted))


def kept(column: str, table: str, pk: int) -> str:
    """Give what the database itself holds."""
    with whole(SET_UP, "look") as session:
        return str(session.scalar(text(f"SELECT {column} FROM {table} WHERE id = :pk"), {"pk": pk}))


def number_of(account: BankAccount) -> str:
    return decrypt(kept("number", "bank_account", account.id))


def trail(kind: str) -> list[AuditEvent]:
    write_gathered(db.session())
    with whole(SET_UP, "look"):
        wanted = select(AuditEvent).where(AuditEvent.subject_kind == kind).order_by(AuditEvent.seq)
        return list(db.session.scalars(wanted))


# What is kept encrypted


def test_every_encrypted_column_is_hidden_in_the_trail() -> None:
    columns = [column for table in METADATA.tables.values() for column in table.c if isinstance(column.type, Encrypted)]

    assert len(columns) >= 4
    assert [str(one) for one in columns if one.info.get("audit") not in {"masked", "sealed", "unwritten"}] == []


def test_no_encrypted_column_stands_in_the_interface_for_programs() -> None:
    resources = [api() for module in MODULES for api in module.apis]
    shapes = described(resources)["components"]["schemas"]
    secret = {
        column.name
        for table in METADATA.tables.values()
        for column in table.c
        if isinstance(column.type, Encrypted) and column.name.startswith("contact_")
    } | {"number_print", "tail"}

    assert secret > {"contact_name", "contact_phone"}
    assert [name for name, shape in shapes.items() if secret & shape.get("properties", {}).keys()] == []


def test_contacts_are_sealed_in_the_database(one: Organization, admin: Actor) -> None:
    change_contacts(one, actor=admin, contact_name="示例甲", contact_phone="021-12345678")

    assert (one.contact_name, one.contact_phone) == ("示例甲", "021-12345678")
    assert kept("contact_phone", "organization", one.id).startswith("gAAAA")


def test_what_is_sealed_is_not_sealed_twice(one: Organization, admin: Actor) -> None:
    change_contacts(one, actor=admin, contact_name="示例甲", contact_phone=None)
    before = kept("contact_name", "organization", one.id)

    with whole(SET_UP, "load-data"):
        seal_contacts()

    assert kept("contact_name", "organization", one.id) == before


def test_the_database_refuses_a_plain_contact(one: Organization) -> None:
    with (
        whole(SET_UP, "look"),
        pytest.raises(IntegrityError, match="ck_organization_contact_phone_is_sealed"),
        db.session.begin_nested(),
    ):
        db.session.execute(text("UPDATE organization SET contact_phone = '021-1' WHERE id = :pk"), {"pk": one.id})


def test_another_organization_changes_no_contacts(one: Organization) -> None:
    with pytest.raises(Refused) as refused:
        change_contacts(one, actor=person("org_admin", organization=OrganizationFactory()), contact_name="示例乙")

    assert why(refused) == ["You can act for your own organization only."]


# Names


def test_a_name_that_was_left_is_kept_with_its_day(one: Organization, officer: Actor) -> None:
    change_registration(one, actor=officer, name="示例·玉兰", status=OrganizationStatus.ACTIVE, registrar="示例民政局")

    with whole(SET_UP, "look"):
        left = db.session.scalars(select(NameChange)).one()
    assert (left.was, left.name, left.since, left.source) == (
        "示例·木兰",
        "示例·玉兰",
        date(2026, 11, 24),
        "示例民政局",
    )
    assert one.former_names == ["示例·木兰"]


@pytest.mark.parametrize(
    ("code", "area"),
    [("52310101", "黄浦区"), ("51310108", "闸北区（2015 年并入静安区）"), ("52320500", "320500")],
)
def test_where_a_body_was_registered_stands_in_its_code(code: str, area: str) -> None:
    assert registered_area(code) == area


# Documents


def bring(one: Organization, actor: Actor, **more: Any) -> OrganizationDocument:
    told = {"kind": DocumentKind.REGISTRATION, "valid_to": date(2027, 1, 20)} | more
    return record_document(one, actor=actor, **told, **_paper())


def test_a_newer_document_replaces_the_former_of_its_kind(one: Organization, admin: Actor) -> None:
    first, second = bring(one, admin), bring(one, admin, valid_to=date(2031, 1, 1))

    assert (first.replaced_on, second.replaced_on) == (date(2026, 11, 24), None)
    with whole(SET_UP, "look"):
        file = db.session.scalars(select(StoredFile).where(StoredFile.owner_id == second.id)).one()
    assert (file.owner_kind, file.organization_id) == ("OrganizationDocument", one.id)


def test_several_licences_count_beside_each_other(one: Organization, admin: Actor) -> None:
    both = [bring(one, admin, kind=DocumentKind.LICENCE, title=title) for title in ("食品", "办学")]

    assert [document.replaced_on for document in both] == [None, None]


def test_a_document_tells_all_that_is_wrong(one: Organization, admin: Actor) -> None:
    with pytest.raises(Invalid) as invalid:
        bring(one, admin, kind=DocumentKind.OTHER, valid_from=date(2027, 2, 1))

    assert list(invalid.value.problems) == ["title", "valid_to"]


def test_a_document_is_retired_once_and_by_its_own(one: Organization, admin: Actor) -> None:
    document = bring(one, admin)
    with pytest.raises(Refused):
        retire_document(document, actor=person("org_admin", organization=OrganizationFactory()))

    retire_document(document, actor=admin)

    assert document.replaced_on == date(2026, 11, 24)
    with pytest.raises(Refused) as refused:
        retire_document(document, actor=admin)
    assert why(refused) == ["This document was replaced on 2026-11-24."]


def test_who_keeps_a_document_is_reminded_two_months_before(one: Organization, admin: Actor) -> None:
    bring(one, admin)
    reminders = [reminder for reminder in REMINDERS if reminder.notice is DOCUMENT_ENDS]

    told = [remind(reminders, actor=Actor.system("clock")) for _night in range(2)]

    assert told == [1, 0]
    assert heard_by(admin) == ["document.ends"]


def test_a_document_without_end_or_retired_reminds_nobody(one: Organization, admin: Actor) -> None:
    bring(one, admin, valid_to=None)
    retire_document(bring(one, admin, kind=DocumentKind.LEASE), actor=admin)

    assert remind([one for one in REMINDERS if one.notice is DOCUMENT_ENDS], actor=Actor.system("clock")) == 0


def test_the_passport_lists_what_ends(one: Organization, admin: Actor, app: Any) -> None:
    bring(one, admin)
    bring(one, admin, kind=DocumentKind.LEASE, valid_to=date(2026, 11, 1))
    see_as(admin)

    with app.test_request_context():
        told = lines_of(one, dossier_of(one.id).documents, date(2026, 11, 24))

    assert [(line["day"], line["tone"]) for line in told[-2:]] == [
        (date(2026, 11, 1), "bad"),
        (date(2027, 1, 20), "warn"),
    ]


def test_the_work_report_is_due_until_the_end_of_march(one: Organization, app: Any) -> None:
    with app.test_request_context():
        days = [[line["day"] for line in lines_of(one, [], day)] for day in (date(2027, 3, 31), date(2027, 4, 1))]

    assert days == [["", date(2027, 3, 31), date(2027, 5, 31)], ["", date(2027, 5, 31)]]


# The bank account


def test_staff_enter_an_account_and_another_verifies_it(
    one: Organization, officer: Actor, finance: Actor, admin: Actor
) -> None:
    account = record_account(one, actor=officer, holder="示例·木兰", bank="示例银行", number=NUMBER)

    with pytest.raises(Refused) as refused:
        verify_account(account, actor=officer)
    assert why(refused) == ["Whoever entered an account does not verify it."]

    verify_account(account, actor=finance)
    assert (number_of(account), account.tail, account.verified_on) == (PLAIN, "3456", date(2026, 11, 24))
    assert heard_by(admin) == ["bank_account.changed"]
    with pytest.raises(Refused) as again:
        verify_account(account, actor=finance)
    assert why(again) == ["This account was verified on 2026-11-24."]


def test_a_number_stands_nowhere_in_the_open(one: Organization, officer: Actor) -> None:
    account = record_account(one, actor=officer, holder="示例·木兰", bank="示例银行", number=NUMBER)

    assert kept("number", "bank_account", account.id).startswith("gAAAA")
    (event,) = trail("BankAccount")
    assert event.changes["number"] == [None, "••••56"]
    assert PLAIN not in str(event.changes)


def test_the_same_number_has_the_same_fingerprint(one: Organization, officer: Actor) -> None:
    accounts = [
        record_account(owner, actor=officer, holder="示例", bank="示例银行", number=number)
        for owner, number in ((one, NUMBER), (OrganizationFactory(), PLAIN), (OrganizationFactory(), "10010000"))
    ]

    prints = [account.number_print for account in accounts]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize("number", ["1234567", "1" * 33, "12345678X"])
def test_an_account_is_written_in_figures(one: Organization, officer: Actor, number: str) -> None:
    with pytest.raises(Invalid) as invalid:
        record_account(one, actor=officer, holder="示例", bank="示例银行", number=number)

    assert list(invalid.value.problems) == ["number"]


def test_the_former_account_is_kept(one: Organization, officer: Actor) -> None:
    for number in ("10010000", "10010001"):
        record_account(one, actor=officer, holder="示例", bank="示例银行", number=number)

    assert [(number_of(account), account.until) for account in accounts_of(one)] == [
        ("10010000", date(2026, 11, 24)),
        ("10010001", None),
    ]


# Changes that wait


def test_an_account_counts_once_the_centre_has_approved_it(
    asked: ProfileChange, one: Organization, officer: Actor, admin: Actor
) -> None:
    assert accounts_of(one) == []
    assert heard_by(officer) == ["profile_change.asked"]

    approve_change(asked, actor=officer)

    (account,) = accounts_of(one)
    assert (number_of(account), account.until, account.verified_by_id, account.recorded_by_id) == (
        PLAIN,
        None,
        officer.user_id,
        admin.user_id,
    )
    assert asked.state is ChangeState.APPROVED
    assert heard_by(admin) == ["profile_change.approved"]


def test_a_change_of_the_account_shows_it_masked(asked: ProfileChange) -> None:
    assert (asked.was, asked.value) == (None, "示例银行 •••• 3456")
    assert kept("number", "profile_change", asked.id).startswith("gAAAA")


def test_a_name_changes_with_its_approval(one: Organization, officer: Actor, admin: Actor) -> None:
    change = propose_name(one, actor=admin, name=" 示例·玉兰 ", reason="更名", **_paper())
    assert one.name == "示例·木兰"

    approve_change(change, actor=officer)

    assert (one.name, one.former_names, one.name_pinyin) == ("示例·玉兰", ["示例·木兰"], "shiliyulan")
    with whole(SET_UP, "look"):
        assert db.session.scalars(select(NameChange.reason)).all() == ["更名"]


def test_a_legal_representative_changes_with_the_approval(one: Organization, officer: Actor, admin: Actor) -> None:
    change = propose_legal_representative(one, actor=admin, legal_representative="示例乙", reason="换届", **_paper())

    approve_change(change, actor=officer)

    assert one.legal_representative == "示例乙"


def test_a_refusal_leaves_the_profile_and_says_why(
    asked: ProfileChange, one: Organization, officer: Actor, admin: Actor
) -> None:
    refuse_change(asked, actor=officer, answer="户名不符")

    assert accounts_of(one) == []
    assert (asked.state, asked.answer) == (ChangeState.REFUSED, "户名不符")
    assert heard_by(admin) == ["profile_change.refused"]


def test_only_the_organization_withdraws_its_change(asked: ProfileChange, admin: Actor) -> None:
    with pytest.raises(Refused) as refused:
        withdraw_change(asked, actor=person("org_admin", organization=OrganizationFactory()))
    assert why(refused) == ["You can act for your own organization only."]

    withdraw_change(asked, actor=admin)

    assert asked.state is ChangeState.WITHDRAWN


def test_one_change_of_a_field_waits_at_a_time(asked: ProfileChange, one: Organization, admin: Actor) -> None:
    with pytest.raises(Refused) as refused, db.session.begin_nested():
        propose_account(one, actor=admin, holder="示例", bank="示例银行", number="10010009", reason="又换", **_paper())

    assert why(refused) == ["A change of this waits already; please withdraw it first."]


def test_what_is_on_record_is_no_change(one: Organization, admin: Actor) -> None:
    with pytest.raises(Invalid) as invalid:
        propose_name(one, actor=admin, name="示例·木兰", reason="更名", **_paper())

    assert list(invalid.value.problems) == ["name"]


@pytest.mark.parametrize("code", ["finance", "director", "org_admin"])
def test_an_officer_alone_approves(asked: ProfileChange, one: Organization, code: str) -> None:
    with pytest.raises(Refused):
        approve_change(asked, actor=person(code, organization=one if code == "org_admin" else None))

    assert asked.state is ChangeState.PROPOSED


def test_who_asked_does_not_decide(asked: ProfileChange, officer: Actor) -> None:
    with whole(SET_UP, "look"):
        asked.proposed_by_id = officer.user_id or 0
        db.session.flush()

    with pytest.raises(Refused) as refused:
        approve_change(asked, actor=officer)

    assert why(refused) == ["Whoever asked for a change does not decide it."]


# Who sees what


def test_another_organization_sees_nothing_of_a_passport(asked: ProfileChange, officer: Actor, admin: Actor) -> None:
    approve_change(asked, actor=officer)
    stranger = person("org_admin", organization=OrganizationFactory())

    seen = []
    for reader in (stranger, admin, officer):
        see_as(reader)
        seen.append([len(db.session.scalars(select(model.id)).all()) for model in (BankAccount, ProfileChange)])

    assert seen == [[0, 0], [1, 1], [1, 1]]


@pytest.mark.parametrize(("code", "is_shown"), [("officer", True), ("finance", True), ("director", False)])
def test_a_number_is_shown_to_who_verifies_it(
    one: Organization, officer: Actor, client: FlaskClient, sign_in: SignIn, code: str, is_shown: bool
) -> None:
    account = record_account(one, actor=officer, holder="示例·木兰", bank="示例银行", number=NUMBER)
    person(code, username="reader")

    path = f"/accounts/{account.id}"
    page = sign_in(client, "reader").get(path).get_data(as_text=True)

    assert ("1001 0000 2000 3456" in page) is is_shown
    assert "3456" in page


def test_the_file_shows_the_account_masked_and_what_waits(
    asked: ProfileChange, one: Organization, officer: Actor, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    record_account(one, actor=officer, holder="示例·木兰", bank="示例银行", number="10010000999")
    bring(one, admin, number="沪民证 7")

    path = f"/organizations/{one.id}"
    page = sign_in(client, "own").get(path).get_data(as_text=True)

    for told in ("•••• 0999", "•••• 3456", "沪民证 7", "申请变更银行账户", "待审核"):
        assert told in page
    assert "10010000999" not in page


def test_the_history_tells_every_change_in_words(
    asked: ProfileChange, one: Organization, officer: Actor, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    change_contacts(one, actor=admin, contact_name="示例甲", contact_phone="021-12345678")
    bring(one, admin)
    approve_change(asked, actor=officer)

    path = f"/organizations/{one.id}/history"
    page = sign_in(client, "own").get(path).get_data(as_text=True)

    for told in ("证照材料：证照已上传", "登记证书", "资料变更：变更已通过并生效", "银行账户：账户已登记", "••••78"):
        assert told in page
    assert "021-12345678" not in page


def test_a_form_without_its_paper_says_so(
    one: Organization, admin: Actor, client: FlaskClient, sign_in: SignIn
) -> None:
    path = f"/organizations/{one.id}/passport/name"

    browser = sign_in(client, "own")
    token = browser.get(path).get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]

    answer = browser.post(path, data={"csrf_token": token, "name": "示例·玉兰", "reason": ""})

    assert answer.status_code == 422
    assert "请选择文件" in answer.get_data(as_text=True)
