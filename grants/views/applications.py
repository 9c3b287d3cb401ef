"""Applications: the register, the record with its checks, and the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.models import Application
from grants.operations.eligibility import ask_again, decide_check
from grants.queries.applications import checks_of, versions_of
from grants.queries.applying import points_of
from grants.queries.desk import counts_by_stage
from grants.queries.finding import found_applications
from grants.queries.likeness import checks_and_likenesses
from grants.rules.applications import may_be_edited
from grants.states import APPLICATION_EDITABLE, ApplicationState, CheckOutcome, EligibilityRule
from grants.views import cells
from grants.views.application_filters import FILTERS, WORDS
from grants.views.application_many import deeds_on_many
from grants.views.application_pages import check_panel, content_panels, facts_of, receipt_page
from grants.views.application_record import buttons_of, corrections_panel, links_of
from grants.views.deeds import Drawn, form_or_done
from grants.workflows.applications import APPLICATION
from kernel import pages
from kernel.actor import Actor, ReaderKind
from kernel.arguments import read_value
from kernel.audit import AuditEvent
from kernel.errors import NotFound
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, RecordView, Search, door, typed_values
from kernel.words import Sentence
from orgs.models import Organization

LONG_NUMBER = 10  # figures
CHOICES = (CheckOutcome.PASSED, CheckOutcome.FAILED)


SHOWN = (
    Application.id,
    Application.number,
    Application.title,
    Application.category_code,
    Application.requested,
    Application.state,
    Application.submitted_at,
    select(Organization.name)
    .where(Organization.id == Application.organization_id)
    .scalar_subquery()
    .label("organization_name"),
)
"""What a row of the register shows; an application has texts of some thousand characters besides."""


class ApplicationView(RecordView):
    """What organizations ask for, and where each application stands."""

    model = Application
    kind = "Application"
    route_base = "/applications"
    title = _l("Applications")
    base_order = "-id"
    workflow = APPLICATION
    record_options = (
        joinedload(Application.organization),
        joinedload(Application.category),
        joinedload(Application.lot),
        joinedload(Application.call),
    )
    search = Search(_l("Number, project or organization"), found_applications)
    columns = (
        Column("title", _l("Project"), lambda one: one.title or one.number, sort=Application.title),
        Column("organization", _l("Organization"), lambda one: one.organization_name),
        Column("category", _l("Category"), lambda one: cells.category_of(one.category_code), hide_phone=True),
        Column(
            "requested",
            _l("Asked for (yuan)"),
            lambda one: cells.money(one.requested),
            Application.requested,
            numeric=True,
        ),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Application.state),
        Column(
            "submitted", _l("Submitted at"), lambda one: cells.moment(one.submitted_at), sort=Application.submitted_at
        ),
    )
    shown = SHOWN
    filters = FILTERS
    labels = {
        "title": _l("Project name"),
        "requested": _l("Asked for (yuan)"),
        "return_reason": _l("Reason"),
        "return_due_on": _l("Due on"),
        "people": _l("People served directly"),
        "person_times": _l("Person-times"),
        "sessions": _l("Sessions"),
        "starts_on": _l("Start"),
        "ends_on": _l("End"),
        "awarded": _l("Award (yuan)"),
    }

    def counts(self) -> Mapping[str, int | None]:
        if current_actor().kind is not ReaderKind.STAFF:
            return {}
        call = request.args.get("call", "")
        return counts_by_stage(int(call) if call.isdecimal() and len(call) < LONG_NUMBER else None)

    def list_views(self, state: ListState) -> Sequence[pages.TabView]:
        """Show staff the stages, each with how many stand there; a call that was chosen stays chosen."""
        call, here = state.chosen.get("call"), state.chosen.get("view", "")
        return [
            pages.TabView(str(WORDS[key]), self.list_url(view=key or None, call=call), f"{count:,}", key == here)
            for key, count in state.counts.items()
        ]

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        page = super().list_page(state, records, paging)
        page.bulk, page.bulk_url = deeds_on_many(current_actor()), url_for("ChosenApplications.index")
        page.bulk_asked = urlencode(state.values())
        if paging.total > len(records):
            page.bulk_all = _("All applications that match: %(count)s", count=f"{paging.total:,}")
        return page

    def list_actions(self, actor: Actor) -> Sequence[pages.Link]:
        if not actor.may("create", "Application"):
            return ()
        return [pages.Link(_("Open calls"), url_for("CallView.index", state="open"), "megaphone", primary=True)]

    def row_code(self, record: Any) -> str:
        return str(record.number)

    def row_label(self, record: Any) -> str:
        return str(record.title or record.number)

    # One application

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> Any:
        """The record; whoever still writes goes to the form."""
        application = self.find(pk)
        actor = current_actor()
        if self._writes(application, actor):
            return redirect(url_for("ApplicationForm.index", pk=pk))
        return self.render("grants/application_record.html", record=self.record_page(application), subject=application)

    def _writes(self, application: Application, actor: Actor) -> bool:
        is_author = actor.kind is ReaderKind.ORG and actor.may("edit", "Application")
        return is_author and application.state in APPLICATION_EDITABLE and may_be_edited(application) is None

    def record_page(self, record: Application) -> pages.RecordPage:
        page = super().record_page(record)
        versions = versions_of(record.id)
        page.facts = facts_of(record)
        page.panels = [*content_panels(versions), *page.panels]
        page.panels_title = _("What was handed in")
        is_gone = record.state is ApplicationState.WITHDRAWN and not versions
        if current_actor().kind is ReaderKind.STAFF and not is_gone:
            page.cards = [self._checks(record)]
        if record.return_reason:
            page.notes = [("warn", _("The Centre wrote: %(reason)s", reason=record.return_reason))]
        if notes := points_of(record):
            page.cards = [*page.cards, corrections_panel(record, versions, notes)]
        if not versions:
            is_draft = _("This is a draft; its text is shown once it has been submitted.")
            page.notes = [("info", _("It was withdrawn without having been submitted.") if is_gone else is_draft)]
        page.actions = list(links_of(record, versions))
        page.buttons = buttons_of(record, page.buttons)
        return page

    def _checks(self, record: Application) -> pages.PanelView:
        may_ask = self._judge_url(record, "code") is not None
        return check_panel(
            record,
            *checks_and_likenesses(record.id),
            judge_url=self._judge_url,
            ask_url=url_for("ApplicationView.ask_again", pk=record.id) if may_ask else None,
        )

    def entries(self, events: Sequence[AuditEvent], workflow: Any) -> list[pages.Entry]:
        """Leave out the saves that changed nothing a reader of the history looks for."""
        return [entry for entry in super().entries(events, workflow) if entry.changes]

    def _value(self, name: str, value: Any, workflow: Any) -> str:
        return cells.history_value(name, value) or super()._value(name, value, workflow)

    def _judge_url(self, application: Application, rule: str) -> str | None:
        actor = current_actor()
        if not actor.may("decide_check", "Application") or application.state is not ApplicationState.SUBMITTED:
            return None
        return url_for("ApplicationView.judge", pk=application.id, rule=rule)

    def crumbs(self, record: Application) -> list[tuple[str, str | None]]:
        return [
            (str(self.title), self.list_url()),
            (record.call.title, url_for("CallView.record", pk=record.call_id)),
            (record.number, None),
        ]

    @door("/<int:pk>/checks/<rule>", "decide_check", methods=("GET", "POST"))
    def judge(self, pk: int, rule: str) -> Drawn:
        """Judge what no rule can."""
        application = self.find(pk)
        check = next((one for one in checks_of(pk) if one.rule == rule), None)
        if check is None:
            raise NotFound
        typed = typed_values()
        asked = EligibilityRule(rule)

        def fields(told: Any, problems: Any) -> list[pages.FieldView]:
            def errors(name: str) -> list[str]:
                return [sentence.render() for sentence in problems.get(name, ())]

            return [
                pages.FieldView(
                    "outcome",
                    _("Decision"),
                    "radio",
                    choices=[(one.value, cells.word(one)) for one in CHOICES],
                    value=told.get("outcome"),
                    errors=errors("outcome"),
                ),
                pages.FieldView("reason", _("Reason"), "textarea", value=told.get("reason"), errors=errors("reason")),
            ]

        def carry_out() -> tuple[str, str]:
            decide_check(
                application,
                actor=current_actor(),
                rule=asked,
                outcome=read_value("outcome", typed.get("outcome"), CheckOutcome),
                reason=read_value("reason", typed.get("reason"), str),
            )
            return self.record_url(application), _("“%(rule)s” is judged", rule=cells.word(asked))

        title = _("Judge: %(rule)s", rule=cells.word(asked))
        form = pages.FormPage(
            title,
            request.path,
            lead=Sentence.load(check.reason).render(),
            crumbs=[*self.crumbs(application)[:-1], (application.number, self.record_url(application)), (title, None)],
            back_url=self.record_url(application),
            confirm=_("Save the judgement"),
        )
        return form_or_done(self, form, fields=fields, carry_out=carry_out, typed=typed)

    @door("/<int:pk>/checks", "decide_check", methods=("GET", "POST"))
    def ask_again(self, pk: int) -> Drawn:
        """Ask the rules again, as of the same day."""
        application = self.find(pk)

        def carry_out() -> tuple[str, str]:
            ask_again(application, actor=current_actor())
            return self.record_url(application), _(
                "The rules of %(number)s were asked again", number=application.number
            )

        title = _("Ask the rules again")
        form = pages.FormPage(
            title,
            request.path,
            lead=application.title,
            crumbs=[*self.crumbs(application)[:-1], (application.number, self.record_url(application)), (title, None)],
            back_url=self.record_url(application),
            confirm=title,
            note=(
                "info",
                _(
                    "Do this when the register has been put right or the closing day has moved. What people judged stands where nothing else was found."
                ),
            ),
        )
        return form_or_done(self, form, fields=lambda _told, _problems: [], carry_out=carry_out, typed={})

    @door("/<int:pk>/receipt", "show")
    def receipt(self, pk: int) -> str:
        """What was handed in, when, and its hash."""
        application = self.find(pk)
        versions = versions_of(pk)
        if not versions:
            raise NotFound
        return self.render("grants/application_receipt.html", receipt=receipt_page(application, versions[0]))
