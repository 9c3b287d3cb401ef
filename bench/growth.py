"""A register asked in two houses in turn, a small one and a large one: how much longer each way of asking takes."""

from __future__ import annotations

import gzip
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, text

from bench.pages import GZIPPED_LIMIT, KILOBYTES_LIMIT, p50_of
from bench.table import Figure
from kernel.views import RecordView

GROWTH = 1.5
ROUNDS = 15
FEW_ROUNDS = 5  # of each choice of each filter: there are some eighty


FILTER = re.compile(r'<select class="form-select" id="flt-(\w+)"[^>]*>(.*?)</select>', re.DOTALL)
CHOICE = re.compile(r'<option value="([^"]+)"')
VIEW = re.compile(r'href="[^"]*[?&;]view=(\w+)"')

COLUMNS = text(
    "SELECT column_name FROM information_schema.columns WHERE table_name = :table"
    " AND is_generated = 'NEVER' AND is_identity = 'NO'"
)
COPIES = """
    INSERT INTO {table} ({columns})
    SELECT {values} FROM {table} o CROSS JOIN generate_series(1, :times) AS n
    WHERE o.id <= :last ORDER BY n, o.id LIMIT :missing
    """


def multiply(connection: Connection, table: str, wanted: int, otherwise: Mapping[str, str]) -> None:
    """Write a table's rows again and again, the n-th time with some columns otherwise, until there are as many as wanted.

    No trigger of the table hears of it.
    """
    there, last = connection.execute(text(f"SELECT count(*), max(id) FROM {table}")).one()
    columns = connection.scalars(COLUMNS, {"table": table}).all()
    values = ", ".join(otherwise.get(name, f"o.{name}") for name in columns)
    copies = text(COPIES.format(table=table, columns=", ".join(columns), values=values))
    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    connection.execute(copies, {"times": wanted // there + 1, "last": last, "missing": wanted - there})
    connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def offered(page: str) -> dict[str, list[str]]:
    """Read every filter of the register with all of its choices off its page, the tabs of its own views included."""
    found = {name: CHOICE.findall(options) for name, options in FILTER.findall(page)}
    return found | {"view": sorted(set(VIEW.findall(page)))}


@dataclass(frozen=True)
class Asked:
    """The same question put to both houses in turn."""

    houses: Mapping[str, tuple[urllib.request.OpenerDirector, str]]
    register: str

    def page(self, size: str, query: str) -> str:
        opener, address = self.houses[size]
        return bytes(opener.open(f"{address}{self.register}?{query}").read()).decode()

    def medians(self, small: str, large: str, rounds: int) -> dict[str, float]:
        queries = {"small": small, "large": large}
        gets = {size: partial(self.page, size, query) for size, query in queries.items()}
        return p50_of(gets, rounds=rounds, warm_up=2)

    def figure(self, what: str, small: str, large: str) -> Figure:
        times = self.medians(small, large, ROUNDS)
        return Figure("P2", what, times["large"] / times["small"], GROWTH, "×", beside=told(times))

    def worst(self, name: str, values: Sequence[str]) -> Figure:
        """Measure a filter with each of its choices; gives the choice that grows most."""
        found = []
        for value in values:
            query = urllib.parse.urlencode({name: value})
            times = self.medians(query, query, FEW_ROUNDS)
            found.append((times["large"] / times["small"], value, times))
        ratio, value, times = max(found, key=lambda one: one[0])
        what = f"filter {name}, the worst of {len(values)} choices"
        return Figure("P2", what, ratio, GROWTH, "×", beside=f"{value}: {told(times)}")


def told(times: dict[str, float]) -> str:
    return f"{times['small'] * 1000:.1f} ms, in the large {times['large'] * 1000:.1f}"


def counted(code: str, what: str, measured: float, limit: float, unit: str) -> Figure:
    return Figure(code, what, measured, limit, unit, is_count=True)


def bytes_of(what: str, page: str) -> list[Figure]:
    """Give the bytes of a page, plain and packed (P1k)."""
    packed = len(gzip.compress(page.encode(), 6)) / 1024
    return [
        counted("P1k", f"bytes of {what}", len(page.encode()) / 1024, KILOBYTES_LIMIT, "KB"),
        counted("P1k", f"bytes of {what}, gzip", packed, GZIPPED_LIMIT, "KB"),
    ]


def orders(view: type[RecordView]) -> list[tuple[str, str, str]]:
    """Give every order that a register offers, both ways."""
    keys = [column.key for column in view.columns if column.sort is not None]
    ways = [(f"by {key}{told}", f"order={sign}{key}") for key in keys for sign, told in (("", ""), ("-", ", down"))]
    return [(what, query, query) for what, query in ways]
