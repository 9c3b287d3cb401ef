"""How an award is paid in parts, and what the last part comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from grants.states import Grade
from kernel.money import HUNDRED, ZERO, split, sum_of, yuan
from kernel.words import Sentence

# Defaults of the Centre; a call may set its own.
DEFAULT_PLAN: Final = (Decimal(50), Decimal(30), Decimal(20))
DEFAULT_FACTORS: Final[Mapping[Grade, Decimal]] = MappingProxyType(
    {Grade.EXCELLENT: Decimal("1.00"), Grade.GOOD: Decimal("1.00"), Grade.FAIR: Decimal("0.90")}
)


@dataclass(frozen=True, slots=True)
class LastPayment:
    """What the last payment comes to, in yuan: one of `pay` and `refund` is 0.00."""

    earned: Decimal
    net: Decimal
    explanation: Sentence

    @property
    def pay(self) -> Decimal:
        return max(ZERO, self.net)

    @property
    def refund(self) -> Decimal:
        return max(ZERO, -self.net)


def plan_problem(percents: Sequence[Decimal]) -> Sentence | None:
    """Say what is wrong with the parts of an instalment plan, in percent of the award."""
    if any(percent <= 0 for percent in percents):
        return Sentence("Every instalment is more than 0 percent of the award.")
    total = sum(percents, Decimal(0))
    if total != HUNDRED:
        return Sentence("The instalments sum to {total} percent; they must sum to 100.00.", total=total)
    return None


def instalments(award: Decimal, percents: Sequence[Decimal] = DEFAULT_PLAN) -> list[Decimal]:
    """Give the amounts of the instalments in yuan; the last takes the rounding remainder, so they sum to the award.

    Raises ValueError when the percents do not sum to exactly 100.
    """
    return split(award, percents)


def last_payment(
    *,
    award: Decimal,
    paid: Decimal,
    approved_spend: Decimal,
    grade: Grade,
    penalties: Decimal = ZERO,
    factors: Mapping[Grade, Decimal] = DEFAULT_FACTORS,
) -> LastPayment:
    """Give what is still to pay or to be refunded when a project ends, by the grade of its final composite.

    A poor project keeps at most what it was paid; any other earns its award times the factor of its grade, and
    nobody earns more than the approved spending. All in yuan.
    """
    ceiling = paid if grade is Grade.POOR else yuan(award * factors[grade])
    earned = min(ceiling, approved_spend)
    net = earned - paid - penalties
    return LastPayment(earned, net, _explained(grade, ceiling, approved_spend, earned, paid, penalties, net))


def execution_rate(approved_spend: Decimal, award: Decimal) -> Decimal | None:
    """Give approved spending in percent of the award, two places half up; None without an award."""
    return yuan(approved_spend * HUNDRED / award) if award else None


def surplus_of(award: Decimal, paid: Sequence[Decimal]) -> Decimal:
    """Give what of a signed award was never paid: it goes back to the call while that is open, else to the year."""
    return award - sum_of(paid)


def _explained(
    grade: Grade,
    ceiling: Decimal,
    approved_spend: Decimal,
    earned: Decimal,
    paid: Decimal,
    penalties: Decimal,
    net: Decimal,
) -> Sentence:
    if net > ZERO:
        outcome = Sentence("{amount} is to be paid.", amount=net)
    elif net < ZERO:
        outcome = Sentence("{amount} is to be refunded.", amount=-net)
    else:
        outcome = Sentence("Nothing is to be paid or refunded.")
    return Sentence(
        "Grade {grade}: at most {ceiling}; approved spending {spent}; earned {earned}; "
        "paid so far {paid}; penalties {penalties}. {outcome}",
        grade=grade,
        ceiling=ceiling,
        spent=approved_spend,
        earned=earned,
        paid=paid,
        penalties=penalties,
        outcome=outcome,
    )
