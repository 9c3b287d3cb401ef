"""Sentences: made by rules, stored as they are, rendered for whoever reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

import pytest

from kernel import words
from kernel.words import Sentence, one_after_another, use_translator, word_of

CHINESE = {
    "Reduce it by {amount}.": "请减少 {amount} 元。",
    "{who} says: {what}": "{who}说：{what}",
    "Being paid": "拨付中",
}


class Step(StrEnum):
    BEING_PAID = "being_paid"
    HELD = "held"

    @property
    def word(self) -> str:
        return {"being_paid": "Being paid"}.get(self.value, "")


@pytest.fixture(autouse=True)
def _two_languages() -> Iterator[None]:
    before = words._translate[0]
    use_translator(lambda msgid, locale, _ones: CHINESE.get(msgid, msgid) if locale == "zh" else msgid)
    yield
    use_translator(before)


def test_a_sentence_is_rendered_in_the_language_that_is_asked_for() -> None:
    told = Sentence("Reduce it by {amount}.", amount=Decimal(1200))

    assert told.render("zh") == "请减少 1,200.00 元。"
    assert told.render("en") == str(told) == "Reduce it by 1,200.00."


def test_days_and_moments_stand_as_shanghai_reads_them() -> None:
    told = Sentence("{day} {moment}", day=date(2027, 3, 1), moment=datetime(2027, 2, 28, 16, 5, tzinfo=UTC))

    assert str(told) == "2027-03-01 2027-03-01 00:05"


def test_a_sentence_inside_a_sentence_follows_its_language() -> None:
    told = Sentence("{who} says: {what}", who="甲", what=Sentence("Reduce it by {amount}.", amount=Decimal(1)))

    assert told.render("zh") == "甲说：请减少 1.00 元。"


def test_a_state_is_shown_by_its_word() -> None:
    assert Sentence("{step}", step=Step.BEING_PAID).render("zh") == "拨付中"
    assert word_of(Step.HELD) == "Held"


def test_a_stored_sentence_is_read_back_as_it_was() -> None:
    told = Sentence(
        "{a} {b} {c} {d}",
        a=Decimal("1.50"),
        b=date(2027, 3, 1),
        c=datetime(2027, 3, 1, 8, tzinfo=UTC),
        d=Sentence("Being paid"),
    )

    back = Sentence.load(json.loads(json.dumps(told.dump())))

    assert back == told
    assert hash(back) == hash(told)
    assert back.render("zh") == "1.50 2027-03-01 2027-03-01 16:00 拨付中"


def test_what_a_person_typed_is_never_a_place_for_a_value() -> None:
    assert str(Sentence("“{name}” is empty.", name="{amount} {0.__class__}")) == "“{amount} {0.__class__}” is empty."


def test_several_values_are_told_one_after_another() -> None:
    assert str(Sentence("Missing: {names}.", names=["need", Decimal(1), Step.HELD])) == "Missing: need, 1.00, Held."


def test_sentences_stand_behind_each_other_as_each_language_writes_them() -> None:
    assert one_after_another(["Too much.", "Reduce it."]) == "Too much. Reduce it."
    assert one_after_another(["金额太大。", "请减少。"]) == "金额太大。请减少。"
