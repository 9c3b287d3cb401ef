"""What stands against an organization: the day on which an entry was lifted."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import select

from kernel import pages
from kernel.arguments import arguments_of, read_arguments
from kernel.db import db, transaction
from kernel.drawing import day_words
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _
from kernel.steps import field_of, typed_values
from kernel.views import Page, door, find
from kernel.words import Sentence
from orgs.models import CreditEntry, Organization
from orgs.operations import close_credit_entry
from orgs.views import cells

CLOSE = arguments_of(close_credit_entry)


class CreditEntries(Page):
    """The entries of record; they are read in the file of their organization."""

    kind = "CreditEntry"
    route_base = "/credit-entries"

    @door("/<int:pk>/close", "close", methods=("GET", "POST"))
    def close(self, pk: int) -> Response | str | tuple[str, int]:
        """Write down when an entry was lifted, or ask for the day."""
        entry = find(CreditEntry, pk)
        if request.method == "GET":
            return self._asked(entry)
        try:
            arguments = read_arguments(CLOSE, typed_values())
            with transaction():
                close_credit_entry(entry, actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._asked(entry, invalid=invalid), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            return self._asked(entry, refused=refused), HTTPStatus.CONFLICT
        flash(_("The entry is lifted"), "success")
        return redirect(_file_of(entry))  # type: ignore[return-value]

    def _asked(self, entry: CreditEntry, invalid: Invalid | None = None, refused: Refused | None = None) -> str:
        name = db.session.scalars(select(Organization.name).where(Organization.id == entry.organization_id)).one()
        title = _("Record when the entry was lifted")
        problems = invalid.problems if invalid else {}
        told = {"kind": cells.word(entry.kind), "day": day_words(entry.listed_on), "source": entry.source}
        page = pages.FormPage(
            title=title,
            lead=Sentence("{kind}, on record since {day}, published at: {source}", **told).render(),
            url=request.path,
            fields=[field_of(argument, typed_values() if request.form else {}, problems) for argument in CLOSE],
            crumbs=[(name, _file_of(entry)), (title, None)],
            back_url=_file_of(entry),
            errors=[reason.render() for reason in refused.reasons] if refused else [],
            confirm=title,
        )
        return self.render("kernel/form.html", form_page=page)


def _file_of(entry: CreditEntry) -> str:
    return url_for("OrganizationView.record", pk=entry.organization_id)
