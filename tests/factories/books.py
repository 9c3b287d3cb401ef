"""Books for stories of the ledger: a year with two calls, their quotas and awards, and any deed upon them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import TypeVar

from sqlalchemy import func, select, text

from grants.ledger import WITHIN_A_BOOK
from grants.models import Application, Award, AwardList, Call, CallQuota, FiscalYear, LedgerAccount, Posting
from grants.operations.adjustments import propose_adjustment
from grants.operations.ledger import Purse, post
from grants.queries.ledger import year_figures
from grants.states import Account, AdjustmentKind, ApplicationState, Aside, AwardDecision, LedgerDeed
from grants.workflows.adjustments import ADJUSTMENT
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import Record, db, told_in_words, transaction
from kernel.money import ZERO
from kernel.scope import whole
from kernel.workflow import bulk_load
from tests.factories.grants import PDF, approved_year, director, finance, funder, open_call
from tests.factories.people import organization

R = TypeVar("R", bound=Record)
SYSTEM = Actor.system("tests")
SHARE = Decimal(20_000)
BY_HAND = (
    LedgerDeed.FEE_SET_ASIDE,
    LedgerDeed.FEE_PAID,
    LedgerDeed.ASIDE_FREED,
    LedgerDeed.ASIDE_MOVED,
    LedgerDeed.AWARD_APPROVED,
    LedgerDeed.AWARD_CANCELLED,
    LedgerDeed.CONTRACT_SIGNED,
    LedgerDeed.INSTALMENT_PAID,
    LedgerDeed.SURPLUS_TO_CALL,
    LedgerDeed.SURPLUS_TO_YEAR,
    LedgerDeed.REFUND_RECEIVED,
    LedgerDeed.CALL_CLOSED,
    LedgerDeed.QUOTA_MOVED,
    LedgerDeed.YEAR_CLOSED,
)
"""Every deed but those that change the appropriation or a quota, which go by an adjustment."""
OF_FEES = frozenset({LedgerDeed.FEE_SET_ASIDE, LedgerDeed.FEE_PAID, LedgerDeed.ASIDE_FREED, LedgerDeed.ASIDE_MOVED})
LEVELS = (
    ("account", LedgerAccount.id),
    ("book", LedgerAccount.book),
    ("purpose", LedgerAccount.aside),
    ("award", LedgerAccount.award_id),
    ("quota", LedgerAccount.quota_id),
    ("call", CallQuota.call_id),
    ("category", CallQuota.category_code),
    ("year", LedgerAccount.fiscal_year_id),
)


@dataclass(frozen=True)
class Books:
    """The ids of a small year: 100,000.00 in all, three quotas of 20,000.00 in two calls, an award a quota."""

    year: int
    quotas: tuple[int, ...]
    awards: tuple[int, ...]

    @classmethod
    def open(cls) -> Books:
        year = approved_year(2027, Decimal(100_000))
        small = {"cap_per_project": SHARE, "cap_first_time": SHARE}
        calls = [
            open_call(year, quotas={"family_education": SHARE, "rights": SHARE}, **small),
            open_call(year, quotas={"family_education": SHARE}, **small),
        ]
        owner = organization(77).id
        with transaction(), whole(SYSTEM, "set-up"), bulk_load():
            quotas = tuple(quota.id for call in calls for quota in call.quotas)
            awards = tuple(award for call in calls for award in _awards(call, owner))
        return cls(year.id, quotas, awards)

    def move(self, deed: LedgerDeed, amount: Decimal, place: int, other: int, occasion: str) -> None:
        """Move money as the deed does, at the award and the purpose of these places; raises Refused."""
        award = _one(Award, self.awards[place % len(self.awards)])
        asides = list(Aside)
        to = Purse(quota=_one(CallQuota, self.quotas[other % len(self.quotas)]), aside=asides[other % len(asides)])
        post(
            deed,
            year=_one(FiscalYear, self.year),
            amount=amount,
            actor=SYSTEM,
            subject=award,
            quota=_one(CallQuota, award.quota_id),
            award=None if deed in OF_FEES else award,
            aside=asides[place % len(asides)],
            to=to if deed in WITHIN_A_BOOK else None,
            occasion=occasion,
        )
        # Asked now, not at a commit that the stories of one transaction never come to.
        with told_in_words():
            for mode in ("IMMEDIATE", "DEFERRED"):
                db.session.execute(text(f"SET CONSTRAINTS books_within_award {mode}"))

    def adjust(self, kind: AdjustmentKind, amount: Decimal, place: int, other: int) -> None:
        """Take an adjustment through its three people; raises Refused or Invalid."""
        asides = list(Aside)
        adjustment = propose_adjustment(
            _one(FiscalYear, self.year),
            actor=finance(),
            kind=kind,
            amount=amount,
            reason="调整",
            giving_quota=_one(CallQuota, self.quotas[place % len(self.quotas)]),
            taking_quota=_one(CallQuota, self.quotas[other % len(self.quotas)]),
            giving_aside=asides[place % len(asides)],
            taking_aside=asides[other % len(asides)],
            stream=BytesIO(PDF) if kind in {AdjustmentKind.RAISE, AdjustmentKind.CUT} else None,
            filename="批复.pdf",
        )
        ADJUSTMENT["agree"](adjustment, actor=director())
        ADJUSTMENT["approve"](adjustment, actor=funder())

    def faults(self) -> list[str]:
        """Say what is wrong: below zero at a level, not the sum of entries, beyond an award, not the appropriation."""
        told = [*_below_zero(), *_no_sums(), *_beyond_the_award()]
        figures = year_figures(self.year)
        if sum(figures.books.values(), ZERO) != ZERO:
            told.append("the books make money")
        amount = db.session.scalar(select(FiscalYear.amount).where(FiscalYear.id == self.year))
        if figures.bar.total + figures.bar.returned != amount:
            told.append("the bar is not the appropriation")
        return told


def _below_zero() -> Iterator[str]:
    for name, column in LEVELS:
        sums = (
            select(column, func.sum(LedgerAccount.balance))
            .outerjoin(CallQuota, CallQuota.id == LedgerAccount.quota_id)
            .where(LedgerAccount.book != Account.SOURCE)
            .group_by(column)
        )
        yield from (f"{name} {key} holds {held}" for key, held in db.session.execute(sums) if held < ZERO)


def _no_sums() -> Iterator[str]:
    sums = (
        select(LedgerAccount.id, LedgerAccount.balance, func.coalesce(func.sum(Posting.amount), ZERO))
        .outerjoin(Posting, Posting.account_id == LedgerAccount.id)
        .group_by(LedgerAccount.id)
    )
    for pk, held, total in db.session.execute(sums):
        if held != total:
            yield f"account {pk} holds {held}, its entries {total}"


def _beyond_the_award() -> Iterator[str]:
    held = func.sum(LedgerAccount.balance)
    sums = (
        select(Award.id, Award.amount, held)
        .join(LedgerAccount, LedgerAccount.award_id == Award.id)
        .group_by(Award.id)
        .having(held > Award.amount)
    )
    yield from (f"award {pk} of {amount} holds {held}" for pk, amount, held in db.session.execute(sums))


def _one(model: type[R], pk: int) -> R:
    return db.session.scalars(select(model).where(model.id == pk)).one()


def _awards(call: Call, owner: int) -> Iterator[int]:
    award_list = AwardList(number=f"T-{call.id}", call_id=call.id)
    db.session.add(award_list)
    db.session.flush()
    for place, quota in enumerate(call.quotas, 1):
        application = Application(
            number=f"T-{call.id}-{place}",
            call_id=call.id,
            organization_id=owner,
            state=ApplicationState.RECOMMENDED,
            requested=SHARE,
            submitted_at=now(),
        )
        db.session.add(application)
        db.session.flush()
        award = Award(
            award_list_id=award_list.id,
            application_id=application.id,
            organization_id=owner,
            quota_id=quota.id,
            decision=AwardDecision.AWARD,
            amount=SHARE,
            rank=place,
        )
        db.session.add(award)
        db.session.flush()
        yield award.id
