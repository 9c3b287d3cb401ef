"""What a record is to programs: a marshmallow schema out of named columns, and a schema of what a deed asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from kernel.actor import ReaderKind
from kernel.api.fields import Json, Sent, SentList, Shown, listed, object_of
from kernel.arguments import Argument
from kernel.db import Choice, Fact
from kernel.words import Sentence

Parts = Mapping[str, Any]
STRANGE = Sentence("This is not asked for here.")
NAMED = object_of(id=int, name=str)


class Shape(Schema):
    """The base of every schema here: what nobody asks for is a problem, told as a sentence."""

    error_messages: Any = {"unknown": STRANGE}


def shape(name: str, parts: Parts) -> type[Shape]:
    """Make a schema of these fields."""
    made: Any = Shape.from_dict(dict(parts), name=name)
    return made


def columns_of(model: type[Fact], names: str) -> dict[str, Shown]:
    """Give the fields of some columns of a model, by their names."""
    return {name: _column(model, name) for name in names.split()}


def _column(model: type[Fact], name: str) -> Shown:
    column = model.__table__.c[name]
    return Shown(_schema_of(column.type), nullable=bool(column.nullable))


def _schema_of(kind: Any) -> Json | type:
    match kind:
        case Choice():
            return kind.choices
        case ARRAY() | JSONB():
            return listed(str)
        case Boolean():
            return bool
        case Integer():
            return int
        case Numeric():
            return Decimal
        case DateTime():
            return datetime
        case Date():
            return date
        case _:
            return str


def parts_of(record: Any, schema: Json) -> Json:
    """Give the parts of a record that a schema names."""
    return {name: getattr(record, name) for name in schema["properties"]}


def named(of: Callable[[Any], Any]) -> Shown:
    """Give the field of another record: its id and how people call it; null where its reader may not see it."""

    def told(record: Any) -> Json | None:
        found = of(record)
        return None if found is None else {"id": found.id, "name": str(found)}

    return Shown(NAMED, told, nullable=True)


def only_for(kinds: Sequence[ReaderKind], parts: Mapping[str, Shown]) -> dict[str, Shown]:
    """Keep fields for some kinds of reader."""
    for part in parts.values():
        part.to = frozenset(kinds)
    return dict(parts)


@lru_cache(maxsize=200)
def for_reader(shape: type[Schema], kind: ReaderKind) -> Schema:
    """Give a schema as a kind of reader gets it."""
    declared: Mapping[str, Any] = shape._declared_fields  # noqa: SLF001  (marshmallow's own register of a class)
    return shape(only=[name for name, part in declared.items() if part.to is None or kind in part.to])


def sent(argument: Argument) -> fields.Field:  # type: ignore[type-arg]
    """Give the field by which a program sends an argument of a deed."""
    if issubclass(argument.type, tuple):
        return SentList(Sent(str, most=100), required=False)
    nullable = not argument.required and argument.default is None
    return Sent(
        argument.type, required=argument.required, default=argument.default, nullable=nullable, most=argument.ask.most
    )


def asked_by(arguments: Sequence[Argument], *, but: Sequence[str] = ()) -> dict[str, Any]:
    """Give the fields of a deed's arguments."""
    return {argument.name: sent(argument) for argument in arguments if argument.name not in but}


def optional(parts: Parts) -> dict[str, Any]:
    """Let none of these fields have to be sent: a change names what it changes."""
    freed = {name: copy(part) for name, part in parts.items()}
    for part in freed.values():
        part.required = False
    return freed
