"""The rows of a register: loaded as no more than is shown, and drawn once for equal values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar

from babel.support import NullTranslations
from markupsafe import Markup, escape
from sqlalchemy import Select

from kernel.clock import today
from kernel.db import Fact, db
from kernel.lists import Column, ListState
from kernel.pages import ColumnView, ListPage, RowView
from kernel.speech import spoken
from kernel.statements import derived

KEPT = 1000
_BOX = (
    '<td class="is-pick"><input class="form-check-input" type="checkbox" name="rowid" value="{id}"'
    ' aria-label="{choose}"></td>'
)


class Rows:
    """What a view of a register says of its rows."""

    model: ClassVar[type[Fact]]
    columns: ClassVar[tuple[Column, ...]] = ()
    options: ClassVar[tuple[Any, ...]] = ()
    shown: ClassVar[tuple[Any, ...]] = ()
    """The columns of which a row is drawn, where the day and the language are all that its cells ask besides.

    Then nothing else is loaded, and equal rows are drawn once.
    """
    route_base: ClassVar[str]

    def row_code(self, record: Any) -> str:
        return ""

    def row_label(self, record: Any) -> str:
        return str(record)

    def record_url(self, record: Any) -> str:
        # Written rather than asked for: a register has a hundred of them, and the map's answer is the same.
        return f"{self.route_base}/{record.id}"

    def records_of(self, state: ListState, wanted: Select[Any], total: int) -> Sequence[Any]:
        """Give the records of this page, or as much of them as is shown."""
        if not self.shown:
            return state.rows_of(db.session(), wanted, self.columns, self.model, total, self.options)
        plain = derived(wanted, "shown", lambda: wanted.with_only_columns(*self.shown, maintain_column_froms=True))
        return state.rows_of(db.session(), plain, self.columns, self.model, total, (), plain=True)

    def rows(self, records: Sequence[Any]) -> list[RowView]:
        if not self.shown:
            return [self.row(record) for record in records]
        language, day = spoken(), today()
        return [_row_once(self, language, day, record) for record in records]

    def row(self, record: Any) -> RowView:
        return RowView(
            id=record.id,
            url=self.record_url(record),
            cells={column.key: column.cell(record) for column in self.columns},
            label=self.row_label(record),
            code=self.row_code(record),
        )


@lru_cache(maxsize=KEPT)
def _row_once(view: Rows, _language: NullTranslations, _day: date, record: Any) -> RowView:
    return view.row(record)


def drawn_rows(page: ListPage, choose: str) -> Iterator[tuple[RowView, Markup]]:
    """Give each row with its cells as markup; a page has hundreds of cells, which a template draws ten times slower.

    Where there are bulk deeds, a row begins with its box, which `choose` names: "Choose {}".
    """
    begins = [(column.key, _begin_of(column)) for column in page.columns[1:]]
    box = _BOX.replace("{choose}", escape(choose)) if page.bulk else ""
    look = "".join((box, *(begin for _key, begin in begins)))
    for row in page.rows:
        if look not in row.drawn:
            cells = [f"{begin}{_shown(row.cells[key])}</td>" for key, begin in begins]
            first = box.format(escape(row.label or row.id), id=escape(row.id)) if box else ""
            name = _name_cell(row, row.cells[page.columns[0].key])
            row.drawn[look] = Markup(first + name + "".join(cells))  # noqa: S704  (escaped)
        yield row, row.drawn[look]


def _shown(value: Any) -> str:
    return "—" if value is None or value == "" else value if type(value) is Markup else escape(value)


def _name_cell(row: RowView, value: Any) -> str:
    name = f'<a class="yl-quiet" href="{escape(row.url)}">{escape(value)}</a>' if row.url else escape(value)
    code = f'<span class="yl-code">{escape(row.code)}</span>' if row.code else ""
    return f'<th scope="row" class="yl-two">{name}{code}</th>'


def _begin_of(column: ColumnView) -> str:
    classes = ("yl-num" if column.numeric else "") + (" yl-hide-phone" if column.hide_phone else "")
    return f'<td data-label="{escape(column.label)}"' + (f' class="{classes}">' if classes else ">")
