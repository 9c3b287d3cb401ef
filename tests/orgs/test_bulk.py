"""Deeds on many organizations: asked, looked at row by row, done; and what is left out, with why."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.notices import Message
from kernel.scope import whole
from orgs.models import Circular, Organization
from orgs.operations import bulk, send_circular, set_district, set_service_fields
from orgs.operations.bulk import FieldsWay
from orgs.reference import Codes, service_fields
from orgs.states import OrganizationStatus
from tests.factories.orgs import SET_UP, OrganizationFactory, credit_code, person
from tests.orgs.conftest import Counter

SignIn = Callable[..., FlaskClient]
DOOR = "/organizations/chosen/"
SOME = sorted(service_fields("zh"))


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, officer: Actor) -> FlaskClient:
    return sign_in(client, "officer")


def some(count: int = 3, **told: object) -> list[Organization]:
    return [OrganizationFactory(name=f"示例·机构{n}", credit_code=credit_code(n), **told) for n in range(1, count + 1)]


def press(client: FlaskClient, action: str, chosen: list[Organization] | None = None, **typed: object) -> TestResponse:
    page = client.get("/organizations/").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    ids = [str(one.id) for one in chosen or []]
    return client.post(DOOR, data={"csrf_token": token, "action": action, "rowid": ids, **typed})


def go_on(client: FlaskClient, page: TestResponse, **typed: object) -> TestResponse:
    """Send the form of a page as its reader would, with what they typed."""
    html = page.get_data(as_text=True)
    form = html.split(f'action="{DOOR}"')[1].split("</form>")[0]
    data: dict[str, object] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        data.setdefault(name, []).append(value)  # type: ignore[attr-defined]
    return client.post(DOOR, data=data | typed)


def words(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def kept() -> dict[str, Organization]:
    with whole(SET_UP, "look"):
        db.session.expire_all()
        return {one.name: one for one in db.session.scalars(select(Organization))}


def test_the_register_offers_what_its_reader_may_do(client: FlaskClient, sign_in: SignIn, officer: Actor) -> None:
    some()
    person("auditor", username="auditor")

    officers = sign_in(client, "officer").get("/organizations/").get_data(as_text=True)
    auditors = sign_in(client, "auditor").get("/organizations/").get_data(as_text=True)

    assert re.findall(r'name="action" value="(\w+)"', officers) == ["notify", "fields", "district", "letters", "export"]
    assert re.findall(r'name="action" value="(\w+)"', auditors) == ["export"]


def test_a_district_is_asked_looked_at_and_then_set(desk: FlaskClient) -> None:
    first, second, _third = some(district_code="310101")
    OrganizationFactory(name="示例·在徐汇", credit_code=credit_code(9), district_code="310104")
    there = kept()["示例·在徐汇"]

    asked = press(desk, "district", [first, second, there])
    looked = go_on(desk, asked, district_code="310104")

    assert "黄浦区 → 徐汇区" in words(looked)
    assert "将处理 2 家机构" in words(looked)
    assert "已经在这个区" in words(looked)
    assert kept()["示例·机构1"].district_code == "310101"
    done = go_on(desk, looked)
    assert done.status_code == 302
    assert {name: one.district_code for name, one in kept().items()} == {
        "示例·机构1": "310104",
        "示例·机构2": "310104",
        "示例·机构3": "310101",
        "示例·在徐汇": "310104",
    }
    assert kept()["示例·在徐汇"].version == there.version


def test_all_that_match_are_chosen_whatever_the_page_shows(desk: FlaskClient) -> None:
    some(30, district_code="310101")
    OrganizationFactory(name="示例·别区", credit_code=credit_code(99), district_code="310105")
    page = desk.get("/organizations/?district=310101").get_data(as_text=True)
    assert "全部 30 家符合条件的" in page
    assert (
        "全部" not in desk.get("/organizations/?district=310105").get_data(as_text=True).split("data-bulk-bar")[1][:900]
    )

    asked = press(desk, "fields", everything="1", asked="district=310101&order=name")
    looked = go_on(desk, asked, service_fields=SOME[:1])
    done = go_on(desk, looked)

    assert done.headers["Location"].startswith("/organizations/?")
    assert "district=310101" in done.headers["Location"]
    assert sum(one.service_fields == SOME[:1] for one in kept().values()) == 30


@pytest.mark.parametrize(
    ("way", "expected"),
    [(FieldsWay.ADD, SOME[:3]), (FieldsWay.REPLACE, SOME[1:3]), (FieldsWay.REMOVE, SOME[:1])],
)
def test_fields_are_added_put_in_place_or_taken_away(officer: Actor, way: FieldsWay, expected: list[str]) -> None:
    (one,) = some(1, service_fields=SOME[:2])

    assert set_service_fields([one.id], actor=officer, service_fields=Codes(SOME[1:3]), way=way) == 1
    assert kept()[one.name].service_fields == expected


def test_a_notice_goes_to_those_who_act_and_the_others_are_named(desk: FlaskClient) -> None:
    first, second, _third = some()
    person("org_admin", organization=first, username="first")
    person("org_lead", organization=first)

    asked = press(desk, "notify", [first, second])
    nothing = go_on(desk, asked, headline="", text="")
    assert nothing.status_code == 422
    looked = go_on(desk, asked, headline="请更新资料", text="请在月底前\n核对机构资料。")

    assert "通知 1 人" in words(looked)
    assert "示例·机构2" in words(looked).split("不能处理", 1)[1]
    assert "还没有人员账号" in words(looked)
    assert go_on(desk, looked).status_code == 302
    with whole(SET_UP, "look"):
        circular = db.session.scalars(select(Circular)).one()
        (message,) = db.session.scalars(select(Message).where(Message.kind == "circular.sent")).all()
        told = select(AuditEvent.subject_id).where(AuditEvent.action == "Organization.notify")
        assert list(db.session.scalars(told)) == [first.id]
    assert (circular.organization_ids, circular.people) == ([first.id], 1)
    assert "请在月底前\n核对机构资料。" in message.text


def test_what_is_possible_for_none_is_said_before_anything_is_asked_of_it(desk: FlaskClient) -> None:
    page = go_on(desk, press(desk, "notify", some()), headline="x", text="x")

    assert page.status_code == 409
    assert "所选机构都不能这样处理" in words(page)
    assert "不能处理：3 项" in words(page)


def test_an_organization_reads_its_own_notice_and_no_other_receiver(
    client: FlaskClient, sign_in: SignIn, officer: Actor
) -> None:
    first, second, third = some()
    for one, name in ((first, "first"), (second, "second"), (third, "third")):
        person("org_admin", organization=one, username=name)
    send_circular([first.id, second.id], actor=officer, headline="请更新资料", text="请核对。")
    db.session.commit()
    with whole(SET_UP, "look"):
        path = f"/circulars/{db.session.scalars(select(Circular.id)).one()}"

    page = sign_in(client, "first").get(path)
    assert "请核对。" in words(page)
    assert "示例·机构2" not in words(page)
    assert sign_in(client, "third").get(path).status_code == 404
    assert "示例·机构2" in words(sign_in(client, "officer").get(path))


def test_letters_are_asked_for_those_without_an_account(desk: FlaskClient) -> None:
    first, second, _third = some()
    OrganizationFactory(name="示例·注销", credit_code=credit_code(9), status=OrganizationStatus.DEREGISTERED)
    person("org_admin", organization=first)

    page = press(desk, "letters", [first, second, kept()["示例·注销"]])

    told = words(page)
    assert "打印 1 封认领信" in told
    assert "已有人员账号" in told
    assert "登记状态不是正常" in told
    assert f'name="rowid" value="{second.id}"' in page.get_data(as_text=True)


def test_the_chosen_go_out_as_a_workbook_and_so_do_all_that_match(desk: FlaskClient) -> None:
    first, _second, third = some()

    chosen = press(desk, "export", [first, third], asked="order=name")
    everything = press(desk, "export", everything="1", asked="q=示例&order=name")

    def names(answer: TestResponse) -> list[object]:
        return [row[0].value for row in load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(min_row=2)]

    assert names(chosen) == ["示例·机构1", "示例·机构3"]
    assert len(names(everything)) == 3


def test_nothing_chosen_is_said_and_nothing_done(desk: FlaskClient) -> None:
    some()

    for action in ("district", "letters", "export"):
        assert press(desk, action).status_code == 302
    assert press(desk, "nonsense").status_code == 404
    assert press(desk, "export", everything="1", asked="order=password").status_code == 400


def test_what_is_wrong_is_told_and_too_many_are_refused(
    officer: Actor, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = some()
    with pytest.raises(Invalid):
        set_district([chosen[0].id], actor=officer, district_code="999999")
    with pytest.raises(Invalid):
        set_service_fields([chosen[0].id], actor=officer, service_fields=Codes(), way=FieldsWay.ADD)
    with pytest.raises(Refused, match="Nobody acts"):
        send_circular([chosen[0].id], actor=officer, headline="x", text="x")
    asked = press(desk, "district", chosen)
    assert go_on(desk, asked, district_code="999999").status_code == 422

    monkeypatch.setattr(bulk, "MOST", 2)

    with pytest.raises(Refused, match="At most"):
        set_district([one.id for one in chosen], actor=officer, district_code="310101")
    assert press(desk, "district", chosen).status_code == 409


@pytest.mark.parametrize("code", ["director", "auditor", "org_admin"])
def test_these_deeds_are_the_officers(client: FlaskClient, sign_in: SignIn, officer: Actor, code: str) -> None:
    one, *_rest = some()
    other = person(code, organization=one if code == "org_admin" else None, username="other")

    for carry_out, told in (
        (set_district, {"district_code": "310101"}),
        (set_service_fields, {"service_fields": Codes(SOME[:1]), "way": FieldsWay.ADD}),
        (send_circular, {"headline": "x", "text": "x"}),
    ):
        with pytest.raises(Refused, match="not allowed"):
            carry_out([one.id], actor=other, **told)  # type: ignore[operator]


def test_a_notice_without_words_or_receivers_is_no_notice(officer: Actor) -> None:
    told = {"headline": "x", "text": "x", "organization_ids": [1], "people": 1}
    for wrong in ({"headline": " "}, {"organization_ids": []}, {"people": -1}):
        with whole(SET_UP, "set-up"), pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(insert(Circular), [told | wrong])


def test_many_cost_no_more_statements_to_look_at_than_few(desk: FlaskClient, counted: Counter) -> None:
    chosen = some(40, district_code="310101")
    asked = press(desk, "district", chosen)

    with counted() as sent:
        go_on(desk, asked, district_code="310104")

    assert len(sent) <= 8, sent
