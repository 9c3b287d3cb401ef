"""What a project goes through: start, evaluations, audit with the last payment, closure; and how it may stop."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from grants.models import Instalment, Project
from grants.notices.projects import REFUND_ASKED
from grants.operations.consequence import in_consequence
from grants.operations.figures import tell_grade, tell_organization
from grants.operations.ledger import post
from grants.operations.years import return_to_treasury
from grants.queries.ledger import balance_of
from grants.rules.money import not_paid_in_the_future
from grants.rules.projects import (
    audit_is_open,
    is_under_audit,
    no_payment_is_under_way,
    not_below_zero,
    refund_is_due,
    refund_is_whole,
    spend_is_covered,
)
from grants.settlement import LastPayment, last_payment
from grants.states import CALL_ENDED, INSTALMENT_ENDED, Account, Grade, InstalmentKind, InstalmentState, LedgerDeed
from grants.workflows.money import INSTALMENT
from grants.workflows.projects import PROJECT
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.money import ZERO, sum_of
from kernel.workflow import deed, lock, refuse_if

PROJECT.govern(Project)


@PROJECT.step("make_ready")
def make_ready(project: Project, *, actor: Actor) -> None:
    """Let a project start; what follows from its signed contract."""


@PROJECT.step("drop")
def drop_project(project: Project, *, actor: Actor, reason: str) -> None:
    """End a project whose contract was never signed."""
    project.stop_reason = reason


@PROJECT.step("start")
def start_project(project: Project, *, actor: Actor) -> None:
    """Begin the service."""


@PROJECT.step("start_midterm")
def start_midterm(project: Project, *, actor: Actor) -> None:
    """Hand the project over to its mid-term evaluation."""


@PROJECT.step("pass_midterm")
def pass_midterm(project: Project, *, actor: Actor, score: Decimal) -> None:
    """Keep the score of a passed mid-term evaluation and make the next middle instalment due."""
    project.midterm_score = score
    project.rectify_reason = project.rectify_due_on = None
    waiting = [
        part
        for part in project.instalments
        if part.kind is InstalmentKind.MIDDLE and part.state is InstalmentState.LOCKED
    ]
    for part in waiting[:1]:
        INSTALMENT["unlock"](part, actor=in_consequence(actor))


@PROJECT.step("fail_midterm")
def fail_midterm(project: Project, *, actor: Actor, score: Decimal, reason: str, due_on: date) -> None:
    """Keep what has to be put right and by when; the next instalment stays locked."""
    project.midterm_score = None
    project.rectify_reason = reason
    project.rectify_due_on = due_on


@PROJECT.step("rectified")
def rectify(project: Project, *, actor: Actor) -> None:
    """Accept that a project has put things right, so that it is evaluated again."""


@PROJECT.step("end_service")
def end_service(project: Project, *, actor: Actor) -> None:
    """End the service; the final report is due next."""


@PROJECT.step("start_final")
def start_final(project: Project, *, actor: Actor) -> None:
    """Hand the project over to its final evaluation."""


@PROJECT.step("grade_final")
def grade_final(project: Project, *, actor: Actor, score: Decimal, composite: Decimal, grade: Grade) -> None:
    """Keep the final score, the composite and the grade, which sets the last payment."""
    project.final_score = score
    project.composite = composite
    project.grade = grade


@deed("accept_audit", "Project")
def accept_audit(
    project: Project,
    *,
    actor: Actor,
    approved_spend: Annotated[Decimal, Ask("Approved spending", "What the audit confirms, in yuan.")],
    penalties: Annotated[Decimal, Ask("Penalties", "In yuan; 0.00 if there are none.")] = ZERO,
) -> LastPayment:
    """Accept the audit and settle the last payment: due, cancelled, or turned into a refund.

    Gives what the formula came to. Raises Refused with every reason why the audit cannot be accepted.
    """
    lock(project)
    refuse_if(
        is_under_audit(project),
        audit_is_open(project),
        no_payment_is_under_way(project, actor),
        not_below_zero(approved_spend),
        not_below_zero(penalties),
        spend_is_covered(project, approved_spend),
    )
    assert project.grade is not None
    settled = last_payment(
        award=project.award,
        paid=paid_to(project),
        approved_spend=approved_spend,
        grade=project.grade,
        penalties=penalties,
    )
    project.approved_spend = approved_spend
    project.penalties = penalties
    project.refund_due = settled.refund
    project.audited_on = today()
    _settle_instalments(project, settled, in_consequence(actor))
    if settled.refund:
        REFUND_ASKED.send(project, actor=actor)
    return settled


def paid_to(project: Project) -> Decimal:
    """Add what has been paid of a project's award, in yuan."""
    return sum_of(part.payable for part in project.instalments if part.state is InstalmentState.PAID)


def _settle_instalments(project: Project, settled: LastPayment, system: Actor) -> None:
    last = project.instalments[-1]
    _cancel_open([part for part in project.instalments if part is not last], system)
    # Parts that were never paid are paid with the last one, as far as they were earned.
    last.amount = max(last.amount, settled.pay)
    last.reduction = last.amount - settled.pay
    last.reduction_reason = settled.explanation.render("zh") if last.reduction else None
    db.session.flush()
    INSTALMENT["unlock" if settled.pay > ZERO else "cancel"](last, actor=system)


def _cancel_open(parts: list[Instalment], system: Actor) -> None:
    for part in parts:
        if part.state not in INSTALMENT_ENDED:
            INSTALMENT["cancel"](part, actor=system)


@deed("receive_refund", "Project")
def receive_refund(
    project: Project,
    *,
    actor: Actor,
    amount: Annotated[Decimal, Ask("Amount")],
    bank_reference: Annotated[str, Ask("Bank reference", most=60)],
    received_on: Annotated[date, Ask("Received on")],
) -> None:
    """Record that the refund of a project has arrived: its money is free again for the year."""
    lock(project)
    refuse_if(refund_is_due(project), refund_is_whole(project, amount), not_paid_in_the_future(received_on))
    project.refunded_on = received_on
    project.refund_reference = bank_reference
    award = project.awarded_by
    post(
        LedgerDeed.REFUND_RECEIVED,
        year=project.fiscal_year,
        amount=amount,
        actor=actor,
        subject=project,
        quota=award.quota,
        award=award,
    )
    return_to_treasury(project.fiscal_year, actor=actor, amount=amount, subject=project)


@PROJECT.step("close")
def close_project(project: Project, *, actor: Actor) -> None:
    """Close a project: what stays signed goes back, and the organization's record gets its grade."""
    project.closed_on = today()
    _return_surplus(project, actor)


@PROJECT.after("close")
def tell_of_closing(project: Project, *, actor: Actor) -> None:
    tell_organization(project, actor=actor)
    tell_grade(project, actor=actor)


@PROJECT.step("archive")
def archive_project(project: Project, *, actor: Actor) -> None:
    """Put a closed project into the archive."""


@PROJECT.step("suspend")
def suspend_project(project: Project, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    project.stop_reason = reason


@PROJECT.step("resume")
def resume_project(project: Project, *, actor: Actor) -> None:
    """Let a suspended project go on."""


@PROJECT.step("terminate")
def terminate_project(project: Project, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    """End a project before its time; what was not paid goes back."""
    project.stop_reason = reason
    _cancel_open(project.instalments, in_consequence(actor))
    _return_surplus(project, actor)


@PROJECT.after("terminate")
def tell_of_termination(project: Project, *, actor: Actor) -> None:
    tell_organization(project, actor=actor)


def _return_surplus(project: Project, actor: Actor) -> None:
    """Move what stays signed back to the call's quota while the call is open, else to the year."""
    award = project.awarded_by
    left = balance_of(project.fiscal_year, Account.SIGNED, award_id=award.id)
    if left <= ZERO:
        return
    to_year = project.call.state in CALL_ENDED
    post(
        LedgerDeed.SURPLUS_TO_YEAR if to_year else LedgerDeed.SURPLUS_TO_CALL,
        year=project.fiscal_year,
        amount=left,
        actor=actor,
        subject=project,
        quota=award.quota,
        award=award,
    )
