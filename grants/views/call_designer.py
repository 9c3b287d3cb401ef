"""Building a call: all its parts with their state, what is still missing, and the law behind it; a copy of another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.models import Call, CallQuota, FiscalYear
from grants.operations.call_copies import copy_call
from grants.operations.call_documents import DOCUMENT
from grants.operations.calls import change_call
from grants.queries.forms import definition_being_built
from grants.rules.call_design import gaps_of, nature_rules
from grants.rules.eligibility.choosing import chosen_of
from grants.states import CallState, FiscalYearState
from grants.views.call_form import MANY, PARTS, fields_of, read_call, values_of
from grants.views.call_parts import Point, designer_parts, line_of
from grants.views.deeds import Drawn, form_or_done
from grants.workflows.calls import CALL
from kernel import pages
from kernel.arguments import read_value
from kernel.db import db, expect_version
from kernel.errors import NotFound, Refused
from kernel.files import files_of
from kernel.identity import current_actor
from kernel.speech import gettext as _
from kernel.steps import step_button, version_typed
from kernel.views import Page, door, typed_values
from kernel.words import Sentence

OPTIONS = (
    joinedload(Call.fiscal_year),
    joinedload(Call.quotas).joinedload(CallQuota.category),
    joinedload(Call.quotas).joinedload(CallQuota.lot),
)


class CallDesigner(Page):
    """The parts of a call while it is a draft."""

    kind = "CallForm"
    route_base = "/calls"

    @door("/<int:pk>/design", "show")
    def index(self, pk: int) -> str:
        """Show every part with its state, and what stands in the way of the proposal."""
        call = _find(pk)
        if call.state not in {CallState.DRAFT, CallState.PROPOSED}:
            raise NotFound
        actor, form, chosen = current_actor(), definition_being_built(pk), chosen_of(pk)
        documents = files_of(call, DOCUMENT)
        gaps = gaps_of(call, actor, chosen=chosen, form=form, documents=len(documents))
        parts = designer_parts(call, form=form, chosen=chosen, documents=len(documents))
        may_change = call.state is CallState.DRAFT and actor.may("change", "Call")
        read = url_for("CallWhole.index", pk=pk)
        lines = [line_of(part, gaps, may_change=may_change, read_url=read) for part in parts]
        urls = {part.code: line.url or read for part, line in zip(parts, lines, strict=True)}
        return self.render(
            "grants/call_design.html",
            call=call,
            lines=lines,
            done=sum(line.chip is not None and line.chip[0] == "ok" for line in lines),
            missing=[Point(gap.sentence.render(), urls[gap.part]) for gap in gaps if gap.blocks],
            advice=[Point(gap.sentence.render(), urls[gap.part]) for gap in gaps if not gap.blocks],
            laws=[
                (sentence.render(), source.render() if source else "") for sentence, source in nature_rules(call.nature)
            ],
            buttons=[_propose(call)] if may_change and not any(gap.blocks for gap in gaps) else [],
            may_change=may_change,
            crumbs=[
                (_("Calls"), url_for("CallView.index")),
                (call.number, url_for("CallView.record", pk=pk)),
                (_("Build the call"), None),
            ],
        )

    @door("/<int:pk>/design/<name>", "change", kind="Call", methods=("GET", "POST"))
    def part(self, pk: int, name: str) -> Drawn:
        """Ask for one part of a draft, or take it."""
        if name not in PARTS:
            raise NotFound
        call, (title, names) = _find(pk), PARTS[name]
        typed = _typed() if request.method == "POST" else values_of(call)
        back = url_for("CallDesigner.index", pk=pk)

        def fields(told: Mapping[str, Any], problems: Mapping[str, Any]) -> Sequence[pages.FieldView]:
            return fields_of(names, told, problems)

        def carry_out() -> tuple[str, str]:
            expect_version(call, version_typed())
            change_call(call, actor=current_actor(), values=read_call(typed, names))
            return back, _("Saved: %(section)s", section=title)

        form = _form(call, str(title), back)
        form.version = call.version
        return form_or_done(self, form, fields=fields, carry_out=carry_out, typed=typed)

    @door("/<int:pk>/copy", "create", kind="Call", methods=("GET", "POST"))
    def copy(self, pk: int) -> Drawn:
        """Draft a call like this one for another year."""
        call = _find(pk)
        years = db.session.scalars(
            select(FiscalYear).where(FiscalYear.state == FiscalYearState.APPROVED).order_by(FiscalYear.year.desc())
        ).all()
        newest = years[0] if years else None
        title = call.title.replace(str(call.fiscal_year.year), str(newest.year)) if newest else call.title
        typed = typed_values() if request.method == "POST" else {"year": newest.id if newest else "", "title": title}

        def fields(told: Mapping[str, Any], problems: Mapping[str, Any]) -> Sequence[pages.FieldView]:
            choices = [(year.id, str(year.year)) for year in years]
            return [
                pages.FieldView("year", _("Budget year"), "choice", choices=choices, value=told.get("year")),
                pages.FieldView(
                    "title",
                    _("Title"),
                    value=told.get("title"),
                    maxlength=200,
                    errors=[one.render() for one in problems.get("title", ())],
                ),
            ]

        def carry_out() -> tuple[str, str]:
            year = next((one for one in years if str(one.id) == str(typed.get("year"))), None)
            if year is None:
                raise Refused(Sentence("There is no approved budget to take the money from."))
            told = read_value("title", typed.get("title"), str, most=200)
            made = copy_call(call, actor=current_actor(), year=year, title=told)
            return url_for("CallDesigner.index", pk=made.id), _("Call %(number)s is drafted", number=made.number)

        form = _form(call, _("Copy"), url_for("CallView.record", pk=pk))
        form.note = (
            "info",
            _("Quotas, lots, caps, form, conditions and documents come along; dates move to working days."),
        )
        form.confirm = _("Draft the copy")
        return form_or_done(self, form, fields=fields, carry_out=carry_out, typed=typed)


def _find(pk: int) -> Call:
    found = db.session.scalars(select(Call).where(Call.id == pk).options(*OPTIONS)).unique().first()
    if found is None:
        raise NotFound
    return found


def _propose(call: Call) -> pages.ButtonView:
    """The step to the director, whose rules the page has asked already, part by part."""
    return step_button(CALL, CALL.transitions["propose"], call, url_for("CallView.step", pk=call.id, name="propose"))


def _typed() -> dict[str, Any]:
    return typed_values() | {name: request.form.getlist(name) for name in MANY}


def _form(call: Call, title: str, back: str) -> pages.FormPage:
    return pages.FormPage(
        title,
        request.path,
        lead=call.title,
        crumbs=[(_("Calls"), url_for("CallView.index")), (call.number, back), (title, None)],
        back_url=back,
    )
