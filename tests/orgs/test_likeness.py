"""How alike names and codes are, and that the database counts the same share."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from orgs.likeness import (
    LEAST,
    core_of,
    evidence_of,
    is_close,
    own_number,
    plain_phone,
    score_of,
    share_of,
    strength_of,
    without_one,
)
from orgs.reference import area_names
from orgs.states import DuplicateStrength, Evidence
from tests.factories.orgs import credit_code


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("上海市浦东新区木兰（家庭）服务中心", "木兰家庭服务中心"),
        ("上海浦东木兰家庭服务中心", "木兰家庭服务中心"),
        ("卢湾区木兰家庭服务中心", "木兰家庭服务中心"),
        ("  Ｍｕｌａｎ　之家 ", "mulan之家"),
        ("示例·社区公益中心", "示例社区公益中心"),
        ("上海市", "上海市"),
    ],
)
def test_a_name_is_compared_without_its_place_and_its_marks(name: str, core: str) -> None:
    assert core_of(name, area_names()) == core


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("木兰家庭服务中心", "木栏家庭服务中心"),
        ("木兰家庭服务中心", "春晖家庭服务中心"),
        ("木兰家庭服务中心", "木兰家庭服务社"),
        ("木兰", "玉兰"),
        ("mulan之家", "木兰之家"),
        ("爱爱爱爱", "爱爱"),
    ],
)
def test_the_share_is_the_one_that_the_database_counts(db_session: Session, one: str, other: str) -> None:
    counted = db_session.scalar(text("SELECT similarity(:one, :other)"), {"one": one, "other": other})

    assert share_of(one, other) == pytest.approx(counted, abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        ("木兰家庭服务中心", "木栏家庭服务中心", True),
        ("木兰家庭服务中心", "木兰家庭服务中心社", True),
        ("木兰家庭服务中心", "木兰家服务中心", True),
        ("木兰家庭服务中心", "兰木家庭服务中心", True),
        ("木兰家庭服务中心", "春晖家庭服务中心", False),
        ("木兰家庭服务中心", "木兰家庭中心", False),
        ("木兰家庭服务中心", "木兰家庭服务中心", False),
        ("木兰社", "玉兰社", False),
    ],
)
def test_names_are_close_when_one_character_is_another_missing_or_at_its_neighbours_place(
    one: str, other: str, close: bool
) -> None:
    assert is_close(one, other) is close
    assert is_close(other, one) is close
    assert bool(without_one(one) & without_one(other)) is close or not close


def test_a_new_registration_elsewhere_keeps_the_own_number() -> None:
    assert own_number(credit_code(7)) == own_number(credit_code(7, kind="51", area="310115"))
    assert own_number(credit_code(7)) != own_number(credit_code(8))


def keys(**told: str) -> dict[str, list[str]]:
    return {kind: [value] for kind, value in told.items()}


def test_a_representative_alone_is_no_pair_and_with_something_else_is_one() -> None:
    one = keys(name="木兰家庭服务中心", sound="mulan", code="MJ1234561", representative="示例人")
    other = keys(name="春晖心理关爱协会", sound="chunhui", code="QQ9876543", representative="示例人")

    assert evidence_of(one, other) == [(Evidence.REPRESENTATIVE, 100)]
    assert score_of([Evidence.REPRESENTATIVE]) < LEAST
    assert score_of([Evidence.REPRESENTATIVE, Evidence.ADDRESS]) >= LEAST
    assert score_of([Evidence.REPRESENTATIVE, Evidence.SIMILAR_NAME]) >= LEAST
    assert score_of([Evidence.SIMILAR_NAME]) < LEAST
    assert score_of([Evidence.CODE_NEAR]) < LEAST


def test_what_speaks_for_a_pair_is_told_by_weight_and_names_once() -> None:
    one = keys(name="木兰家庭服务中心", sound="mulanjiatingfuwuzhongxin", code="MJ1234561", account="x")
    other = keys(name="木栏家庭服务中心", sound="mulanjiatingfuwuzhongxin", code="MJ1235461", account="x")

    assert evidence_of(one, other) == [
        (Evidence.ACCOUNT, 100),
        (Evidence.SAME_SOUND, 50),
        (Evidence.CODE_NEAR, 100),
    ]
    assert evidence_of(one, one)[0] == (Evidence.CODE_PART, 100)
    assert evidence_of({}, other) == []


def test_the_strength_is_a_word_for_the_score() -> None:
    assert strength_of(40) is DuplicateStrength.WEAK
    assert strength_of(60) is DuplicateStrength.LIKELY
    assert strength_of(90) is DuplicateStrength.STRONG


def test_a_phone_is_compared_by_its_figures() -> None:
    assert plain_phone("０２１-1234 5678") == "02112345678"
