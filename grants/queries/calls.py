"""What is read about calls: the open ones, how many have applied, and what may be chosen in a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import bindparam, func, select

from grants.models import Application, BudgetLine, Call, CallQuota, Category, Lot
from grants.states import ApplicationState, CallState
from kernel.clock import now
from kernel.db import db

UNDECIDED = (ApplicationState.SUBMITTED, ApplicationState.RETURNED)


@dataclass(frozen=True, slots=True)
class Applied:
    """How many applications of a call stand where, and what they ask for in yuan (drafts apart)."""

    by_state: Mapping[ApplicationState, int]
    requested: Decimal

    @property
    def handed_in(self) -> int:
        apart = (ApplicationState.DRAFT, ApplicationState.WITHDRAWN)
        return sum(count for state, count in self.by_state.items() if state not in apart)

    @property
    def drafts(self) -> int:
        return self.by_state.get(ApplicationState.DRAFT, 0)


def applied(call_id: int) -> Applied:
    """Give how many have applied under a call, in one statement."""
    wanted = (
        select(Application.state, func.count(), func.sum(Application.requested))
        .where(Application.call_id == call_id)
        .group_by(Application.state)
    )
    rows = db.session.execute(wanted).all()
    apart = {ApplicationState.DRAFT, ApplicationState.WITHDRAWN}
    return Applied(
        by_state={state: count for state, count, _sum in rows},
        requested=sum((total for state, _count, total in rows if state not in apart), Decimal("0.00")),
    )


def count_for_review(call_id: int) -> tuple[int, int]:
    """Count the applications whose check is not decided, and those that have qualified."""
    state = Application.state
    wanted = select(
        func.count().filter(state.in_(UNDECIDED)), func.count().filter(state == ApplicationState.QUALIFIED)
    ).where(Application.call_id == call_id)
    undecided, qualified = db.session.execute(wanted).one()
    return undecided, qualified


def open_calls() -> Sequence[Call]:
    """Give the calls that take applications now or soon, the one that closes first first."""
    wanted = (
        select(Call)
        .where(Call.state.in_((CallState.PUBLISHED, CallState.OPEN)), Call.closes_at > now())
        .order_by(Call.closes_at, Call.id)
    )
    return db.session.scalars(wanted).all()


def calls_to_open() -> Sequence[Call]:
    """Give the published calls whose opening moment is reached."""
    moment = now()
    return db.session.scalars(
        select(Call).where(Call.state == CallState.PUBLISHED, Call.opens_at <= moment, Call.closes_at > moment)
    ).all()


def calls_to_close() -> Sequence[Call]:
    """Give the open calls whose closing moment is reached."""
    return db.session.scalars(select(Call).where(Call.state == CallState.OPEN, Call.closes_at <= now())).all()


def categories() -> Sequence[Category]:
    """Give the fields of service in their order."""
    return db.session.scalars(select(Category).order_by(Category.position)).all()


def call_numbered(number: str) -> Call | None:
    """Give the call of a number that the reader may see."""
    return db.session.scalars(select(Call).where(Call.number == number)).first()


_QUOTAS = select(CallQuota).where(CallQuota.call_id == bindparam("call_id")).execution_options(planned=True)


def quota_for(call_id: int, *, category_code: str | None, lot_id: int | None) -> CallQuota | None:
    """Give the quota that an application draws on: its lot's, its category's, or the call's own."""
    quotas = db.session.scalars(_QUOTAS, {"call_id": call_id}).all()
    for wanted in ((None, lot_id), (category_code, None), (None, None)):
        for quota in quotas:
            if (quota.category_code, quota.lot_id) == wanted:
                return quota
    return None


def lots_of(call_id: int) -> Sequence[Lot]:
    """Give the lots of a call in their order."""
    return db.session.scalars(select(Lot).where(Lot.call_id == call_id).order_by(Lot.position)).all()


def budget_of(application_id: int) -> Sequence[BudgetLine]:
    """Give the budget lines of an application in their order."""
    wanted = select(BudgetLine).where(BudgetLine.application_id == application_id)
    return db.session.scalars(wanted.order_by(BudgetLine.position)).all()


def calls_of_year(year_id: int) -> Sequence[Call]:
    """Give the calls of a year, oldest first."""
    return db.session.scalars(select(Call).where(Call.fiscal_year_id == year_id).order_by(Call.id)).all()
