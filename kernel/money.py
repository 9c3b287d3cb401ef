"""Yuan with two places, half up; never a float."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


def yuan(value: Decimal | int | str) -> Decimal:
    """Give the amount with two places, rounded half up."""
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """Add amounts; the sum of nothing is 0.00."""
    return sum(amounts, ZERO)


def share(amount: Decimal, percent: Decimal) -> Decimal:
    """Give `percent` of 100 of an amount, rounded half up to the cent."""
    return yuan(amount * percent / HUNDRED)


def split(total: Decimal, percents: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount by percents that sum to 100; the last part takes the rounding remainder.

    Raises ValueError when the percents do not sum to exactly 100.
    """
    if sum(percents, Decimal(0)) != HUNDRED:
        raise ValueError(f"the parts sum to {sum(percents, Decimal(0))} percent, not 100")
    parts = [share(total, percent) for percent in percents[:-1]]
    return [*parts, total - sum_of(parts)]


def format_percent(percent: Decimal | int, places: int | None = None) -> str:
    """Write a percentage as it stands on pages and papers: 10%, 12.5%; with `places`, always so many: 95.8%.

    Source: `design/look`, where no blank stands before the sign.
    """
    return f"{yuan(percent).normalize():f}%" if places is None else f"{percent:.{places}f}%"


def format_yuan(amount: Decimal) -> str:
    """Write an amount as it stands on pages and papers: 12,000,000.00."""
    return f"{yuan(amount):,.2f}"
