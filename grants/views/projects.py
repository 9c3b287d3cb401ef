"""Projects: the register, and each project with what comes next, its targets, its money and its plan."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy.orm import joinedload, selectinload

from grants.models import Milestone, Project
from grants.operations.delivery import reach_milestone, record_activity, write_report
from grants.operations.expenses import enter_expense
from grants.operations.projects import accept_audit, paid_to, receive_refund
from grants.queries.dossier import Dossier, dossier_of
from grants.queries.finding import found_projects
from grants.queries.outlook import RISKS
from grants.queries.projects import accepted_spend
from grants.rules.delivery import SPENDING
from grants.rules.next_steps import next_steps
from grants.states import PROJECT_IN_DELIVERY, ProjectState, ReportKind
from grants.views import cells
from grants.views.contracts import organization_name
from grants.views.deeds import Drawn
from grants.views.forms import ask
from grants.views.outlook import RISKS as RISK_WORDS
from grants.views.project_parts import instalment_lines, part, passed_share, targets_of
from grants.views.project_tabs import delivery_panels
from grants.workflows.projects import PROJECT
from kernel import pages
from kernel.account import task_view
from kernel.actor import Actor, ReaderKind
from kernel.audit import history_of
from kernel.clock import today
from kernel.errors import NotFound
from kernel.identity import current_actor
from kernel.module import Task
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, Search, door, find

ON_THE_WAY = {ProjectState.MIDTERM: ProjectState.RUNNING, ProjectState.RECTIFYING: ProjectState.RUNNING}


class ProjectView(RecordView):
    """Awarded projects from contract to archive."""

    model = Project
    kind = "Project"
    route_base = "/projects"
    title = _l("Projects")
    base_order = "-number"
    workflow = PROJECT
    options = (joinedload(Project.organization), joinedload(Project.category))
    record_options = (
        joinedload(Project.organization),
        joinedload(Project.call),
        joinedload(Project.category),
        joinedload(Project.contract),
        selectinload(Project.instalments),
    )
    search = Search(_l("Number, project or organization"), found_projects)
    columns = (
        Column("number", _l("Project"), lambda one: one.title, sort=Project.number),
        Column("organization", _l("Organization"), organization_name, hide_phone=True),
        Column("category", _l("Category"), lambda one: cells.category_name(one.category), hide_phone=True),
        Column("award", _l("Award (yuan)"), lambda one: cells.money(one.award), sort=Project.award, numeric=True),
        Column("ends_on", _l("Ends on"), lambda one: one.ends_on, sort=Project.ends_on),
        Column("grade", _l("Grade"), lambda one: cells.chip(one.grade) if one.grade else ""),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Project.state),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in ProjectState],
            lambda told: Project.state == ProjectState(told),
        ),
        Filter(
            "live",
            _l("Phase"),
            lambda: [("1", _l("In delivery"))],
            lambda _told: Project.state.in_(PROJECT_IN_DELIVERY),
        ),
        Filter(
            "risk",
            _l("Risk"),
            lambda: [(key, RISK_WORDS[key][0]) for key in RISKS],
            lambda told: RISKS[told](today()),
        ),
    )

    labels = {
        "people_reached": _l("People served"),
        "person_times_reached": _l("Person-times"),
        "sessions_reached": _l("Sessions"),
        "approved_spend": _l("Accepted spending"),
        "midterm_score": _l("Mid-term score"),
        "final_score": _l("Final score"),
        "penalties": _l("Penalties"),
        "refund_due": _l("Refund due"),
        "refunded_on": _l("Refund received on"),
        "closed_on": _l("Project closed on"),
        "stop_reason": _l("Reason"),
        "rectify_reason": _l("Reason"),
    }

    def row_code(self, record: Project) -> str:
        return record.number

    def steps(self, record: Project) -> list[pages.StepView]:
        """Show a project under evaluation where its service stands; the chip beside the title says the rest."""
        path = list(PROJECT.path)
        state = ON_THE_WAY.get(record.state, record.state)
        here = len(path) if state is ProjectState.ARCHIVED else path.index(state) if state in path else -1
        return [
            pages.StepView(cells.word(one), "here" if place == here else "done" if place < here else "todo")
            for place, one in enumerate(path)
        ]

    def record_page(self, record: Project) -> pages.RecordPage:
        actor, parts = current_actor(), dossier_of(record)
        return pages.RecordPage(
            title=record.title,
            subtitle=self._subtitle(record),
            crumbs=self.crumbs(record),
            chip=self.chip(record),
            steps=self.steps(record),
            buttons=self.buttons(record),
            actions=self._actions(record, actor),
            notes=self._notes(record),
            cards=self._cards(record, parts, actor),
            panels=[*delivery_panels(record, parts), *self.foreign_panels(record)],
            panels_title=_("Delivery"),
            aside=self._aside(record, parts, actor),
        )

    def _subtitle(self, record: Project) -> str:
        told = [
            organization_name(record),
            cells.category_name(record.category),
            record.call.title if record.call is not None else "",
            _("%(first)s to %(last)s", first=record.starts_on, last=record.ends_on),
        ]
        return " · ".join(one for one in told if one)

    def _notes(self, record: Project) -> list[tuple[str, str]]:
        told = []
        if record.state is ProjectState.RECTIFYING:
            told.append(
                (
                    "warn",
                    _(
                        "To be put right by %(day)s: %(reason)s",
                        day=record.rectify_due_on,
                        reason=record.rectify_reason,
                    ),
                )
            )
        if record.state in {ProjectState.SUSPENDED, ProjectState.TERMINATED}:
            told.append(("warn", _("Stopped: %(reason)s", reason=record.stop_reason)))
        if record.refund_due and record.refunded_on is None:
            told.append(("bad", _("%(amount)s yuan have to be refunded.", amount=f"{record.refund_due:,.2f}")))
        return told

    def _actions(self, record: Project, actor: Actor) -> list[pages.Link]:
        offered = (
            ("record", "Activity", _("Record an activity"), "ProjectView.new_activity", "plus-lg", PROJECT_IN_DELIVERY),
            ("enter", "Expense", _("Enter an expense"), "ProjectView.new_expense", "receipt", SPENDING),
            (
                "write",
                "Report",
                _("Write a report"),
                "ProjectView.new_report",
                "file-earmark-text",
                PROJECT_IN_DELIVERY | {ProjectState.CLOSING},
            ),
        )
        shown = [
            (label, url_for(endpoint, pk=record.id), icon)
            for verb, kind, label, endpoint, icon, states in offered
            if actor.may(verb, kind) and record.state in states
        ]
        if actor.may("accept_audit", "Project") and record.state is ProjectState.AUDIT and record.audited_on is None:
            shown.append((_("Accept the audit"), url_for("ProjectView.audit", pk=record.id), "calculator"))
        if actor.may("receive_refund", "Project") and record.refund_due and record.refunded_on is None:
            shown.append((_("Record the refund"), url_for("ProjectView.refund", pk=record.id), "cash-coin"))
        return [pages.Link(label, url, icon, primary=place == 0) for place, (label, url, icon) in enumerate(shown)]

    def _cards(self, record: Project, parts: Dossier, actor: Actor) -> list[pages.PanelView]:
        shown = []
        if actor.kind is ReaderKind.ORG:
            told = [
                task_view(Task(step.text, step.url if actor.may(*step.needs) else "", due_on=step.due_on))
                for step in next_steps(record, parts, today())
            ]
            shown.append(pages.PanelView("next", _("What comes next"), part("tasks", told)))
        shown.append(
            pages.PanelView("targets", _("Targets"), part("targets", targets_of(record), passed_share(record, today())))
        )
        if actor.kind is not ReaderKind.PANEL:
            html = part("heads", parts.heads, record.award, paid_to(record), record.approved_spend)
            shown.append(pages.PanelView("heads", _("Spending and budget"), html, flush=True))
        return shown

    def _aside(self, record: Project, parts: Dossier, actor: Actor) -> list[pages.PanelView]:
        may_reach = actor.may("reach", "Milestone") and record.state in PROJECT_IN_DELIVERY
        shown = []
        if actor.kind is not ReaderKind.PANEL:
            html = part("instalments", instalment_lines(record), record.award, paid_to(record))
            shown.append(pages.PanelView("instalments", _("Payments"), html))
            shown.append(pages.PanelView("contract", _("Contract"), part("contract", record.contract)))
        html = part("milestones", parts.milestones, record.id, may_reach, today())
        shown.append(pages.PanelView("milestones", _("Milestones"), html))
        if record.midterm_score is not None or record.grade is not None:
            shown.append(pages.PanelView("result", _("Results"), part("result", record)))
        history = pages.Link(_("The whole history"), url_for("ProjectView.history", pk=record.id))
        shown.append(pages.PanelView("history", _("History"), cells.drawn("linked", history.label, history.url)))
        return shown

    @door("/<int:pk>/history", "show")
    def history(self, pk: int) -> str:
        """Everything that the reader may see of a project's trail."""
        record = self.find(pk)
        page = pages.RecordPage(
            title=_("History of %(number)s", number=record.number),
            crumbs=[*self._to(record), (_("History"), None)],
            history=self.entries(history_of(record, limit=200), self.workflow),
        )
        return self.render("kernel/record.html", record=page, subject=record)

    def _to(self, record: Project) -> list[tuple[str, str | None]]:
        return [(str(self.title), self.list_url()), (record.number, self.record_url(record))]

    # What an organization hands in

    @door("/<int:pk>/activities/new", "record", kind="Activity", methods=("GET", "POST"))
    def new_activity(self, pk: int) -> Drawn:
        """Record an activity as it took place."""
        project = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            activity = record_activity(project, actor=current_actor(), **asked)
            return self.record_url(project), _("“%(theme)s” is recorded", theme=activity.theme)

        return ask(
            self,
            record_activity,
            title=_("Record an activity"),
            lead=project.title,
            done=done,
            back_url=self.record_url(project),
            crumbs=[*self._to(project), (_("Record an activity"), None)],
            defaults={"held_on": today()},
            note=("info", _("Within 7 days after it took place. Counts only: no names of people served.")),
        )

    @door("/<int:pk>/reports/new", "write", kind="Report", methods=("GET", "POST"))
    def new_report(self, pk: int) -> Drawn:
        """Begin a report."""
        project = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            report = write_report(project, actor=current_actor(), **asked)
            return url_for("ReportView.record", pk=report.id), _("The report is saved as a draft")

        kind = ReportKind.FINAL if project.state is ProjectState.CLOSING else ReportKind.MIDTERM
        return ask(
            self,
            write_report,
            title=_("Write a report"),
            lead=project.title,
            done=done,
            back_url=self.record_url(project),
            crumbs=[*self._to(project), (_("Write a report"), None)],
            defaults={
                "kind": kind if project.midterm_score is None or kind is ReportKind.FINAL else ReportKind.PROGRESS
            },
            confirm=_("Save the draft"),
        )

    @door("/<int:pk>/expenses/new", "enter", kind="Expense", methods=("GET", "POST"))
    def new_expense(self, pk: int) -> Drawn:
        """Enter an expense with its invoice."""
        project = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            expense = enter_expense(project, actor=current_actor(), **asked)
            return url_for("ExpenseView.record", pk=expense.id), _("The expense is saved as a draft")

        return ask(
            self,
            enter_expense,
            title=_("Enter an expense"),
            lead=project.title,
            done=done,
            back_url=self.record_url(project),
            crumbs=[*self._to(project), (_("Enter an expense"), None)],
            defaults={"spent_on": today()},
            confirm=_("Save the draft"),
        )

    @door("/<int:pk>/milestones/<int:milestone_id>/reach", "reach", kind="Milestone", methods=("GET", "POST"))
    def reach(self, pk: int, milestone_id: int) -> Drawn:
        """Mark a milestone as reached."""
        project, milestone = self.find(pk), find(Milestone, milestone_id)
        if milestone.project_id != project.id:
            raise NotFound

        def done(**asked: Any) -> tuple[str, str]:
            reach_milestone(milestone, actor=current_actor(), **asked)
            return self.record_url(project), _("“%(title)s” is reached", title=milestone.title)

        return ask(
            self,
            reach_milestone,
            title=_("Mark as reached"),
            lead=milestone.title,
            done=done,
            back_url=self.record_url(project),
            crumbs=[*self._to(project), (_("Milestones"), None)],
            defaults={"reached_on": today()},
        )

    # What finance closes

    @door("/<int:pk>/audit", "accept_audit", methods=("GET", "POST"))
    def audit(self, pk: int) -> Drawn:
        """Accept the audit and settle the last payment."""
        project = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            settled = accept_audit(project, actor=current_actor(), **asked)
            return self.record_url(project), settled.explanation.render()

        return ask(
            self,
            accept_audit,
            title=_("Accept the audit"),
            lead=project.title,
            done=done,
            back_url=self.record_url(project),
            crumbs=[*self._to(project), (_("Audit"), None)],
            defaults={"approved_spend": accepted_spend(project.id), "penalties": 0},
            note=(
                "info",
                _(
                    "Accepted expenses: %(amount)s yuan. The last payment follows grade and spending.",
                    amount=f"{project.approved_spend:,.2f}",
                ),
            ),
        )

    @door("/<int:pk>/refund", "receive_refund", methods=("GET", "POST"))
    def refund(self, pk: int) -> Drawn:
        """Record that a refund has arrived."""
        project = self.find(pk)

        def done(**asked: Any) -> tuple[str, str]:
            receive_refund(project, actor=current_actor(), **asked)
            return self.record_url(project), _("The refund is recorded")

        return ask(
            self,
            receive_refund,
            title=_("Record the refund"),
            lead=project.title,
            done=done,
            back_url=self.record_url(project),
            crumbs=[*self._to(project), (_("Refund"), None)],
            defaults={"amount": project.refund_due, "received_on": today()},
        )
