"""A fiscal year from its draft to its close."""

from __future__ import annotations

from grants.notices.years import YEAR_APPROVED, YEAR_CLOSED, YEAR_PROPOSED, YEAR_RETURNED
from grants.rules.years import another_person_approves, no_adjustment_waits, nothing_is_bound
from grants.states import FiscalYearState as S
from kernel.workflow import Transition, Workflow

FISCAL_YEAR: Workflow[S] = Workflow(
    "FiscalYear",
    noun="This budget",
    initial=S.DRAFT,
    path=(S.DRAFT, S.PROPOSED, S.APPROVED, S.CLOSED),
    transitions=(
        Transition(
            name="propose",
            label="Propose the budget",
            source=frozenset({S.DRAFT}),
            target=S.PROPOSED,
            notices=(YEAR_PROPOSED,),
            icon="send",
        ),
        Transition(
            name="approve",
            label="Approve the budget",
            source=frozenset({S.PROPOSED}),
            target=S.APPROVED,
            guards=(another_person_approves,),
            notices=(YEAR_APPROVED,),
            confirm="The whole amount becomes available for calls.",
            icon="check-lg",
        ),
        Transition(
            name="return_budget",
            label="Send the budget back",
            source=frozenset({S.PROPOSED}),
            target=S.DRAFT,
            notices=(YEAR_RETURNED,),
            style="bad",
            icon="arrow-return-left",
        ),
        Transition(
            name="close",
            label="Close the year",
            source=frozenset({S.APPROVED}),
            target=S.CLOSED,
            guards=(nothing_is_bound, no_adjustment_waits),
            notices=(YEAR_CLOSED,),
            confirm="What is free goes back to the treasury. This cannot be undone.",
            style="bad",
            icon="archive",
        ),
    ),
)
