"""What comes in from outside: the columns of a list of organizations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.errors import Refused
from kernel.tables import Cell, Column, as_text
from kernel.tables.text import cell_text
from kernel.words import Sentence
from orgs import credit_code, rules
from orgs.ratings import read_grade
from orgs.states import RatingGrade


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
    return read_grade(cell_text(cell))


ORGANIZATION_COLUMNS = (
    Column("name", ("社会组织名称", "机构名称", "组织名称", "单位名称", "名称"), as_text(200), required=True),
    Column("credit_code", ("统一社会信用代码", "信用代码"), as_credit_code, required=True),
    Column("grade", ("等级", "评估等级"), as_grade),
)
HEADINGS = tuple(name for column in ORGANIZATION_COLUMNS for name in column.headers)


class OnceEach:
    """Refuses the second row of an organization in one list."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, values: Mapping[str, Any]) -> Iterable[Sentence]:
        code = values["credit_code"]
        if code in self.seen:
            yield Sentence("The organization {code} stands in the list twice.", code=code)
        self.seen.add(code)
