"""Reference numbers without gaps: one series per kind and year, drawn inside the transaction that uses it."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, String, Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.db import METADATA, tell_constraints
from kernel.words import Sentence

WIDTH = 4

NUMBER_SERIES = Table(
    "number_series",
    METADATA,
    Column("kind", String(8), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    CheckConstraint("last > 0", name="last_positive"),
    CheckConstraint("year BETWEEN 1990 AND 2200", name="year_plausible"),
)

tell_constraints(
    {
        "ck_number_series_last_positive": Sentence("A reference number starts at 1."),
        "ck_number_series_year_plausible": Sentence("The year of a reference number must lie between 1990 and 2200."),
        "pk_number_series": Sentence("This series of reference numbers exists already."),
    }
)


def next_number(session: Session, kind: str, year: int) -> str:
    """Draw the next number of a series: "2027-SB-0001".

    The series stays locked until the transaction ends, so a rollback gives its number back and leaves no gap.
    """
    first = insert(NUMBER_SERIES).values(kind=kind, year=year, last=1)
    drawn = first.on_conflict_do_update(
        index_elements=[NUMBER_SERIES.c.kind, NUMBER_SERIES.c.year],
        set_={"last": NUMBER_SERIES.c.last + 1},
    ).returning(NUMBER_SERIES.c.last)
    return format_number(kind, year, session.execute(drawn).scalar_one())


def format_number(kind: str, year: int, count: int) -> str:
    """Write a number as it stands on papers; four places that grow when they are used up."""
    return f"{year}-{kind}-{count:0{WIDTH}d}"
