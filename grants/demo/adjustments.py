"""Adjustments of the demo's budgets: one posted, one sent back, one with the director and one with the funder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from grants.demo.books import Books
from grants.demo.calls import Year
from grants.models import BudgetAdjustment
from grants.states import AdjustmentKind, AdjustmentState as S, Aside, LedgerDeed
from kernel.clock import at
from kernel.demo import Stage

# The year's place, days ago, the state, from which purpose to which, yuan, the reason.
STORIES = (
    (1, 150, S.POSTED, Aside.RESERVE, Aside.AUDIT, 20_000, "末期专项审计项目增加，审计费不足，由预备金补足。"),
    (1, 90, S.RETURNED, Aside.AUDIT, Aside.EVALUATION, 60_000, "中期评估服务费调增。"),
    (1, 3, S.AGREED, Aside.RESERVE, Aside.EVALUATION, 15_000, "末期评估样本增加，评估费由预备金补足。"),
    (2, 1, S.PROPOSED, Aside.EVALUATION, Aside.AUDIT, 30_000, "新一年度审计委托价格上调。"),
)
TURNED_DOWN = "中期评估的合同还没有签，请签约后再提。"


def load_adjustments(stage: Stage, books: Books, years: Sequence[Year]) -> None:
    """Write the adjustments and post the one that all have agreed to."""
    rows = []
    for pk, story in zip(stage.ids(BudgetAdjustment, len(STORIES)), STORIES, strict=True):
        place, ago, state, giving, taking, amount, reason = story
        rows.append(_row(stage, pk, years[place], ago, story))
        if state is S.POSTED:
            books.post(
                LedgerDeed.ASIDE_MOVED,
                year=years[place].id,
                amount=Decimal(amount),
                at=at(stage.as_of - timedelta(days=ago - 3), 10),
                by="funder",
                subject=("BudgetAdjustment", pk),
                note=reason,
                aside=giving,
                to_aside=taking,
            )
    stage.load(BudgetAdjustment, rows)


def _row(stage: Stage, pk: int, year: Year, ago: int, story: tuple[Any, ...]) -> dict[str, Any]:
    _place, _ago, state, giving, taking, amount, reason = story
    proposed = stage.as_of - timedelta(days=ago)
    is_agreed = state in {S.POSTED, S.AGREED}
    return {
        "id": pk,
        "number": stage.number("TZ", year.year),
        "fiscal_year_id": year.id,
        "kind": AdjustmentKind.ASIDES,
        "amount": Decimal(amount),
        "giving_aside": giving,
        "taking_aside": taking,
        "reason": reason,
        "state": state,
        "proposed_by_id": stage.people["finance"],
        "agreed_by_id": stage.people["director"] if is_agreed else None,
        "agreed_at": at(proposed + timedelta(days=1), 9) if is_agreed else None,
        "approved_by_id": stage.people["funder"] if state is S.POSTED else None,
        "approved_at": at(proposed + timedelta(days=3), 10) if state is S.POSTED else None,
        "return_reason": TURNED_DOWN if state is S.RETURNED else None,
        "created_at": at(proposed, 16),
    }
