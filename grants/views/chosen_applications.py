"""Deeds on many applications of the register: looked at row by row, and only then done."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.models import Application
from grants.operations.bundles import ask_for_bundle
from grants.operations.desk import STEPS, sorted_for_step, take_step_on_many, too_many
from grants.views.application_many import TAKE_OUT
from grants.views.applications import ApplicationView
from grants.workflows.applications import APPLICATION
from kernel import pages
from kernel.chosen import SHOWN, ChosenRow, carried_on, ids_of_chosen, register_url
from kernel.db import db, transaction
from kernel.errors import NotFound, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _, ngettext
from kernel.views import Page, door
from kernel.words import one_after_another


class ChosenApplications(Page):
    """What becomes of the chosen rows of the register."""

    kind = "Application"
    route_base = "/applications/chosen"

    @door("/", "list", methods=("POST",))
    def index(self) -> Any:
        """Ask for an archive of the chosen applications, or show what a step would do with each and take it."""
        name = request.form.get("action", "")
        if name != TAKE_OUT and name not in STEPS:
            raise NotFound
        verb = name if name == TAKE_OUT else APPLICATION.transitions[name].verb
        if not current_actor().may(verb, "Application"):
            abort(HTTPStatus.FORBIDDEN)
        ids = ids_of_chosen(ApplicationView, select(Application))
        if not ids:
            flash(_("Choose one application at least."), "warning")
            return redirect(_back())
        if name == TAKE_OUT:
            return self._take_out(ids)
        if reason := too_many(len(ids)):
            raise Refused(reason)
        return self._step(name, ids)

    def _take_out(self, ids: Sequence[int]) -> Any:
        with transaction():
            bundle = ask_for_bundle(ids, actor=current_actor())
        left = len(ids) - bundle.total
        if left:
            told = ngettext(
                "%(num)s was never handed in and is left out", "%(num)s were never handed in and are left out", left
            )
            flash(told, "info")
        return redirect(url_for("BundleView.record", pk=bundle.id))

    def _step(self, name: str, ids: Sequence[int]) -> Any:
        actor = current_actor()
        if request.form.get("stage") != "sure":
            return self._look(name, ids)
        try:
            with transaction():
                count = take_step_on_many(ids, name, actor=actor)
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._look(name, ids, told), HTTPStatus.CONFLICT
        flash(ngettext("Done with %(num)s application", "Done with %(num)s applications", count), "success")
        return redirect(_back())

    def _look(self, name: str, ids: Sequence[int], errors: Sequence[str] = ()) -> str:
        wanted = select(Application).where(Application.id.in_(ids)).order_by(Application.number)
        options = (joinedload(Application.organization), joinedload(Application.call))
        found = db.session.scalars(wanted.options(*options)).all()
        able, left = sorted_for_step(found, name, actor=current_actor())
        label = _(APPLICATION.transitions[name].label)
        page = pages.FormPage(
            title=label,
            url=f"{self.route_base}/",
            lead=_("All of these take the step together, or none."),
            crumbs=[(str(ApplicationView.title), "/applications/"), (label, None)],
            back_url=_back(),
            confirm=label,
            can_send=bool(able),
            errors=errors or ([] if able else [_("It is possible for none of them.")]),
        )
        told = [(one, one_after_another(reason.render() for reason in reasons)) for one, reasons in left]
        rows = [_row(one) for one in able]
        return self.render(
            "kernel/bulk.html",
            form_page=page,
            able=rows,
            left=[_row(one, why) for one, why in told],
            able_title=ngettext(
                "This step is taken by %(num)s application", "This step is taken by %(num)s applications", len(able)
            ),
            changes="",
            noun=_("Project / number"),
            shown=SHOWN,
            hidden=carried_on(name, "sure", rows),
        )


def _row(one: Application, why: str = "") -> ChosenRow:
    return ChosenRow(one.id, f"/applications/{one.id}", str(one), f"{one.number} · {one.organization.name}", why=why)


def _back() -> str:
    return register_url(ApplicationView)
