"""The ledger of the demo programme: movements are gathered, put in the order of their days, and posted at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from grants.ledger import MOVEMENTS, postings_of
from grants.models import Journal, LedgerAccount, Posting
from grants.operations.ledger import BY_AWARD, BY_PURPOSE, BY_QUOTA
from grants.states import Account, Aside, LedgerDeed
from kernel.demo import Stage
from kernel.money import ZERO

Key = tuple[int, Account, int | None, int | None, Aside | None]


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement before it is posted."""

    at: datetime
    deed: LedgerDeed
    year_id: int
    amount: Decimal
    subject: tuple[str, int]
    quota_id: int | None
    award_id: int | None
    occasion: str
    by: str
    note: str
    aside: Aside | None
    to_aside: Aside | None

    @property
    def sides(self) -> tuple[Key, Key]:
        """Give the accounts that lose and gain."""
        move = MOVEMENTS[self.deed]
        return _key(move.source, self, self.aside), _key(move.target, self, self.to_aside or self.aside)


class Books:
    """What has been moved so far, and what each account holds by it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.movements: list[Movement] = []

    def post(
        self,
        deed: LedgerDeed,
        *,
        year: int,
        amount: Decimal,
        at: datetime,
        subject: tuple[str, int],
        by: str,
        quota: int | None = None,
        award: int | None = None,
        occasion: str = "",
        note: str = "",
        aside: Aside | None = None,
        to_aside: Aside | None = None,
    ) -> None:
        """Note a movement of `amount` yuan; the parts of its books are named as in grants.operations.ledger."""
        self.movements.append(
            Movement(at, deed, year, amount, subject, quota, award, occasion, by, note, aside, to_aside)
        )

    def balance(self, year: int, book: Account, *, quota: int | None = None, award: int | None = None) -> Decimal:
        """Add what has been moved in and out of a book; a quota or an award narrows it."""
        held = ZERO
        for one in self.movements:
            if one.year_id != year or (quota and one.quota_id != quota) or (award and one.award_id != award):
                continue
            movement = MOVEMENTS[one.deed]
            held += one.amount if movement.target is book else ZERO
            held -= one.amount if movement.source is book else ZERO
        return held

    def write(self) -> None:
        """Write accounts, journals and postings; the database adds up the balances and refuses what goes below zero."""
        ordered = sorted(self.movements, key=lambda one: one.at)
        accounts = self._accounts(ordered)
        journals = self.stage.ids(Journal, len(ordered))
        self.stage.load(Journal, [self._journal(pk, one) for pk, one in zip(journals, ordered, strict=True)])
        postings = [
            {"journal_id": pk, "account_id": accounts[key], "amount": side.amount}
            for pk, one in zip(journals, ordered, strict=True)
            for key, side in zip(one.sides, postings_of(one.deed, one.amount), strict=True)
        ]
        self.stage.load(Posting, postings)

    def _accounts(self, ordered: list[Movement]) -> dict[Key, int]:
        keys = dict.fromkeys(key for one in ordered for key in one.sides)
        found = dict(zip(keys, self.stage.ids(LedgerAccount, len(keys)), strict=True))
        rows = [
            {"id": pk, "fiscal_year_id": year, "book": book, "quota_id": quota, "award_id": award, "aside": aside}
            for (year, book, quota, award, aside), pk in found.items()
        ]
        self.stage.load(LedgerAccount, rows)
        return found

    def _journal(self, pk: int, one: Movement) -> dict[str, Any]:
        kind, subject_id = one.subject
        return {
            "id": pk,
            "fiscal_year_id": one.year_id,
            "deed": one.deed,
            "subject_kind": kind,
            "subject_id": subject_id,
            "occasion": one.occasion,
            "posted_at": one.at,
            "created_at": one.at,
            "note": one.note,
            "posted_by": self.stage.names.get(one.by, one.by),
            "posted_by_id": self.stage.people.get(one.by),
        }


def _key(book: Account, one: Movement, aside: Aside | None) -> Key:
    if book in BY_AWARD and one.award_id is not None:
        return one.year_id, book, one.quota_id, one.award_id, None
    if book in BY_QUOTA:
        return one.year_id, book, one.quota_id, None, None
    return one.year_id, book, None, None, aside if book in BY_PURPOSE else None
