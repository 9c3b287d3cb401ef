"""The doors that everybody uses, and the three administrators' own."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from kernel import account
from kernel.account import task_view
from kernel.clock import at
from kernel.db import db, transaction
from kernel.drawing import day_words
from kernel.module import Task
from kernel.notices import Message, Notice, to_role
from kernel.passwords import hash_of_password
from kernel.permissions import GRANTED
from kernel.scope import whole
from kernel.words import Sentence
from tests.factories.people import SYSTEM, organization, person, post, token_of

PASSWORD = "eine-lange-Losung-24"
NEW = "noch-eine-lange-Losung-25"


@pytest.fixture
def enter(app: Flask, db_session: object, sign_in: Any) -> Any:
    """Sign in as a new person with these roles: `enter("sysadmin")` gives the client."""

    def _enter(*codes: str, name: str = "", **more: Any) -> FlaskClient:
        person(name or codes[0], *codes, **more)
        return sign_in(app.test_client(), name or codes[0])

    return _enter


def page_of(client: FlaskClient, url: str) -> str:
    return client.get(url).get_data(as_text=True)


# --- Home, language, inbox ---


def test_a_visitor_is_welcome_without_a_name(client: FlaskClient) -> None:
    page = page_of(client, "/")

    assert 'href="/login/"' in page


def test_the_language_is_chosen_in_the_header_and_kept(client: FlaskClient) -> None:
    assert 'lang="zh-CN"' in page_of(client, "/login/")[:80]

    answer = client.get("/lang/en?next=/login/")

    assert answer.headers["Location"] == "/login/"
    assert '<html lang="en"' in page_of(client, "/login/")
    client.get("/lang/xx")
    assert '<html lang="en"' in page_of(client, "/login/")


def test_the_language_of_a_signed_in_person_is_kept_with_their_session(enter: Any) -> None:
    client = enter("sysadmin")

    client.get("/lang/en?next=/people/")

    assert '<html lang="en"' in page_of(client, "/people/")


def test_the_home_page_of_a_visitor_asks_for_no_tasks(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "task_view", None)

    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("due", "chip"),
    [
        (date(2026, 11, 23), ("已过期 1 天", "11-23 周一", "bad")),
        (date(2026, 11, 24), ("今天", "11-24 周二", "warn")),
        (date(2026, 11, 26), ("还有 2 天", "11-26 周四", "warn")),
        (date(2026, 12, 24), ("还有 30 天", "12-24 周四", "idle")),
    ],
)
def test_a_task_says_how_much_time_is_left(app: Flask, due: date, chip: tuple[str, str, str]) -> None:
    with time_machine.travel(at(date(2026, 11, 24), 10), tick=False), app.test_request_context("/login/"):
        shown = task_view(Task(Sentence("Home"), "/", due_on=due))

    assert shown.due[1:] == chip[1:]
    assert re.search(r"\d+|今天", shown.due[0])


def test_a_day_is_written_with_its_weekday(app: Flask) -> None:
    with app.test_request_context("/login/"):
        assert day_words(date(2026, 11, 24)) == "2026-11-24 周二"


def test_the_inbox_shows_what_was_told_and_counts_it_in_the_header(enter: Any) -> None:
    client = enter("officer")
    subject = organization()
    with transaction():
        Notice(key="t", to=to_role("officer"), headline="Rating", body="Rating", link=lambda r: f"/x/{r.id}").send(
            subject, actor=SYSTEM
        )

    page = page_of(client, "/inbox/")
    (link,) = re.findall(r'href="(/inbox/\d+)"', page)
    assert client.get(link).headers["Location"] == f"/x/{subject.id}"
    assert "1 条未读" in page
    assert "条未读" not in page_of(client, "/inbox/")
    with transaction():
        Notice(key="t", to=to_role("officer"), headline="Rating", body="Rating").send(
            subject, actor=SYSTEM, occasion="2"
        )
    assert post(client, "/inbox/read").headers["Location"] == "/inbox/"
    assert "条未读" not in page_of(client, "/inbox/")


def test_the_inbox_of_a_visitor_is_the_sign_in_page(client: FlaskClient) -> None:
    assert client.get("/inbox/").headers["Location"] == "/login/?next=/inbox/"


def test_who_is_signed_in_is_not_asked_again(enter: Any) -> None:
    assert enter("sysadmin").get("/login/?next=/people/").headers["Location"] == "/people/"


# --- One's own password ---


def change(client: FlaskClient, **typed: str) -> Any:
    return post(client, "/account/", {"current": PASSWORD, "new": NEW, "again": NEW} | typed)


@pytest.fixture
def with_password(enter: Any) -> FlaskClient:
    return enter("officer", password_hash=hash_of_password(PASSWORD))


def test_a_password_is_changed_with_the_present_one_and_ends_other_sessions(
    with_password: FlaskClient, app: Flask, sign_in: Any
) -> None:
    elsewhere = sign_in(app.test_client(), "officer")

    assert change(with_password).status_code == 302

    assert "密码已修改" in page_of(with_password, "/account/")
    assert elsewhere.get("/account/").status_code == 302


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"current": "wrong"}, "current", "This is not your present password."),
        ({"again": "other-than-the-new"}, "again", "The two new passwords are not the same."),
        (
            {"new": "short", "again": "short"},
            "new",
            "A password has at least {least} characters. Make it longer: a sentence is fine.",
        ),
        ({"new": ""}, "new", "Please fill this in."),
    ],
)
def test_a_password_that_cannot_be_is_refused_beside_its_field(
    with_password: FlaskClient, typed: dict[str, str], field: str, told: str
) -> None:
    answer = change(with_password, **typed)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    words = str(Sentence(told, least=12))
    assert re.search(rf'id="[a-z]+-{field}-e".*?{re.escape(words)}', page, re.DOTALL)
    for secret in (PASSWORD, NEW):
        assert secret not in page


def test_a_password_is_what_was_typed_with_its_spaces(with_password: FlaskClient, app: Flask) -> None:
    spaced = f" {NEW} "
    change(with_password, new=spaced, again=spaced)
    client = app.test_client()
    typed = {"csrf_token": token_of(page_of(client, "/login/")), "username": "officer"}

    assert client.post("/login/", data=typed | {"password": NEW}).status_code == 401
    assert client.post("/login/", data=typed | {"password": spaced}).status_code == 302


# --- The three administrators ---


def test_the_system_administrator_makes_an_account_whose_password_nobody_knows(enter: Any) -> None:
    client = enter("sysadmin")

    answer = post(client, "/people/new", {"username": "mei", "name": "示例梅", "email": "mei@example.org"})

    assert answer.status_code == 302
    with whole(SYSTEM, "look"):
        stored = db.session.execute(text("SELECT password FROM ab_user WHERE username = 'mei'")).scalar_one()
        told = db.session.scalars(select(Message.kind).order_by(Message.id.desc()).limit(1)).one()
    assert stored.startswith("scrypt:")
    assert told == "activation_link"


def test_an_account_that_exists_is_refused_in_words_and_what_was_typed_stays(enter: Any) -> None:
    client = enter("sysadmin")

    answer = post(client, "/people/new", {"username": "sysadmin", "name": "示例梅", "email": "mei@example.org"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "示例梅" in page
    assert "mei@example.org" in page
    assert "IntegrityError" not in page


def test_an_empty_form_names_each_field(enter: Any) -> None:
    answer = post(enter("sysadmin"), "/people/new", {"name": "示例梅"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.count('aria-invalid="true"') == 2
    assert 'value="示例梅"' in page


def test_the_security_administrator_gives_roles_and_the_person_signs_in_anew(
    enter: Any, app: Flask, sign_in: Any
) -> None:
    theirs = person("mei", "officer")
    open_elsewhere = sign_in(app.test_client(), "mei")
    client = enter("secadmin")

    answer = post(client, f"/people/{theirs.user_id}/deeds/give_roles", {"roles": ["director", "finance"]})

    assert answer.status_code == 302
    assert "中心负责人" in page_of(client, f"/people/{theirs.user_id}")
    assert open_elsewhere.get("/account/").status_code == 302


def test_a_new_password_from_the_administrator_ends_what_is_open(enter: Any, app: Flask, sign_in: Any) -> None:
    theirs = person("mei", "officer")
    open_elsewhere = sign_in(app.test_client(), "mei")
    client = enter("sysadmin")

    assert post(client, f"/people/{theirs.user_id}/deeds/reset_password").status_code == 302

    assert open_elsewhere.get("/account/").status_code == 302


def test_the_security_administrator_gives_themselves_nothing(enter: Any) -> None:
    client = enter("secadmin")
    me = db.session.connection().scalar(text("SELECT id FROM ab_user WHERE username = 'secadmin'"))

    answer = post(client, f"/people/{me}/deeds/give_roles", {"roles": ["sysadmin"]})

    assert answer.status_code == 409
    assert "不能给自己" in answer.get_data(as_text=True)


def test_duties_that_do_not_go_together_are_refused(enter: Any) -> None:
    theirs = person("mei")

    answer = post(enter("secadmin"), f"/people/{theirs.user_id}/deeds/give_roles", {"roles": ["officer", "reviewer"]})

    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("role", "deed"),
    [("sysadmin", "give_roles"), ("secadmin", "reset_password"), ("secadmin", "lock"), ("sysadmin", "explode")],
)
def test_the_deeds_of_one_administrator_are_not_anothers(enter: Any, role: str, deed: str) -> None:
    theirs = person("mei")

    assert post(enter(role), f"/people/{theirs.user_id}/deeds/{deed}").status_code == 404


def test_nobody_locks_themselves_out(enter: Any) -> None:
    client = enter("sysadmin")
    me = db.session.connection().scalar(text("SELECT id FROM ab_user WHERE username = 'sysadmin'"))

    assert post(client, f"/people/{me}/deeds/lock").status_code == 409


def test_a_lock_ends_what_is_open_and_can_be_opened_again(enter: Any, app: Flask, sign_in: Any) -> None:
    theirs = person("mei", "officer")
    open_elsewhere = sign_in(app.test_client(), "mei")
    client = enter("sysadmin")

    post(client, f"/people/{theirs.user_id}/deeds/lock")
    assert open_elsewhere.get("/account/").status_code == 302
    assert "已锁定" in page_of(client, f"/people/{theirs.user_id}")

    post(client, f"/people/{theirs.user_id}/deeds/unlock")
    assert sign_in(app.test_client(), "mei").get("/account/").status_code == 200


def test_the_audit_administrator_sees_who_did_what_and_no_values(enter: Any) -> None:
    organization(name="示例秘密机构")
    client = enter("logadmin")
    page = page_of(client, "/trail/")

    assert re.search(r"新建</td>.*?机构 \d+", page, re.DOTALL)
    assert "示例秘密机构" not in page


def test_the_trail_is_searched_by_the_words_of_its_deeds_and_narrowed_by_kind(enter: Any) -> None:
    organization()
    post(enter("sysadmin"), "/people/new", {"username": "lin", "name": "林", "email": "lin@example.org"})
    client = enter("logadmin")

    def deeds(query: str) -> set[tuple[str, str]]:
        cells = re.findall(
            r'<td data-label="操作">(.*?)</td><td data-label="记录">(\D*?) ', page_of(client, f"/trail/?{query}")
        )
        return set(cells)

    assert {("新建", "机构"), ("新建", "人员账号")} <= deeds("")
    assert deeds("kind=Organization") == {("新建", "机构")}
    assert ("新建", "人员账号") in deeds("q=新建")
    assert deeds("q=锁定") == set()


def test_no_administrator_of_the_system_holds_a_business_permission() -> None:
    own = {"User", "Role", "AuditEvent", "JobRun", "Letter", "MailTemplate", "System", "Deputy"}

    for code in ("sysadmin", "secadmin", "logadmin"):
        assert {kind for _verb, kind in GRANTED[code]} <= own, code


def test_the_table_of_roles_is_shown_as_it_stands_in_code(enter: Any) -> None:
    page = page_of(enter("secadmin"), "/roles/")

    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if "人员账号" in row and "授予角色" in row)
    kinds = re.findall(r'<th scope="row"><b>(.*?)</b>', page)
    assert len(kinds) == len(set(kinds)) > 20
    assert "安全管理员" in row
    assert "系统管理员" not in row


def test_signing_out_needs_a_form_and_ends_the_session(enter: Any) -> None:
    client = enter("officer")
    token = token_of(page_of(client, "/account/"))

    assert client.get("/logout/").status_code == 405
    answer = client.post("/logout/", data={"csrf_token": token})

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/account/").status_code == 302
