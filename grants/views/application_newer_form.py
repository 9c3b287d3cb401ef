"""A draft whose call asks differently by now: what would change for it, what would find no place, and the way over."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, request, url_for

from grants.models import Application
from grants.operations.newer_forms import going_over, take_newer_form
from grants.queries.forms import versions_of_form
from grants.rules.applications import may_be_edited
from grants.rules.newer_forms import newer_form_waits
from grants.states import ApplicationState
from grants.views import cells
from grants.views.application_form import OPTIONS, crumbs_of
from grants.views.application_versions import changed
from kernel.db import transaction
from kernel.errors import NotFound, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _, ngettext
from kernel.steps import version_typed
from kernel.views import Page, door, find


class ApplicationNewerForm(Page):
    """The newer questions of a call, for the authors of a draft that was begun on older ones."""

    kind = "Application"
    route_base = "/applications"

    @door("/<int:pk>/newer-form", "edit", methods=("GET", "POST"))
    def index(self, pk: int) -> Any:
        """Show what the newer questions change for this draft, or take it there."""
        application = find(Application, pk, *OPTIONS)
        if application.state is not ApplicationState.DRAFT:
            raise NotFound
        if request.method == "GET":
            return self._page(application)
        try:
            with transaction():
                told = take_newer_form(application, actor=current_actor(), number=version_typed() or 0)
        except Refused as refused:
            reasons = [reason.render() for reason in refused.reasons]
            return self._page(find(Application, pk, *OPTIONS), reasons), HTTPStatus.CONFLICT
        kept = ngettext("%(num)s answer is kept", "%(num)s answers are kept", told.kept)
        flash(_("The draft has the newest questions now: %(kept)s", kept=kept), "success")
        return redirect(url_for("ApplicationNewerForm.index" if told.left else "ApplicationForm.index", pk=pk))

    def _page(self, application: Application, errors: list[str] | None = None) -> str:
        waits = newer_form_waits(application)
        if not waits and not application.left_answers and not errors:
            raise NotFound
        versions = versions_of_form(application.call_id) if waits else []
        own = application.form_version.number if application.form_version is not None else 0
        told = going_over(application, versions[0].form) if versions else None
        return self.render(
            "grants/application_newer_form.html",
            application=application,
            errors=errors or [],
            closed=(no := may_be_edited(application)) and no.render(),
            newest=versions[0].number if versions else 0,
            reasons=[(cells.moment(one.created_at), one.reason) for one in versions if one.number > own and one.reason],
            told=told,
            reworded=[changed(*pair, label=pair[1]) for pair in told.reworded] if told else [],
            left=application.left_answers,
            crumbs=[
                *crumbs_of(application)[:-1],
                (application.number, url_for("ApplicationForm.index", pk=application.id)),
                (_("The newer questions"), None),
            ],
        )
