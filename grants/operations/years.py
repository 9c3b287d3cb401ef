"""Deeds on fiscal years: the budget is proposed, approved, set aside in parts, and closed."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from grants.models import FiscalYear
from grants.operations.ledger import post
from grants.queries.ledger import year_figures
from grants.rules.years import amount_is_above_zero, aside_holds, budget_is_approved
from grants.states import Aside, FiscalYearState, LedgerDeed
from grants.workflows.years import FISCAL_YEAR
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import now
from kernel.db import Record, db
from kernel.errors import Invalid
from kernel.money import ZERO
from kernel.workflow import deed, lock, refuse_if

FISCAL_YEAR.govern(FiscalYear)

Purpose = Annotated[Aside, Ask("Set aside for")]


@deed("create", "FiscalYear")
def create_year(
    *,
    actor: Actor,
    year: Annotated[int, Ask("Year")],
    amount: Annotated[Decimal, Ask("Budget", "In yuan.")],
) -> FiscalYear:
    """Draft the budget of a year; `amount` in yuan."""
    if problem := amount_is_above_zero(amount):
        raise Invalid({"amount": [problem]})
    budget = FiscalYear(year=year, amount=amount)
    db.session.add(budget)
    db.session.flush()
    return budget


@FISCAL_YEAR.step("propose")
def propose_year(year: FiscalYear, *, actor: Actor) -> None:
    year.proposed_by_id = actor.user_id


@FISCAL_YEAR.step("approve")
def approve_year(year: FiscalYear, *, actor: Actor) -> None:
    """Make the whole amount available."""
    post(LedgerDeed.BUDGET_APPROVED, year=year, amount=year.amount, actor=actor, subject=year)
    year.approved_by_id = actor.user_id
    year.approved_at = now()
    year.return_reason = None


@FISCAL_YEAR.step("return_budget")
def return_budget(year: FiscalYear, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    year.return_reason = reason


@FISCAL_YEAR.step("close")
def close_year(year: FiscalYear, *, actor: Actor) -> None:
    """Return what is free to the treasury; nothing else is left in the books by then."""
    free = year_figures(year).free
    if free > ZERO:
        post(LedgerDeed.YEAR_CLOSED, year=year, amount=free, actor=actor, subject=year)


@deed("set_aside", "FiscalYear")
def set_aside(
    year: FiscalYear,
    *,
    actor: Actor,
    aside: Purpose,
    amount: Annotated[Decimal, Ask("Amount", "In yuan.")],
    reason: Annotated[str, Ask("What for", "For instance the fee of the final audits.", most=200)],
) -> None:
    """Keep money back for evaluation, audit fees or the reserve; `amount` in yuan."""
    _move(LedgerDeed.FEE_SET_ASIDE, year, actor, aside, amount, reason)


@deed("set_aside", "FiscalYear")
def give_back_aside(
    year: FiscalYear,
    *,
    actor: Actor,
    aside: Purpose,
    amount: Annotated[Decimal, Ask("Amount", "In yuan.")],
    reason: Annotated[str, Ask("Why it is not needed", most=200)],
) -> None:
    """Give money that was set aside back to what is free; `amount` in yuan."""
    _move(LedgerDeed.ASIDE_FREED, year, actor, aside, amount, reason)


@deed("pay_fee", "FiscalYear")
def pay_fee(
    year: FiscalYear,
    *,
    actor: Actor,
    aside: Purpose,
    amount: Annotated[Decimal, Ask("Amount", "In yuan.")],
    reason: Annotated[str, Ask("What for, and the bank's reference", most=200)],
) -> None:
    """Record a fee that the bank has paid from what was set aside; `amount` in yuan."""
    _move(LedgerDeed.FEE_PAID, year, actor, aside, amount, reason)


def return_to_treasury(year: FiscalYear, *, actor: Actor, amount: Decimal, subject: Record) -> None:
    """Return what becomes free in a year that is closed, so that no money is forgotten in it."""
    if year.state is FiscalYearState.CLOSED:
        post(LedgerDeed.YEAR_CLOSED, year=year, amount=amount, actor=actor, subject=subject)


def _move(kind: LedgerDeed, year: FiscalYear, actor: Actor, aside: Aside, amount: Decimal, reason: str) -> None:
    if problem := amount_is_above_zero(amount):
        raise Invalid({"amount": [problem]})
    lock(year)
    refuse_if(budget_is_approved(year))
    if kind is not LedgerDeed.FEE_SET_ASIDE:
        refuse_if(aside_holds(year, aside, amount))
    post(
        kind, year=year, amount=amount, actor=actor, subject=year, aside=aside, occasion=now().isoformat(), note=reason
    )
