"""Deeds on many organizations of the register: asked, looked at row by row, and only then done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, abort, flash, redirect, request
from sqlalchemy import select

from kernel import pages
from kernel.arguments import read_arguments
from kernel.chosen import (
    SHOWN,
    ChosenRow,
    carried_on,
    chosen_ids,
    chosen_rows,
    ids_of_chosen,
    is_everything,
    register_url,
)
from kernel.db import transaction
from kernel.errors import Invalid, NotFound, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _, ngettext
from kernel.views import Page, door
from kernel.words import Sentence
from orgs.models import Organization
from orgs.operations import (
    Plan,
    too_many,
)
from orgs.views.chosen import NOUN, chosen_row, organizations_of
from orgs.views.claims import letters_page
from orgs.views.deeds import DeedForm, deed_fields, typed_into
from orgs.views.many import DEEDS, EXPORT, LETTERS, BulkDeed
from orgs.views.organizations import OrganizationView


class ChosenOrganizations(Page):
    """What becomes of the chosen rows of the register."""

    kind = "Organization"
    route_base = "/organizations/chosen"

    @door("/", "list", methods=("POST",))
    def index(self) -> Response | str | tuple[str, int]:
        """Send the chosen rows as a file, or ask what a deed on them needs, show what it would do, and do it."""
        name = request.form.get("action", "")
        if name == EXPORT:
            return self._file()
        deed = DEEDS.get(name)
        if deed is None and name != LETTERS:
            raise NotFound
        verb, kind = (deed.form.verb, deed.form.kind) if deed else ("write_letters", "Claim")
        if not current_actor().may(verb, kind):
            abort(HTTPStatus.FORBIDDEN)
        ids = ids_of_chosen(OrganizationView, select(Organization))
        if not ids:
            flash(_("Choose one organization at least."), "warning")
            return redirect(_back())  # type: ignore[return-value]
        if reason := too_many(len(ids)):
            raise Refused(reason)
        return letters_page(ids) if deed is None else self._on(deed, ids)

    def _file(self) -> Response:
        if not chosen_ids() and not is_everything():
            flash(_("Choose one organization at least."), "warning")
            return redirect(_back())  # type: ignore[return-value]
        view = OrganizationView()
        asked = request.form.get("asked", "") if is_everything() else "chosen"
        return view.send_file(chosen_rows(OrganizationView, view.query()), "xlsx", asked)

    def _on(self, deed: BulkDeed, ids: Sequence[int]) -> Response | str | tuple[str, int]:
        stage, organizations = request.form.get("stage", ""), organizations_of(ids)
        if not stage:
            return self._ask(deed, organizations, {})
        typed = typed_into(deed.form)
        try:
            answers = read_arguments(deed.form.arguments, typed)
            plan = deed.plan(organizations, answers)
            if not plan.able:
                told = [_("It is possible for none of them.")]
                return self._ask(deed, organizations, typed, errors=told, left=plan.left), HTTPStatus.CONFLICT
            if stage != "sure":
                return self._look(deed, plan, typed)
            with transaction():
                count = deed.form.carry_out(ids, actor=current_actor(), **answers)
        except Invalid as invalid:
            return self._ask(deed, organizations, typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            errors = [reason.render() for reason in refused.reasons]
            return self._ask(deed, organizations, typed, errors=errors), HTTPStatus.CONFLICT
        flash(deed.told(count), "success")
        return redirect(_back())  # type: ignore[return-value]

    def _ask(
        self,
        deed: BulkDeed,
        organizations: Sequence[Organization],
        typed: Mapping[str, Any],
        problems: Mapping[str, Any] | None = None,
        errors: Sequence[str] = (),
        left: Sequence[tuple[Organization, Sentence]] = (),
    ) -> str:
        page = self._page(deed, _("Look at what it does"))
        page.fields, page.errors = deed_fields(deed.form, typed, problems or {}), errors
        page.lead = _("Nothing is done yet: first you see what it does to each.")
        count = len(organizations)
        return self._render(
            page,
            deed,
            "look",
            able=[chosen_row(one) for one in organizations],
            left=_left(left),
            able_title=ngettext("%(num)s chosen organization", "%(num)s chosen organizations", count),
            changes="",
        )

    def _look(self, deed: BulkDeed, plan: Plan, typed: Mapping[str, Any]) -> str:
        count = len(plan.able)
        page = self._page(deed, _(deed.form.label))
        able = [
            chosen_row(one, old=deed.written(old) if old else "", new=deed.written(new)) for one, old, new in plan.able
        ]
        return self._render(
            page,
            deed,
            "sure",
            _as_typed(deed.form, typed),
            message=(typed["headline"], typed["text"]) if "text" in typed else None,
            able=able,
            left=_left(plan.left),
            able_title=ngettext("This happens to %(num)s organization", "This happens to %(num)s organizations", count),
            changes=deed.changes,
        )

    def _page(self, deed: BulkDeed, confirm: str) -> pages.FormPage:
        label = _(deed.form.label)
        return pages.FormPage(
            title=label,
            url=f"{self.route_base}/",
            crumbs=[(str(OrganizationView.title), "/organizations/"), (label, None)],
            back_url=_back(),
            confirm=confirm,
        )

    def _render(
        self,
        page: pages.FormPage,
        deed: BulkDeed,
        stage: str,
        told: Sequence[tuple[str, Any]] = (),
        **shown: Any,
    ) -> str:
        hidden = [*carried_on(deed.form.name, stage, shown["able"]), *told]
        return self.render("kernel/bulk.html", form_page=page, hidden=hidden, shown=SHOWN, noun=NOUN, **shown)


def _left(left: Sequence[tuple[Organization, Sentence]]) -> list[ChosenRow]:
    return [chosen_row(one, why=why.render()) for one, why in left]


def _back() -> str:
    return register_url(OrganizationView)


def _as_typed(form: DeedForm, typed: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Give the answers as the form held them: a list of ticked boxes has a line for each."""
    answers = ((argument.name, typed.get(argument.name, "")) for argument in form.arguments)
    return [(name, one) for name, told in answers for one in (told if isinstance(told, tuple) else (told,))]
