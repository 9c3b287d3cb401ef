"""The books of a year: every deed moves money between two of them and makes or loses none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from grants.ledger import (
    MOVEMENTS,
    NEVER_BELOW_ZERO,
    WITHIN_A_BOOK,
    Movement,
    Posting,
    YearBar,
    balances_of,
    movement_problem,
    postings_of,
    year_bar,
)
from grants.states import Account, LedgerDeed
from kernel.money import ZERO

YEAR = Decimal("12000000.00")
amounts = st.decimals("0.01", "5000000.00", places=2)
deeds = st.lists(st.tuples(st.sampled_from(LedgerDeed), amounts), max_size=60)


def test_each_deed_moves_what_the_rules_say() -> None:
    assert {deed.value: (move.source.value, move.target.value) for deed, move in MOVEMENTS.items()} == {
        "budget_approved": ("source", "free"),
        "fee_set_aside": ("free", "set_aside"),
        "fee_paid": ("set_aside", "paid"),
        "aside_freed": ("set_aside", "free"),
        "aside_moved": ("set_aside", "set_aside"),
        "budget_raised": ("source", "free"),
        "budget_cut": ("free", "source"),
        "quota_raised": ("free", "allotted"),
        "quota_cut": ("allotted", "free"),
        "quota_moved": ("allotted", "allotted"),
        "call_approved": ("free", "allotted"),
        "award_approved": ("allotted", "approved"),
        "award_cancelled": ("approved", "allotted"),
        "contract_signed": ("approved", "signed"),
        "instalment_paid": ("signed", "paid"),
        "surplus_to_call": ("signed", "allotted"),
        "surplus_to_year": ("signed", "free"),
        "refund_received": ("paid", "free"),
        "call_closed": ("allotted", "free"),
        "year_closed": ("free", "returned"),
    }


def test_every_deed_has_a_movement() -> None:
    assert set(MOVEMENTS) == set(LedgerDeed)
    within = {deed for deed, move in MOVEMENTS.items() if move == Movement(move.source, move.source)}
    assert within == WITHIN_A_BOOK == {LedgerDeed.QUOTA_MOVED, LedgerDeed.ASIDE_MOVED}


def test_only_the_source_may_go_below_zero() -> None:
    assert set(Account) - NEVER_BELOW_ZERO == {Account.SOURCE}


@given(st.sampled_from(LedgerDeed), amounts)
def test_the_two_postings_sum_to_zero(deed: LedgerDeed, amount: Decimal) -> None:
    loses, gains = postings_of(deed, amount)
    assert loses.amount + gains.amount == ZERO
    assert (loses.account, gains.account) == (MOVEMENTS[deed].source, MOVEMENTS[deed].target)


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.005"])
def test_nothing_moves_by_an_amount_that_is_none(amount: str) -> None:
    with pytest.raises(ValueError, match="above zero and in whole cents"):
        postings_of(LedgerDeed.AWARD_APPROVED, Decimal(amount))


@given(deeds)
def test_what_the_books_allow_never_takes_one_below_zero_and_sums_to_zero(
    wanted: list[tuple[LedgerDeed, Decimal]],
) -> None:
    postings: list[Posting] = [*postings_of(LedgerDeed.BUDGET_APPROVED, YEAR)]
    for deed, amount in wanted:
        if movement_problem(balances_of(postings), deed, amount) is None:
            postings.extend(postings_of(deed, amount))
    held = balances_of(postings)
    assert sum(held.values()) == ZERO
    assert all(held[account] >= ZERO for account in NEVER_BELOW_ZERO)


@given(deeds)
def test_the_bar_and_what_was_returned_are_all_the_money_of_the_year(wanted: list[tuple[LedgerDeed, Decimal]]) -> None:
    held = balances_of(posting for deed, amount in wanted for posting in postings_of(deed, amount))
    bar = year_bar(held)
    assert bar.total + bar.returned == -held[Account.SOURCE]


def test_one_year_from_the_budget_to_the_return() -> None:
    story = [
        (LedgerDeed.BUDGET_APPROVED, "12000000.00"),
        (LedgerDeed.FEE_SET_ASIDE, "400000.00"),
        (LedgerDeed.CALL_APPROVED, "9000000.00"),
        (LedgerDeed.AWARD_APPROVED, "300000.00"),
        (LedgerDeed.AWARD_CANCELLED, "100000.00"),
        (LedgerDeed.CONTRACT_SIGNED, "150000.00"),
        (LedgerDeed.INSTALMENT_PAID, "75000.00"),
        (LedgerDeed.FEE_PAID, "50000.00"),
    ]
    held = balances_of(posting for deed, amount in story for posting in postings_of(deed, Decimal(amount)))
    assert year_bar(held) == YearBar(
        paid=Decimal("125000.00"), signed=Decimal("75000.00"), approved=Decimal("50000.00"), free=Decimal("11750000.00")
    )
    assert year_bar(held).total == YEAR


def test_a_book_that_holds_too_little_says_how_much_is_missing() -> None:
    held = balances_of(postings_of(LedgerDeed.CALL_APPROVED, Decimal("100000.00")))
    problem = movement_problem(held, LedgerDeed.AWARD_APPROVED, Decimal("120000.50"))
    assert problem is not None
    assert problem.render("en") == "“Allotted to calls” holds 100,000.00; 120,000.50 is 20,000.50 too much."


def test_the_last_cent_may_be_taken() -> None:
    held = balances_of(postings_of(LedgerDeed.CALL_APPROVED, Decimal("100000.00")))
    assert movement_problem(held, LedgerDeed.AWARD_APPROVED, Decimal("100000.00")) is None
    assert movement_problem(held, LedgerDeed.AWARD_APPROVED, Decimal("100000.01")) is not None


def test_the_source_gives_what_is_approved() -> None:
    assert movement_problem({}, LedgerDeed.BUDGET_APPROVED, YEAR) is None
