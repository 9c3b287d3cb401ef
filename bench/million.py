"""P2: the register at a million organizations beside the same register at two thousand, in one run.

The million stands in a house of its own, so that nothing else is slowed by it: the demo programme's organizations,
each written again under other names and codes. Both houses are asked in turn; a figure is the median of one over the
median of the other. Above ten thousand the register shows the planner's estimate instead of a count.
"""

from __future__ import annotations

import urllib.parse
import urllib.request
from collections.abc import Callable

from sqlalchemy import Connection, create_engine, text

import config
from bench.pages import PASSWORD, p50_of, sign_in
from bench.start import House, served
from bench.table import Figure
from kernel.database import start_server
from kernel.settings import Settings
from orgs.views import OrganizationView

MILLION = 1_000_000
GROWTH = 1.5
ROUNDS = 15
FOLDER = "bench-million"
WORD, PINYIN = "木兰", "mulan"

COPIES = """
    INSERT INTO organization ({columns})
    SELECT {values} FROM organization o CROSS JOIN generate_series(1, :times) AS n
    WHERE o.id <= :last ORDER BY n, o.id LIMIT :missing
    """


def fill(connection: Connection) -> None:
    """Write organizations until there are a million; a folder that has them already is left as it is."""
    there = connection.scalar(text("SELECT count(*) FROM organization")) or 0
    if there >= MILLION:
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
    told = {"times": MILLION // there + 1, "last": last, "missing": MILLION - there}
    connection.execute(text(copies), told)


def measure(house: House) -> list[Figure]:
    """Measure each way of asking for the register in both houses, in turn."""
    with served(FOLDER) as large:
        settings = Settings(modules=config.MODULES, var=large.var)
        engine = create_engine(start_server(settings).owner_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            fill(connection)
            connection.execute(text("VACUUM ANALYZE organization"))
        engine.dispose()
        small_mine, large_mine = (sign_in(one.address, "officer", PASSWORD) for one in (house, large))

        def asked(opener: urllib.request.OpenerDirector, address: str, query: str) -> Callable[[], bytes]:
            url = f"{address}/organizations/?{query}"
            return lambda: bytes(opener.open(url).read())

        figures = []
        for what, small_query, large_query in variants():
            gets = {
                "small": asked(small_mine, house.address, small_query),
                "large": asked(large_mine, large.address, large_query),
            }
            times = p50_of(gets, rounds=ROUNDS, warm_up=3)
            told = f"{times['small'] * 1000:.1f} ms, at a million {times['large'] * 1000:.1f}"
            figures.append(Figure("P2", what, times["large"] / times["small"], GROWTH, "×", beside=told))
    return figures


def variants() -> list[tuple[str, str, str]]:
    """Give what is asked, with the address's query at two thousand and at a million."""
    word, pinyin = (urllib.parse.urlencode({"q": told}) for told in (WORD, PINYIN))
    asked = [
        ("first page", "", ""),
        ("last page", "page=88", "page=40000"),
        ("part of a name", word, word),
        ("pinyin", pinyin, pinyin),
    ]
    for column in OrganizationView.columns:
        if column.sort is not None:
            asked += [(f"by {column.key}", f"order={column.key}", f"order={column.key}")]
            asked += [(f"by {column.key}, down", f"order=-{column.key}", f"order=-{column.key}")]
    return asked
