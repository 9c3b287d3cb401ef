"""A list on its way into the register: checked, with a line of each kind, waiting for somebody to take it in."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

from kernel.demo import Stage
from orgs.credit_code import check_digits_for
from orgs.models import Organization
from orgs.operations import bring_list, check_lines, match_columns
from orgs.queries.imports import known_headings
from orgs.schemas import lines_of, open_list, required_fields
from orgs.states import ImportKind

KIND = ImportKind.ORGANIZATIONS
FILENAME = "示例_社会组织名单.csv"
HEADINGS = ("机构名称", "统一社会信用代码", "工作人员数")
NEWCOMER = "52310104QQ900001"  # without its check digits


def load_imports(stage: Stage, first: int) -> None:
    """Bring a list in which the organization `first` has grown, one is new, and two lines are wrong."""
    known = stage.session.get_one(Organization, first)
    new = NEWCOMER + check_digits_for(NEWCOMER)
    rows = [
        (known.name, known.credit_code, known.staff_count + 3),
        ("示例新来者女性服务中心", new, 6),
        ("示例抄错代码服务中心", new[:-1] + ("0" if new[-1] != "0" else "1"), 4),
        ("", known.credit_code, 4),
    ]
    text = StringIO()
    csv.writer(text).writerows([HEADINGS, *rows])
    content = text.getvalue().encode("utf-8-sig")
    read = open_list(content, FILENAME, KIND, known_headings(KIND))
    run = bring_list(
        actor=stage.actor,
        kind=KIND,
        stream=BytesIO(content),
        filename=FILENAME,
        headers=read.table.headers,
        samples=read.samples,
        places=read.places,
        unit=read.unit,
    )
    match_columns(run, actor=stage.actor, places=read.places, unit=read.unit, required=required_fields(KIND))
    check_lines(run, lines_of(run, read.table), len(read.table.rows), actor=stage.actor)
    stage.rows[type(run).__name__] += 1
