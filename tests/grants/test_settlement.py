"""Instalments add up to the award; the last payment follows the grade and the approved spending."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from grants.settlement import (
    DEFAULT_PLAN,
    LastPayment,
    execution_rate,
    instalments,
    last_payment,
    plan_problem,
    surplus_of,
)
from grants.states import Grade
from kernel.money import ZERO

money = st.decimals("0.00", "500000.00", places=2)
awards = st.decimals("100.00", "500000.00", places=2)


def settled(grade: Grade, spend: str, penalties: str = "0.00") -> LastPayment:
    return last_payment(
        award=Decimal("100000.00"),
        paid=Decimal("80000.00"),
        approved_spend=Decimal(spend),
        grade=grade,
        penalties=Decimal(penalties),
    )


@pytest.mark.parametrize(
    ("grade", "spend", "penalties", "pay", "refund"),
    [
        (Grade.EXCELLENT, "98000.00", "0.00", "18000.00", "0.00"),
        (Grade.FAIR, "98000.00", "0.00", "10000.00", "0.00"),
        (Grade.POOR, "98000.00", "0.00", "0.00", "0.00"),
        (Grade.GOOD, "70000.00", "0.00", "0.00", "10000.00"),
        (Grade.POOR, "60000.00", "5000.00", "0.00", "25000.00"),
    ],
)
def test_the_worked_examples_of_the_last_payment(
    grade: Grade, spend: str, penalties: str, pay: str, refund: str
) -> None:
    last = settled(grade, spend, penalties)
    assert (last.pay, last.refund) == (Decimal(pay), Decimal(refund))


def test_the_last_payment_explains_itself() -> None:
    assert settled(Grade.FAIR, "98000.00").explanation.render("en") == (
        "Grade Fair: at most 90,000.00; approved spending 98,000.00; earned 90,000.00; "
        "paid so far 80,000.00; penalties 0.00. 10,000.00 is to be paid."
    )
    assert settled(Grade.GOOD, "70000.00").explanation.render("en").endswith("10,000.00 is to be refunded.")
    assert settled(Grade.POOR, "98000.00").explanation.render("en").endswith("Nothing is to be paid or refunded.")


@given(awards, money, money, st.sampled_from(Grade), money)
def test_nobody_ends_with_more_than_the_award_or_than_was_spent(
    award: Decimal, paid: Decimal, spend: Decimal, grade: Grade, penalties: Decimal
) -> None:
    paid = min(paid, award)
    last = last_payment(award=award, paid=paid, approved_spend=spend, grade=grade, penalties=penalties)
    kept = paid + last.pay - last.refund
    assert kept == last.earned - penalties
    assert kept <= min(award, spend)
    assert ZERO in {last.pay, last.refund}
    assert last.pay >= ZERO
    assert last.refund >= ZERO


@given(awards, money, money)
def test_a_better_grade_never_earns_less(award: Decimal, paid: Decimal, spend: Decimal) -> None:
    paid = min(paid, award)
    nets = [
        last_payment(award=award, paid=paid, approved_spend=spend, grade=grade).net
        for grade in (Grade.FAIR, Grade.GOOD, Grade.EXCELLENT)
    ]
    assert nets == sorted(nets)


def test_the_default_plan_is_50_30_20() -> None:
    assert instalments(Decimal("100000.00")) == [Decimal("50000.00"), Decimal("30000.00"), Decimal("20000.00")]


def test_the_last_instalment_takes_the_remainder() -> None:
    assert instalments(Decimal("33333.33")) == [Decimal("16666.67"), Decimal("10000.00"), Decimal("6666.66")]


@given(awards, st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_instalments_sum_to_the_award_exactly(award: Decimal, parts: list[int]) -> None:
    head = [Decimal(part) for part in parts if sum(parts) < 100]
    paid = instalments(award, [*head, 100 - sum(head, Decimal(0))])
    assert sum(paid) == award
    assert min(paid) > ZERO


def test_a_plan_must_sum_to_100() -> None:
    assert plan_problem(DEFAULT_PLAN) is None
    assert plan_problem([Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]) is None
    problem = plan_problem([Decimal("33.33"), Decimal("33.33"), Decimal("33.33")])
    assert problem is not None
    assert problem.render("en") == "The instalments sum to 99.99 percent; they must sum to 100.00."


def test_a_plan_has_no_empty_instalment() -> None:
    problem = plan_problem([Decimal(100), Decimal(0)])
    assert problem is not None
    assert problem.render("en") == "Every instalment is more than 0 percent of the award."


def test_the_execution_rate_is_spending_by_award() -> None:
    assert execution_rate(Decimal("98000.00"), Decimal("100000.00")) == Decimal("98.00")
    assert execution_rate(Decimal("1.00"), Decimal("3.00")) == Decimal("33.33")
    assert execution_rate(ZERO, ZERO) is None


def test_what_was_never_paid_is_the_surplus() -> None:
    assert surplus_of(Decimal("100000.00"), [Decimal("50000.00"), Decimal("30000.00")]) == Decimal("20000.00")
