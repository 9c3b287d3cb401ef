"""Requests for an organization's account with papers: asked for on a public page, verified or refused by staff.

Asking looks nothing up: whether the organization is on the register, and whether anybody acts for it, shows neither in
the answer nor in how long it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, BinaryIO, Final

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import acting
from kernel.clock import today
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.files import IMAGES, StoredFile, extension_of, store_upload
from kernel.notices import forget_addresses, locale_of, occasion_of
from kernel.numbering import next_number
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if
from orgs import credit_code as codes, notices, rules
from orgs.models import AccountRequest, Organization
from orgs.operations.blacklist import NOBODYS
from orgs.operations.members import address_is_free, address_problem, bring_in, let_go
from orgs.operations.problems import refuse_fields
from orgs.queries.claims import organization_by_code, requests_over, requests_to_forget
from orgs.queries.people import Person, people_of
from orgs.security import MemberRole
from orgs.states import AccessReason, AccountRequestState, EarlierPeople, RequestPaper
from orgs.workflows import ACCOUNT_REQUEST

ACCOUNT_REQUEST.govern(AccountRequest)

SERIES: Final = "ZH"
LARGEST: Final = 10 << 20
PAPERS: Final = frozenset({"pdf"}) | IMAGES
KEPT_DAYS: Final = 30


@deed("ask", "AccountRequest")
def ask_for_account(
    *,
    actor: Actor,
    about: Annotated[AccessReason, Ask("Why you ask")],
    credit_code: Annotated[str, Ask("Unified social credit code", hint="18 signs, as on the certificate.", most=40)],
    organization_name: Annotated[str, Ask("Name of the organization", hint="As on the certificate.", most=200)],
    name: Annotated[str, Ask("Your name", most=64)],
    email: Annotated[str, Ask("Your e-mail", hint="The answer goes there; you sign in with it.", most=200)],
    phone: Annotated[str, Ask("Your phone", hint="In case the Centre has a question.", most=20)],
    registration: BinaryIO,
    registration_name: str,
    authorization: BinaryIO,
    authorization_name: str,
    words: Annotated[str, Ask("What else the Centre should know", long=True, most=1000)] = "",
    consent: Annotated[
        bool, Ask("I act for this organization, and the Centre may keep these details and papers to verify that.")
    ] = False,
    locale: Annotated[str, Ask("Language of the letter")] = "zh",
) -> AccountRequest:
    """Ask the Centre for an organization's account, with two papers that show that one acts for it.

    Raises Invalid for a code whose checks do not hold or an address that is none, Refused for a file that is not what
    it says; nothing of the register is looked up.
    """
    refuse_fields(
        credit_code=codes.problem_with(credit_code),
        email=address_problem(email),
        phone=rules.phone_is_written_right(phone.strip()),
        consent=None if consent else Sentence("Please confirm this."),
    )
    request = AccountRequest(
        number=next_number(db.session(), SERIES, today().year),
        state=AccountRequestState.RECEIVED,
        about=about,
        credit_code=codes.normalize(credit_code),
        organization_name=organization_name.strip(),
        person=name.strip(),
        email=email.strip(),
        phone=phone.strip(),
        words=words.strip() or None,
        locale=locale,
        asked_on=today(),
    )
    db.session.add(request)
    db.session.flush()
    _keep(request, RequestPaper.REGISTRATION, registration, registration_name, actor)
    _keep(request, RequestPaper.AUTHORIZATION, authorization, authorization_name, actor)
    notices.REQUEST_RECEIVED.send(request, actor=actor)
    return request


@ACCOUNT_REQUEST.step("verify")
def verify_request(
    request: AccountRequest,
    *,
    actor: Actor,
    earlier: Annotated[
        EarlierPeople,
        Ask("Those who administered the account before", hint="They are told by mail either way."),
    ] = EarlierPeople.KEEP,
) -> int:
    """Let whoever asked into the organization's account as administrator; they get a one-time link. Gives the user's id.

    Raises Refused when the address belongs to an account that stays.
    """
    organization = organization_by_code(request.credit_code)
    assert organization is not None, "the guard has found it"
    lock(organization)
    assert request.person is not None
    assert request.email is not None
    if earlier is EarlierPeople.CLOSE:
        before = [one for one in people_of(organization.id) if MemberRole.ADMIN in one.roles]
        _close(before, request, organization, actor)
    refuse_if(address_is_free(request.email))
    user_id = bring_in(
        organization,
        actor=actor,
        name=request.person,
        email=request.email,
        role=MemberRole.ADMIN,
        locale=request.locale,
        notice=notices.REQUEST_GRANTED,
    )
    request.organization_id, request.user_id, request.earlier = organization.id, user_id, earlier
    request.decided_on, request.decided_by_id = today(), actor.user_id
    return user_id


@ACCOUNT_REQUEST.step("refuse")
def refuse_request(
    request: AccountRequest,
    *,
    actor: Actor,
    answer: Annotated[
        str,
        Ask(
            "Reason",
            hint="It goes to an address that nobody has verified: say nothing of the organization that is not public.",
            long=True,
            most=1000,
        ),
    ],
) -> None:
    """Give the account to nobody, and write why to whoever asked."""
    request.decided_on, request.decided_by_id, request.answer = today(), actor.user_id, answer


@ACCOUNT_REQUEST.after("refuse")
def write_back(request: AccountRequest, *, actor: Actor) -> None:
    """Write to whoever asked, who has no inbox here."""
    assert request.email is not None
    notices.REQUEST_REFUSED.write_to(request.email, request, locale=request.locale, actor=actor)


@ACCOUNT_REQUEST.step("lapse")
def lapse_request(request: AccountRequest, *, actor: Actor) -> None:
    """End a request that nobody has decided in sixty days: what is kept of somebody is kept for a decision alone."""
    request.decided_on = today()


@ACCOUNT_REQUEST.after("lapse")
def write_that_it_ended(request: AccountRequest, *, actor: Actor) -> None:
    """Write to whoever asked that they wait in vain, and may ask again."""
    assert request.email is not None
    notices.REQUEST_LAPSED.write_to(request.email, request, locale=request.locale, actor=actor)


def lapse_requests(actor: Actor) -> int:
    """End the requests that nobody has decided in time; gives how many. For the clock, each night."""
    with whole(actor, "lapse-requests"):
        found = requests_over(today())
        for request in found:
            lapse_request(request, actor=actor)
        return len(found)


def forget_requests(actor: Actor) -> int:
    """Forget who asked, thirty days after the decision or the end; gives of how many. For the clock, each night.

    The papers go as well, but for those of a verified request: they show why somebody was let in.
    """
    with whole(actor, "forget-requests"), acting(actor, "AccountRequest.forget"):
        found = requests_to_forget(today() - timedelta(days=KEPT_DAYS))
        for request in found:
            lock(request)
            request.person = request.email = request.phone = request.words = None
            request.forgotten_on = today()
            forget_addresses(occasion_of(request))
            if request.state is not AccountRequestState.VERIFIED:
                _delete_papers(request)
        db.session.flush()
        return len(found)


def _keep(request: AccountRequest, paper: RequestPaper, stream: BinaryIO, filename: str, actor: Actor) -> None:
    """Keep a paper under a name of ours: what people call their files may name people, and stands in the trail."""
    name = f"{paper.value}.{extension_of(filename)}"
    try:
        store_upload(
            stream,
            name,
            owner=request,
            kind=paper.value,
            actor=actor,
            allowed=PAPERS,
            limit=LARGEST,
            organization_id=NOBODYS,
            restricted=True,
        )
    except Refused as refused:
        raise Invalid({paper.value: list(refused.reasons)}) from None


def _close(before: Sequence[Person], request: AccountRequest, organization: Organization, actor: Actor) -> None:
    for one in before:
        # Written before the account is closed, since its address goes with it.
        notices.ACCESS_TAKEN.write_to(
            one.email,
            request,
            locale=locale_of(one.user_id),
            actor=actor,
            recipient_id=one.user_id,
            organization=organization.name,
        )
        let_go(one.user_id, organization, actor=actor)


def _delete_papers(request: AccountRequest) -> None:
    """Take the records of the papers away; the store's own housekeeping removes contents that no record knows."""
    own = (StoredFile.owner_kind == AccountRequest.__name__, StoredFile.owner_id == request.id)
    for file in db.session.scalars(select(StoredFile).where(*own)).all():
        db.session.delete(file)
