"""Who is told what about activities, reports and expenses."""

from __future__ import annotations

from typing import Any

from grants.models import Activity, Expense, Report
from kernel.notices import Notice, Topic, members_of, to_role

OWN_LEADS = members_of(lambda record: record.organization_id, "org_admin", "org_lead")
OWN_FINANCE = members_of(lambda record: record.organization_id, "org_finance", "org_lead")


def _activity(activity: Activity) -> dict[str, Any]:
    return {
        "theme": activity.theme,
        "day": activity.held_on,
        "number": activity.project.number,
        "reason": activity.return_reason or "",
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "kind": report.kind,
        "number": report.project.number,
        "title": report.project.title,
        "reason": report.return_reason or "",
    }


def _expense(expense: Expense) -> dict[str, Any]:
    return {
        "payee": expense.payee,
        "amount": expense.amount,
        "number": expense.project.number,
        "reason": expense.reject_reason or "",
    }


def _activity_link(activity: Activity) -> str:
    return f"/activities/{activity.id}"


def _report_link(report: Report) -> str:
    return f"/reports/{report.id}"


def _expense_link(expense: Expense) -> str:
    return f"/expenses/{expense.id}"


ACTIVITY_RECORDED = Notice(
    key="activity_recorded",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="{number} recorded an activity",
    body="{theme}, {day}",
    params=_activity,
    link=_activity_link,
    by_mail=False,
)
ACTIVITY_RETURNED = Notice(
    key="activity_returned",
    topic=Topic.DECISIONS,
    to=OWN_LEADS,
    headline="The activity record “{theme}” was sent back",
    body="Reason: {reason}",
    params=_activity,
    link=_activity_link,
)
REPORT_SUBMITTED = Notice(
    key="report_submitted",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="{kind} of {number} is handed in",
    body="{title}",
    params=_report,
    link=_report_link,
)
REPORT_ACCEPTED = Notice(
    key="report_accepted",
    topic=Topic.DECISIONS,
    to=OWN_LEADS,
    headline="{kind} of {number} is accepted",
    body="{title}",
    params=_report,
    link=_report_link,
)
REPORT_RETURNED = Notice(
    key="report_returned",
    topic=Topic.DECISIONS,
    to=OWN_LEADS,
    headline="{kind} of {number} was sent back",
    body="Reason: {reason}",
    params=_report,
    link=_report_link,
)
EXPENSE_SUBMITTED = Notice(
    key="expense_submitted",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="{number} handed in an expense",
    body="{payee}: {amount} yuan.",
    params=_expense,
    link=_expense_link,
    by_mail=False,
)
EXPENSE_REJECTED = Notice(
    key="expense_rejected",
    topic=Topic.PAYMENTS,
    to=OWN_FINANCE,
    headline="An expense of {number} was not accepted",
    body="{payee}: {amount} yuan. Reason: {reason}",
    params=_expense,
    link=_expense_link,
)
