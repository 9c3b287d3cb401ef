"""Saying no to typed values, field by field and all at once."""

from __future__ import annotations

from kernel.errors import Invalid
from kernel.words import Sentence


def refuse_fields(**problems: Sentence | None) -> None:
    """Refuse with what is wrong in each field; raises Invalid."""
    told = {name: [sentence] for name, sentence in problems.items() if sentence is not None}
    if told:
        raise Invalid(told)
