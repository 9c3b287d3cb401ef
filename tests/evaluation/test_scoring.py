"""Scores: exact inside, rounded once, every shared weight and every dropped sheet in the open."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import evaluation
from evaluation.scoring import (
    Answer,
    Candidate,
    Indicator,
    IndicatorSet,
    answer_problem,
    composite,
    exact,
    grade_of,
    needs_reason,
    ranked,
    review_score,
    satisfaction,
    score_sheet,
    set_problems,
    shown,
    weigh_raters,
)
from evaluation.states import Grade, IndicatorKind, Rater, TieBreak
from kernel.words import Sentence
from orgs.states import RatingGrade

SHIPPED = json.loads((Path(evaluation.__file__).parent / "data" / "indicator_sets.json").read_text("utf-8"))["sets"]
SETS = {stored["code"]: IndicatorSet.load(stored) for stored in SHIPPED}

sheets = st.decimals(0, 100, places=1)


def decimals(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


def leaf(code: str, weight: str, kind: IndicatorKind = IndicatorKind.DIRECT, **parameters: object) -> Indicator:
    return Indicator(code, code, Decimal(weight), kind, parameters)


def group(code: str, weight: str, *children: Indicator) -> Indicator:
    return Indicator(code, code, Decimal(weight), IndicatorKind.GROUP, children=children)


def sheet(*indicators: Indicator, total: str = "10") -> IndicatorSet:
    return IndicatorSet("sheet", "sheet", Decimal(total), indicators)


def alone(item: Indicator, answer: Answer) -> Decimal | None:
    return score_sheet(sheet(item, total=str(item.weight)), {item.code: answer}).score


def points(value: str) -> Answer:
    return Answer(value=Decimal(value))


def reached(actual: str, target: str, reason: str = "") -> Answer:
    return Answer(actual=Decimal(actual), target=Decimal(target), reason=reason)


def full(item: Indicator) -> Answer:
    match item.kind:
        case IndicatorKind.CHECKLIST:
            return Answer(checks=(True,) * len(item.parameters["checks"]))
        case IndicatorKind.THRESHOLD | IndicatorKind.PROPORTIONAL | IndicatorKind.OVER_TARGET:
            return reached("100", "100")
        case IndicatorKind.BAND3:
            return points("100")
        case IndicatorKind.DEDUCT:
            return points("0")
        case _:
            return Answer(value=item.weight)


# Rounding


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(5, 1000), "0.01"),
        (Fraction(4999, 1000000), "0.00"),
        (Fraction(89995, 1000), "90.00"),
        (Fraction(-5, 1000), "-0.01"),
        (Fraction(200, 3), "66.67"),
    ],
)
def test_a_result_is_rounded_half_up_to_two_places(value: Fraction, expected: str) -> None:
    assert shown(value) == Decimal(expected)


@given(st.fractions(-1000, 1000))
def test_rounding_never_moves_a_value_by_more_than_half_a_hundredth(value: Fraction) -> None:
    assert abs(exact(shown(value)) - value) <= Fraction(1, 200)


# Expert review


def test_of_five_sheets_the_highest_and_the_lowest_are_dropped() -> None:
    result = review_score(decimals("70", "95", "82", "84.5", "88"))
    assert result.score == Decimal("84.83")
    assert result.exact == Fraction(509, 6)
    assert result.dropped == (Decimal(70), Decimal(95))
    assert result.explanation.render("en") == (
        "The highest (95.00) and the lowest (70.00) sheet are left out; the mean of the other 3 is 84.83."
    )


def test_of_three_or_four_sheets_all_count() -> None:
    assert review_score(decimals("80", "85", "91")).score == Decimal("85.33")
    assert review_score(decimals("80", "80", "81", "81")).score == Decimal("80.50")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_sheets_give_no_result(count: int) -> None:
    result = review_score([Decimal(90)] * count)
    assert (result.exact, result.score) == (None, None)
    assert result.explanation.render("en") == (
        f"No result: {count} {'sheet is' if count == 1 else 'sheets are'} in, 3 are needed."
    )


def test_only_a_spread_above_twenty_is_flagged() -> None:
    assert not review_score(decimals("70", "80", "90")).wide
    assert review_score(decimals("69.5", "80", "90")).wide


@given(st.lists(sheets, min_size=3, max_size=9))
def test_the_score_lies_between_the_sheets_that_count(totals: list[Decimal]) -> None:
    result = review_score(totals)
    assert result.exact is not None
    assert min(result.counted) <= result.exact <= max(result.counted)
    assert sorted([*result.counted, *result.dropped]) == sorted(totals)


@given(st.lists(sheets, min_size=5, max_size=9), sheets)
def test_one_reviewer_alone_cannot_move_the_score_past_the_others(totals: list[Decimal], odd: Decimal) -> None:
    result = review_score([*totals, odd])
    assert result.exact is not None
    assert min(totals) <= result.exact <= max(totals)


# The order of applications


def test_a_hundredth_that_rounding_hides_still_decides() -> None:
    places = ranked([Candidate("second", Fraction(84999, 1000)), Candidate("first", Fraction(85001, 1000))])
    assert [(place.key, place.rank, place.tied) for place in places] == [("first", 1, False), ("second", 2, False)]


def test_ties_are_broken_by_rating_then_grade_then_feasibility_then_lots() -> None:
    alike = Fraction(85)
    places = ranked(
        [
            Candidate("lot 2", alike, lot=2),
            Candidate("lot 1", alike, lot=1),
            Candidate("feasible", alike, feasibility=Fraction(22)),
            Candidate("good before", alike, past_grade=Grade.GOOD),
            Candidate("rated", alike, rating=RatingGrade.THREE_A),
            Candidate("better", Fraction(86)),
        ]
    )
    assert [(place.key, place.rank, place.decided_by) for place in places] == [
        ("better", 1, TieBreak.SCORE),
        ("rated", 2, TieBreak.SCORE),
        ("good before", 3, TieBreak.RATING),
        ("feasible", 4, TieBreak.PAST_GRADE),
        ("lot 1", 5, TieBreak.FEASIBILITY),
        ("lot 2", 6, TieBreak.LOT),
    ]


def test_under_procurement_a_rating_decides_nothing() -> None:
    tied = [Candidate("rated", Fraction(85), rating=RatingGrade.FIVE_A), Candidate("unrated", Fraction(85))]
    assert [(place.rank, place.tied) for place in ranked(tied, procurement=True)] == [(1, True), (1, True)]
    assert [place.key for place in ranked(tied)] == ["rated", "unrated"]


def test_a_tie_that_nothing_breaks_asks_for_lots() -> None:
    places = ranked([Candidate("a", Fraction(85)), Candidate("b", Fraction(85)), Candidate("c", Fraction(80))])
    assert [(place.rank, place.tied) for place in places] == [(1, True), (1, True), (3, False)]


def test_a_poor_past_project_stands_behind_none() -> None:
    places = ranked([Candidate("poor", Fraction(85), past_grade=Grade.POOR), Candidate("new", Fraction(85))])
    assert [place.key for place in places] == ["new", "poor"]


# One item


def test_a_checklist_follows_its_table_or_the_share_of_yes() -> None:
    stepped = leaf("a", "3", IndicatorKind.CHECKLIST, checks=["x", "y", "z"], scores={"3": 3, "2": 1, "0": 0})
    assert alone(stepped, Answer(checks=(True, True, False))) == Decimal("1.00")
    even = leaf("a", "9", IndicatorKind.CHECKLIST, checks=["x", "y", "z"])
    assert alone(even, Answer(checks=(True, True, False))) == Decimal("6.00")


@pytest.mark.parametrize(
    ("actual", "expected"), [("100", "3"), ("130", "3"), ("99.99", "2"), ("80", "2"), ("79.99", "1"), ("59.9", "0")]
)
def test_a_threshold_gives_the_points_of_its_step(actual: str, expected: str) -> None:
    item = leaf("a", "3", IndicatorKind.THRESHOLD, table=[["1.00", 3], ["0.80", 2], ["0.60", 1], ["0", 0]])
    assert alone(item, reached(actual, "100")) == Decimal(expected)


@pytest.mark.parametrize(("actual", "expected"), [("0", "0"), ("250", "5"), ("500", "10"), ("900", "10")])
def test_a_proportional_item_never_gives_more_than_its_weight(actual: str, expected: str) -> None:
    assert alone(leaf("a", "10", IndicatorKind.PROPORTIONAL), reached(actual, "500")) == Decimal(expected)


def test_far_above_the_target_asks_for_a_reason() -> None:
    item = leaf("a", "10", IndicatorKind.OVER_TARGET)
    assert not needs_reason(item, reached("650", "500"))
    assert needs_reason(item, reached("651", "500"))
    assert not needs_reason(item, reached("651", "500", "Two more neighbourhoods took part."))
    assert score_sheet(sheet(item), {"a": reached("651", "500")}).unexplained == ("a",)


@pytest.mark.parametrize(
    ("percent", "word"), [("100", "Reached"), ("80", "Reached"), ("79", "Partly"), ("60", "Partly"), ("59", "Hardly")]
)
def test_three_bands_give_their_percent(percent: str, word: str) -> None:
    result = score_sheet(sheet(leaf("a", "10", IndicatorKind.BAND3)), {"a": points(percent)})
    assert result.score == Decimal(percent) / 10
    assert result.items[0].explanation.render("en").startswith(word)


@pytest.mark.parametrize(("units", "expected"), [("0", "8"), ("3", "2"), ("4", "0"), ("9", "0")])
def test_deductions_stop_at_zero(units: str, expected: str) -> None:
    assert alone(leaf("a", "8", IndicatorKind.DEDUCT, per_unit="2"), points(units)) == Decimal(expected)


def test_an_answer_that_cannot_be_is_refused_in_words() -> None:
    direct = leaf("a", "10", step="0.5")
    problem = answer_problem(direct, points("10.5"))
    assert problem is not None
    assert problem.render("en") == "10.50 is above the most that can be given, 10.00."
    assert answer_problem(direct, points("-1")) == Sentence("A number here cannot be below zero.")
    steps = answer_problem(direct, points("7.3"))
    assert steps is not None
    assert steps.render("en") == "Points are given in steps of 0.50."
    assert answer_problem(direct, points("7.5")) is None
    asked = leaf("a", "2", IndicatorKind.CHECKLIST, checks=["x"])
    assert answer_problem(asked, Answer(checks=(True, True))) == Sentence("There are more answers than questions.")


def test_an_answer_is_stored_and_read_back() -> None:
    answer = Answer(Decimal("7.5"), (True, False), Decimal(3), Decimal(4), not_applicable=True, reason="No minors.")
    assert Answer.load(json.loads(json.dumps(answer.dump()))) == answer
    assert Answer.load({}) == Answer()


# A whole sheet


def test_what_does_not_apply_gives_its_weight_to_its_own_group() -> None:
    tree = sheet(group("g", "6", leaf("a", "2"), leaf("b", "1"), leaf("c", "3")), leaf("d", "4"))
    answers = {"a": points("1"), "b": points("1"), "c": Answer(not_applicable=True), "d": points("4")}
    result = score_sheet(tree, answers)
    weights = {scored.indicator.code: scored.weight for scored in result.walk()}
    assert weights == {"g": 6, "a": 4, "b": 2, "c": 0, "d": 4}
    assert result.exact == Fraction(2) + 2 + 4
    told = {scored.indicator.code: scored.explanation.render("en") for scored in result.walk()}
    assert told["c"] == "Does not apply; its weight of 3.00 is shared among the others of its group."
    assert told["a"] == "1.00 of 2.00 given. Counts for 4.00 instead of 2.00, because other items do not apply."


def test_a_group_of_which_nothing_applies_gives_its_weight_to_the_others() -> None:
    tree = sheet(group("g", "6", leaf("a", "2"), leaf("b", "4")), leaf("d", "4"))
    nothing = Answer(not_applicable=True)
    result = score_sheet(tree, {"a": nothing, "b": nothing, "d": points("3")})
    assert result.score == Decimal("7.50")


def test_without_a_target_an_item_does_not_apply() -> None:
    tree = sheet(leaf("a", "6", IndicatorKind.PROPORTIONAL), leaf("d", "4"))
    assert score_sheet(tree, {"a": reached("5", "0"), "d": points("2")}).score == Decimal("5.00")


def test_a_sheet_of_which_nothing_applies_has_no_result() -> None:
    result = score_sheet(sheet(leaf("a", "10")), {"a": Answer(not_applicable=True)})
    assert (result.score, result.grade, result.missing) == (None, None, ())


def test_missing_answers_are_named_and_the_sum_so_far_is_shown() -> None:
    result = score_sheet(sheet(leaf("a", "6"), group("g", "4", leaf("b", "4"))), {"a": points("5")})
    assert (result.score, result.running, result.missing) == (None, Decimal("5.00"), ("b",))


@given(st.data())
def test_full_marks_are_the_total_whatever_does_not_apply(data: st.DataObject) -> None:
    for tree in SETS.values():
        left_out = data.draw(
            st.sets(st.sampled_from([item.code for item in tree.leaves]), max_size=len(tree.leaves) - 1)
        )
        answers = {
            item.code: Answer(not_applicable=True) if item.code in left_out else full(item) for item in tree.leaves
        }
        result = score_sheet(tree, answers)
        assert result.exact == exact(tree.total)
        assert sum(scored.weight for scored in result.items) == exact(tree.total)


@given(st.data())
def test_groups_are_worth_exactly_what_their_items_are(data: st.DataObject) -> None:
    tree = SETS["review-default"]
    given_points = {item.code: data.draw(st.decimals(0, item.weight, places=1)) for item in tree.leaves}
    result = score_sheet(tree, {code: Answer(value=value) for code, value in given_points.items()})
    assert result.exact == exact(sum(given_points.values(), Decimal(0)))


# Adjustments, vetoes, grades


def midterm(**more: Answer) -> Decimal | None:
    tree = SETS["midterm-default"]
    half = {item.code: full(item) for item in tree.leaves} | {
        "results-goals": points("0"),
        "results-voice": points("0"),
    }
    return score_sheet(tree, half | {code.replace("_", "-"): answer for code, answer in more.items()}).score


def test_bonus_and_penalty_stay_within_their_caps() -> None:
    assert midterm() == Decimal("75.00")
    assert midterm(bonus_resources=points("3"), bonus_cases=points("1.5")) == Decimal("79.50")
    assert midterm(bonus_resources=points("9"), bonus_cases=points("9")) == Decimal("80.00")
    assert midterm(penalty_records=points("9"), penalty_changes=points("9")) == Decimal("65.00")


def test_a_bonus_never_lifts_a_result_above_the_total() -> None:
    tree = SETS["midterm-default"]
    answers = {item.code: full(item) for item in tree.leaves} | {"bonus-resources": points("3")}
    assert score_sheet(tree, answers).score == Decimal("100.00")


def test_a_mid_term_evaluation_is_passed_from_sixty() -> None:
    tree = SETS["midterm-default"]
    answers = {item.code: full(item) for item in tree.leaves}
    answers |= {"results-goals": points("0"), "results-voice": points("0"), "finance-findings": points("5")}
    answers |= {"finance-rate": reached("0.5", "1"), "progress-late": points("4")}
    failed = score_sheet(tree, answers)
    assert (failed.score, failed.passed) == (Decimal("57.00"), False)
    answers |= {"progress-late": points("1")}
    assert (score_sheet(tree, answers).score, score_sheet(tree, answers).passed) == (Decimal("60.00"), True)


def test_a_veto_makes_the_best_result_poor_and_failed() -> None:
    tree = SETS["midterm-default"]
    answers = {item.code: full(item) for item in tree.leaves} | {"misuse": Answer(checks=(True,))}
    result = score_sheet(tree, answers)
    assert (result.score, result.grade, result.passed, result.vetoed) == (
        Decimal("100.00"),
        Grade.POOR,
        False,
        ("misuse",),
    )


@pytest.mark.parametrize(
    ("value", "grade"),
    [
        (Fraction(90), Grade.EXCELLENT),
        (Fraction(89999, 1000), Grade.GOOD),
        (Fraction(80), Grade.GOOD),
        (Fraction(79999, 1000), Grade.FAIR),
        (Fraction(60), Grade.FAIR),
        (Fraction(59999, 1000), Grade.POOR),
    ],
)
def test_the_grade_is_given_on_the_unrounded_value(value: Fraction, grade: Grade) -> None:
    assert grade_of(value) is grade


def test_a_value_shown_as_ninety_may_still_be_good() -> None:
    result = composite(midterm=Fraction(89996, 1000), final=Fraction(89996, 1000))
    assert (result.score, result.grade) == (Decimal("90.00"), Grade.GOOD)


def test_the_composite_is_thirty_percent_mid_term_and_seventy_percent_final() -> None:
    result = composite(midterm=Fraction(80), final=Fraction(92), adjustment=Decimal(2))
    assert (result.score, result.grade) == (Decimal("90.40"), Grade.EXCELLENT)
    assert result.explanation.render("en") == (
        "Mid-term 80.00 at 30%, final evaluation 92.00 at 70%, adjustment 2.00: 90.40, Excellent."
    )


def test_an_adjustment_is_capped_at_five_either_way() -> None:
    assert composite(midterm=Fraction(70), final=Fraction(70), adjustment=Decimal(9)).score == Decimal("75.00")
    assert composite(midterm=Fraction(70), final=Fraction(70), adjustment=Decimal(-9)).score == Decimal("65.00")


def test_without_a_mid_term_evaluation_the_final_one_counts_alone() -> None:
    assert composite(midterm=None, final=Fraction(83)).score == Decimal("83.00")


def test_a_veto_item_makes_the_composite_poor() -> None:
    assert composite(midterm=Fraction(95), final=Fraction(95), vetoed=True).grade is Grade.POOR


# Several raters, satisfaction


def test_raters_are_weighted_sixty_twenty_twenty() -> None:
    scores = {Rater.THIRD_PARTY: Fraction(80), Rater.DEMAND_SIDE: Fraction(90), Rater.SATISFACTION: Fraction(95)}
    assert weigh_raters(scores).score == Decimal("85.00")


def test_the_weight_of_a_rater_who_gave_nothing_is_shared_openly() -> None:
    result = weigh_raters({Rater.THIRD_PARTY: Fraction(80), Rater.DEMAND_SIDE: Fraction(90), Rater.SATISFACTION: None})
    assert result.score == Decimal("82.50")
    assert result.explanation.render("en") == "Third party 80.00 at 75%, Demand side 90.00 at 25%"
    assert weigh_raters({}).score is None


@pytest.mark.parametrize(("people", "needed"), [(0, 30), (300, 30), (301, 31), (1000, 100)])
def test_a_sample_is_thirty_or_ten_percent_of_the_people(people: int, needed: int) -> None:
    assert satisfaction([Decimal(90)] * needed, people_served=people).enough
    too_few = satisfaction([Decimal(90)] * (needed - 1), people_served=people)
    assert not too_few.enough
    assert too_few.explanation.render("en") == (f"Sample too small: {needed - 1} valid answers, {needed} needed.")


def test_only_valid_answers_count() -> None:
    result = satisfaction([Decimal(80), None, Decimal(101), Decimal(91)], people_served=0)
    assert (result.score, result.answers) == (Decimal("85.50"), 2)
    assert satisfaction([], people_served=0).score is None


# The sets that come with the system


@pytest.mark.parametrize("code", sorted(SETS))
def test_a_shipped_set_may_be_used(code: str) -> None:
    assert set_problems(SETS[code]) == []
    assert all(item.name_en and item.origin in {"sourced", "default"} for item in SETS[code].walk())


def test_the_heads_of_the_shipped_sets_weigh_what_their_sources_say() -> None:
    heads = {code: [int(item.weight) for item in tree.indicators] for code, tree in SETS.items()}
    assert heads == {
        "review-default": [15, 15, 25, 10, 15, 15, 5],
        "midterm-default": [35, 15, 25, 25],
        "final-default": [25, 15, 20, 15, 10, 15],
        "fiscal-self": [10, 50, 30, 10],
    }
    assert SETS["midterm-default"].pass_mark == 60
    assert SETS["review-default"].tie_item == "feasibility"


def test_a_set_that_cannot_be_used_says_everything_that_is_wrong() -> None:
    wrong = IndicatorSet(
        "w",
        "sheet",
        Decimal(10),
        (
            group("g", "6", leaf("a", "2"), leaf("a", "3")),
            leaf("c", "2", IndicatorKind.CHECKLIST),
            leaf("t", "3", IndicatorKind.THRESHOLD, table=[["1.00", 3], ["0.80", 2]]),
            group("e", "0.5"),
        ),
        bonuses=(leaf("b", "0", IndicatorKind.BONUS),),
    )
    assert [problem.render("en") for problem in set_problems(wrong)] == [
        "The code a stands for more than one item.",
        "sheet: its items weigh 11.50 together, not 10.00.",
        "g: its items weigh 5.00 together, not 6.00.",
        "c: a checklist needs questions.",
        "t: the table must go down to 0.",
        "e: a group needs items.",
        "b: “cap” must be above zero.",
    ]
