"""The Centre's blacklist: each listing with what was said for and against it, and what can be done about it now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO, cast

from flask import Response, abort, flash, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kernel import pages
from kernel.actor import Actor
from kernel.arguments import arguments_of, read_arguments
from kernel.db import transaction
from kernel.errors import Invalid, NotFound, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.steps import field_of, typed_values
from kernel.views import Column, Filter, RecordView, Search, door, find
from kernel.words import Sentence
from orgs import rules
from orgs.models import BlacklistEntry, Organization
from orgs.operations import (
    appeal_against_listing,
    ask_for_repair,
    defend_against_listing,
    propose_listing,
    refuse_repair,
    reject_appeal,
)
from orgs.queries import found_by
from orgs.states import BlacklistState
from orgs.views import cells
from orgs.views.attachments import drawn_files
from orgs.workflows import BLACKLIST

FILE_ARGUMENTS = {"stream", "filename"}
FILE_WORDS = {
    "evidence": _l("Evidence"),
    "defence": _l("With the defence"),
    "repair": _l("With the request"),
    "appeal": _l("With the appeal"),
}


@dataclass(frozen=True, slots=True)
class ListingDeed:
    """A deed that leaves the listing in its state: its label (a msgid), icon, and what may stand in its way."""

    verb: str
    carry_out: Callable[..., Any]
    label: str
    icon: str
    problem: Callable[[BlacklistEntry, Actor], Sentence | None]

    @property
    def takes_file(self) -> bool:
        return any(argument.name in FILE_ARGUMENTS for argument in arguments_of(self.carry_out))


def _of_the_listed(entry: BlacklistEntry, actor: Actor) -> Sentence | None:
    return rules.is_own_listing(entry, actor) or rules.is_listed(entry)


DEEDS = (
    ListingDeed(
        "defend",
        defend_against_listing,
        "Answer the notice",
        "pencil",
        lambda entry, actor: rules.is_own_listing(entry, actor) or rules.defence_is_open(entry),
    ),
    ListingDeed(
        "appeal",
        appeal_against_listing,
        "Appeal",
        "exclamation-triangle-fill",
        lambda entry, actor: _of_the_listed(entry, actor) or rules.appeal_is_open(entry),
    ),
    ListingDeed(
        "ask_repair",
        ask_for_repair,
        "Ask to be removed",
        "arrow-return-left",
        lambda entry, actor: _of_the_listed(entry, actor) or rules.no_repair_waits(entry),
    ),
    ListingDeed(
        "refuse_repair",
        refuse_repair,
        "Refuse the removal",
        "dash-circle",
        lambda entry, actor: rules.is_listed(entry) or rules.repair_waits(entry, actor),
    ),
    ListingDeed(
        "reject_appeal",
        reject_appeal,
        "Reject the appeal",
        "dash-circle",
        lambda entry, actor: rules.is_listed(entry) or rules.appeal_waits(entry, actor),
    ),
)
PROPOSE = ListingDeed("propose", propose_listing, "Propose a listing", "shield-exclamation", lambda *_given: None)
BY_VERB = {one.verb: one for one in DEEDS}

ACTIONS = {
    "BlacklistEntry.propose": _l("Listing proposed"),
    "BlacklistEntry.defend": _l("Notice answered"),
    "BlacklistEntry.ask_repair": _l("Removal asked for"),
    "BlacklistEntry.refuse_repair": _l("Removal refused"),
    "BlacklistEntry.appeal": _l("Appealed"),
    "BlacklistEntry.reject_appeal": _l("Appeal rejected"),
}


class BlacklistView(RecordView):
    """The register of listings, and each with its whole way; an organization reads its own from the notice on."""

    model = BlacklistEntry
    kind = "BlacklistEntry"
    route_base = "/blacklist"
    title = _l("The Centre's blacklist")
    workflow = BLACKLIST
    options = (joinedload(BlacklistEntry.organization),)
    record_options = (joinedload(BlacklistEntry.organization),)
    search = Search(
        _l("Name, former name, pinyin or credit code"),
        lambda told: BlacklistEntry.organization_id.in_(select(Organization.id).where(found_by(told))),
    )
    columns = (
        Column("organization", _l("Organization / credit code"), lambda entry: entry.organization.name),
        Column("number", _l("Number"), lambda entry: entry.number),
        Column("state", _l("State"), lambda entry: cells.drawn("state_or", entry.state, "")),
        Column("due", _l("Answer until"), lambda entry: entry.defence_due_on, hide_phone=True),
        Column("days", _l("Counts"), lambda entry: cells.span(entry.begins_on, entry.ended_on or entry.ends_on)),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in BlacklistState],
            lambda code: BlacklistEntry.state == BlacklistState(code),
        ),
    )
    labels = {
        "notified_on": _l("Told on"),
        "defence_due_on": _l("Answer until"),
        "defended_on": _l("Answered on"),
        "decision": _l("Decision and why"),
        "begins_on": _l("From"),
        "ends_on": _l("Until"),
        "repair_asked_on": _l("Removal asked for on"),
        "repair_answer": _l("Answer to the request"),
        "appealed_on": _l("Appealed on"),
        "appeal_answer": _l("Answer to the appeal"),
        "ended_on": _l("Last day on the list"),
    }

    def list_lead(self) -> str:
        return _(
            "Nobody is listed before they were told and heard. Only staff and the organization itself see a listing."
        )

    def row_code(self, record: BlacklistEntry) -> str:
        return record.organization.credit_code

    def row_label(self, record: BlacklistEntry) -> str:
        return f"{record.organization.name} {record.number}"

    def record_page(self, record: BlacklistEntry) -> pages.RecordPage:
        page = super().record_page(record)
        actor = current_actor()
        page.title = self.row_label(record)
        page.actions = [
            pages.Link(_(one.label), url_for("BlacklistView.deed", pk=record.id, name=one.verb), one.icon)
            for one in DEEDS
            if actor.may(one.verb, self.kind) and one.problem(record, actor) is None
        ]
        page.facts = facts_of(record)
        page.cards = [pages.PanelView("files", _("Files"), drawn_files(record, FILE_WORDS))]
        return page

    def crumbs(self, record: BlacklistEntry) -> list[tuple[str, str | None]]:
        own = (record.organization.name, url_for("OrganizationView.record", pk=record.organization_id))
        register = [(str(self.title), self.list_url())] if current_actor().may("list", self.kind) else []
        return [*register, own, (record.number, None)]

    def _action(self, event: Any, workflow: Any) -> str:
        return str(ACTIONS[event.action]) if event.action in ACTIONS else super()._action(event, workflow)

    # Deeds with words and a file

    @door("/of/<int:pk>/new", "propose", methods=("GET", "POST"))
    def propose(self, pk: int) -> Response | str | tuple[str, int]:
        """Propose to list an organization."""
        organization = find(Organization, pk)
        back = url_for("OrganizationView.record", pk=pk)
        return self._form(PROPOSE, organization, organization.name, back)

    @door("/<int:pk>/deeds/<name>", "show", methods=("GET", "POST"))
    def deed(self, pk: int, name: str) -> Response | str | tuple[str, int]:
        """Answer, appeal, ask to be removed, or say no to it; the deed itself asks whether it can be done now."""
        if name not in BY_VERB:
            raise NotFound
        if not current_actor().may(name, self.kind):
            abort(HTTPStatus.FORBIDDEN)
        entry = self.find(pk)
        return self._form(BY_VERB[name], entry, self.row_label(entry), self.record_url(entry))

    def _form(self, asked: ListingDeed, record: Any, lead: str, back: str) -> Response | str | tuple[str, int]:
        if request.method == "GET":
            return self._asked(asked, lead, back, {}, {})
        typed = typed_values()
        try:
            arguments = read_arguments(_questions(asked), typed) | _file_of(asked)
            with transaction():
                done = asked.carry_out(record, actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._asked(asked, lead, back, typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._asked(asked, lead, back, typed, {}, told), HTTPStatus.CONFLICT
        flash(_("Done: %(deed)s", deed=_(asked.label)), "success")
        return redirect(self.record_url(done or record))  # type: ignore[return-value]

    def _asked(
        self,
        asked: ListingDeed,
        lead: str,
        back: str,
        typed: Mapping[str, Any],
        problems: Mapping[str, Any],
        errors: Sequence[str] = (),
    ) -> str:
        fields = [field_of(argument, typed, problems) for argument in _questions(asked)]
        if asked.takes_file:
            told = [sentence.render() for sentence in problems.get("file", ())]
            must = asked is PROPOSE
            fields.append(pages.FieldView("file", _("Evidence"), "file", required=must, errors=told))
        page = pages.FormPage(
            title=_(asked.label),
            lead=lead,
            url=request.path,
            fields=fields,
            crumbs=[(lead, back), (_(asked.label), None)],
            back_url=back,
            errors=errors,
            confirm=_(asked.label),
        )
        return self.render("kernel/form.html", form_page=page)


def _questions(asked: ListingDeed) -> tuple[Any, ...]:
    return tuple(one for one in arguments_of(asked.carry_out) if one.name not in FILE_ARGUMENTS)


def _file_of(asked: ListingDeed) -> dict[str, Any]:
    """Give the upload of this request as the deed takes it.

    Raises Invalid when a listing is proposed without its evidence.
    """
    upload = request.files.get("file")
    if not asked.takes_file or upload is None or not upload.filename:
        if asked is PROPOSE:
            raise Invalid({"file": [Sentence("Please choose a file.")]})
        return {}
    return {"stream": cast("BinaryIO", upload.stream), "filename": upload.filename}


def facts_of(entry: BlacklistEntry) -> list[tuple[Any, ...]]:
    """Give a listing's words and days, in the order in which they came."""
    told = [
        (_("Reason"), entry.reason, True),
        (_("Term in months"), entry.months),
        (_("Told on"), entry.notified_on),
        (_("Answer until"), entry.defence_due_on),
        (_("Defence"), entry.defence, True),
        (_("Decided on"), entry.decided_on),
        (_("Decision and why"), entry.decision, True),
        (_("Counts"), cells.span(entry.begins_on, entry.ends_on)),
        (_("Appeal"), entry.appeal, True),
        (_("Answer to the appeal"), entry.appeal_answer, True),
        (_("Request for removal"), entry.repair, True),
        (_("Answer to the request"), entry.repair_answer, True),
        (_("Last day on the list"), entry.ended_on),
    ]
    return [fact for fact in told if fact[1] not in {None, ""}]
