"""When a year's budget may be adjusted: the giving book holds enough, now and when it is posted."""

from __future__ import annotations

from decimal import Decimal

from grants.models import BudgetAdjustment, CallQuota
from grants.queries.ledger import balance_of
from grants.rules.years import amount_is_above_zero, aside_holds, budget_is_approved
from grants.states import ADJUSTMENT_WITH_DOCUMENT, CALL_HOLDING, Account, AdjustmentKind as K, Aside
from kernel.actor import Actor
from kernel.words import Sentence

Problems = dict[str, list[Sentence]]


def year_can_be_adjusted(adjustment: BudgetAdjustment, _actor: Actor) -> Sentence | None:
    """Only an approved year that is not closed is adjusted."""
    return budget_is_approved(adjustment.fiscal_year)


def giving_book_holds_it(adjustment: BudgetAdjustment, _actor: Actor) -> Sentence | None:
    """The book that gives holds the amount; asked at each step, since other deeds draw on it meanwhile."""
    year, amount = adjustment.fiscal_year, adjustment.amount
    match adjustment.kind:
        case K.CUT | K.TO_QUOTA:
            return _fits(balance_of(year, Account.FREE), amount)
        case K.FROM_QUOTA | K.QUOTAS:
            held = balance_of(year, Account.ALLOTTED, quota_id=adjustment.giving_quota_id)
            return _quota_fits(held, amount)
        case K.ASIDES:
            assert adjustment.giving_aside is not None
            return aside_holds(year, adjustment.giving_aside, amount)
        case _:
            return None


def giving_quota_keeps_something(adjustment: BudgetAdjustment, _actor: Actor) -> Sentence | None:
    """A quota that is published stays above 0.00; a call that needs none of its money any more is finished instead."""
    quota = adjustment.giving_quota
    if quota is None or adjustment.amount < quota.amount:
        return None
    return Sentence(
        "The quota is {amount} in all; something of it has to stay. Move less, or finish the call.", amount=quota.amount
    )


def calls_hold_money(adjustment: BudgetAdjustment, _actor: Actor) -> Sentence | None:
    """Money moves only between quotas of calls that are approved and not finished."""
    for quota in (adjustment.giving_quota, adjustment.taking_quota):
        if quota is not None and quota.call.state not in CALL_HOLDING:
            return Sentence(
                "The call “{call}” is “{state}”, so its quotas cannot be adjusted.",
                call=quota.call.title,
                state=quota.call.state,
            )
    return None


def sides_problems(
    kind: K,
    amount: Decimal,
    quotas: tuple[CallQuota | None, CallQuota | None],
    asides: tuple[Aside | None, Aside | None],
    *,
    has_document: bool,
) -> Problems:
    """Say field by field what a proposal lacks: its two sides by its kind, and the paper where one is asked for."""
    missing = Sentence("Please fill this in.")
    told: Problems = {}
    if problem := amount_is_above_zero(amount):
        told["amount"] = [problem]
    if kind in {K.FROM_QUOTA, K.QUOTAS} and quotas[0] is None:
        told["giving_quota"] = [missing]
    if kind in {K.TO_QUOTA, K.QUOTAS} and quotas[1] is None:
        told["taking_quota"] = [missing]
    elif kind is K.QUOTAS and quotas[0] is quotas[1]:
        told["taking_quota"] = [Sentence("Please choose another quota than the one that gives.")]
    if kind is K.ASIDES:
        told |= {
            name: [missing]
            for name, aside in zip(("giving_aside", "taking_aside"), asides, strict=True)
            if aside is None
        }
        if asides[0] is not None and asides[0] is asides[1]:
            told["taking_aside"] = [Sentence("Please choose another purpose than the one that gives.")]
    if kind in ADJUSTMENT_WITH_DOCUMENT and not has_document:
        told["file"] = [Sentence("Please add the paper by which the appropriation changes.")]
    return told


def _fits(held: Decimal, amount: Decimal) -> Sentence | None:
    if amount <= held:
        return None
    return Sentence(
        "{held} is free in this year; {amount} is {missing} too much.", held=held, amount=amount, missing=amount - held
    )


def _quota_fits(held: Decimal, amount: Decimal) -> Sentence | None:
    if amount <= held:
        return None
    return Sentence(
        "{held} of this quota is not awarded yet; {amount} is {missing} too much.",
        held=held,
        amount=amount,
        missing=amount - held,
    )
