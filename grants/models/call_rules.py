"""What a call asks of its applicants: the rules chosen for it, each with its parameters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from grants.models.calls import Call
from grants.states import EligibilityRule
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, like_parent, scope


class CallRule(Record):
    """One rule of one call; its parameters by name. The database keeps both once the call is no draft any more."""

    __tablename__ = "call_rule"
    __table_args__ = (
        UniqueConstraint("call_id", "rule"),
        UniqueConstraint("call_id", "position"),
        CheckConstraint("jsonb_typeof(parameters) = 'object'", name="parameters_by_name"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    position: Mapped[int]
    rule: Mapped[EligibilityRule] = mapped_column(Choice(EligibilityRule))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


@scope(CallRule)
def visible_rules(reader: Reader) -> Rows:
    """Whoever reads a call reads what it asks."""
    return like_parent(CallRule.__table__.c.call_id, Call, reader)
