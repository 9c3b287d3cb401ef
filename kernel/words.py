"""Sentences that rules return: an English msgid with parameters, rendered for whoever reads it.

Knows no Flask. What is stored (reasons of a check, a notice) is the sentence, not its rendering, so that each
reader gets it in their own language, years later too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from kernel.clock import local
from kernel.money import format_yuan

Translate = Callable[[str, str | None, Sequence[str]], str]
"""Puts a msgid into a language; the names of its parts that are 1 tell a language with a singular which form it takes."""


def _as_written(msgid: str, _locale: str | None, _ones: Sequence[str]) -> str:
    return msgid


_translate: list[Translate] = [_as_written]


def use_translator(translate: Translate) -> None:
    """Let the application say how a msgid is put into a language (None: the reader's own)."""
    _translate[0] = translate


class Sentence:
    """One sentence for a person: `Sentence("Reduce it by {amount}.", amount=Decimal("1200"))`."""

    __slots__ = ("msgid", "params")

    def __init__(self, msgid: str, /, **params: Any) -> None:
        self.msgid = msgid
        self.params: Mapping[str, Any] = params

    def render(self, locale: str | None = None) -> str:
        """Put the sentence into `locale` ("zh", "en"), or into the present reader's language."""
        shown = self.shown(locale)
        text = _translate[0](self.msgid, locale, [name for name, told in shown.items() if told == "1"])
        return text.format(**shown) if shown else text

    def shown(self, locale: str | None = None) -> dict[str, str]:
        """Give the parameters as they stand in the sentence."""
        return {name: _show(value, locale) for name, value in self.params.items()}

    def __str__(self) -> str:
        return self.render()

    def __repr__(self) -> str:
        return f"Sentence({self.msgid!r}, {dict(self.params)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and (self.msgid, self.params) == (other.msgid, other.params)

    def __hash__(self) -> int:
        return hash((self.msgid, tuple(sorted((name, str(value)) for name, value in self.params.items()))))

    def dump(self) -> dict[str, Any]:
        """Give the sentence as plain JSON, so that it can be stored and read in any language later."""
        return {"msgid": self.msgid, "params": {name: _dump(value) for name, value in self.params.items()}}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Sentence:
        """Read a sentence back from what `dump` wrote."""
        return cls(stored["msgid"], **{name: _load(value) for name, value in stored.get("params", {}).items()})


def _show(value: Any, locale: str | None) -> str:
    match value:
        case Sentence():
            return value.render(locale)
        case StrEnum():
            return _translate[0](word_of(value), locale, ())
        case Decimal():
            return format_yuan(value)
        case datetime():
            return f"{local(value):%Y-%m-%d %H:%M}"
        case date():
            return f"{value:%Y-%m-%d}"
        case list() | tuple():
            return _translate[0](", ", locale, ()).join(_show(one, locale) for one in value)
        case _:
            return str(value)


def one_after_another(told: Iterable[str]) -> str:
    """Put whole sentences behind each other: a space between them, but none after a full-width stop."""
    text = ""
    for sentence in told:
        text += sentence if not text or text.endswith(("。", "？", "！", "；")) else f" {sentence}"
    return text


def word_of(choice: StrEnum) -> str:
    """Give the msgid of a state or another coded choice: its own `word`, else its code with spaces."""
    told = getattr(choice, "word", None)
    return str(told) if told else choice.value.replace("_", " ").capitalize()


def _dump(value: Any) -> Any:
    match value:
        case Sentence():
            return {"sentence": value.dump()}
        case StrEnum():
            return {"sentence": Sentence(word_of(value)).dump()}
        case Decimal():
            return {"decimal": str(value)}
        case datetime():
            return {"datetime": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case _:
            return value


def _load(value: Any) -> Any:
    match value:
        case {"sentence": told}:
            return Sentence.load(told)
        case {"decimal": told}:
            return Decimal(told)
        case {"datetime": told}:
            return datetime.fromisoformat(told)
        case {"date": told}:
            return date.fromisoformat(told)
        case _:
            return value
