"""What two organizations carried out before this register: the years that a list of the Centre brought in."""

from __future__ import annotations

from decimal import Decimal

from kernel.demo import Stage
from orgs.models import PastProject
from orgs.states import Grade

LISTS = (
    (2019, "示例·弄堂妈妈互助课堂", "86000.00", Grade.GOOD),
    (2021, "示例·外来媳妇融入计划", "128000.00", Grade.EXCELLENT),
    (2022, "示例·暑期托管陪伴营", "95000.00", None),
)


def load_past_projects(stage: Stage, first: int, second: int) -> None:
    """Write the projects of past years: all of them of the organization `first`, the oldest of `second` too."""
    pairs = [(first, told) for told in LISTS] + [(second, LISTS[0])]
    rows = [
        {
            "organization_id": organization_id,
            "year": year,
            "name": name,
            "amount": Decimal(amount),
            "grade": grade,
            "source": f"示例：{year} 年度立项名单",
        }
        for organization_id, (year, name, amount, grade) in pairs
    ]
    stage.load(PastProject, rows)
