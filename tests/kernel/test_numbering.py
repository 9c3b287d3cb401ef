"""Reference numbers: no gap, no double, also when many draw at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import db
from kernel.numbering import format_number, next_number
from kernel.scope import whole

THREADS = 20
DRAWS_EACH = 5
DEED = Actor.system("tests")


def test_a_series_starts_at_one_and_each_kind_and_year_has_its_own(db_session: Session) -> None:
    with whole(DEED, "numbers"):
        drawn = [
            next_number(db_session, *series) for series in [("SB", 2091), ("SB", 2091), ("XY", 2091), ("SB", 2092)]
        ]

    assert drawn == ["2091-SB-0001", "2091-SB-0002", "2091-XY-0001", "2092-SB-0001"]


def test_the_width_grows_when_four_places_are_used_up() -> None:
    assert format_number("SB", 2027, 9_999) == "2027-SB-9999"
    assert format_number("SB", 2027, 10_000) == "2027-SB-10000"


def test_a_rolled_back_deed_gives_its_number_back(db_session: Session) -> None:
    with whole(DEED, "numbers"):
        with db_session.begin_nested() as kept:
            next_number(db_session, "SB", 2091)
            kept.rollback()
        assert next_number(db_session, "SB", 2091) == "2091-SB-0001"


def test_twenty_at_once_draw_without_a_gap_and_without_a_double(committed_database: Any) -> None:
    def draw(thread: int) -> list[str]:
        drawn = []
        for turn in range(DRAWS_EACH):
            with whole(DEED, "numbers"):
                number = next_number(db.session(), "SB", 2091)
            if (thread + turn) % 4 == 0:
                db.session.rollback()
            else:
                db.session.commit()
                drawn.append(number)
        db.session.remove()
        return drawn

    with ThreadPoolExecutor(THREADS) as pool:
        numbers = [number for drawn in pool.map(draw, range(THREADS)) for number in drawn]

    assert sorted(numbers) == [f"2091-SB-{count:04d}" for count in range(1, len(numbers) + 1)]
    assert len(numbers) == THREADS * DRAWS_EACH * 3 // 4
