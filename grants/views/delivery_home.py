"""What is mine to do from the award list to the closure, an organization's projects at home, and panels elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import render_template, url_for
from markupsafe import Markup

from grants.queries.delivery_tasks import waiting_for
from grants.queries.projects import live_projects_of, project_of_application, work_of_organization
from grants.queries.waiting import Waiting
from grants.views.project_parts import passed_share, targets_of
from kernel.actor import Actor, ReaderKind
from kernel.clock import today
from kernel.module import Figure, Task
from kernel.words import Sentence

WORDS: dict[str, tuple[Sentence, str]] = {
    "list_draft": (Sentence("Award list {name}: send it to the director"), "/award-lists/{id}"),
    "list_proposed": (Sentence("Award list {name} waits for your approval"), "/award-lists/{id}"),
    "list_approved": (Sentence("Award list {name} waits for your confirmation"), "/award-lists/{id}"),
    "list_confirmed": (Sentence("Award list {name}: put it on public notice"), "/award-lists/{id}"),
    "notice_over": (Sentence("Public notice {name} is over: close it"), "/notices/{id}"),
    "objection_received": (Sentence("Look into an objection to {name}"), "/objections/{id}"),
    "objection_answering": (Sentence("Decide on an objection to {name}"), "/objections/{id}"),
    "contract_draft": (Sentence("Offer contract {name}"), "/contracts/{id}"),
    "contract_confirmed": (Sentence("Sign contract {name}"), "/contracts/{id}"),
    "contract_offered": (Sentence("Confirm the contract {name}"), "/contracts/{id}"),
    "service_over": (Sentence("“{name}”: its service is over, end it"), "/projects/{id}"),
    "rectifying": (Sentence("“{name}” puts things right: look at it"), "/projects/{id}"),
    "audit": (Sentence("“{name}”: accept the audit"), "/projects/{id}"),
    "refund": (Sentence("“{name}”: a refund is due"), "/projects/{id}"),
    "to_close": (Sentence("“{name}” can be closed"), "/projects/{id}"),
    "project_ready": (Sentence("“{name}”: start the project"), "/projects/{id}"),
    "payment_check": (Sentence("Check the payment for “{name}”"), "/instalments/{id}"),
    "payment_review": (Sentence("Review the payment for “{name}”"), "/instalments/{id}"),
    "payment_approve": (Sentence("Approve the payment for “{name}”"), "/instalments/{id}"),
    "payment_pay": (Sentence("Pay for “{name}”"), "/instalments/{id}"),
    "payment_due": (Sentence("Request the payment for “{name}”"), "/instalments/{id}"),
    "report_submitted": (Sentence("Look at the report on “{name}”"), "/reports/{id}"),
    "report_open": (Sentence("Hand in the report on “{name}”"), "/reports/{id}"),
    "midterm_due": (Sentence("Write the mid-term report on “{name}”"), "/projects/{id}/reports/new"),
    "final_due": (Sentence("Write the final report on “{name}”"), "/projects/{id}/reports/new"),
    "activities": (Sentence("Activity records to look at: {name}"), "/activities/?state=recorded"),
    "expenses": (Sentence("Expenses to look at: {name}"), "/expenses/?state=submitted"),
    "activity_returned": (Sentence("Mend the activity record: {name}"), "/activities/{id}"),
    "expense_rejected": (Sentence("Mend the expense: {name}"), "/expenses/{id}"),
}


def tasks(actor: Actor) -> Iterable[Task]:
    """Give what waits for a person, with its day."""
    return [_task(one) for one in waiting_for(actor)]


def _task(one: Waiting) -> Task:
    sentence, path = WORDS[one.what]
    return Task(Sentence(sentence.msgid, name=one.label), path.format(id=one.record_id), due_on=one.due_on)


def figures(actor: Actor) -> Iterable[Figure]:
    """Show an organization's people their projects."""
    if actor.kind is not ReaderKind.ORG or actor.organization_id is None:
        return []
    projects = live_projects_of(actor.organization_id)
    if not projects:
        return []
    shown = [(project, targets_of(project), passed_share(project, today())) for project in projects]
    return [Figure("grants/project_figure.html", {"projects": shown, "url": url_for("ProjectView.index")}, "main", 20)]


def projects_panel(organization: Any, _actor: Actor) -> Markup | None:
    """Show an organization's projects and what it applied for on its record."""
    projects, applications = work_of_organization(organization.id)
    if not projects and not applications:
        return None
    told = {"projects": projects, "applications": applications}
    # The template escapes by itself.
    return Markup(render_template("grants/organization_panel.html", **told))  # noqa: S704


def application_panel(application: Any, _actor: Actor) -> Markup | None:
    """Show on an application what became of it."""
    if application.awarded is None:
        return None
    project = project_of_application(application.id)
    if project is None:
        return None
    return Markup(render_template("grants/project_panel.html", projects=[project]))  # noqa: S704  (see above)
