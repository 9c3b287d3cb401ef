"""How a register is narrowed, ordered and paged: read from the address, clamped, and nothing that is not named."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from kernel import pages
from kernel.database.planned import WITH_VALUES
from kernel.db import Fact
from kernel.speech import gettext as _
from kernel.statements import derived

SIZES = (25, 50, 100)
COUNTED_TO = 10_000
FEW = 3_000
"""So many are sorted in less time than it takes to find a page of them along an index of a million.

A third of them where one filter alone narrows: it has an index of its own, and the planner knows how many there are.
"""
READ_FROM_BOTH_ENDS = 1_000
LONGEST_WORD = 100
FAR = 1_000_000

Cell = Callable[[Any], Any]
UrlOf = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in addresses, its label (lazy), what a row shows, and what it is ordered by."""

    key: str
    label: Any
    cell: Cell
    sort: Any = None
    numeric: bool = False
    hide_phone: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow: its name in addresses, its label, its choices, and the condition for a value.

    One without a label stands behind the saved views: the address knows it, the filter bar does not offer it.
    """

    name: str
    label: Any
    choices: Callable[[], Sequence[tuple[str, Any]]]
    where: Callable[[str], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Search:
    """The search field: its placeholder and the condition for a word."""

    placeholder: Any
    where: Callable[[str], ColumnElement[bool]]
    name: str = "q"


@dataclass(frozen=True, slots=True)
class ListState:
    """What a reader asked of a register; `order` is a column's key, with a minus for the other way round."""

    page: int
    size: int
    order: str
    word: str
    chosen: Mapping[str, str]
    counts: Mapping[str, int | None] = field(default_factory=dict)
    """Saved view → how many rows it has, None for more than are worth counting, where a register counts its views."""

    @classmethod
    def read(
        cls,
        args: Mapping[str, str],
        *,
        columns: Sequence[Column],
        filters: Sequence[Filter],
        order: str,
    ) -> ListState:
        """Read the address: pages and sizes are clamped; an unknown order is refused with 400, as a guess at columns."""
        args = dict(args.items())  # werkzeug's own answers what is not there by making an error of it
        asked = args.get("order") or order
        known = {column.key for column in columns if column.sort is not None} | {"id"}
        if asked.removeprefix("-") not in known:
            raise BadRequest
        size = _whole(args.get("size"), SIZES[0])
        chosen = {
            entry.name: value for entry in filters if (value := args.get(entry.name, "")) and _known(entry, value)
        }
        return cls(
            page=min(max(1, _whole(args.get("page"), 1)), FAR),
            size=size if size in SIZES else SIZES[0],
            order=asked,
            word=args.get("q", "").replace("\x00", "").strip()[:LONGEST_WORD],
            chosen=chosen,
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.word or self.chosen)

    @property
    def is_many(self) -> bool:
        """Whether the views' counts tell that there are more rows than are worth counting."""
        here = self.chosen.get("view", "")
        return not self.word and not set(self.chosen) - {"view"} and here in self.counts and self.counts[here] is None

    def known_total(self) -> int | None:
        """Give the count of the rows where the views' counts tell it exactly: nothing else narrows the register."""
        if self.word or set(self.chosen) - {"view"}:
            return None
        return self.counts.get(self.chosen.get("view", ""))

    def values(self, **other: Any) -> dict[str, Any]:
        """Give the address of this state with some parts changed; empty parts are left out."""
        told: dict[str, Any] = {**self.chosen, "q": self.word, "order": self.order, "size": self.size} | other
        if told.get("size") == SIZES[0]:
            told.pop("size")
        if told.get("page") == 1:
            told.pop("page")
        return {name: value for name, value in told.items() if value not in {"", None}}

    def page_of(
        self,
        wanted: Select[Any],
        columns: Sequence[Column],
        model: type[Fact],
        total: int,
        options: Sequence[Any],
    ) -> Select[Any]:
        """Give the rows of this page; a page past the end shows the last one.

        The few that a narrowed register has are found first and sorted then: along the index of the order they would be
        looked for in a million rows, since a planner takes them to be spread evenly over it. What is loaded along is
        loaded for the rows of the page alone.
        """
        last_page = max(1, -(-total // self.size))
        start = (min(self.page, last_page) - 1) * self.size
        few = self.is_narrowed and total <= (FEW if self.word or len(self.chosen) > 1 else FEW // 3)
        return derived(
            wanted,
            ("page", self.order, self.size, start, few),
            lambda: self._page(wanted, columns, model, options, few=few, start=start),
        )

    def _page(
        self,
        wanted: Select[Any],
        columns: Sequence[Column],
        model: type[Fact],
        options: Sequence[Any],
        *,
        few: bool,
        start: int,
    ) -> Select[Any]:
        if not few:
            ordered = self._ordered(wanted.options(*options), columns, model).limit(self.size).offset(start)
            is_first = not start and not self.is_narrowed  # everybody's way into the register
            return ordered.execution_options(planned=WITH_VALUES) if is_first else ordered
        by, is_down = self._by(columns, model)
        unindexed = func.coalesce(by, by)  # the same order, and no index has it
        if not options:
            ordered = wanted.order_by(*_by_then_id(unindexed, model, down=is_down))
            return ordered.limit(self.size).offset(start)
        place = func.row_number().over(order_by=_by_then_id(unindexed, model, down=is_down)).label("place")
        numbered = wanted.with_only_columns(model.id, place, maintain_column_froms=True).order_by(place)
        page = numbered.limit(self.size).offset(start).subquery()
        return select(model).join(page, page.c.id == model.id).options(*options).order_by(page.c.place)

    def rows_of(
        self,
        session: Session,
        wanted: Select[Any],
        columns: Sequence[Column],
        model: type[Fact],
        total: int,
        options: Sequence[Any],
        *,
        plain: bool = False,
    ) -> Sequence[Any]:
        """Give the records of this page for people, who open the first pages and the last; `plain` rows of columns.

        The second half of a long register is read from its end, so that the last page costs what the first does. Where
        its length is an estimate, the last page holds the last rows, whatever its number.
        """
        if total == 0:
            # Nothing was counted: looked for in the order of the register, it would be missed in every row of a million.
            return []
        last_page = max(1, -(-total // self.size))
        start = (min(self.page, last_page) - 1) * self.size
        if total <= READ_FROM_BOTH_ENDS or start <= total // 2:
            return _all_of(session, self.page_of(wanted, columns, model, total, options), plain=plain)
        count, skipped = min(self.size, total - start), max(0, total - start - self.size)
        turned = derived(
            wanted,
            ("from the end", self.order, count, skipped),
            lambda: self._turned(wanted.options(*options), columns, model).limit(count).offset(skipped),
        )
        return _all_of(session, turned, plain=plain)[::-1]

    def in_order(self, wanted: Select[Any], columns: Sequence[Column], model: type[Fact]) -> Select[Any]:
        """Give all rows in the order of the register."""
        return self._ordered(wanted, columns, model)

    def _ordered(self, wanted: Select[Any], columns: Sequence[Column], model: type[Fact]) -> Select[Any]:
        by, is_down = self._by(columns, model)
        return wanted.order_by(*_by_then_id(by, model, down=is_down))

    def _turned(self, wanted: Select[Any], columns: Sequence[Column], model: type[Fact]) -> Select[Any]:
        by, is_down = self._by(columns, model)
        return wanted.order_by(*_by_then_id(by, model, down=not is_down, empty_first=True))

    def _by(self, columns: Sequence[Column], model: type[Fact]) -> tuple[Any, bool]:
        key = self.order.removeprefix("-")
        return next((column.sort for column in columns if column.key == key), model.id), self.order.startswith("-")

    def column_views(self, columns: Sequence[Column], url: UrlOf) -> list[pages.ColumnView]:
        return [self._column_view(column, url) for column in columns]

    def _column_view(self, column: Column, url: UrlOf) -> pages.ColumnView:
        is_here = self.order.removeprefix("-") == column.key
        down = self.order.startswith("-")
        turn = f"-{column.key}" if is_here and not down else column.key
        return pages.ColumnView(
            key=column.key,
            label=str(column.label),
            sort_url=None if column.sort is None else url(**self.values(order=turn, page=1)),
            sorted=("descending" if down else "ascending") if is_here else None,
            numeric=column.numeric,
            hide_phone=column.hide_phone,
        )

    def search_view(self, search: Search | None) -> pages.SearchView | None:
        return None if search is None else pages.SearchView(search.name, self.word, str(search.placeholder))

    def filters_view(self, filters: Sequence[Filter], url: UrlOf) -> pages.FiltersView:
        active = []
        for entry in filters:
            if entry.label and entry.name in self.chosen:
                label = next((str(told) for value, told in entry.choices() if value == self.chosen[entry.name]), "")
                without = self.values(**{entry.name: "", "page": 1})
                active.append((_("%(name)s: %(value)s", name=entry.label, value=label), url(**without)))
        offered = (
            (str(entry.label), entry.name, tuple((value, str(told)) for value, told in entry.choices()))
            for entry in filters
            if entry.label and entry.name not in self.chosen
        )
        return pages.FiltersView(active, pages.Offered(offered))

    def kept(self, filters: Sequence[Filter]) -> list[tuple[str, str]]:
        """Give the parts of the address that the filter form must carry on."""
        kept = self.values(q="", page=1)
        return [(name, str(value)) for name, value in kept.items()]


def _all_of(session: Session, wanted: Select[Any], *, plain: bool) -> Sequence[Any]:
    found = session.execute(wanted)
    return found.all() if plain else found.scalars().all()


def _whole(told: str | None, otherwise: int) -> int:
    return int(told) if told and told.isascii() and told.isdecimal() and len(told) < 8 else otherwise  # noqa: PLR2004


def asked_as(values: Mapping[str, Any]) -> str:
    """Write values as the part of an address that begins with its question mark; what is None is left out."""
    return _asked_as(tuple(values.items()))


@lru_cache(maxsize=1000)
def _asked_as(values: tuple[tuple[str, Any], ...]) -> str:
    told = urlencode([(name, value) for name, value in values if value is not None])
    return f"?{told}" if told else ""


def _known(entry: Filter, value: str) -> bool:
    return any(value == offered for offered, _label in entry.choices())


def _by_then_id(by: Any, model: type[Fact], *, down: bool, empty_first: bool = False) -> tuple[Any, Any]:
    """Order by a column, what is empty at the end, then by number.

    A column that cannot be empty is not told where to have it: then one index serves both directions.
    """
    first = by.desc() if down else by.asc()
    column = getattr(by, "expression", by)
    if getattr(column, "nullable", True) or column.table.name != model.__tablename__:
        first = first.nulls_first() if empty_first else first.nulls_last()
    return first, model.id.desc() if down else model.id.asc()


def narrowed(
    wanted: Select[Any],
    state: ListState,
    *,
    filters: Sequence[Filter],
    search: Search | None,
) -> Select[Any]:
    """Add what the reader asked for to a register's query."""
    for entry in filters:
        if entry.name in state.chosen:
            wanted = wanted.where(entry.where(state.chosen[entry.name]))
    if search is not None and state.word:
        wanted = wanted.where(search.where(state.word))
    return wanted


def count_rows(session: Session, wanted: Select[Any], *, many: bool = False) -> tuple[int, bool]:
    """Count exactly up to ten thousand, and by the planner's estimate above: (count, is an estimate).

    Where `many` are known to be there, ten thousand are not counted first if the planner expects far more.
    """
    if many and (estimate := _estimate(session, wanted)) > 2 * COUNTED_TO:
        return estimate, True
    count = session.scalar(derived(wanted, "count", lambda: _count_of(wanted))) or 0
    if count <= COUNTED_TO:
        return count, False
    return max(COUNTED_TO + 1, _estimate(session, wanted)), True


def _estimate(session: Session, wanted: Select[Any]) -> int:
    bare = _bare(wanted)
    compiled = bare.compile(dialect=postgresql.dialect(), compile_kwargs={"render_postcompile": True})
    plan = session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", compiled.params).scalar_one()
    told = plan if isinstance(plan, list) else json.loads(plan)
    return int(told[0]["Plan"]["Plan Rows"])


def _bare(wanted: Select[Any]) -> Select[Any]:
    return wanted.with_only_columns(literal(1).label("row"), maintain_column_froms=True).order_by(None)


def _count_of(wanted: Select[Any]) -> Select[tuple[int]]:
    return select(func.count()).select_from(_bare(wanted).limit(COUNTED_TO + 1).subquery())


def paging_of(state: ListState, total: int, url: UrlOf, *, estimated: bool) -> pages.Paging:
    """Give the foot of a register."""
    last_page = max(1, -(-total // state.size))
    here = min(state.page, last_page)

    def at(number: int) -> str:
        return url(**state.values(page=number))

    near = sorted({1, here - 1, here, here + 1, last_page} & set(range(1, last_page + 1)))
    shown: list[tuple[str, str, bool] | None] = []
    for place, number in enumerate(near):
        if place and number - near[place - 1] > 1:
            shown.append(None)
        shown.append((str(number), at(number), number == here))
    return pages.Paging(
        first=(here - 1) * state.size + 1 if total else 0,
        last=min(here * state.size, total),
        total=total,
        estimated=estimated,
        prev_url=at(here - 1) if here > 1 else None,
        next_url=at(here + 1) if here < last_page else None,
        pages=shown,
        sizes=[(size, url(**state.values(size=size, page=1)), size == state.size) for size in SIZES],
    )
