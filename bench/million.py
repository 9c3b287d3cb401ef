"""P2: the register at a million organizations beside the same register at two thousand, in one run.

The million stands in a house of its own, so that nothing else is slowed by it: the demo programme's organizations,
each written again under other names and codes. Both houses are asked in turn; a figure is the median of one over the
median of the other. Above ten thousand the register shows the planner's estimate instead of a count.
"""

from __future__ import annotations

import urllib.parse

from sqlalchemy import Connection, create_engine, text

import config
from bench.growth import Asked, bytes_of, counted, multiply, offered, orders
from bench.pages import PASSWORD, STATEMENT_LIMIT, sign_in
from bench.start import House, served
from bench.statements import count_statements
from bench.table import Figure
from kernel.database import running_server
from kernel.settings import Settings
from orgs.views import OrganizationView

MILLION = 1_000_000
FOLDER = "bench-million"
WORD, PINYIN, INITIALS = "木兰", "mulan", "shs"

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
    other = {
        "name": "o.name || n",
        # The six signs after the registration authority's and the area's count up; the check digits do not matter here.
        "credit_code": "left(o.credit_code, 8) || lpad(((n - 1) * :last + o.id)::text, 9, '0') || 'X'",
        "search_text": "o.search_text || ' ' || n",
        "founded_on": "o.founded_on - n",
    }
    # Each index is made once over a million rows, which takes a tenth of what a million changes of it take; and without
    # the triggers nobody is told to compare a million names, which would keep the clock's process busy meanwhile.
    indexes = connection.execute(text(LOOSE_INDEXES)).all()
    for name, _made in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    multiply(connection, "organization", wanted, other)
    for _name, made in indexes:
        connection.execute(text(made))


def measure(house: House) -> list[Figure]:
    """Measure each way of asking for the register in both houses, in turn; then its statements and bytes in both."""
    with served(FOLDER) as large:
        settings = Settings(modules=config.MODULES, var=large.var)
        with running_server(settings) as server:
            engine = create_engine(server.owner_url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                fill(connection)
                connection.execute(text("VACUUM ANALYZE organization"))
            engine.dispose()
        both = {
            "small": (sign_in(house.address, "officer", PASSWORD), house.address),
            "large": (sign_in(large.address, "officer", PASSWORD), large.address),
        }
        asked = Asked(both, "/organizations/")
        figures = [asked.figure(what, small, big) for what, small, big in variants()]
        figures += [asked.worst(name, values) for name, values in offered(asked.page("small", "")).items()]
        pages = {"two thousand": asked.page("small", ""), "a million": asked.page("large", "")}
        counts = {"two thousand": register_statements(house), "a million": register_statements(large)}
    for size, page in pages.items():
        what = f"the register at {size}"
        figures += [
            counted("P1q", f"SQL statements of {what}", counts[size], STATEMENT_LIMIT, "statements"),
            *bytes_of(what, page),
        ]
    return figures


def register_statements(house: House) -> int:
    """Count the statements of the register, plain, searched and filtered."""
    urls = [f"/organizations/?{query}" for query in ("", "size=50", "q=mulan", "standing=clear", "view=ending")]
    return count_statements(house, {"the register": urls})["the register"].most


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
    return [*asked, *orders(OrganizationView)]
