"""What the funder and the finance officers are told about a year's budget."""

from __future__ import annotations

from typing import Any

from grants.models import FiscalYear
from kernel.notices import Notice, Topic, to_role


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
