"""Four requests for accounts with papers: two that wait, one that was refused, one that nobody decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from kernel.demo import Stage
from kernel.files import StoredFile
from orgs.demo.passports import sample_paper
from orgs.models import AccountRequest, Organization
from orgs.operations.blacklist import NOBODYS
from orgs.queries.claims import LAPSES_AFTER
from orgs.states import AccessReason, AccountRequestState, OrganizationStatus, RequestPaper


def load_requests(stage: Stage, first: int) -> None:
    """Write requests of made-up people: of the organization `first`, which lost its way in, and of two others."""
    wanted = select(Organization.id, Organization.name, Organization.credit_code).where(
        Organization.status == OrganizationStatus.ACTIVE
    )
    own = stage.session.execute(wanted.where(Organization.id == first)).one()
    others = stage.session.execute(wanted.order_by(Organization.id.desc()).limit(2)).all()
    rows = [
        _row(stage, own, "示例·郑理事", 2, about=AccessReason.LOST, words="示例：原管理员已离职，手机号停用。"),
        *(_row(stage, one, "示例·邹干事", 4) for one in others[:1]),
        *(
            _row(
                stage,
                one,
                "示例·孔秘书",
                9,
                state=AccountRequestState.REFUSED,
                decided_on=stage.as_of - timedelta(days=7),
                decided_by_id=stage.people["officer"],
                answer="示例：授权书未加盖公章，请补盖后重新申请。",
            )
            for one in others[1:]
        ),
        *(
            _row(
                stage,
                one,
                "示例·白理事",
                75,
                state=AccountRequestState.LAPSED,
                decided_on=stage.as_of - timedelta(days=75) + LAPSES_AFTER,
            )
            for one in others[1:]
        ),
    ]
    ids = stage.ids(AccountRequest, len(rows))
    stage.load(AccountRequest, [{"id": pk, **row} for pk, row in zip(ids, rows, strict=True)])
    kept = stage.keep(sample_paper())
    files = [
        stage.file(
            kept,
            f"{paper.value}.pdf",
            owner=("AccountRequest", pk),
            kind=paper.value,
            organization_id=NOBODYS,
            on=stage.moment(row["asked_on"]),
        )
        for pk, row in zip(ids, rows, strict=True)
        for paper in RequestPaper
    ]
    stage.load(StoredFile, [{**file, "restricted": True} for file in files])


def _row(stage: Stage, organization: Any, person: str, days: int, **more: Any) -> dict[str, Any]:
    asked_on = stage.as_of - timedelta(days=days)
    return {
        "number": stage.number("ZH", asked_on.year),
        "state": AccountRequestState.RECEIVED,
        "about": AccessReason.FIRST,
        "credit_code": organization.credit_code,
        "organization_name": organization.name,
        "person": person,
        "email": f"request{days}@example.org",
        "phone": f"021-5550{days:04d}",
        "words": None,
        "locale": "zh",
        "asked_on": asked_on,
        "decided_on": None,
        "decided_by_id": None,
        "answer": None,
        **more,
    }
