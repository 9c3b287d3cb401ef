"""The register of organizations, the file of each, and the deeds on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, flash, redirect, request, url_for
from sqlalchemy.orm import undefer_group

from kernel import pages
from kernel.actor import Actor, ReaderKind
from kernel.arguments import read_arguments
from kernel.audit import AuditEvent
from kernel.clock import today
from kernel.db import expect_version, transaction
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.steps import version_typed
from kernel.views import Column, RecordView, Search, door
from kernel.web import address_of
from orgs import queries
from orgs.models import Organization
from orgs.operations import (
    change_contacts,
    change_profile,
    change_registration,
    record_credit_entry,
    record_inspection,
    record_rating,
    register_organization,
    survivor_of,
)
from orgs.views import cells
from orgs.views.deeds import DeedForm, deed_button, deed_fields, typed_into, values_of
from orgs.views.exports import EXPORTS
from orgs.views.file import drawn_subtitle, file_panels, history_value, in_order, status_steps, summary_facts
from orgs.views.many import bulk_deeds
from orgs.views.merges import merge_link
from orgs.views.narrowing import FILTERS, VIEWS
from orgs.views.passport import passport
from orgs.views.standing import standing_card

NEW = DeedForm("create", register_organization, "Register an organization", "plus-lg", "create", "Organization")
PROFILE = DeedForm(
    "profile", change_profile, "Change the profile", "pencil", "change_profile", "Organization", changes=True
)
CONTACTS = DeedForm(
    "contacts", change_contacts, "Change the contacts", "telephone", "change_profile", "Organization", changes=True
)
REGISTRATION = DeedForm(
    "registration", change_registration, "Change the registration", "building", "change", "Organization", changes=True
)
RECORDS = (
    DeedForm("rating", record_rating, "Record a rating", "patch-check", "record", "Rating"),
    DeedForm("inspection", record_inspection, "Record an inspection", "clipboard-check", "record", "Inspection"),
    DeedForm("credit", record_credit_entry, "Record a credit entry", "shield-exclamation", "record", "CreditEntry"),
)
DEEDS = {form.name: form for form in (PROFILE, CONTACTS, REGISTRATION, *RECORDS)}

ACTIONS = {
    "Organization.create": _l("Put on the register"),
    "Organization.change": _l("Registration changed"),
    "Organization.change_profile": _l("Profile changed"),
    "Organization.import": _l("Changed by an import"),
    "Organization.change_many": _l("Changed together with others"),
    "Organization.notify": _l("Notice sent"),
    "Rating.record": _l("Rating recorded"),
    "Rating.confirm": _l("Rating verified"),
    "Rating.expire": _l("Rating expired"),
    "Rating.downgrade": _l("Rating downgraded"),
    "Rating.revoke": _l("Rating cancelled"),
    "Rating.discard": _l("Rating discarded"),
    "Inspection.record": _l("Inspection recorded"),
    "Organization.note_project_figures": _l("Projects counted"),
    "Organization.note_grade": _l("Grade noted"),
    "OrganizationMerge.approve": _l("Two files merged into one"),
}


SHOWN = (
    Organization.id,
    Organization.name,
    Organization.credit_code,
    Organization.district_code,
    Organization.type,
    Organization.rating_grade,
    Organization.rating_state,
    Organization.rating_valid_from,
    Organization.rating_valid_to,
    Organization.inspection_year,
    Organization.inspection_result,
    Organization.projects_running,
    Organization.projects_total,
    Organization.last_grade,
)
"""What a row of the register shows: a third of what there is of an organization."""


class OrganizationView(RecordView):
    """Who is on the register, and all that counts about each as of today."""

    model = Organization
    kind = "Organization"
    route_base = "/organizations"
    title = _l("Register of organizations")
    base_order = "-projects"
    record_options = (undefer_group("contacts"),)
    search = Search(_l("Name, former name, pinyin or credit code"), queries.found_by)
    columns = (
        Column("name", _l("Organization / credit code"), lambda one: one.name, sort=Organization.name_pinyin),
        Column(
            "district",
            _l("District"),
            lambda one: cells.district_name(one.district_code),
            sort=Organization.district_code,
        ),
        Column("type", _l("Type"), lambda one: cells.word(one.type), sort=Organization.type),
        Column("rating", _l("Rating"), cells.rating_cell, sort=Organization.rating_grade),
        Column("inspection", cells.INSPECTION_LABEL, cells.inspection_cell, sort=Organization.inspection_rank),
        Column("projects", _l("Running / all"), cells.projects_cell, sort=Organization.projects_running, numeric=True),
        Column("grade", _l("Last grade"), cells.grade_cell, sort=Organization.last_grade_rank),
    )
    shown = SHOWN
    filters = FILTERS
    exports = EXPORTS
    labels = {
        "name": _l("Name of the organization"),
        "former_names": _l("Former names"),
        "former_codes": _l("Former credit codes"),
        "deleted": _l("File that was merged"),
        "status": _l("Status"),
        "registrar": _l("Registrar"),
        "supervising_unit": _l("Supervising unit"),
        "founded_on": _l("Founded on"),
        "district_code": _l("District"),
        "address": _l("Address"),
        "legal_representative": _l("Legal representative"),
        "taxpayer": _l("Kind of taxpayer"),
        "is_tax_exempt": _l("Its income is exempt from tax"),
        "takes_deductible_donations": _l("Donations to it are deductible"),
        "has_party_organization": _l("There is a party organization"),
        "has_womens_federation": _l("There is a women's federation inside"),
        "service_fields": _l("Service fields"),
        "contact_name": _l("Contact person"),
        "contact_phone": _l("Contact phone"),
        "staff_count": _l("Full-time staff"),
        "volunteer_count": _l("Volunteers"),
        "rating_grade": _l("Rating"),
        "rating_state": _l("State of the rating"),
        "rating_valid_to": _l("Rating counts until"),
        "inspection_year": _l("Inspected year"),
        "inspection_result": _l("Annual inspection"),
        "last_grade": _l("Last grade"),
        "projects_running": _l("Projects running"),
        "projects_total": _l("Projects in all"),
        "received": _l("Received so far (yuan)"),
    }

    # The register

    def counts(self) -> Mapping[str, int | None]:
        return queries.counts_on(today())

    def row_code(self, record: Organization) -> str:
        return record.credit_code

    def list_actions(self, actor: Actor) -> Sequence[pages.Link]:
        links = []
        if actor.may("bring", "ImportRun"):
            links.append(pages.Link(_("Import a list"), address_of("ImportView.bring"), "upload"))
        if NEW.is_open_to(actor):
            links.append(pages.Link(_(NEW.label), address_of("OrganizationView.create"), NEW.icon, primary=True))
        return links

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        page = super().list_page(state, records, paging)
        counts = state.counts
        page.lead = ngettext(
            "%(count)s organization; ratings and credit as of %(day)s",
            "%(count)s organizations; ratings and credit as of %(day)s",
            counts[""] or 0,
            count=_count(counts[""]),
            day=today(),
        )
        page.views = [
            pages.TabView(
                str(label), self.list_url(view=key or None), _count(counts[key]), state.chosen.get("view", "") == key
            )
            for key, label in VIEWS.items()
        ]
        page.bulk, page.bulk_url = bulk_deeds(current_actor()), address_of("ChosenOrganizations.index")
        page.bulk_asked = urlencode(state.values())
        if paging.total > len(records):
            page.bulk_all = _("All organizations that match: %(count)s", count=f"{paging.total:,}")
        return page

    def row_label(self, record: Organization) -> str:
        return record.name

    @door("/new", "create", methods=("GET", "POST"))
    def create(self) -> Response | str | tuple[str, int]:
        """Register an organization by its credit code."""
        return self._form(NEW, None, url_for("OrganizationView.create"))

    # One organization

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> Response | str:  # type: ignore[override]
        """Show a file; the old address of one that was merged leads to the one that stayed."""
        try:
            return super().record(pk)
        except NotFound:
            survivor = survivor_of(pk, actor=current_actor())
            if survivor is None:
                raise
            return redirect(self.record_url(self.find(survivor)))  # type: ignore[return-value]

    def record_page(self, record: Organization) -> pages.RecordPage:
        actor = current_actor()
        dossier = queries.dossier_of(record.id)
        page = pages.RecordPage(str(record), self.crumbs(record), drawn_subtitle(record))
        page.chip = (record.status.tone, record.status.icon, cells.word(record.status))
        page.steps = status_steps(record.status) if actor.kind is ReaderKind.STAFF else []
        page.actions = [
            pages.Link(_(form.label), self.deed_url(record, form.name), form.icon)
            for form in (PROFILE, CONTACTS, REGISTRATION)
            if form.is_open_to(actor)
        ]
        if actor.may("list", "Member"):
            page.actions.append(pages.Link(_("People"), url_for("PeopleOfOrganization.index", pk=record.id), "people"))
        page.actions += merge_link(record, actor)
        page.buttons = [
            deed_button(form, record, self.deed_url(record, form.name)) for form in RECORDS if form.is_open_to(actor)
        ]
        page.facts = summary_facts(record)
        page.panels = in_order([*file_panels(record, dossier, actor), *self.foreign_panels(record)])
        page.panels_title = _("The organization's file")
        page.aside = [
            pages.PanelView("standing", _("Standing"), standing_card(record.id)),
            pages.PanelView("passport", _("What expires"), passport(record, dossier.documents)),
        ]
        return page

    def crumbs(self, record: Organization) -> list[tuple[str, str | None]]:
        if not current_actor().may("list", "Organization"):
            return []
        return [*super().crumbs(record)]

    def _action(self, event: AuditEvent, workflow: Any) -> str:
        return str(ACTIONS[event.action]) if event.action in ACTIONS else super()._action(event, workflow)

    def _value(self, name: str, value: Any, workflow: Any) -> str:
        return history_value(name, value) or super()._value(name, value, workflow)

    # Deeds

    def deed_url(self, record: Organization, name: str) -> str:
        return url_for("OrganizationView.deed", pk=record.id, name=name)

    @door("/<int:pk>/deeds/<name>", "show", methods=("GET", "POST"))
    def deed(self, pk: int, name: str) -> Response | str | tuple[str, int]:
        """Carry out a deed on an organization, or ask what it needs."""
        record = self.find(pk)
        if name not in DEEDS:
            raise NotFound
        if not DEEDS[name].is_open_to(current_actor()):
            abort(HTTPStatus.FORBIDDEN)
        return self._form(DEEDS[name], record, self.deed_url(record, name))

    def _form(self, form: DeedForm, record: Any, url: str) -> Response | str | tuple[str, int]:
        begun = values_of(form, record) if form.changes else {}
        if request.method == "GET":
            return self._asked(form, record, url, begun)
        typed = typed_into(form)
        given = (record,) if record is not None else ()
        try:
            arguments = read_arguments(form.arguments, typed)
            with transaction():
                if form.changes:
                    expect_version(record, version_typed())
                done = form.carry_out(*given, actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._asked(form, record, url, typed, problems=invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._asked(form, record, url, typed, errors=told), HTTPStatus.CONFLICT
        except Stale:
            fresh = self.find(record.id)
            told = [_("Somebody else saved this meanwhile. What you typed stands below; save again to let it count.")]
            told += _theirs(form, values_of(form, fresh), typed)
            return self._asked(form, fresh, url, typed, errors=told), HTTPStatus.CONFLICT
        self._tell(form)
        return redirect(self.record_url(record if record is not None else done))  # type: ignore[return-value]

    def _tell(self, form: DeedForm) -> None:
        flash(_("Done: %(deed)s", deed=_(form.label)), "success")

    def _asked(
        self,
        form: DeedForm,
        record: Organization | None,
        url: str,
        typed: Mapping[str, Any],
        *,
        problems: Mapping[str, Any] | None = None,
        errors: Sequence[str] = (),
    ) -> str:
        page = pages.FormPage(
            title=_(form.label),
            lead=record.name if record else "",
            url=url,
            fields=deed_fields(form, typed, problems or {}),
            crumbs=self._form_crumbs(form, record),
            back_url=self.record_url(record) if record else self.list_url(),
            errors=errors,
            confirm=_("Save") if form.changes else _(form.label),
            version=record.version if record and form.changes else None,
        )
        return self.render("kernel/form.html", form_page=page)

    def _form_crumbs(self, form: DeedForm, record: Organization | None) -> list[tuple[str, str | None]]:
        register = [(str(self.title), self.list_url())] if current_actor().may("list", "Organization") else []
        own = [(record.name, self.record_url(record))] if record else []
        return [*register, *own, (_(form.label), None)]


def _count(count: int | None) -> str:
    return f"{count:,}" if count is not None else f"{queries.COUNTED_TO:,}+"


def _theirs(form: DeedForm, saved: Mapping[str, Any], typed: Mapping[str, Any]) -> list[str]:
    """Say what stands in the record by now where it differs from what was typed."""
    told = []
    for argument in form.arguments:
        theirs = saved[argument.name]
        mine = typed.get(argument.name)
        if isinstance(theirs, bool):
            continue
        if [*theirs] != [*(mine or ())] if isinstance(theirs, list) else str(theirs or "") != str(mine or ""):
            shown = history_value(argument.name, theirs) or str(theirs or "—")
            told.append(_("Saved by now: %(label)s: %(value)s", label=_(argument.ask.label), value=shown))
    return told
