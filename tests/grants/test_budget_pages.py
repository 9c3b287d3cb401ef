"""The pages of a year's budget: every figure leads to the entries that it sums, adjustments go their way."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.models import Award, BudgetAdjustment, CallQuota, FiscalYear, Journal
from grants.operations.adjustments import propose_adjustment
from grants.operations.ledger import post
from grants.operations.years import give_back_aside, pay_fee, return_to_treasury, set_aside
from grants.queries.ledger import aside_figures, balance_of, year_figures
from grants.states import Account, AdjustmentKind, AdjustmentState, Aside, FiscalYearState, LedgerDeed
from grants.workflows.adjustments import ADJUSTMENT
from grants.workflows.years import FISCAL_YEAR
from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.scope import whole
from tests.factories.books import Books
from tests.factories.grants import PDF, approved_year, director, finance, funder, open_call
from tests.factories.people import person, token_of

SYSTEM = Actor.system("tests")
FIGURE = re.compile(r'<a class="yl-figure" href="([^"]+)"><data class="yl-money[^"]*" value="([^"]+)"')
NAMED = re.compile(r'<a href="(/ledger/entries/[^"]+)">')
TOTAL = re.compile(r'合计 <data class="yl-money[^"]*" value="([^"]+)"')


def told(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


@pytest.fixture
def books(app: Flask, db_session: Session) -> Books:
    """A year in which something of everything has happened, with amounts that no two sums share."""
    with whole(SYSTEM, "set-up"):
        books = Books.open()
        for number, (deed, amount, place) in enumerate(
            (
                (LedgerDeed.FEE_SET_ASIDE, "9000.11", 0),
                (LedgerDeed.FEE_SET_ASIDE, "5000.22", 1),
                (LedgerDeed.FEE_PAID, "1000.33", 0),
                (LedgerDeed.AWARD_APPROVED, "15000.44", 0),
                (LedgerDeed.AWARD_APPROVED, "12000.55", 1),
                (LedgerDeed.AWARD_APPROVED, "8000.66", 2),
                (LedgerDeed.CONTRACT_SIGNED, "10000.77", 0),
                (LedgerDeed.CONTRACT_SIGNED, "12000.55", 1),
                (LedgerDeed.INSTALMENT_PAID, "4000.88", 0),
                (LedgerDeed.INSTALMENT_PAID, "6000.99", 1),
                (LedgerDeed.REFUND_RECEIVED, "500.01", 1),
                (LedgerDeed.SURPLUS_TO_CALL, "1500.02", 1),
                (LedgerDeed.QUOTA_MOVED, "700.03", 0),
            )
        ):
            books.move(deed, Decimal(amount), place, place + 1, f"step-{number}")
        books.adjust(AdjustmentKind.RAISE, Decimal("3000.05"), 0, 1)
        books.adjust(AdjustmentKind.TO_QUOTA, Decimal("2000.06"), 0, 2)
    return books


@pytest.fixture
def reader(client: FlaskClient, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    person("auditing", "auditor")
    return sign_in(client, "auditing")


def figures_of(client: FlaskClient, url: str) -> set[tuple[str, Decimal]]:
    page = client.get(url).get_data(as_text=True)
    return {(unescape(address), Decimal(value)) for address, value in FIGURE.findall(page)}


def test_every_figure_of_a_year_and_of_the_home_page_is_the_sum_of_its_entries(
    books: Books, reader: FlaskClient
) -> None:
    figures = figures_of(reader, f"/years/{books.year}") | figures_of(reader, "/")

    wrong = []
    for address, value in sorted(figures):
        total = TOTAL.search(reader.get(address).get_data(as_text=True))
        if total is None or Decimal(total[1]) != value:
            wrong.append(f"{address} shows {total and total[1]}, the figure is {value}")
    assert wrong == []
    assert len({value for _address, value in figures}) > 20
    assert Decimal("103000.05") in {value for _address, value in figures}


def test_the_sums_of_the_tables_by_category_and_call_lead_to_their_entries(books: Books, reader: FlaskClient) -> None:
    page = reader.get(f"/years/{books.year}").get_data(as_text=True)

    feet = [FIGURE.findall(foot) for foot in re.findall(r"<tfoot>(.*?)</tfoot>", page, re.DOTALL)]

    sums = [
        ("/ledger/entries/?year=2027&book=allotted", "28498.43"),
        ("/ledger/entries/?year=2027&book=approved", "13000.33"),
        ("/ledger/entries/?year=2027&book=signed", "10499.43"),
        ("/ledger/entries/?year=2027&book=granted", "9501.86"),
    ]
    assert [[(unescape(address), value) for address, value in foot] for foot in feet if len(foot) == 4] == [sums, sums]
    assert "已付项目款" in reader.get(sums[3][0]).get_data(as_text=True)


def test_the_charts_of_the_home_page_lead_to_entries_too(books: Books, reader: FlaskClient) -> None:
    page = reader.get("/").get_data(as_text=True)

    addresses = sorted({unescape(found) for found in NAMED.findall(page)})

    assert {re.search(r"(month|category|district)=", one)[1] for one in addresses} == {"month", "category", "district"}  # type: ignore[index]
    assert {reader.get(one).status_code for one in addresses} == {200}


def test_an_entry_leads_to_its_record_and_the_list_can_be_taken_away(books: Books, reader: FlaskClient) -> None:
    page = reader.get("/ledger/entries/?year=2027&book=free").get_data(as_text=True)
    with whole(SYSTEM, "look"):
        adjustment = db.session.scalars(select(BudgetAdjustment).order_by(BudgetAdjustment.id)).first()
        award = db.session.scalars(select(Award).where(Award.id == books.awards[1])).one()
        free = year_figures(books.year).free
    assert adjustment is not None
    assert f'href="/adjustments/{adjustment.id}"' in page
    assert f'href="/award-lists/{award.award_list_id}"' in page

    sheet = load_workbook(BytesIO(reader.get("/ledger/entries/export/xlsx?year=2027&book=free").data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert sum(Decimal(str(row[6])) for row in rows) == free
    lines = reader.get("/ledger/entries/export/csv?year=2027&book=paid&month=1").get_data(as_text=True).splitlines()
    assert len(lines) >= 1


def test_an_adjustment_takes_three_people_and_one_movement(app: Flask, db_session: Session) -> None:
    year = approved_year()
    call = open_call(year, quotas={"family_education": Decimal(500_000), "rights": Decimal(400_000)})
    with whole(SYSTEM, "look"):
        giving, taking = call.quotas
    with transaction():
        made = propose_adjustment(
            year,
            actor=finance(),
            kind=AdjustmentKind.QUOTAS,
            amount=Decimal("50000.00"),
            reason="维权类申报多",
            giving_quota=giving,
            taking_quota=taking,
        )
    assert made.number == "2027-TZ-0001"
    with pytest.raises(Refused), transaction():
        ADJUSTMENT["approve"](made, actor=funder())
    with transaction():
        ADJUSTMENT["agree"](made, actor=director())
        ADJUSTMENT["approve"](made, actor=funder())
    with whole(SYSTEM, "look"):
        assert made.state is AdjustmentState.POSTED
        assert (giving.amount, taking.amount) == (Decimal("450000.00"), Decimal("450000.00"))
        held = [balance_of(year, Account.ALLOTTED, quota_id=quota.id) for quota in (giving, taking)]
        assert held == [Decimal("450000.00"), Decimal("450000.00")]
        moved = db.session.scalars(select(Journal).where(Journal.subject_kind == "BudgetAdjustment")).all()
        assert [(one.deed, one.note) for one in moved] == [(LedgerDeed.QUOTA_MOVED, "维权类申报多")]


def test_whoever_took_part_in_an_adjustment_does_not_take_its_next_step(app: Flask, db_session: Session) -> None:
    year = approved_year()
    both = Actor(
        "示例",
        user_id=9003,
        permissions=finance().permissions | director().permissions | funder().permissions,
    )
    with transaction():
        set_aside(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal(900), reason="审计")
        made = propose_adjustment(
            year,
            actor=both,
            kind=AdjustmentKind.ASIDES,
            amount=Decimal(100),
            reason="调整",
            giving_aside=Aside.AUDIT,
            taking_aside=Aside.RESERVE,
        )
    with pytest.raises(Refused) as refused, transaction():
        ADJUSTMENT["agree"](made, actor=both)
    assert told(refused) == ["You proposed this yourself, so another person has to take this step."]
    with transaction():
        ADJUSTMENT["agree"](made, actor=director())
    with pytest.raises(Refused) as refused, transaction():
        ADJUSTMENT["approve"](made, actor=both)
    assert told(refused) == ["You proposed this yourself, so another person has to take this step."]
    with transaction():
        ADJUSTMENT["refuse"](made, actor=funder(), reason="先用预备金")
    assert (made.state, made.return_reason) == (AdjustmentState.RETURNED, "先用预备金")
    with whole(SYSTEM, "look"):
        assert aside_figures(year) == {Aside.AUDIT: Decimal("900.00")}


def test_an_adjustment_that_a_book_cannot_give_is_refused_in_words(app: Flask, db_session: Session) -> None:
    year = approved_year()
    call = open_call(year, quotas={"family_education": Decimal(500_000)})
    with whole(SYSTEM, "look"):
        (quota,) = call.quotas

    def propose(kind: AdjustmentKind, amount: str, **sides: object) -> BudgetAdjustment:
        with transaction():
            return propose_adjustment(
                year,
                actor=finance(),
                kind=kind,
                amount=Decimal(amount),
                reason="调整",
                stream=BytesIO(PDF),
                filename="批复.pdf",
                **sides,  # type: ignore[arg-type]
            )

    with pytest.raises(Refused) as refused:
        propose(AdjustmentKind.CUT, "11500000.01")
    assert told(refused) == ["11,500,000.00 is free in this year; 11,500,000.01 is 0.01 too much."]
    with pytest.raises(Refused) as refused:
        propose(AdjustmentKind.FROM_QUOTA, "500000.01", giving_quota=quota)
    assert told(refused)[0] == "500,000.00 of this quota is not awarded yet; 500,000.01 is 0.01 too much."
    with pytest.raises(Refused) as refused:
        propose(AdjustmentKind.ASIDES, "1.00", giving_aside=Aside.AUDIT, taking_aside=Aside.RESERVE)
    assert told(refused) == ["0.00 lies aside for “Audits”; 1.00 is 1.00 too much."]
    cut = propose(AdjustmentKind.CUT, "11500000.00")
    with transaction():
        ADJUSTMENT["agree"](cut, actor=director())
        set_aside(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal(1), reason="审计")
    with pytest.raises(Refused) as refused, transaction():
        ADJUSTMENT["approve"](cut, actor=funder())
    assert told(refused) == ["11,499,999.00 is free in this year; 11,500,000.00 is 1.00 too much."]


def test_a_change_of_the_appropriation_stands_on_its_paper(app: Flask, db_session: Session) -> None:
    year = approved_year()
    with pytest.raises(Invalid) as invalid, transaction():
        propose_adjustment(year, actor=finance(), kind=AdjustmentKind.RAISE, amount=Decimal(0), reason=" ")
    assert set(invalid.value.problems) == {"amount", "file", "reason"}


def test_a_year_closes_with_nothing_forgotten_in_it(app: Flask, db_session: Session) -> None:
    year = approved_year()
    with transaction():
        set_aside(year, actor=finance(), aside=Aside.RESERVE, amount=Decimal(300), reason="预备金")
        pay_fee(year, actor=finance(), aside=Aside.RESERVE, amount=Decimal(100), reason="0001")
        made = propose_adjustment(
            year,
            actor=finance(),
            kind=AdjustmentKind.ASIDES,
            amount=Decimal(50),
            reason="调整",
            giving_aside=Aside.RESERVE,
            taking_aside=Aside.AUDIT,
        )
    with pytest.raises(Refused) as refused, transaction():
        FISCAL_YEAR["close"](year, actor=funder())
    assert told(refused) == [
        "200.00 still lies set aside. Pay what it is for, or give it back to what is free first.",
        "Adjustments of this budget that wait for a decision: 1.",
    ]
    with pytest.raises(Refused) as refused, transaction():
        give_back_aside(year, actor=finance(), aside=Aside.RESERVE, amount=Decimal("200.01"), reason="多")
    assert told(refused) == ["200.00 lies aside for “Reserve”; 200.01 is 0.01 too much."]
    with transaction():
        give_back_aside(year, actor=finance(), aside=Aside.RESERVE, amount=Decimal(200), reason="不再需要")
        ADJUSTMENT["drop"](made, actor=finance())
        FISCAL_YEAR["close"](year, actor=funder())
    with whole(SYSTEM, "look"):
        assert year.state is FiscalYearState.CLOSED
        assert year_figures(year).held(Account.RETURNED) == Decimal("11999900.00")
        assert year_figures(year).free == Decimal("0.00")


def test_finance_proposes_on_a_page_and_is_told_what_is_missing(
    books: Books, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    person("money", "finance")
    sign_in(client, "money")
    url = f"/adjustments/propose/{books.year}/quotas"
    form = {"csrf_token": token_of(client.get(url).get_data(as_text=True)), "amount": "1,000.00", "reason": "调剂"}
    with whole(SYSTEM, "look"):
        giving, taking = (str(quota.id) for quota in db.session.scalars(select(CallQuota).limit(2)).all())

    same = client.post(url, data=form | {"giving_quota": giving, "taking_quota": giving})
    assert same.status_code == 422
    assert "请选择与调出额度不同的额度。" in same.get_data(as_text=True)
    missing = client.post(url, data=form | {"giving_quota": giving, "taking_quota": "999999"})
    assert missing.status_code == 422
    done = client.post(url, data=form | {"giving_quota": giving, "taking_quota": taking})
    assert done.status_code == 302
    page = client.get(done.headers["Location"]).get_data(as_text=True)
    assert "额度之间调剂" in page
    assert "待负责人" in page


def test_a_year_unknown_to_the_books_has_no_entries(books: Books, reader: FlaskClient) -> None:
    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(FiscalYear.year)).all() == [2027]
    page = reader.get("/ledger/entries/?year=2026&call=999999999999").get_data(as_text=True)
    assert TOTAL.search(page)[1] == "0.00"  # type: ignore[index]


def test_a_refund_into_a_closed_year_goes_on_to_the_treasury(app: Flask, db_session: Session) -> None:
    year = approved_year(2027, Decimal(100))
    with transaction():
        set_aside(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal(10), reason="审计费")
        pay_fee(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal(10), reason="0001")
        FISCAL_YEAR["close"](year, actor=funder())
    with transaction(), whole(SYSTEM, "story"):
        back = Decimal(4)
        post(LedgerDeed.REFUND_RECEIVED, aside=Aside.AUDIT, year=year, amount=back, actor=SYSTEM, subject=year)
        return_to_treasury(year, actor=SYSTEM, amount=back, subject=open_call(approved_year(2028)))

    with whole(SYSTEM, "look"):
        figures = year_figures(year)
        assert (figures.free, figures.paid, figures.held(Account.RETURNED)) == (
            Decimal("0.00"),
            Decimal("6.00"),
            Decimal("94.00"),
        )
