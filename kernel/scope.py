"""Who sees which rows: one rule per model, kept twice.

A rule says for each kind of reader which rows of a model they see. The session adds it to every ORM SELECT, and
`policies()` writes the same rule as row-level security for the reader's database role, so that raw SQL, a bulk
statement or a forgotten filter meets it again. Without an identity nothing is seen.

Deeds run inside `whole()`: their guards must see what the actor may not (the sum of a budget, the other half of a
pair), under a database role of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    False_,
    Index,
    Select,
    True_,
    bindparam,
    event,
    false,
    func,
    inspect as sql_inspect,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.visitors import replacement_traverse

from kernel.actor import Actor, ReaderKind
from kernel.clock import now
from kernel.db import Fact, Record, db
from kernel.statements import derived


class Sight(Record):
    """A person may see one record for a time: an assignment opens it, handing in closes it."""

    __tablename__ = "sight"
    __table_args__ = (Index("ix_sight_user_kind", "user_id", "kind", "record_id", unique=True),)

    user_id: Mapped[int]
    kind: Mapped[str]
    record_id: Mapped[int]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Reader:
    """What a rule may ask of its reader: bound values in a query, settings of the connection in a policy."""

    user_id: ColumnElement[int]
    organization_id: ColumnElement[int]
    moment: ColumnElement[datetime]

    def sights(self, kind: str) -> Select[tuple[int]]:
        """Give the ids of the records of `kind` that are open to the reader now."""
        sight = Sight.__table__.c
        return select(sight.record_id).where(
            sight.user_id == self.user_id,
            sight.kind == kind,
            sight.opens_at <= self.moment,
            or_(sight.closes_at.is_(None), sight.closes_at > self.moment),
        )


Rows = Mapping[ReaderKind, ColumnElement[bool]]
Rule = Callable[[Reader], Rows]

RULES: dict[type[Fact], Rule] = {}


def scope(model: type[Fact]) -> Callable[[Rule], Rule]:
    """Declare who sees which rows of `model`; a kind of reader that is not named sees none."""

    def declare(rule: Rule) -> Rule:
        RULES[model] = rule
        return rule

    return declare


def rows_for(model: type[Fact], kind: ReaderKind, reader: Reader) -> ColumnElement[bool]:
    """Give the condition under which a reader of `kind` sees a row of `model`."""
    if kind is ReaderKind.DEED:
        return true()
    rule = RULES.get(model)
    return false() if rule is None else rule(reader).get(kind, false())


def through(column: Any, parent: type[Fact], reader: Reader, kind: ReaderKind) -> ColumnElement[bool]:
    """Let a row be seen by whoever sees the row of `parent` that `column` names."""
    allowed = rows_for(parent, kind, reader)
    if isinstance(allowed, True_):
        return true()
    if isinstance(allowed, False_):
        return false()
    found: ColumnElement[bool] = column.in_(select(parent.__table__.c.id).where(allowed))
    return found


def like_parent(column: Any, parent: type[Fact], reader: Reader) -> Rows:
    """Give a child table the sight of its parent, for every kind of reader."""
    return {kind: through(column, parent, reader, kind) for kind in ReaderKind if kind is not ReaderKind.DEED}


@scope(Sight)
def visible_sights(reader: Reader) -> Rows:
    own = Sight.__table__.c.user_id == reader.user_id
    return {ReaderKind.PANEL: own, ReaderKind.ORG: own, ReaderKind.STAFF: true()}


@dataclass(frozen=True, slots=True)
class View:
    """Through whose eyes a session reads now, and whether it is a deed that sees all."""

    actor: Actor
    options: tuple[LoaderCriteriaOption, ...]
    is_whole: bool = False
    reason: str = ""


def session_reader() -> Reader:
    """Give the reader as a query sees it: whoever the session reads for at the moment the query is carried out."""
    return Reader(
        user_id=_asked("reader_user_id", lambda actor: actor.user_id),
        organization_id=_asked("reader_organization_id", lambda actor: actor.organization_id),
        moment=select(func.yulan_moment()).scalar_subquery(),
    )


def _asked(name: str, told: Callable[[Actor], int | None]) -> ColumnElement[int]:
    def value() -> int:
        view: View | None = db.session().info.get("view")
        found = None if view is None else told(view.actor)
        return -1 if found is None else found

    return bindparam(name, type_=BigInteger, callable_=value)


def _criteria(actor: Actor) -> tuple[LoaderCriteriaOption, ...]:
    return _criteria_of(actor.kind)


@lru_cache(maxsize=len(ReaderKind))
def _criteria_of(kind: ReaderKind) -> tuple[LoaderCriteriaOption, ...]:
    """Write down once what a kind of reader sees; who reads is asked by each query, so that all of a kind share these."""
    reader = session_reader()
    told = ((model, rows_for(model, kind, reader)) for model in all_records())
    return tuple(
        # Each later load is narrowed anew, by who reads then: criteria that travelled with a record would make a deed
        # read its relations through its reader's eyes.
        with_loader_criteria(model, adaptable(model, rows), include_aliases=True, propagate_to_loaders=False)
        for model, rows in told
        if not isinstance(rows, True_)
    )


def adaptable(model: type[Fact], rows: ColumnElement[bool]) -> ColumnElement[bool]:
    """Put the model's attributes for its columns, so that the rule follows the model into an alias or a joined load."""
    mapper = sql_inspect(model)
    attributes = {column: getattr(model, mapper.get_property_by_column(column).key) for column in mapper.local_table.c}

    def attribute_of(element: Any, **_: Any) -> Any:
        found = attributes.get(element) if isinstance(element, Column) else None
        return None if found is None else found.__clause_element__()

    put: ColumnElement[bool] = replacement_traverse(rows, {}, attribute_of)
    return put


def all_records() -> list[type[Fact]]:
    """Give every mapped class of ours, deepest last."""
    found: list[type[Fact]] = []
    pending = list(Fact.__subclasses__())
    while pending:
        model = pending.pop(0)
        pending.extend(model.__subclasses__())
        if "__tablename__" in model.__dict__:
            found.append(model)
    return found


def see_as(actor: Actor) -> None:
    """Let this thread's session read through the eyes of `actor` from here on."""
    session = db.session()
    session.info["view"] = View(actor, _criteria(actor))
    _apply(session)


@contextmanager
def whole(actor: Actor, reason: str) -> Iterator[Session]:
    """Run a deed with full sight, under the deeds' database role; what it changed is flushed before it ends."""
    session = db.session()
    before: View | None = session.info.get("view")
    if before is not None and before.is_whole:
        yield session
        return
    session.info["view"] = View(actor, (), is_whole=True, reason=reason)
    _apply(session)
    try:
        yield session
        session.flush()
    finally:
        session.info["view"] = before
        # Where the transaction is broken, what broke it is told; the next one begins with the right role.
        with suppress(DBAPIError, PendingRollbackError):
            _apply(session)


def _apply(session: Session) -> None:
    if session.in_transaction() and session.is_active:
        _take_role(session, session.connection())


def _take_role(session: Session, connection: Connection) -> None:
    view: View | None = session.info.get("view")
    if view is None:
        connection.execute(text("SET LOCAL ROLE NONE"))
        return
    actor = view.actor
    role = ReaderKind.DEED if view.is_whole else actor.kind
    connection.info["role"] = role.value  # a plan is made for a role
    # Each request says it: nothing is to be compiled, nor planned.
    connection.exec_driver_sql(
        f"SET LOCAL ROLE {role.database_role}; SET LOCAL yulan.user_id = %(user)s; "
        "SET LOCAL yulan.organization_id = %(organization)s; SET LOCAL yulan.moment = %(moment)s",
        {
            "user": str(actor.user_id or ""),
            "organization": str(actor.organization_id or ""),
            "moment": now().isoformat(),
        },
    )


@event.listens_for(Session, "after_begin")
def _begin_with_role(session: Session, _transaction: object, connection: Connection) -> None:
    if session.info.get("view") is not None:
        _take_role(session, connection)


@lru_cache(maxsize=1)
def _nothing() -> tuple[LoaderCriteriaOption, ...]:
    return tuple(
        with_loader_criteria(model, false(), include_aliases=True, propagate_to_loaders=False)
        for model in all_records()
    )


@event.listens_for(Session, "do_orm_execute")
def _add_scope(state: ORMExecuteState) -> None:
    view: View | None = state.session.info.get("view")
    if state.is_select and (state.is_column_load or state.lazy_loaded_from is not None):
        state.update_execution_options(planned=True)  # they find by key
    if view is not None and view.is_whole:
        return
    options = view.options if view is not None else _nothing()
    if options and (state.is_select or state.is_update or state.is_delete):
        bare = state.statement
        state.statement = derived(bare, ("scope", options), lambda: bare.options(*options))


def policy_reader() -> Reader:
    """Give the reader as a policy sees it: the settings that `_take_role` writes on the connection."""
    return Reader(
        user_id=select(func.yulan_user_id()).scalar_subquery(),
        organization_id=select(func.yulan_organization_id()).scalar_subquery(),
        moment=select(func.yulan_moment()).scalar_subquery(),
    )
