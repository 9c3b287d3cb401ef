"""What links an organization to others: shown to staff on its file, written down and ended on forms of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select

from kernel import pages
from kernel.actor import Actor
from kernel.arguments import arguments_of, read_arguments
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _
from kernel.steps import field_of, typed_values
from kernel.views import Page, door, find
from orgs import queries
from orgs.models import Organization, OrganizationLink
from orgs.operations import end_link, record_link
from orgs.queries import Linked
from orgs.states import LinkKind
from orgs.views import cells

Group = tuple[Linked, list[str], list[Linked]]


class LinkView(Page):
    """The links of organizations; they are read in the files of both."""

    kind = "OrganizationLink"
    route_base = "/links"

    @door("/of/<int:pk>/new", "record", methods=("GET", "POST"))
    def record(self, pk: int) -> Response | str | tuple[str, int]:
        """Write down what links an organization to another."""
        organization = find(Organization, pk)
        back = url_for("OrganizationView.record", pk=pk)
        return self._form(_("Record a link"), organization, record_link, organization.name, back)

    @door("/<int:pk>/end", "end", methods=("GET", "POST"))
    def end(self, pk: int) -> Response | str | tuple[str, int]:
        """Say that a link is there no longer."""
        link = find(OrganizationLink, pk)
        names = db.session.scalars(
            select(Organization.name).where(Organization.id.in_((link.first_id, link.second_id)))
        )
        lead = _("%(kind)s: %(names)s", kind=cells.word(link.kind), names=_(", ").join(names))
        back = url_for("OrganizationView.record", pk=link.first_id)
        return self._form(_("End the link"), link, end_link, lead, back)

    def _form(
        self, label: str, record: Any, carry_out: Callable[..., Any], lead: str, back: str
    ) -> Response | str | tuple[str, int]:
        asked = _Asked(label, carry_out, lead, back)
        if request.method == "GET":
            return self._page(asked, {}, {})
        typed = typed_values()
        try:
            arguments = read_arguments(arguments_of(carry_out), typed)
            with transaction():
                carry_out(record, actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._page(asked, typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._page(asked, typed, {}, told), HTTPStatus.CONFLICT
        flash(_("Done: %(deed)s", deed=label), "success")
        return redirect(back)  # type: ignore[return-value]

    def _page(
        self, asked: _Asked, typed: Mapping[str, Any], problems: Mapping[str, Any], errors: Sequence[str] = ()
    ) -> str:
        page = pages.FormPage(
            title=asked.label,
            lead=asked.lead,
            url=request.path,
            fields=[field_of(argument, typed, problems) for argument in arguments_of(asked.carry_out)],
            crumbs=[(asked.lead, asked.back), (asked.label, None)],
            back_url=asked.back,
            errors=errors,
            confirm=asked.label,
        )
        return self.render("kernel/form.html", form_page=page)


class _Asked:
    """What a form of this view asks for: its label, its deed, whom it is about, and where it came from."""

    def __init__(self, label: str, carry_out: Callable[..., Any], lead: str, back: str) -> None:
        self.label, self.carry_out, self.lead, self.back = label, carry_out, lead, back


def links_panel(record: Organization, actor: Actor) -> Markup:
    """Draw what links an organization to others, for staff."""
    new = url_for("LinkView.record", pk=record.id) if actor.may("record", "OrganizationLink") else None
    told = {"groups": grouped(queries.linked_organizations(record.id)), "new": new}
    return Markup(  # noqa: S704  (templates escape)
        render_template("orgs/links.html", may_end=actor.may("end", "OrganizationLink"), **told)
    )


def grouped(links: Sequence[Linked]) -> list[Group]:
    """Give each linked organization once, with the words for all that links it and what of it a person wrote down."""
    found: dict[int, Group] = {}
    for link in links:
        _one, words, recorded = found.setdefault(link.organization_id, (link, [], []))
        words.append(link_words(link))
        if link.link_id is not None:
            recorded.append(link)
    return list(found.values())


def link_words(link: Linked) -> str:
    """Write what links an organization, seen from the one whose file is read."""
    if link.kind is None:
        return cells.word(link.evidence)
    if link.kind is LinkKind.PARENT:
        return _("Branch of this organization") if link.is_first else _("Parent of this organization")
    if link.kind is LinkKind.FOUNDER:
        return _("Founded by this organization") if link.is_first else _("Founder of this organization")
    return cells.word(link.kind)
