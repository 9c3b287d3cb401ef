"""Several people of one organization at one application: who is here, who is asked to submit, and a new start."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import BadRequest

from grants.models import Application
from grants.operations.application_form import take_from_passport
from grants.operations.applying import ask_to_submit, copy_application, note_presence
from grants.queries.applying import colleagues_at_work
from grants.rules.corrections import own_titles, section_word
from grants.states import APPLICATION_EDITABLE, AttachmentKind, Section
from kernel.db import transaction
from kernel.errors import NotFound, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _
from kernel.views import Page, door, find
from kernel.words import one_after_another

WITH_CALL = joinedload(Application.call)
WITH_ORGANIZATION = joinedload(Application.organization)
WITH_FORM = joinedload(Application.form_version)
SOON, LATER = 20, 60
"""After how many seconds a page tells of itself again: while colleagues are there, and while nobody is."""


class ApplicationTogether(Page):
    """What the people of an organization do together at a form."""

    kind = "Application"
    route_base = "/applications"

    @door("/<int:pk>/presence", "edit", methods=("POST",))
    def presence(self, pk: int) -> Any:
        """Say that I am here, and hear in which parts my colleagues are; told only inside the organization."""
        application, actor = find(Application, pk, WITH_FORM), current_actor()
        section = request.form.get("section", "")
        titles = own_titles(application)
        if application.state not in APPLICATION_EDITABLE or section not in {*Section, *titles}:
            raise NotFound
        with transaction():
            if not note_presence(application, actor=actor, section=section):
                return jsonify(others=[], same=False, after=0)
        others = colleagues_at_work(pk, actor.user_id)
        told = [
            _("%(who)s is editing “%(section)s”", who=one.name, section=section_word(one.section, titles))
            for one in others
        ]
        return jsonify(others=told, same=any(one.section == section for one in others), after=SOON if others else LATER)

    @door("/<int:pk>/ask", "edit", methods=("POST",))
    def ask(self, pk: int) -> Any:
        """Ask the organization's administrators to look it over and submit."""
        application = find(Application, pk, WITH_CALL)
        try:
            with transaction():
                count = ask_to_submit(application, actor=current_actor())
        except Refused as refused:
            flash(one_after_another(reason.render() for reason in refused.reasons), "danger")
        else:
            flash(
                _("Your administrator was asked to submit") if count else _("They were asked today already"), "success"
            )
        return redirect(url_for("ApplicationForm.section", pk=pk, name=Section.DECLARATION.value))

    @door("/<int:pk>/passport-files", "edit", methods=("POST",))
    def take(self, pk: int) -> Any:
        """Attach a paper that the passport holds already."""
        application = find(Application, pk, WITH_CALL, WITH_ORGANIZATION)
        try:
            kind = AttachmentKind(request.form.get("kind", ""))
        except ValueError:
            raise BadRequest from None
        try:
            with transaction():
                file = take_from_passport(application, actor=current_actor(), kind=kind)
        except Refused as refused:
            flash(one_after_another(reason.render() for reason in refused.reasons), "danger")
        else:
            flash(_("“%(name)s” is attached", name=file.original_name), "success")
        return redirect(url_for("ApplicationForm.section", pk=pk, name=Section.ATTACHMENTS.value))

    @door("/<int:pk>/copy", "create", methods=("POST",))
    def copy(self, pk: int) -> Any:
        """Take a withdrawn application up again as a new draft."""
        application = find(Application, pk, WITH_CALL)
        try:
            with transaction():
                copy = copy_application(application, actor=current_actor())
        except Refused as refused:
            flash(one_after_another(reason.render() for reason in refused.reasons), "danger")
            return redirect(url_for("ApplicationView.record", pk=pk))
        flash(
            _(
                "%(number)s is a new draft with the text and files of %(old)s",
                number=copy.number,
                old=application.number,
            ),
            "success",
        )
        return redirect(url_for("ApplicationForm.index", pk=copy.id))
