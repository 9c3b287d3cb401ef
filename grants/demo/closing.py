"""How calls and years end: what is left of quotas goes back to the year, what is left of the year to the treasury."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam

from grants.demo.books import Books
from grants.demo.calls import Year
from grants.demo.plan import Loaded
from grants.demo.projects import Run
from grants.states import Account, CallState, InstalmentState, LedgerDeed, ProjectState as P
from kernel.clock import at
from kernel.demo import Stage
from kernel.money import ZERO
from orgs.models import Organization

NOT_RUNNING = frozenset({P.CLOSED, P.ARCHIVED, P.TERMINATED})
FINISHED_DAYS = 90
CLOSED_DAYS = 190


def close_books(stage: Stage, books: Books, years: Iterable[Year], calls: Sequence[Loaded]) -> None:
    """Give back what finished calls and the closed year have left."""
    for call in calls:
        if call.plan.state in {CallState.FINISHED, CallState.WITHDRAWN}:
            _finish(books, call)
    for year in years:
        if year.is_past:
            free = books.balance(year.id, Account.FREE)
            books.post(
                LedgerDeed.YEAR_CLOSED, year=year.id, amount=free, at=at(stage.as_of - timedelta(days=CLOSED_DAYS), 10),
                by="funder", subject=("FiscalYear", year.id),
            )  # fmt: skip


def _finish(books: Books, call: Loaded) -> None:
    day = call.plan.closes_on + timedelta(days=FINISHED_DAYS if call.plan.state is CallState.FINISHED else -10)
    for quota in call.quotas.values():
        year = call.row["fiscal_year_id"]
        left = books.balance(year, Account.ALLOTTED, quota=quota["id"])
        if left > ZERO:
            books.post(
                LedgerDeed.CALL_CLOSED, year=year, amount=left, at=at(day, 16),
                by="officer" if call.plan.state is CallState.FINISHED else "director", subject=("Call", call.id),
                quota=quota["id"], occasion=f"quota-{quota['id']}",
            )  # fmt: skip


def tell_organizations(stage: Stage, runs: Sequence[Run]) -> None:
    """Write on every organization's row its projects, what it received, and its last grade."""
    total, running = Counter[int](), Counter[int]()
    received: dict[int, Decimal] = {}
    graded: dict[int, dict[str, Any]] = {}
    for run in sorted(runs, key=lambda one: (one.row["closed_on"] is None, one.row["closed_on"] or stage.as_of)):
        pk = run.wish.organization_id
        total[pk] += 1
        running[pk] += run.story.state not in NOT_RUNNING
        paid = [part["amount"] - part["reduction"] for part in run.parts if part["state"] is InstalmentState.PAID]
        received[pk] = received.get(pk, ZERO) + sum(paid, ZERO)
        if run.row["closed_on"] is not None:
            graded[pk] = {"grade": run.story.grade, "on": run.row["closed_on"]}
    shown: Any = Organization.__table__
    wanted = (
        shown.update()
        .where(shown.c.id == bindparam("pk"))
        .values(
            projects_total=bindparam("total"),
            projects_running=bindparam("running"),
            received=bindparam("money"),
            last_grade=bindparam("grade"),
            last_graded_on=bindparam("on"),
        )
    )
    rows = [
        {"pk": pk, "total": count, "running": running[pk], "money": received[pk], "grade": None, "on": None}
        | graded.get(pk, {})
        for pk, count in total.items()
    ]
    if rows:
        stage.session.connection().execute(wanted, rows)
