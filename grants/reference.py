"""The reference data that this release knows, read from `data/`: categories, purchase catalogue, standard forms."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from grants.questions import Definition, definition_of

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=8)
def rows_of(name: str) -> tuple[Mapping[str, str], ...]:
    """Give the rows of a file of reference data."""
    text = (DATA / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class StandardForm:
    """A form to start from: its name and what it is good for, in both languages."""

    code: str
    name: str
    name_en: str
    text: str
    text_en: str
    form: Definition


@lru_cache(maxsize=1)
def standard_forms() -> Mapping[str, StandardForm]:
    """Give the forms that a call can start from, by their codes."""
    told = json.loads((DATA / "standard_forms.json").read_text(encoding="utf-8"))
    return {one["code"]: StandardForm(**(one | {"form": definition_of(one["form"])})) for one in told}
