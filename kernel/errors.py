"""The three ways in which the system says no to a person; anything else is a fault with a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kernel.words import Sentence


class Refused(Exception):  # noqa: N818  (the product's word: a refusal is an answer, not an error)
    """The rules say no, for reasons that a person can read and act on (HTTP 409)."""

    def __init__(self, *reasons: Sentence) -> None:
        super().__init__(" ".join(reason.msgid for reason in reasons))
        self.reasons = reasons


class Unproven(Refused):
    """The deed needs a person who proved a moment ago who they are (HTTP 409, with the question beside it)."""

    def __init__(self) -> None:
        super().__init__(Sentence("For this step, prove once more that it is you: give your password again."))


class Invalid(Exception):  # noqa: N818  (see Refused)
    """What was typed cannot be taken as it is: field → its sentences (HTTP 422)."""

    def __init__(self, problems: Mapping[str, Iterable[Sentence]]) -> None:
        self.problems: dict[str, tuple[Sentence, ...]] = {name: tuple(told) for name, told in problems.items()}
        super().__init__("; ".join(f"{name}: {told[0].msgid}" for name, told in self.problems.items() if told))

    @property
    def reasons(self) -> tuple[Sentence, ...]:
        return tuple(sentence for told in self.problems.values() for sentence in told)


class NotFound(Exception):  # noqa: N818  (see Refused)
    """The record is absent or not the reader's: the same answer for both (HTTP 404)."""


class Stale(Exception):  # noqa: N818  (see Refused)
    """Somebody else saved the record since its form was opened (HTTP 409)."""

    reasons = (Sentence("Somebody else changed this since you opened it. Look at it again, then decide."),)

    def __init__(self, record: object, saved_version: int) -> None:
        super().__init__(f"the record is at version {saved_version} by now")
        self.record = record
        self.saved_version = saved_version
