"""Calls: the register, the record of staff, the page that everybody reads, and the forms of the officer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from grants.models import Call, CallQuota, FiscalYear
from grants.operations.applications import start_application
from grants.operations.calls import create_call, extend_call, set_quota
from grants.operations.lots import import_lots
from grants.queries.calls import Applied, applied, categories
from grants.queries.finding import found_calls
from grants.queries.ledger import quota_figures
from grants.rules.eligibility.choosing import chosen_of
from grants.schemas import read_lots
from grants.states import CALL_PUBLIC, CallNature, CallState, FiscalYearState
from grants.views import cells
from grants.views.call_form import BEGINNING, FIRST_PARTS, PARTS, fields_of, read_call, read_moment
from grants.views.call_pages import call_notes, public_page, staff_cards, staff_facts
from grants.views.conditions import conditions_card, conditions_of
from grants.views.deeds import Drawn, form_or_done
from grants.workflows.calls import CALL
from kernel import pages
from kernel.actor import Actor, ReaderKind
from kernel.arguments import read_value
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor
from kernel.money import ZERO, format_yuan
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.views import Column, Filter, RecordView, Search, door, find, typed_values
from kernel.words import Sentence

QUOTAS = (joinedload(Call.quotas).joinedload(CallQuota.category), joinedload(Call.quotas).joinedload(CallQuota.lot))
WITH_YEAR = joinedload(Call.fiscal_year)


def find_call(pk: int) -> Call:
    """Give a call with its quotas, in one statement; raises NotFound."""
    # The books are the staff's; nobody else may read the year behind a call.
    staff = (WITH_YEAR,) if current_actor().kind is ReaderKind.STAFF else ()
    return find(Call, pk, *QUOTAS, *staff)


class CallView(RecordView):
    """Calls: what is offered, until when, and how much of it is left."""

    model = Call
    kind = "Call"
    route_base = "/calls"
    title = _l("Calls")
    base_order = "-closes"
    workflow = CALL
    options = (selectinload(Call.quotas),)
    record_options = QUOTAS
    search = Search(_l("Title or number"), found_calls)
    columns = (
        Column("title", _l("Call"), lambda call: call.title, sort=Call.title),
        Column("nature", _l("Legal nature"), lambda call: cells.word(call.nature), sort=Call.nature, hide_phone=True),
        Column("state", _l("State"), lambda call: cells.chip(call.state), sort=Call.state),
        Column("opens", _l("Opens at"), lambda call: cells.moment(call.opens_at), sort=Call.opens_at, hide_phone=True),
        Column("closes", _l("Closes at"), lambda call: cells.moment(call.closes_at), sort=Call.closes_at),
        Column(
            "amount",
            _l("Quotas (yuan)"),
            lambda call: cells.money(sum((quota.amount for quota in call.quotas), ZERO)),
            numeric=True,
        ),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in CallState],
            lambda value: Call.state == CallState(value),
        ),
        Filter(
            "nature",
            _l("Legal nature"),
            lambda: [(nature.value, cells.word(nature)) for nature in CallNature],
            lambda value: Call.nature == CallNature(value),
        ),
    )
    labels = {
        "title": _l("Title"),
        "closes_at": _l("Closes at"),
        "cap_per_project": _l("Cap of a project (yuan)"),
        "cap_first_time": _l("Cap for first-time contractors (yuan)"),
        "extension_reason": _l("Reason of the extension"),
        "return_reason": _l("Reason of the return"),
        "withdrawn_reason": _l("Reason of the withdrawal"),
    }

    def list_actions(self, actor: Actor) -> Sequence[pages.Link]:
        if not actor.may("create", "Call"):
            return ()
        return [pages.Link(_("New call"), url_for("CallView.create"), "plus-lg", primary=True)]

    def row_code(self, record: Call) -> str:
        return record.number

    def find(self, pk: int) -> Call:
        return find_call(pk)

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> str:
        """The record for staff; for everybody else the call as it is published."""
        call = self.find(pk)
        actor = current_actor()
        if actor.kind is ReaderKind.STAFF:
            return self.render(self.record_template, record=self.record_page(call), subject=call)
        return self.render(
            "grants/public_call.html", call=call, page=public_page(call, actor), conditions=conditions_of(chosen_of(pk))
        )

    @door("/<int:pk>/public", "show", kind="CallForm")
    def public(self, pk: int) -> str:
        """The call for staff as everybody reads it, before it is published too."""
        call = self.find(pk)
        return self.render(
            "grants/public_call.html",
            call=call,
            page=public_page(call, current_actor()),
            conditions=conditions_of(chosen_of(pk)),
        )

    def record_page(self, record: Call) -> pages.RecordPage:
        page = super().record_page(record)
        page.facts = staff_facts(record)
        is_public = record.state in CALL_PUBLIC
        held = quota_figures(record.id) if is_public else {}
        page.cards = [
            *staff_cards(record, held, applied(record.id) if is_public else Applied({}, ZERO)),
            conditions_card(chosen_of(record.id)),
        ]
        page.actions = self._links(record)
        page.notes = call_notes(record)
        return page

    def _value(self, name: str, value: Any, workflow: Any) -> str:
        return cells.history_value(name, value) or super()._value(name, value, workflow)

    def _links(self, call: Call) -> list[pages.Link]:
        actor = current_actor()
        links = []
        if actor.may("show", "CallForm"):
            read = url_for("CallWhole.index", pk=call.id)
            links = [pages.Link(_("Look at every part"), read, "list-check", primary=call.state is CallState.PROPOSED)]
            if call.state is CallState.DRAFT:
                design = url_for("CallDesigner.index", pk=call.id)
                links = [pages.Link(_("Build the call"), design, "list-check", primary=True)]
            elif call.state is not CallState.PROPOSED:
                links += [
                    pages.Link(_("Form"), url_for("CallForms.index", pk=call.id), "ui-checks"),
                    pages.Link(_("Files of this call"), url_for("CallDocuments.index", pk=call.id), "paperclip"),
                ]
        if actor.may("create", "Call"):
            links.append(pages.Link(_("Copy"), url_for("CallDesigner.copy", pk=call.id), "files"))
        if call.state in {CallState.PUBLISHED, CallState.OPEN} and actor.may("extend", "Call"):
            links.append(pages.Link(_("Extend"), url_for("CallView.extend", pk=call.id), "calendar-plus"))
        return links

    # Forms of the officer

    @door("/new", "create", methods=("GET", "POST"))
    def create(self) -> Drawn:
        """Draft a call of a year whose budget is approved."""
        years = db.session.scalars(
            select(FiscalYear).where(FiscalYear.state == FiscalYearState.APPROVED).order_by(FiscalYear.year.desc())
        ).all()
        typed = typed_values() if request.method == "POST" else dict(BEGINNING)
        names = [name for part in FIRST_PARTS for name in PARTS[part][1]]
        chosen = str(typed.get("year") or (years[0].id if years else ""))
        asked = pages.FieldView(
            "year", _("Budget year"), "choice", choices=[(year.id, str(year.year)) for year in years], value=chosen
        )

        def carry_out() -> tuple[str, str]:
            year = next((one for one in years if str(one.id) == chosen), None)
            if year is None:
                raise Refused(Sentence("There is no approved budget to take the money from."))
            call = create_call(year, actor=current_actor(), **read_call(typed, names))
            return url_for("CallDesigner.index", pk=call.id), _("Call %(number)s is drafted", number=call.number)

        def fields(told: Mapping[str, Any], problems: Mapping[str, Any]) -> Sequence[pages.FieldView]:
            drawn = [(str(PARTS[part][0]), "", fields_of(PARTS[part][1], told, problems)) for part in FIRST_PARTS]
            form.groups = [(drawn[0][0], "", [asked, *drawn[0][2]]), *drawn[1:]]
            return ()

        title = _("New call")
        form = pages.FormPage(
            title,
            request.path,
            lead=_("Everything else begins with a default and is looked at afterwards, part by part."),
            crumbs=[(str(self.title), self.list_url()), (title, None)],
            back_url=self.list_url(),
        )
        return form_or_done(self, form, fields=fields, carry_out=carry_out, typed=typed)

    @door("/<int:pk>/quotas", "change", methods=("GET", "POST"))
    def quotas(self, pk: int) -> Drawn:
        """Set how much goes to each category, or to the call as a whole."""
        call = self.find(pk)
        known = {"": None, **{one.code: one for one in categories()}}
        held = {quota.category_code or "": quota.amount for quota in call.quotas if quota.lot_id is None}
        typed = typed_values() if request.method == "POST" else {f"quota-{code}": held.get(code) for code in known}

        def fields(told: Mapping[str, Any], problems: Mapping[str, Any]) -> list[pages.FieldView]:
            return [
                pages.FieldView(
                    f"quota-{code}",
                    cells.category_name(one) or _("The whole call"),
                    "money",
                    required=False,
                    value=told.get(f"quota-{code}"),
                    errors=[sentence.render() for sentence in problems.get(f"quota-{code}", ())],
                )
                for code, one in known.items()
            ]

        def carry_out() -> tuple[str, str]:
            amounts = _amounts(known, typed)
            for code, amount in amounts.items():
                if amount != held.get(code, ZERO):
                    set_quota(call, actor=current_actor(), category=known[code], amount=amount)
            return self._designer(call), _(
                "The quotas come to %(total)s yuan", total=format_yuan(sum(amounts.values(), ZERO))
            )

        form = self._side_form(
            call, _("Quotas"), note=_("In yuan; empty is no quota. The sum stays within what is free.")
        )
        return form_or_done(self, form, fields=fields, carry_out=carry_out, typed=typed)

    @door("/<int:pk>/extend", "extend", methods=("GET", "POST"))
    def extend(self, pk: int) -> Drawn:
        """Move the closing moment to a later one, with a public reason."""
        call = self.find(pk)
        typed = typed_values()

        def fields(told: Mapping[str, Any], problems: Mapping[str, Any]) -> list[pages.FieldView]:
            def errors(name: str) -> list[str]:
                return [sentence.render() for sentence in problems.get(name, ())]

            return [
                pages.FieldView(
                    "closes_at",
                    _("New closing moment"),
                    "datetime",
                    value=told.get("closes_at"),
                    errors=errors("closes_at"),
                ),
                pages.FieldView(
                    "reason",
                    _("Reason"),
                    "textarea",
                    hint=_("It is published with the call."),
                    value=told.get("reason"),
                    errors=errors("reason"),
                ),
            ]

        def carry_out() -> tuple[str, str]:
            reason = read_value("reason", typed.get("reason"), str)
            extend_call(
                call, actor=current_actor(), closes_at=read_moment("closes_at", typed.get("closes_at")), reason=reason
            )
            return self.record_url(call), _("%(number)s is extended", number=call.number)

        note = _("The call closes at %(moment)s.", moment=cells.moment(call.closes_at))
        return form_or_done(
            self, self._side_form(call, _("Extend"), note=note), fields=fields, carry_out=carry_out, typed=typed
        )

    @door("/<int:pk>/lots", "change", methods=("GET", "POST"))
    def lots(self, pk: int) -> Drawn:
        """Take a list of lots into a draft: one lot a row, one quota each."""
        call = self.find(pk)

        def fields(_told: Mapping[str, Any], problems: Mapping[str, Any]) -> list[pages.FieldView]:
            told = [sentence.render() for sentence in problems.get("file", ())]
            hint = _("A spreadsheet or CSV: in each row a number, the name of the lot and its approved amount in yuan.")
            return [pages.FieldView("file", _("List of lots"), "file", hint=hint, accept=".csv,.xlsx", errors=told)]

        def carry_out() -> tuple[str, str]:
            upload = request.files.get("file")
            if upload is None or not upload.filename:
                raise Invalid({"file": [Sentence("Please choose a file.")]})
            with TemporaryDirectory() as folder:
                file = Path(folder) / "lots"
                upload.save(file)
                shown, rows = read_lots(file, upload.filename)
            if shown.bad:
                raise Refused(*(reason for row in shown.bad for reason in row.reasons))
            done = import_lots(call, actor=current_actor(), rows=rows)
            return self._designer(call), ngettext(
                "%(count)s lot, %(total)s yuan",
                "%(count)s lots, %(total)s yuan",
                len(rows),
                count=len(rows),
                total=format_yuan(done.total),
            )

        return form_or_done(
            self, self._side_form(call, _("Take in lots")), fields=fields, carry_out=carry_out, typed={}
        )

    def _designer(self, call: Call) -> str:
        """Where a part of a draft leads back to: all its parts, with what is still missing."""
        return url_for("CallDesigner.index", pk=call.id)

    def _side_form(self, call: Call, title: str, *, note: str = "") -> pages.FormPage:
        return pages.FormPage(
            title,
            request.path,
            lead=call.title,
            crumbs=[(str(self.title), self.list_url()), (call.number, self.record_url(call)), (title, None)],
            back_url=self.record_url(call),
            note=("info", note) if note else None,
        )

    # For organizations

    @door("/<int:pk>/apply", "create", kind="Application", methods=("POST",))
    def apply(self, pk: int) -> Any:
        """Start a draft under this call, for a lot where one is named."""
        call = self.find(pk)
        wanted = request.form.get("lot", "")
        lot = next((one for one in cells.lots_of(call) if str(one.id) == wanted), None)
        with transaction():
            application = start_application(call, actor=current_actor(), lot=lot)
        return redirect(url_for("ApplicationForm.index", pk=application.id))


def _amounts(known: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    amounts: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    for code in known:
        name = f"quota-{code}"
        try:
            amounts[code] = read_value(name, typed.get(name), Decimal, required=False, default=ZERO)
        except Invalid as invalid:
            problems.update(invalid.problems)
    if problems:
        raise Invalid(problems)
    return amounts
