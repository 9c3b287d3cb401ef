"""The reference tables that this release knows, read from `data/`: categories, purchase catalogue, budget heads."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=8)
def rows_of(name: str) -> tuple[Mapping[str, str], ...]:
    """Give the rows of a file of reference data."""
    text = (DATA / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
