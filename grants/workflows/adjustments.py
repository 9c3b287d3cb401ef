"""Adjustments of a budget: finance proposes, the director agrees, the funder approves; three different people."""

from __future__ import annotations

from grants.notices.years import (
    ADJUSTMENT_AGREED,
    ADJUSTMENT_DROPPED,
    ADJUSTMENT_POSTED,
    ADJUSTMENT_RETURNED,
)
from grants.rules.adjustments import (
    calls_hold_money,
    giving_book_holds_it,
    giving_quota_keeps_something,
    year_can_be_adjusted,
)
from grants.rules.separation import taken_by_another
from grants.states import ADJUSTMENT_OPEN, AdjustmentState as S
from kernel.workflow import Transition, Workflow

POSSIBLE = (year_can_be_adjusted, calls_hold_money, giving_book_holds_it, giving_quota_keeps_something)

ADJUSTMENT: Workflow[S] = Workflow(
    "BudgetAdjustment",
    noun="This adjustment",
    initial=S.PROPOSED,
    path=(S.PROPOSED, S.AGREED, S.POSTED),
    transitions=(
        Transition(
            name="agree",
            label="Agree and send to the funder",
            source=frozenset({S.PROPOSED}),
            target=S.AGREED,
            guards=(taken_by_another("proposed_by_id"), *POSSIBLE),
            notices=(ADJUSTMENT_AGREED,),
            icon="check-lg",
        ),
        Transition(
            name="approve",
            label="Approve and post",
            source=frozenset({S.AGREED}),
            target=S.POSTED,
            guards=(taken_by_another("proposed_by_id", "agreed_by_id"), *POSSIBLE),
            notices=(ADJUSTMENT_POSTED,),
            confirm="The money moves at once, in one entry of the ledger.",
            icon="check-lg",
        ),
        Transition(
            name="return_adjustment",
            label="Send the adjustment back",
            source=frozenset({S.PROPOSED}),
            target=S.RETURNED,
            notices=(ADJUSTMENT_RETURNED,),
            style="bad",
            icon="arrow-return-left",
        ),
        Transition(
            name="refuse",
            label="Do not approve",
            source=frozenset({S.AGREED}),
            target=S.RETURNED,
            notices=(ADJUSTMENT_RETURNED,),
            style="bad",
            icon="arrow-return-left",
        ),
        Transition(
            name="drop",
            label="Drop the adjustment",
            source=frozenset(ADJUSTMENT_OPEN),
            target=S.DROPPED,
            notices=(ADJUSTMENT_DROPPED,),
            style="quiet",
            icon="x-lg",
        ),
    ),
)
