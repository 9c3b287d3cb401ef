"""An organization's account asked for with papers: telling nobody anything, verified by staff, forgotten in time."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from kernel.actor import VISITOR, Actor
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.files import StoredFile
from kernel.links import PAGE
from kernel.notices import Letter, LetterState, Message, deliver, remind
from kernel.permissions import permissions_of
from kernel.scope import whole
from orgs.models import AccountRequest, Organization
from orgs.notices import REMINDERS
from orgs.operations import ask_for_account, forget_requests, lapse_requests, refuse_request, verify_request
from orgs.operations.account_requests import lapse_request
from orgs.queries.people import people_of
from orgs.security import MemberRole
from orgs.states import AccessReason, AccountRequestState, EarlierPeople, OrganizationStatus
from orgs.views import account_requests as pages_of_requests
from tests.factories.hostile import SOUND_PDF
from tests.factories.orgs import SET_UP, OrganizationFactory, credit_code, person
from tests.factories.people import post, token_of
from tests.orgs.conftest import Counter

SignIn = Callable[..., FlaskClient]
NUMBER = 810
CODE = credit_code(NUMBER)
LINK = re.compile(PAGE + "#([0-9a-f]{64})")
EMAIL = "zheng@example.org"
MARK = "示例郑理事"


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[time_machine.Coordinates]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False) as moment:
        yield moment


@pytest.fixture
def one(db_session: Session) -> Organization:
    return OrganizationFactory(number=NUMBER, name="示例·晨曦服务社")


def guest() -> Actor:
    return Actor(name=VISITOR.name, permissions=permissions_of(("public",)))


def asked(**more: Any) -> AccountRequest:
    told: dict[str, Any] = {
        "about": AccessReason.FIRST,
        "credit_code": CODE,
        "organization_name": "示例·晨曦服务社",
        "name": MARK,
        "email": EMAIL,
        "phone": "021-55501234",
        "registration": io.BytesIO(SOUND_PDF),
        "registration_name": "示例郑理事的证书.pdf",
        "authorization": io.BytesIO(SOUND_PDF),
        "authorization_name": "授权书.PDF",
        "consent": True,
        "words": "示例说明",
    }
    with transaction():
        return ask_for_account(actor=guest(), **told | more)


def verified(request: AccountRequest, officer: Actor, earlier: EarlierPeople = EarlierPeople.KEEP) -> int:
    with transaction():
        return verify_request(request, actor=officer, earlier=earlier)


def refused(request: AccountRequest, officer: Actor) -> None:
    with transaction():
        refuse_request(request, actor=officer, answer="示例：授权书未盖章。")


def fresh(pk: int) -> AccountRequest:
    db.session.expire_all()
    with whole(SET_UP, "look"):
        found = db.session.scalars(select(AccountRequest).where(AccountRequest.id == pk)).one()
        _ = found.person, found.email, found.phone
        return found


def letters() -> list[tuple[str, str]]:
    """Carry out the letters that wait; gives to whom and what."""
    sent: list[tuple[str, str]] = []

    class Kept:
        def open(self) -> Kept:
            return self

        def send(self, letter: Any) -> None:
            sent.append((letter["To"], letter.get_body().get_content()))

        def close(self) -> None:
            """Nothing is open."""

    db.session.commit()
    deliver(Kept(), sender="Yulan <no-reply@localhost>")
    return sent


def administrators(one: int) -> list[str]:
    db.session.expire_all()
    with whole(SET_UP, "look"):
        return sorted(found.email for found in people_of(one) if MemberRole.ADMIN in found.roles)


# --- Asking ---


def test_who_asks_stands_encrypted_in_the_database_and_nowhere_in_the_trail(one: Organization, officer: Actor) -> None:
    request = asked()

    with whole(SET_UP, "look"):
        kept = db.session.execute(text("SELECT person, email, phone FROM account_request")).one()
        db.session.commit()
        trail = db.session.execute(text("SELECT string_agg(e::text, ' ') FROM audit_event e")).scalar_one()
        told = db.session.scalars(select(Message).where(Message.kind == "account_request.received")).all()
    assert request.number == "2026-ZH-0001"
    assert all(value.startswith("gAAAA") for value in kept)
    assert [word for word in (MARK, EMAIL, "55501234", "示例说明") if word in trail] == []
    assert "AccountRequest.ask" in trail
    assert [message.recipient_id for message in told] == [officer.user_id]


def test_the_papers_are_staffs_alone_under_names_of_ours(one: Organization) -> None:
    asked()

    with whole(SET_UP, "look"):
        files = db.session.scalars(select(StoredFile).order_by(StoredFile.id)).all()
    assert [(file.original_name, file.restricted, file.organization_id) for file in files] == [
        ("registration.pdf", True, 0),
        ("authorization.pdf", True, 0),
    ]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"credit_code": CODE[:-1] + ("0" if CODE[-1] != "0" else "1")}, "credit_code"),
        ({"email": "zheng"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"consent": False}, "consent"),
        ({"registration_name": "certificate.docx"}, "registration"),
        ({"authorization": io.BytesIO(b"no pdf at all")}, "authorization"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(
    db_session: Session, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as invalid:
        asked(**more)

    assert list(invalid.value.problems) == [field]
    with whole(SET_UP, "look"):
        assert db.session.scalar(select(func.count()).select_from(AccountRequest)) == 0


# --- Verified ---


def test_whoever_is_verified_becomes_administrator_by_the_link_in_their_mail(
    client: FlaskClient, one: Organization, officer: Actor
) -> None:
    request = asked()
    verified(request, officer)
    ((to, told),) = letters()

    token = LINK.findall(told)[0]
    form = {"csrf_token": token_of(client.get("/login/link/").get_data(as_text=True))}
    new = "eine-lange-Losung-25"
    answer = client.post("/login/link/", data=form | {"token": token, "new": new, "again": new})
    assert (to, answer.status_code) == (EMAIL, 302)
    assert administrators(one.id) == [EMAIL]
    kept = fresh(request.id)
    assert (kept.state, kept.organization_id, kept.decided_by_id) == (
        AccountRequestState.VERIFIED,
        one.id,
        officer.user_id,
    )


def test_earlier_administrators_are_told_and_stay(one: Organization, officer: Actor) -> None:
    before = person("org_admin", organization=one)
    lead = person("org_lead", organization=one)
    verified(asked(about=AccessReason.LOST), officer)

    assert administrators(one.id) == sorted([EMAIL, f"{before.name}@example.org"])
    with whole(SET_UP, "look"):
        told = db.session.scalars(select(Message.recipient_id).where(Message.kind == "account_request.given")).all()
    assert told == [before.user_id]
    assert lead.user_id not in told


def test_earlier_administrators_are_closed_by_choice_and_told_where_they_were_reached(
    one: Organization, officer: Actor
) -> None:
    before = person("org_admin", organization=one)
    lead = person("org_lead", organization=one)
    verified(asked(about=AccessReason.LOST), officer, EarlierPeople.CLOSE)

    assert administrators(one.id) == [EMAIL]
    with whole(SET_UP, "look"):
        assert lead.user_id in {found.user_id for found in people_of(one.id)}
    told = dict(letters())
    assert "您的账号已关闭" in told[f"{before.name}@example.org"]
    assert LINK.search(told[EMAIL])


def test_an_administrator_who_lost_the_way_in_comes_back_under_the_same_address(
    one: Organization, officer: Actor
) -> None:
    before = person("org_admin", organization=one)
    own = f"{before.name}@example.org"
    request = asked(about=AccessReason.LOST, email=own)
    pk = request.id

    with pytest.raises(Refused, match="belongs to an account already"):
        verified(request, officer)
    verified(fresh(pk), officer, EarlierPeople.CLOSE)
    assert administrators(one.id) == [own]


@pytest.mark.parametrize("status", [None, OrganizationStatus.DEREGISTERED])
def test_nobody_is_let_into_what_is_not_there(
    db_session: Session, officer: Actor, status: OrganizationStatus | None
) -> None:
    if status is not None:
        OrganizationFactory(number=NUMBER, name="示例·晨曦服务社", status=status)
    request = asked()

    with pytest.raises(Refused, match="has the code" if status is None else "{status}"):
        verified(request, officer)


@pytest.mark.parametrize("code", ["director", "auditor", "finance", "org_admin", "reviewer"])
def test_requests_are_the_officers_to_decide(one: Organization, code: str) -> None:
    request = asked()

    for decide in (verified, refused):
        with pytest.raises(Refused, match="not allowed"):
            decide(request, person(code))


def test_a_decision_is_the_last(one: Organization, officer: Actor) -> None:
    request = asked()
    refused(request, officer)

    with pytest.raises(Refused, match="so this step cannot be taken"):
        verified(fresh(request.id), officer)


# --- Refused and forgotten ---


def test_whoever_is_refused_gets_the_reason_by_mail_though_they_have_no_account(
    one: Organization, officer: Actor
) -> None:
    refused(asked(), officer)

    ((to, told),) = letters()
    assert to == EMAIL
    assert "授权书未盖章" in told
    assert "系统内的消息" not in told
    assert administrators(one.id) == []
    with whole(SET_UP, "look"):
        letter = db.session.scalars(select(Letter)).one()
    assert (letter.state, letter.recipient_id) == (LetterState.SENT, 0)


def test_who_asked_is_forgotten_thirty_days_after_the_decision(
    one: Organization, officer: Actor, clock: time_machine.Coordinates
) -> None:
    gone, let_in, waiting = asked(), asked(email="another@example.org"), asked(email="third@example.org")
    refused(gone, officer)
    verified(let_in, officer)

    ids = [request.id for request in (gone, let_in, waiting)]
    clock.shift(timedelta(days=29))
    with transaction():
        assert forget_requests(Actor.system("forget-requests")) == 0
    clock.shift(timedelta(days=1))
    with transaction():
        assert forget_requests(Actor.system("forget-requests")) == 2
    with transaction():
        assert forget_requests(Actor.system("forget-requests")) == 0

    for pk in ids[:2]:
        kept = fresh(pk)
        assert (kept.person, kept.email, kept.phone, kept.words) == (None, None, None, None)
        assert kept.forgotten_on is not None
    assert fresh(ids[2]).person == MARK
    with whole(SET_UP, "look"):
        owners = set(db.session.scalars(select(StoredFile.owner_id)))
        addresses = set(db.session.scalars(select(Letter.address)))
    assert owners == set(ids[1:])
    assert addresses == {None}


# --- Decided by nobody ---


def run_out(done: int) -> None:
    with transaction():
        assert lapse_requests(Actor.system("lapse-requests")) == done


def reminded(clock: time_machine.Coordinates, day: str, kind: str) -> list[tuple[int, str]]:
    clock.move_to(f"{day}T00:05:00Z")
    remind(REMINDERS, actor=SET_UP)
    with whole(SET_UP, "look"):
        wanted = select(Message.recipient_id, Message.occasion).where(Message.kind == f"account_request.{kind}")
        return [tuple(row) for row in db.session.execute(wanted.order_by(Message.id))]


def test_officers_are_reminded_of_the_answer_that_was_promised(
    one: Organization, officer: Actor, clock: time_machine.Coordinates
) -> None:
    person("director")
    refused(asked(email="done@example.org"), officer)
    asked()

    assert reminded(clock, "2026-11-26", "due") == []
    assert reminded(clock, "2026-11-27", "due") == [(officer.user_id, "2026-12-01/2d")]
    assert reminded(clock, "2026-12-01", "due") == [
        (officer.user_id, "2026-12-01/2d"),
        (officer.user_id, "2026-12-01/0d"),
    ]
    assert len(reminded(clock, "2026-12-02", "due")) == 2


def test_officers_and_director_are_told_before_a_request_ends_undecided(
    one: Organization, officer: Actor, clock: time_machine.Coordinates
) -> None:
    director = person("director")
    asked()

    assert reminded(clock, "2027-01-08", "lapses") == []
    first = [(who, "2027-01-23/10d") for who in (officer.user_id, director.user_id)]
    assert sorted(reminded(clock, "2027-01-11", "lapses")) == sorted(first)
    assert len(reminded(clock, "2027-01-22", "lapses")) == 4


def test_what_nobody_decides_ends_after_sixty_days_and_whoever_asked_is_told(
    one: Organization, officer: Actor, clock: time_machine.Coordinates
) -> None:
    request, decided = asked(), asked(email="done@example.org")
    pk, other = request.id, decided.id
    refused(decided, officer)

    clock.shift(timedelta(days=59))
    run_out(0)
    clock.shift(timedelta(days=1))
    run_out(1)
    run_out(0)

    kept = fresh(pk)
    assert (kept.state, str(kept.decided_on), kept.decided_by_id) == (AccountRequestState.LAPSED, "2027-01-23", None)
    assert fresh(other).state is AccountRequestState.REFUSED
    assert [told for to, told in letters() if to == EMAIL and "申请已自动终止" in told]
    with pytest.raises(Refused, match="so this step cannot be taken"):
        verified(fresh(pk), officer)


def test_what_ended_undecided_is_forgotten_thirty_days_later_with_its_papers(
    one: Organization, clock: time_machine.Coordinates
) -> None:
    pk = asked().id
    clock.shift(timedelta(days=60))
    run_out(1)
    assert len(letters()) == 1

    for days, gone in ((29, 0), (1, 1)):
        clock.shift(timedelta(days=days))
        with transaction():
            assert forget_requests(Actor.system("forget-requests")) == gone

    kept = fresh(pk)
    assert (kept.person, kept.email, kept.phone, kept.words) == (None, None, None, None)
    with whole(SET_UP, "look"):
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0
        assert set(db.session.scalars(select(Letter.address))) == {None}


def test_nobody_ends_a_request_before_its_time_is_over(one: Organization, officer: Actor) -> None:
    request = asked()

    with pytest.raises(Refused, match="waits until"):
        lapse_request(request, actor=officer)
    assert fresh(request.id).state is AccountRequestState.RECEIVED


def test_the_form_says_how_long_all_of_it_is_kept_and_staff_read_until_when_they_answer(
    client: FlaskClient, sign_in: SignIn, one: Organization, officer: Actor
) -> None:
    form_page = client.get("/account-request/").get_data(as_text=True)
    pk = asked().id
    page = sign_in(client, "officer").get(f"/account-requests/{pk}").get_data(as_text=True)

    assert "60 天内未作出决定的，申请自动终止并通知您，再过 30 天全部删除" in form_page
    assert re.search(r"答复期限</dt>\s*<dd[^>]*>\s*2026-12-01", page)
    assert re.search(r"自动终止日期</dt>\s*<dd[^>]*>\s*2027-01-23", page)


# --- The pages ---


def form(**more: Any) -> dict[str, Any]:
    return {
        "about": "lost",
        "credit_code": CODE,
        "organization_name": "示例·晨曦服务社",
        "name": MARK,
        "email": EMAIL,
        "phone": "021-55501234",
        "consent": "1",
        "registration": (io.BytesIO(SOUND_PDF), "证书.pdf"),
        "authorization": (io.BytesIO(SOUND_PDF), "授权书.pdf"),
    } | more


def send(client: FlaskClient, **more: Any) -> Any:
    token = token_of(client.get("/account-request/").get_data(as_text=True))
    return client.post("/account-request/", data={"csrf_token": token, **form(**more)})


VARYING = re.compile(r"2026-ZH-\d{4}|nonce-[^\"']+|nonce=\"[^\"]+\"|value=\"[^\"]{20,}\"|[0-9a-f]{32,}")


def test_the_answer_is_the_same_whether_the_organization_is_there_claimed_or_neither(
    client: FlaskClient, one: Organization, counted: Counter
) -> None:
    person("org_admin", organization=OrganizationFactory(number=NUMBER + 1))
    send(client)  # what the process keeps after a first time is no part of the comparison
    answers, sent = [], []
    for code in (CODE, credit_code(NUMBER + 1), credit_code(NUMBER + 2)):
        with counted() as statements:
            answer = send(client, credit_code=code)
        answers.append((answer.status_code, VARYING.sub("", answer.get_data(as_text=True))))
        sent.append(list(statements))

    assert answers[0][0] == 200
    assert answers[0] == answers[1] == answers[2]
    assert sent[0] == sent[1] == sent[2]


def test_what_is_missing_is_told_at_once(client: FlaskClient, one: Organization) -> None:
    answer = send(client, registration="", authorization="", phone="", consent="")

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert page.count("请选择文件") >= 2
    assert 'href="#f-phone"' in page
    assert f'value="{EMAIL}"' in page


@pytest.mark.parametrize("count", ["MOST_OF_ADDRESS", "MOST_OF_ALL"])
def test_requests_are_counted(
    client: FlaskClient, one: Organization, monkeypatch: pytest.MonkeyPatch, count: str
) -> None:
    monkeypatch.setattr(pages_of_requests, count, 2)

    assert [send(client).status_code for _ in range(3)] == [200, 200, 429]


def test_staff_compare_and_verify_from_the_queue(
    client: FlaskClient, sign_in: SignIn, one: Organization, officer: Actor
) -> None:
    before = person("org_admin", organization=one)
    request = asked()
    pk, number, owner = request.id, request.number, one.id
    sign_in(client, "officer")

    queue = client.get("/account-requests/?state=received").get_data(as_text=True)
    page = client.get(f"/account-requests/{pk}").get_data(as_text=True)
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    answer = post(client, f"/account-requests/{pk}/steps/verify", {"earlier": "close", "version": found.group(1)})

    assert number in queue
    assert EMAIL not in queue
    assert all(word in page for word in (EMAIL, "021-55501234", f"示例{before.name}", "登记证书", "授权书"))
    assert f"{before.name}@example.org" not in page
    assert answer.status_code == 302
    assert administrators(owner) == [EMAIL]


def test_who_only_watches_sees_contacts_masked(client: FlaskClient, sign_in: SignIn, one: Organization) -> None:
    person("director", username="director")
    pk = asked().id
    sign_in(client, "director")

    page = client.get(f"/account-requests/{pk}").get_data(as_text=True)

    assert EMAIL not in page
    assert "55501234" not in page
    assert "••••" in page


def test_a_request_costs_few_statements(
    client: FlaskClient, sign_in: SignIn, one: Organization, officer: Actor, counted: Counter
) -> None:
    for number in range(3):
        person("org_admin", organization=one)
        pk = asked(email=f"more{number}@example.org").id
    sign_in(client, "officer")
    client.get(f"/account-requests/{pk}")

    with counted() as statements:
        client.get(f"/account-requests/{pk}")
    assert len(statements) <= 8, "\n".join(statements)


def test_the_ways_to_the_page_are_where_people_look(client: FlaskClient, db_session: Session) -> None:
    for address in ("/", "/claim/"):
        assert 'href="/account-request/"' in client.get(address).get_data(as_text=True)
