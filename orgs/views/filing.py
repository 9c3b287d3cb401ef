"""What is brought into an organization's passport with a paper: documents, accounts, changes that wait for approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from flask import Response, abort, flash, redirect, request, url_for

from kernel import pages
from kernel.actor import Actor
from kernel.arguments import Argument, read_arguments
from kernel.db import transaction
from kernel.errors import Invalid, NotFound, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.steps import field_of, typed_values
from kernel.views import Page, door, find
from kernel.words import Sentence
from orgs.models import Organization, OrganizationDocument, ProfileChange
from orgs.operations import (
    propose_account,
    propose_legal_representative,
    propose_name,
    record_account,
    record_document,
    retire_document,
)
from orgs.views.deeds import DeedForm

FILE = ("stream", "filename")
FORMS = {
    form.name: form
    for form in (
        DeedForm(
            "document", record_document, "Bring a document", "file-earmark-arrow-up", "record", "OrganizationDocument"
        ),
        DeedForm("name", propose_name, "Ask for another name", "pencil", "propose", "ProfileChange"),
        DeedForm(
            "representative",
            propose_legal_representative,
            "Ask for another legal representative",
            "person-check",
            "propose",
            "ProfileChange",
        ),
        DeedForm("account", propose_account, "Ask for another bank account", "bank", "propose", "ProfileChange"),
        DeedForm("new_account", record_account, "Enter a bank account", "bank", "record", "BankAccount"),
    )
}
NOTES = {
    "name": _l("The name changes once the Centre has compared it with the certificate."),
    "representative": _l("The entry changes once the Centre has compared it with the paper."),
    "account": _l("Until the Centre has compared it with the bank's paper, you are paid to the former account."),
    "new_account": _l("The organization is told, and another person of the Centre verifies the account."),
}


def form_links(record: Organization, actor: Actor, *names: str) -> list[pages.Link]:
    """Give the ways to the forms that this person may fill in."""
    return [
        pages.Link(_(FORMS[name].label), url_for("PassportForms.deed", pk=record.id, name=name), FORMS[name].icon)
        for name in names
        if FORMS[name].is_open_to(actor)
    ]


class PassportForms(Page):
    """One form for each deed on a passport that comes with a paper."""

    kind = "Organization"
    route_base = "/organizations"

    @door("/<int:pk>/passport/<name>", "show", methods=("GET", "POST"))
    def deed(self, pk: int, name: str) -> Response | str | tuple[str, int]:
        """Ask for what a deed needs, or carry it out."""
        if name not in FORMS:
            raise NotFound
        form = FORMS[name]
        if not form.is_open_to(current_actor()):
            abort(HTTPStatus.FORBIDDEN)
        organization = find(Organization, pk)
        if request.method == "GET":
            return self._asked(form, organization, {}, {})
        typed = typed_values()
        try:
            arguments = _read(form, typed)
            with transaction():
                done = form.carry_out(organization, actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._asked(form, organization, typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._asked(form, organization, typed, {}, told), HTTPStatus.CONFLICT
        flash(_("Done: %(deed)s", deed=_(form.label)), "success")
        return redirect(_after(done, pk))  # type: ignore[return-value]

    def _asked(
        self,
        form: DeedForm,
        organization: Organization,
        typed: Mapping[str, Any],
        problems: Mapping[str, Any],
        errors: Sequence[str] = (),
    ) -> str:
        fields = [field_of(argument, typed, problems) for argument in _questions(form)]
        if _takes_file(form):
            told = [sentence.render() for sentence in problems.get("file", ())]
            hint = _("A scan or a photo, or the file itself: PDF, picture, up to 20 MB.")
            fields.append(pages.FieldView("file", _("File"), "file", hint, errors=told))
        back = url_for("OrganizationView.record", pk=organization.id)
        page = pages.FormPage(
            title=_(form.label),
            lead=organization.name,
            url=request.path,
            fields=fields,
            crumbs=[(organization.name, back), (_(form.label), None)],
            back_url=back,
            errors=errors,
            confirm=_("Save") if form.verb == "record" else _("Send for approval"),
            note=("info", str(NOTES[form.name])) if form.name in NOTES else None,
        )
        return self.render("kernel/form.html", form_page=page)

    @door("/documents/<int:pk>/retire", "retire", kind="OrganizationDocument", methods=("GET", "POST"))
    def retire(self, pk: int) -> Response | str | tuple[str, int]:
        """Let a document count no longer, or ask first."""
        document = find(OrganizationDocument, pk)
        back = url_for("OrganizationView.record", pk=document.organization_id)
        label = _("Retire the document")
        asked = pages.DialogView(label, _("It stays in the file, and nobody is reminded of it any more."), [], label)
        button = pages.ButtonView("retire", label, request.path, "archive", "bad", asked)
        page = pages.StepPage(button, _document_name(document), back, [(_document_name(document), back), (label, None)])
        if request.method == "GET":
            return self.render("kernel/step.html", step=page)
        try:
            with transaction():
                retire_document(document, actor=current_actor())
        except Refused as refused:
            page.errors = [reason.render() for reason in refused.reasons]
            return self.render("kernel/step.html", step=page), HTTPStatus.CONFLICT
        flash(_("Done: %(deed)s", deed=label), "success")
        return redirect(back)  # type: ignore[return-value]


def _document_name(document: OrganizationDocument) -> str:
    return document.title or _(document.kind.word)


def _questions(form: DeedForm) -> tuple[Argument, ...]:
    return tuple(one for one in form.arguments if one.name not in FILE)


def _takes_file(form: DeedForm) -> bool:
    return any(one.name in FILE for one in form.arguments)


def _read(form: DeedForm, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was typed and the upload, as the deed takes them.

    Raises Invalid with every problem at once, a file that is not there included.
    """
    problems: dict[str, Any] = {}
    values: dict[str, Any] = {}
    try:
        values = read_arguments(_questions(form), typed)
    except Invalid as invalid:
        problems.update(invalid.problems)
    upload = request.files.get("file")
    if _takes_file(form):
        if upload is None or not upload.filename:
            problems["file"] = [Sentence("Please choose a file.")]
        else:
            values |= {"stream": cast("Any", upload.stream), "filename": upload.filename}
    if problems:
        raise Invalid(problems)
    return values


def _after(done: Any, organization_id: int) -> str:
    if isinstance(done, ProfileChange):
        return url_for("ProfileChangeView.record", pk=done.id)
    return url_for("OrganizationView.record", pk=organization_id)
