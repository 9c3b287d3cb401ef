"""Reads of expenses."""

from __future__ import annotations

from sqlalchemy import select

from grants.models import Expense
from kernel.db import db


def expense_with_key(invoice_key: str, *, but: int | None = None) -> Expense | None:
    """Give the expense of the whole system that carries this invoice key."""
    wanted = select(Expense).where(Expense.invoice_key == invoice_key)
    if but is not None:
        wanted = wanted.where(Expense.id != but)
    return db.session.scalars(wanted).first()
