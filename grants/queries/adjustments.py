"""Adjustments of a year's budget: what waits, and between which quotas money can be moved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from grants.models import BudgetAdjustment, Call, CallQuota, FiscalYear, LedgerAccount
from grants.states import ADJUSTMENT_OPEN, CALL_HOLDING, Account
from kernel.db import db
from kernel.money import ZERO


def open_adjustments(year: FiscalYear) -> int:
    """Count the adjustments of a year that nobody has decided yet."""
    wanted = select(func.count()).where(
        BudgetAdjustment.fiscal_year_id == year.id, BudgetAdjustment.state.in_(sorted(ADJUSTMENT_OPEN))
    )
    return db.session.scalars(wanted).one()


def quotas_of_year(year_id: int) -> Sequence[tuple[CallQuota, Decimal]]:
    """Give the quotas of a year's calls that hold its money, each with what it has left, in one statement."""
    left = (
        select(func.coalesce(func.sum(LedgerAccount.balance), ZERO))
        .where(LedgerAccount.quota_id == CallQuota.id, LedgerAccount.book == Account.ALLOTTED)
        .correlate(CallQuota)
        .scalar_subquery()
    )
    wanted = (
        select(CallQuota, left)
        .join(Call, Call.id == CallQuota.call_id)
        .where(Call.fiscal_year_id == year_id, Call.state.in_(sorted(CALL_HOLDING)))
        .options(joinedload(CallQuota.call), joinedload(CallQuota.category), joinedload(CallQuota.lot))
        .order_by(Call.id, CallQuota.id)
    )
    return [(quota, held) for quota, held in db.session.execute(wanted)]


def adjustments_of(year_id: int) -> Sequence[BudgetAdjustment]:
    """Give the newest adjustments of a year, those that wait first."""
    wanted = (
        select(BudgetAdjustment)
        .where(BudgetAdjustment.fiscal_year_id == year_id)
        .order_by(BudgetAdjustment.state.in_(sorted(ADJUSTMENT_OPEN)).desc(), BudgetAdjustment.id.desc())
        .limit(10)
    )
    return db.session.scalars(wanted).all()
