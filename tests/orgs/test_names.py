"""How organizations are found and ordered by name."""

from __future__ import annotations

import pytest

from kernel.finding import search_pattern
from orgs.names import initials_of, name_columns, pinyin_of, search_text


def test_a_name_is_ordered_by_its_sound() -> None:
    assert pinyin_of("示例·木兰 AB中心") == "shilimulanabzhongxin"
    assert initials_of("示例·木兰") == "slml"


def test_a_search_looks_through_all_names_the_code_and_the_sound() -> None:
    assert search_text("木兰社", ["旧名"], "52AB") == "木兰社\n旧名\n52ab\nmulanshe\nmls\n 兰社 旧名 木兰 "


@pytest.mark.parametrize(
    ("word", "pattern"),
    [
        ("木兰", "% 木兰 %"),
        ("木兰社", "%木兰社%"),
        ("兰", "%兰%"),
        ("Mu", "%mu%"),
        ("５２ａｂ", "%52ab%"),
        ("50%_\\", "%50\\%\\_\\\\%"),
    ],
)
def test_a_typed_word_becomes_a_pattern_that_the_index_knows(word: str, pattern: str) -> None:
    assert search_pattern(word) == pattern


def test_the_columns_of_a_name_go_together() -> None:
    assert name_columns("木兰", ["旧"], "52") == {
        "name": "木兰",
        "former_names": ["旧"],
        "credit_code": "52",
        "name_pinyin": "mulan",
        "name_initials": "ml",
        "search_text": "木兰\n旧\n52\nmulan\nml\n 木兰 ",
    }
