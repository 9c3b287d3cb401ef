"""The districts and service fields that this release knows, read from `data/` once a process."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

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


@lru_cache(maxsize=8)
def districts(locale: str = "zh") -> Mapping[str, str]:
    """Give code → name of today's districts, in Chinese ("zh") or English ("en")."""
    return _names("districts", locale)


class Tile(NamedTuple):
    """A district on the map of tiles: its short name, and its column and row from the upper left."""

    name: str
    column: int
    row: int


@lru_cache(maxsize=8)
def district_tiles(locale: str = "zh") -> Mapping[str, Tile]:
    """Give code → tile of today's districts: a sketch of where they lie, not a map."""
    name = "short" if locale == "zh" else "short_en"
    return {row["code"]: Tile(row[name], int(row["column"]), int(row["row"])) for row in rows_of("districts")}


@lru_cache(maxsize=8)
def service_fields(locale: str = "zh") -> Mapping[str, str]:
    """Give code → name of the fields in which organizations serve, in Chinese ("zh") or English ("en")."""
    return _names("service_fields", locale)


def registered_area(credit_code: str, locale: str = "zh") -> str:
    """Give where a body was registered, by characters 3 to 8 of its credit code; abolished districts included.

    It says nothing of where the body works today (GB 32100-2015). An area elsewhere is given as its code.
    """
    code = credit_code[2:8]
    return _names("former_areas", locale).get(code) or districts(locale).get(code, code)


@lru_cache(maxsize=1)
def area_names() -> frozenset[str]:
    """Give the names of today's districts with and without what kind of district they are, as names begin with them."""
    told = {row["name"] for row in rows_of("districts")} | {row["short"] for row in rows_of("districts")}
    former = {row["name"].split("（")[0] for row in rows_of("former_areas")}
    return frozenset(told | former | {name.removesuffix("区").removesuffix("新") for name in told if len(name) > 2})  # noqa: PLR2004


def _names(name: str, locale: str) -> Mapping[str, str]:
    column = "name" if locale == "zh" else "name_en"
    return {row["code"]: row[column] for row in rows_of(name)}
