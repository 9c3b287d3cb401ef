"""The page of deputies: who stands in for whom, from when to when, and every act that was done so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, flash, redirect, request, url_for
from markupsafe import Markup

from kernel import drawing, pages
from kernel.actor import Actor
from kernel.arguments import read_value
from kernel.clock import local, today
from kernel.db import transaction
from kernel.deputies import Deputy, acts_of
from kernel.deputy_deeds import candidates, end_deputy, name_deputy
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.names import action_words, kind_words
from kernel.people import names_of
from kernel.permissions import ROLES
from kernel.proof import proof_fields, take_proof
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, RecordView, door, typed_values

CELLS = "kernel/deputy_cells.html"
ASKED: dict[str, type] = {"deputy_id": int, "from_day": date, "to_day": date, "reason": str}


def _chip(tone: str, icon: str, label: str) -> Markup:
    return drawing.drawn(CELLS, "chip", tone, icon, label)


def _state(one: Deputy) -> Markup:
    """Say whether it holds today: with its colour, its picture and its word."""
    if one.is_in_force:
        return _chip("leaf", "play-circle-fill", _("In force"))
    if one.is_over:
        return _chip("idle", "dash-circle", _("Over"))
    return _chip("info", "clock-history", _("Not begun"))


class DeputyView(RecordView):
    """Deputies of all times, the newest first."""

    model = Deputy
    kind = "Deputy"
    route_base = "/deputies"
    title = _l("Deputies")
    base_order = "-from"
    keeps_views = False
    columns = (
        Column("deputy", _l("Deputy"), lambda one: one.deputy_name),
        Column("principal", _l("Stands in for"), lambda one: one.principal_name),
        Column("role", _l("Duty"), lambda one: _(ROLES[one.role].label) if one.role in ROLES else one.role),
        Column("from", _l("From day"), lambda one: one.from_day, sort=Deputy.from_day),
        Column("to", _l("To day"), lambda one: one.to_day, sort=Deputy.to_day),
        Column("state", _l("State"), _state),
    )
    labels = {"from_day": _l("From day"), "to_day": _l("To day"), "reason": _l("Reason"), "ended_at": _l("Ended at")}

    def list_actions(self, actor: Actor) -> Sequence[pages.Link]:
        if not actor.may("name", "Deputy"):
            return ()
        return [pages.Link(_("Name a deputy"), url_for("DeputyView.name"), "plus-lg", primary=True)]

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        _name(records)
        return super().list_page(state, records, paging)

    def row_label(self, record: Any) -> str:
        return f"{record.deputy_name} {record.from_day}"

    def record_url(self, record: Any) -> str:
        return super().record_url(record) if current_actor().may("show", "Deputy") else ""

    def record_page(self, record: Any) -> pages.RecordPage:
        _name([record])
        page = super().record_page(record)
        page.title = _("%(deputy)s for %(principal)s", deputy=record.deputy_name, principal=record.principal_name)
        page.crumbs = [(str(self.title), self.list_url()), (record.deputy_name, None)]
        page.buttons = self._end_button(record)
        ended = f"{local(record.ended_at):%Y-%m-%d %H:%M}" if record.ended_at else ""
        page.facts = [
            (_("State"), _state(record)),
            (_("Duty"), _(ROLES[record.role].label) if record.role in ROLES else record.role),
            (_("From day"), record.from_day),
            (_("To day"), record.to_day),
            (_("Ended at"), ended),
            (_("Reason"), record.reason, True),
        ]
        if self._may_read_acts(record):
            page.cards = [pages.PanelView("acts", _("What was done so"), _acts(record), flush=True)]
        return page

    def _may_read_acts(self, record: Deputy) -> bool:
        actor = current_actor()
        return actor.user_id in {record.principal_id, record.deputy_id} or "auditor" in actor.roles

    def _end_button(self, record: Deputy) -> list[pages.ButtonView]:
        actor = current_actor()
        if record.is_over or record.principal_id != actor.user_id or not actor.may("end", "Deputy"):
            return []
        label = _("End it now")
        text = _("From this moment on nothing can be done in your name any more.")
        dialog = pages.DialogView(label, text, (), label)
        url = url_for("DeputyView.end", pk=record.id)
        return [pages.ButtonView("end", label, url, "x-lg", "bad", dialog=dialog)]

    @door("/<int:pk>/end", "end", methods=("GET", "POST"))
    def end(self, pk: int) -> Response | str | tuple[str, int]:
        """End a deputy at once; without script the question stands on a page of its own."""
        deputy = self.find(pk)
        if request.method == "POST":
            try:
                with transaction():
                    end_deputy(deputy, actor=current_actor())
            except Refused as refused:
                return self._question(self.find(pk), [reason.render() for reason in refused.reasons]), 409
            flash(_("Nobody stands in for you any more"), "success")
            return redirect(self.record_url(deputy))  # type: ignore[return-value]
        return self._question(deputy)

    def _question(self, deputy: Any, errors: Sequence[str] = ()) -> str:
        _name([deputy])
        label = _("End it now")
        dialog = pages.DialogView(label, deputy.deputy_name, (), label)
        button = pages.ButtonView("end", label, request.path, "x-lg", "bad", dialog=dialog)
        crumbs = [(str(self.title), self.list_url()), (deputy.deputy_name, None)]
        step = pages.StepPage(button, deputy.deputy_name, self.record_url(deputy), crumbs, errors)
        return self.render("kernel/step.html", step=step)

    @door("/name", "name", methods=("GET", "POST"))
    def name(self) -> Response | str | tuple[str, int]:
        """Name a deputy, or ask for whom, from when to when, and why."""
        typed = typed_values()
        if request.method == "GET":
            return self._form({"from_day": today(), **typed})
        try:
            asked = _read(typed)
            if wrong := take_proof():
                raise Invalid(wrong)
            with transaction():
                named = name_deputy(actor=current_actor(), **asked)
        except Invalid as invalid:
            return self._form(typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            return self._form(typed, errors=[reason.render() for reason in refused.reasons]), HTTPStatus.CONFLICT
        flash(_("The deputy is named and told"), "success")
        return redirect(self.record_url(named))  # type: ignore[return-value]

    def _form(
        self, typed: Mapping[str, Any], problems: Mapping[str, Any] | None = None, errors: Sequence[str] = ()
    ) -> str:
        told = problems or {}

        def field(name: str, label: str, control: str, hint: str = "", **more: Any) -> pages.FieldView:
            wrong = [reason.render() for reason in told.get(name, ())]
            return pages.FieldView(name, label, control, hint, value=typed.get(name), errors=wrong, **more)

        people = candidates(current_actor())
        choices = [(str(pk), name) for pk, name in people.items()]
        hint = _("A colleague cannot decide what they worked on themselves; finance approves no payments.")
        fields = [
            field("deputy_id", _("Deputy"), "choice", hint, choices=choices),
            field("from_day", _("From day"), "date"),
            field("to_day", _("To day"), "date", _("At most 92 days; it ends by itself.")),
            field("reason", _("Reason"), "textarea"),
            *proof_fields(told),
        ]
        form = pages.FormPage(
            _("Name a deputy"),
            request.path,
            fields,
            crumbs=[(str(self.title), self.list_url()), (_("Name a deputy"), None)],
            back_url=self.list_url(),
            errors=errors,
            confirm=_("Name this deputy"),
            note=("info", _("Each act is recorded with both names, and you are told of it the next morning.")),
        )
        return self.render("kernel/form.html", form_page=form)


def _name(records: Sequence[Any]) -> None:
    names = names_of(pk for one in records for pk in (one.deputy_id, one.principal_id))
    for one in records:
        one.deputy_name, one.principal_name = names.get(one.deputy_id, ""), names.get(one.principal_id, "")


def _read(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Read what was typed; raises Invalid field by field."""
    read: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    for name, kind in ASKED.items():
        try:
            read[name] = read_value(name, typed.get(name), kind)
        except Invalid as invalid:
            problems |= invalid.problems
    if problems:
        raise Invalid(problems)
    return read


def _acts(deputy: Deputy) -> Markup:
    """Draw a deputy's acts: when, what, on which record."""
    rows, seen = [], set()
    for event in acts_of(deputy):
        key = (event.request_id or event.seq, event.action, event.subject_kind, event.subject_id)
        if key in seen:
            continue
        seen.add(key)
        what = action_words(event.action, event.subject_kind)
        rows.append([f"{local(event.at):%Y-%m-%d %H:%M}", what, _record(event.subject_kind, event.subject_id)])
    if not rows:
        return drawing.drawn(CELLS, "empty", _("Nothing has been done so yet"), "clock-history")
    return drawing.drawn(
        CELLS, "simple", [(_("When"), False), (_("Deed"), False), (_("Record"), False)], rows, _("What was done so")
    )


def _record(kind: str, pk: int | None) -> Any:
    """Lead to the record of an act, where it has a page of its own that the reader may open."""
    views = [view for view in current_app.appbuilder.baseviews if isinstance(view, RecordView)]  # type: ignore[attr-defined]
    found = next((view for view in views if view.kind == kind and view.has_records), None)
    if found is None or pk is None or not current_actor().may("show", kind):
        return f"{kind_words(kind)} {pk or ''}"
    return drawing.drawn(CELLS, "link", f"{kind_words(kind)} {pk}", f"{found.route_base}/{pk}")
