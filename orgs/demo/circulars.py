"""A notice that the Centre sent to the two organizations whose people sign in."""

from __future__ import annotations

from kernel.demo import Stage
from orgs.operations import send_circular

HEADLINE = "请核对机构资料"
TEXT = "新一年度征集即将开始，请登录平台核对联系人、银行账户和证照有效期。"


def load_circulars(stage: Stage, first: int, second: int) -> None:
    """Send one notice to both."""
    send_circular([first, second], actor=stage.actor, headline=HEADLINE, text=TEXT)
    stage.rows["Circular"] += 1
