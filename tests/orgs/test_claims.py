"""Claiming the account of an existing organization by the code of a letter: once, for 60 days, telling nobody anything."""

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
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kernel.actor import VISITOR, Actor
from kernel.clock import today
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.links import PAGE
from kernel.notices import deliver
from kernel.permissions import permissions_of
from kernel.scope import whole
from orgs.models import ClaimCode
from orgs.operations import claim_account, write_claim_letters
from orgs.operations.claims import MOST_LETTERS, WRONG
from orgs.queries.claims import UNCLAIMED
from orgs.queries.people import people_of
from orgs.reports.claim_letter import LetterOfClaim, build_claim_letters
from orgs.security import MemberRole
from orgs.states import OrganizationStatus
from orgs.views import claims as pages_of_claims
from tests.factories.orgs import SET_UP, OrganizationFactory, credit_code, person
from tests.factories.people import post, token_of

SignIn = Callable[..., FlaskClient]
LINK = re.compile(PAGE + "#([0-9a-f]{64})")
NEW = "eine-lange-Losung-25"
NUMBER = 700
CODE = credit_code(NUMBER)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False) as moment:
        yield moment


@pytest.fixture
def one(app: Flask, db_session: Session) -> int:
    """An organization for which nobody acts, by its id."""
    return OrganizationFactory(number=NUMBER, name="示例·晨曦服务社").id


@pytest.fixture
def letter(one: int, officer: Actor) -> LetterOfClaim:
    return written(officer, one)


def written(officer: Actor, one: int) -> LetterOfClaim:
    with transaction():
        (made,) = write_claim_letters([one], actor=officer)
    return made


def guest() -> Actor:
    return Actor(name=VISITOR.name, permissions=permissions_of(("public",)))


def claimed(code: str, *, of: str = CODE, email: str = "li@example.org", **more: Any) -> int:
    with transaction():
        return claim_account(
            actor=guest(), credit_code=of, code=code, name="示例李", email=email, **{"consent": True} | more
        )


def refused(code: str, **more: Any) -> bool:
    with pytest.raises(Refused) as refusal:
        claimed(code, **more)
    return refusal.value.reasons == (WRONG,)


def posted() -> list[str]:
    """Carry out the letters that wait, and give their tokens."""

    class Kept:
        letters: list[Any] = []

        def open(self) -> Kept:
            return self

        def send(self, letter: Any) -> None:
            self.letters.append(letter.get_body().get_content())

        def close(self) -> None:
            """Nothing is open."""

    post = Kept()
    post.letters = []
    db.session.commit()
    deliver(post, sender="Yulan <no-reply@localhost>")
    return [LINK.findall(told)[0] for told in post.letters]


def use(client: FlaskClient, token: str) -> int:
    form = {"csrf_token": token_of(client.get("/login/link/").get_data(as_text=True))}
    return client.post("/login/link/", data=form | {"token": token, "new": NEW, "again": NEW}).status_code


def people(one: int) -> list[tuple[str, tuple[MemberRole, ...]]]:
    db.session.expire_all()
    with whole(SET_UP, "look"):
        return [(found.email, found.roles) for found in people_of(one)]


def unclaimed() -> list[int]:
    with whole(SET_UP, "look"):
        return [found.id for found in db.session.scalars(UNCLAIMED)]


# --- Letters ---


def test_a_letter_is_for_organizations_for_which_nobody_acts(one: int, officer: Actor) -> None:
    with_people, gone = OrganizationFactory().id, OrganizationFactory(status=OrganizationStatus.DEREGISTERED).id
    person("org_lead", organization_id=with_people)

    letters = write_claim_letters([with_people, one, gone], actor=officer)

    assert unclaimed() == [one]
    assert [(told.name, told.credit_code, told.expires_on) for told in letters] == [
        ("示例·晨曦服务社", CODE, today() + timedelta(days=60))
    ]
    with pytest.raises(Refused, match="Somebody acts for each"):
        write_claim_letters([with_people], actor=officer)


def test_the_code_is_kept_nowhere(letter: LetterOfClaim) -> None:
    with whole(SET_UP, "look"):
        kept = db.session.scalars(select(ClaimCode.code_hash)).one()
        trail = db.session.execute(text("SELECT string_agg(e::text, ' ') FROM audit_event e")).scalar_one()

    assert re.fullmatch(r"[0-9a-f]{64}", kept)
    assert letter.code not in trail
    assert kept not in trail


def test_a_new_letter_makes_the_former_void(one: int, officer: Actor, letter: LetterOfClaim) -> None:
    again = written(officer, one)

    assert refused(letter.code)
    claimed(again.code)
    assert people(one) == [("li@example.org", (MemberRole.ADMIN,))]


def test_no_more_than_a_hundred_letters_at_once(one: int, officer: Actor) -> None:
    with pytest.raises(Refused, match="At most"):
        write_claim_letters(list(range(MOST_LETTERS + 1)), actor=officer)


@pytest.mark.parametrize("code", ["director", "auditor", "org_admin", "reviewer"])
def test_letters_are_the_officers(one: int, code: str) -> None:
    with pytest.raises(Refused, match="not allowed"):
        write_claim_letters([one], actor=person(code))


def test_each_letter_is_a_sheet_of_its_own_without_a_number() -> None:
    letters = [
        LetterOfClaim(f"示例·机构{place}", credit_code(place), "示例路 1 号", "ABC2DEF3GHJ4KMN5", today())
        for place in range(2)
    ]

    sheets = [
        page.extract_text() for page in PdfReader(io.BytesIO(build_claim_letters(letters, day=today()).build())).pages
    ]

    assert len(sheets) == 2
    for place, sheet in enumerate(sheets):
        assert "机构账号认领信" in sheet
        assert f"示例·机构{place}" in sheet
        assert credit_code(place) in sheet
        assert "ABC2-DEF3-GHJ4-KMN5" in sheet
        assert "/claim" in sheet
        assert "共" not in sheet


# --- Claimed ---


def test_the_bearer_becomes_administrator_with_the_link_in_their_mail(
    client: FlaskClient, one: int, letter: LetterOfClaim
) -> None:
    claimed(letter.code.lower().replace("2", "2 -"), of=f" {CODE.lower()} ")
    assert unclaimed() == [one]
    (token,) = posted()

    assert use(client, token) == 302
    assert people(one) == [("li@example.org", (MemberRole.ADMIN,))]
    assert unclaimed() == []
    assert refused(letter.code, email="another@example.org")


def test_who_mistyped_the_address_uses_the_code_once_more(client: FlaskClient, one: int, letter: LetterOfClaim) -> None:
    claimed(letter.code, email="mistyped@example.org")
    (first,) = posted()
    claimed(letter.code, email="li@example.org")
    (second,) = posted()

    assert people(one) == [("li@example.org", (MemberRole.ADMIN,))]
    assert [use(client, first), use(client, second)] == [409, 302]


def test_a_letter_is_too_old_after_sixty_days(letter: LetterOfClaim, clock: time_machine.Coordinates) -> None:
    clock.shift(timedelta(days=60, seconds=1))

    assert refused(letter.code)


def test_whatever_does_not_open_gets_one_answer(one: int, officer: Actor, letter: LetterOfClaim) -> None:
    other = OrganizationFactory(number=NUMBER + 1).id
    theirs = written(officer, other)

    assert refused("ABC2-DEF3-GHJ4-KMN5")
    assert refused("")
    assert refused(theirs.code)
    assert refused(letter.code, of=credit_code(NUMBER + 2))
    assert refused(letter.code, of="nonsense")
    person("org_admin", organization_id=one)
    assert refused(letter.code)


def test_whoever_was_removed_does_not_come_back_by_the_letter(
    client: FlaskClient, one: int, letter: LetterOfClaim
) -> None:
    claimed(letter.code)
    use(client, posted()[0])
    with whole(SET_UP, "set-up"):
        db.session.execute(text("UPDATE account SET organization_id = NULL WHERE organization_id = :one"), {"one": one})
    db.session.commit()

    assert unclaimed() == [one]
    assert refused(letter.code, email="again@example.org")


def test_consent_and_an_address_of_ones_own_are_asked_for(one: int, letter: LetterOfClaim, officer: Actor) -> None:
    for more, field in (
        ({"consent": False}, "consent"),
        ({"email": "li"}, "email"),
        ({"email": "officer@example.org"}, "email"),
    ):
        with pytest.raises(Invalid) as invalid:
            claimed(letter.code, **more)
        assert list(invalid.value.problems) == [field]
    assert people(one) == []


# --- The pages ---


def form(code: str, **more: str) -> dict[str, str]:
    told = {"credit_code": CODE, "code": code, "name": "示例李", "email": "li@example.org", "consent": "1"}
    return told | more


def send(client: FlaskClient, data: dict[str, str]) -> Any:
    token = token_of(client.get("/claim/").get_data(as_text=True))
    return client.post("/claim/", data={"csrf_token": token, **data})


def test_the_page_takes_both_codes(client: FlaskClient, one: int, letter: LetterOfClaim) -> None:
    unknown = send(client, form("ABC2-DEF3-GHJ4-KMN5"))
    nobodys = send(client, form(letter.code, credit_code=credit_code(NUMBER + 5)))
    empty = send(client, {})
    taken = send(client, form(letter.code))

    assert [answer.status_code for answer in (unknown, nobodys, empty, taken)] == [409, 409, 422, 200]
    for answer in (unknown, nobodys):
        assert WRONG.render("zh") in answer.get_data(as_text=True)
    assert "带链接的邮件已发往 li@example.org" in taken.get_data(as_text=True)
    assert people(one) == [("li@example.org", (MemberRole.ADMIN,))]


@pytest.mark.parametrize("count", ["MOST_CLAIMS_OF_ADDRESS", "MOST_CLAIMS_OF_ORGANIZATION"])
def test_guesses_are_counted(
    client: FlaskClient, one: int, letter: LetterOfClaim, monkeypatch: pytest.MonkeyPatch, count: str
) -> None:
    monkeypatch.setattr(pages_of_claims, count, 2)

    answers = [send(client, form(code)).status_code for code in ("ABC2", "ABC3", letter.code)]

    assert answers == [409, 409, 429]
    assert people(one) == []


def test_staff_print_letters_from_the_list(client: FlaskClient, sign_in: SignIn, one: int, officer: Actor) -> None:
    sign_in(client, "officer")
    before = client.get("/claims/").get_data(as_text=True)
    asked = post(client, "/claims/letters", {"rowid": [str(one)], "action": "write_letters"})
    file = post(client, "/claims/letters", {"rowid": str(one), "sure": "1"})
    after = client.get("/claims/").get_data(as_text=True)

    assert CODE in before
    assert "有效期至" not in before
    assert (asked.status_code, f'name="rowid" value="{one}"' in asked.get_data(as_text=True)) == (200, True)
    assert ">示例·晨曦服务社</a>" in asked.get_data(as_text=True)
    assert (file.status_code, file.mimetype) == (200, "application/pdf")
    assert "attachment; filename=claim-letters-20261124" in file.headers["Content-Disposition"]
    assert "有效期至 2027-01-23" in after
    (sheet,) = PdfReader(io.BytesIO(file.get_data())).pages
    code = re.findall(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", sheet.extract_text())
    claimed(code[0])


def test_letters_need_a_fresh_proof(
    client: FlaskClient, sign_in: SignIn, one: int, officer: Actor, clock: time_machine.Coordinates
) -> None:
    sign_in(client, "officer")
    clock.shift(timedelta(minutes=11))

    asked = post(client, "/claims/letters", {"rowid": str(one), "sure": "1"})

    assert asked.status_code == 409
    assert 'name="proof_password"' in asked.get_data(as_text=True)
    with whole(SET_UP, "look"):
        assert db.session.scalars(select(ClaimCode.id)).all() == []


def test_a_visitor_finds_the_way_from_the_first_page(client: FlaskClient, db_session: Session) -> None:
    assert 'href="/claim/"' in client.get("/").get_data(as_text=True)


def test_the_list_narrows_by_the_letter(
    client: FlaskClient, sign_in: SignIn, one: int, letter: LetterOfClaim, clock: time_machine.Coordinates
) -> None:
    OrganizationFactory(number=NUMBER + 1, name="示例·没有信的机构")
    clock.shift(timedelta(days=30))

    def found(kind: str) -> list[bool]:
        sign_in(client, "officer")
        page = client.get(f"/claims/?letter={kind}").get_data(as_text=True)
        return ["示例·晨曦服务社" in page, "示例·没有信的机构" in page]

    assert (found("none"), found("open"), found("over")) == ([False, True], [True, False], [False, False])
    clock.shift(timedelta(days=31))
    assert (found("open"), found("over")) == ([False, False], [True, False])
