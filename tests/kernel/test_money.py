"""Yuan: two places, half up, and parts that add up again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as some

from kernel.money import ZERO, format_yuan, share, split, sum_of, yuan

AMOUNTS = some.decimals(min_value=0, max_value=10**11, places=2)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("-0.005", "-0.01"), (7, "7.00"), ("1e3", "1000.00")],
)
def test_yuan_rounds_half_up_to_the_cent(given_value: str | int, expected: str) -> None:
    assert str(yuan(given_value)) == expected


def test_the_sum_of_nothing_is_zero() -> None:
    assert str(sum_of([])) == "0.00"


def test_a_share_of_a_third_is_rounded() -> None:
    assert share(Decimal("100.00"), Decimal("33.33")) == Decimal("33.33")
    assert share(Decimal("0.01"), Decimal(50)) == Decimal("0.01")


def test_the_last_instalment_takes_the_remainder() -> None:
    parts = split(Decimal("100000.01"), [Decimal(50), Decimal(30), Decimal(20)])

    assert parts == [Decimal("50000.01"), Decimal("30000.00"), Decimal("20000.00")]


def test_parts_that_do_not_make_a_hundred_are_no_plan() -> None:
    with pytest.raises(ValueError, match="99 percent"):
        split(Decimal("10.00"), [Decimal(50), Decimal(49)])


@given(total=AMOUNTS, first=some.decimals(min_value=0, max_value=100, places=2))
def test_a_split_always_adds_up(total: Decimal, first: Decimal) -> None:
    parts = split(total, [first, Decimal(100) - first])

    assert sum(parts, ZERO) == total
    assert all(part == yuan(part) for part in parts)


def test_amounts_are_written_with_thousands_and_two_places() -> None:
    assert format_yuan(Decimal(12000000)) == "12,000,000.00"
    assert format_yuan(Decimal("-0.5")) == "-0.50"
