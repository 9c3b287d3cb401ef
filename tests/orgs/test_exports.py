"""The register taken out as a file: what was asked for, in its order, safe to open, and good to be brought back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from kernel import exporting
from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.db import db
from kernel.scope import whole
from orgs.models import ImportRun, Organization
from orgs.reference import service_fields
from orgs.schemas import lines_of, open_list
from orgs.states import ImportKind, InspectionResult, OrganizationStatus, RatingGrade, RatingState
from tests.factories.orgs import SET_UP, OrganizationFactory, credit_code
from tests.orgs.conftest import Counter

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, officer: Actor) -> FlaskClient:
    return sign_in(client, "officer")


def some_register() -> None:
    OrganizationFactory(name="示例·乙", credit_code=credit_code(2), district_code="310104", projects_total=1)
    OrganizationFactory(name="=HYPERLINK(1)", credit_code=credit_code(3), district_code="310101")
    OrganizationFactory(
        name="示例·甲",
        credit_code=credit_code(1),
        district_code="310101",
        founded_on=date(2010, 3, 8),
        service_fields=sorted(service_fields("zh"))[:2],
        staff_count=12,
        status=OrganizationStatus.LIQUIDATING,
        inspection_year=2025,
        inspection_result=InspectionResult.BASICALLY_PASSED,
        rating_grade=RatingGrade.FOUR_A,
        rating_state=RatingState.PENDING,
        contact_name="示例联系人",
        contact_phone="021-00000000",
    )


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_file_holds_what_the_list_shows_and_opens_in_excel(desk: FlaskClient) -> None:
    some_register()

    answer = desk.get("/organizations/export/csv?district=310101&order=name")

    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        answer.headers["Content-Disposition"]
        .encode("latin-1")
        .startswith(b'attachment; filename="file.csv"; filename*=')
    )
    told = lines(answer.data)
    assert told[0][:2] == ["机构名称", "统一社会信用代码"]
    assert [row[0] for row in told[1:]] == ["'=HYPERLINK(1)", "示例·甲"]
    assert "示例联系人" not in answer.get_data(as_text=True)
    assert "021-00000000" not in answer.get_data(as_text=True)


def test_a_workbook_keeps_days_and_numbers_and_runs_no_formula(desk: FlaskClient) -> None:
    some_register()

    answer = desk.get("/organizations/export/xlsx?order=name")

    page = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    rows = {row[0].value: {head.value: cell for head, cell in zip(page[1], row, strict=True)} for row in page["A2:V9"]}
    assert rows["=HYPERLINK(1)"]["机构名称"].data_type == "s"
    assert rows["=HYPERLINK(1)"]["机构名称"].quotePrefix
    assert rows["示例·甲"]["成立日期"].value.date() == date(2010, 3, 8)
    assert rows["示例·甲"]["专职人员（人）"].value == 12
    assert len([name for name in rows if name]) == 3


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_file_brought_back_is_read_as_it_was_written(desk: FlaskClient, form: str, locale: str) -> None:
    some_register()
    desk.get(f"/lang/{locale}")

    content = desk.get(f"/organizations/export/{form}?q=示例·甲").data

    read = open_list(content, f"名录.{form}", ImportKind.ORGANIZATIONS, {})
    run = ImportRun(kind=ImportKind.ORGANIZATIONS, places=read.places, unit=read.unit)
    (line,) = lines_of(run, read.table)
    assert line.wrong == {}
    with whole(SET_UP, "look"):
        kept = db.session.scalars(select(Organization).where(Organization.name == "示例·甲")).one()
    told = {"grade": "rating_grade"}
    for name in ("name", "credit_code", "status", "founded_on", "district_code", "service_fields", "staff_count"):
        assert line.values[name] == getattr(kept, told.get(name, name)), name
    assert (line.values["grade"], line.values["inspection_result"]) == (kept.rating_grade, kept.inspection_result)


def test_an_export_stands_in_the_trail(desk: FlaskClient) -> None:
    some_register()

    desk.get("/organizations/export/csv?district=310104")

    with whole(SET_UP, "look"):
        told = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "Organization.export")).one()
    assert (told.changes["rows"], told.changes["form"]) == ([None, 1], [None, "csv"])
    assert "district=310104" in told.changes["asked"][1]


def test_a_file_of_many_rows_costs_no_more_statements(desk: FlaskClient, counted: Counter) -> None:
    for number in range(60):
        OrganizationFactory(number=number + 1)

    with counted() as sent:
        assert len(lines(desk.get("/organizations/export/csv").data)) == 61

    assert len(sent) <= 8, sent


def test_more_than_a_file_can_take_is_refused_in_words(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    some_register()
    monkeypatch.setitem(exporting.MOST_ROWS, "xlsx", 2)

    answer = desk.get("/organizations/export/xlsx")

    assert answer.status_code == 409
    assert "最多 2 行" in answer.get_data(as_text=True)


def test_no_other_form_is_known(desk: FlaskClient) -> None:
    assert desk.get("/organizations/export/pdf").status_code == 404
