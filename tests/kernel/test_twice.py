"""A form that comes twice is carried out once, and whoever comes second is led to where the first one ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from grants.models import Journal
from grants.states import LedgerDeed
from kernel import twice
from kernel.api.keys import KeptAnswer
from kernel.db import db
from kernel.scope import whole
from kernel.words import Sentence
from tests.conftest import Copy
from tests.factories.grants import approved_year
from tests.factories.people import SYSTEM, person, token_of


@pytest.fixture
def finance(client: FlaskClient, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    person("money", "finance")
    return sign_in(client, "money")


def form_of(client: FlaskClient, url: str) -> dict[str, str]:
    page = client.get(url).get_data(as_text=True)
    (key, *_others) = re.findall(r'name="form_key" value="([0-9a-f]{24})"', page)
    return {
        "csrf_token": token_of(page),
        "form_key": key,
        "aside": "evaluation",
        "amount": "1,000.00",
        "reason": "年度评估费用",
    }


def moved() -> int:
    with whole(SYSTEM, "look"):
        wanted = select(func.count()).select_from(Journal).where(Journal.deed == LedgerDeed.FEE_SET_ASIDE)
        return db.session.scalar(wanted) or 0


@pytest.fixture
def url(app: Flask, db_session: Session) -> str:
    year = approved_year().id
    return f"/years/{year}/deeds/set-aside"


def test_a_form_that_is_sent_again_moves_no_money_and_leads_to_the_same_place(url: str, finance: FlaskClient) -> None:
    form = form_of(finance, url)

    first, second = (finance.post(url, data=form) for _press in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"]
    assert moved() == 1
    assert "没有重复执行" in finance.get(second.headers["Location"]).get_data(as_text=True)


def test_other_words_in_the_same_form_are_another_deed(url: str, finance: FlaskClient) -> None:
    """A page that came back from the browser's memory holds the old key: what was typed there since is not lost."""
    form = form_of(finance, url)

    finance.post(url, data=form)
    finance.post(url, data=form | {"amount": "2,000.00"})

    assert moved() == 2


def test_the_same_words_in_a_fresh_form_are_another_deed(url: str, finance: FlaskClient) -> None:
    for _time in range(2):
        finance.post(url, data=form_of(finance, url))

    assert moved() == 2


def test_a_refusal_leaves_the_form_free(url: str, finance: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    form = form_of(finance, url)
    with monkeypatch.context() as now_not:
        now_not.setattr("grants.operations.years.budget_is_approved", lambda _year: Sentence("Please fill this in."))
        assert finance.post(url, data=form).status_code == 409

    assert finance.post(url, data=form).status_code == 302
    assert moved() == 1


def test_a_form_of_a_visitor_or_a_script_is_no_ones_to_claim(client: FlaskClient, url: str) -> None:
    page = client.get("/login/").get_data(as_text=True)
    form = {"csrf_token": token_of(page), "form_key": "a" * 24, "username": "x", "password": "y"}

    client.post("/login/", data=form)

    with whole(SYSTEM, "look"):
        assert db.session.scalar(select(func.count()).select_from(KeptAnswer)) == 0


def test_where_the_first_ended_is_not_known_the_second_goes_back_to_its_form(
    url: str, finance: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's worker died after its deed and before its answer."""
    monkeypatch.setattr(twice, "PAUSE", 0)
    form = form_of(finance, url)
    finance.post(url, data=form)
    with whole(SYSTEM, "set-up"):
        db.session.execute(update(KeptAnswer).values(status=None, location=None))

    answers = [
        finance.post(url, data=form, headers={"Referer": came}).headers["Location"]
        for came in (f"http://localhost{url}", "https://evil.example/", "")
    ]

    assert answers == [url, "/", "/"]
    assert moved() == 1


def test_four_at_once_are_one(app: Flask, committed_database: Copy, sign_in: Callable[..., FlaskClient]) -> None:
    person("money", "finance")
    url = f"/years/{approved_year().id}/deeds/set-aside"
    client = sign_in(app.test_client(), "money")
    form, cookie = form_of(client, url), client.get_cookie("yulan")
    assert cookie is not None
    together = Barrier(4, timeout=20)
    db.session.remove()

    def press(_number: int) -> tuple[int, str]:
        mine = app.test_client()
        mine.set_cookie("yulan", cookie.value)
        together.wait()
        answer = mine.post(url, data=form)
        db.session.remove()
        return answer.status_code, answer.headers["Location"]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))

    assert len(set(answers)) == 1
    assert answers[0][0] == 302
    assert moved() == 1
