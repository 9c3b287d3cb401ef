"""When a project may go on to its next phase."""

from __future__ import annotations

from decimal import Decimal

from grants.models import Project
from grants.queries.projects import accepted_spend, has_accepted_report, open_milestones
from grants.states import INSTALMENT_ENDED, INSTALMENT_IN_APPROVAL, InstalmentKind, ProjectState, ReportKind
from kernel.actor import Actor
from kernel.clock import today
from kernel.words import Sentence


def starts_in_its_time(project: Project, _actor: Actor) -> Sentence | None:
    if today() <= project.ends_on:
        return None
    return Sentence("The project was to end on {day}; it cannot start any more.", day=project.ends_on)


def midterm_report_is_accepted(project: Project, _actor: Actor) -> Sentence | None:
    if has_accepted_report(project.id, ReportKind.MIDTERM):
        return None
    return Sentence("The mid-term report has not been accepted yet.")


def final_report_is_accepted(project: Project, _actor: Actor) -> Sentence | None:
    if has_accepted_report(project.id, ReportKind.FINAL):
        return None
    return Sentence("The final report has not been accepted yet.")


def service_is_over(project: Project, _actor: Actor) -> Sentence | None:
    """Let the service end when its last day has passed, or when every milestone is reached."""
    missing = open_milestones(project.id)
    if today() > project.ends_on or missing == 0:
        return None
    return Sentence(
        "The service runs until {day}, and milestones not reached yet: {count}.", day=project.ends_on, count=missing
    )


def midterm_was_passed(project: Project, _actor: Actor) -> Sentence | None:
    has_middle = any(part.kind is InstalmentKind.MIDDLE for part in project.instalments)
    if not has_middle or project.midterm_score is not None:
        return None
    return Sentence("The mid-term evaluation comes first.")


def no_instalment_is_open(project: Project, _actor: Actor) -> Sentence | None:
    waiting = [part for part in project.instalments if part.state not in INSTALMENT_ENDED]
    if not waiting:
        return None
    return Sentence("Instalments neither paid nor cancelled: {count}.", count=len(waiting))


def no_payment_is_under_way(project: Project, _actor: Actor) -> Sentence | None:
    waiting = [part for part in project.instalments if part.state in INSTALMENT_IN_APPROVAL]
    if not waiting:
        return None
    return Sentence("A payment is under way; settle it first, or send it back.")


def audit_is_accepted(project: Project, _actor: Actor) -> Sentence | None:
    return None if project.audited_on is not None else Sentence("The audit has not been accepted yet.")


def refund_is_received(project: Project, _actor: Actor) -> Sentence | None:
    if project.refund_due == 0 or project.refunded_on is not None:
        return None
    return Sentence("{amount} has to be refunded first.", amount=project.refund_due)


def is_under_audit(project: Project) -> Sentence | None:
    if project.state is ProjectState.AUDIT:
        return None
    return Sentence("The project is “{state}”; its audit is accepted while it is under audit.", state=project.state)


def audit_is_open(project: Project) -> Sentence | None:
    return None if project.audited_on is None else Sentence("The audit was accepted on {day}.", day=project.audited_on)


def spend_is_covered(project: Project, amount: Decimal) -> Sentence | None:
    """Say why the audit cannot confirm this spending: nothing above the accepted expenses; yuan."""
    accepted = accepted_spend(project.id)
    if amount <= accepted:
        return None
    return Sentence(
        "Accepted expenses come to {accepted}; {amount} cannot be confirmed.", accepted=accepted, amount=amount
    )


def not_below_zero(amount: Decimal) -> Sentence | None:
    return Sentence("An amount cannot be below zero.") if amount < 0 else None


def refund_is_due(project: Project) -> Sentence | None:
    if project.refund_due > 0 and project.refunded_on is None:
        return None
    return Sentence("No refund is due from this project.")


def refund_is_whole(project: Project, amount: Decimal) -> Sentence | None:
    if amount == project.refund_due:
        return None
    return Sentence("The refund due is {due}, not {amount}.", due=project.refund_due, amount=amount)
