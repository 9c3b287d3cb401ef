"""The fields of what programs read and send: each says in JSON Schema what it is, and is read or written by that.

Amounts are decimal texts, moments carry Shanghai's offset, days are ISO, coded choices are their codes. What is sent
is read by `kernel.arguments`, as a form's answers are, once its JSON type is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from kernel.actor import ReaderKind
from kernel.arguments import MOST_TEXT, read_value
from kernel.clock import local
from kernel.errors import Invalid
from kernel.words import Sentence

Json = dict[str, Any]

DECIMAL = r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOST_WHOLE = 999_999_999_999
MOST_LISTED = 200
KINDS: Mapping[type, Json] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Decimal: {"type": "string", "pattern": DECIMAL},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
}


def plain(value: Any) -> Any:
    """Write a value as JSON has it."""
    match value:
        case StrEnum():
            return value.value
        case Sentence():
            return value.render()
        case Decimal():
            return str(value)
        case datetime():
            return local(value).isoformat()
        case date():
            return value.isoformat()
        case list() | tuple():
            return [plain(one) for one in value]
        case dict():
            return {name: plain(one) for name, one in value.items()}
        case _:
            return value


def schema_of_type(wanted: type) -> Json:
    """Give the JSON Schema of a plain type or a coded choice."""
    if issubclass(wanted, StrEnum):
        return {"type": "string", "enum": [member.value for member in wanted]}
    return dict(KINDS[wanted])


def or_null(schema: Json) -> Json:
    """Let a value be null besides."""
    told = schema | {"type": [schema["type"], "null"]}
    return told | {"enum": [*schema["enum"], None]} if "enum" in schema else told


class Shown(fields.Field):  # type: ignore[type-arg]
    """One value that programs read: its JSON Schema, where it comes from, and which readers get it (None: all)."""

    def __init__(
        self,
        schema: Json | type,
        of: Callable[[Any], Any] | None = None,
        *,
        nullable: bool = False,
        to: frozenset[ReaderKind] | None = None,
    ) -> None:
        super().__init__(dump_only=True)
        told = schema if isinstance(schema, dict) else schema_of_type(schema)
        self.schema = or_null(told) if nullable else told
        self.of = of
        self.to = to

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **_more: Any) -> Any:
        return plain(getattr(obj, attr) if self.of is None else self.of(obj))


def listed(item: Json | type) -> Json:
    """Give the JSON Schema of a list."""
    return {"type": "array", "items": item if isinstance(item, dict) else schema_of_type(item)}


def object_of(**parts: Json | type) -> Json:
    """Give the JSON Schema of an object with exactly these parts; a `_` at the end of a name lets the part be null."""
    told = {
        name.removesuffix("_"): or_null(part) if name.endswith("_") else part
        for name, given in parts.items()
        for part in [given if isinstance(given, dict) else schema_of_type(given)]
    }
    return {"type": "object", "properties": told, "required": [*told], "additionalProperties": False}


FILL_IN = Sentence("Please fill this in.")
UNSTORABLE = Sentence("This text holds signs that cannot be stored.")
WRONG_TYPE: Mapping[str, Sentence] = {
    "string": Sentence("A text belongs here."),
    "integer": Sentence("A whole number belongs here, between {least} and {most}.", least=-MOST_WHOLE, most=MOST_WHOLE),
    "boolean": Sentence("Here belongs true or false."),
    "decimal": Sentence("A decimal number belongs here as a text, such as “1200.00”."),
    "day": Sentence("A day belongs here as a text, such as “2026-11-27”."),
    "moment": Sentence("A moment with its offset belongs here, such as “2026-11-27T17:00:00+08:00”."),
    "choice": Sentence("Please choose one of the offered values."),
    "object": Sentence("An object belongs here."),
}


class Sent(fields.Field):  # type: ignore[type-arg]
    """One value that programs send: its JSON type is asked first, then it is read as a form's answer is."""

    def __init__(
        self,
        wanted: type,
        *,
        required: bool = True,
        default: Any = None,
        nullable: bool = False,
        most: int = MOST_TEXT,
    ) -> None:
        messages: Any = {"required": [FILL_IN], "null": [FILL_IN]}
        super().__init__(required=required, allow_none=nullable, error_messages=messages)
        self.wanted, self.default, self.most = wanted, default, most

    @property
    def schema(self) -> Json:
        told = schema_of_type(self.wanted)
        if self.wanted is str:
            told |= {"maxLength": self.most} | ({"minLength": 1} if self.required else {})
        if self.wanted is int:
            told |= {"minimum": -MOST_WHOLE, "maximum": MOST_WHOLE}
        return or_null(told) if self.allow_none else told

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_more: Any) -> Any:
        name = attr or ""
        read = READERS.get(self.wanted, _choice)(value)
        if not isinstance(read, str):
            return read
        try:
            return read_value(name, read, self.wanted, required=self.required, default=self.default, most=self.most)
        except Invalid as invalid:
            raise ValidationError(list(invalid.problems[name])) from None


def wrong(kind: str) -> ValidationError:
    """Say what belongs here."""
    return ValidationError([WRONG_TYPE[kind]])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong("string")
    if not value.isprintable() and any(
        (ord(sign) < 32 and sign not in "\n\r\t") or 0xD800 <= ord(sign) <= 0xDFFF or ord(sign) == 127  # noqa: PLR2004
        for sign in value
    ):
        raise ValidationError([UNSTORABLE])
    return value


def _whole(value: Any) -> int:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    number = Decimal(value) if is_number else Decimal("NaN")
    if number.is_nan() or abs(number) > MOST_WHOLE or number % 1:
        raise wrong("integer")
    return int(number)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong("boolean")
    return value


def _decimal(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(DECIMAL[1:-1], value):
        raise wrong("decimal")
    return value


def _day(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(DAY[1:-1], value):
        raise wrong("day")
    return value


def _moment(value: Any) -> datetime:
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.upper() else None
        if read is None or read.tzinfo is None:
            raise wrong("moment")
        local(read)
    except (ValueError, OverflowError):
        raise wrong("moment") from None
    return read


def _choice(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong("choice")
    return value


READERS: Mapping[type, Callable[[Any], Any]] = {
    str: _text,
    int: _whole,
    bool: _flag,
    Decimal: _decimal,
    date: _day,
    datetime: _moment,
}


class SentList(fields.Field):  # type: ignore[type-arg]
    """A list of values that programs send."""

    def __init__(
        self,
        item: fields.Field,  # type: ignore[type-arg]
        *,
        required: bool = True,
        nullable: bool = False,
        most: int = MOST_LISTED,
    ) -> None:
        messages: Any = {"required": [FILL_IN], "null": [FILL_IN]}
        super().__init__(required=required, allow_none=nullable, error_messages=messages)
        self.item, self.most = item, most

    @property
    def schema(self) -> Json:
        item: Any = self.item
        told = {"type": "array", "items": item.schema, "maxItems": self.most}
        return or_null(told) if self.allow_none else told

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_more: Any) -> Any:
        if not isinstance(value, list) or len(value) > self.most:
            raise ValidationError([Sentence("A list of at most {most} belongs here.", most=self.most)])
        read, problems = [], {}
        for place, one in enumerate(value):
            try:
                read.append(self.item.deserialize(one, attr, data))
            except ValidationError as error:
                problems[place] = error.messages
        if problems:
            raise ValidationError(problems)
        return read


class SentNamed(fields.Field):  # type: ignore[type-arg]
    """An object with as many parts of one kind as are sent, by names that only the record knows."""

    def __init__(self, item: fields.Field, *, required: bool = True) -> None:  # type: ignore[type-arg]
        messages: Any = {"required": [FILL_IN], "null": [FILL_IN]}
        super().__init__(required=required, error_messages=messages)
        self.item = item

    @property
    def schema(self) -> Json:
        item: Any = self.item
        return {"type": "object", "additionalProperties": item.schema}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_more: Any) -> Any:
        if not isinstance(value, dict):
            raise wrong("object")
        return SentObject(dict.fromkeys(value, self.item)).deserialize(value, attr, data)


class SentLater(fields.Field):  # type: ignore[type-arg]
    """A value that is read when the record is known which says what it must be."""

    def __init__(self, schema: Json) -> None:
        super().__init__(allow_none=True)
        self.schema = schema

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_more: Any) -> Any:
        return value


class SentObject(fields.Field):  # type: ignore[type-arg]
    """An object with named parts that programs send."""

    def __init__(self, parts: Mapping[str, fields.Field], *, required: bool = True) -> None:  # type: ignore[type-arg]
        messages: Any = {"required": [FILL_IN], "null": [FILL_IN]}
        super().__init__(required=required, error_messages=messages)
        self.parts = parts

    @property
    def schema(self) -> Json:
        return schema_of_parts(self.parts)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_more: Any) -> Any:
        if not isinstance(value, dict):
            raise wrong("object")
        problems: dict[str, Any] = {
            name: [Sentence("This is not asked for here.")] for name in value if name not in self.parts
        }
        read = {}
        for name, part in self.parts.items():
            if name not in value and not part.required:
                continue
            try:
                given = (value[name],) if name in value else ()
                read[name] = part.deserialize(*given, name, value) if given else part.deserialize(_missing(), name)
            except ValidationError as error:
                problems[name] = error.messages
        if problems:
            raise ValidationError(problems)
        return read


def _missing() -> Any:
    from marshmallow import missing  # noqa: PLC0415

    return missing


def schema_of_parts(parts: Mapping[str, Any]) -> Json:
    """Give the JSON Schema of named fields; nothing else may stand beside them."""
    return {
        "type": "object",
        "properties": {name: part.schema for name, part in parts.items()},
        "required": [name for name, part in parts.items() if is_always_there(part)],
        "additionalProperties": False,
    }


def is_always_there(part: Any) -> bool:
    """Say whether a field is in every answer, or must be in every request."""
    return part.to is None if isinstance(part, Shown) else bool(part.required)
