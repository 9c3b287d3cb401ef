"""What a cell of a list becomes: codes, grades, days, years, districts and fields as lists print them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from kernel.choices import Coded
from kernel.errors import Refused
from kernel.tables import (
    Cell,
    as_day,
    normalize_text,
    one_of,
)
from kernel.tables.text import MOST_KNOWN, cell_text, heading_key
from kernel.words import Sentence
from orgs import credit_code, rules
from orgs.ratings import read_grade
from orgs.reference import district_tiles, districts, service_fields
from orgs.states import Grade, InspectionResult, OrganizationStatus, RatingGrade

_YEAR = re.compile(r"(\d{4})(年度?)?")
_BETWEEN = re.compile(r"\s*[、，,;；/|]\s*")


def as_credit_code(cell: Cell) -> str:
    """Take a credit code as lists print it.

    Raises Refused with what is wrong with it.
    """
    code = credit_code.normalize(cell_text(cell))
    problem = credit_code.problem_with(code) or rules.code_names_a_kind(code)
    if problem is not None:
        raise Refused(problem)
    return code


def as_grade(cell: Cell) -> RatingGrade | None:
    """Take a grade as lists print it: "5A级社会组织"; "无等级社会组织" is none."""
    return _grade_in(cell_text(cell))


_grade_in = lru_cache(maxsize=MOST_KNOWN)(read_grade)


def as_past_day(cell: Cell) -> date:
    """Take a day that has been.

    Raises Refused for one that is still to come.
    """
    day = as_day(cell)
    if (problem := rules.day_is_not_ahead(day)) is not None:
        raise Refused(problem)
    return day


def as_year(cell: Cell) -> int:
    """Take a year as lists print it: 2019, 2019年, 2019年度."""
    found = _YEAR.fullmatch(normalize_text(cell_text(cell)))
    if found is None:
        raise Refused(Sentence("“{text}” is not a year. Please write it as 2019.", text=cell_text(cell)[:40]))
    return int(found[1])


def as_inspected_year(cell: Cell) -> int:
    """Take the year of an annual inspection."""
    year = as_year(cell)
    if (problem := rules.year_is_of_an_inspection(year)) is not None:
        raise Refused(problem)
    return year


def as_programme_year(cell: Cell) -> int:
    """Take a year of the programme, from 2014 to this one."""
    year = as_year(cell)
    if (problem := rules.year_is_of_the_programme(year)) is not None:
        raise Refused(problem)
    return year


def as_district(cell: Cell) -> str:
    """Take one of today's districts, by its name in either language, its short name or its code."""
    return str(_district_names()(cell))


@lru_cache(maxsize=1)
def _district_names() -> Callable[[Cell], Any]:
    full = {name: code for code, name in districts("zh").items()}
    others = {name: code for code, name in districts("en").items()}
    short = {tile.name: code for code, tile in district_tiles("zh").items()}
    return one_of({**full, **short, **others, **{code: code for code in districts("zh")}})


@lru_cache(maxsize=1)
def _field_codes() -> Mapping[str, str]:
    known = {heading_key(name): code for locale in ("zh", "en") for code, name in service_fields(locale).items()}
    return known | {code: code for code in service_fields("zh")}


def as_service_fields(cell: Cell) -> list[str]:
    """Take service fields by their names, separated as people separate them."""
    return list(_fields_in(cell_text(cell)))


@lru_cache(maxsize=MOST_KNOWN)
def _fields_in(text: str) -> tuple[str, ...]:
    known = _field_codes()
    told = [part for part in _BETWEEN.split(normalize_text(text)) if part]
    # A name may hold a blank, and a blank may part two names.
    told = [word for part in told for word in ([part] if heading_key(part) in known else part.split())]
    unknown = [part for part in told if heading_key(part) not in known]
    if unknown:
        raise Refused(
            Sentence(
                "“{text}” is not one of: {choices}.",
                text="、".join(unknown)[:40],
                choices=list(service_fields("zh").values()),
            )
        )
    return tuple(sorted({known[heading_key(part)] for part in told}))


STATUSES = {
    "正常": OrganizationStatus.ACTIVE,
    "存续": OrganizationStatus.ACTIVE,
    "清算": OrganizationStatus.LIQUIDATING,
    "注销": OrganizationStatus.DEREGISTERED,
    "撤销": OrganizationStatus.REVOKED,
}
RESULTS = {
    "合格": InspectionResult.PASSED,
    "基本合格": InspectionResult.BASICALLY_PASSED,
    "不合格": InspectionResult.FAILED,
    "未参检": InspectionResult.NOT_INSPECTED,
    "未出结论": InspectionResult.UNDECIDED,
}
GRADES = {
    "优": Grade.EXCELLENT,
    "良": Grade.GOOD,
    "中": Grade.FAIR,
    "差": Grade.POOR,
    "优秀": Grade.EXCELLENT,
    "良好": Grade.GOOD,
    "合格": Grade.FAIR,
    "不合格": Grade.POOR,
}


def words_of(choices: type[Coded]) -> dict[str, Coded]:
    """Give the words in which an export names these in English."""
    return {choice.word: choice for choice in choices}


RATINGS = tuple(f"{grade.value}" for grade in RatingGrade)
