"""When a year's budget may be approved, used and closed."""

from __future__ import annotations

from decimal import Decimal

from grants.models import FiscalYear
from grants.queries.ledger import year_figures
from grants.states import FiscalYearState
from kernel.actor import Actor
from kernel.money import ZERO
from kernel.words import Sentence


def another_person_approves(year: FiscalYear, actor: Actor) -> Sentence | None:
    """A budget takes two people: whoever proposed it does not approve it."""
    if actor.user_id is None or year.proposed_by_id != actor.user_id:
        return None
    return Sentence("You proposed this budget, so another person approves it.")


def nothing_is_bound(year: FiscalYear, _actor: Actor) -> Sentence | None:
    """A year closes when no call, award or contract holds money any more."""
    figures = year_figures(year)
    bound = figures.allotted + figures.approved + figures.signed
    if bound == ZERO:
        return None
    return Sentence(
        "{bound} is still bound: {allotted} allotted to calls, {approved} approved, {signed} signed and not yet paid.",
        bound=bound,
        allotted=figures.allotted,
        approved=figures.approved,
        signed=figures.signed,
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
