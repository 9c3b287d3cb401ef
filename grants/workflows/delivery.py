"""What an organization hands in while it delivers: activity records, reports, expenses."""

from __future__ import annotations

from grants.notices.delivery import (
    ACTIVITY_RECORDED,
    ACTIVITY_RETURNED,
    EXPENSE_REJECTED,
    EXPENSE_SUBMITTED,
    REPORT_ACCEPTED,
    REPORT_RETURNED,
    REPORT_SUBMITTED,
)
from grants.rules.delivery import head_bears_the_expense, is_in_delivery, report_is_written
from grants.states import ActivityState as A, ExpenseState as E, ReportState as R
from kernel.workflow import Transition, Workflow

ACTIVITY = Workflow(
    "Activity",
    noun="Activity",
    initial=A.DRAFT,
    path=(A.DRAFT, A.RECORDED, A.ACCEPTED),
    transitions=(
        Transition(
            name="record",
            label="Record the activity",
            source=frozenset({A.DRAFT, A.RETURNED}),
            target=A.RECORDED,
            guards=(is_in_delivery,),
            notices=(ACTIVITY_RECORDED,),
            icon="send-check",
        ),
        Transition(
            name="accept",
            label="Accept the record",
            source=frozenset({A.RECORDED}),
            target=A.ACCEPTED,
            icon="check-lg",
        ),
        Transition(
            name="send_back",
            label="Send the record back",
            source=frozenset({A.RECORDED}),
            target=A.RETURNED,
            notices=(ACTIVITY_RETURNED,),
            style="quiet",
            icon="arrow-return-left",
        ),
    ),
)
REPORT = Workflow(
    "Report",
    noun="Report",
    initial=R.DRAFT,
    path=(R.DRAFT, R.SUBMITTED, R.ACCEPTED),
    transitions=(
        Transition(
            name="submit",
            label="Hand in the report",
            source=frozenset({R.DRAFT, R.RETURNED}),
            target=R.SUBMITTED,
            guards=(report_is_written,),
            notices=(REPORT_SUBMITTED,),
            confirm="The report cannot be changed while it is looked at.",
            icon="send",
        ),
        Transition(
            name="accept",
            label="Accept the report",
            source=frozenset({R.SUBMITTED}),
            target=R.ACCEPTED,
            notices=(REPORT_ACCEPTED,),
            icon="check-lg",
        ),
        Transition(
            name="send_back",
            label="Send the report back",
            source=frozenset({R.SUBMITTED}),
            target=R.RETURNED,
            notices=(REPORT_RETURNED,),
            style="quiet",
            icon="arrow-return-left",
        ),
    ),
)
EXPENSE = Workflow(
    "Expense",
    noun="Expense",
    initial=E.DRAFT,
    path=(E.DRAFT, E.SUBMITTED, E.ACCEPTED),
    transitions=(
        Transition(
            name="submit",
            label="Hand in the expense",
            source=frozenset({E.DRAFT, E.REJECTED}),
            target=E.SUBMITTED,
            notices=(EXPENSE_SUBMITTED,),
            icon="send",
        ),
        Transition(
            name="accept",
            label="Accept the expense",
            source=frozenset({E.SUBMITTED}),
            target=E.ACCEPTED,
            guards=(head_bears_the_expense,),
            icon="check-lg",
        ),
        Transition(
            name="reject",
            label="Do not accept",
            source=frozenset({E.SUBMITTED}),
            target=E.REJECTED,
            notices=(EXPENSE_REJECTED,),
            style="quiet",
            icon="x-circle",
        ),
    ),
)
