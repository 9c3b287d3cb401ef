"""The rules of money in budgets and awards: what must add up, and what may not be passed.

Each rule gives the sentence that a person reads, or None. All amounts are yuan, all percents are of 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Protocol

from grants.states import BudgetHead, MoneySource
from kernel.money import HUNDRED, ZERO, format_percent, share, sum_of, yuan
from kernel.words import Sentence

# Defaults of the Centre; a call may set its own.
DEFAULT_CAPS: Final[Mapping[BudgetHead, Decimal]] = MappingProxyType({BudgetHead.MANAGEMENT: Decimal(10)})
NOTED_TRANSFER: Final = Decimal(10)


class BudgetLine(Protocol):
    """One line of a budget."""

    @property
    def head(self) -> BudgetHead: ...
    @property
    def source(self) -> MoneySource: ...
    @property
    def unit_price(self) -> Decimal: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def amount(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class BudgetTotals:
    """The sums of a budget by where the money comes from."""

    fiscal: Decimal
    own: Decimal
    donated: Decimal

    @property
    def total(self) -> Decimal:
        return self.fiscal + self.own + self.donated


# Budgets


def line_amount(unit_price: Decimal, quantity: Decimal) -> Decimal:
    """Give price times quantity, rounded half up to the cent."""
    return yuan(unit_price * quantity)


def totals_of(lines: Iterable[BudgetLine]) -> BudgetTotals:
    """Add a budget's lines by source."""
    sums = dict.fromkeys(MoneySource, ZERO)
    for line in lines:
        sums[line.source] += line.amount
    return BudgetTotals(sums[MoneySource.FISCAL], sums[MoneySource.OWN], sums[MoneySource.DONATED])


def line_problem(line: BudgetLine) -> Sentence | None:
    """Say why a line does not add up."""
    if line.unit_price <= ZERO or line.quantity <= ZERO:
        return Sentence("{head}: price and quantity must be above zero.", head=line.head)
    expected = line_amount(line.unit_price, line.quantity)
    if line.amount == expected:
        return None
    return Sentence(
        "{head}: price times quantity is {expected}, but the line says {amount}.",
        head=line.head,
        expected=expected,
        amount=line.amount,
    )


def budget_problem(lines: Iterable[BudgetLine], *, applied: Decimal) -> Sentence | None:
    """Say why the fiscal lines of a budget are not what is applied for."""
    planned = totals_of(lines).fiscal
    if planned == applied:
        return None
    return Sentence(
        "Your budget lines add up to {planned}, but you ask for {asked}. The difference is {difference}.",
        planned=planned,
        asked=applied,
        difference=abs(planned - applied),
    )


def cap_problems(
    lines: Iterable[BudgetLine], caps: Mapping[BudgetHead, Decimal] = DEFAULT_CAPS
) -> dict[BudgetHead, Sentence]:
    """Say which heads pass their cap, a percent of the fiscal money, and by how much to reduce them."""
    fiscal = [line for line in lines if line.source is MoneySource.FISCAL]
    total = sum_of(line.amount for line in fiscal)
    problems: dict[BudgetHead, Sentence] = {}
    for head, percent in caps.items():
        planned, most = sum_of(line.amount for line in fiscal if line.head is head), share(total, percent)
        if planned > most:
            problems[head] = Sentence(
                "{head} is {planned}; the cap is {most} ({percent} of the fiscal money). Reduce it by {over}.",
                head=head,
                planned=planned,
                most=most,
                percent=format_percent(percent),
                over=planned - most,
            )
    return problems


def cap_setting_problem(head: BudgetHead, percent: Decimal, *, charities_may_apply: bool = True) -> Sentence | None:
    """Say why a call may not set this cap.

    Source: 上海市慈善条例 art. 59: who buys from a charity includes its management cost, so the cap cannot be zero.
    """
    if not ZERO <= percent <= HUNDRED:
        return Sentence("The cap of {head} is a percentage between 0 and 100.", head=head)
    if head is BudgetHead.MANAGEMENT and percent == ZERO and charities_may_apply:
        return Sentence(
            "The management fee cannot be capped at 0: whoever buys services from a charity pays its management cost."
        )
    return None


def cofunding_problem(totals: BudgetTotals, *, most_fiscal: Decimal) -> Sentence | None:
    """Say why the fiscal share of a budget is above what a call with co-funding allows, in percent of the total."""
    if totals.fiscal * HUNDRED <= totals.total * most_fiscal:
        return None
    return Sentence(
        "Fiscal money is {fiscal} of {total} in all; this call gives at most {percent}, which is {most}. "
        "Find {missing} more of your own or donated money, or ask for less.",
        fiscal=totals.fiscal,
        total=totals.total,
        percent=format_percent(most_fiscal),
        most=share(totals.total, most_fiscal),
        missing=_missing_match(totals, most_fiscal),
    )


def transfer_needs_approval(
    amount: Decimal, *, line: Decimal, moved_before: Decimal = ZERO, noted: Decimal = NOTED_TRANSFER
) -> bool:
    """Say whether a move out of a line needs approval: with earlier moves it is above `noted` percent of the line."""
    return (moved_before + amount) * HUNDRED > line * noted


def transfer_problems(
    before: Iterable[BudgetLine], after: Iterable[BudgetLine], *, caps: Mapping[BudgetHead, Decimal] = DEFAULT_CAPS
) -> list[Sentence]:
    """Say why a budget may not be changed like this: the total never grows, no line is below zero, no cap passed."""
    old, new = totals_of(before), list(after)
    problems = [
        Sentence("{head}: a line cannot fall below zero.", head=line.head) for line in new if line.amount < ZERO
    ]
    planned = totals_of(new)
    if planned.total > old.total or planned.fiscal > old.fiscal:
        problems.append(
            Sentence(
                "A change moves money between lines; the budget cannot grow by {over}.", over=_growth(old, planned)
            )
        )
    return problems + list(cap_problems(new, caps).values())


# Awards


def highest_award(applied: Decimal, *, cap: Decimal | None = None, first_time_cap: Decimal | None = None) -> Decimal:
    """Give the most that may be awarded: what was applied for, within the call's cap and a first-timer's.

    `first_time_cap` is given for a first-time contractor only.
    """
    return min(limit for limit in (applied, cap, first_time_cap) if limit is not None)


def award_problems(
    award: Decimal, *, applied: Decimal, cap: Decimal | None = None, first_time_cap: Decimal | None = None
) -> list[Sentence]:
    """Say every limit that an award passes."""
    if award <= ZERO:
        return [Sentence("An award is above zero.")]
    problems = []
    if award > applied:
        problems.append(Sentence("{award} is more than the {applied} applied for.", award=award, applied=applied))
    if cap is not None and award > cap:
        problems.append(Sentence("{award} is above the call's cap of {cap}.", award=award, cap=cap))
    if first_time_cap is not None and award > first_time_cap:
        problems.append(
            Sentence(
                "{award} is above the {cap} that a first-time contractor may get.", award=award, cap=first_time_cap
            )
        )
    return problems


def quota_problem(amount: Decimal, *, name: str, quota: Decimal, awarded: Decimal) -> Sentence | None:
    """Say why a quota (of a call, a category or a lot) cannot bear one more award."""
    left = quota - awarded
    if amount <= left:
        return None
    return Sentence(
        "{name}: {left} of the quota of {quota} is left; {amount} is {over} too much.",
        name=name,
        left=left,
        quota=quota,
        amount=amount,
        over=amount - left,
    )


def year_problem(*, budget: Decimal, quotas: Iterable[Decimal], set_aside: Decimal = ZERO) -> Sentence | None:
    """Say why the quotas of all calls and what is set aside do not fit into the year."""
    planned = sum_of(quotas) + set_aside
    if planned <= budget:
        return None
    return Sentence(
        "Quotas and what is set aside come to {planned}; the year has {budget}. Reduce them by {over}.",
        planned=planned,
        budget=budget,
        over=planned - budget,
    )


def _missing_match(totals: BudgetTotals, most_fiscal: Decimal) -> Decimal:
    if most_fiscal <= ZERO:
        return totals.fiscal
    needed = totals.fiscal * HUNDRED / most_fiscal
    # Half up could leave the share a fraction of a cent above the limit, so the next cent is asked for.
    missing = yuan(needed - totals.total)
    return missing if totals.fiscal * HUNDRED <= (totals.total + missing) * most_fiscal else missing + Decimal("0.01")


def _growth(old: BudgetTotals, new: BudgetTotals) -> Decimal:
    return max(new.total - old.total, new.fiscal - old.fiscal)
