"""The typed arguments of a deed: declared once in its signature, read by forms, the API and tests.

def return_application(application: Application, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)])
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from unicodedata import normalize

from kernel.errors import Invalid
from kernel.money import yuan
from kernel.words import Sentence, word_of

MOST_MONEY = Decimal("999999999999.99")
MOST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Ask:
    """How an argument is asked for: `label` and `hint` are msgids."""

    label: str
    hint: str = ""
    long: bool = False
    most: int = MOST_TEXT


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a deed: its name, type, whether it must be given, and how it is asked for."""

    name: str
    type: type
    required: bool
    default: Any
    ask: Ask

    @property
    def kind(self) -> str:
        """Give the control that a form shows: text, textarea, money, number, date, choice, checkbox or file."""
        if issubclass(self.type, StrEnum):
            return "choice"
        if self.type is str:
            return "textarea" if self.ask.long else "text"
        return {Decimal: "money", int: "number", date: "date", bool: "checkbox"}.get(self.type, "file")

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """Give (value, msgid) of a choice."""
        if not issubclass(self.type, StrEnum):
            return ()
        return tuple((member.value, word_of(member)) for member in self.type)

    def read(self, typed: Any) -> Any:
        """Turn what a person typed into the argument's value.

        Raises Invalid with one sentence under the argument's name.
        """
        return read_value(self.name, typed, self.type, required=self.required, default=self.default, most=self.ask.most)


def read_value(
    name: str,
    typed: Any,
    wanted: type,
    *,
    required: bool = True,
    default: Any = None,
    most: int = MOST_TEXT,
) -> Any:
    """Turn typed text into a value of `wanted`; full-width figures and separators are taken.

    Raises Invalid with one sentence under `name`.
    """
    if wanted is bool:
        return typed in {"1", "on", "true", "y", True}
    if wanted is str and isinstance(typed, str):
        typed = "".join(sign for sign in typed if sign in "\n\t" or ord(sign) >= 32)  # noqa: PLR2004  (control signs)
    if typed is None or (isinstance(typed, str) and not typed.strip()):
        if required:
            raise Invalid({name: [Sentence("Please fill this in.")]})
        return default
    if not isinstance(typed, str):
        if _is_written(wanted) and not isinstance(typed, wanted):
            raise Invalid({name: [Sentence("A file cannot stand here; please write it.")]})
        return typed
    try:
        return _parse(typed.strip(), wanted, most)
    except _Unreadable as unreadable:
        raise Invalid({name: [unreadable.sentence]}) from None


def _is_written(wanted: type) -> bool:
    return wanted in {str, int, Decimal, date} or issubclass(wanted, StrEnum)


class _Unreadable(Exception):  # noqa: N818  (never leaves this file)
    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.msgid)
        self.sentence = sentence


def _parse(text: str, wanted: type, most: int) -> Any:
    if wanted is str:
        if len(text) > most:
            raise _Unreadable(
                Sentence("At most {most} characters; there are {count}.", most=most, count=len(text)),
            )
        return text
    plain = "".join(normalize("NFKC", text).replace(",", "").split())
    if wanted is Decimal:
        return _money(plain.replace("−", "-").replace("¥", "").replace("元", ""))
    if wanted is int:
        return _count(plain)
    if wanted is date:
        return _day(plain)
    if issubclass(wanted, StrEnum) and text in {member.value for member in wanted}:
        return wanted(text)
    raise _Unreadable(Sentence("Please choose one of the offered values."))


def _money(plain: str) -> Decimal:
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise _Unreadable(Sentence("Please write an amount in yuan, such as 1200.00.")) from None
    if not amount.is_finite() or abs(amount) > MOST_MONEY:
        raise _Unreadable(Sentence("Please write an amount in yuan, such as 1200.00."))
    if amount != yuan(amount):
        raise _Unreadable(Sentence("An amount has at most two decimal places."))
    return yuan(amount)


def _count(plain: str) -> int:
    if not plain.removeprefix("-").isdecimal() or len(plain) > 12:  # noqa: PLR2004  (beyond any count of people)
        raise _Unreadable(Sentence("Please write a whole number."))
    return int(plain)


def _day(plain: str) -> date:
    try:
        return date.fromisoformat(plain.replace("/", "-").replace(".", "-"))
    except ValueError:
        raise _Unreadable(Sentence("Please write a day such as 2026-11-27.")) from None


def arguments_of(body: Callable[..., Any]) -> tuple[Argument, ...]:
    """Read the keyword-only arguments of a deed, besides its actor, from its signature."""
    hints = get_type_hints(body, include_extras=True)
    found = []
    for parameter in inspect.signature(body).parameters.values():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or parameter.name == "actor":
            continue
        wanted, ask = _unfold(hints[parameter.name], parameter.name)
        required = parameter.default is inspect.Parameter.empty
        default = None if required else parameter.default
        found.append(Argument(parameter.name, wanted, required, default, ask))
    return tuple(found)


def _unfold(hint: Any, name: str) -> tuple[type, Ask]:
    ask = Ask(name.replace("_", " ").capitalize())
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        ask = next((extra for extra in extras if isinstance(extra, Ask)), ask)
    if get_origin(hint) in {Union, UnionType}:
        hint = next(part for part in get_args(hint) if part is not type(None))
    return hint, ask


def read_arguments(arguments: tuple[Argument, ...], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Read all arguments at once.

    Raises Invalid with every problem, field by field.
    """
    values: dict[str, Any] = {}
    problems: dict[str, tuple[Sentence, ...]] = {}
    for argument in arguments:
        try:
            values[argument.name] = argument.read(typed.get(argument.name))
        except Invalid as invalid:
            problems.update(invalid.problems)
    if problems:
        raise Invalid(problems)
    return values
