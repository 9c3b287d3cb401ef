"""Asking for corrections: what was handed in, part by part, with room for a note beside each."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, url_for
from sqlalchemy.orm import joinedload

from grants.models import Application
from grants.operations.corrections import ask_for_corrections
from grants.queries.applications import latest_version
from grants.reports.handed_in import parts_of
from grants.rules.corrections import NOT_CORRECTED
from grants.workflows.applications import APPLICATION
from kernel.calendar import add_working_days
from kernel.clock import today
from kernel.db import transaction
from kernel.errors import Invalid, NotFound, Refused
from kernel.identity import current_actor, current_locale
from kernel.speech import gettext as _
from kernel.steps import typed_values, version_typed
from kernel.views import Page, door, find
from kernel.words import one_after_another
from kernel.workflow import lock_as_opened

NOTE = "note-"
OPTIONS = (joinedload(Application.call), joinedload(Application.organization))


class ApplicationCorrections(Page):
    """The officer's page of one round of corrections."""

    kind = "Application"
    route_base = "/applications"

    @door("/<int:pk>/corrections", "return_application", methods=("GET", "POST"))
    def ask(self, pk: int) -> Any:
        """Ask for corrections with a note on each part, or send them."""
        application = find(Application, pk, *OPTIONS)
        typed = typed_values()
        if "reason" not in typed:
            return self._page(application, {}, [])
        comments = {name.removeprefix(NOTE): str(text) for name, text in typed.items() if name.startswith(NOTE)}
        try:
            with transaction():
                lock_as_opened(application, version_typed(), actor=current_actor())
                ask_for_corrections(
                    application, actor=current_actor(), comments=comments, reason=str(typed.get("reason", ""))
                )
        except Invalid as invalid:
            told = [(one.render(), None) for one in invalid.reasons]
            return self._page(find(Application, pk), typed, told), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            told = [(one.render(), None) for one in refused.reasons]
            return self._page(find(Application, pk), typed, told), HTTPStatus.CONFLICT
        flash(
            _(
                "%(number)s is back with the organization until %(day)s",
                number=application.number,
                day=application.return_due_on,
            ),
            "success",
        )
        return redirect(url_for("ApplicationView.record", pk=pk))

    def _page(self, application: Application, typed: Mapping[str, Any], errors: list[tuple[str, None]]) -> str:
        version = latest_version(application.id)
        if version is None:
            raise NotFound
        reasons = APPLICATION.refusals(application, APPLICATION.transitions["return_application"], current_actor())
        closed = {one.value for one in NOT_CORRECTED}
        return self.render(
            "grants/application_corrections.html",
            application=application,
            parts=[part for part in parts_of(version.snapshot, current_locale()) if part.section not in closed],
            typed=typed,
            errors=errors,
            refused=one_after_another(reason.render() for reason in reasons),
            due=add_working_days(today(), application.call.correction_days),
            days=application.call.correction_days,
            record_url=url_for("ApplicationView.record", pk=application.id),
        )
