"""The changes of profiles that wait for the Centre, and each with its paper and what was decided."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kernel import pages
from kernel.files import files_of
from kernel.identity import current_actor
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, Search
from orgs.models import Organization, ProfileChange
from orgs.queries import found_by
from orgs.states import ChangeState, ProfileField
from orgs.views import cells
from orgs.workflows import PROFILE_CHANGE


class ProfileChangeView(RecordView):
    """What organizations asked to have changed; the number of an account is shown to those who verify it."""

    model = ProfileChange
    kind = "ProfileChange"
    route_base = "/profile-changes"
    title = _l("Changes of profiles")
    workflow = PROFILE_CHANGE
    options = (joinedload(ProfileChange.organization),)
    record_options = (joinedload(ProfileChange.organization),)
    search = Search(
        _l("Name, former name, pinyin or credit code"),
        lambda told: ProfileChange.organization_id.in_(select(Organization.id).where(found_by(told))),
    )
    columns = (
        Column("organization", _l("Organization / credit code"), lambda change: change.organization.name),
        Column("field", _l("What changes"), lambda change: cells.word(change.field)),
        Column("value", _l("New entry"), lambda change: change.value),
        Column("proposed_on", _l("Asked on"), lambda change: change.proposed_on, sort=ProfileChange.proposed_on),
        Column("state", _l("State"), lambda change: cells.drawn("state_or", change.state, "")),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in ChangeState],
            lambda code: ProfileChange.state == ChangeState(code),
        ),
        Filter(
            "field",
            _l("What changes"),
            lambda: [(field.value, cells.word(field)) for field in ProfileField],
            lambda code: ProfileChange.field == ProfileField(code),
        ),
    )
    labels = {"value": _l("New entry"), "answer": _l("Reason of the refusal"), "decided_on": _l("Decided on")}

    def row_code(self, record: ProfileChange) -> str:
        return record.organization.credit_code

    def row_label(self, record: ProfileChange) -> str:
        return f"{record.organization.name} {cells.word(record.field)}"

    def record_page(self, record: ProfileChange) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = self.row_label(record)
        page.facts = facts_of(record, may_verify=current_actor().may("verify", "BankAccount"))
        page.cards = [pages.PanelView("files", _("Files"), _drawn_files(record))]
        return page

    def crumbs(self, record: ProfileChange) -> list[tuple[str, str | None]]:
        own = (record.organization.name, url_for("OrganizationView.record", pk=record.organization_id))
        register = [(str(self.title), self.list_url())] if current_actor().may("list", self.kind) else []
        return [*register, own, (cells.word(record.field), None)]

    def _action(self, event: Any, workflow: Any) -> str:
        return _("Change asked for") if event.action == "ProfileChange.propose" else super()._action(event, workflow)


def facts_of(change: ProfileChange, *, may_verify: bool) -> list[tuple[Any, ...]]:
    """Give what was, what is asked for, and what was decided; an account's number in full to who verifies it."""
    people = names_of((change.proposed_by_id, change.decided_by_id))
    told = [
        (_("So far"), change.was),
        (_("New entry"), change.value),
        (_("Account holder"), change.holder),
        (_("Bank and branch"), change.bank),
        (_("Account number"), in_fours(change.number) if may_verify and change.number else None),
        (_("Reason"), change.reason, True),
        (_("Asked on"), change.proposed_on),
        (_("Asked by"), people.get(change.proposed_by_id)),
        (_("Decided on"), change.decided_on),
        (_("Decided by"), people.get(change.decided_by_id or 0)),
        (_("Reason of the refusal"), change.answer, True),
    ]
    return [fact for fact in told if fact[1] not in {None, ""}]


def in_fours(number: str) -> str:
    """Write an account's number as people compare it: "6222 0210 01"."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _drawn_files(change: ProfileChange) -> Markup:
    shown = [
        {"name": file.original_name, "url": url_for("Files.index", public_id=file.public_id), "text": ""}
        for file in files_of(change)
    ]
    return Markup(render_template("orgs/listing_files.html", files=shown))  # noqa: S704  (templates escape)
