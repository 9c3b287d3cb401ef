"""Who is reminded of which deadline of calls, applications, notices and projects."""

from __future__ import annotations

from functools import partial
from typing import Any

from grants.models import Application, Objection, Project, PublicNotice
from grants.notices.applications import OWN_PEOPLE
from grants.notices.calls import applicants
from grants.notices.projects import OWN_FINANCE, OWN_LEADS
from grants.queries import deadlines
from grants.states import ReportKind
from kernel.notices import Notice, Reminder, Topic, to_role, working_days


def _application(application: Application) -> dict[str, Any]:
    return {
        "number": application.number,
        "title": str(application),
        "call": application.call.title,
        "reason": application.return_reason or "",
    }


def _application_link(application: Application) -> str:
    return f"/applications/{application.id}"


CALL_CLOSES = Notice(
    key="application.call_closes",
    topic=Topic.DEADLINES,
    to=OWN_PEOPLE,
    headline="Application {number} is not submitted; the call closes on {due}",
    body="“{title}” for “{call}”: please finish and submit it in time.",
    params=_application,
    link=_application_link,
)
CORRECTION_ENDS = Notice(
    key="application.correction_ends",
    topic=Topic.DEADLINES,
    to=OWN_PEOPLE,
    headline="Application {number}: corrections are possible until {due}",
    body="“{title}”: {reason}",
    params=_application,
    link=_application_link,
)


def _notice(notice: PublicNotice) -> dict[str, Any]:
    return {"number": notice.number, "title": notice.title}


OBJECTIONS_END = Notice(
    key="public_notice.ends",
    topic=Topic.DEADLINES,
    to=lambda notice: applicants(notice.call),
    headline="Objections to public notice {number} are possible until {due}",
    body="{title}",
    params=_notice,
    link=lambda notice: f"/notices/{notice.id}",
)


def _objection(objection: Objection) -> dict[str, Any]:
    return {"number": objection.application.number, "title": str(objection.application)}


ANSWER_DUE = Notice(
    key="objection.answer_due",
    topic=Topic.DEADLINES,
    to=to_role("officer", "director"),
    headline="The objection to {number} has to be answered by {due}",
    body="{title}",
    params=_objection,
    link=lambda objection: f"/objections/{objection.id}",
)


def _project(project: Project) -> dict[str, Any]:
    return {"number": project.number, "title": project.title, "reason": project.rectify_reason or ""}


def _project_link(project: Project) -> str:
    return f"/projects/{project.id}"


RECTIFICATION_DUE = Notice(
    key="project.rectification_due",
    topic=Topic.DEADLINES,
    to=OWN_LEADS,
    headline="{number}: things have to be put right by {due}",
    body="{title}: {reason}",
    params=_project,
    link=_project_link,
)
REFUND_DUE = Notice(
    key="project.refund_due",
    topic=Topic.DEADLINES,
    to=OWN_FINANCE,
    headline="{number}: a refund of {amount} is due on {due}",
    body="{title}",
    params=lambda project: {**_project(project), "amount": project.refund_due},
    link=_project_link,
)


def _report_due(kind: ReportKind) -> Reminder:
    told = Notice(
        key=f"project.{kind.value}_report_due",
        topic=Topic.DEADLINES,
        to=OWN_LEADS,
        headline="{kind} of {number} is due on {due}",
        body="{title}: please write it and hand it in.",
        params=lambda project: {**_project(project), "kind": kind},
        link=_project_link,
    )
    return Reminder(notice=told, due=partial(deadlines.reports_due, kind), marks=working_days(7, 3, 1))


REMINDERS = (
    Reminder(notice=CALL_CLOSES, due=deadlines.drafts_closing, marks=working_days(7, 3, 1)),
    Reminder(notice=CORRECTION_ENDS, due=deadlines.corrections_ending, marks=working_days(3, 1)),
    Reminder(notice=OBJECTIONS_END, due=deadlines.public_notices_ending, marks=working_days(1)),
    Reminder(notice=ANSWER_DUE, due=deadlines.answers_due, marks=working_days(3, 1)),
    Reminder(notice=RECTIFICATION_DUE, due=deadlines.rectifications_due, marks=working_days(7, 3, 1)),
    _report_due(ReportKind.MIDTERM),
    _report_due(ReportKind.FINAL),
    Reminder(notice=REFUND_DUE, due=deadlines.refunds_due, marks=working_days(7, 3, 1)),
)
