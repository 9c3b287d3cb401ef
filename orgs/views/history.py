"""Every change of an organization's file, in words, from the trail."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup

from kernel import pages
from kernel.actor import Actor, ReaderKind
from kernel.arguments import read_value
from kernel.audit import AuditEvent
from kernel.clock import local
from kernel.db import Choice
from kernel.errors import Invalid
from kernel.history_words import who_words
from kernel.identity import current_actor
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Page, door, find
from kernel.words import word_of
from kernel.workflow import WORKFLOWS
from orgs import queries
from orgs.models import (
    BankAccount,
    BlacklistEntry,
    CreditEntry,
    Inspection,
    Organization,
    OrganizationDocument,
    ProfileChange,
    Rating,
)
from orgs.views.accounts import ACTIONS as ACCOUNT_ACTIONS, BankAccountView
from orgs.views.blacklist import ACTIONS as LISTING_ACTIONS, BlacklistView
from orgs.views.file import history_value
from orgs.views.organizations import ACTIONS, OrganizationView
from orgs.views.profile_changes import ProfileChangeView
from orgs.views.ratings import RatingView

AT_ONCE = 50
IN_A_TAB = 20
KINDS = {
    "Organization": _l("Profile"),
    "OrganizationDocument": _l("Document"),
    "BankAccount": _l("Bank account"),
    "ProfileChange": _l("Change of the profile"),
    "Rating": _l("Rating"),
    "Inspection": _l("Annual inspection"),
    "CreditEntry": _l("Credit"),
    "BlacklistEntry": _l("The Centre's blacklist"),
}
DEEDS = {
    **LISTING_ACTIONS,
    **ACTIONS,
    "OrganizationDocument.record": _l("Document brought"),
    "OrganizationDocument.retire": _l("Document retired"),
    "ProfileChange.propose": _l("Change asked for"),
    "ProfileChange.approve": _l("Change approved and entered"),
    "CreditEntry.record": _l("Credit entry recorded"),
    "CreditEntry.close": _l("Credit entry closed"),
    "demo.load": _l("Put on the register"),
}
LABELS = {
    "Organization": OrganizationView.labels,
    "BankAccount": BankAccountView.labels,
    "ProfileChange": {"field": _l("What changes"), **ProfileChangeView.labels},
    "Rating": RatingView.labels,
    "BlacklistEntry": BlacklistView.labels,
    "OrganizationDocument": {
        "kind": _l("Kind of document"),
        "title": _l("Title"),
        "number": _l("Number"),
        "valid_from": _l("Valid from"),
        "valid_to": _l("Valid until"),
        "replaced_on": _l("Replaced on"),
    },
    "Inspection": {"year": _l("Inspected year"), "result": _l("Annual inspection")},
    "CreditEntry": {"kind": _l("Kind"), "listed_on": _l("From"), "removed_on": _l("Until"), "source": _l("Source")},
}
MODELS = (
    Organization,
    OrganizationDocument,
    BankAccount,
    ProfileChange,
    Rating,
    Inspection,
    CreditEntry,
    BlacklistEntry,
)
TABLES = {model.__name__: model.__table__ for model in MODELS}


class OrganizationHistory(Page):
    """The whole history of one organization's file; secrets are masked in the trail itself."""

    kind = "Organization"
    route_base = "/organizations"
    title = _l("History")

    @door("/<int:pk>/history", "show")
    def record(self, pk: int) -> str:
        """Show the newest changes, or those before a number of the trail."""
        organization = find(Organization, pk)
        events = queries.history_of_organization(pk, before=_before(), limit=AT_ONCE + 1, with_merged=_sees_merges())
        shown = events[:AT_ONCE]
        older = url_for("OrganizationHistory.record", pk=pk, before=shown[-1].seq) if len(events) > AT_ONCE else ""
        own = (organization.name, url_for("OrganizationView.record", pk=pk))
        register = [(_("Register of organizations"), url_for("OrganizationView.index"))]
        may_list = current_actor().may("list", "Organization")
        return self.render(
            "orgs/history.html",
            title=_("History"),
            organization=organization,
            crumbs=[*(register if may_list else []), own, (_("History"), None)],
            entries=[told_of(event) for event in shown],
            older=older,
        )


def history_panel(record: Organization, _actor: Actor) -> Markup:
    """Draw the newest changes of an organization's whole file, papers, accounts and listings included."""
    events = queries.history_of_organization(record.id, before=None, limit=IN_A_TAB, with_merged=_sees_merges())
    url = url_for("OrganizationHistory.record", pk=record.id)
    told = [told_of(event) for event in events]
    return Markup(render_template("orgs/tab_history.html", entries=told, url=url))  # noqa: S704  (templates escape)


def told_of(event: AuditEvent) -> pages.Entry:
    """Tell one change of a file: who, when, what, from which value to which."""
    kind = event.subject_kind
    labels = LABELS.get(kind, {})
    told = [
        (str(labels[name]), _shown(kind, name, pair[0]), _shown(kind, name, pair[1]))
        for name, pair in event.changes.items()
        if name in labels and isinstance(pair, list)
    ]
    if isinstance(pair := event.changes.get("state"), list) and kind in WORKFLOWS:
        told.insert(0, (_("State"), _shown(kind, "state", pair[0]), _shown(kind, "state", pair[1])))
    what = _("%(kind)s: %(deed)s", kind=KINDS[kind], deed=_deed(event))
    return pages.Entry(who=who_words(event), when=pages.moment_words(local(event.at)), what=what, changes=told)


def _sees_merges() -> bool:
    return current_actor().kind is ReaderKind.STAFF


def _before() -> int | None:
    try:
        return read_value("before", request.args.get("before"), int, required=False)
    except Invalid:
        return None


def _deed(event: AuditEvent) -> str:
    if event.subject_kind == "BankAccount" and event.action in ACCOUNT_ACTIONS:
        return str(ACCOUNT_ACTIONS[event.action])
    if event.action in DEEDS:
        return str(DEEDS[event.action])
    name = event.action.rsplit(".", 1)[-1]
    workflow = WORKFLOWS.get(event.subject_kind)
    if workflow is not None and name in workflow.transitions:
        return _(workflow.transitions[name].label)
    return _(name.replace("_", " ").capitalize())


def _shown(kind: str, name: str, value: Any) -> str:
    """Write a value of the trail as people read it: a code by its word, a day and a number as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if kind == "Organization" and (told := history_value(name, value)):
        return told
    return _coded(kind, name, value) or str(value)


def _coded(kind: str, name: str, value: Any) -> str:
    column = TABLES[kind].c.get(name)
    choices = column.type.choices if column is not None and isinstance(column.type, Choice) else ()
    return next((_(word_of(member)) for member in choices if member.value == value), "")
