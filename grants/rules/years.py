"""When a year's budget may be approved, used and closed."""

from __future__ import annotations

from decimal import Decimal

from grants.models import FiscalYear
from grants.queries.adjustments import open_adjustments
from grants.queries.ledger import aside_figures, year_figures
from grants.states import Aside, FiscalYearState
from kernel.actor import Actor
from kernel.money import ZERO
from kernel.words import Sentence


def another_person_approves(year: FiscalYear, actor: Actor) -> Sentence | None:
    """A budget takes two people: whoever proposed it does not approve it."""
    if actor.user_id is None or year.proposed_by_id != actor.user_id:
        return None
    return Sentence("You proposed this budget, so another person approves it.")


def nothing_is_bound(year: FiscalYear, _actor: Actor) -> Sentence | None:
    """A year closes when no call, award or contract holds money any more and nothing lies set aside."""
    figures = year_figures(year)
    bound = figures.allotted + figures.approved + figures.signed
    if bound + figures.set_aside == ZERO:
        return None
    if bound == ZERO:
        return Sentence(
            "{held} still lies set aside. Pay what it is for, or give it back to what is free first.",
            held=figures.set_aside,
        )
    return Sentence(
        "{bound} is still bound: {allotted} allotted to calls, {approved} approved, {signed} signed and not yet paid;"
        " {aside} lies set aside.",
        bound=bound,
        allotted=figures.allotted,
        approved=figures.approved,
        signed=figures.signed,
        aside=figures.set_aside,
    )


def no_adjustment_waits(year: FiscalYear, _actor: Actor) -> Sentence | None:
    """A year closes when every adjustment is decided."""
    waiting = open_adjustments(year)
    if waiting == 0:
        return None
    return Sentence("Adjustments of this budget that wait for a decision: {count}.", count=waiting)


def aside_holds(year: FiscalYear, aside: Aside, amount: Decimal) -> Sentence | None:
    """A fee is paid, or money given back, from what lies aside for this very purpose."""
    held = aside_figures(year).get(aside, ZERO)
    if amount <= held:
        return None
    return Sentence(
        "{held} lies aside for “{aside}”; {amount} is {missing} too much.",
        held=held,
        aside=aside,
        amount=amount,
        missing=amount - held,
    )


def budget_is_approved(year: FiscalYear) -> Sentence | None:
    """Money moves only in a year whose budget is approved and not closed."""
    if year.state is FiscalYearState.APPROVED:
        return None
    return Sentence(
        "The budget of {year} is “{state}”; money moves only once it is approved.", year=year.year, state=year.state
    )


def amount_is_above_zero(amount: Decimal) -> Sentence | None:
    return Sentence("Please write an amount above 0.00.") if amount <= ZERO else None
