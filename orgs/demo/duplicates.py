"""A few organizations that stand in the register twice, one pair that does not, and a link that a person wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from kernel.demo import Stage
from kernel.scope import whole
from kernel.workflow import bulk_load
from orgs.credit_code import check_digits_for
from orgs.demo import words
from orgs.models import BankAccount, Organization, OrganizationLink, OrganizationMerge, PossibleDuplicate
from orgs.models.bank_account import number_columns
from orgs.names import name_columns
from orgs.operations.duplicates import compare_these
from orgs.operations.merging import clashes_of
from orgs.states import DuplicateState, LinkKind, MergeState, OrganizationType

PLACE: Final = 20
"""The first of the organizations that are made alike, in the order of the register."""
MOVED: Final = ("310115", "310112")
ALIKE: Final = (f"{words.MARK}栖霞家庭服务中心", f"{words.MARK}栖霞家庭服务中心（上海）")
HOMOPHONES: Final = (f"{words.MARK}馨园心理关爱中心", f"{words.MARK}欣园心理关爱中心")
PAID_TOGETHER: Final = (f"{words.MARK}望舒妇女维权服务社", f"{words.MARK}望舒法律援助中心")
TWO_INDEED: Final = (f"{words.MARK}东篱社区公益中心", f"{words.MARK}西篱社区公益中心")
BANK: Final = "示例银行上海第三支行"
SHARED_NUMBER: Final = "1001000200031234"


def make_alike(rows: Sequence[dict[str, Any]]) -> None:
    """Write eight organizations of the register as four pairs, before anything hangs on them."""
    some = rows[PLACE : PLACE + 8]
    for row, name in zip(some, (*ALIKE, *HOMOPHONES, *PAID_TOGETHER, *TWO_INDEED), strict=True):
        _name(row, name, row["credit_code"][2:8], row["credit_code"][8:16])
    one, other = some[0], some[1]
    elsewhere = next(area for area in MOVED if area != one["credit_code"][2:8])
    _name(other, other["name"], elsewhere, one["credit_code"][8:16])
    for one, other in (some[0:2], some[2:4]):
        other |= {key: one[key] for key in ("contact_name", "contact_phone", "address", "district_code")}


def _name(row: dict[str, Any], name: str, area: str, number: str) -> None:
    """Give a row a name and the code of a social service institution, registered in an area under a number."""
    first = f"52{area}{number}"
    row.update(name_columns(name, [], first + check_digits_for(first)), type=OrganizationType.SERVICE_INSTITUTION)


def load_duplicates(stage: Stage, *linked: int) -> None:
    """Write the accounts that two share, compare the eight, set one pair aside, and link the organizations `linked`."""
    wanted = select(Organization.id).order_by(Organization.id).offset(PLACE).limit(8)
    ids = list(stage.session.scalars(wanted))
    _load_accounts(stage, ids[4:6])
    with whole(stage.actor, "demo.load"):
        compare_these(ids, actor=stage.actor)
    _set_aside(stage, ids[6], ids[7])
    _propose_merge(stage, ids[0], ids[1])
    first, second = linked
    row = {
        "first_id": first,
        "second_id": second,
        "kind": LinkKind.FOUNDER,
        "source": "示例：登记信息公示中的发起人一栏",
        "note": "示例：2019 年由前者发起设立。",
        "recorded_on": _days(stage, -120),
        "recorded_by_id": stage.people["officer"],
    }
    stage.load(OrganizationLink, [row])


def _load_accounts(stage: Stage, ids: Sequence[int]) -> None:
    wanted = select(Organization.id, Organization.name).where(Organization.id.in_(ids))
    names = {row.id: row.name for row in stage.session.execute(wanted)}
    rows = [
        {
            "organization_id": pk,
            "holder": names[pk],
            "bank": BANK,
            **number_columns(SHARED_NUMBER),
            "since": _days(stage, -300),
            "recorded_by_id": stage.people["officer"],
            "verified_on": _days(stage, -299),
            "verified_by_id": stage.people["finance"],
        }
        for pk in ids
    ]
    stage.load(BankAccount, rows)


def _set_aside(stage: Stage, first: int, second: int) -> None:
    wanted = select(PossibleDuplicate).where(PossibleDuplicate.first_id == first, PossibleDuplicate.second_id == second)
    pair = stage.session.scalars(wanted).one()
    with bulk_load():
        pair.state = DuplicateState.DISMISSED
        pair.reason = "示例：已核对登记证书，两家机构的负责人、地址与业务主管单位均不同。"
        pair.decided_on, pair.decided_by_id = _days(stage, -6), stage.people["officer"]
        stage.session.flush()


def _propose_merge(stage: Stage, survivor: int, merged: int) -> None:
    """Let a merge wait for the director, with the clashes of both files as they are."""
    with whole(stage.actor, "demo.load"):
        clashes = [clash.key for clash in clashes_of(survivor, merged)]
    other = stage.session.scalars(select(Organization).where(Organization.id == merged)).one()
    row = {
        "survivor_id": survivor,
        "merged_id": merged,
        "merged_name": other.name,
        "merged_code": other.credit_code,
        "state": MergeState.PROPOSED,
        "reason": "示例：两份登记证书的主体标识码相同，系迁址后换发。",
        "taken": ["staff_count", *clashes[:1]],
        "clashes": clashes,
        "proposed_by_id": stage.people["officer"],
        "proposed_on": _days(stage, -1),
    }
    stage.load(OrganizationMerge, [row])


def _days(stage: Stage, count: int) -> date:
    return stage.as_of + timedelta(days=count)
