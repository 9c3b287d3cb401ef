"""The books of a fiscal year: which deed moves money from which book to which, and what the balances show.

Double entry: every movement is two postings that sum to zero; a balance is the sum of a book's postings; no book
but the source may go below zero. This file knows the arithmetic only; the database holds it under concurrency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from grants.states import Account, LedgerDeed
from kernel.money import ZERO, sum_of, yuan
from kernel.words import Sentence


@dataclass(frozen=True, slots=True)
class Movement:
    """Where a deed takes money from and where it puts it."""

    source: Account
    target: Account


@dataclass(frozen=True, slots=True)
class Posting:
    """What one book gains (above zero) or loses (below zero), in yuan."""

    account: Account
    amount: Decimal


MOVEMENTS: Final[Mapping[LedgerDeed, Movement]] = MappingProxyType(
    {
        LedgerDeed.BUDGET_APPROVED: Movement(Account.SOURCE, Account.FREE),
        LedgerDeed.FEE_SET_ASIDE: Movement(Account.FREE, Account.SET_ASIDE),
        LedgerDeed.FEE_PAID: Movement(Account.SET_ASIDE, Account.PAID),
        LedgerDeed.ASIDE_FREED: Movement(Account.SET_ASIDE, Account.FREE),
        LedgerDeed.ASIDE_MOVED: Movement(Account.SET_ASIDE, Account.SET_ASIDE),
        LedgerDeed.BUDGET_RAISED: Movement(Account.SOURCE, Account.FREE),
        LedgerDeed.BUDGET_CUT: Movement(Account.FREE, Account.SOURCE),
        LedgerDeed.QUOTA_RAISED: Movement(Account.FREE, Account.ALLOTTED),
        LedgerDeed.QUOTA_CUT: Movement(Account.ALLOTTED, Account.FREE),
        LedgerDeed.QUOTA_MOVED: Movement(Account.ALLOTTED, Account.ALLOTTED),
        LedgerDeed.CALL_APPROVED: Movement(Account.FREE, Account.ALLOTTED),
        LedgerDeed.AWARD_APPROVED: Movement(Account.ALLOTTED, Account.APPROVED),
        LedgerDeed.AWARD_CANCELLED: Movement(Account.APPROVED, Account.ALLOTTED),
        LedgerDeed.CONTRACT_SIGNED: Movement(Account.APPROVED, Account.SIGNED),
        LedgerDeed.INSTALMENT_PAID: Movement(Account.SIGNED, Account.PAID),
        LedgerDeed.SURPLUS_TO_CALL: Movement(Account.SIGNED, Account.ALLOTTED),
        LedgerDeed.SURPLUS_TO_YEAR: Movement(Account.SIGNED, Account.FREE),
        LedgerDeed.REFUND_RECEIVED: Movement(Account.PAID, Account.FREE),
        LedgerDeed.CALL_CLOSED: Movement(Account.ALLOTTED, Account.FREE),
        LedgerDeed.YEAR_CLOSED: Movement(Account.FREE, Account.RETURNED),
    }
)
NEVER_BELOW_ZERO: Final = frozenset(set(Account) - {Account.SOURCE})
WITHIN_A_BOOK: Final = frozenset({deed for deed, move in MOVEMENTS.items() if move.source is move.target})
"""Deeds that move money between two accounts of one book: two quotas, two kinds of set-aside."""
AVAILABLE: Final = frozenset({Account.FREE, Account.ALLOTTED, Account.SET_ASIDE})


@dataclass(frozen=True, slots=True)
class YearBar:
    """The four parts of a year's budget as one bar, in yuan; `returned` left the year and stands apart."""

    paid: Decimal
    signed: Decimal
    approved: Decimal
    free: Decimal
    returned: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.paid + self.signed + self.approved + self.free


def postings_of(deed: LedgerDeed, amount: Decimal) -> tuple[Posting, Posting]:
    """Give the two postings of a deed, first the book that loses.

    Raises ValueError unless the amount is above zero and in whole cents.
    """
    if amount <= ZERO or amount != yuan(amount):
        raise ValueError(f"a movement is above zero and in whole cents, not {amount}")
    movement = MOVEMENTS[deed]
    return Posting(movement.source, -amount), Posting(movement.target, amount)


def balances_of(postings: Iterable[Posting]) -> dict[Account, Decimal]:
    """Give what every book holds; a book without postings holds 0.00."""
    held = dict.fromkeys(Account, ZERO)
    for posting in postings:
        held[posting.account] += posting.amount
    return held


def movement_problem(balances: Mapping[Account, Decimal], deed: LedgerDeed, amount: Decimal) -> Sentence | None:
    """Say why a book cannot give the amount that a deed takes from it; None when it can."""
    source = MOVEMENTS[deed].source
    held = balances.get(source, ZERO)
    if source not in NEVER_BELOW_ZERO or amount <= held:
        return None
    return Sentence(
        "“{account}” holds {held}; {amount} is {missing} too much.",
        account=source,
        held=held,
        amount=amount,
        missing=amount - held,
    )


def year_bar(balances: Mapping[Account, Decimal]) -> YearBar:
    """Give the bar of a year: paid, signed, approved, and what is free, allotted or set aside together."""
    return YearBar(
        paid=balances.get(Account.PAID, ZERO),
        signed=balances.get(Account.SIGNED, ZERO),
        approved=balances.get(Account.APPROVED, ZERO),
        free=sum_of(balances.get(account, ZERO) for account in AVAILABLE),
        returned=balances.get(Account.RETURNED, ZERO),
    )
