"""What the funder and the finance officers are told about a year's budget."""

from __future__ import annotations

from typing import Any

from grants.models import BudgetAdjustment, FiscalYear
from kernel.notices import Notice, Topic, to_role
from kernel.words import Sentence


def _told(year: FiscalYear) -> dict[str, Any]:
    return {"year": year.year, "amount": year.amount}


def _told_why(year: FiscalYear) -> dict[str, Any]:
    return _told(year) | {"reason": year.return_reason or ""}


def _link(year: FiscalYear) -> str:
    return f"/years/{year.id}"


YEAR_PROPOSED = Notice(
    key="year.proposed",
    topic=Topic.TASKS,
    to=to_role("funder"),
    headline="Budget {year} waits for your approval",
    body="Finance proposes {amount} for {year}.",
    params=_told,
    link=_link,
)
YEAR_APPROVED = Notice(
    key="year.approved",
    topic=Topic.DECISIONS,
    to=to_role("finance", "officer", "director"),
    headline="Budget {year} is approved",
    body="{amount} is available for calls of {year}.",
    params=_told,
    link=_link,
)
YEAR_RETURNED = Notice(
    key="year.returned",
    topic=Topic.DECISIONS,
    to=to_role("finance"),
    headline="Budget {year} was sent back",
    body="The funder's reason: {reason}",
    params=_told_why,
    link=_link,
)
YEAR_CLOSED = Notice(
    key="year.closed",
    to=to_role("finance", "director"),
    headline="The year {year} is closed",
    body="What was free has gone back to the treasury.",
    params=_told,
    link=_link,
)


def _adjustment(one: BudgetAdjustment) -> dict[str, Any]:
    return {
        "number": one.number,
        "what": Sentence(one.kind.word),
        "amount": one.amount,
        "year": one.fiscal_year.year,
        "reason": one.reason,
    }


def _returned(one: BudgetAdjustment) -> dict[str, Any]:
    return _adjustment(one) | {"reason": one.return_reason or ""}


def _adjustment_link(one: BudgetAdjustment) -> str:
    return f"/adjustments/{one.id}"


ADJUSTMENT_PROPOSED = Notice(
    key="adjustment.proposed",
    topic=Topic.TASKS,
    to=to_role("director"),
    headline="Adjustment {number} of the budget {year} waits for you",
    body="{what}: {amount} yuan. Finance's reason: {reason}",
    params=_adjustment,
    link=_adjustment_link,
)
ADJUSTMENT_AGREED = Notice(
    key="adjustment.agreed",
    topic=Topic.TASKS,
    to=to_role("funder"),
    headline="Adjustment {number} of the budget {year} waits for your approval",
    body="{what}: {amount} yuan. The director agrees. Finance's reason: {reason}",
    params=_adjustment,
    link=_adjustment_link,
)
ADJUSTMENT_POSTED = Notice(
    key="adjustment.posted",
    topic=Topic.DECISIONS,
    to=to_role("finance", "director", "officer"),
    headline="Adjustment {number} of the budget {year} is posted",
    body="{what}: {amount} yuan. {reason}",
    params=_adjustment,
    link=_adjustment_link,
)
ADJUSTMENT_RETURNED = Notice(
    key="adjustment.returned",
    topic=Topic.DECISIONS,
    to=to_role("finance"),
    headline="Adjustment {number} of the budget {year} was sent back",
    body="{what}: {amount} yuan. The reason: {reason}",
    params=_returned,
    link=_adjustment_link,
)
ADJUSTMENT_DROPPED = Notice(
    key="adjustment.dropped",
    to=to_role("finance", "director"),
    headline="Adjustment {number} of the budget {year} is dropped",
    body="{what}: {amount} yuan. Nothing was moved.",
    params=_adjustment,
    link=_adjustment_link,
)
