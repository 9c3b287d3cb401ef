"""What a person types becomes the argument of a deed, or one sentence under its field; never anything else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from typing import Annotated, Any

import pytest
from hypothesis import given, strategies as st
from werkzeug.datastructures import FileStorage

from kernel.actor import Actor
from kernel.arguments import MOST_MONEY, Ask, arguments_of, read_arguments, read_value
from kernel.errors import Invalid


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark_blue"


def paint(
    wall: object,
    *,
    actor: Actor,
    colour: Colour,
    reason: Annotated[str, Ask("Why", hint="A word is enough.", long=True, most=10)],
    amount: Annotated[Decimal | None, Ask("Amount")] = None,
    day: date | None = None,
    layers: int = 1,
    shiny: bool = False,
    sample: FileStorage | None = None,
) -> None:
    """Stand for a deed."""


ARGUMENTS = arguments_of(paint)


def refused(typed: Any, wanted: type, **more: Any) -> str:
    with pytest.raises(Invalid) as invalid:
        read_value("field", typed, wanted, **more)
    (sentence,) = invalid.value.problems["field"]
    return sentence.render("en")


def test_the_signature_is_the_only_declaration() -> None:
    told = [(one.name, one.kind, one.required, one.default, one.ask.label) for one in ARGUMENTS]

    assert told == [
        ("colour", "choice", True, None, "Colour"),
        ("reason", "textarea", True, None, "Why"),
        ("amount", "money", False, None, "Amount"),
        ("day", "date", False, None, "Day"),
        ("layers", "number", False, 1, "Layers"),
        ("shiny", "checkbox", False, False, "Shiny"),
        ("sample", "file", False, None, "Sample"),
    ]
    assert ARGUMENTS[0].choices == (("red", "Red"), ("dark_blue", "Dark blue"))


def test_a_whole_form_is_read_at_once() -> None:
    typed = {
        "colour": "red",
        "reason": " 因为 ",
        "amount": "１２，０００．５",
        "day": "2026/11/27",
        "layers": "２",
        "shiny": "on",
        "actor": "root",
        "state": "paid",
    }

    assert read_arguments(ARGUMENTS, typed) == {
        "colour": Colour.RED,
        "reason": "因为",
        "amount": Decimal("12000.50"),
        "day": date(2026, 11, 27),
        "layers": 2,
        "shiny": True,
        "sample": None,
    }


def test_every_problem_is_told_at_once_field_by_field() -> None:
    with pytest.raises(Invalid) as invalid:
        read_arguments(ARGUMENTS, {"colour": "green", "reason": "  ", "amount": "much", "day": "tomorrow"})

    told = {name: sentence.render("en") for name, (sentence,) in invalid.value.problems.items()}
    assert told == {
        "colour": "Please choose one of the offered values.",
        "reason": "Please fill this in.",
        "amount": "Please write an amount in yuan, such as 1200.00.",
        "day": "Please write a day such as 2026-11-27.",
    }


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1200", "1200.00"),
        ("1,200.5", "1200.50"),
        ("１２００", "1200.00"),
        ("0", "0.00"),
        ("-5", "-5.00"),
        ("1e3", "1000"),
    ],
)
def test_money_is_read_to_the_cent(typed: str, amount: str) -> None:
    assert read_value("field", typed, Decimal) == Decimal(amount)


@pytest.mark.parametrize(
    "typed", ["NaN", "sNaN", "Infinity", "-inf", "1e400", "1000000000000.00", "abc", "1.2.3", "0x10"]
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    assert refused(typed, Decimal) == "Please write an amount in yuan, such as 1200.00."


def test_a_third_decimal_place_is_not_dropped_in_silence() -> None:
    assert refused("10.005", Decimal) == "An amount has at most two decimal places."


@pytest.mark.parametrize("typed", ["1.5", "--5", "5-", "1e3", "9999999999999", "½", "five", "-"])
def test_what_is_no_whole_number_is_refused(typed: str) -> None:
    assert refused(typed, int) == "Please write a whole number."


@pytest.mark.parametrize("typed", ["2026-02-30", "27.11.2026", "2026", "0000-01-01", "2026-11-27T10:00"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    assert refused(typed, date) == "Please write a day such as 2026-11-27."


def test_a_text_keeps_its_lines_and_loses_control_signs() -> None:
    assert read_value("field", "一\n二\x00\x07", str) == "一\n二"
    assert refused("\x00\x01", str) == "Please fill this in."


def test_a_text_that_is_too_long_says_by_how_much() -> None:
    assert refused("一" * 11, str, most=10) == "At most 10 characters; there are 11."


def test_a_file_where_a_text_was_asked_for_is_refused() -> None:
    upload = FileStorage(BytesIO(b"x"), filename="x.pdf")

    for wanted in (str, int, Decimal, date, Colour):
        assert refused(upload, wanted) == "A file cannot stand here; please write it."
    assert read_value("field", upload, bool) is False


def test_a_text_where_a_file_was_asked_for_is_refused() -> None:
    assert refused("x.pdf", FileStorage) == "Please choose one of the offered values."


def test_what_is_not_given_takes_its_default() -> None:
    assert read_value("field", "", int, required=False, default=7) == 7
    assert read_value("field", None, bool) is False


JUNK = st.one_of(
    st.text(), st.text("0123456789.,-+eE ０１２３４５٣½\x00"), st.decimals().map(str), st.integers().map(str)
)


@given(JUNK, st.sampled_from([str, int, Decimal, date, bool, Colour]))
def test_whatever_is_typed_is_a_value_or_a_sentence(typed: str, wanted: type) -> None:
    told: list[str] = []
    try:
        value = read_value("field", typed, wanted)
    except Invalid as invalid:
        told = list(invalid.problems)
    else:
        assert isinstance(value, wanted)
        if isinstance(value, Decimal):
            assert abs(value) <= MOST_MONEY
            assert value == value.quantize(Decimal("0.01"))
    assert told in ([], ["field"])
