"""What organizations hand in while they deliver: registers and pages of activities, reports and expenses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import joinedload

from grants.models import Activity, Expense, Project, Report
from grants.operations.delivery import change_activity, rewrite_report
from grants.operations.expenses import change_expense
from grants.queries.projects import number_of_project
from grants.rules.delivery import (
    ACTIVITY_EDITABLE,
    EXPENSE_EDITABLE,
    REPORT_EDITABLE,
    is_recorded_late,
    shown_key,
)
from grants.states import ActivityState, BudgetHead, ExpenseState, ReportKind, ReportState
from grants.views import cells
from grants.views.deeds import Drawn
from grants.views.forms import ask
from grants.views.project_parts import part
from grants.workflows.delivery import ACTIVITY, EXPENSE, REPORT
from kernel import pages
from kernel.arguments import arguments_of
from kernel.clock import day_of, local
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, door


def _of_project(model: type[Activity | Report | Expense]) -> Filter:
    def choices() -> list[tuple[str, str]]:
        asked = request.args.get("project", "")
        number = number_of_project(int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else None  # noqa: PLR2004
        return [(asked, number)] if number else []

    return Filter("project", _l("Project"), choices, lambda told: model.project_id == int(told))


def _by_state(model: type[Activity | Report | Expense], states: type[Any]) -> Filter:
    return Filter(
        "state",
        _l("State"),
        lambda: [(state.value, cells.word(state)) for state in states],
        lambda told: model.state == states(told),
    )


def _project_link(project: Project | None) -> Any:
    if project is None:
        return ""
    return cells.drawn("linked", f"{project.number} {project.title}", url_for("ProjectView.record", pk=project.id))


def _values(record: Any, deed: Callable[..., Any]) -> dict[str, Any]:
    return {argument.name: getattr(record, argument.name, None) for argument in arguments_of(deed)}


def _named(report: Report) -> str:
    title = report.project.title if report.project is not None else ""
    return _("%(kind)s: %(title)s", kind=cells.word(report.kind), title=title)


class _HandedIn(RecordView):
    """What the three have in common: a project above them, and a page on which they can be mended."""

    base_order = "-id"
    change_label: Any = ""
    change: Any = None

    def row_code(self, record: Any) -> str:
        return record.project.number if record.project is not None else ""

    def list_actions(self, actor: Any) -> list[pages.Link]:
        return []

    def empty(self, state: ListState) -> pages.EmptyView:
        if state.is_narrowed:
            return super().empty(state)
        return pages.EmptyView(_("Nothing here yet"), _("It is handed in from the page of a project."))

    def crumbs(self, record: Any) -> list[tuple[str, str | None]]:
        project = record.project
        above = [(project.number, url_for("ProjectView.record", pk=project.id))] if project is not None else []
        return [(_("Projects"), url_for("ProjectView.index")), *above, (str(record), None)]

    def change_form(self, record: Any, done: Callable[..., tuple[str, str]], **more: Any) -> Drawn:
        deed = type(self).change
        return ask(
            self,
            deed,
            title=str(self.change_label),
            lead=str(record),
            done=done,
            back_url=self.record_url(record),
            crumbs=[*self.crumbs(record)[:-1], (str(self.change_label), None)],
            defaults=_values(record, deed),
            **more,
        )


class ActivityView(_HandedIn):
    """Activities as they took place: counts of people, never names."""

    model = Activity
    kind = "Activity"
    route_base = "/activities"
    title = _l("Activities")
    base_order = "-held_on"
    workflow = ACTIVITY
    options = (joinedload(Activity.project),)
    record_options = options
    change = staticmethod(change_activity)
    change_label = _l("Mend the record")
    labels = {"return_reason": _l("Reason"), "person_times": _l("Person-times"), "people": _l("People present")}
    filters = (_by_state(Activity, ActivityState), _of_project(Activity))
    columns = (
        Column("theme", _l("Theme"), lambda one: one.theme),
        Column("held_on", _l("Day"), lambda one: one.held_on, sort=Activity.held_on),
        Column("place", _l("Place"), lambda one: one.place, hide_phone=True),
        Column("people", _l("People present"), lambda one: f"{one.people:,}", sort=Activity.people, numeric=True),
        Column(
            "times", _l("Person-times"), lambda one: f"{one.person_times:,}", sort=Activity.person_times, numeric=True
        ),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Activity.state),
    )

    def record_page(self, record: Activity) -> pages.RecordPage:
        page = super().record_page(record)
        page.facts = [
            (_("Project"), _project_link(record.project)),
            (_("Day"), record.held_on),
            (_("Place"), record.place),
            (_("Kind of service"), record.service_type),
            (_("People present"), f"{record.people:,}"),
            (_("New people"), f"{record.new_people:,}"),
            (_("Person-times"), f"{record.person_times:,}"),
            (_("Hours"), record.hours),
            (_("Reflection"), cells.drawn("prose", record.reflection), True),
        ]
        if record.state is ActivityState.RETURNED:
            page.notes = [("warn", _("Sent back: %(reason)s", reason=record.return_reason))]
        elif is_recorded_late(record.held_on, day_of(record.created_at)):
            page.notes = [("info", _("Recorded more than 7 days after it took place."))]
        page.actions = self._mend(record)
        return page

    def _mend(self, record: Activity) -> list[pages.Link]:
        if record.state not in ACTIVITY_EDITABLE or not current_actor().may("record", "Activity"):
            return []
        return [pages.Link(str(self.change_label), url_for("ActivityView.edit", pk=record.id), "pencil", primary=True)]

    @door("/<int:pk>/edit", "record", methods=("GET", "POST"))
    def edit(self, pk: int) -> Drawn:
        """Mend a record that was sent back, and hand it in again."""
        record = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            change_activity(record, actor=current_actor(), **asked)
            return self.record_url(record), _("“%(theme)s” is recorded", theme=record.theme)

        return self.change_form(record, done)


class ReportView(_HandedIn):
    """Progress, mid-term and final reports."""

    model = Report
    kind = "Report"
    route_base = "/reports"
    title = _l("Reports")
    workflow = REPORT
    options = (joinedload(Report.project),)
    record_options = options
    change = staticmethod(rewrite_report)
    change_label = _l("Go on writing")
    labels = {"return_reason": _l("Reason")}
    filters = (
        _by_state(Report, ReportState),
        Filter(
            "kind",
            _l("Kind of report"),
            lambda: [(kind.value, cells.word(kind)) for kind in ReportKind],
            lambda told: Report.kind == ReportKind(told),
        ),
        _of_project(Report),
    )
    columns = (
        Column("project", _l("Report"), _named),
        Column(
            "submitted_at",
            _l("Handed in at"),
            lambda one: f"{local(one.submitted_at):%Y-%m-%d %H:%M}" if one.submitted_at else "",
            sort=Report.submitted_at,
        ),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Report.state),
    )

    def row_label(self, record: Report) -> str:
        return _named(record)

    def crumbs(self, record: Report) -> list[tuple[str, str | None]]:
        return [*super().crumbs(record)[:-1], (cells.word(record.kind), None)]

    def record_page(self, record: Report) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = _named(record)
        if record.state is ReportState.RETURNED:
            page.notes = [("warn", _("Sent back: %(reason)s", reason=record.return_reason))]
        page.cards = [
            pages.PanelView(key, label, cells.drawn("prose", told or _("Nothing written yet.")))
            for key, label, told in (
                ("progress", _("What was done"), record.progress),
                ("results", _("Results"), record.results),
                ("problems", _("Problems"), record.problems),
                ("next", _("Next steps"), record.next_steps),
            )
        ]
        if record.state in REPORT_EDITABLE and current_actor().may("write", "Report"):
            page.actions = [pages.Link(str(self.change_label), url_for("ReportView.edit", pk=record.id), "pencil")]
        return page

    @door("/<int:pk>/edit", "write", methods=("GET", "POST"))
    def edit(self, pk: int) -> Drawn:
        """Go on writing a report."""
        record = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            rewrite_report(record, actor=current_actor(), **asked)
            return self.record_url(record), _("The report is saved as a draft")

        return self.change_form(record, done, confirm=_("Save the draft"))


class ExpenseView(_HandedIn):
    """Expenses with their invoices."""

    model = Expense
    kind = "Expense"
    route_base = "/expenses"
    title = _l("Expenses")
    base_order = "-spent_on"
    workflow = EXPENSE
    options = (joinedload(Expense.project),)
    record_options = options
    change = staticmethod(change_expense)
    change_label = _l("Change the expense")
    labels = {"reject_reason": _l("Reason"), "amount": _l("Sum (yuan)")}
    filters = (
        _by_state(Expense, ExpenseState),
        Filter(
            "head",
            _l("Budget head"),
            lambda: [(head.value, cells.word(head)) for head in BudgetHead],
            lambda told: Expense.head == BudgetHead(told),
        ),
        _of_project(Expense),
    )
    columns = (
        Column("payee", _l("Payee"), lambda one: one.payee),
        Column("spent_on", _l("Day"), lambda one: one.spent_on, sort=Expense.spent_on),
        Column("head", _l("Budget head"), lambda one: cells.word(one.head), hide_phone=True),
        Column("amount", _l("Sum (yuan)"), lambda one: cells.money(one.amount), sort=Expense.amount, numeric=True),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Expense.state),
    )

    def row_label(self, record: Expense) -> str:
        return record.payee

    def crumbs(self, record: Expense) -> list[tuple[str, str | None]]:
        return [*super().crumbs(record)[:-1], (record.payee, None)]

    def record_page(self, record: Expense) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = _("Expense: %(payee)s", payee=record.payee)
        page.facts = [
            (_("Project"), _project_link(record.project)),
            (_("Sum (yuan)"), cells.money(record.amount)),
            (_("Day"), record.spent_on),
            (_("Budget head"), cells.word(record.head)),
            (_("Kind of proof"), cells.word(record.invoice_kind)),
            (_("Invoice number"), part("code", shown_key(record.invoice_kind, record.invoice_key))),
            (_("What for"), record.content, True),
        ]
        if record.state is ExpenseState.REJECTED:
            page.notes = [("warn", _("Not accepted: %(reason)s", reason=record.reject_reason))]
        if record.state in EXPENSE_EDITABLE and current_actor().may("enter", "Expense"):
            page.actions = [pages.Link(str(self.change_label), url_for("ExpenseView.edit", pk=record.id), "pencil")]
        return page

    @door("/<int:pk>/edit", "enter", methods=("GET", "POST"))
    def edit(self, pk: int) -> Drawn:
        """Mend a draft, or an expense that was not accepted."""
        record = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            change_expense(record, actor=current_actor(), **asked)
            return self.record_url(record), _("The expense is saved as a draft")

        return self.change_form(record, done, confirm=_("Save"))
