"""The fields of each kind of list: under which headings they go, and what a template says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.tables import (
    Blank,
    Cell,
    Column,
    as_amount,
    as_text,
    as_whole,
    one_of,
)
from kernel.words import Sentence
from orgs.reference import districts
from orgs.schemas.cells import (
    GRADES,
    RATINGS,
    RESULTS,
    STATUSES,
    as_credit_code,
    as_district,
    as_grade,
    as_inspected_year,
    as_past_day,
    as_programme_year,
    as_service_fields,
    words_of,
)
from orgs.states import Grade, ImportKind, InspectionResult, OrganizationStatus


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
    _entry(
        "status",
        "登记状态 状态 机构状态",
        one_of(STATUSES, also=words_of(OrganizationStatus)),
        "Status",
        choices=STATUSES,
    ),
    _entry("registrar", "登记管理机关 登记机关", as_text(200), "Registrar"),
    _entry("supervising_unit", "业务主管单位 主管单位", as_text(200), "Supervising unit"),
    _entry("founded_on", "成立日期 成立时间 登记日期", as_past_day, "Founded on", "Such as 2010-03-08."),
    _entry("district_code", "所在区 区 行政区 所属区", as_district, "District", choices=districts("zh").values()),
    _entry("address", "地址 住所 办公地址 详细地址", as_text(300), "Address"),
    _entry("service_fields", "服务领域 业务领域", as_service_fields, "Service fields", "Several are separated by 、"),
    _entry(
        "staff_count",
        "专职人数 专职工作人员数 专职人员 从业人数 工作人员数",
        as_whole,
        "Full-time staff",
        "A whole number.",
    ),
    _entry("volunteer_count", "志愿者人数 志愿者数 志愿者", as_whole, "Volunteers", "A whole number."),
    _entry("grade", "评估等级 等级 社会组织评估等级", as_grade, "Rating", choices=RATINGS),
    _entry("announced_on", "评估公告日期 公告日期 等级公布日期", as_past_day, "Announced on", "Such as 2024-05-20."),
    _entry("inspection_year", "年检年度 检查年度", as_inspected_year, "Inspected year", "Such as 2025."),
    _entry(
        "inspection_result",
        "年检结论 年检结果 年检 年度检查结论",
        one_of(RESULTS, also=words_of(InspectionResult)),
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
    _entry(
        "grade",
        "评估结果 评估等次 等次 结项评估",
        one_of(GRADES, also=words_of(Grade)),
        "Grade",
        choices=list(GRADES)[:4],
    ),
    _entry(
        "source", "来源 依据 资料来源", as_text(200), "Source", "The contract, list or file where it is written down."
    ),
)
PUBLISHED_RATING = (
    _entry("credit_code", "统一社会信用代码 信用代码 社会信用代码", as_credit_code, CODE.label, CODE.hint),
    _entry(
        "organization",
        "社会组织名称 机构名称 组织名称 单位名称 名称",
        as_text(200),
        NAME.label,
        "A list without codes is matched by the name, as it is or was.",
    ),
    _entry("grade", "评估等级 等级 评估结果 社会组织评估等级", as_grade, "Rating", required=True, choices=RATINGS),
    _entry(
        "announced_on",
        "评估公告日期 公告日期 等级公布日期 公布日期 发布日期",
        as_past_day,
        "Announced on",
        "Such as 2024-05-20; may stay empty where one day is stated for the whole list.",
        required=True,
    ),
    _entry("certificate_number", "证书编号 等级证书编号", as_text(60), "Certificate number"),
)
ENTRIES: Mapping[ImportKind, tuple[Entry, ...]] = {
    ImportKind.ORGANIZATIONS: ORGANIZATION,
    ImportKind.PAST_PROJECTS: PAST_PROJECT,
    ImportKind.RATINGS: PUBLISHED_RATING,
}
ORGANIZATION_COLUMNS = tuple(entry.column for entry in ORGANIZATION)
HEADINGS = tuple(name for column in ORGANIZATION_COLUMNS for name in column.headers)


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
