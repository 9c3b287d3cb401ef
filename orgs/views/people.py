"""The people of an organization: who acts for it, who is invited, and the deeds on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from flask import Response, flash, redirect, request, url_for

from kernel import pages
from kernel.actor import Actor, ReaderKind
from kernel.arguments import arguments_of, read_arguments
from kernel.audit import masked
from kernel.clock import local
from kernel.db import transaction
from kernel.drawing import day_words
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.identity import current_actor
from kernel.people import Account
from kernel.proof import proof_fields, take_proof
from kernel.scope import whole
from kernel.sessions import attempts_left, end_sessions_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.steps import field_of, typed_values, version_typed
from kernel.views import Page, door, find
from kernel.words import Sentence
from kernel.workflow import lock_as_opened
from orgs.models import Organization
from orgs.models.invitation import MemberState
from orgs.operations import (
    give_member_roles,
    invite_member,
    remove_member,
    resend_invitation,
    withdraw_invitation,
)
from orgs.queries.people import Person, people_of, person_of
from orgs.security import MemberRole
from orgs.views import cells

Problems = Mapping[str, Sequence[Sentence]]

INVITE = arguments_of(invite_member)
LANGUAGES = (("zh", "中文"), ("en", "English"))
MOST_LETTERS, MINUTES = 30, 60
MANY = Sentence("Too many invitations at once. Please wait {n} minutes.", n=MINUTES)
OPEN = frozenset({MemberState.INVITED, MemberState.LAPSED})


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed on a person: what carries it out, its words, and whether it is for those who are only invited."""

    carry_out: Callable[..., None]
    label: Any
    text: Any
    done: Any
    icon: str
    style: str = "primary"
    is_fresh: bool = False
    of: frozenset[MemberState] = frozenset(MemberState)


DEEDS = {
    "give_roles": Deed(
        give_member_roles,
        _l("Change the roles"),
        _l("The person is signed out everywhere and works with the new roles from the next sign-in."),
        _l("The roles are changed."),
        "person-lock",
        is_fresh=True,
    ),
    "resend": Deed(
        resend_invitation,
        _l("Send the invitation again"),
        _l("A new letter with a new link goes out; it is good for 7 days. The earlier link is worth nothing any more."),
        _l("The invitation is on its way once more."),
        "envelope",
        of=OPEN,
    ),
    "withdraw": Deed(
        withdraw_invitation,
        _l("Withdraw the invitation"),
        _l("The link in the letter is worth nothing any more, and the person leaves this list."),
        _l("The invitation is withdrawn."),
        "x-lg",
        "bad",
        of=OPEN,
    ),
    "remove": Deed(
        remove_member,
        _l("Remove from the organization"),
        _l("The person is signed out everywhere, and the account is closed for good. Drafts and all they wrote stay."),
        _l("The person no longer acts for the organization."),
        "person-dash",
        "bad",
        is_fresh=True,
        of=frozenset(MemberState) - OPEN,
    ),
}


class PeopleOfOrganization(Page):
    """Who acts for one organization; its own administrator and the Centre's officers change it."""

    kind = "Member"
    route_base = "/organizations"

    @door("/<int:pk>/people", "list")
    def index(self, pk: int) -> str:
        """List who acts for the organization and who is invited."""
        organization = find(Organization, pk)
        with whole(current_actor(), "Member.list"):
            people = people_of(organization.id)
        return self.render("kernel/list.html", page=list_page(organization, people, current_actor()))

    @door("/<int:pk>/people/new", "invite", methods=("GET", "POST"))
    def invite(self, pk: int) -> Response | str | tuple[str, int]:
        """Invite somebody by mail."""
        organization = find(Organization, pk)
        if request.method == "GET":
            return self._invitation(organization, {}, {})
        typed = typed_values()
        wrong = take_proof()
        try:
            arguments = read_arguments(INVITE, typed)
            if wrong:
                raise Invalid(wrong)
            if too_many_letters(organization.id):
                raise Refused(MANY)
            with transaction():
                invite_member(organization, actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._invitation(organization, typed, {**invalid.problems, **wrong}), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._invitation(find(Organization, pk), typed, {}, told), HTTPStatus.CONFLICT
        flash(_("The person gets a letter with a link to choose a password; it is good for 7 days."), "success")
        return redirect(list_url(pk))  # type: ignore[return-value]

    def _invitation(
        self, organization: Organization, typed: Mapping[str, Any], problems: Problems, errors: Sequence[str] = ()
    ) -> str:
        fields = [invitation_field(field_of(argument, typed, problems)) for argument in INVITE]
        page = pages.FormPage(
            title=_("Invite a person"),
            lead=organization.name,
            url=url_for("PeopleOfOrganization.invite", pk=organization.id),
            fields=[*fields, *proof_fields(problems)],
            crumbs=[*crumbs(organization, current_actor()), (_("Invite a person"), None)],
            back_url=list_url(organization.id),
            errors=errors,
            confirm=_("Send the invitation"),
        )
        return self.render("kernel/form.html", form_page=page)

    @door("/people/<int:pk>/<name>", "give_roles", methods=("GET", "POST"))
    def deed(self, pk: int, name: str) -> Response | str | tuple[str, int]:
        """Carry out a deed on a person of an organization, or ask what it needs."""
        account, person = self._find(pk)
        if name not in DEEDS or person.state not in DEEDS[name].of:
            raise NotFound
        organization_id = person.organization_id
        if request.method == "GET":
            return self._question(account, person, name)
        deed = DEEDS[name]
        wrong = take_proof() if deed.is_fresh else {}
        more = {"roles": request.form.getlist("roles")} if name == "give_roles" else {}
        try:
            if wrong:
                raise Invalid(wrong)
            if name == "resend" and too_many_letters(organization_id):
                raise Refused(MANY)
            with transaction():
                lock_as_opened(account, version_typed(), actor=current_actor())
                deed.carry_out(account, actor=current_actor(), **more)
        except Invalid as invalid:
            return self._question(account, person, name, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Stale:
            told = [_("Somebody else changed this person meanwhile. What holds now stands below; please look again.")]
            return self._question(*self._find(pk), name, {}, told), HTTPStatus.CONFLICT
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._question(*self._find(pk), name, {}, told), HTTPStatus.CONFLICT
        if name != "resend":
            end_sessions_of(person.user_id)
        flash(str(deed.done), "success")
        return redirect(url_for("Home.index") if is_oneself(person, name) else list_url(organization_id))  # type: ignore[return-value]

    def _find(self, pk: int) -> tuple[Account, Person]:
        """Give a person of an organization in the reader's sight; another's and one who left are not there."""
        account = find(Account, pk)
        with whole(current_actor(), "Member.show"):
            person = person_of(pk)
        if person is None:
            raise NotFound
        return account, person

    def _question(
        self, account: Account, person: Person, name: str, problems: Problems | None = None, errors: Sequence[str] = ()
    ) -> str:
        deed = DEEDS[name]
        organization = find(Organization, person.organization_id)
        fields = roles_field(person, problems or {}) if name == "give_roles" else []
        if deed.is_fresh:
            fields += proof_fields(problems)
        dialog = pages.DialogView(str(deed.label), str(deed.text), fields, str(deed.label))
        url = url_for("PeopleOfOrganization.deed", pk=account.id, name=name)
        button = pages.ButtonView(name, str(deed.label), url, deed.icon, deed.style, dialog, version=account.version)
        trail = [*crumbs(organization, current_actor()), (str(deed.label), None)]
        step = pages.StepPage(button, f"{person.name} · {person.email}", list_url(organization.id), trail, list(errors))
        return self.render("kernel/step.html", step=step)


def is_oneself(person: Person, name: str) -> bool:
    """Say whether somebody just took their own place away: their session is over, and the list is not theirs."""
    return person.user_id == current_actor().user_id and name != "resend"


def list_url(organization_id: int) -> str:
    return url_for("PeopleOfOrganization.index", pk=organization_id)


def crumbs(organization: Organization, actor: Actor, *, here: bool = False) -> list[tuple[str, str | None]]:
    """Give the way to an organization's people."""
    register = [(_("Register of organizations"), url_for("OrganizationView.index"))]
    own = (organization.name, url_for("OrganizationView.record", pk=organization.id))
    start = register if actor.kind is ReaderKind.STAFF else []
    return [*start, own, (_("People"), None if here else list_url(organization.id))]


def list_page(organization: Organization, people: Sequence[Person], actor: Actor) -> pages.ListPage:
    """Draw who acts for an organization, with what may be done about each."""
    may_invite = actor.may("invite", "Member")
    invite = pages.Link(
        _("Invite a person"), url_for("PeopleOfOrganization.invite", pk=organization.id), "person-plus", primary=True
    )
    columns = (
        ("name", _("Person's name")),
        ("account", _("Account")),
        ("email", _("E-mail")),
        ("roles", _("Roles")),
        ("state", _("State")),
    )
    return pages.ListPage(
        title=_("People"),
        lead=organization.name,
        crumbs=crumbs(organization, actor, here=True),
        columns=[pages.ColumnView(key, label) for key, label in columns],
        rows=[person_row(one, actor) for one in people],
        actions=[invite] if may_invite else (),
        empty=None if people else nobody(invite if may_invite else None),
    )


def nobody(invite: pages.Link | None) -> pages.EmptyView:
    text = _("Invite its first administrator, or send the organization a letter with a code.") if invite else ""
    return pages.EmptyView(_("Nobody acts for this organization yet"), text, "people", invite)


def person_row(person: Person, actor: Actor) -> pages.RowView:
    deeds = [
        pages.Link(str(deed.label), url_for("PeopleOfOrganization.deed", pk=person.id, name=name), deed.icon)
        for name, deed in DEEDS.items()
        if actor.may(name, "Member") and person.state in deed.of
    ]
    until = _("until %(day)s", day=day_words(local(person.expires_at).date())) if person.expires_at else ""
    shown = {
        "name": person.name,
        "account": person.username,
        "email": masked_address(person.email),
        "roles": _(", ").join(cells.word(role) for role in person.roles),
        "state": cells.drawn("person_state", person.state, until),
    }
    return pages.RowView(person.id, "", shown, person.name, actions=deeds)


def masked_address(email: str) -> str:
    """Write an address as lists show it: what stands before the @ by its last two signs."""
    name, _at, domain = email.rpartition("@")
    return f"{masked(name)}@{domain}"


def roles_field(person: Person, problems: Problems) -> list[pages.FieldView]:
    choices = [(role.value, cells.word(role)) for role in MemberRole]
    told = [sentence.render() for sentence in problems.get("roles", ())]
    held = [role.value for role in person.roles]
    return [pages.FieldView("roles", _("Roles"), "checkboxes", choices=choices, value=held, errors=told)]


def invitation_field(field: pages.FieldView) -> pages.FieldView:
    """Let the language be chosen, and the address be typed as one."""
    if field.name == "locale":
        return replace(field, kind="choice", choices=LANGUAGES, required=True)
    return replace(field, kind="email", autocomplete="off") if field.name == "email" else field


def too_many_letters(organization_id: int) -> bool:
    """Count one letter of an organization's, so that nobody lets the house write to all the world."""
    return attempts_left(f"invite:{organization_id}", most=MOST_LETTERS, minutes=MINUTES) < 0
