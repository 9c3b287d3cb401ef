"""Indicator sets and agencies: by what is judged, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlalchemy.orm import selectinload

from evaluation.models import Agency, IndicatorSetRecord
from evaluation.operations.agencies import add_agency_member, create_agency, people_to_add
from evaluation.views import cells
from evaluation.views.items import tree_of
from kernel import pages
from kernel.actor import Actor
from kernel.arguments import arguments_of, read_arguments
from kernel.db import transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor
from kernel.lists import ListState, Search
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, RecordView, door, field_of, typed_values

CREATE = arguments_of(create_agency)


class IndicatorSetView(RecordView):
    """Indicator sets in their editions; one that was used stays as it is."""

    model = IndicatorSetRecord
    kind = "IndicatorSet"
    route_base = "/indicator-sets"
    title = _l("Indicator sets")
    base_order = "name"
    columns = (
        Column("name", _l("Name"), cells.named, sort=IndicatorSetRecord.code),
        Column("edition", _l("Edition"), lambda one: one.edition, sort=IndicatorSetRecord.edition, numeric=True),
        Column("total", _l("Total"), lambda one: cells.points(one.total), numeric=True, hide_phone=True),
        Column("pass_mark", _l("Pass mark"), lambda one: cells.points(one.pass_mark), numeric=True),
        Column("used", _l("Used since"), lambda one: cells.day(one.used_at), sort=IndicatorSetRecord.used_at),
    )

    def row_code(self, record: IndicatorSetRecord) -> str:
        return record.code

    def record_page(self, record: IndicatorSetRecord) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = cells.named(record)
        page.history = ()
        page.subtitle = f"{record.code} · {_('Edition %(n)s', n=record.edition)}"
        page.facts = [
            (_("Total"), cells.points(record.total)),
            (_("Pass mark"), cells.points(record.pass_mark)),
            (_("Used since"), cells.day(record.used_at)),
            (_("Source"), record.source, True),
        ]
        html = cells.drawn("tree", tree_of(record.sheet), file="evaluation/set_parts.html")
        page.cards = [pages.PanelView("tree", _("Items"), html, flush=True)]
        return page


class AgencyView(RecordView):
    """Evaluation agencies and their people."""

    model = Agency
    kind = "Agency"
    route_base = "/agencies"
    title = _l("Evaluation agencies")
    base_order = "name"
    options = (selectinload(Agency.members),)
    record_options = (selectinload(Agency.members),)
    search = Search(_l("Name of the agency"), lambda told: Agency.name.icontains(told, autoescape=True))
    columns = (
        Column("name", _l("Name"), lambda one: one.name, sort=Agency.name),
        Column("people", _l("Members"), lambda one: len(one.members), numeric=True),
        Column("active", _l("Evaluates now"), lambda one: cells.yes_no(one.is_active), sort=Agency.is_active),
    )

    def row_code(self, record: Agency) -> str:
        return record.credit_code

    def list_actions(self, actor: Actor) -> Sequence[pages.Link]:
        if not actor.may("create", "Agency"):
            return ()
        return [pages.Link(_("New agency"), url_for("AgencyView.create"), "plus-lg", primary=True)]

    def empty(self, state: ListState) -> pages.EmptyView:
        if state.is_narrowed:
            return super().empty(state)
        return pages.EmptyView(_("No agencies yet"), _("Put an agency on record before an evaluation is assigned."))

    def record_page(self, record: Agency) -> pages.RecordPage:
        page = super().record_page(record)
        names = names_of(member.user_id for member in record.members)
        page.facts = [
            (_("Unified social credit code"), record.credit_code),
            (_("Evaluates now"), cells.yes_no(record.is_active)),
        ]
        rows = [
            (names.get(member.user_id, ""), _("Administrator") if member.is_admin else _("Evaluator"))
            for member in record.members
        ]
        html = cells.drawn("people", rows, file="evaluation/set_parts.html")
        page.cards = [pages.PanelView("people", _("Members"), html, flush=True)]
        if current_actor().may("add_member", "Agency"):
            page.actions = [
                pages.Link(_("Add a person"), url_for("AgencyView.add_member", pk=record.id), "person-plus")
            ]
        return page

    @door("/new", "create", methods=("GET", "POST"))
    def create(self) -> Response | str | tuple[str, int]:
        """Put an agency on record."""
        typed = typed_values()
        if request.method == "GET":
            return self._create_page({}, {})
        try:
            with transaction():
                made = create_agency(actor=current_actor(), **read_arguments(CREATE, typed))
        except Invalid as invalid:
            return self._create_page(typed, invalid.problems), 422
        except Refused as refused:
            return self._create_page(typed, {}, [reason.render() for reason in refused.reasons]), 409
        flash(_("%(name)s is on record", name=made.name), "success")
        return redirect(self.record_url(made))  # type: ignore[return-value]

    def _create_page(self, typed: Mapping[str, Any], problems: Mapping[str, Any], errors: Sequence[str] = ()) -> str:
        form = pages.FormPage(
            title=_("New agency"),
            url=url_for("AgencyView.create"),
            fields=[field_of(argument, typed, problems) for argument in CREATE],
            crumbs=[(str(self.title), self.list_url()), (_("New agency"), None)],
            back_url=self.list_url(),
            errors=errors,
        )
        return self.render("kernel/form.html", form_page=form)

    @door("/<int:pk>/people", "add_member", methods=("GET", "POST"))
    def add_member(self, pk: int) -> Response | str | tuple[str, int]:
        """Let a person evaluate for an agency."""
        agency = self.find(pk)
        if request.method == "GET":
            return self._member_page(agency)
        typed = typed_values()
        try:
            arguments = read_arguments(arguments_of(add_agency_member), typed)
            with transaction():
                add_agency_member(agency, actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._member_page(agency, typed, invalid.problems), 422
        except Refused as refused:
            return self._member_page(self.find(pk), typed, {}, [reason.render() for reason in refused.reasons]), 409
        flash(_("Added to %(name)s", name=agency.name), "success")
        return redirect(self.record_url(agency))  # type: ignore[return-value]

    def _member_page(
        self,
        agency: Agency,
        typed: Mapping[str, Any] | None = None,
        problems: Mapping[str, Any] | None = None,
        errors: Sequence[str] = (),
    ) -> str:
        names = names_of(people_to_add(actor=current_actor()))
        choices = sorted(names.items(), key=lambda pair: pair[1])
        told = [field_of(argument, typed or {}, problems or {}) for argument in arguments_of(add_agency_member)]
        fields = [
            pages.FieldView(one.name, one.label, "choice", choices=choices, value=one.value, errors=one.errors)
            if one.name == "user_id"
            else one
            for one in told
        ]
        form = pages.FormPage(
            title=_("Add a person"),
            url=url_for("AgencyView.add_member", pk=agency.id),
            fields=fields,
            lead=agency.name,
            crumbs=[
                (str(self.title), self.list_url()),
                (agency.name, self.record_url(agency)),
                (_("Add a person"), None),
            ],
            back_url=self.record_url(agency),
            errors=errors,
            confirm=_("Add a person"),
        )
        return self.render("kernel/form.html", form_page=form)
