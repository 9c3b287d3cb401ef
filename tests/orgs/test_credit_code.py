"""The credit code: both checks hold, and every slip of the pen is seen."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from stdnum.cn import uscc

from orgs.credit_code import (
    ALPHABET,
    check_digits_for,
    is_valid,
    normalize,
    problem_with,
    registered_area,
    registered_kind,
)
from orgs.states import OrganizationType

MADE_UP = "52310104MJ00000189"
PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "rated_organizations_haidian.csv"

signs = st.sampled_from(ALPHABET)
figures = st.sampled_from("0123456789")
beginnings = st.builds(
    lambda kind, area, body: kind + area + body,
    st.sampled_from(["51", "52", "53", "59", "91", "12", "13"]),
    st.text(figures, min_size=6, max_size=6),
    st.text(signs, min_size=8, max_size=8),
)
codes = beginnings.map(lambda first: first + check_digits_for(first))


def told(text: str) -> str:
    problem = problem_with(text)
    assert problem is not None
    return problem.render("en")


def test_the_check_characters_are_those_of_the_standards() -> None:
    # By hand: 22·3 + 19·7 + 1·2 = 201, 201 mod 11 = 3, 11 - 3 = 8.
    assert check_digits_for("52310104MJ000001") == "89"
    # D2143569-X is the example of GB 11714.
    assert check_digits_for("52310104D2143569")[0] == "X"


@given(codes)
def test_a_code_made_by_the_rules_is_accepted(code: str) -> None:
    assert problem_with(code) is None


@given(codes, st.integers(0, 17), signs)
def test_every_wrong_character_is_refused(code: str, place: int, sign: str) -> None:
    wrong = code[:place] + sign + code[place + 1 :]
    assert is_valid(wrong) is (wrong == code)


@given(codes, st.integers(0, 16))
def test_every_swap_of_neighbours_is_refused(code: str, place: int) -> None:
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_valid(wrong) is (wrong == code)


@given(codes)
def test_lower_case_full_width_and_blanks_are_read(code: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code.lower())
    assert normalize(f"\ufeff {wide[:8]}\u3000{wide[8:]}\t") == code
    assert problem_with(wide) is None


@given(codes)
def test_a_code_says_what_kind_of_body_and_where_it_was_registered(code: str) -> None:
    assert registered_kind(code) is not None
    assert registered_area(code) == code[2:8]


def test_the_kinds_that_the_register_knows() -> None:
    assert registered_kind("51") is OrganizationType.ASSOCIATION
    assert registered_kind("52") is OrganizationType.SERVICE_INSTITUTION
    assert registered_kind("53") is OrganizationType.FOUNDATION
    assert registered_kind("59") is OrganizationType.OTHER_SOCIAL
    assert registered_kind("91") is OrganizationType.ENTERPRISE
    assert registered_kind("12") is OrganizationType.PUBLIC_INSTITUTION
    assert registered_kind("13") is OrganizationType.PEOPLES_GROUP
    assert registered_kind("92") is None


@pytest.mark.parametrize("area", ["310103", "310108", "310119", "310230"])
def test_an_abolished_district_lives_on_inside_a_code(area: str) -> None:
    first = f"52{area}MJ000001"
    assert problem_with(first + check_digits_for(first)) is None


def test_nothing_typed_is_asked_for() -> None:
    assert told(" \u3000") == "Please give the unified social credit code."


def test_a_code_of_the_wrong_length_says_how_long_it_is() -> None:
    assert told(MADE_UP[:17]) == "A credit code has 18 characters; this one has 17."


def test_a_letter_that_no_code_holds_is_named_with_its_place() -> None:
    assert told("5231O104MJ00000189").startswith("“O” at place 5 cannot stand in a credit code")


def test_a_letter_in_the_area_is_named_with_its_place() -> None:
    assert told("523A0104MJ00000189").startswith("“A” at place 4 cannot be right")


def test_the_failing_check_is_named() -> None:
    assert told("52310105MJ00000189").startswith("The check at place 18 does not hold.")
    assert told("52310104MJ00000289").startswith("Neither check holds")


def test_an_organization_number_with_a_wrong_check_is_refused_though_the_outer_check_holds() -> None:
    forged = "52310104MJ0000017"
    assert told(forged + uscc.calc_check_digit(forged)).startswith("The check at place 17 does not hold")


@pytest.mark.parametrize("first", ["", "52310104MJ00000", "52310104MJ00000O", "52X10104MJ000001"])
def test_no_check_characters_for_what_is_no_beginning(first: str) -> None:
    with pytest.raises(ValueError, match="is not the beginning of a credit code"):
        check_digits_for(first)


def test_published_codes_pass_both_checks() -> None:
    """Real published codes are tried where they are at hand; without them there is nothing to try."""
    if not PUBLISHED.exists():
        return
    with PUBLISHED.open(encoding="utf-8-sig", newline="") as file:
        published = [row["统一社会信用代码"] for row in csv.DictReader(file)]
    assert [code for code in published if not is_valid(code)] == []
    assert len(published) == 54
