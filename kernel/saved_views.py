"""Saved views of registers: filters, words and order under a name, one's own or shared with colleagues."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any

from sqlalchemy import CheckConstraint, Index, Select, UniqueConstraint, false, func, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import Actor, ReaderKind
from kernel.arguments import Ask
from kernel.db import Record, db
from kernel.scope import Reader, Rows, scope
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

MOST = 30

Name = Annotated[str, Ask("Name of the view", most=40)]
Shared = Annotated[bool, Ask("Share it with colleagues")]
Default = Annotated[bool, Ask("Open the register with it")]


class SavedView(Record):
    """What somebody asked of a register, kept under a name; `register` is the view's endpoint."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("owner_id", "register", "name"),
        CheckConstraint("btrim(name) <> ''", name="has_a_name"),
        Index("uq_saved_view_default", "owner_id", "register", unique=True, postgresql_where=text("is_default")),
        Index("ix_saved_view_register", "register"),
    )

    owner_id: Mapped[int]
    register: Mapped[str]
    name: Mapped[str]
    address: Mapped[dict[str, Any]]
    is_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_default: Mapped[bool] = mapped_column(default=False, server_default=false())

    def __str__(self) -> str:
        return self.name


@scope(SavedView)
def visible_views(reader: Reader) -> Rows:
    view = SavedView.__table__.c
    return {ReaderKind.STAFF: or_(view.owner_id == reader.user_id, view.is_shared)}


def saved_views_of(register: str) -> Sequence[SavedView]:
    """Give the reader's own views of a register and those that colleagues share, by name."""
    return db.session.scalars(_views_of(register)).all()


@lru_cache(maxsize=100)
def _views_of(register: str) -> Select[tuple[SavedView]]:
    return (
        select(SavedView)
        .where(SavedView.register == register)
        .order_by(SavedView.name, SavedView.id)
        .execution_options(planned=True)
    )


@deed("save", "SavedView")
def save_view(
    register: str,
    address: dict[str, Any],
    *,
    actor: Actor,
    name: Name,
    is_shared: Shared = False,
    is_default: Default = False,
) -> SavedView:
    """Keep what a register is asked for under a name.

    Raises Refused for a name that one has given already, and beyond thirty views of a register.
    """
    mine = _own(actor, register)
    held = db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    refuse_if(Sentence("You have {n} views here already. Remove one first.", n=MOST) if held >= MOST else None)
    if is_default:
        _drop_default(actor, register)
    view = SavedView(
        owner_id=actor.user_id,
        register=register,
        name=name.strip(),
        address=address,
        is_shared=is_shared,
        is_default=is_default,
    )
    db.session.add(view)
    db.session.flush()
    return view


@deed("save", "SavedView")
def change_view(
    view: SavedView, *, actor: Actor, name: Name, is_shared: Shared = False, is_default: Default = False
) -> None:
    """Give one's view another name, share it or not, and let the register open with it or not."""
    refuse_if(is_own(view, actor))
    if is_default and not view.is_default:
        _drop_default(actor, view.register)
    lock(view)
    view.name, view.is_shared, view.is_default = name.strip(), is_shared, is_default


@deed("save", "SavedView")
def remove_view(view: SavedView, *, actor: Actor) -> None:
    """Remove one's view; colleagues with whom it was shared lose it as well."""
    refuse_if(is_own(view, actor))
    lock(view)
    db.session.delete(view)


def is_own(view: SavedView, actor: Actor) -> Sentence | None:
    if view.owner_id == actor.user_id:
        return None
    return Sentence("This view is a colleague's. Save one of your own instead.")


def _own(actor: Actor, register: str) -> Select[tuple[SavedView]]:
    return select(SavedView).where(SavedView.owner_id == actor.user_id, SavedView.register == register)


def _drop_default(actor: Actor, register: str) -> None:
    for view in db.session.scalars(_own(actor, register).where(SavedView.is_default)):
        view.is_default = False
    db.session.flush()
