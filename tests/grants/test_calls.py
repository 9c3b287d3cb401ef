"""A call and the year behind it: drafted, proposed, approved by somebody else, opened and closed by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.commands import take_in
from grants.models import Call, FiscalYear, Journal
from grants.operations import calls, years
from grants.queries.ledger import quota_figures, year_figures
from grants.rules.calls import warnings
from grants.states import Aside, CallNature, CallState, FiscalYearState, LedgerDeed
from grants.workflows.calls import CALL
from grants.workflows.years import FISCAL_YEAR
from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.notices import Message
from kernel.scope import whole
from kernel.tables import write_rejects
from tests.factories.grants import approved_year, category, director, draft_call, finance, funder, officer, open_call
from tests.factories.people import organization, person

SYSTEM = Actor.system("tests")
AUTUMN = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
LOTS = "序号,项目名称,批复金额(元)\n1,示例区助老服务项目,478320\n2,示例区家庭关爱项目,65150\n"


def told(refused: pytest.ExceptionInfo[Refused] | pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


@pytest.fixture(autouse=True)
def autumn(app: Flask, db_session: Session) -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(AUTUMN, tick=False) as clock:
        yield clock


@pytest.fixture
def year() -> FiscalYear:
    return approved_year()


def propose(call: Call) -> list[str]:
    with pytest.raises(Refused) as refused:
        CALL["propose"](call, actor=officer())
    return told(refused)


# Years


def test_a_budget_takes_finance_and_the_funder() -> None:
    year = years.create_year(actor=finance(), year=2028, amount=Decimal("12000000.00"))
    with pytest.raises(Refused) as refused:
        FISCAL_YEAR["propose"](year, actor=officer())
    assert told(refused) == ["You are not allowed to do this: Propose the budget."]
    FISCAL_YEAR["propose"](year, actor=finance())
    FISCAL_YEAR["return_budget"](year, actor=funder(), reason="请补充说明")
    assert (year.state, year.return_reason) == (FiscalYearState.DRAFT, "请补充说明")
    FISCAL_YEAR["propose"](year, actor=finance())
    FISCAL_YEAR["approve"](year, actor=funder())
    with whole(SYSTEM, "look"):
        assert year_figures(year).free == Decimal("12000000.00")


def test_a_budget_is_above_zero() -> None:
    with pytest.raises(Invalid) as invalid:
        years.create_year(actor=finance(), year=2028, amount=Decimal("0.00"))
    assert told(invalid) == ["Please write an amount above 0.00."]


def test_there_is_one_budget_a_year(year: FiscalYear) -> None:
    with pytest.raises(Refused) as refused, transaction():
        years.create_year(actor=finance(), year=2027, amount=Decimal("1.00"))
    assert told(refused) == ["There is a budget of this year already."]


def test_money_set_aside_pays_fees_and_nothing_more(year: FiscalYear) -> None:
    years.set_aside(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal("300000.00"), reason="专项审计")
    years.pay_fee(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal("120000.00"), reason="审计费 0001")
    with pytest.raises(Refused) as refused:
        years.pay_fee(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal("180000.01"), reason="审计费 0002")
    assert told(refused) == ["180,000.00 lies aside for “Audits”; 180,000.01 is 0.01 too much."]
    with whole(SYSTEM, "look"):
        figures = year_figures(year)
        notes = db.session.scalars(select(Journal.note).where(Journal.deed == LedgerDeed.FEE_PAID)).all()
    assert (figures.set_aside, figures.paid) == (Decimal("180000.00"), Decimal("120000.00"))
    assert notes == ["审计费 0001"]


def test_money_moves_only_in_an_approved_year() -> None:
    year = years.create_year(actor=finance(), year=2028, amount=Decimal("5.00"))
    with pytest.raises(Refused) as refused:
        years.set_aside(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal("1.00"), reason="预留")
    assert told(refused) == ["The budget of 2028 is “Draft”; money moves only once it is approved."]


def test_a_year_closes_when_nothing_is_bound(year: FiscalYear) -> None:
    call = open_call(year)
    with pytest.raises(Refused) as refused:
        FISCAL_YEAR["close"](year, actor=funder())
    (reason,) = told(refused)
    assert reason.startswith("1,000,000.00 is still bound: 1,000,000.00 allotted to calls, 0.00 approved, 0.00 signed")
    CALL["withdraw"](call, actor=director(), reason="政策调整")
    FISCAL_YEAR["close"](year, actor=funder())
    with whole(SYSTEM, "look"):
        assert year_figures(year).free == Decimal("0.00")


# Calls


def test_an_approved_call_allots_its_quotas_and_is_public(year: FiscalYear) -> None:
    call = open_call(year, quotas={"family_education": Decimal("600000.00"), "health": Decimal("400000.00")})
    with whole(SYSTEM, "look"):
        held = quota_figures(call.id)
        assert sorted(figures.allotted for figures in held.values()) == [Decimal("400000.00"), Decimal("600000.00")]
        assert year_figures(year).free == Decimal("11000000.00")
    assert (call.number, call.state) == ("2027-ZJ-0001", CallState.OPEN)


def test_whoever_proposed_a_call_does_not_approve_it(year: FiscalYear) -> None:
    call = draft_call(year)
    both = Actor(
        name="示例",
        user_id=9009,
        kind=officer().kind,
        permissions=officer().permissions | director().permissions,
    )
    CALL["propose"](call, actor=both)
    with pytest.raises(Refused) as refused:
        CALL["approve"](call, actor=both)
    assert told(refused) == ["You proposed this call, so another person approves it."]


def test_everything_that_is_wrong_with_a_proposal_is_told_at_once(year: FiscalYear) -> None:
    call = draft_call(year, quotas={}, closes_at=AUTUMN + timedelta(days=3), instalment_percents=["50", "30"])
    assert propose(call) == [
        "Set at least one quota first: for a category, for a lot, or for the whole call.",
        "The call takes applications for 4 working days; at least 10 are needed.",
        "The instalments sum to 80.00 percent; they must sum to 100.00.",
    ]


def test_quotas_fit_into_what_is_free(year: FiscalYear) -> None:
    years.set_aside(year, actor=finance(), aside=Aside.AUDIT, amount=Decimal("300000.00"), reason="预留")
    call = draft_call(year, quotas={"family_education": Decimal("11700000.01")})
    assert propose(call) == ["The quotas come to 11,700,000.01; 11,700,000.00 of 2027 is free. Reduce them by 0.01."]


def test_a_call_needs_an_approved_budget() -> None:
    year = years.create_year(actor=finance(), year=2028, amount=Decimal("5000000.00"))
    assert "The budget of 2028 is “Draft”; money moves only once it is approved." in propose(draft_call(year))


def test_windows_and_caps_that_cannot_be_are_told_by_field(year: FiscalYear) -> None:
    with pytest.raises(Invalid) as invalid:
        draft_call(
            year,
            title=" ",
            closes_at=AUTUMN - timedelta(days=9),
            service_to=date(2027, 1, 1),
            cap_first_time=Decimal("200000.01"),
        )
    assert {name: reasons[0].render("en") for name, reasons in invalid.value.problems.items()} == {
        "title": "Please fill this in.",
        "closes_at": "A call closes after it opens.",
        "service_to": "The service ends after it starts.",
        "cap_first_time": "This cap is above 0.00 and not above the cap for everybody.",
    }


def test_a_returned_call_is_changed_and_proposed_again(year: FiscalYear) -> None:
    call = draft_call(year)
    CALL["propose"](call, actor=officer())
    with pytest.raises(Refused) as refused:
        calls.change_call(call, actor=officer(), values={"title": "另一个"})
    assert told(refused) == ["The call is “Waiting for approval”; only a draft can be changed."]
    CALL["return_call"](call, actor=director(), reason="请写明受益对象")
    calls.change_call(call, actor=officer(), values={"title": "另一个"})
    CALL["propose"](call, actor=officer())
    assert (call.title, call.return_reason) == ("另一个", "请写明受益对象")


def test_a_quota_can_be_taken_away(year: FiscalYear) -> None:
    call = draft_call(year)
    assert calls.set_quota(call, actor=officer(), category=category(), amount=Decimal("0.00")) is None
    assert call.quotas == []


def test_the_clock_opens_and_closes_calls_once(year: FiscalYear, autumn: time_machine.Coordinates) -> None:
    call = draft_call(year, opens_at=AUTUMN + timedelta(hours=1))
    CALL["propose"](call, actor=officer())
    CALL["approve"](call, actor=director())
    assert calls.open_and_close_calls(actor=SYSTEM) == 0
    autumn.shift(timedelta(hours=1))
    assert calls.open_and_close_calls(actor=SYSTEM) == 1
    assert calls.open_and_close_calls(actor=SYSTEM) == 0
    assert call.state is CallState.OPEN
    autumn.move_to(call.closes_at)
    assert calls.open_and_close_calls(actor=SYSTEM) == 1
    assert call.state is CallState.CLOSED


def test_an_officer_closes_no_call_before_its_moment(year: FiscalYear) -> None:
    call = open_call(year)
    with pytest.raises(Refused) as refused:
        CALL["close"](call, actor=officer())
    assert told(refused) == ["The call is promised to stay open until 2026-12-08 10:00; it cannot be closed before."]


def test_an_extension_is_later_public_and_before_closing(year: FiscalYear, autumn: time_machine.Coordinates) -> None:
    call = open_call(year)
    with pytest.raises(Invalid) as invalid:
        calls.extend_call(call, actor=officer(), closes_at=call.closes_at, reason="申报较少")
    assert told(invalid) == ["An extension ends later than 2026-12-08 10:00."]
    calls.extend_call(call, actor=officer(), closes_at=call.closes_at + timedelta(days=7), reason="申报较少")
    assert call.extension_reason == "申报较少"
    autumn.move_to(call.closes_at)
    with pytest.raises(Refused) as refused:
        calls.extend_call(call, actor=officer(), closes_at=call.closes_at + timedelta(days=7), reason="再延")
    assert told(refused) == ["The call closed at 2026-12-15 10:00; it can only be extended before that."]


def test_a_withdrawn_call_gives_its_quotas_back(year: FiscalYear) -> None:
    call = open_call(year)
    CALL["withdraw"](call, actor=director(), reason="政策调整")
    with whole(SYSTEM, "look"):
        assert year_figures(year).free == Decimal("12000000.00")
    assert (call.state, call.withdrawn_reason) == (CallState.WITHDRAWN, "政策调整")


def test_procurement_warns_of_what_the_law_forbids(year: FiscalYear) -> None:
    call = draft_call(year, nature=CallNature.PROCUREMENT)
    assert warnings(call)[0].render("en") == (
        "Government procurement: no bonus or bar by district, local record, awards, rating or form of organization."
    )


def test_a_published_call_is_told_to_those_who_may_apply(year: FiscalYear) -> None:
    admin = person("admin1", "org_admin", organization_id=organization(5).id)
    open_call(year)
    with whole(SYSTEM, "look"):
        texts = db.session.scalars(select(Message.text).where(Message.recipient_id == admin.user_id)).all()
    assert [text.split("\n")[0] for text in texts] == ["公告 2027-ZJ-0001 已发布"]


# Lots


def test_lots_come_in_once_with_a_quota_each(year: FiscalYear, tmp_path: Path) -> None:
    call = draft_call(year, quotas={})
    file = tmp_path / "lots.csv"
    file.write_text(LOTS, encoding="utf-8")
    shown, done = take_in(file, number=call.number, actor=SYSTEM)
    assert (done.added, done.kept, done.total, shown.bad) == (2, 0, Decimal("543470.00"), ())
    _shown, again = take_in(file, number=call.number, actor=SYSTEM)
    assert (again.added, again.changed, again.kept) == (0, 0, 2)
    with whole(SYSTEM, "look"):
        db.session.expire_all()
        assert [(lot.position, lot.amount) for lot in call.lots] == [(1, Decimal(478320)), (2, Decimal(65150))]
        assert sorted(quota.amount for quota in call.quotas) == [Decimal(65150), Decimal(478320)]
    CALL["propose"](call, actor=officer())


def test_bad_rows_of_lots_are_told_one_by_one(year: FiscalYear, tmp_path: Path) -> None:
    call = draft_call(year, quotas={})
    file = tmp_path / "lots.csv"
    file.write_text(LOTS + "3,示例区助老服务项目,100\n4,示例区就业项目,零\n5,示例区法律项目,0\n", encoding="utf-8")
    shown, done = take_in(file, number=call.number, actor=SYSTEM)
    assert (done.added, len(shown.bad)) == (2, 3)
    assert shown.bad[0].reasons[0].render("en") == "The lot “示例区助老服务项目” stands in the list twice."
    assert "示例区就业项目" in write_rejects(shown, "rejects.csv").decode("utf-8-sig")


def test_lots_need_a_draft_call(year: FiscalYear, tmp_path: Path) -> None:
    file = tmp_path / "lots.csv"
    file.write_text(LOTS, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        take_in(file, number="2027-ZJ-0099", actor=SYSTEM)
    assert told(refused) == ["There is no call 2027-ZJ-0099."]
    call = open_call(year)
    with pytest.raises(Refused) as refused:
        take_in(file, number=call.number, actor=SYSTEM)
    assert told(refused) == ["The call is “Open for applications”; only a draft can be changed."]


def test_a_lot_without_its_quota_stops_the_proposal(year: FiscalYear, tmp_path: Path) -> None:
    call = draft_call(year, quotas={"health": Decimal("1.00")})
    file = tmp_path / "lots.csv"
    file.write_text(LOTS, encoding="utf-8")
    take_in(file, number=call.number, actor=SYSTEM)
    with whole(SYSTEM, "look"):
        db.session.expire_all()
    assert propose(call) == ["A call with lots has quotas for its lots only."]
