"""Versions compared word by word: complete, and readable for Chinese."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings, strategies as st

from grants.reports.handed_in import Part, lines_of
from grants.rules.changes import GONE, NEW, SAME, Piece, changes, shortened

WRITTEN = st.text("家庭支持服务。；，a1 2,\n", max_size=60)


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in changes(before, after)]


@given(before=WRITTEN, after=WRITTEN)
@settings(max_examples=200, deadline=None)
def test_the_pieces_make_up_both_texts_whole(before: str, after: str) -> None:
    pieces = changes(before, after)
    assert "".join(one.text for one in pieces if one.kind != NEW) == before
    assert "".join(one.text for one in pieces if one.kind != GONE) == after
    assert all(left.kind != right.kind for left, right in pairwise(pieces))
    assert (before == after) == (not [one for one in pieces if one.kind != SAME])


def test_a_changed_number_is_one_change_and_not_its_digits() -> None:
    assert told("为 120 户家庭提供支持。", "为 1,150 户家庭提供支持。") == [
        (SAME, "为 "),
        (GONE, "120"),
        (NEW, "1,150"),
        (SAME, " 户家庭提供支持。"),
    ]


def test_crumbs_between_changes_are_read_as_one_change() -> None:
    assert told("先招募，再办工作坊。", "先评估，后办沙龙。") == [
        (SAME, "先"),
        (GONE, "招募，再办工作坊"),
        (NEW, "评估，后办沙龙"),
        (SAME, "。"),
    ]


def test_a_sentence_that_is_new_is_marked_alone() -> None:
    assert told("第一句。第三句。", "第一句。第二句。第三句。") == [
        (SAME, "第一句。"),
        (NEW, "第二句。"),
        (SAME, "第三句。"),
    ]


def test_what_did_not_change_is_shortened_around_the_change() -> None:
    long = "不变" * 100
    pieces = shortened([Piece(SAME, long), Piece(NEW, "新"), Piece(SAME, long)], around=4)
    assert [one.text for one in pieces] == ["… 不变不变", "新", "不变不变 …"]


def test_two_long_texts_without_a_common_word_are_compared_at_once() -> None:
    assert [one.kind for one in changes("甲乙丙丁" * 1250, "戊己庚辛" * 1250)] == [GONE, NEW]


def test_two_questions_that_are_worded_alike_are_compared_apart() -> None:
    part = Part("form:s1", texts=(("人数", "3"), ("人数", "5")), title="部分")
    assert lines_of(part) == {"人数": "3", "人数 (2)": "5"}
