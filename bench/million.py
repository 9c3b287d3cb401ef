"""P2: the register at a million organizations beside the same register at two thousand, in one run.

The million stands in a house of its own, so that nothing else is slowed by it: the demo programme's organizations,
each written again under other names and codes. Both houses are asked in turn; a figure is the median of one over the
median of the other. Above ten thousand the register shows the planner's estimate instead of a count.
"""

from __future__ import annotations

import gzip
import re
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, create_engine, text

import config
from bench.pages import GZIPPED_LIMIT, KILOBYTES_LIMIT, PASSWORD, STATEMENT_LIMIT, p50_of, sign_in
from bench.start import House, served
from bench.statements import count_statements
from bench.table import Figure
from kernel.database import start_server
from kernel.settings import Settings
from orgs.views import OrganizationView

MILLION = 1_000_000
GROWTH = 1.5
ROUNDS = 15
FEW_ROUNDS = 5  # of each choice of each filter: there are some eighty
FOLDER = "bench-million"
WORD, PINYIN, INITIALS = "木兰", "mulan", "shs"

COPIES = """
    INSERT INTO organization ({columns})
    SELECT {values} FROM organization o CROSS JOIN generate_series(1, :times) AS n
    WHERE o.id <= :last ORDER BY n, o.id LIMIT :missing
    """

LOOSE_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
    WHERE i.indrelid = 'organization'::regclass AND c.oid IS NULL
    """
"""The indexes of the register that hold no constraint, with the statements that make them."""


def fill(connection: Connection, wanted: int = MILLION) -> None:
    """Write organizations until there are as many as wanted; a folder that has them already is left as it is."""
    there = connection.scalar(text("SELECT count(*) FROM organization")) or 0
    if there >= wanted:
        return
    columns = connection.scalars(
        text(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'organization'"
            " AND is_generated = 'NEVER' AND is_identity = 'NO'"
        )
    ).all()
    other = {
        "name": "o.name || n",
        # The six signs after the registration authority's and the area's count up; the check digits do not matter here.
        "credit_code": "left(o.credit_code, 8) || lpad(((n - 1) * :last + o.id)::text, 9, '0') || 'X'",
        "search_text": "o.search_text || ' ' || n",
        "founded_on": "o.founded_on - n",
    }
    listed = ", ".join(columns)
    values = ", ".join(other.get(name, f"o.{name}") for name in columns)
    copies = COPIES.format(columns=listed, values=values)
    last = connection.scalar(text("SELECT max(id) FROM organization"))
    told = {"times": wanted // there + 1, "last": last, "missing": wanted - there}
    # Each index is made once over a million rows, which takes a tenth of what a million changes of it take; and without
    # the triggers nobody is told to compare a million names, which would keep the clock's process busy meanwhile.
    indexes = connection.execute(text(LOOSE_INDEXES)).all()
    connection.execute(text("ALTER TABLE organization DISABLE TRIGGER USER"))
    for name, _made in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    connection.execute(text(copies), told)
    for _name, made in indexes:
        connection.execute(text(made))
    connection.execute(text("ALTER TABLE organization ENABLE TRIGGER USER"))


def measure(house: House) -> list[Figure]:
    """Measure each way of asking for the register in both houses, in turn; then its statements and bytes in both."""
    with served(FOLDER) as large:
        settings = Settings(modules=config.MODULES, var=large.var)
        engine = create_engine(start_server(settings).owner_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            fill(connection)
            connection.execute(text("VACUUM ANALYZE organization"))
        engine.dispose()
        both = {
            "small": (sign_in(house.address, "officer", PASSWORD), house.address),
            "large": (sign_in(large.address, "officer", PASSWORD), large.address),
        }
        asked = Asked(both)
        figures = [asked.figure(what, small, big) for what, small, big in variants()]
        figures += [asked.worst(name, values) for name, values in offered(asked.page("small", "")).items()]
        sizes = {"two thousand": asked.page("small", ""), "a million": asked.page("large", "")}
        counts = {"two thousand": register_statements(house), "a million": register_statements(large)}
    for size, page in sizes.items():
        packed = gzip.compress(page.encode(), 6)
        figures += [
            _counted("P1q", f"SQL statements of the register at {size}", counts[size], STATEMENT_LIMIT, "statements"),
            _counted("P1k", f"bytes of the register at {size}", len(page.encode()) / 1024, KILOBYTES_LIMIT, "KB"),
            _counted("P1k", f"bytes of the register at {size}, gzip", len(packed) / 1024, GZIPPED_LIMIT, "KB"),
        ]
    return figures


@dataclass(frozen=True)
class Asked:
    """The same question put to both houses in turn."""

    houses: dict[str, tuple[urllib.request.OpenerDirector, str]]

    def page(self, size: str, query: str) -> str:
        opener, address = self.houses[size]
        return bytes(opener.open(f"{address}/organizations/?{query}").read()).decode()

    def medians(self, small: str, large: str, rounds: int) -> dict[str, float]:
        queries = {"small": small, "large": large}
        gets = {size: partial(self.page, size, query) for size, query in queries.items()}
        return p50_of(gets, rounds=rounds, warm_up=2)

    def figure(self, what: str, small: str, large: str) -> Figure:
        times = self.medians(small, large, ROUNDS)
        return Figure("P2", what, times["large"] / times["small"], GROWTH, "×", beside=_told(times))

    def worst(self, name: str, values: Sequence[str]) -> Figure:
        """Measure a filter with each of its choices; gives the choice that grows most."""
        found = []
        for value in values:
            query = urllib.parse.urlencode({name: value})
            times = self.medians(query, query, FEW_ROUNDS)
            found.append((times["large"] / times["small"], value, times))
        ratio, value, times = max(found, key=lambda one: one[0])
        what = f"filter {name}, the worst of {len(values)} choices"
        return Figure("P2", what, ratio, GROWTH, "×", beside=f"{value}: {_told(times)}")


def _told(times: dict[str, float]) -> str:
    return f"{times['small'] * 1000:.1f} ms, at a million {times['large'] * 1000:.1f}"


def _counted(code: str, what: str, measured: float, limit: float, unit: str) -> Figure:
    return Figure(code, what, measured, limit, unit, is_count=True)


def register_statements(house: House) -> int:
    """Count the statements of the register, plain, searched and filtered."""
    urls = [f"/organizations/?{query}" for query in ("", "size=50", "q=mulan", "standing=clear", "view=ending")]
    return count_statements(house, {"the register": urls})["the register"].most


FILTER = re.compile(r'<select class="form-select" id="flt-(\w+)"[^>]*>(.*?)</select>', re.DOTALL)
CHOICE = re.compile(r'<option value="([^"]+)"')
VIEW = re.compile(r'href="[^"]*[?&;]view=(\w+)"')


def offered(page: str) -> dict[str, list[str]]:
    """Read every filter of the register with all of its choices off its page, the tabs of its own views included."""
    found = {name: CHOICE.findall(options) for name, options in FILTER.findall(page)}
    return found | {"view": sorted(set(VIEW.findall(page)))}


def variants() -> list[tuple[str, str, str]]:
    """Give what is asked, with the address's query at two thousand and at a million."""
    word, pinyin, initials = (urllib.parse.urlencode({"q": told}) for told in (WORD, PINYIN, INITIALS))
    asked = [
        ("first page", "", ""),
        ("last page", "page=88", "page=40000"),
        ("part of a name", word, word),
        ("pinyin", pinyin, pinyin),
        ("initials", initials, initials),
    ]
    for column in OrganizationView.columns:
        if column.sort is not None:
            asked += [(f"by {column.key}", f"order={column.key}", f"order={column.key}")]
            asked += [(f"by {column.key}, down", f"order=-{column.key}", f"order=-{column.key}")]
    return asked
