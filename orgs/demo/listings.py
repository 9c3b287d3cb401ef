"""Two listings of made-up organizations: one that was heard and dropped, one that is in force."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from kernel.clock import months_later
from kernel.demo import Stage
from orgs.models import BlacklistEntry, Organization
from orgs.states import BlacklistState, OrganizationType


def load_listings(stage: Stage, first: int) -> None:
    """Write a notice to the organization `first` that came to nothing, and a listing of one that does not apply."""
    wanted = select(Organization.id).where(Organization.type == OrganizationType.PUBLIC_INSTITUTION)
    another = stage.session.scalars(wanted.order_by(Organization.id.desc()).limit(1)).first()
    told = stage.as_of - timedelta(days=400)
    common: dict[str, Any] = {
        "months": 12,
        "proposed_by_id": stage.people["officer"],
        "decided_by_id": stage.people["director"],
        "notified_on": told,
        "defence_due_on": told + timedelta(days=11),
        "defended_on": told + timedelta(days=6),
        "decided_on": told + timedelta(days=20),
        "begins_on": None,
        "ends_on": None,
    }
    rows: list[dict[str, Any]] = [
        {
            **common,
            "organization_id": first,
            "state": BlacklistState.DROPPED,
            "reason": "示例：一次活动的签到表与照片人数不一致。",
            "defence": "示例：当天分两场签到，另一份签到表已补交。",
            "decision": "示例：补交的签到表与照片相符，不予列入。",
        }
    ]
    if another is not None:
        begins = told + timedelta(days=200)
        rows.append(
            {
                **common,
                "organization_id": another,
                "state": BlacklistState.IN_FORCE,
                "months": 24,
                "reason": "示例：申报材料中的合作证明系伪造。",
                "defence": "示例：经办人员自行制作，机构已处理。",
                "decided_on": begins,
                "begins_on": begins,
                "ends_on": months_later(begins, 24) - timedelta(days=1),
                "decision": "示例：情况属实，列入 24 个月。",
            }
        )
    stage.load(BlacklistEntry, [row | {"number": stage.number("LR", told.year)} for row in rows])
