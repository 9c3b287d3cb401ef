"""Each hole of a stock Flask-AppBuilder is shut, once, in the kernel."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import BaseView
from flask_appbuilder.api import BaseApi
from jinja2 import TemplateNotFound
from sqlalchemy import event, text

from kernel.api.door import Api
from kernel.database import owner_engine
from kernel.db import db
from kernel.passwords import hash_of_password
from kernel.views import Page
from tests.conftest import Copy
from tests.factories.people import person, post

ADMIN = "sysadmin"


@pytest.fixture
def admin(client: FlaskClient, sign_in: Any) -> FlaskClient:
    person(ADMIN, ADMIN)
    return sign_in(client, ADMIN)


def test_every_view_is_a_child_of_our_own_page(app: Flask) -> None:
    views = app.appbuilder.baseviews

    assert [
        type(view).__name__ for view in views if isinstance(view, BaseView) and not isinstance(view, Page | Api)
    ] == []
    assert [type(view).__name__ for view in views if isinstance(view, BaseApi) and not isinstance(view, Api)] == []
    assert [type(view).__name__ for view in views if isinstance(view, Api) and view.csrf_exempt] == []


@pytest.mark.parametrize(
    "path",
    [
        "/users/list/",
        "/users/userinfo/",
        "/users/add",
        "/roles/list/",
        "/roles/add",
        "/permissions/list/",
        "/viewmenus/list/",
        "/userstatschartview/chart/",
        "/registeruser/list/",
        "/resetmypassword/form",
        "/resetpassword/form?pk=1",
        "/api/v1/security/refresh",
        "/api/v1/security/users/",
        "/api/v1/security/roles/",
        "/api/v1/menu/",
        "/swagger/v1",
        "/back",
        "/appbuilder/static/js/ab.js",
        "/static/appbuilder/js/ab.js",
        "/static/appbuilder/css/bootstrap.min.css",
        "/login/openid",
        "/oauth-authorized/google",
        "/register/form",
    ],
)
def test_no_page_file_or_api_of_its_own_is_served(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_no_route_leads_into_its_code_and_none_changes_by_get(app: Flask) -> None:
    ours = ("kernel.", "orgs.", "grants.", "evaluation.")

    foreign = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not app.view_functions[rule.endpoint].__module__.startswith(ours)
    ]

    assert foreign == []
    assert [rule.rule for rule in app.url_map.iter_rules() if "action" in rule.rule or "delete" in rule.rule] == []


def test_its_templates_cannot_be_drawn(app: Flask) -> None:
    with pytest.raises(TemplateNotFound):
        app.jinja_env.get_template("appbuilder/general/security/resetpassword.html")


def test_it_makes_no_tables_and_writes_no_permissions_by_itself(app: Flask) -> None:
    assert app.config["FAB_CREATE_DB"] is False
    assert app.config["FAB_UPDATE_PERMS"] is False
    assert app.config["FAB_ADD_SECURITY_API"] is False
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


def test_starting_the_application_writes_nothing(app: Flask, db_session: object) -> None:
    before = db.session.execute(text("SELECT count(*), max(id) FROM ab_permission_view")).one()

    assert before.count > 0
    assert db.session.execute(text("SELECT count(*) FROM ab_view_menu WHERE name = 'IndexView'")).scalar() == 0


def test_its_admin_role_that_holds_everything_is_not_there(app: Flask, db_session: object) -> None:
    roles = set(db.session.scalars(text("SELECT name FROM ab_role")))

    assert roles.isdisjoint({"Admin", "Public"})
    assert {"sysadmin", "secadmin", "logadmin", "public"} <= roles


def test_a_role_that_only_its_tables_know_gives_nothing(app: Flask, committed_database: Copy, sign_in: Any) -> None:
    actor = person("mei", "officer")
    with owner_engine(committed_database.owner_url).begin() as connection:
        number = connection.scalar(text("INSERT INTO ab_role (name) VALUES ('Admin') RETURNING id"))
        wanted = text("INSERT INTO ab_user_role (user_id, role_id) VALUES (:user_id, :role_id)")
        connection.execute(wanted, {"user_id": actor.user_id, "role_id": number})
    client = sign_in(app.test_client(), "mei")

    assert client.get("/people/").status_code == 403


def test_permissions_come_from_the_code_and_not_from_its_tables(client: FlaskClient, sign_in: Any) -> None:
    person("mei", "officer")
    sign_in(client, "mei")

    assert client.get("/people/").status_code == 403
    assert client.get("/roles/").status_code == 403


@pytest.mark.parametrize(
    "query", ["_oc_PeopleView=password&_od_PeopleView=asc", "psize_PeopleView=5000", "_flt_0_password=x"]
)
def test_its_own_words_in_an_address_mean_nothing(admin: FlaskClient, query: str) -> None:
    plain = admin.get("/people/").get_data(as_text=True)

    assert rows_of(admin.get(f"/people/?{query}").get_data(as_text=True)) == rows_of(plain)


def rows_of(page: str) -> list[str]:
    return re.findall(r"<tr>.*?</tr>", page, re.DOTALL)


def test_a_list_orders_its_rows_whatever_is_asked(admin: FlaskClient) -> None:
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(db.session.connection().engine, "before_cursor_execute", note)
    try:
        admin.get("/people/?q=a")  # the first page of all of them is a plan that has a name
    finally:
        event.remove(db.session.connection().engine, "before_cursor_execute", note)
    limited = [statement for statement in seen if "LIMIT" in statement and "count(" not in statement]
    assert limited
    assert all("ORDER BY" in statement for statement in limited)


@pytest.mark.parametrize(
    "path",
    ["/people/99999999999999999999999999", "/people/0", "/people/-1", "/people/abc", "/people/1;DROP", "/people/1e3"],
)
def test_a_strange_number_in_an_address_is_not_found(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_every_write_needs_its_token(admin: FlaskClient) -> None:
    for path in ("/people/new", "/account/", "/logout/", "/inbox/read"):
        assert admin.post(path, data={"username": "x"}).status_code == 400, path


def test_a_token_of_another_session_is_none(admin: FlaskClient, app: Flask, sign_in: Any) -> None:
    person("mei", "officer")
    other = sign_in(app.test_client(), "mei")
    token = re.search(r'name="csrf_token" value="([^"]+)"', other.get("/account/").get_data(as_text=True))
    assert token

    assert admin.post("/inbox/read", data={"csrf_token": token.group(1)}).status_code == 400


def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(client: FlaskClient, app: Flask) -> None:
    answer = client.get("/lang/en")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert app.config["SESSION_COOKIE_SECURE"] is False  # over http; __Host- and Secure stand behind https


def test_a_forged_cookie_is_a_visitor(client: FlaskClient) -> None:
    for value in ("s.", "s.forged", "v.forged", "eyJ1c2VyX2lkIjoxfQ.x.y", "x" * 3000, "s.\x00"):
        client.set_cookie("yulan", value)
        assert client.get("/people/").status_code == 302, value


def test_a_database_error_is_never_shown(admin: FlaskClient) -> None:
    answer = post(admin, "/people/new", {"username": "x" * 64, "name": "y" * 64, "email": "z" * 200})

    page = answer.get_data(as_text=True)
    assert answer.status_code in {302, 409, 422}
    for word in ("psycopg", "INSERT INTO", "SQL:", "StringDataRightTruncation"):
        assert word not in page


def test_what_was_typed_survives_a_refusal(admin: FlaskClient) -> None:
    page = post(admin, "/people/new", {"username": ADMIN, "name": "示例甲", "email": "jia@example.org"}).get_data(True)

    assert 'value="示例甲"' in page
    assert 'value="jia@example.org"' in page


def test_fields_that_nobody_offers_are_not_taken(admin: FlaskClient) -> None:
    post(
        admin,
        "/people/new",
        {
            "username": "mei",
            "name": "示例梅",
            "email": "mei@example.org",
            "active": "",
            "roles": "secadmin",
            "organization_id": "1",
            "password": "chosen-by-the-caller",
            "id": "7",
        },
    )

    row = db.session.execute(
        text(
            "SELECT u.active, a.organization_id, count(r.role_id) AS roles FROM ab_user u JOIN account a ON a.user_id = u.id"
            " LEFT JOIN ab_user_role r ON r.user_id = u.id WHERE u.username = 'mei' GROUP BY 1, 2"
        )
    ).one()
    assert tuple(row) == (True, None, 0)


def test_a_title_with_markup_is_shown_as_it_was_written(admin: FlaskClient) -> None:
    post(admin, "/people/new", {"username": "<script>alert(1)</script>", "name": '"><img src=x>', "email": "a@b.cd"})

    page = admin.get("/people/?q=%3Cscript%3E").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "&lt;script&gt;" in page


def test_a_views_object_holds_nothing_of_a_request(app: Flask, admin: FlaskClient) -> None:
    views = [view for view in app.appbuilder.baseviews if isinstance(view, Page | Api)]
    before = {id(view): dict(vars(view)) for view in views}

    admin.get("/people/?q=secret-word&order=-username&page=2&size=50")

    assert {id(view): dict(vars(view)) for view in views} == before


def test_eight_threads_never_see_each_others_search(app: Flask, committed_database: Copy, sign_in: Any) -> None:
    person(ADMIN, ADMIN)
    clients = [sign_in(app.test_client(), ADMIN) for _number in range(8)]
    db.session.remove()

    def search(number: int) -> list[str]:
        mixed = []
        for turn in range(6):
            word = f"only-{number}-{turn}-"
            page = clients[number].get(f"/people/?q={word}").get_data(as_text=True)
            if set(re.findall(r"only-\d-\d-", page)) != {word}:
                mixed.append(word)
        db.session.remove()
        return mixed

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(search, range(8)))

    assert found == [[]] * 8


def test_what_is_kept_of_a_password_is_on_no_page(admin: FlaskClient) -> None:
    theirs = person("mei", "officer", password_hash=hash_of_password("eine-lange-Losung-24"))

    for path in ("/people/", f"/people/{theirs.user_id}", "/account/"):
        assert "scrypt:" not in admin.get(path).get_data(as_text=True), path
