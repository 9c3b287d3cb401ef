"""Who is told what about the people of an organization: invited, let in by a letter or with papers, changed, removed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from kernel.db import db
from kernel.links import OneTimeLink, in_letters_of
from kernel.notices import Notice, Topic, members_of, to_role
from kernel.people import Account
from orgs.models import AccountRequest, Organization


def _organization_of_link(link: OneTimeLink) -> dict[str, Any]:
    own = select(Organization.name).join(Account, Account.organization_id == Organization.id)
    return {"organization": db.session.scalar(own.where(Account.user_id == link.user_id)) or ""}


INVITED = in_letters_of(
    Notice(
        key="member.invited",
        topic=Topic.ACCOUNT,
        to=lambda link: [link.user_id],
        headline="You are invited to act for {organization}",
        body="You are invited to act for {organization} at Yulan. Open the link below within 7 days and choose your"
        " password; you then sign in with this e-mail address. Nobody else knows this link.",
        params=_organization_of_link,
        link=lambda _record: "/organization/",
    )
)

CLAIMED = in_letters_of(
    Notice(
        key="claim.begun",
        topic=Topic.ACCOUNT,
        to=lambda link: [link.user_id],
        headline="The account of {organization} is yours once you open this link",
        body="You have claimed the account of {organization} at Yulan. Open the link below within 7 days and choose your"
        " password; you then sign in with this e-mail address. If it was not you, please tell the Centre.",
        params=_organization_of_link,
        link=lambda _record: "/organization/",
    )
)

REQUEST_GRANTED = in_letters_of(
    Notice(
        key="account_request.granted",
        topic=Topic.ACCOUNT,
        to=lambda link: [link.user_id],
        headline="The Centre has verified your request: the account of {organization} is yours once you open this link",
        body="You asked for the account of {organization} at Yulan, and the Centre has verified your papers. Open the"
        " link below within 7 days and choose your password; you then sign in with this e-mail address as administrator"
        " of the organization. Nobody else knows this link.",
        params=_organization_of_link,
        link=lambda _record: "/organization/",
    )
)


def _of_request(request: AccountRequest) -> dict[str, Any]:
    told = {"number": request.number, "organization": request.organization_name, "answer": request.answer or ""}
    return told | {"day": request.asked_on}


_administrators = members_of(lambda request: request.organization_id, "org_admin")


def _asking_again(_request: AccountRequest) -> str:
    return "/account-request/"


def _request(request: AccountRequest) -> str:
    return f"/account-requests/{request.id}"


REQUEST_RECEIVED = Notice(
    key="account_request.received",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="Somebody asks for the account of {organization} ({number})",
    body="Please compare the papers with the register and verify or refuse the request.",
    params=_of_request,
    link=_request,
    by_mail=False,
)
REQUEST_REFUSED = Notice(
    key="account_request.refused",
    topic=Topic.ACCOUNT,
    to=lambda _request: (),
    headline="Your request {number} for the account of {organization} is refused",
    body="On {day} you asked the Centre for the account of {organization} at Yulan. It cannot be given to you. Reason:"
    " {answer} If you can show that you act for the organization, please ask again below. Your papers are deleted after"
    " 30 days.",
    params=_of_request,
    link=_asking_again,
)
REQUEST_LAPSED = Notice(
    key="account_request.lapsed",
    topic=Topic.ACCOUNT,
    to=lambda _request: (),
    headline="Your request {number} for the account of {organization} has ended undecided",
    body="On {day} you asked the Centre for the account of {organization} at Yulan. Nobody has decided on it in time, so it"
    " has ended. Your papers and what you wrote about yourself are deleted after 30 days. We are sorry; please ask again"
    " below, or call the Centre.",
    params=_of_request,
    link=_asking_again,
)
ANSWER_DUE = Notice(
    key="account_request.due",
    topic=Topic.DEADLINES,
    to=to_role("officer"),
    headline="A request for an account is to be answered by {due} ({number})",
    body="Somebody asked for the account of {organization} on {day} and was told to expect an answer within five working"
    " days. Please compare the papers with the register and verify or refuse the request.",
    params=_of_request,
    link=_request,
)
REQUEST_LAPSES = Notice(
    key="account_request.lapses",
    topic=Topic.DEADLINES,
    to=to_role("officer", "director"),
    headline="A request for an account ends undecided on {due} ({number})",
    body="Somebody asked for the account of {organization} on {day}, and nobody has decided on it. On {due} it ends by"
    " itself, and its papers are deleted 30 days later.",
    params=_of_request,
    link=_request,
)
ACCESS_GIVEN = Notice(
    key="account_request.given",
    topic=Topic.ACCOUNT,
    to=lambda request: set(_administrators(request)) - {request.user_id},
    headline="The Centre has let another administrator into the account of {organization}",
    body="Somebody showed the Centre the registration certificate and a letter of authorization of {organization} and is"
    " administrator of its account from now on ({number}). Your own account stays as it is. If this is not right,"
    " please tell the Centre at once.",
    params=_of_request,
    link=lambda _record: "/organization/",
)
ACCESS_TAKEN = Notice(
    key="account_request.taken",
    topic=Topic.ACCOUNT,
    to=lambda _request: (),
    headline="Your account for {organization} is closed",
    body="Somebody showed the Centre the registration certificate and a letter of authorization of {organization} and is"
    " administrator of its account from now on ({number}); your own account is closed. If this is not right, please"
    " tell the Centre at once, or ask for the account with papers of your own.",
    params=_of_request,
    link=_asking_again,
)

PEOPLE_CHANGED = Notice(
    key="member.changed",
    topic=Topic.ACCOUNT,
    to=members_of(lambda account: account.organization_id, "org_admin"),
    headline="The people of your organization changed",
    body="{what} Done by {who}. If you did not expect this, please tell the Centre.",
    link=lambda _record: "/organization/",
)
