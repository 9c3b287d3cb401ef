"""The districts and service fields that this release knows, read from `data/` once a process."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


class Codes(tuple[str, ...]):
    """Some codes out of a list, as a form with boxes to tick gives them."""

    __slots__ = ()


NO_CODES = Codes()


@lru_cache(maxsize=8)
def rows_of(name: str) -> tuple[Mapping[str, str], ...]:
    """Give the rows of a file of reference data."""
    text = (DATA / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def districts() -> dict[str, str]:
    """Give code → name of today's districts."""
    return {row["code"]: row["name"] for row in rows_of("districts")}


def service_fields() -> dict[str, str]:
    """Give code → msgid of the fields in which organizations serve."""
    return {row["code"]: row["name"] for row in rows_of("service_fields")}
