"""The ledger under any order of deeds, one after the other and all at once: it stays what it is at every level."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from grants.states import AdjustmentKind, LedgerDeed
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.scope import whole
from tests.factories.books import BY_HAND, SYSTEM, Books

PEOPLE, DEEDS = 6, 14
amounts = st.integers(1, 30_000_00).map(lambda cents: Decimal(cents).scaleb(-2))
# Round amounts meet the balances exactly, where a cent more or less decides.
sums = st.one_of(amounts, st.sampled_from([Decimal(5_000), Decimal(10_000), Decimal(20_000), Decimal("20000.01")]))
places = st.integers(0, 2)


def test_whatever_the_order_of_deeds_the_books_stay_whole(app: Flask, db_session: Session) -> None:
    with whole(SYSTEM, "set-up"):
        books = Books.open()

    class Ledger(RuleBasedStateMachine):
        @initialize()
        def open(self) -> None:
            self.count = 0
            self.kept = db.session.begin_nested()

        @rule(deed=st.sampled_from(BY_HAND), amount=sums, place=places, other=places)
        def move(self, deed: LedgerDeed, amount: Decimal, place: int, other: int) -> None:
            self.count += 1
            if place == other and deed in {LedgerDeed.QUOTA_MOVED, LedgerDeed.ASIDE_MOVED}:
                other = place + 1
            with suppress(Refused), db.session.begin_nested(), whole(SYSTEM, "story"):
                books.move(deed, amount, place, other, str(self.count))

        @rule(kind=st.sampled_from(AdjustmentKind), amount=sums, place=places, other=places)
        def adjust(self, kind: AdjustmentKind, amount: Decimal, place: int, other: int) -> None:
            with suppress(Refused, Invalid), db.session.begin_nested(), whole(SYSTEM, "story"):
                books.adjust(kind, amount, place, other)

        @invariant()
        def nothing_is_wrong_at_any_level(self) -> None:
            with whole(SYSTEM, "look"):
                assert books.faults() == []

        def teardown(self) -> None:
            # What the database asks at a commit, it is asked here.
            db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            db.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
            self.kept.rollback()
            db.session.expire_all()

    run_state_machine_as_test(
        Ledger,
        settings=hypothesis_settings(
            max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def _work(books: Books, seed: int) -> Counter[str]:
    """One of several people: deeds in an order of their own, each in a transaction of its own."""
    dice, told = Random(seed), Counter[str]()
    for number in range(DEEDS):
        place, other = dice.randrange(3), dice.randrange(3)
        amount = Decimal(dice.choice((1_000, 4_000, 9_000, 20_000)))
        try:
            with transaction(), whole(SYSTEM, "story"):
                if dice.random() < 0.25:
                    books.adjust(dice.choice(list(AdjustmentKind)), amount, place, other)
                else:
                    books.move(dice.choice(BY_HAND), amount, place, (place + 1) % 3, f"{seed}-{number}")
            told["done"] += 1
        except (Refused, Invalid):
            told["refused"] += 1
        finally:
            db.session.remove()
    return told


@pytest.mark.slow
def test_people_who_work_at_once_in_any_order_leave_the_books_whole(
    app: Flask, committed_database: object, owner_connection: Connection
) -> None:
    with whole(SYSTEM, "set-up"):
        books = Books.open()
    db.session.remove()

    with ThreadPoolExecutor(PEOPLE) as people:
        told = sum(people.map(lambda seed: _work(books, seed), range(PEOPLE)), Counter[str]())

    with whole(SYSTEM, "look"):
        assert books.faults() == []
    assert told["done"] > DEEDS
    assert told["refused"] > 0
    assert told.total() == PEOPLE * DEEDS


BALANCE_OF_ONE = (
    "INSERT INTO ledger_account (fiscal_year_id, book, balance, version)"
    " SELECT fiscal_year_id, 'returned', 1, 1 FROM ledger_account LIMIT 1"
)
BETWEEN_OTHER_BOOKS = (
    "WITH j AS (INSERT INTO journal (fiscal_year_id, deed, subject_kind, subject_id, occasion, posted_at, note,"
    " posted_by) SELECT id, 'fee_paid', 'FiscalYear', id, 'x', now(), '', 'x' FROM fiscal_year RETURNING id),"
    " a AS (SELECT max(id) FILTER (WHERE book = 'free') AS free,"
    " max(id) FILTER (WHERE book = 'allotted') AS allotted FROM ledger_account)"
    " INSERT INTO posting (journal_id, account_id, amount)"
    " SELECT j.id, a.free, -1 FROM j, a UNION ALL SELECT j.id, a.allotted, 1 FROM j, a"
)
OTHER_QUOTA = "UPDATE ledger_account SET quota_id = (SELECT max(id) FROM call_quota) WHERE award_id IS NOT NULL"


@pytest.mark.parametrize(
    ("line", "constraint"),
    [
        ("UPDATE ledger_account SET balance = balance + 1 WHERE book = 'free'", "balance_is_a_sum"),
        ("DELETE FROM ledger_account WHERE book = 'free'", "balance_is_a_sum"),
        (BALANCE_OF_ONE, "balance_is_a_sum"),
        (OTHER_QUOTA, "account_lies_in_its_year"),
        ("UPDATE fiscal_year SET amount = amount + 1", "year_is_its_appropriation"),
        (BETWEEN_OTHER_BOOKS, "journal_follows_its_deed"),
    ],
)
def test_the_database_holds_the_books_by_itself(app: Flask, db_session: Session, line: str, constraint: str) -> None:
    with whole(SYSTEM, "story"):
        books = Books.open()
        books.move(LedgerDeed.AWARD_APPROVED, Decimal(1_000), 0, 0, "")
        db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        with pytest.raises(DBAPIError) as refused:
            db.session.execute(text(line))
    assert refused.value.orig.diag.constraint_name == constraint  # type: ignore[union-attr]
