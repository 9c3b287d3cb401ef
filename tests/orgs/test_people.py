"""The people of an organization: invited by a link, given roles, removed; never another organization's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Invalid, NotFound, Refused
from kernel.links import PAGE
from kernel.notices import Letter, Message, deliver
from kernel.people import Account
from kernel.scope import see_as, whole
from kernel.sessions import identify, start_session
from kernel.words import Sentence
from orgs.models import Invitation, Organization
from orgs.models.invitation import MemberState
from orgs.operations import (
    give_member_roles,
    invite_member,
    remove_member,
    resend_invitation,
    withdraw_invitation,
)
from orgs.operations.members import LAST_ONE, TOO_LATE
from orgs.queries.people import Person, people_of
from orgs.security import MemberRole
from orgs.views import people as pages_of_people
from tests.factories.orgs import SET_UP, OrganizationFactory, person
from tests.factories.people import post, token_of
from tests.orgs.conftest import Counter

SignIn = Callable[..., FlaskClient]
LINK = re.compile(PAGE + "#([0-9a-f]{64})")
NEW = "eine-lange-Losung-25"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False) as moment:
        yield moment


@pytest.fixture
def one(app: Flask, db_session: Session) -> int:
    """An organization, by its id: what a commit forgets is read anew."""
    return OrganizationFactory(name="示例·晨曦服务社").id


@pytest.fixture
def admin(one: int) -> Actor:
    return person("org_admin", organization_id=one, username="own")


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, admin: Actor) -> FlaskClient:
    """The organization's administrator, signed in."""
    return sign_in(client, "own")


def invited(one: int, by: Actor, role: MemberRole = MemberRole.LEAD, email: str = "mei@example.org") -> int:
    with transaction():
        return invite_member(organization_of(one), actor=by, name="示例梅", email=email, role=role)


def organization_of(pk: int) -> Organization:
    with whole(SET_UP, "look"):
        return db.session.scalars(select(Organization).where(Organization.id == pk)).one()


def people(one: int) -> dict[str, Person]:
    db.session.expire_all()
    with whole(SET_UP, "look"):
        return {found.username: found for found in people_of(one)}


def account_of(user_id: int | None) -> Account:
    with whole(SET_UP, "look"):
        return db.session.scalars(select(Account).where(Account.user_id == user_id)).one()


class Kept:
    """A mail server that keeps what it is given: to whom, and the text."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []

    def open(self) -> Kept:
        return self

    def send(self, letter: Any) -> None:
        self.letters.append((letter["To"], letter.get_body().get_content()))

    def close(self) -> None:
        """Nothing is open."""


def posted() -> list[tuple[str, str]]:
    """Carry out the letters that wait, and give them."""
    post = Kept()
    db.session.commit()
    deliver(post, sender="Yulan <no-reply@localhost>")
    return post.letters


def token_in(letter: tuple[str, str]) -> str:
    (token,) = LINK.findall(letter[1])
    return token


def subjects() -> list[str]:
    with whole(SET_UP, "look"):
        return list(db.session.scalars(select(Letter.subject).order_by(Letter.id)))


def use(client: FlaskClient, token: str) -> int:
    form = {"csrf_token": token_of(client.get("/login/link/").get_data(as_text=True))}
    return client.post("/login/link/", data=form | {"token": token, "new": NEW, "again": NEW}).status_code


def told_to(user_id: int | None) -> list[str]:
    with whole(SET_UP, "look"):
        wanted = select(Message.text).where(Message.recipient_id == user_id, Message.kind == "member.changed")
        return list(db.session.scalars(wanted.order_by(Message.id)))


# --- Invited ---


def test_an_invited_person_gets_one_letter_and_no_password(one: int, admin: Actor) -> None:
    invited(one, admin, email=" Mei@Example.org ")

    found = people(one)["mei"]
    ((to, text),) = posted()

    assert (to, len(LINK.findall(text))) == ("Mei@Example.org", 1)
    assert subjects() == ["邀请您代表示例·晨曦服务社办事"]
    assert (found.name, found.email, found.roles) == ("示例梅", "Mei@Example.org", (MemberRole.LEAD,))
    assert (found.state, found.expires_at) == (MemberState.INVITED, now() + timedelta(days=7))


def test_the_letter_speaks_the_language_of_the_invited(one: int, admin: Actor) -> None:
    with transaction():
        invite_member(
            organization_of(one), actor=admin, name="Mei", email="mei@example.org", role=MemberRole.LEAD, locale="en"
        )

    assert subjects() == ["You are invited to act for 示例·晨曦服务社"]
    assert account_of(people(one)["mei"].user_id).locale == "en"


def test_the_link_opens_once_and_then_the_person_acts(client: FlaskClient, one: int, admin: Actor) -> None:
    invited(one, admin)
    token = token_in(posted()[0])

    assert [use(client, token), use(client, token)] == [302, 409]
    assert people(one)["mei"].state is MemberState.ACTIVE
    assert people(one)["mei"].expires_at is None


def test_an_invitation_is_over_after_seven_days_by_any_link(
    client: FlaskClient, one: int, admin: Actor, clock: time_machine.Coordinates
) -> None:
    invited(one, admin)
    first = token_in(posted()[0])
    clock.shift(timedelta(days=7, seconds=1))
    asked = {"csrf_token": token_of(client.get("/login/forgotten/").get_data(as_text=True)), "who": "mei"}
    client.post("/login/forgotten/", data=asked)
    other = token_in(posted()[0])

    assert [use(client, first), use(client, other)] == [409, 409]
    assert people(one)["mei"].state is MemberState.LAPSED
    assert TOO_LATE.render("zh") == "邀请已过期，请让邀请您的人重新发一次。"


def test_sending_again_makes_the_earlier_link_worthless(
    client: FlaskClient, one: int, admin: Actor, clock: time_machine.Coordinates
) -> None:
    user_id = invited(one, admin)
    first = token_in(posted()[0])
    clock.shift(timedelta(days=8))
    with transaction():
        resend_invitation(account_of(user_id), actor=admin)
    second = token_in(posted()[0])

    assert people(one)["mei"].expires_at == now() + timedelta(days=7)
    assert [use(client, first), use(client, second)] == [409, 302]


def test_a_withdrawn_invitation_opens_nothing_and_frees_the_address(
    client: FlaskClient, one: int, admin: Actor
) -> None:
    user_id = invited(one, admin)
    token = token_in(posted()[0])
    with transaction():
        withdraw_invitation(account_of(user_id), actor=admin)

    assert use(client, token) == 409
    assert list(people(one)) == ["own"]
    invited(one, admin)
    assert list(people(one)) == ["own", "mei"]


def test_an_accepted_invitation_is_neither_sent_nor_withdrawn(client: FlaskClient, one: int, admin: Actor) -> None:
    user_id = invited(one, admin)
    use(client, token_in(posted()[0]))

    for carry_out in (resend_invitation, withdraw_invitation):
        with pytest.raises(Refused) as refusal:
            carry_out(account_of(user_id), actor=admin)
        assert refusal.value.reasons == (Sentence("This person has accepted the invitation already."),)


@pytest.mark.parametrize("email", ["", "mei", "mei@example", "a b@example.org", "a@b@example.org", "<mei@example.org>"])
def test_what_is_no_address_is_told(one: int, admin: Actor, email: str) -> None:
    with pytest.raises(Invalid) as invalid:
        invited(one, admin, email=email)

    told = Sentence("Please write an e-mail address, such as name@example.org.")
    assert invalid.value.problems == {"email": (told,)}


def test_an_address_has_one_account(one: int, admin: Actor) -> None:
    with pytest.raises(Invalid) as invalid:
        invited(one, admin, email="OWN@example.org")

    told = Sentence("This address belongs to an account already. Please take another one.")
    assert invalid.value.problems == {"email": (told,)}


def test_people_with_the_same_first_part_of_an_address_get_names_of_their_own(one: int, admin: Actor) -> None:
    for address in ("mei@example.org", "mei@example.com", "梅@example.net"):
        invited(one, admin, email=address)

    assert set(people(one)) == {"own", "mei", "mei2", "user"}


# --- Roles ---


def test_roles_are_those_of_the_list_and_one_at_least(one: int, admin: Actor) -> None:
    account = account_of(person("org_lead", organization_id=one).user_id)

    for roles in ([], ["officer"]):
        with pytest.raises(Invalid) as invalid:
            give_member_roles(account, actor=admin, roles=roles)
        assert list(invalid.value.problems) == ["roles"]
    give_member_roles(account, actor=admin, roles=["org_finance", "org_admin", "officer"])

    name = next(found for found in people(one).values() if found.id == account.id)
    assert name.roles == (MemberRole.ADMIN, MemberRole.FINANCE)


def test_the_other_administrators_are_told(
    one: int, admin: Actor, officer: Actor, clock: time_machine.Coordinates
) -> None:
    lead = person("org_lead", organization_id=one, username="lead")
    give_member_roles(account_of(lead.user_id), actor=officer, roles=["org_finance"])
    invited(one, officer)
    clock.shift(timedelta(minutes=1))
    remove_member(account_of(lead.user_id), actor=officer)

    told = [text.splitlines()[1].split(" 操作人")[0] for text in told_to(admin.user_id)]
    assert told == [
        "示例lead 在本机构的角色已更改。",
        "已邀请 示例梅 代表本机构办事。",
        "示例lead 不再代表本机构办事。",
    ]


@pytest.mark.parametrize("by_staff", [False, True])
def test_the_last_administrator_stays(one: int, admin: Actor, officer: Actor, by_staff: bool) -> None:
    invited(one, admin, MemberRole.ADMIN)
    locked = person("org_admin", organization_id=one, username="locked")
    with whole(SET_UP, "set-up"):
        db.session.get_one(User, locked.user_id).active = False
        db.session.flush()
    actor, account = officer if by_staff else admin, account_of(admin.user_id)

    with pytest.raises(Refused) as demoted:
        give_member_roles(account, actor=actor, roles=["org_lead"])
    with pytest.raises(Refused) as removed:
        remove_member(account, actor=actor)

    assert demoted.value.reasons == removed.value.reasons == (LAST_ONE,)


def test_with_a_second_administrator_the_first_may_go(one: int, admin: Actor) -> None:
    second = person("org_admin", organization_id=one, username="second")

    remove_member(account_of(admin.user_id), actor=admin)

    assert list(people(one)) == ["second"]
    with pytest.raises(Refused):
        remove_member(account_of(second.user_id), actor=second)


def test_who_is_removed_has_no_way_in_and_no_name_is_lost(one: int, admin: Actor) -> None:
    lead = person("org_lead", organization_id=one, username="lead")

    remove_member(account_of(lead.user_id), actor=admin)

    with whole(SET_UP, "look"):
        user = db.session.get_one(User, lead.user_id)
        assert (user.active, user.last_name, user.roles) == (False, "示例lead", [])
        assert "lead@example.org" not in (user.email, user.username)
    assert account_of(lead.user_id).organization_id is None
    assert invited(one, admin, email="lead@example.org") != lead.user_id


# --- Not another's, not everybody's ---


def test_nobody_touches_another_organization(one: int, admin: Actor) -> None:
    other = OrganizationFactory().id
    theirs = account_of(person("org_admin", organization_id=other).user_id)
    invited_there = account_of(invited(other, SET_UP))
    own_alone = (Sentence("You can act for your own organization only."),)

    with pytest.raises(Refused) as refusal:
        invited(other, admin, email="li@example.org")
    assert refusal.value.reasons == own_alone
    for carry_out in (remove_member, resend_invitation, withdraw_invitation):
        with pytest.raises(Refused) as refusal:
            carry_out(invited_there, actor=admin)
        assert refusal.value.reasons == own_alone
    with pytest.raises(Refused) as refusal:
        give_member_roles(theirs, actor=admin, roles=["org_lead"])
    assert refusal.value.reasons == own_alone


def test_nobody_takes_a_person_of_the_centre_for_a_member(officer: Actor) -> None:
    colleague = account_of(person("director").user_id)

    for carry_out in (remove_member, resend_invitation, withdraw_invitation):
        with pytest.raises(NotFound):
            carry_out(colleague, actor=officer)


@pytest.mark.parametrize("code", ["org_lead", "org_finance", "director", "auditor"])
def test_people_are_for_the_administrator_and_the_officers(one: int, admin: Actor, code: str) -> None:
    actor = person(code, organization_id=one if code.startswith("org") else None)
    account = account_of(invited(one, admin))

    with pytest.raises(Refused, match="not allowed"):
        invited(one, actor, email="li@example.org")
    with pytest.raises(Refused, match="not allowed"):
        give_member_roles(account, actor=actor, roles=["org_lead"])
    for carry_out in (remove_member, resend_invitation, withdraw_invitation):
        with pytest.raises(Refused, match="not allowed"):
            carry_out(account, actor=actor)


def test_readers_see_the_invitations_of_their_own_organization(one: int, admin: Actor) -> None:
    other = OrganizationFactory().id
    mine, theirs = invited(one, admin), invited(other, SET_UP, email="li@example.org")

    def seen(actor: Actor) -> list[int]:
        see_as(actor)
        return sorted(db.session.scalars(select(Invitation.user_id)))

    assert seen(admin) == [mine]
    assert seen(person("officer")) == sorted([mine, theirs])
    with pytest.raises(ProgrammingError, match="permission denied"):
        seen(person("reviewer"))


# --- The pages ---


def test_the_administrator_invites_on_the_page(desk: FlaskClient, one: int, counted: Counter) -> None:
    form = {"name": "示例梅", "email": "mei@example.org", "role": "org_finance", "locale": "zh"}
    url = f"/organizations/{one}/people"

    wrong = post(desk, f"{url}/new", form | {"email": "mei"})
    taken = post(desk, f"{url}/new", form)
    page = desk.get(url).get_data(as_text=True)

    assert (wrong.status_code, taken.status_code, taken.headers["Location"]) == (422, 302, url)
    assert 'value="mei"' in wrong.get_data(as_text=True)
    assert "示例梅" in page
    assert "••••@example.org" in page
    assert "已邀请" in page
    assert "有效期至" in page
    assert "mei@example.org<" not in page


def test_too_many_invitations_are_put_off(desk: FlaskClient, one: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_of_people, "MOST_LETTERS", 1)
    form = {"name": "示例梅", "role": "org_lead", "locale": "zh"}
    url = f"/organizations/{one}/people/new"

    answers = [post(desk, url, form | {"email": f"mei{number}@example.org"}) for number in range(2)]

    assert [answer.status_code for answer in answers] == [302, 409]
    assert "请 60 分钟后再试" in answers[1].get_data(as_text=True)
    assert len(people(one)) == 2


def test_a_role_that_was_changed_meanwhile_is_told(desk: FlaskClient, one: int, officer: Actor) -> None:
    lead = person("org_lead", organization_id=one, username="lead")
    url = f"/organizations/people/{account_of(lead.user_id).id}/give_roles"
    (version,) = re.findall(r'name="version" value="(\d+)"', desk.get(url).get_data(as_text=True))
    with transaction():
        give_member_roles(account_of(lead.user_id), actor=officer, roles=["org_finance"])

    late = post(desk, url, {"roles": ["org_admin"], "version": version})

    assert late.status_code == 409
    assert "其间有人改动了此人的资料" in late.get_data(as_text=True)
    assert people(one)["lead"].roles == (MemberRole.FINANCE,)
    assert post(desk, url, {"roles": ["org_admin"], "version": str(int(version) + 1)}).status_code == 302
    assert people(one)["lead"].roles == (MemberRole.ADMIN,)


def test_who_is_removed_is_signed_out_at_once(desk: FlaskClient, one: int) -> None:
    lead = person("org_lead", organization_id=one, username="lead")
    url = f"/organizations/people/{account_of(lead.user_id).id}/remove"
    db.session.commit()
    token = start_session(lead.user_id or 0, locale="zh", address="", agent="")

    gone = post(desk, url)

    assert (gone.status_code, gone.headers["Location"]) == (302, f"/organizations/{one}/people")
    assert identify(token) is None


@pytest.mark.parametrize("name", ["give_roles", "resend", "withdraw", "remove", "another"])
def test_another_organizations_people_are_not_there(desk: FlaskClient, name: str) -> None:
    other = OrganizationFactory().id
    account = account_of(invited(other, SET_UP))

    assert desk.get(f"/organizations/people/{account.id}/{name}").status_code == 404
    assert post(desk, f"/organizations/people/{account.id}/{name}").status_code == 404
    assert desk.get(f"/organizations/{other}/people").status_code == 404
    assert post(desk, f"/organizations/{other}/people/new").status_code == 404


def test_a_role_is_changed_with_a_fresh_proof_alone(
    desk: FlaskClient, one: int, clock: time_machine.Coordinates
) -> None:
    lead = account_of(person("org_lead", organization_id=one, username="lead").user_id)
    clock.shift(timedelta(minutes=11))

    asked = post(desk, f"/organizations/people/{lead.id}/give_roles", {"roles": ["org_admin"]})

    assert asked.status_code == 409
    assert 'name="proof_password"' in asked.get_data(as_text=True)
    assert people(one)["lead"].roles == (MemberRole.LEAD,)
