"""Registers: what an address may ask for is clamped, named, and the same for everybody who reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from hypothesis import given, strategies as st
from sqlalchemy import insert, select, true
from werkzeug.exceptions import BadRequest

from kernel import lists
from kernel.db import db, transaction
from kernel.lists import Column, Filter, ListState, Search, count_rows, narrowed, paging_of
from kernel.scope import see_as, whole
from tests.factories.people import SYSTEM, person

COLUMNS = (
    Column("name", "Name", lambda user: user.username, sort=User.username),
    Column("mail", "E-mail", lambda user: user.email),
)
FILTERS = (
    Filter("state", "State", lambda: [("on", "Active"), ("off", "Locked")], lambda v: User.active == (v == "on")),
)


def read(**args: str) -> ListState:
    return ListState.read(args, columns=COLUMNS, filters=FILTERS, order="-id")


def url(**values: Any) -> str:
    return "/x?" + "&".join(f"{name}={value}" for name, value in sorted(values.items()))


def test_without_words_the_first_page_stands_in_its_own_order() -> None:
    assert read() == ListState(page=1, size=25, order="-id", word="", chosen={})


@pytest.mark.parametrize(
    "asked", ["5000", "-1", "0", "26", "abc", "1e3", "٢٥", "99999999999999999999", "25 ", "１００"]
)
def test_a_page_has_25_50_or_100_rows(asked: str) -> None:
    assert read(size=asked).size == 25
    assert [read(size=told).size for told in ("25", "50", "100")] == [25, 50, 100]


@pytest.mark.parametrize(
    ("asked", "page"), [("-5", 1), ("0", 1), ("abc", 1), ("7", 7), ("9999999", 1_000_000), ("9" * 30, 1)]
)
def test_a_page_is_a_number_from_one(asked: str, page: int) -> None:
    assert read(page=asked).page == page


@pytest.mark.parametrize("asked", ["password", "mail", "-mail", "__init__", "name desc", "--name", "id,name", "ID"])
def test_an_order_that_no_column_offers_is_refused(asked: str) -> None:
    with pytest.raises(BadRequest):
        read(order=asked)


def test_orders_that_columns_offer_are_taken() -> None:
    assert [read(order=told).order for told in ("name", "-name", "id", "-id")] == ["name", "-name", "id", "-id"]


def test_a_filter_takes_its_offered_values_alone() -> None:
    assert read(state="on", kind="secret").chosen == {"state": "on"}
    assert read(state="' OR 1=1").chosen == {}


def test_a_word_is_cut_and_cleaned() -> None:
    assert read(q=" 示例\x00 ").word == "示例"
    assert len(read(q="一" * 5000).word) == 100


@given(st.dictionaries(st.sampled_from(["page", "size", "order", "q", "state", "other"]), st.text(max_size=40)))
def test_no_address_is_too_strange(args: dict[str, str]) -> None:
    try:
        state = ListState.read(args, columns=COLUMNS, filters=FILTERS, order="-id")
    except BadRequest:
        assert args["order"].removeprefix("-") not in {"name", "id"}
    else:
        assert state.size in lists.SIZES
        assert 1 <= state.page <= lists.FAR


def test_the_address_of_a_state_reads_back_as_the_same_state() -> None:
    state = read(page="3", size="50", order="name", q="社", state="off")
    told = {name: value[0] for name, value in parse_qs(urlsplit(url(**state.values(page=3))).query).items()}

    assert read(**told) == state


# --- On rows ---


@pytest.fixture
def people(app: Flask, db_session: object) -> None:
    """Sixty people, of whom p07 is locked."""
    many = [
        {
            "username": f"p{number:02}",
            "first_name": "",
            "last_name": "示例",
            "email": f"p{number:02}@example.org",
            "active": number != 7,
        }
        for number in range(60)
    ]
    with transaction(), whole(SYSTEM, "x"):
        db.session.execute(insert(User.__table__), many)


def rows(state: ListState) -> Sequence[str]:
    with whole(SYSTEM, "look"):
        wanted = narrowed(select(User), state, filters=FILTERS, search=SEARCH)
        total, _estimated = count_rows(db.session(), wanted)
        return [user.username for user in state.rows_of(db.session(), wanted, COLUMNS, User, total, ())]


SEARCH = Search("Name", lambda told: User.username.ilike(f"%{told}%"))


def test_pages_hold_every_row_once(people: None) -> None:
    found = [name for page in ("1", "2", "3") for name in rows(read(order="name", page=page))]

    assert found == [f"p{number:02}" for number in range(60)]


def test_a_page_past_the_end_shows_the_last_one(people: None) -> None:
    assert rows(read(order="name", page="900")) == rows(read(order="name", page="3"))


@pytest.mark.parametrize("order", ["name", "-name"])
def test_a_long_register_is_read_from_both_ends_in_one_order(
    people: None, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    counted = rows(read(order=order, page="3"))
    monkeypatch.setattr(lists, "COUNTED_TO", 30)
    with whole(SYSTEM, "look"):
        state = read(order=order, page="3")
        found = state.rows_of(db.session(), select(User).where(User.username.like("p%")), COLUMNS, User, 60, ())

    assert [user.username for user in found] == counted
    assert len(counted) == 10


def test_filters_and_words_narrow_together(people: None) -> None:
    assert rows(read(state="off")) == ["p07"]
    assert rows(read(q="p1", order="-name"))[0] == "p19"
    assert rows(read(q="p1", state="off")) == []


def test_a_few_rows_are_found_before_they_are_sorted() -> None:
    few, many = (read(state="on", order="name").page_of(select(User), COLUMNS, User, n, ()) for n in (7, 10_001))  # type: ignore[arg-type]
    every = read(order="name").page_of(select(User), COLUMNS, User, 7, ())  # type: ignore[arg-type]

    assert "ORDER BY coalesce(ab_user.username, ab_user.username) ASC NULLS LAST" in str(few)
    assert "coalesce" not in str(many) + str(every)


@pytest.mark.parametrize("word", ["%", "_", "\\", "'", '"', "%%%\\", "');--", "\u202e", "🀄"])
def test_no_word_breaks_the_search(people: None, word: str) -> None:
    rows(read(q=word))


def test_many_rows_are_counted_by_the_planner(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNTED_TO", 50)
    with whole(SYSTEM, "look"):
        count, estimated = count_rows(db.session(), select(User).where(User.username.ilike("%100%%") | true()))

    assert estimated is True
    assert count >= 50


def test_a_choice_of_many_values_is_estimated_too(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNTED_TO", 50)
    with whole(SYSTEM, "look"):
        _count, estimated = count_rows(db.session(), select(User).where(User.active.in_([True, False])))

    assert estimated is True


def test_the_foot_of_a_register_leads_to_its_neighbours() -> None:
    foot = paging_of(read(page="5"), 1000, url, estimated=False)

    assert (foot.first, foot.last, foot.total) == (101, 125, 1000)
    assert [entry and entry[0] for entry in foot.pages] == ["1", None, "4", "5", "6", None, "40"]
    assert (foot.prev_url, foot.next_url) == ("/x?order=-id&page=4", "/x?order=-id&page=6")


def test_the_foot_of_an_empty_register() -> None:
    foot = paging_of(read(page="5"), 0, url, estimated=False)

    assert (foot.first, foot.last, foot.prev_url, foot.next_url) == (0, 0, None, None)


# --- Through the door ---


@pytest.fixture
def keeper(client: FlaskClient, people: None, sign_in: Any) -> FlaskClient:
    person("keeper", "sysadmin")
    return sign_in(client, "keeper")


def test_a_register_of_five_thousand_rows_a_page_is_never_sent(keeper: FlaskClient) -> None:
    page = keeper.get("/people/?size=5000").get_data(as_text=True)

    assert page.count("<tr>") == 1 + 25


def test_an_unlisted_order_is_400_and_not_a_guess_at_passwords(keeper: FlaskClient) -> None:
    assert keeper.get("/people/?order=password").status_code == 400
    assert keeper.get("/people/?order=-email").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "page=-5",
        "page=1e9",
        "size=abc",
        "q=%00%27%22%5C",
        "q=%25",
        "active=2",
        "_flt_0_id=1",
        "order=",
        "q=" + "x" * 3000,
    ],
)
def test_garbage_in_an_address_is_no_fault(keeper: FlaskClient, query: str) -> None:
    assert keeper.get(f"/people/?{query}").status_code == 200


def test_what_was_asked_stays_in_the_form_and_in_the_links(keeper: FlaskClient) -> None:
    page = keeper.get("/people/?q=p1&order=username").get_data(as_text=True)

    assert 'value="p1"' in page
    assert "q=p1" in page


def test_nothing_that_matches_says_so_and_shows_the_way_out(keeper: FlaskClient) -> None:
    page = keeper.get("/people/?q=nobody-at-all").get_data(as_text=True)

    assert "没有符合的记录" in page
    assert 'href="/people/"' in page


def test_who_reads_accounts_sees_no_more_than_their_kind_may(app: Flask, people: None) -> None:
    see_as(person("officer", "officer"))

    with pytest.raises(Exception, match="permission denied"):
        db.session.scalars(select(User)).all()


def test_a_percent_sign_is_looked_for_as_it_is(keeper: FlaskClient) -> None:
    assert "<tbody" in keeper.get("/people/").get_data(as_text=True)
    assert "<tbody" not in keeper.get("/people/?q=%25").get_data(as_text=True)
