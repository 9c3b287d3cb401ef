"""Every deed of the house, found in its operations, with what the world offers to do it on.

A deed is called as its module offers it; what it asks is filled in by the type of each argument.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from io import BytesIO
from itertools import islice, product
from pkgutil import walk_packages
from types import UnionType
from typing import Annotated, Any, BinaryIO, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from sqlalchemy import func, select

import config
from grants.states import AttachmentKind
from kernel.actor import Actor, ReaderKind
from kernel.clock import now, today
from kernel.db import Fact, db, transaction
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.module import MODULES
from kernel.scope import see_as, whole
from kernel.workflow import Workflow
from tests.factories.hostile import SOUND_PDF
from tests.factories.people import credit_code
from tests.house.world import PEOPLE, SYSTEM, World

TRIES = 8
NO = (Refused, Invalid, NotFound, Stale)


@dataclass(frozen=True)
class Deed:
    """One deed: its name, the function that carries it out, and, if it is a step, the table that it stands in."""

    name: str
    call: Callable[..., Any]
    flow: Workflow[Any] | None = None
    step: str = ""

    @property
    def subject(self) -> type[Fact] | None:
        """Give the kind of record that it is done on, if there is one."""
        first = next(iter(inspect.signature(self.call).parameters.values()))
        wanted = _hints(self.call).get(first.name)
        is_record = first.kind is not inspect.Parameter.KEYWORD_ONLY and _is_record(wanted)
        return wanted if is_record else None


def all_deeds() -> list[Deed]:
    """Give the steps of all workflows and the other deeds of all modules, by name."""
    found = {
        f"{flow.kind}.{name}": Deed(f"{flow.kind}.{name}", take, flow, name)
        for module in MODULES
        for flow in module.workflows
        for name, take in flow.steps.items()
    }
    steps = {deed.call for deed in found.values()}
    for name in config.MODULES:
        package = import_module(f"{name}.operations")
        for told in walk_packages(package.__path__, f"{name}.operations."):
            for one in vars(import_module(told.name)).values():
                if _is_deed(one) and one not in steps and one.__module__ == told.name:
                    found[f"{told.name.rpartition('.')[2]}.{one.__name__}"] = Deed(one.__name__, one)
    return [found[key] for key in sorted(found)]


def _is_deed(thing: object) -> bool:
    code = getattr(thing, "__code__", None)
    return inspect.isfunction(thing) and code is not None and code.co_qualname.startswith("deed.<locals>")


@dataclass(frozen=True)
class Chance:
    """A deed that somebody can do in the world: on which record, and with what."""

    deed: Deed
    actor: Actor
    subject: tuple[type[Fact], int] | None
    given: tuple[Any, ...]
    asked: Mapping[str, Any]

    def take(self) -> None:
        """Do it as a door does, in one transaction, by the person of the role whose the record is."""
        see_as(self.actor)
        record = [find(*self.subject)] if self.subject else []
        actor = _whose(self.actor, *record)
        asked = {name: _fresh(value) for name, value in self.asked.items()}
        with transaction():
            self.deed.call(*record, *map(_fresh, self.given), actor=actor, **asked)


def find(model: type[Fact], pk: int) -> Any:
    """Give a record with full sight, as somebody who may do the deed would have it."""
    with whole(SYSTEM, "tests"):
        return db.session.scalars(select(model).where(model.id == pk)).one()


def _whose(actor: Actor, record: Any = None) -> Actor:
    """Give the person of this role who works on this record: of its organization, its reviewer, its evaluator."""
    person = getattr(record, "reviewer_id", None) or getattr(record, "evaluator_id", None)
    if actor.kind is ReaderKind.PANEL and person is not None:
        return replace(actor, user_id=person)
    organization = getattr(record, "organization_id", None) or getattr(record, "id", None)
    return replace(actor, organization_id=organization) if actor.kind is ReaderKind.ORG else actor


def chances(world: World, deed: Deed) -> Iterator[Chance]:
    """Give ways to try a deed, the likeliest first: newest and oldest records, each with whoever may."""
    parameters = [one for one in inspect.signature(deed.call).parameters.values() if one.name != "actor"]
    subject, hints = deed.subject, _hints(deed.call)
    positional = [one for one in parameters if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    rest = positional[1:] if subject else positional
    if any(one.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} for one in parameters):
        return
    given = tuple(_filled(one, hints) for one in rest)
    asked = {one.name: _filled(one, hints) for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY}
    for pk, actor in islice(product(_records(world, deed), _actors(world)), TRIES * len(PEOPLE)):
        yield Chance(deed, actor, (subject, pk) if subject else None, given, asked)


def possible(world: World, deed: Deed) -> Chance | None:
    """Give the first way that is not refused."""
    for chance in chances(world, deed):
        if not _is_permitted(chance):
            continue
        with world.undone():
            try:
                chance.take()
            except NO:
                continue
            return chance
    return None


def _is_permitted(chance: Chance) -> bool:
    flow = chance.deed.flow
    if flow is None:
        told = inspect.getclosurevars(chance.deed.call).nonlocals
        return chance.actor.may(told["verb"], told["kind"])
    step = flow.transitions[chance.deed.step]
    return not step.by_person or chance.actor.may(step.verb, flow.kind)


def _actors(world: World) -> list[Actor]:
    return [world.actors[role] for role in PEOPLE]


def _records(world: World, deed: Deed) -> Sequence[int]:
    if deed.subject is None:
        return [0]
    model: Any = deed.subject
    state = getattr(model, "state", None)
    place = func.row_number().over(partition_by=None if state is None else state, order_by=model.id.desc())
    ranked = select(model.id, place.label("place"))
    if deed.flow is not None:
        ranked = ranked.where(state.in_(deed.flow.transitions[deed.step].source))
    found = ranked.subquery()
    with whole(SYSTEM, "tests"):
        told = list(db.session.scalars(select(found.c.id).order_by(found.c.place, found.c.id.desc()).limit(TRIES)))
    db.session.remove()
    return told


def _hints(call: Callable[..., Any]) -> dict[str, Any]:
    return {name: _bare(hint) for name, hint in get_type_hints(call, include_extras=True).items()}


def _bare(hint: Any) -> Any:
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return _bare(next(part for part in get_args(hint) if part is not type(None)))
    return hint


def _is_record(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, Fact)


def _filled(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Any:
    """Fill in one argument by its type; what may be left out is left as it is."""
    wanted = hints[parameter.name]
    named = NAMED.get(parameter.name)
    if named is not None:
        return named
    if parameter.default is not inspect.Parameter.empty:
        return parameter.default
    if wanted is AttachmentKind:
        return AttachmentKind.OTHER
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return next(iter(wanted))
    if _is_record(wanted):
        with whole(SYSTEM, "tests"):
            found = db.session.scalar(select(wanted.id).order_by(wanted.id.desc()).limit(1))
        return (wanted, found)
    plain: dict[Any, Any] = {
        str: "示例说明文字，供试验之用。",
        Decimal: Decimal("1.00"),
        int: 1,
        bool: True,
        date: today(),
        datetime: now() + timedelta(days=20),
        UUID: UUID("6f1b1c1e-0000-4000-8000-00000000000a"),
        BinaryIO: SOUND_PDF,
    }
    if wanted in plain:
        return plain[wanted]
    return {} if get_origin(wanted) in {dict, Mapping} else []


NAMED: dict[str, Any] = {
    "filename": "示例.pdf",
    "registration_name": "示例.pdf",
    "authorization_name": "示例.pdf",
    "credit_code": credit_code(999_999),
    "announced_on": date(2026, 9, 1),
    "spent_on": date(2026, 11, 20),
    "held_on": date(2026, 11, 20),
    "reached_on": date(2026, 11, 20),
    "year": 2025,
    "no_interest": True,
    "not_employed": True,
    "declared": True,
    "invoice_key": "99998888777766665555",
    "scores": {"need": Decimal(1)},
}
"""What cannot be guessed from its type alone."""


def _fresh(value: Any) -> Any:
    """Give an argument as one call needs it: a stream begins anew, a record is read anew."""
    if isinstance(value, bytes):
        return BytesIO(value)
    if isinstance(value, tuple) and len(value) == 2 and _is_record(value[0]):
        return find(*value)
    return value
