"""What comes in from outside: the columns of a list of lots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from grants.operations.lots import LotRow
from kernel.errors import Refused
from kernel.money import ZERO
from kernel.tables import Cell, Column, ImportPreview, as_money, as_text, as_whole, preview, read_table
from kernel.words import Sentence


def as_amount(cell: Cell) -> Decimal:
    """Take an amount above zero, in yuan.

    Raises Refused with what is wrong with it.
    """
    amount = as_money(cell)
    if amount <= ZERO:
        raise Refused(Sentence("An amount is above 0.00."))
    return amount


LOT_COLUMNS = (
    Column("position", ("序号", "编号"), as_whole, required=True),
    Column("title", ("项目名称", "项目包名称", "服务名称"), as_text(200), required=True),
    Column("amount", ("批复金额(元)", "批复金额", "金额(元)", "金额"), as_amount, required=True),
)
LOT_HEADINGS = tuple(name for column in LOT_COLUMNS for name in column.headers)


class LotsOnce:
    """Refuses the second row of a lot, and the second use of a place, in one list."""

    def __init__(self) -> None:
        self.titles: set[str] = set()
        self.places: set[int] = set()

    def __call__(self, values: Mapping[str, Any]) -> Iterable[Sentence]:
        if values["title"] in self.titles:
            yield Sentence("The lot “{title}” stands in the list twice.", title=values["title"])
        if values["position"] in self.places:
            yield Sentence("The place {position} stands in the list twice.", position=values["position"])
        self.titles.add(values["title"])
        self.places.add(values["position"])


def read_lots(file: Path, name: str) -> tuple[ImportPreview, list[LotRow]]:
    """Read a list of lots: what each row would become, and the good ones as lots.

    Raises Refused when the file is no such list.
    """
    shown = preview(read_table(file, name, wanted=LOT_HEADINGS), LOT_COLUMNS, check=LotsOnce())
    return shown, [LotRow(**row.values) for row in shown.good]
