"""The tabs of a project's page: the newest activities, the reports, the newest expenses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from grants.models import Project
from grants.queries.dossier import Dossier
from grants.views import cells
from grants.views.project_parts import part
from kernel import pages
from kernel.speech import gettext as _


def delivery_panels(project: Project, parts: Dossier) -> list[pages.PanelView]:
    """Give what an organization has handed in, each kind as a tab."""
    return [
        pages.PanelView("activities", _("Activities"), _activities(project, parts), parts.activity_count, flush=True),
        pages.PanelView("reports", _("Reports"), _reports(parts), len(parts.reports), flush=True),
        pages.PanelView("expenses", _("Expenses"), _expenses(project, parts), parts.expense_count, flush=True),
    ]


def _activities(project: Project, parts: Dossier) -> Any:
    columns = [
        (_("Theme"), False),
        (_("Day"), False),
        (_("People present"), True),
        (_("Person-times"), True),
        (_("State"), False),
    ]
    lines = [
        (
            cells.drawn("linked", one.theme, url_for("ActivityView.record", pk=one.id)),
            one.held_on,
            f"{one.people:,}",
            f"{one.person_times:,}",
            cells.chip(one.state),
        )
        for one in parts.activities
    ]
    more = pages.Link(
        _("All activities (%(count)s)", count=parts.activity_count), url_for("ActivityView.index", project=project.id)
    )
    return part("rows", columns, lines, _("Newest activities"), more, _("No activities yet"), "calendar-event")


def _reports(parts: Dossier) -> Any:
    columns = [(_("Report"), False), (_("State"), False)]
    lines = [
        (cells.drawn("linked", cells.word(one.kind), url_for("ReportView.record", pk=one.id)), cells.chip(one.state))
        for one in parts.reports
    ]
    return part("rows", columns, lines, _("Reports"), None, _("No reports yet"), "file-earmark-text")


def _expenses(project: Project, parts: Dossier) -> Any:
    columns: Sequence[tuple[str, bool]] = [
        (_("Payee"), False),
        (_("Day"), False),
        (_("Budget head"), False),
        (_("Sum (yuan)"), True),
        (_("State"), False),
    ]
    lines = [
        (
            cells.drawn("linked", one.payee, url_for("ExpenseView.record", pk=one.id)),
            one.spent_on,
            cells.word(one.head),
            cells.money(one.amount),
            cells.chip(one.state),
        )
        for one in parts.expenses
    ]
    more = pages.Link(
        _("All expenses (%(count)s)", count=parts.expense_count), url_for("ExpenseView.index", project=project.id)
    )
    return part("rows", columns, lines, _("Newest expenses"), more, _("No expenses yet"), "receipt")
