"""The year's money as the database keeps it: balances, refusals, fifty people at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from grants.models import Application, Award, AwardList, Call, FiscalYear, LedgerAccount, Posting
from grants.operations.ledger import post
from grants.queries.ledger import balance_of, entries_of, entry, quota_figures, sum_of_postings, year_figures
from grants.states import Account, ApplicationState, Aside, AwardDecision, LedgerDeed
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.money import ZERO
from kernel.scope import whole
from kernel.workflow import bulk_load
from tests.factories.grants import approved_year, finance, open_call
from tests.factories.people import organization

SYSTEM = Actor.system("tests")


def told(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


def awards_for(call: Call, count: int, amount: Decimal) -> list[int]:
    """Write awards of one quota as an import would: only the ledger is the subject here."""
    organization_id = organization(77).id
    with transaction() as session, whole(SYSTEM, "set-up"), bulk_load():
        quota = call.quotas[0]
        award_list = AwardList(number=f"T-{call.id}", call_id=call.id)
        session.add(award_list)
        session.flush()
        ids = []
        for place in range(count):
            application = Application(
                number=f"T-{call.id}-{place}",
                call_id=call.id,
                organization_id=organization_id,
                state=ApplicationState.RECOMMENDED,
                requested=amount,
                submitted_at=now(),
            )
            session.add(application)
            session.flush()
            award = Award(
                award_list_id=award_list.id,
                application_id=application.id,
                organization_id=organization_id,
                quota_id=quota.id,
                decision=AwardDecision.AWARD,
                amount=amount,
                rank=place + 1,
            )
            session.add(award)
            session.flush()
            ids.append(award.id)
    return ids


@pytest.fixture
def year(app: Flask, db_session: Session) -> FiscalYear:
    return approved_year()


def test_an_approved_budget_is_free(year: FiscalYear) -> None:
    with whole(SYSTEM, "look"):
        figures = year_figures(year)
        assert figures.free == Decimal("12000000.00")
        assert figures.held(Account.SOURCE) == Decimal("-12000000.00")
        assert sum_of_postings(year) == ZERO


def test_money_set_aside_cannot_pass_what_is_free(year: FiscalYear) -> None:
    with pytest.raises(Refused) as refused, whole(SYSTEM, "story"):
        post(
            LedgerDeed.FEE_SET_ASIDE,
            aside=Aside.RESERVE,
            year=year,
            amount=Decimal("12000000.01"),
            actor=finance(),
            subject=year,
        )
    assert told(refused) == ["“Available” holds 12,000,000.00; 12,000,000.01 is 0.01 too much."]


def test_an_award_beyond_its_quota_is_refused_in_words(year: FiscalYear) -> None:
    call = open_call(year)
    (award_id,) = awards_for(call, 1, Decimal("1000000.01"))
    with whole(SYSTEM, "story"):
        award = db.session.scalars(select(Award).where(Award.id == award_id)).one()
        with pytest.raises(Refused) as refused:
            post(LedgerDeed.AWARD_APPROVED, year=year, amount=award.amount, actor=SYSTEM, subject=award, award=award)
    assert told(refused) == ["1,000,000.00 is left of this quota; the list needs 1,000,000.01."]


def test_the_books_follow_an_award_from_its_quota_to_the_bank(year: FiscalYear) -> None:
    call = open_call(year)
    (award_id,) = awards_for(call, 1, Decimal("100000.00"))
    with whole(SYSTEM, "story"):
        award = db.session.scalars(select(Award).where(Award.id == award_id)).one()
        for deed, amount in (
            (LedgerDeed.AWARD_APPROVED, "100000.00"),
            (LedgerDeed.CONTRACT_SIGNED, "100000.00"),
            (LedgerDeed.INSTALMENT_PAID, "50000.00"),
            (LedgerDeed.SURPLUS_TO_CALL, "20000.00"),
            (LedgerDeed.REFUND_RECEIVED, "1000.00"),
        ):
            post(deed, year=year, amount=Decimal(amount), actor=SYSTEM, subject=award, award=award)
        figures = quota_figures(call.id)[award.quota_id]
        assert (figures.allotted, figures.approved, figures.signed, figures.paid) == (
            Decimal("920000.00"),
            Decimal("0.00"),
            Decimal("30000.00"),
            Decimal("49000.00"),
        )
        bar = year_figures(year).bar
        assert (bar.paid, bar.signed, bar.approved, bar.free) == (
            Decimal("49000.00"),
            Decimal("30000.00"),
            Decimal("0.00"),
            Decimal("11921000.00"),
        )
        assert balance_of(year, Account.PAID, award_id=award.id) == Decimal("49000.00")
        lines = [entry(journal) for journal in db.session.scalars(entries_of(year))]
        assert {(line.source.value, line.target.value) for line in lines} >= {("source", "free"), ("paid", "free")}


def test_the_same_movement_is_posted_once(year: FiscalYear) -> None:
    with whole(SYSTEM, "story"):
        post(
            LedgerDeed.FEE_SET_ASIDE,
            aside=Aside.RESERVE,
            year=year,
            amount=Decimal(5),
            actor=SYSTEM,
            subject=year,
            occasion="1",
        )
    with pytest.raises(Refused) as refused, transaction(), whole(SYSTEM, "story"):
        post(
            LedgerDeed.FEE_SET_ASIDE,
            aside=Aside.RESERVE,
            year=year,
            amount=Decimal(5),
            actor=SYSTEM,
            subject=year,
            occasion="1",
        )
    assert told(refused) == ["This movement of money has been posted already."]


def test_a_movement_is_above_zero(year: FiscalYear) -> None:
    with pytest.raises(ValueError, match="above zero"), whole(SYSTEM, "story"):
        post(LedgerDeed.FEE_SET_ASIDE, aside=Aside.RESERVE, year=year, amount=ZERO, actor=SYSTEM, subject=year)


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.booleans(), st.integers(1, 5_000_000_00)), max_size=8))
def test_whatever_is_asked_no_book_falls_below_zero(year: FiscalYear, moves: list[tuple[bool, int]]) -> None:
    with whole(SYSTEM, "story"):
        kept = db.session.begin_nested()
        for place, (is_fee, cents) in enumerate(moves):
            deed = LedgerDeed.FEE_PAID if is_fee else LedgerDeed.FEE_SET_ASIDE
            amount = Decimal(cents).scaleb(-2)
            with suppress(Refused):
                post(
                    deed, aside=Aside.RESERVE, year=year, amount=amount, actor=SYSTEM, subject=year, occasion=str(place)
                )
        books = year_figures(year).books
        kept.rollback()
    assert sum(books.values()) == ZERO
    assert all(held >= ZERO for book, held in books.items() if book is not Account.SOURCE)


def _approve(year_id: int, award_id: int) -> str:
    """One of fifty people: a session and a transaction of their own."""
    try:
        with transaction() as session, whole(SYSTEM, "approve"):
            year = session.scalars(select(FiscalYear).where(FiscalYear.id == year_id)).one()
            award = session.scalars(select(Award).where(Award.id == award_id)).one()
            post(LedgerDeed.AWARD_APPROVED, year=year, amount=award.amount, actor=SYSTEM, subject=award, award=award)
    except Refused as refused:
        return refused.reasons[0].render("en")
    finally:
        db.session.remove()
    return "approved"


@pytest.mark.slow
def test_fifty_people_approve_against_a_quota_for_ten(
    app: Flask, committed_database: object, owner_connection: Connection
) -> None:
    year = approved_year()
    call = open_call(year)
    ids = awards_for(call, 50, Decimal("100000.00"))
    year_id = year.id
    db.session.remove()
    with ThreadPoolExecutor(50) as people:
        answers = list(people.map(lambda award_id: _approve(year_id, award_id), ids))
    assert answers.count("approved") == 10
    assert set(answers) == {"approved", "0.00 is left of this quota; the list needs 100,000.00."}
    with whole(SYSTEM, "look"):
        allotted = db.session.scalars(select(LedgerAccount.balance).where(LedgerAccount.book == Account.ALLOTTED)).all()
        assert allotted == [Decimal("0.00")]
        assert sum(db.session.scalars(select(Posting.amount)).all()) == ZERO


def _approve_part(told: tuple[int, int, int, str]) -> str:
    """Approve an amount of one award once more, as no page would."""
    year_id, award_id, amount, occasion = told
    try:
        with transaction() as session, whole(SYSTEM, "approve"):
            year = session.scalars(select(FiscalYear).where(FiscalYear.id == year_id)).one()
            award = session.scalars(select(Award).where(Award.id == award_id)).one()
            post(
                LedgerDeed.AWARD_APPROVED,
                year=year,
                amount=Decimal(amount),
                actor=SYSTEM,
                subject=award,
                award=award,
                occasion=occasion,
            )
    except Refused as refused:
        return refused.reasons[0].render("en")
    finally:
        db.session.remove()
    return "approved"


BEYOND = "The books of an award hold no more than was awarded."


def test_people_who_approve_parts_of_one_award_at_once_bind_its_amount_and_no_more(
    app: Flask, committed_database: object, owner_connection: Connection
) -> None:
    year = approved_year()
    (award_id,) = awards_for(open_call(year), 1, Decimal("100000.00"))
    parts = [(year.id, award_id, 30_000, f"part-{number}") for number in range(8)]
    db.session.remove()

    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(_approve_part, parts))

    assert (answers.count("approved"), answers.count(BEYOND)) == (3, 5)
    with whole(SYSTEM, "look"):
        held = db.session.scalars(select(LedgerAccount.balance).where(LedgerAccount.award_id == award_id)).all()
        assert held == [Decimal("90000.00")]


def test_an_award_that_is_lowered_meanwhile_is_waited_for(
    app: Flask, committed_database: object, owner_connection: Connection
) -> None:
    year = approved_year()
    (award_id,) = awards_for(open_call(year), 1, Decimal("100000.00"))
    part = (year.id, award_id, 100_000, "")
    db.session.remove()

    with ThreadPoolExecutor(1) as person:
        with transaction() as session, whole(SYSTEM, "lower"):
            session.execute(text("UPDATE award SET amount = 40000 WHERE id = :id"), {"id": award_id})
            answer = person.submit(_approve_part, part)
            wait([answer], timeout=1)
        assert answer.result() == BEYOND


def test_an_award_is_not_lowered_below_what_its_books_hold(
    app: Flask, committed_database: object, owner_connection: Connection
) -> None:
    year = approved_year()
    (award_id,) = awards_for(open_call(year), 1, Decimal("100000.00"))
    assert _approve_part((year.id, award_id, 60_000, "")) == "approved"

    def lower(amount: int) -> None:
        with transaction() as session, whole(SYSTEM, "lower"):
            session.execute(
                text("UPDATE award SET amount = :amount WHERE id = :id"), {"amount": amount, "id": award_id}
            )

    lower(60_000)
    with pytest.raises(Refused) as refused:
        lower(59_999)
    assert told(refused) == ["An award is not lowered below what its books hold."]


def test_the_check_holds_even_without_the_kind_sentence(
    app: Flask, committed_database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grants.operations.ledger._refuse_too_much", lambda *_args: None)
    year = approved_year()
    with pytest.raises(Refused) as refused, transaction(), whole(SYSTEM, "story"):
        post(
            LedgerDeed.FEE_SET_ASIDE,
            aside=Aside.RESERVE,
            year=year,
            amount=Decimal("12000000.01"),
            actor=SYSTEM,
            subject=year,
        )
    assert told(refused) == [
        "There is not enough money left for this. Look at the quota and the year's balance, then propose less."
    ]


def make_money(year: FiscalYear) -> None:
    with whole(SYSTEM, "story"):
        journal = post(
            LedgerDeed.FEE_SET_ASIDE, aside=Aside.RESERVE, year=year, amount=Decimal(5), actor=SYSTEM, subject=year
        )
        db.session.add(Posting(journal_id=journal.id, account_id=journal.postings[1].account_id, amount=Decimal(1)))


def test_a_journal_that_makes_money_is_refused_at_the_commit(app: Flask, committed_database: object) -> None:
    year = approved_year()
    with pytest.raises(Refused) as refused, transaction():
        make_money(year)
    assert told(refused) == ["A movement of money takes from one book what it gives to another."]


@pytest.mark.parametrize("table", ["journal", "posting"])
@pytest.mark.parametrize("line", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nobody_changes_what_was_posted(app: Flask, owner_connection: Connection, table: str, line: str) -> None:
    approved_year()
    with pytest.raises(DBAPIError, match="append-only"):
        owner_connection.execute(text(line.format(table)))
