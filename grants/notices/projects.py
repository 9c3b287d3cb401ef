"""Who is told what about contracts, projects and instalments."""

from __future__ import annotations

from typing import Any

from grants.models import Contract, Instalment, Project
from kernel.notices import Notice, Topic, members_of, to_role

OWN = members_of(lambda record: record.organization_id)
OWN_ADMIN = members_of(lambda record: record.organization_id, "org_admin")
OWN_LEADS = members_of(lambda record: record.organization_id, "org_admin", "org_lead")
OWN_FINANCE = members_of(lambda record: record.organization_id, "org_finance", "org_admin")


def _contract_params(contract: Contract) -> dict[str, Any]:
    project = contract.project
    return {"number": contract.number, "title": project.title, "amount": contract.amount}


def _contract_link(contract: Contract) -> str:
    return f"/contracts/{contract.id}"


CONTRACT_OFFERED = Notice(
    key="contract_offered",
    topic=Topic.PAYMENTS,
    to=OWN_ADMIN,
    headline="Contract {number} waits for you",
    body="{title}: {amount} yuan. Read it and confirm it.",
    params=_contract_params,
    link=_contract_link,
)
CONTRACT_CONFIRMED = Notice(
    key="contract_confirmed",
    topic=Topic.TASKS,
    to=to_role("director", "officer"),
    headline="Contract {number} is confirmed by the organization",
    body="{title}: {amount} yuan. The director signs it next.",
    params=_contract_params,
    link=_contract_link,
)
CONTRACT_SIGNED = Notice(
    key="contract_signed",
    topic=Topic.PAYMENTS,
    to=OWN,
    headline="Contract {number} is signed",
    body="{title}: the first instalment may be requested now.",
    params=_contract_params,
    link=_contract_link,
)
CONTRACT_CANCELLED = Notice(
    key="contract_cancelled",
    topic=Topic.PAYMENTS,
    to=OWN,
    headline="Contract {number} is cancelled",
    body="{title}: the award goes back to the call.",
    params=_contract_params,
    link=_contract_link,
)


def _project_params(project: Project) -> dict[str, Any]:
    return {
        "number": project.number,
        "title": project.title,
        "reason": project.stop_reason or project.rectify_reason or "",
        "due": project.rectify_due_on or project.ends_on,
    }


def _project_link(project: Project) -> str:
    return f"/projects/{project.id}"


PROJECT_STARTED = Notice(
    key="project_started",
    to=to_role("officer"),
    headline="Project {number} has started",
    body="{title}",
    params=_project_params,
    link=_project_link,
)
MIDTERM_STARTED = Notice(
    key="midterm_started",
    to=OWN_LEADS,
    headline="The mid-term evaluation of {number} begins",
    body="{title}: an evaluator will be in touch.",
    params=_project_params,
    link=_project_link,
)
MIDTERM_PASSED = Notice(
    key="midterm_passed",
    topic=Topic.DECISIONS,
    to=OWN,
    headline="{number} passed its mid-term evaluation",
    body="{title}: the middle instalment may be requested now.",
    params=_project_params,
    link=_project_link,
)
MIDTERM_FAILED = Notice(
    key="midterm_failed",
    topic=Topic.DEADLINES,
    to=OWN,
    headline="{number} has to put things right",
    body="{title}: by {due}. {reason}",
    params=_project_params,
    link=_project_link,
)
SERVICE_ENDED = Notice(
    key="service_ended",
    topic=Topic.TASKS,
    to=OWN_LEADS,
    headline="The service of {number} has ended",
    body="{title}: please hand in the final report.",
    params=_project_params,
    link=_project_link,
)
FINAL_GRADED = Notice(
    key="final_graded",
    topic=Topic.TASKS,
    to=to_role("finance"),
    headline="{number} is graded and goes to its audit",
    body="{title}: confirm the approved spending.",
    params=_project_params,
    link=_project_link,
)
PROJECT_CLOSED = Notice(
    key="project_closed",
    topic=Topic.DECISIONS,
    to=OWN,
    headline="Project {number} is closed",
    body="{title}: thank you for the year.",
    params=_project_params,
    link=_project_link,
)
PROJECT_STOPPED = Notice(
    key="project_stopped",
    topic=Topic.DECISIONS,
    to=OWN,
    headline="Project {number} is stopped",
    body="{title}. {reason}",
    params=_project_params,
    link=_project_link,
)
PROJECT_RESUMED = Notice(
    key="project_resumed",
    topic=Topic.DECISIONS,
    to=OWN,
    headline="Project {number} goes on",
    body="{title}",
    params=_project_params,
    link=_project_link,
)
REFUND_ASKED = Notice(
    key="refund_asked",
    topic=Topic.DEADLINES,
    to=OWN,
    headline="Project {number} has to refund {amount}",
    body="{title}: within 30 days.",
    params=lambda project: {**_project_params(project), "amount": project.refund_due},
    link=_project_link,
)


def _instalment_params(instalment: Instalment) -> dict[str, Any]:
    return {
        "number": instalment.project.number,
        "title": instalment.project.title,
        "kind": instalment.kind,
        "amount": instalment.payable,
        "reason": instalment.return_reason or "",
        "hold": instalment.hold_reason or "",
    }


def _instalment_link(instalment: Instalment) -> str:
    return f"/instalments/{instalment.id}"


INSTALMENT_DUE = Notice(
    key="instalment_due",
    topic=Topic.PAYMENTS,
    to=OWN_FINANCE,
    headline="{kind} of {number}: {amount} may be requested",
    body="{title}: have the receipt ready.",
    params=_instalment_params,
    link=_instalment_link,
)
INSTALMENT_REQUESTED = Notice(
    key="instalment_requested",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="{kind} of {number} is requested",
    body="{title}: {amount} yuan, to be checked.",
    params=_instalment_params,
    link=_instalment_link,
)
INSTALMENT_CHECKED = Notice(
    key="instalment_checked",
    topic=Topic.TASKS,
    to=to_role("finance"),
    headline="{kind} of {number} is checked",
    body="{title}: {amount} yuan, to be reviewed.",
    params=_instalment_params,
    link=_instalment_link,
)
INSTALMENT_REVIEWED = Notice(
    key="instalment_reviewed",
    topic=Topic.TASKS,
    to=to_role("director"),
    headline="{kind} of {number} waits for your approval",
    body="{title}: {amount} yuan.",
    params=_instalment_params,
    link=_instalment_link,
)
INSTALMENT_APPROVED = Notice(
    key="instalment_approved",
    topic=Topic.TASKS,
    to=to_role("finance"),
    headline="{kind} of {number} is approved for payment",
    body="{title}: {amount} yuan.",
    params=_instalment_params,
    link=_instalment_link,
)
INSTALMENT_PAID = Notice(
    key="instalment_paid",
    topic=Topic.PAYMENTS,
    to=OWN,
    headline="{kind} of {number} is paid",
    body="{title}: {amount} yuan.",
    params=_instalment_params,
    link=_instalment_link,
)
INSTALMENT_RETURNED = Notice(
    key="instalment_returned",
    topic=Topic.PAYMENTS,
    to=OWN_FINANCE,
    headline="The payment request of {number} was sent back",
    body="Reason: {reason}",
    params=_instalment_params,
    link=_instalment_link,
)
INSTALMENT_HELD = Notice(
    key="instalment_held",
    topic=Topic.PAYMENTS,
    to=OWN_FINANCE,
    headline="{kind} of {number} is on hold",
    body="Reason: {hold}",
    params=_instalment_params,
    link=_instalment_link,
)
