"""Moving money between the books of a year: the one way in which anything is posted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from grants.ledger import MOVEMENTS, WITHIN_A_BOOK, movement_problem, postings_of
from grants.models import Award, CallQuota, FiscalYear, Journal, LedgerAccount, Posting
from grants.states import Account, Aside, LedgerDeed
from kernel.actor import Actor
from kernel.db import Record, db
from kernel.errors import Refused
from kernel.words import Sentence

BY_QUOTA = frozenset({Account.ALLOTTED})
BY_AWARD = frozenset({Account.APPROVED, Account.SIGNED, Account.PAID})
BY_ADJUSTMENT = frozenset({LedgerDeed.QUOTA_MOVED, LedgerDeed.QUOTA_CUT})
BY_PURPOSE = frozenset({Account.SET_ASIDE, Account.PAID})


@dataclass(frozen=True, slots=True)
class Purse:
    """Whose part of a book: of a quota, of an award, or of a kind of set-aside."""

    quota: CallQuota | None = None
    award: Award | None = None
    aside: Aside | None = None


def post(
    deed: LedgerDeed,
    *,
    year: FiscalYear,
    amount: Decimal,
    actor: Actor,
    subject: Record,
    quota: CallQuota | None = None,
    award: Award | None = None,
    aside: Aside | None = None,
    to: Purse | None = None,
    occasion: str = "",
    note: str = "",
) -> Journal:
    """Move `amount` yuan between the two books of a deed, for one record, once per occasion.

    The year's row is locked first, so that movements of a year come one after the other. `quota` names the allotted
    book, `award` the books of what was approved, signed or paid, `aside` what money is set aside for; `to` names the
    taking part where money moves within one book. Raises Refused when the giving book holds too little, and
    ValueError for an amount that is not above zero in whole cents.
    """
    giving, taking = postings_of(deed, amount)
    if (deed in WITHIN_A_BOOK) != (to is not None):
        raise ValueError(f"{deed.value} names the taking part if and only if it moves money within a book")
    purse = Purse(quota, award, aside)
    _lock_year(year)
    source = _account(giving.account, year, purse)
    target = _account(taking.account, year, to or purse)
    _refuse_too_much(deed, amount, source)
    journal = Journal(
        fiscal_year_id=year.id,
        deed=deed,
        subject_kind=type(subject).__name__,
        subject_id=subject.id,
        occasion=occasion,
        note=note,
        posted_by=actor.name,
        posted_by_id=actor.user_id,
        postings=[
            Posting(account_id=source, amount=giving.amount),
            Posting(account_id=target, amount=taking.amount),
        ],
    )
    db.session.add(journal)
    db.session.flush()
    return journal


def _lock_year(year: FiscalYear) -> None:
    # The weaker lock lets foreign keys of other deeds refer to the year meanwhile.
    db.session.execute(select(FiscalYear.id).where(FiscalYear.id == year.id).with_for_update(key_share=True))


def _account(book: Account, year: FiscalYear, purse: Purse) -> int:
    """Give the id of a book's account, opened now if it is not there yet."""
    key = {"fiscal_year_id": year.id, "book": book, **_owner_of(book, purse)}
    db.session.execute(insert(LedgerAccount).values(**key).on_conflict_do_nothing())
    wanted = select(LedgerAccount.id).where(
        *(
            getattr(LedgerAccount, name).is_(None) if value is None else getattr(LedgerAccount, name) == value
            for name, value in key.items()
        )
    )
    return db.session.scalars(wanted).one()


def _owner_of(book: Account, purse: Purse) -> dict[str, Any]:
    """Say whose account of a book it is, as the checks of the table want it."""
    owner: dict[str, Any] = {"quota_id": None, "award_id": None, "aside": None}
    award, quota = purse.award, purse.quota
    if book in BY_AWARD and award is not None:
        return owner | {"quota_id": award.quota_id, "award_id": award.id}
    if book in BY_QUOTA:
        return owner | {"quota_id": quota.id if quota is not None else award.quota_id if award is not None else None}
    if book in BY_PURPOSE:
        return owner | {"aside": purse.aside}
    return owner


def _refuse_too_much(deed: LedgerDeed, amount: Decimal, source: int) -> None:
    book = MOVEMENTS[deed].source
    held = db.session.scalars(select(LedgerAccount.balance).where(LedgerAccount.id == source)).one()
    problem = movement_problem({book: held}, deed, amount)
    if problem is None:
        return
    if book in BY_QUOTA and deed not in BY_ADJUSTMENT:
        raise Refused(Sentence("{left} is left of this quota; the list needs {needed}.", left=held, needed=amount))
    raise Refused(problem)
