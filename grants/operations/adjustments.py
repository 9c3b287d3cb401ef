"""Deeds on adjustments of a budget: proposed with a reason, agreed, approved, and posted in one journal."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, BinaryIO

from grants.models import BudgetAdjustment, CallQuota, FiscalYear
from grants.notices.years import ADJUSTMENT_PROPOSED
from grants.operations.ledger import Purse, post
from grants.queries.locks import lock_adjusted
from grants.rules.adjustments import sides_problems
from grants.states import AdjustmentKind, Aside, LedgerDeed
from grants.workflows.adjustments import ADJUSTMENT, POSSIBLE
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import now
from kernel.db import db
from kernel.errors import Invalid
from kernel.files import store_upload
from kernel.numbering import next_number
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

ADJUSTMENT.govern(BudgetAdjustment)

Why = Annotated[str, Ask("Reason", long=True)]
DEEDS = {
    AdjustmentKind.RAISE: LedgerDeed.BUDGET_RAISED,
    AdjustmentKind.CUT: LedgerDeed.BUDGET_CUT,
    AdjustmentKind.TO_QUOTA: LedgerDeed.QUOTA_RAISED,
    AdjustmentKind.FROM_QUOTA: LedgerDeed.QUOTA_CUT,
    AdjustmentKind.QUOTAS: LedgerDeed.QUOTA_MOVED,
    AdjustmentKind.ASIDES: LedgerDeed.ASIDE_MOVED,
}


@deed("propose", "BudgetAdjustment")
def propose_adjustment(
    year: FiscalYear,
    *,
    actor: Actor,
    kind: AdjustmentKind,
    amount: Decimal,
    reason: str,
    giving_quota: CallQuota | None = None,
    taking_quota: CallQuota | None = None,
    giving_aside: Aside | None = None,
    taking_aside: Aside | None = None,
    stream: BinaryIO | None = None,
    filename: str = "",
) -> BudgetAdjustment:
    """Propose to move `amount` yuan; a change of the appropriation comes with its paper.

    What the kind does not ask for is left out. Raises Invalid field by field, Refused when the giving book holds too
    little by now.
    """
    quotas, asides = (giving_quota, taking_quota), (giving_aside, taking_aside)
    problems = sides_problems(kind, amount, quotas, asides, has_document=stream is not None)
    if not reason.strip():
        problems["reason"] = [Sentence("Please fill this in.")]
    if problems:
        raise Invalid(problems)
    lock(year)
    K = AdjustmentKind  # noqa: N806  (the kinds, read as a table)
    adjustment = BudgetAdjustment(
        number=next_number(db.session(), "TZ", year.year),
        fiscal_year_id=year.id,
        fiscal_year=year,
        kind=kind,
        amount=amount,
        reason=reason.strip(),
        giving_quota=giving_quota if kind in {K.FROM_QUOTA, K.QUOTAS} else None,
        taking_quota=taking_quota if kind in {K.TO_QUOTA, K.QUOTAS} else None,
        giving_aside=giving_aside if kind is K.ASIDES else None,
        taking_aside=taking_aside if kind is K.ASIDES else None,
        proposed_by_id=actor.user_id,
    )
    with db.session.no_autoflush:
        refuse_if(*(rule(adjustment, actor) for rule in POSSIBLE))
    db.session.add(adjustment)
    db.session.flush()
    if stream is not None:
        store_upload(stream, filename, owner=adjustment, kind="adjustment", actor=actor)
    ADJUSTMENT_PROPOSED.send(adjustment, actor=actor)
    return adjustment


@ADJUSTMENT.step("agree")
def agree_to_adjustment(adjustment: BudgetAdjustment, *, actor: Actor) -> None:
    adjustment.agreed_by_id = actor.user_id
    adjustment.agreed_at = now()


@ADJUSTMENT.step("approve")
def approve_adjustment(adjustment: BudgetAdjustment, *, actor: Actor) -> None:
    """Move the money in one journal, and let the quotas and the appropriation say what they are by now."""
    lock_adjusted(adjustment)
    year = adjustment.fiscal_year
    _post(adjustment, actor)
    if adjustment.kind is AdjustmentKind.RAISE:
        year.amount += adjustment.amount
    elif adjustment.kind is AdjustmentKind.CUT:
        year.amount -= adjustment.amount
    if adjustment.giving_quota is not None:
        adjustment.giving_quota.amount -= adjustment.amount
    if adjustment.taking_quota is not None:
        adjustment.taking_quota.amount += adjustment.amount
    adjustment.approved_by_id = actor.user_id
    adjustment.approved_at = now()


@ADJUSTMENT.step("return_adjustment")
def return_adjustment(adjustment: BudgetAdjustment, *, actor: Actor, reason: Why) -> None:
    adjustment.return_reason = reason


@ADJUSTMENT.step("refuse")
def refuse_adjustment(adjustment: BudgetAdjustment, *, actor: Actor, reason: Why) -> None:
    adjustment.return_reason = reason


@ADJUSTMENT.step("drop")
def drop_adjustment(adjustment: BudgetAdjustment, *, actor: Actor) -> None:
    """Take the proposal back; nothing has moved."""


def _post(adjustment: BudgetAdjustment, actor: Actor) -> None:
    kind = adjustment.kind
    to = None
    if kind is AdjustmentKind.QUOTAS:
        to = Purse(quota=adjustment.taking_quota)
    elif kind is AdjustmentKind.ASIDES:
        to = Purse(aside=adjustment.taking_aside)
    post(
        DEEDS[kind],
        year=adjustment.fiscal_year,
        amount=adjustment.amount,
        actor=actor,
        subject=adjustment,
        quota=adjustment.giving_quota or adjustment.taking_quota,
        aside=adjustment.giving_aside,
        to=to,
        note=adjustment.reason[:200],
    )
