"""What comes in from outside: lists of organizations and of projects of past years, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from kernel.errors import Refused
from kernel.tables import (
    Blank,
    Cell,
    Column,
    ImportRow,
    Limits,
    Table,
    as_amount,
    as_day,
    as_text,
    as_whole,
    normalize_text,
    one_of,
    places_of,
    read_row,
    read_table,
)
from kernel.tables.text import cell_text, heading_key
from kernel.words import Sentence
from orgs import credit_code, rules
from orgs.ratings import read_grade
from orgs.reference import district_tiles, districts, service_fields
from orgs.states import Grade, ImportKind, InspectionResult, OrganizationStatus, RatingGrade

LIST_LIMITS = Limits(formulas=False)
SAMPLES = 3
TEN_THOUSAND = 10_000
_YEAR = re.compile(r"(\d{4})(年度?)?")
_YEAR_IN_HEADING = re.compile(r"(?:19|20)\d{2}")
_DATED = re.compile(r"(?:19|20)\d{2}\s*年?度?")
_BETWEEN = re.compile(r"[、，,;；/|\s]+")


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


def as_service_fields(cell: Cell) -> list[str]:
    """Take service fields by their names, separated as people separate them."""
    known = {heading_key(name): code for locale in ("zh", "en") for code, name in service_fields(locale).items()}
    known |= {code: code for code in service_fields("zh")}
    told = [part for part in _BETWEEN.split(normalize_text(cell_text(cell))) if part]
    unknown = [part for part in told if heading_key(part) not in known]
    if unknown:
        raise Refused(
            Sentence(
                "“{text}” is not one of: {choices}.",
                text="、".join(unknown)[:40],
                choices="、".join(service_fields("zh").values()),
            )
        )
    return sorted({known[heading_key(part)] for part in told})


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
RATINGS = tuple(f"{grade.value}" for grade in RatingGrade)


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a list: its column, its name and hint on pages (msgids), and what may be chosen in the template."""

    column: Column
    label: str
    hint: str = ""
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.column.name


def _entry(
    name: str,
    headers: str,
    parse: Callable[[Cell], Any],
    label: str,
    hint: str = "",
    *,
    required: bool = False,
    choices: Iterable[str] = (),
) -> Entry:
    column = Column(name, (*headers.split(), label), parse, required=required)
    return Entry(column, label, hint, tuple(choices))


NAME = _entry(
    "name",
    "社会组织名称 机构名称 组织名称 单位名称 名称",
    as_text(200),
    "Name of the organization",
    "As on the certificate of registration.",
    required=True,
)
CODE = _entry(
    "credit_code",
    "统一社会信用代码 信用代码 社会信用代码",
    as_credit_code,
    "Unified social credit code",
    "18 characters.",
    required=True,
)
ORGANIZATION = (
    NAME,
    CODE,
    _entry("status", "登记状态 状态 机构状态", one_of(STATUSES), "Status", choices=STATUSES),
    _entry("registrar", "登记管理机关 登记机关", as_text(200), "Registrar"),
    _entry("supervising_unit", "业务主管单位 主管单位", as_text(200), "Supervising unit"),
    _entry("founded_on", "成立日期 成立时间 登记日期", as_past_day, "Founded on", "Such as 2010-03-08."),
    _entry("district_code", "所在区 区 行政区 所属区", as_district, "District", choices=districts("zh").values()),
    _entry("address", "地址 住所 办公地址 详细地址", as_text(300), "Address"),
    _entry("service_fields", "服务领域 业务领域", as_service_fields, "Service fields", "Several are separated by 、"),
    _entry(
        "staff_count", "专职人数 专职工作人员数 从业人数 工作人员数", as_whole, "Full-time staff", "A whole number."
    ),
    _entry("volunteer_count", "志愿者人数 志愿者数", as_whole, "Volunteers", "A whole number."),
    _entry("grade", "评估等级 等级 社会组织评估等级", as_grade, "Rating", choices=RATINGS),
    _entry("announced_on", "评估公告日期 公告日期 等级公布日期", as_past_day, "Announced on", "Such as 2024-05-20."),
    _entry("inspection_year", "年检年度 检查年度", as_inspected_year, "Inspected year", "Such as 2025."),
    _entry(
        "inspection_result",
        "年检结论 年检结果 年检 年度检查结论",
        one_of(RESULTS),
        "Annual inspection",
        choices=RESULTS,
    ),
)
PAST_PROJECT = (
    _entry(
        "credit_code", "统一社会信用代码 信用代码 社会信用代码", as_credit_code, CODE.label, CODE.hint, required=True
    ),
    _entry("organization", "社会组织名称 机构名称 组织名称 单位名称 承接机构", as_text(200), NAME.label, NAME.hint),
    _entry("name", "项目名称 项目 名称", as_text(200), "Name of the project", required=True),
    _entry("year", "年度 年份 项目年度", as_programme_year, "Year", "Such as 2019.", required=True),
    _entry("amount", "金额 立项金额 合同金额 资助金额 项目金额", as_amount(), "Amount (yuan)", required=True),
    _entry("grade", "评估结果 评估等次 等次 结项评估", one_of(GRADES), "Grade", choices=list(GRADES)[:4]),
    _entry(
        "source", "来源 依据 资料来源", as_text(200), "Source", "The contract, list or file where it is written down."
    ),
)
ENTRIES: Mapping[ImportKind, tuple[Entry, ...]] = {
    ImportKind.ORGANIZATIONS: ORGANIZATION,
    ImportKind.PAST_PROJECTS: PAST_PROJECT,
}
ORGANIZATION_COLUMNS = tuple(entry.column for entry in ORGANIZATION)
HEADINGS = tuple(name for column in ORGANIZATION_COLUMNS for name in column.headers)


class OnceEach:
    """Refuses the second row of an organization in one list, and what a row states only by half."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, values: Mapping[str, Any]) -> Iterable[Sentence]:
        code = values["credit_code"]
        if code in self.seen:
            yield Sentence("The organization {code} stands in the list twice.", code=code)
        self.seen.add(code)
        if values.get("inspection_result") is not None and values.get("inspection_year") is None:
            yield Sentence("The year of the annual inspection is missing.")
        if values.get("announced_on") is not None and values.get("grade") is None:
            yield Sentence("The day of an announcement needs the grade that was announced.")


class ProjectOnce:
    """Refuses the second row of a project in one list."""

    def __init__(self) -> None:
        self.seen: set[tuple[Any, ...]] = set()

    def __call__(self, values: Mapping[str, Any]) -> Iterable[Sentence]:
        key = (values["credit_code"], values["year"], values["name"])
        if key in self.seen:
            yield Sentence("The project “{name}” stands in the list twice.", name=values["name"])
        self.seen.add(key)


CHECKS: Mapping[ImportKind, Callable[[], Callable[[Mapping[str, Any]], Iterable[Sentence]]]] = {
    ImportKind.ORGANIZATIONS: OnceEach,
    ImportKind.PAST_PROJECTS: ProjectOnce,
}


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list as it came: its table, in which column each field is believed to stand, and the unit of its amounts."""

    table: Table
    places: dict[str, int]
    unit: int
    samples: list[list[str]] = field(default_factory=list)


def required_fields(kind: ImportKind) -> list[str]:
    """Give the fields that every line must state."""
    return [entry.name for entry in ENTRIES[kind] if entry.column.required]


def open_list(source: Path | bytes, filename: str, kind: ImportKind, known: Mapping[str, str]) -> ListRead:
    """Read a list and match its columns by their headings; `known` is what people have matched before.

    Raises Refused when it is no spreadsheet, damaged, hostile or too large.
    """
    columns = [entry.column for entry in ENTRIES[kind]]
    wanted = [*(name for column in columns for name in column.headers), *(key for key, told in known.items() if told)]
    table = read_table(source, filename, wanted=wanted, limits=LIST_LIMITS, or_first=True)
    places = places_of(table.headers, columns)
    undated = [_DATED.sub("", header) for header in table.headers]
    places |= {
        name: place
        for name, place in places_of(undated, columns).items()
        if name not in places and place not in places.values()
    }
    for place, header in enumerate(table.headers):
        told = known.get(heading_key(header))
        if told is not None:
            places = {name: at for name, at in places.items() if at != place}
            places |= {told: place} if told else {}
    unit = TEN_THOUSAND if "amount" in places and "万元" in table.headers[places["amount"]] else 1
    samples = [[typed_text(cell) or "" for cell in cells][: len(table.headers)] for cells in table.rows[:SAMPLES]]
    return ListRead(table, places, unit, samples)


def lines_of(kind: ImportKind, table: Table, places: Mapping[str, int], unit: int) -> Iterator[ImportRow]:
    """Give each line with its values or what is wrong with it; its cells are the texts that `values_of` reads again."""
    columns, check = _columns(kind, unit), CHECKS[kind]()
    year = _year_of_heading(table.headers, places)
    for number, cells in enumerate(table.rows, table.first_row):
        if any(cell is not None for cell in cells):
            typed = [typed_text(cell) for cell in cells]
            told = {name: typed[place] if place < len(typed) else None for name, place in places.items()}
            yield read_row(number, typed, {**told, **year(told)}, columns, check=check)


def values_of(kind: ImportKind, cells: Mapping[str, str], headers: Sequence[str], run: Any) -> dict[str, Any]:
    """Read the kept cells of a line that was found good when it was checked."""
    year = _year_of_heading(headers, run.places)
    row = read_row(0, (), {**cells, **year(cells)}, _columns(kind, run.unit))
    return dict(row.values)


def typed_text(cell: Cell) -> str | None:
    """Write a cell as the text that it is read from, now and when it is taken in."""
    match cell:
        case None:
            return None
        case datetime():
            return cell.date().isoformat()
        case _:
            return cell_text(cell)


def _columns(kind: ImportKind, unit: int) -> list[Column]:
    given = as_amount(unit)
    return [
        Column(entry.name, entry.column.headers, given, required=entry.column.required)
        if entry.name == "amount"
        else entry.column
        for entry in ENTRIES[kind]
    ]


def _year_of_heading(
    headers: Sequence[str], places: Mapping[str, int]
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Give the year that the heading of an inspection's result names (2025年度年检结论), where no column states it."""
    place = places.get("inspection_result")
    found = _YEAR_IN_HEADING.search(headers[place]) if place is not None else None
    if found is None or "inspection_year" in places:
        return lambda _told: {}
    return lambda told: {"inspection_year": found[0]} if told.get("inspection_result") else {}


def blanks(kind: ImportKind, locale: str) -> list[Blank]:
    """Give the columns of a template to fill in, in the language of who fills it in."""
    return [
        Blank(
            title=entry.column.headers[0] if locale == "zh" else entry.label,
            hint=Sentence(entry.hint).render(locale) if entry.hint else "",
            choices=entry.choices,
            required=entry.column.required,
            is_text=entry.name == "credit_code",
        )
        for entry in ENTRIES[kind]
    ]
