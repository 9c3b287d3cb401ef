"""The papers, the accounts and the changes of the two organizations whose people sign in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from kernel.clock import months_later
from kernel.demo import Stage
from kernel.documents import Paper
from kernel.files import StoredFile
from kernel.words import Sentence
from orgs.models import BankAccount, NameChange, Organization, OrganizationDocument, ProfileChange
from orgs.models.bank_account import masked_account, number_columns
from orgs.states import ChangeState, DocumentKind, ProfileField

CENTRE = Sentence("Shanghai Women's Social Organization Development Centre")
BANK = "示例银行上海第一支行"
NEW_BANK = "示例银行上海第二支行"
NUMBER = "100100020003000{place}"
NEXT_NUMBER = "1001000200039901"
PAPERS = (
    (DocumentKind.REGISTRATION, "登记证书"),
    (DocumentKind.OPENING_PERMIT, "开户信息"),
    (DocumentKind.LEASE, "租赁合同"),
)


def load_passports(stage: Stage, *ids: int) -> None:
    """Write the passports of the organizations `ids`, and a change of the account of the first that waits."""
    wanted = select(Organization).where(Organization.id.in_(ids)).order_by(Organization.id)
    found = stage.session.scalars(wanted).all()
    _load_names(stage)
    _load_documents(stage, found)
    _load_accounts(stage, found)
    _load_change(stage, ids[0])


def _load_names(stage: Stage) -> None:
    renamed = select(Organization).where(func.cardinality(Organization.former_names) > 0)
    stage.load(
        NameChange,
        [
            {
                "organization_id": one.id,
                "since": months_later(one.founded_on or stage.as_of, 18),
                "was": one.former_names[-1],
                "name": one.name,
                "reason": "示例：业务范围调整",
                "source": one.registrar,
            }
            for one in stage.session.scalars(renamed.order_by(Organization.id))
        ],
    )


def _load_documents(stage: Stage, found: Sequence[Organization]) -> None:
    ends = {DocumentKind.REGISTRATION: months_later(stage.as_of, 20), DocumentKind.LEASE: _days(stage, 40)}
    rows: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    kept = stage.keep(sample_paper())
    pairs = [(one, kind, word) for one in found for kind, word in PAPERS]
    for pk, (one, kind, word) in zip(stage.ids(OrganizationDocument, len(pairs)), pairs, strict=True):
        valid_to = ends.get(kind)
        rows.append(
            {
                "id": pk,
                "organization_id": one.id,
                "kind": kind,
                "number": f"示例{one.id:04d}",
                "valid_from": months_later(valid_to or stage.as_of, -36),
                "valid_to": valid_to,
            }
        )
        owner = ("OrganizationDocument", pk)
        name, on = f"{word}（示例）.pdf", stage.moment(_days(stage, -90))
        files.append(stage.file(kept, name, owner=owner, kind="document", organization_id=one.id, on=on))
    stage.load(OrganizationDocument, rows)
    stage.load(StoredFile, files)


def _load_accounts(stage: Stage, found: Sequence[Organization]) -> None:
    stage.load(
        BankAccount,
        [
            {
                "organization_id": one.id,
                "holder": one.name,
                "bank": BANK,
                **number_columns(NUMBER.format(place=place)),
                "since": _days(stage, -700),
                "recorded_by_id": stage.people["officer"],
                "verified_on": _days(stage, -699) if place == 0 else None,
                "verified_by_id": stage.people["finance"] if place == 0 else None,
            }
            for place, one in enumerate(found)
        ],
    )


def _load_change(stage: Stage, organization_id: int) -> None:
    row = {
        "organization_id": organization_id,
        "field": ProfileField.BANK_ACCOUNT,
        "state": ChangeState.PROPOSED,
        "was": f"{BANK} {masked_account(NUMBER.format(place=0)[-4:])}",
        "value": f"{NEW_BANK} {masked_account(NEXT_NUMBER[-4:])}",
        "holder": stage.session.scalar(select(Organization.name).where(Organization.id == organization_id)),
        "bank": NEW_BANK,
        "number": NEXT_NUMBER,
        "reason": "示例：基本账户迁至新支行。",
        "proposed_by_id": stage.people["org"],
        "proposed_on": _days(stage, -2),
    }
    [pk] = stage.ids(ProfileChange, 1)
    stage.load(ProfileChange, [{"id": pk, **row}])
    kept, on = stage.keep(sample_paper()), stage.moment(_days(stage, -2))
    owner = ("ProfileChange", pk)
    proof = stage.file(kept, "开户信息（示例）.pdf", owner=owner, kind="proof", organization_id=organization_id, on=on)
    stage.load(StoredFile, [proof])


def _days(stage: Stage, count: int) -> date:
    return stage.as_of + timedelta(days=count)


def sample_paper() -> bytes:
    """Give a page that says that it is none."""
    paper = Paper("证照（示例）", organization=CENTRE, number="DEMO", day=date(2026, 1, 1), locale="zh")
    paper.paragraph("本页为演示数据自动生成的示例证照，不含任何真实信息。")
    return paper.build()
