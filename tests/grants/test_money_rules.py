"""The rules of money: what does not add up or passes a limit is told with the number to change."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from grants.money_rules import (
    BudgetTotals,
    award_problems,
    budget_problem,
    cap_problems,
    cap_setting_problem,
    cofunding_problem,
    highest_award,
    line_amount,
    line_problem,
    quota_problem,
    totals_of,
    transfer_needs_approval,
    transfer_problems,
    year_problem,
)
from grants.states import BudgetHead, MoneySource
from kernel.money import ZERO
from kernel.words import Sentence

money = st.decimals("0.01", "500000.00", places=2)


@dataclass(frozen=True)
class Line:
    head: BudgetHead
    unit_price: Decimal
    quantity: Decimal = Decimal(1)
    source: MoneySource = MoneySource.FISCAL
    stated: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        return line_amount(self.unit_price, self.quantity) if self.stated is None else self.stated


def line(head: BudgetHead, price: str, quantity: str = "1", source: MoneySource = MoneySource.FISCAL) -> Line:
    return Line(head, Decimal(price), Decimal(quantity), source)


def said(problem: Sentence | None) -> str:
    assert problem is not None
    return problem.render("en")


BUDGET = [
    line(BudgetHead.PERSONNEL, "3200.00", "12"),
    line(BudgetHead.ACTIVITIES, "1500.00", "24"),
    line(BudgetHead.MANAGEMENT, "8000.00"),
    line(BudgetHead.VENUE, "5000.00", source=MoneySource.OWN),
    line(BudgetHead.MATERIALS, "1000.00", source=MoneySource.DONATED),
]


def test_a_budget_adds_up_by_source() -> None:
    totals = totals_of(BUDGET)
    assert totals == BudgetTotals(Decimal("82400.00"), Decimal("5000.00"), Decimal("1000.00"))
    assert totals.total == Decimal("88400.00")


def test_a_budget_that_is_not_what_is_applied_for_says_the_difference() -> None:
    assert budget_problem(BUDGET, applied=Decimal("82400.00")) is None
    assert said(budget_problem(BUDGET, applied=Decimal("80000.00"))) == (
        "Your budget lines add up to 82,400.00, but you ask for 80,000.00. The difference is 2,400.00."
    )


def test_a_line_is_price_times_quantity() -> None:
    assert line_problem(line(BudgetHead.TRAVEL, "3.335", "3")) is None
    assert line_amount(Decimal("3.335"), Decimal(3)) == Decimal("10.01")
    wrong = Line(BudgetHead.TRAVEL, Decimal("25.00"), Decimal(240), stated=Decimal("6500.00"))
    assert said(line_problem(wrong)) == "Travel: price times quantity is 6,000.00, but the line says 6,500.00."
    assert said(line_problem(line(BudgetHead.TRAVEL, "0.00"))) == "Travel: price and quantity must be above zero."


def test_the_management_fee_is_capped_at_ten_percent_of_the_fiscal_money() -> None:
    lines = [line(BudgetHead.PERSONNEL, "171600.00"), line(BudgetHead.MANAGEMENT, "20400.00")]
    assert said(cap_problems(lines)[BudgetHead.MANAGEMENT]) == (
        "Management fee is 20,400.00; the cap is 19,200.00 (10% of the fiscal money). Reduce it by 1,200.00."
    )


def test_own_money_neither_raises_the_cap_nor_counts_against_it() -> None:
    fiscal = [line(BudgetHead.PERSONNEL, "9000.00"), line(BudgetHead.MANAGEMENT, "1000.00")]
    own = [line(BudgetHead.MANAGEMENT, "500.00", source=MoneySource.OWN)]
    assert cap_problems([*fiscal, *own]) == {}
    assert BudgetHead.MANAGEMENT in cap_problems([*fiscal, *own, line(BudgetHead.MANAGEMENT, "112.00")])


@given(st.lists(st.tuples(st.sampled_from(BudgetHead), money), max_size=8))
def test_reducing_a_head_by_what_is_said_is_less_than_all_of_it(drawn: list[tuple[BudgetHead, Decimal]]) -> None:
    for head, problem in cap_problems([Line(head, price) for head, price in drawn]).items():
        planned, over = problem.params["planned"], problem.params["over"]
        assert planned == sum(price for drawn_head, price in drawn if drawn_head is head)
        assert ZERO < over <= planned


def test_a_management_cap_of_zero_is_refused_for_charities() -> None:
    assert said(cap_setting_problem(BudgetHead.MANAGEMENT, ZERO)).startswith("The management fee cannot be capped at 0")
    assert cap_setting_problem(BudgetHead.MANAGEMENT, ZERO, charities_may_apply=False) is None
    assert cap_setting_problem(BudgetHead.MANAGEMENT, Decimal(10)) is None
    assert cap_setting_problem(BudgetHead.VENUE, ZERO) is None


@pytest.mark.parametrize("percent", ["-1", "100.01"])
def test_a_cap_is_a_percentage(percent: str) -> None:
    assert said(cap_setting_problem(BudgetHead.VENUE, Decimal(percent))) == (
        "The cap of Venue is a percentage between 0 and 100."
    )


def test_co_funding_says_how_much_is_missing() -> None:
    assert cofunding_problem(BudgetTotals(Decimal(60000), Decimal(40000), ZERO), most_fiscal=Decimal(60)) is None
    totals = BudgetTotals(Decimal("80000.00"), Decimal("20000.00"), ZERO)
    assert said(cofunding_problem(totals, most_fiscal=Decimal(60))) == (
        "Fiscal money is 80,000.00 of 100,000.00 in all; this call gives at most 60%, which is 60,000.00. "
        "Find 33,333.34 more of your own or donated money, or ask for less."
    )


@given(money, money, st.integers(1, 99))
def test_finding_what_is_missing_is_enough(fiscal: Decimal, own: Decimal, percent: int) -> None:
    problem = cofunding_problem(BudgetTotals(fiscal, own, ZERO), most_fiscal=Decimal(percent))
    if problem is not None:
        enough = BudgetTotals(fiscal, own + problem.params["missing"], ZERO)
        assert cofunding_problem(enough, most_fiscal=Decimal(percent)) is None


def test_an_award_keeps_to_the_smallest_limit() -> None:
    applied = Decimal("120000.00")
    assert highest_award(applied) == applied
    assert highest_award(applied, cap=Decimal("100000.00")) == Decimal("100000.00")
    assert highest_award(applied, cap=Decimal("100000.00"), first_time_cap=Decimal("80000.00")) == Decimal("80000.00")
    assert highest_award(Decimal("50000.00"), cap=Decimal("100000.00")) == Decimal("50000.00")


def test_every_limit_that_an_award_passes_is_told() -> None:
    problems = award_problems(
        Decimal("130000.00"),
        applied=Decimal("120000.00"),
        cap=Decimal("100000.00"),
        first_time_cap=Decimal("80000.00"),
    )
    assert [problem.render("en") for problem in problems] == [
        "130,000.00 is more than the 120,000.00 applied for.",
        "130,000.00 is above the call's cap of 100,000.00.",
        "130,000.00 is above the 80,000.00 that a first-time contractor may get.",
    ]
    assert award_problems(Decimal("80000.00"), applied=Decimal("80000.00"), first_time_cap=Decimal("80000.00")) == []
    assert said(award_problems(ZERO, applied=Decimal("1.00"))[0]) == "An award is above zero."


def test_a_quota_bears_its_last_cent_and_no_more() -> None:
    family = {"name": "Family education", "quota": Decimal("500000.00"), "awarded": Decimal("450000.00")}
    assert quota_problem(Decimal("50000.00"), **family) is None  # type: ignore[arg-type]
    assert said(quota_problem(Decimal("50000.01"), **family)) == (  # type: ignore[arg-type]
        "Family education: 50,000.00 of the quota of 500,000.00 is left; 50,000.01 is 0.01 too much."
    )


def test_quotas_and_what_is_set_aside_fit_into_the_year() -> None:
    year, quotas = Decimal("12000000.00"), [Decimal("8000000.00"), Decimal("3500000.00")]
    assert year_problem(budget=year, quotas=quotas, set_aside=Decimal("500000.00")) is None
    assert said(year_problem(budget=year, quotas=quotas, set_aside=Decimal("500000.01"))) == (
        "Quotas and what is set aside come to 12,000,000.01; the year has 12,000,000.00. Reduce them by 0.01."
    )


def test_moves_of_up_to_ten_percent_of_a_line_are_noted_and_more_is_approved() -> None:
    assert not transfer_needs_approval(Decimal("1000.00"), line=Decimal("10000.00"))
    assert transfer_needs_approval(Decimal("1000.01"), line=Decimal("10000.00"))
    assert transfer_needs_approval(Decimal("600.00"), line=Decimal("10000.00"), moved_before=Decimal("600.00"))


def test_a_change_never_makes_the_budget_grow_nor_passes_a_cap() -> None:
    before = [line(BudgetHead.PERSONNEL, "9000.00"), line(BudgetHead.MANAGEMENT, "1000.00")]
    same = [line(BudgetHead.PERSONNEL, "9500.00"), line(BudgetHead.MANAGEMENT, "500.00")]
    grown = [line(BudgetHead.PERSONNEL, "9000.00"), line(BudgetHead.MANAGEMENT, "1200.00")]
    assert transfer_problems(before, same) == []
    assert [problem.render("en") for problem in transfer_problems(before, grown)] == [
        "A change moves money between lines; the budget cannot grow by 200.00.",
        "Management fee is 1,200.00; the cap is 1,020.00 (10% of the fiscal money). Reduce it by 180.00.",
    ]
