"""Instalments: requested, checked, reviewed, approved and paid, each by another person; the money moves once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from grants.models import Instalment
from grants.operations.figures import tell_organization
from grants.operations.ledger import post
from grants.rules.money import may_be_reduced, not_paid_in_the_future, reduction_fits
from grants.states import LedgerDeed
from grants.workflows.money import INSTALMENT
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.workflow import deed, lock, refuse_if

INSTALMENT.govern(Instalment)

Reason = Annotated[str, Ask("Reason", long=True)]


@INSTALMENT.step("unlock")
def unlock_instalment(instalment: Instalment, *, actor: Actor) -> None:
    """Let an instalment be requested from today on."""
    instalment.due_since = today()


@INSTALMENT.step("request")
def request_instalment(
    instalment: Instalment,
    *,
    actor: Actor,
    receipt_number: Annotated[str, Ask("Receipt number", "The number on the receipt that you made out.", most=60)],
) -> None:
    """Ask for a payment with the receipt's number; earlier decisions on a returned request are forgotten."""
    instalment.requested_by_id = actor.user_id
    instalment.requested_on = today()
    instalment.receipt_number = receipt_number
    instalment.checked_by_id = instalment.reviewed_by_id = instalment.approved_by_id = None


@INSTALMENT.step("check")
def check_instalment(instalment: Instalment, *, actor: Actor) -> None:
    instalment.checked_by_id = actor.user_id


@INSTALMENT.step("review")
def review_instalment(instalment: Instalment, *, actor: Actor) -> None:
    instalment.reviewed_by_id = actor.user_id


@INSTALMENT.step("approve")
def approve_instalment(instalment: Instalment, *, actor: Actor) -> None:
    instalment.approved_by_id = actor.user_id


@INSTALMENT.step("pay")
def pay_instalment(
    instalment: Instalment,
    *,
    actor: Actor,
    bank_reference: Annotated[str, Ask("Bank reference", "The number of the bank's transaction.", most=60)],
    paid_on: Annotated[date, Ask("Paid on")],
) -> None:
    """Record what the bank has paid; the money moves once, however often the button is pressed."""
    refuse_if(not_paid_in_the_future(paid_on))
    award = instalment.project.awarded_by
    post(
        LedgerDeed.INSTALMENT_PAID,
        year=instalment.project.fiscal_year,
        amount=instalment.payable,
        actor=actor,
        subject=instalment,
        quota=award.quota,
        award=award,
    )
    instalment.paid_by_id = actor.user_id
    instalment.bank_reference = bank_reference
    instalment.paid_on = paid_on


@INSTALMENT.after("pay")
def tell_of_payment(instalment: Instalment, *, actor: Actor) -> None:
    tell_organization(instalment.project, actor=actor)


@INSTALMENT.step("send_back")
def send_back_instalment(instalment: Instalment, *, actor: Actor, reason: Reason) -> None:
    instalment.return_reason = reason


@INSTALMENT.step("hold")
def hold_instalment(instalment: Instalment, *, actor: Actor, reason: Reason) -> None:
    instalment.hold_reason = reason


@INSTALMENT.step("release")
def release_instalment(instalment: Instalment, *, actor: Actor) -> None:
    instalment.hold_reason = None


@INSTALMENT.step("cancel")
def cancel_instalment(instalment: Instalment, *, actor: Actor) -> None:
    """Take an instalment out of the plan; its money stays signed until the project ends."""


@deed("reduce", "Instalment")
def reduce_instalment(
    instalment: Instalment,
    *,
    actor: Actor,
    amount: Annotated[Decimal, Ask("Reduction (yuan)", "0.00 takes a reduction back.")],
    reason: Reason,
) -> None:
    """Reduce an instalment by an amount in yuan, with the reason, before the request is checked."""
    lock(instalment)
    refuse_if(may_be_reduced(instalment), reduction_fits(instalment, amount))
    instalment.reduction = amount
    instalment.reduction_reason = reason if amount else None
    db.session.flush()
