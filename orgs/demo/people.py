"""Who signs in: the Centre's staff, the funder, the auditor, and the people of two organizations."""

from __future__ import annotations

from kernel.demo import Stage

STAFF = (
    ("officer", "沈经办"),
    ("director", "顾主任"),
    ("finance", "钱财务"),
    ("funder", "冯妇联"),
    ("auditor", "季审计"),
)
MEMBERS = (("org", "陆理事", "org_admin"), ("orgmember", "何社工", "org_lead"), ("orgfinance", "曹会计", "org_finance"))
SECOND = ("org2", "方理事", "org_admin")


def load_people(stage: Stage, first: int, second: int) -> None:
    """Make the sign-ins; `first` and `second` are ids of organizations."""
    for code, name in STAFF:
        stage.sign_in(code, name, code)
    for username, name, role in MEMBERS:
        stage.sign_in(username, name, role, organization_id=first)
    username, name, role = SECOND
    stage.sign_in(username, name, role, organization_id=second)
