"""Many rows written by one statement that carries them as one value.

What a list brings in is written by the thousand. Bound value by value, a row costs more to hand over than to store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, TableValuedAlias, column, func, insert, update

from kernel.db import Fact, db

Values = Mapping[str, Any]


def insert_rows(model: type[Fact], rows: Sequence[Values]) -> list[int]:
    """Write new rows of plain values, each with the same columns; gives their ids in the order of the rows.

    What the rows leave out has its default. No record is loaded, and the trail is told by the deed (kernel.audit).
    """
    if not rows:
        return []
    table: Any = model.__table__
    told = _told(table, rows)
    written = insert(table).from_select(list(rows[0]), told.select()).returning(table.c.id)
    return sorted(db.session.scalars(written))  # they are drawn one after another


def update_rows(model: type[Fact], rows: Sequence[Values]) -> None:
    """Change rows, each found by its `id`, as `insert_rows` writes them."""
    if not rows:
        return
    table: Any = model.__table__
    told = _told(table, rows)
    changed = {name: told.c[name] for name in rows[0] if name != "id"}
    db.session.execute(update(table).values(changed).where(table.c.id == told.c.id))


def _told(table: Table, rows: Sequence[Values]) -> TableValuedAlias:
    written = json.dumps([*rows], ensure_ascii=False, default=str)
    columns = [column(name, table.c[name].type) for name in rows[0]]
    return func.json_to_recordset(written).table_valued(*columns).render_derived(name="told", with_types=True)
