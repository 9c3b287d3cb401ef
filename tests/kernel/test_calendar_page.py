"""The calendar as staff keep it: a year from the words of its notice, days one by one, and deadlines that follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.models import Application
from grants.states import ApplicationState
from kernel.calendar import DayKind, Holiday, add_working_days, is_provisional, is_working_day, own_days
from kernel.calendar_deeds import days_of_notice, enter_days, later_by, take_notice
from kernel.clock import SHANGHAI, now
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.scope import whole
from kernel.workflow import bulk_load
from tests.factories.grants import officer, open_call
from tests.factories.people import SYSTEM, organization, person, token_of

NOTICE = """
一、元旦：1月1日（周五）至3日（周日）放假调休，共3天。
二、春节：2月5日（农历腊月二十九、周五）至11日（农历正月初六、周四）放假调休，共7天。1月31日（周日）、2月20日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""
"""A made-up notice of 2027 in the form in which the yearly one is written."""


def test_a_notice_is_read_as_it_is_written() -> None:
    found = days_of_notice(NOTICE, 2027)

    off = sorted(day for day, told in found.items() if told.kind is DayKind.REST)
    worked = sorted(day for day, told in found.items() if told.kind is DayKind.WORK)
    assert len(off) == 3 + 7 + 3 + 5 + 1 + 1 + 7
    assert worked == [
        date(2027, 1, 31),
        date(2027, 2, 20),
        date(2027, 5, 8),
        date(2027, 9, 26),
        date(2027, 10, 9),
    ]
    assert (found[date(2027, 2, 20)].name, found[date(2027, 10, 7)].name) == ("春节", "国庆节")


def test_a_range_over_the_end_of_a_month_and_words_without_days() -> None:
    found = days_of_notice("三、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。", 2025)
    assert (min(found), max(found), len(found)) == (date(2025, 1, 28), date(2025, 2, 4), 8)
    assert days_of_notice("各地要妥善安排值班。2月30日放假。", 2027) == {}


@time_machine.travel(datetime(2026, 11, 30, 10, tzinfo=SHANGHAI))
def test_a_year_of_the_notice_is_no_longer_provisional_and_is_replaced_as_a_whole(
    app: Flask, db_session: Session
) -> None:
    with transaction():
        enter_days(actor=officer(), from_day=date(2027, 3, 1), to_day=date(2027, 3, 2), kind=DayKind.REST, name="停办")
        done = take_notice(actor=officer(), year=2027, words=NOTICE)
    with whole(SYSTEM, "look"):
        own = own_days(db.session())
    assert done.days == len(own) == 32
    assert is_working_day(date(2027, 2, 20), own)
    assert not is_working_day(date(2027, 2, 8), own)
    assert is_working_day(date(2027, 3, 1), own)
    assert not is_provisional(date(2027, 6, 1), own)
    with pytest.raises(Invalid):
        take_notice(actor=officer(), year=2027, words="没有日子")
    with pytest.raises(Refused):
        take_notice(actor=person("finance_c", "finance"), year=2027, words=NOTICE)


@time_machine.travel(datetime(2027, 2, 3, 10, tzinfo=SHANGHAI))
def test_an_open_deadline_keeps_its_working_days_and_never_ends_earlier(app: Flask, db_session: Session) -> None:
    call = open_call()
    planned = add_working_days(date(2027, 2, 3), 5, {})
    with transaction() as session, whole(SYSTEM, "set-up"), bulk_load():
        session.add(
            Application(
                number="T-1",
                call_id=call.id,
                organization_id=organization(5).id,
                state=ApplicationState.RETURNED,
                submitted_at=now(),
                return_reason="补正",
                return_due_on=planned,
            )
        )
    assert planned == date(2027, 2, 10)
    with transaction():
        done = take_notice(actor=officer(), year=2027, words=NOTICE)
    with whole(SYSTEM, "look"):
        moved = db.session.scalars(select(Application.return_due_on)).one()
    assert done.moved == 1
    assert moved == date(2027, 2, 17)
    back = later_by({date(2027, 2, 5): False}, {})
    assert back(date(2027, 2, 10)) == date(2027, 2, 10)


def test_an_officer_keeps_the_calendar_on_its_page(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    with time_machine.travel(datetime(2026, 11, 30, 10, tzinfo=SHANGHAI), tick=True):
        person("calendar", "officer")
        sign_in(client, "calendar")
        assert "暂定" in client.get("/working-days/?year=2028").get_data(as_text=True)
        assert "春节" in client.get("/working-days/?year=2026").get_data(as_text=True)
        token = token_of(client.get("/working-days/notice?year=2028").get_data(as_text=True))
        short = client.post("/working-days/notice", data={"csrf_token": token, "year": "2028", "words": "空"})
        assert short.status_code == 422
        done = client.post("/working-days/notice", data={"csrf_token": token, "year": "2028", "words": NOTICE})
        assert done.status_code == 302
        page = client.get(done.headers["Location"]).get_data(as_text=True)
        assert "暂定" not in page
        assert "已写入 32 天。" in page
        with whole(SYSTEM, "look"):
            one = db.session.scalars(select(Holiday).where(Holiday.day == date(2028, 1, 31))).one()
        gone = client.post(f"/working-days/{one.id}/remove", data={"csrf_token": token})
        assert "已删除。" in client.get(gone.headers["Location"]).get_data(as_text=True)
