"""The codes by which existing organizations claim their accounts: each goes out in one letter, and opens once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN
from kernel.db import Record
from kernel.scope import Reader, Rows, scope


class ClaimCode(Record):
    """The code of one letter; `user_id` is who was brought in with it, as long as the code is there for them."""

    __tablename__ = "claim_code"
    __table_args__ = (
        UniqueConstraint("code_hash"),
        CheckConstraint("(user_id IS NULL) = (claimed_at IS NULL)", name="claimed_by_somebody"),
        Index(
            "uq_claim_code_in_force",
            "organization_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    code_hash: Mapped[str] = mapped_column(info=UNWRITTEN)
    expires_at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(default=None)
    claimed_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


@scope(ClaimCode)
def visible_claim_codes(_reader: Reader) -> Rows:
    """Staff see which organizations have a letter; the codes themselves are known to nobody here."""
    return {ReaderKind.STAFF: true()}
