"""Ratings: those that wait to be verified first, each with its steps."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlencode

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kernel import pages
from kernel.db import transaction
from kernel.errors import Refused
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, Search, door
from orgs import rules
from orgs.models import Organization, Rating
from orgs.operations import attach_certificate, discard_rating
from orgs.queries import found_by
from orgs.states import RatingGrade, RatingState
from orgs.views import cells
from orgs.views.attachments import drawn_files
from orgs.workflows import RATING

CONFIRM: Final = RATING.transitions["confirm"]


class RatingView(RecordView):
    """The register of ratings."""

    model = Rating
    kind = "Rating"
    route_base = "/ratings"
    title = _l("Ratings")
    workflow = RATING
    options = (joinedload(Rating.organization),)
    record_options = (joinedload(Rating.organization),)
    search = Search(
        _l("Name, former name, pinyin or credit code"),
        lambda told: Rating.organization_id.in_(select(Organization.id).where(found_by(told))),
    )
    columns = (
        Column("organization", _l("Organization / credit code"), lambda rating: rating.organization.name),
        Column("grade", _l("Rating"), cells.rating_line),
        Column("announced_on", _l("Announced on"), lambda rating: rating.announced_on),
        Column("days", _l("Counts"), cells.days_of),
        Column("number", _l("Certificate number"), lambda rating: rating.certificate_number, hide_phone=True),
        Column("state", _l("State"), lambda rating: cells.drawn("state_or", rating.state, "")),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in RatingState],
            lambda code: Rating.state == RatingState(code),
        ),
        Filter(
            "grade",
            _l("Rating"),
            lambda: [(grade.value, grade.value) for grade in RatingGrade],
            lambda code: Rating.grade == RatingGrade(code),
        ),
        Filter(
            "dated",
            _l("Announcement"),
            lambda: [("yes", _("Its day is known")), ("no", _("Its day is not known yet"))],
            lambda told: Rating.announced_on.is_not(None) if told == "yes" else Rating.announced_on.is_(None),
        ),
    )
    labels = {
        "grade": _l("Rating"),
        "announced_on": _l("Announced on"),
        "valid_to": _l("Counts until"),
        "certificate_number": _l("Certificate number"),
        "reason": _l("Reason"),
    }

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        page = super().list_page(state, records, paging)
        if current_actor().may(CONFIRM.verb, "Rating"):
            page.bulk, page.bulk_url = [("confirm", _(CONFIRM.label), CONFIRM.icon)], url_for("ChosenRatings.index")
            page.bulk_asked = urlencode(state.values())
            if paging.total > len(records):
                page.bulk_all = _("All ratings that match: %(count)s", count=f"{paging.total:,}")
        return page

    def row_code(self, record: Rating) -> str:
        return record.organization.credit_code

    def row_label(self, record: Rating) -> str:
        return f"{record.organization.name} {record.grade.value}"

    def record_page(self, record: Rating) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = self.row_label(record)
        page.buttons = [*page.buttons, *self._discard_button(record)]
        page.cards = [pages.PanelView("certificate", _("Certificate"), drawn_files(record, {}))]
        actor = current_actor()
        if actor.may("attach", "Rating") and rules.certificate_can_come(record, actor) is None:
            page.actions = [
                pages.Link(_("Hand in the certificate"), url_for("RatingView.attach", pk=record.id), "upload")
            ]
        organization = url_for("OrganizationView.record", pk=record.organization_id)
        page.facts = [
            (_("Organization"), cells.drawn("link", record.organization.name, organization)),
            (_("Rating"), cells.rating_line(record)),
            (_("Announced on"), record.announced_on),
            (_("Counts"), cells.days_of(record)),
            (_("Rules"), cells.word(record.regime)),
            (_("Certificate number"), record.certificate_number),
            (_("Reason"), record.reason, True),
        ]
        return page

    def crumbs(self, record: Rating) -> list[tuple[str, str | None]]:
        own = (record.organization.name, url_for("OrganizationView.record", pk=record.organization_id))
        register = [(str(self.title), self.list_url())] if current_actor().may("list", "Rating") else []
        return [*register, own, (record.grade.value, None)]

    @door("/<int:pk>/certificate", "attach", methods=("GET", "POST"))
    def attach(self, pk: int) -> Response | str | tuple[str, int]:
        """Keep the certificate of a rating, or ask for the file."""
        rating = self.find(pk)
        if request.method == "GET":
            return self._asked_for_certificate(rating)
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            return self._asked_for_certificate(rating, file=_("Please choose a file.")), HTTPStatus.UNPROCESSABLE_ENTITY
        try:
            with transaction():
                stream = cast("BinaryIO", upload.stream)
                attach_certificate(rating, actor=current_actor(), stream=stream, filename=upload.filename)
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._asked_for_certificate(rating, *told), HTTPStatus.CONFLICT
        flash(_("The certificate is kept"), "success")
        return redirect(self.record_url(rating))  # type: ignore[return-value]

    def _asked_for_certificate(self, rating: Rating, *errors: str, file: str = "") -> str:
        label, back = _("Hand in the certificate"), self.record_url(rating)
        hint = _("A scan or a photo; a newer file takes the place of an older one.")
        field = pages.FieldView("file", _("Certificate"), "file", hint, required=True, errors=[file] if file else [])
        page = pages.FormPage(
            title=label,
            lead=self.row_label(rating),
            url=request.path,
            fields=[field],
            crumbs=[*self.crumbs(rating)[:-1], (rating.grade.value, back), (label, None)],
            back_url=back,
            errors=errors,
            confirm=label,
        )
        return self.render("kernel/form.html", form_page=page)

    @door("/<int:pk>/discard", "discard", methods=("GET", "POST"))
    def discard(self, pk: int) -> Response | str | tuple[str, int]:
        """Remove a rating that turned out to be none, or ask first."""
        rating = self.find(pk)
        page = pages.StepPage(
            self._discard(rating), self.row_label(rating), self.record_url(rating), self.crumbs(rating)
        )
        if request.method == "GET":
            return self.render("kernel/step.html", step=page)
        organization_id = rating.organization_id
        try:
            with transaction():
                discard_rating(rating, actor=current_actor())
        except Refused as refused:
            page.errors = [reason.render() for reason in refused.reasons]
            return self.render("kernel/step.html", step=page), HTTPStatus.CONFLICT
        flash(_("The rating is discarded"), "success")
        return redirect(url_for("OrganizationView.record", pk=organization_id))  # type: ignore[return-value]

    def _discard_button(self, rating: Rating) -> list[pages.ButtonView]:
        if rating.state is not RatingState.PENDING or not current_actor().may("discard", "Rating"):
            return []
        return [self._discard(rating)]

    def _discard(self, rating: Rating) -> pages.ButtonView:
        label = _("Discard")
        dialog = pages.DialogView(_("Discard the rating"), _("The trail keeps what it said."), [], label)
        url = url_for("RatingView.discard", pk=rating.id)
        return pages.ButtonView("discard", label, url, "trash", "bad", dialog)

    def _value(self, name: str, value: Any, workflow: Any) -> str:
        return str(value or "") if name == "grade" else super()._value(name, value, workflow)
