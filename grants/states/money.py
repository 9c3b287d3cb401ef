"""The books of a year, what moves money between them, and what a budget is adjusted by."""

from __future__ import annotations

from kernel.choices import Coded


class Account(Coded):
    """The books of a fiscal year; their balances sum to zero."""

    SOURCE = "source", "Fiscal source"
    FREE = "free", "Available"
    SET_ASIDE = "set_aside", "Set aside for fees and reserve"
    ALLOTTED = "allotted", "Allotted to calls"
    APPROVED = "approved", "Approved, not yet signed"
    SIGNED = "signed", "Signed, not yet paid"
    PAID = "paid", "Paid out"
    RETURNED = "returned", "Returned to the treasury"


class Aside(Coded):
    """What money is set aside for; each kind has a balance of its own."""

    EVALUATION = "evaluation", "Evaluation by third parties"
    AUDIT = "audit", "Audits"
    RESERVE = "reserve", "Reserve"


class AdjustmentKind(Coded):
    """What an adjustment of the year's budget does."""

    RAISE = "raise", "Raise the appropriation"
    CUT = "cut", "Cut the appropriation"
    TO_QUOTA = "to_quota", "Give free money to a quota"
    FROM_QUOTA = "from_quota", "Take money of a quota back to the year"
    QUOTAS = "quotas", "Move money between quotas"
    ASIDES = "asides", "Move money between the kinds of set-aside"


class AdjustmentState(Coded):
    """Where an adjustment stands: finance proposes, the director agrees, the funder approves."""

    PROPOSED = "proposed", "Waiting for the director", "bud", "clock-history"
    AGREED = "agreed", "Waiting for the funder", "bud", "clock-history"
    POSTED = "posted", "Approved and posted", "ok", "check-circle-fill"
    RETURNED = "returned", "Sent back", "bad", "x-octagon-fill"
    DROPPED = "dropped", "Dropped", "idle", "dash-circle"


class LedgerDeed(Coded):
    """What moves money between the books; the table of movements stands in `grants.ledger`."""

    BUDGET_APPROVED = "budget_approved", "Budget of the year approved"
    FEE_SET_ASIDE = "fee_set_aside", "Fees and reserve set aside"
    FEE_PAID = "fee_paid", "Fee paid from what was set aside"
    ASIDE_FREED = "aside_freed", "Money set aside given back"
    ASIDE_MOVED = "aside_moved", "Money moved between the kinds of set-aside"
    BUDGET_RAISED = "budget_raised", "Appropriation raised"
    BUDGET_CUT = "budget_cut", "Appropriation cut"
    QUOTA_RAISED = "quota_raised", "Quota raised"
    QUOTA_CUT = "quota_cut", "Quota cut"
    QUOTA_MOVED = "quota_moved", "Money moved between quotas"
    CALL_APPROVED = "call_approved", "Call approved with its quotas"
    AWARD_APPROVED = "award_approved", "Award approved"
    AWARD_CANCELLED = "award_cancelled", "Award refused, withdrawn or overturned"
    CONTRACT_SIGNED = "contract_signed", "Contract signed"
    INSTALMENT_PAID = "instalment_paid", "Instalment paid"
    SURPLUS_TO_CALL = "surplus_to_call", "Surplus of a project back to its call"
    SURPLUS_TO_YEAR = "surplus_to_year", "Surplus of a project back to the year"
    REFUND_RECEIVED = "refund_received", "Refund received"
    CALL_CLOSED = "call_closed", "Call closed with money left"
    YEAR_CLOSED = "year_closed", "Remainder returned at the end of the year"


ADJUSTMENT_OPEN = frozenset({AdjustmentState.PROPOSED, AdjustmentState.AGREED})
ADJUSTMENT_WITH_DOCUMENT = frozenset({AdjustmentKind.RAISE, AdjustmentKind.CUT})
"""What changes the appropriation itself stands on a paper of whoever appropriates."""
