"""The bank accounts of organizations: the number encrypted, found again by its fingerprint, verified by a person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.audit import MASKED, UNWRITTEN
from kernel.db import Record
from kernel.encryption import Encrypted, fingerprint
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import SEALED, Organization

TAIL = 4


class BankAccount(Record):
    """An account that money is paid to; the one without `until` is the current one, the earlier ones are kept.

    `number_print` is the same for the same number (kernel.encryption), so that two organizations with one account
    are found though no number can be read in the database. `tail` is its last four figures.
    """

    __tablename__ = "bank_account"
    __table_args__ = (
        CheckConstraint("until >= since", name="ends_after_it_begins"),
        CheckConstraint("num_nulls(verified_on, verified_by_id) IN (0, 2)", name="verified_by_somebody"),
        CheckConstraint("verified_by_id <> recorded_by_id", name="is_verified_by_another"),
        CheckConstraint("btrim(holder) <> '' AND btrim(bank) <> ''", name="names_holder_and_bank"),
        CheckConstraint(f"number {SEALED}", name="number_is_sealed"),
        Index(
            "uq_bank_account_current",
            "organization_id",
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_bank_account_organization_id", "organization_id"),
        Index("ix_bank_account_number_print", "number_print"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey(Organization.id))
    holder: Mapped[str]
    bank: Mapped[str]
    number: Mapped[str] = mapped_column(Encrypted, info=MASKED, deferred=True)
    number_print: Mapped[str] = mapped_column(info=UNWRITTEN)
    tail: Mapped[str] = mapped_column(info=MASKED)
    since: Mapped[date]
    until: Mapped[date | None]
    recorded_by_id: Mapped[int]
    verified_on: Mapped[date | None]
    verified_by_id: Mapped[int | None]

    organization: Mapped[Organization] = relationship(viewonly=True, lazy="raise_on_sql")

    @property
    def masked(self) -> str:
        """Give what everybody but those who verify it reads of the number."""
        return masked_account(self.tail)

    def __str__(self) -> str:
        return f"{self.bank} {self.masked}"


def masked_account(tail: str) -> str:
    """Write the last figures of an account as pages show them: "•••• 7788"."""
    return f"•••• {tail}"


def number_columns(number: str) -> dict[str, str]:
    """Give the columns that follow from an account's number, ready to be stored."""
    return {"number": number, "number_print": fingerprint("bank account", number), "tail": number[-TAIL:]}


@scope(BankAccount)
def visible_accounts(reader: Reader) -> Rows:
    own = BankAccount.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
