"""The one order in which rows of money are locked: year, call, quotas by their ids; so nobody waits in a circle."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from grants.models import BudgetAdjustment, Call, CallQuota, FiscalYear
from kernel.db import db


def lock_quotas(call: Call, quota_ids: Iterable[int]) -> None:
    """Take the rows that a movement between quotas and awards depends on, until the transaction ends."""
    # The weaker lock lets foreign keys of other deeds refer to these rows meanwhile.
    for wanted in (
        select(FiscalYear.id).where(FiscalYear.id == call.fiscal_year_id),
        select(Call.id).where(Call.id == call.id),
        select(CallQuota.id).where(CallQuota.id.in_(sorted(set(quota_ids)))).order_by(CallQuota.id),
    ):
        db.session.execute(wanted.with_for_update(key_share=True)).all()


def lock_adjusted(adjustment: BudgetAdjustment) -> None:
    """Take the year and the quotas that an adjustment changes, and read them anew."""
    quotas = {adjustment.giving_quota_id, adjustment.taking_quota_id} - {None}
    for wanted in (
        select(FiscalYear).where(FiscalYear.id == adjustment.fiscal_year_id),
        select(CallQuota).where(CallQuota.id.in_(quotas)).order_by(CallQuota.id),
    ):
        db.session.scalars(wanted.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def hold_call(call: Call) -> None:
    """Read a call as it stands now and keep it so until the transaction ends; many may hold it at once.

    Whoever closes, extends or withdraws it waits for those who are handing in, and they see what was decided before.
    """
    db.session.refresh(call, with_for_update={"read": True, "of": Call})
