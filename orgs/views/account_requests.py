"""Requests for an organization's account with papers: the public page that takes them, and the staff's queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final, cast

from flask import render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import or_
from sqlalchemy.orm import undefer_group

from kernel import pages
from kernel.arguments import arguments_of, read_arguments
from kernel.attempts import MINUTES
from kernel.audit import masked
from kernel.db import transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor, current_locale
from kernel.people import names_of
from kernel.scope import whole
from kernel.sessions import attempts_left
from kernel.sign_in import too_many
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.steps import field_of, typed_values
from kernel.views import Column, Filter, Page, RecordView, Search, door
from kernel.words import Sentence
from orgs.models import AccountRequest, Organization
from orgs.operations import ask_for_account
from orgs.queries.claims import LAPSES_AFTER, answer_due_on, lapses_on, organization_by_code, other_requests_of
from orgs.queries.people import people_of
from orgs.states import AccessReason, AccountRequestState, RequestPaper
from orgs.views import cells
from orgs.views.attachments import drawn_files
from orgs.views.people import masked_address
from orgs.workflows import ACCOUNT_REQUEST

Problems = Mapping[str, Sequence[Sentence]]

MOST_OF_ADDRESS: Final = 10  # in a quarter of an hour: who forgets a paper or mistypes a code tries again
MOST_OF_ALL: Final = 200  # in a day, from everywhere: staff read each of them, and the disk keeps their papers
DAY: Final = 24 * 60
SHORT: Final[Mapping[AccessReason, Any]] = {
    AccessReason.FIRST: _l("First account"),
    AccessReason.LOST: _l("Lost access"),
}
FILES: Final = {
    RequestPaper.REGISTRATION: _l(
        "A scan or a photo of the certificate with its credit code: PDF or picture, up to 10 MB."
    ),
    RequestPaper.AUTHORIZATION: _l(
        "On the organization's paper, with its seal: that you, by name, administer its account. PDF or picture, up to"
        " 10 MB. Please do not send your identity card."
    ),
}
FILE_ARGUMENTS: Final = frozenset({"registration", "registration_name", "authorization", "authorization_name"})
QUESTIONS: Final = tuple(one for one in arguments_of(ask_for_account) if one.name not in FILE_ARGUMENTS)
AUTOCOMPLETE: Final = {"name": "name", "email": "email", "phone": "tel", "credit_code": "off"}


class AccountRequestPage(Page):
    """Where whoever has no letter, or can get in no more, asks for their organization's account; open to all.

    The answer says that the request is kept, whatever the register holds.
    """

    kind = "AccountRequest"
    route_base = "/account-request"

    @door("/", "ask", methods=("GET", "POST"))
    def index(self) -> str | tuple[str, int]:
        """Take a request with its papers."""
        if request.method == "GET":
            return self._form({}, {})
        typed = typed_values()
        if is_one_too_many():
            return self._form(typed, {}, [too_many()]), HTTPStatus.TOO_MANY_REQUESTS
        try:
            arguments = read_request(typed)
            with transaction():
                kept = ask_for_account(actor=current_actor(), locale=current_locale(), **arguments)
        except Invalid as invalid:
            return self._form(typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            return self._form(typed, {}, [reason.render() for reason in refused.reasons]), HTTPStatus.CONFLICT
        told = _(
            "Your request has the number %(number)s. The Centre compares your papers with the register and writes to"
            " %(email)s, usually within five working days. If you write or call before, name the number.",
            number=kept.number,
            email=arguments["email"],
        )
        return self.render("orgs/claimed.html", heading=_("Your request is with the Centre"), text=told)

    def _form(self, typed: Mapping[str, Any], problems: Problems, errors: Sequence[str] = ()) -> str:
        asked = [drawn_question(field_of(one, typed, problems)) for one in QUESTIONS if one.name != "locale"]
        consent = asked.pop()
        papers = [drawn_paper(paper, problems) for paper in RequestPaper]
        page = pages.FormPage(
            title=_("Ask for your organization's account with papers"),
            lead=_(
                "For organizations that have no letter with a code, and for those that can get into their account no"
                " more."
            ),
            url=url_for("AccountRequestPage.index"),
            fields=[*asked, *papers, consent],
            back_url=url_for("Home.index"),
            errors=errors,
            confirm=_("Send the request"),
            note=(
                "info",
                _(
                    "The papers are seen by the Centre's officers alone. What you write about yourself is deleted 30 days"
                    " after the decision, and the papers of a refused request with it. A request that nobody has decided"
                    " within %(days)s days ends by itself: you are told, and all of it is deleted 30 days later.",
                    days=LAPSES_AFTER.days,
                ),
            ),
        )
        return self.render("kernel/form.html", form_page=page)


class AccountRequestView(RecordView):
    """The requests that wait for the Centre, and each with its papers beside what the register knows."""

    model = AccountRequest
    kind = "AccountRequest"
    route_base = "/account-requests"
    title = _l("Requests for accounts")
    workflow = ACCOUNT_REQUEST
    record_options = (undefer_group("who"),)
    search = Search(
        _l("Number, name or credit code"),
        lambda told: or_(
            AccountRequest.number.icontains(told, autoescape=True),
            AccountRequest.organization_name.icontains(told, autoescape=True),
            AccountRequest.credit_code.icontains(told, autoescape=True),
        ),
    )
    columns = (
        Column("organization", _l("Organization / credit code"), lambda one: one.organization_name),
        Column("number", _l("Number"), lambda one: one.number),
        Column("about", _l("Why"), lambda one: SHORT[one.about], hide_phone=True),
        Column("asked_on", _l("Asked on"), lambda one: one.asked_on, sort=AccountRequest.asked_on),
        Column("state", _l("State"), lambda one: cells.drawn("state_or", one.state, "")),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in AccountRequestState],
            lambda code: AccountRequest.state == AccountRequestState(code),
        ),
        Filter(
            "about",
            _l("Why"),
            lambda: [(reason.value, SHORT[reason]) for reason in AccessReason],
            lambda code: AccountRequest.about == AccessReason(code),
        ),
    )
    labels = {"decided_on": _l("Decided on"), "answer": _l("Reason of the refusal"), "forgotten_on": _l("Forgotten on")}

    def list_lead(self) -> str:
        return _("Asked with papers by those without a letter, and by those who can get in no more.")

    def row_code(self, record: AccountRequest) -> str:
        return record.credit_code

    def row_label(self, record: AccountRequest) -> str:
        return f"{record.organization_name} {record.number}"

    def record_page(self, record: AccountRequest) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = self.row_label(record)
        page.facts = facts_of(record, may_call=current_actor().may("verify", self.kind))
        words = {paper.value: cells.word(paper) for paper in RequestPaper}
        page.cards = [
            pages.PanelView("register", _("What the register knows"), drawn_register(record)),
            pages.PanelView("files", _("Papers"), drawn_files(record, words)),
        ]
        return page

    def _action(self, event: Any, workflow: Any) -> str:
        return str(ACTIONS[event.action]) if event.action in ACTIONS else super()._action(event, workflow)


ACTIONS: Final = {
    "AccountRequest.ask": _l("Asked for the account"),
    "AccountRequest.forget": _l("Who asked is forgotten"),
}


def read_request(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was typed and both papers, as the deed takes them.

    Raises Invalid with every problem at once, papers that are not there included.
    """
    problems: dict[str, Any] = {}
    values: dict[str, Any] = {}
    try:
        values = read_arguments(tuple(one for one in QUESTIONS if one.name != "locale"), typed)
    except Invalid as invalid:
        problems.update(invalid.problems)
    for paper in RequestPaper:
        upload = request.files.get(paper.value)
        if upload is None or not upload.filename:
            problems[paper.value] = [Sentence("Please choose a file.")]
        else:
            values |= {paper.value: cast("Any", upload.stream), f"{paper.value}_name": upload.filename}
    if problems:
        raise Invalid(problems)
    return values


def is_one_too_many() -> bool:
    """Count a request of this address and one of the day, so that nobody floods the queue."""
    counts = [
        attempts_left(f"account-request-from:{request.remote_addr}", most=MOST_OF_ADDRESS, minutes=MINUTES),
        attempts_left("account-requests", most=MOST_OF_ALL, minutes=DAY),
    ]
    return min(counts) < 0


def drawn_question(field: pages.FieldView) -> pages.FieldView:
    """Let the browser help with what is a person's own, and the reason be one of two."""
    if field.name == "about":
        return replace(field, kind="radio")
    if field.name == "email":
        return replace(field, kind="email", autocomplete="email")
    if field.name == "consent":
        return replace(field, required=True)
    return replace(field, autocomplete=AUTOCOMPLETE.get(field.name, ""))


def drawn_paper(paper: RequestPaper, problems: Problems) -> pages.FieldView:
    """Ask for one paper."""
    told = [sentence.render() for sentence in problems.get(paper.value, ())]
    accept = ".pdf,.jpg,.jpeg,.png"
    return pages.FieldView(paper.value, cells.word(paper), "file", str(FILES[paper]), errors=told, accept=accept)


def facts_of(record: AccountRequest, *, may_call: bool) -> list[tuple[Any, ...]]:
    """Give what was written and what was decided; whom to reach is shown in full to who verifies it."""
    people = names_of((record.decided_by_id,))
    email = record.email if may_call or not record.email else masked_address(record.email)
    phone = record.phone if may_call or not record.phone else masked(record.phone)
    told = [
        (_("Why"), cells.word(record.about), True),
        (_("Unified social credit code"), record.credit_code),
        (_("Name of the organization"), record.organization_name),
        (_("Asked on"), record.asked_on),
        *_clock_of(record),
        (_("Person's name"), record.person),
        (_("E-mail"), email),
        (_("Phone"), phone),
        (_("What else the Centre should know"), record.words, True),
        (_("Earlier administrators"), cells.word(record.earlier) if record.earlier else ""),
        (_("Ended on"), record.decided_on)
        if record.state is AccountRequestState.LAPSED
        else (_("Decided on"), record.decided_on),
        (_("Decided by"), people.get(record.decided_by_id or 0)),
        (_("Reason of the refusal"), record.answer, True),
        (_("Who asked is forgotten since"), record.forgotten_on),
    ]
    return [fact for fact in told if fact[1] not in {None, ""}]


def _clock_of(record: AccountRequest) -> list[tuple[Any, ...]]:
    if record.state is not AccountRequestState.RECEIVED:
        return []
    return [(_("To be answered by"), answer_due_on(record)), (_("Ends by itself on"), lapses_on(record))]


def drawn_register(record: AccountRequest) -> Markup:
    """Draw what the request is compared with: the organization of its code, who acts for it, other requests for it."""
    with whole(current_actor(), "AccountRequest.compare"):
        organization = organization_by_code(record.credit_code)
        people = people_of(organization.id) if organization is not None else []
    context = {
        "facts": _register_facts(organization) if organization is not None else [],
        "organization": organization,
        "people": [
            (one, masked_address(one.email), _(", ").join(cells.word(role) for role in one.roles)) for one in people
        ],
        "others": other_requests_of(record),
    }
    return Markup(render_template("orgs/account_request.html", **context))  # noqa: S704  (templates escape)


def _register_facts(organization: Organization) -> list[tuple[Any, ...]]:
    status = organization.status
    return [
        (_("Name of the organization"), organization.name),
        (_("Former names"), _(", ").join(organization.former_names)),
        (_("Status"), cells.drawn("state_or", status, "")),
        (_("Legal representative"), organization.legal_representative),
        (_("Contact phone"), organization.contact_phone),
        (_("Registrar"), organization.registrar),
    ]
