"""The pages of the three administrators: accounts, roles, the trail, the jobs. None of them shows business content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import configure_mappers, defer, load_only, selectinload

from kernel import pages
from kernel.accounts import (
    create_account,
    end_all_sessions,
    givable,
    give_roles,
    lock_account,
    reset_password,
    send_reset_link,
    unlock_account,
)
from kernel.actor import Actor
from kernel.arguments import arguments_of, read_arguments
from kernel.audit import AuditEvent
from kernel.clock import local
from kernel.db import transaction
from kernel.errors import Invalid, NotFound, Refused
from kernel.identity import current_actor
from kernel.jobs import JobRun
from kernel.names import action_words, actions_called, deed_words, job_words, kind_words
from kernel.permissions import GRANTED, ROLES
from kernel.proof import proof_fields, take_proof
from kernel.scope import all_records
from kernel.second_factor import reset_factor
from kernel.sessions import end_sessions_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, Page, RecordView, Search, door, field_of, typed_values
from kernel.words import Sentence

CREATE = arguments_of(create_account)
SIMPLE_DEEDS = {
    "send_link": (send_reset_link, _l("The letter with the link is on its way.")),
    "reset_factor": (reset_factor, _l("The second factor is reset.")),
    "end_sessions": (end_all_sessions, _l("All sessions of this person are ended.")),
}
Problems = Mapping[str, Sequence[Sentence]]
configure_mappers()  # FAB names User.roles by a backref, which exists from here on


def _moment(moment: Any) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


def role_words(user: User) -> str:
    """Name a user's roles in the reader's language."""
    return _(", ").join(_(ROLES[role.name].label) if role.name in ROLES else role.name for role in user.roles)


class PeopleView(RecordView):
    """Accounts: made and locked by the system administrator, given roles by the security administrator."""

    model = User
    kind = "User"
    route_base = "/people"
    title = _l("People")
    base_order = "username"
    options = (selectinload(User.roles), defer(User.password, raiseload=True))
    record_options = (selectinload(User.roles), defer(User.password, raiseload=True))
    search = Search(
        _l("Account or name"),
        lambda told: or_(*(held.icontains(told, autoescape=True) for held in (User.username, User.last_name))),
    )
    columns = (
        Column("username", _l("Account"), lambda user: user.username, sort=User.username),
        Column("name", _l("Person's name"), lambda user: f"{user.last_name}{user.first_name}", sort=User.last_name),
        Column("roles", _l("Roles"), role_words),
        Column("active", _l("State"), lambda user: _("Active") if user.active else _("Locked"), sort=User.active),
        Column(
            "last_login",
            _l("Last sign-in"),
            lambda user: f"{user.last_login:%Y-%m-%d}" if user.last_login else "—",
            hide_phone=True,
        ),
    )

    def row_label(self, record: User) -> str:
        return record.username

    def list_actions(self, actor: Actor) -> list[pages.Link]:
        if not actor.may("create", "User"):
            return []
        return [pages.Link(_("New account"), url_for("PeopleView.create"), "person-plus", primary=True)]

    def record_page(self, record: User) -> pages.RecordPage:
        return pages.RecordPage(
            title=record.username,
            subtitle=f"{record.last_name}{record.first_name}",
            crumbs=[(_("People"), self.list_url()), (record.username, None)],
            buttons=self._deeds(record),
            facts=[
                (_("Roles"), role_words(record)),
                (_("E-mail"), record.email),
                (_("State"), _("Active") if record.active else _("Locked")),
            ],
        )

    def _deeds(self, user: User, wrong: Problems | None = None) -> list[pages.ButtonView]:
        """Give the deeds that the reader may do; `wrong` is what was wrong with the proof of who they are."""
        actor = current_actor()
        proof = proof_fields(wrong)
        shown = []
        if actor.may("give_roles", "User"):
            choices = [(code, _(role.label)) for code, role in sorted(ROLES.items()) if code != "public"]
            held = [role.name for role in user.roles]
            field = pages.FieldView("roles", _("Roles"), "checkboxes", choices=choices, value=held, required=False)
            shown.append(self._deed(user, "give_roles", _("Give roles"), "person-lock", [field, *proof]))
        if actor.may("reset_password", "User"):
            shown.append(self._deed(user, "send_link", _("Send a link for a new password"), "envelope", []))
            shown.append(self._deed(user, "reset_password", _("New password"), "key", proof))
        if actor.may("reset_factor", "User"):
            shown.append(self._deed(user, "reset_factor", _("Reset the second factor"), "phone", proof))
        if actor.may("end_sessions", "User"):
            shown.append(self._deed(user, "end_sessions", _("End all sessions"), "box-arrow-right", []))
        if actor.may("lock", "User"):
            name, label = ("lock", _("Lock the account")) if user.active else ("unlock", _("Unlock the account"))
            shown.append(
                self._deed(
                    user, name, label, "lock" if user.active else "unlock", [], style="bad" if user.active else "quiet"
                )
            )
        return shown

    def _deed(
        self, user: User, name: str, label: str, icon: str, fields: list[pages.FieldView], *, style: str = "quiet"
    ) -> pages.ButtonView:
        dialog = pages.DialogView(label, user.username, fields, label)
        return pages.ButtonView(name, label, url_for("PeopleView.deed", pk=user.id, name=name), icon, style, dialog)

    @door("/new", "create", methods=("GET", "POST"))
    def create(self) -> Response | str | tuple[str, int]:
        """Make an account; its person gets a link to activate it."""
        typed: dict[str, Any] = {}
        problems: Any = {}
        errors: list[str] = []
        if request.method == "POST":
            typed = typed_values()
            try:
                with transaction():
                    user_id = create_account(actor=current_actor(), **read_arguments(CREATE, typed))
            except Invalid as invalid:
                problems = invalid.problems
            except Refused as refused:
                errors = [reason.render() for reason in refused.reasons]
            else:
                flash(_("The person gets a letter with a link to choose a password; it is good for 7 days."), "success")
                return redirect(url_for("PeopleView.record", pk=user_id))  # type: ignore[return-value]
        fields = [field_of(argument, typed, problems) for argument in CREATE]
        form = pages.FormPage(
            _("New account"), url_for("PeopleView.create"), fields, errors=errors, back_url=self.list_url()
        )
        page = self.render("kernel/form.html", form_page=form)
        return (page, 422) if problems else (page, 409) if errors else page

    @door("/<int:pk>/deeds/<name>", "list", methods=("GET", "POST"))
    def deed(self, pk: int, name: str) -> Response | str | tuple[str, int]:
        """Carry out a deed on an account; without script the question stands on a page of its own."""
        wrong = take_proof() if request.method == "POST" else {}
        user = self.find(pk)
        question = self._question(user, name, wrong)
        if request.method == "GET" or wrong:
            return (question, 422) if wrong else question
        try:
            with transaction():
                told = self._carry_out(user, name)
        except Refused as refused:
            # The transaction is rolled back: the account is read anew, with the columns that are shown.
            return self._question(self.find(pk), name, {}, [reason.render() for reason in refused.reasons]), 409
        if name not in {"unlock", "send_link"}:
            end_sessions_of(pk)
        flash(told, "warning" if name == "reset_password" else "success")
        return redirect(self.record_url(user))  # type: ignore[return-value]

    def _question(self, user: User, name: str, wrong: Problems, errors: Sequence[str] = ()) -> str:
        """Draw what a deed asks; raises NotFound for one that is not the reader's."""
        button = next((shown for shown in self._deeds(user, wrong) if shown.name == name), None)
        if button is None:
            raise NotFound
        crumbs = [(_("People"), self.list_url()), (user.username, None)]
        step = pages.StepPage(button, user.username, self.record_url(user), crumbs, list(errors))
        return self.render("kernel/step.html", step=step)

    def _carry_out(self, user: User, name: str) -> str:
        actor = current_actor()
        if name == "give_roles":
            give_roles(
                user.id, actor=actor, codes=[code for code in request.form.getlist("roles") if code in givable()]
            )
            return _("Roles given")
        if name == "reset_password":
            password = reset_password(user.id, actor=actor)
            return _("The new password of this account, shown this once: %(password)s", password=password)
        if name in SIMPLE_DEEDS:
            carry_out, told = SIMPLE_DEEDS[name]
            carry_out(user.id, actor=actor)
            return str(told)
        (lock_account if name == "lock" else unlock_account)(user.id, actor=actor)
        return _("Account locked") if name == "lock" else _("Account unlocked")


class RoleView(Page):
    """Who may do what, as it stands in code: one table."""

    kind = "Role"
    route_base = "/roles"

    @door("/", "list")
    def index(self) -> str:
        from_code = [(role.code, _(role.label)) for role in ROLES.values()]
        told = [
            (kind_words(kind), [(deed_words(kind, verb), codes) for _kind, verb, codes in deeds])
            for kind, deeds in groupby(permission_grid(), key=itemgetter(0))
        ]
        return self.render("kernel/roles.html", roles=from_code, grid=told)


def permission_grid() -> list[tuple[str, str, frozenset[str]]]:
    """Give (kind, verb, roles) for every permission, in order."""
    from_table: dict[tuple[str, str], set[str]] = {}
    for code in ROLES:
        for verb, kind in GRANTED.get(code, ()):
            from_table.setdefault((kind, verb), set()).add(code)
    return [(kind, verb, frozenset(codes)) for (kind, verb), codes in sorted(from_table.items())]


def audited_kinds() -> list[tuple[str, str]]:
    """Give the kinds of records that have rows in the trail, by their words."""
    names = {"User"} | {model.__name__ for model in all_records()}
    return sorted(((name, kind_words(name)) for name in names), key=lambda told: told[1])


class AuditView(RecordView):
    """The trail as the audit administrator sees it: who, what, on which record; never the values."""

    model = AuditEvent
    has_records = False
    kind = "AuditEvent"
    route_base = "/trail"
    title = _l("Audit trail")
    search = Search(
        _l("Person or deed"),
        lambda told: or_(
            AuditEvent.actor.icontains(told, autoescape=True), AuditEvent.action.in_(actions_called(told))
        ),
    )
    columns = (
        Column("at", _l("When"), lambda event: _moment(event.at), sort=AuditEvent.at),
        Column("actor", _l("Who"), lambda event: event.who, sort=AuditEvent.actor),
        Column(
            "action",
            _l("Deed"),
            lambda event: action_words(event.action, event.subject_kind),
            sort=AuditEvent.action,
        ),
        Column("subject", _l("Record"), lambda event: f"{kind_words(event.subject_kind)} {event.subject_id or ''}"),
    )
    filters = (Filter("kind", _l("Record"), audited_kinds, lambda kind: AuditEvent.subject_kind == kind),)

    def query(self) -> Select[Any]:
        shown = (
            AuditEvent.at,
            AuditEvent.actor,
            AuditEvent.principal,
            AuditEvent.action,
            AuditEvent.subject_kind,
            AuditEvent.subject_id,
        )
        return select(AuditEvent).options(load_only(*shown, raiseload=True))

    def record_url(self, record: AuditEvent) -> str:
        return ""


class JobRunView(RecordView):
    """What ran by the clock, and how it went."""

    model = JobRun
    has_records = False
    kind = "JobRun"
    route_base = "/jobs"
    title = _l("Jobs")
    columns = (
        Column("started_at", _l("When"), lambda run: _moment(run.started_at), sort=JobRun.started_at),
        Column("name", _l("Job"), lambda run: job_words(run.name), sort=JobRun.name),
        Column("done", _l("Done"), lambda run: run.done, numeric=True),
        Column("error", _l("Problem"), lambda run: run.error or ""),
    )

    def record_url(self, record: JobRun) -> str:
        return ""
