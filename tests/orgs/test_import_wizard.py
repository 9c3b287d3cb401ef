"""A list on its way into the register and back: brought, matched, checked, taken in, corrected, undone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from kernel.actor import Actor
from kernel.db import db
from kernel.scope import whole
from orgs.jobs import work_on_imports
from orgs.models import ImportRun, Inspection, Organization, PastProject, Rating
from orgs.operations import confirm_rating
from orgs.states import Grade, ImportState, InspectionResult, OrganizationStatus, RatingGrade, RatingState
from tests.factories.orgs import SET_UP, InspectionFactory, OrganizationFactory, RatingFactory, credit_code, person
from tests.orgs.conftest import Counter

SignIn = Callable[..., FlaskClient]
HEADINGS = ["机构名称", "信用代码", "所在区", "成立时间", "评估等级"]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


@pytest.fixture
def desk(client: FlaskClient, sign_in: SignIn, officer: Actor) -> FlaskClient:
    return sign_in(client, "officer")


def workbook(*rows: list[object], merged: str = "") -> bytes:
    book, target = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    book.save(target)
    return target.getvalue()


def token_of(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def bring(client: FlaskClient, content: bytes, name: str = "名单.xlsx", kind: str = "organizations") -> TestResponse:
    given = {"csrf_token": token_of(client, "/imports/new"), "kind": kind, "file": (io.BytesIO(content), name)}
    return client.post("/imports/new", data=given, content_type="multipart/form-data")


def send(client: FlaskClient, run: ImportRun, door: str, **typed: str) -> TestResponse:
    path = f"/imports/{run.id}"
    return client.post(f"{path}/{door}", data={"csrf_token": token_of(client, path), **typed})


def the_run() -> ImportRun:
    with whole(SET_UP, "look"):
        db.session.expire_all()
        run = db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(1)).one()
        db.session.expunge(run)
    return run


def matched(run: ImportRun) -> dict[str, str]:
    return {f"column-{place}": name for name, place in run.places.items()} | {"unit": str(run.unit)}


def check(client: FlaskClient, content: bytes, name: str = "名单.xlsx", kind: str = "organizations") -> ImportRun:
    assert bring(client, content, name, kind).status_code == 302
    run = the_run()
    assert send(client, run, "columns", **matched(run)).status_code == 302
    work()
    return the_run()


def take(client: FlaskClient, run: ImportRun, **typed: str) -> ImportRun:
    assert send(client, run, "steps/take", **typed).status_code == 302
    work()
    return the_run()


def work() -> int:
    done = work_on_imports(Actor.system("work-on-imports"))
    db.session.commit()
    return done


def register() -> dict[str, Organization]:
    with whole(SET_UP, "look"):
        db.session.expire_all()
        return {one.name: one for one in db.session.scalars(select(Organization))}


def count_of(model: type) -> int:
    with whole(SET_UP, "look"):
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def some_list() -> bytes:
    return workbook(
        ["2026 年度女性社会组织名单"],
        [],
        HEADINGS,
        ["示例·新机构", credit_code(1).lower(), "黄浦区", 40245, "5A级社会组织"],
        ["示例·改名后", credit_code(2), None, "2011年5月6日", None],
        ["示例·不变", credit_code(3), None, None, None],
        ["示例·错码", credit_code(4)[:-1] + "#", "浦东", "2030-01-01", "金牌"],
        ["示例·同名", credit_code(5), None, None, None],
        merged="C4:C6",
    )


def some_register() -> None:
    OrganizationFactory(name="示例·改名前", credit_code=credit_code(2), district_code="310101")
    OrganizationFactory(name="示例·不变", credit_code=credit_code(3), district_code="310101")
    OrganizationFactory(name="示例·同名", credit_code=credit_code(6))


def test_a_list_shows_what_every_line_would_do(desk: FlaskClient) -> None:
    some_register()

    run = check(desk, some_list())

    assert run.state is ImportState.READY
    assert run.counts == {"new": 1, "changed": 1, "same": 1, "clash": 1, "bad": 1}
    page = desk.get(f"/imports/{run.id}").get_data(as_text=True)
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "示例·改名前 → 示例·改名后" in told
    assert "机构库中已有「示例·同名」，代码为" in told
    assert "「2030-01-01」" not in told
    assert "2030-01-01 2030-01-01 尚未到来" in told or "2030-01-01" in told
    assert "金牌" in told
    bad = desk.get(f"/imports/{run.id}?outcome=bad").get_data(as_text=True)
    assert ("示例·错码" in bad, "示例·新机构" in bad) == (True, False)
    assert register().keys() == {"示例·改名前", "示例·不变", "示例·同名"}


def test_what_can_be_taken_is_taken_and_the_same_file_again_changes_nothing(desk: FlaskClient) -> None:
    some_register()

    run = take(desk, check(desk, some_list()))

    assert (run.state, run.done) == (ImportState.TAKEN, 5)
    kept = register()
    assert kept.keys() == {"示例·新机构", "示例·改名后", "示例·不变", "示例·同名"}
    new = kept["示例·新机构"]
    assert (new.credit_code, new.district_code, new.founded_on) == (credit_code(1), "310101", date(2010, 3, 8))
    assert (new.rating_grade, new.rating_state) == (RatingGrade.FIVE_A, RatingState.PENDING)
    assert kept["示例·改名后"].former_names == ["示例·改名前"]
    again = check(desk, some_list())
    assert again.counts == {"new": 0, "changed": 0, "same": 3, "clash": 1, "bad": 1}


def test_clashing_lines_are_taken_when_somebody_says_so(desk: FlaskClient) -> None:
    some_register()

    take(desk, check(desk, some_list()), with_clashes="1")

    with whole(SET_UP, "look"):
        named = select(Organization.credit_code).where(Organization.name == "示例·同名")
        assert set(db.session.scalars(named)) == {credit_code(5), credit_code(6)}


def test_the_lines_to_correct_come_back_corrected(desk: FlaskClient) -> None:
    some_register()
    run = take(desk, check(desk, some_list()))

    answer = desk.get(f"/imports/{run.id}/rejects")

    book = load_workbook(io.BytesIO(answer.data))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert rows[0] == ["原文件行号", "未导入原因", *HEADINGS]
    assert [row[0] for row in rows[1:]] == [7, 8]
    assert "等级" in str(rows[1][1])
    corrected = workbook(rows[0], [*rows[1][:3], credit_code(4), "浦东新区", "2020-01-01", "4A"])
    again = take(desk, check(desk, corrected, "更正.xlsx"))
    assert again.counts["new"] == 1
    assert register()["示例·错码"].district_code == "310115"


def test_an_import_is_undone_as_a_whole(desk: FlaskClient) -> None:
    some_register()
    run = take(desk, check(desk, some_list()))

    assert send(desk, run, "steps/undo").status_code == 302

    assert the_run().state is ImportState.UNDONE
    kept = register()
    assert kept.keys() == {"示例·改名前", "示例·不变", "示例·同名"}
    assert (kept["示例·改名前"].former_names, kept["示例·改名前"].founded_on) == ([], None)
    assert count_of(Rating) == 0


def test_an_import_that_others_build_on_is_not_undone(desk: FlaskClient) -> None:
    some_register()
    run = take(desk, check(desk, some_list()))
    person("org_admin", organization=register()["示例·新机构"])

    answer = send(desk, run, "steps/undo")

    assert answer.status_code == 409
    assert "已有人员账号或文件" in answer.get_data(as_text=True)
    assert "示例·新机构" in register()


def test_an_import_whose_records_were_changed_since_is_not_undone(desk: FlaskClient) -> None:
    some_register()
    run = take(desk, check(desk, some_list()))
    with whole(SET_UP, "change"):
        register()["示例·改名后"].address = "示例路 1 号"
        db.session.flush()

    answer = send(desk, run, "steps/undo")

    assert answer.status_code == 409
    assert "示例·改名后" in answer.get_data(as_text=True)


def test_lines_are_checked_anew_when_the_register_has_changed_since(desk: FlaskClient) -> None:
    run = check(desk, workbook(HEADINGS, ["示例·甲", credit_code(1), None, None, None]))
    OrganizationFactory(name="示例·甲", credit_code=credit_code(1))

    run = take(desk, run)

    assert (run.state, run.counts["same"]) == (ImportState.READY, 1)
    assert "核对之后机构库有了变化" in desk.get(f"/imports/{run.id}").get_data(as_text=True)
    assert "没有可导入的变化" in desk.get(f"/imports/{run.id}").get_data(as_text=True)


def test_a_column_matched_by_hand_is_known_the_next_time(desk: FlaskClient) -> None:
    content = workbook(["单位全名", "代码证号", "备注"], ["示例·甲", credit_code(1), "x"])
    bring(desk, content)
    run = the_run()
    assert run.places == {}
    refused = send(desk, run, "columns", **{"column-0": "name"})
    assert (refused.status_code, the_run().state) == (409, ImportState.UPLOADED)

    send(desk, run, "columns", **{"column-0": "name", "column-1": "credit_code"})

    work()
    assert the_run().counts["new"] == 1
    bring(desk, content)
    assert the_run().places == {"name": 0, "credit_code": 1}


def test_ratings_and_inspections_of_a_list_are_kept_as_records(desk: FlaskClient) -> None:
    one = OrganizationFactory(name="示例·甲", credit_code=credit_code(1))
    InspectionFactory(organization_id=one.id, year=2025, result=InspectionResult.UNDECIDED)
    RatingFactory(organization_id=one.id, announced_on=date(2024, 5, 20))
    headings = ["名称", "信用代码", "等级", "评估公告日期", "2025年度年检结论", "状态"]
    content = workbook(
        [*headings[:4], "年检结论", "状态"], ["示例·甲", credit_code(1), "4A", "2025-05-20", "合格", "注销"]
    )
    bring(desk, content)
    run = the_run()
    send(desk, run, "columns", **matched(run))
    work()
    assert the_run().counts["bad"] == 1

    run = take(desk, check(desk, workbook(headings, ["示例·甲", credit_code(1), "4A", "2025-05-20", "合格", "注销"])))

    assert run.counts["changed"] == 1
    kept = register()["示例·甲"]
    assert (kept.status, kept.inspection_result) == (OrganizationStatus.DEREGISTERED, InspectionResult.PASSED)
    with whole(SET_UP, "look"):
        found = db.session.execute(select(Rating.grade, Rating.valid_to).order_by(Rating.announced_on)).all()
    assert found[1] == (RatingGrade.FOUR_A, date(2030, 5, 19))
    assert send(desk, run, "steps/undo").status_code == 302
    with whole(SET_UP, "look"):
        assert db.session.scalars(select(Inspection.result)).one() is InspectionResult.UNDECIDED
    assert (register()["示例·甲"].status, count_of(Rating)) == (OrganizationStatus.ACTIVE, 1)


def test_projects_of_past_years_come_in_with_their_amounts_in_yuan(desk: FlaskClient) -> None:
    one = OrganizationFactory(name="示例·甲", credit_code=credit_code(1))
    content = workbook(
        ["统一社会信用代码", "项目名称", "年度", "金额（万元）", "评估结果"],
        [credit_code(1), "示例·亲子课堂", "2019年度", 7.5, "优"],
        [credit_code(1), "示例·早年", 2013, 1, None],
        [credit_code(9), "示例·别家", 2020, 1, None],
    )

    run = take(desk, check(desk, content, "往年.xlsx", "past_projects"))

    assert (run.unit, run.counts["new"], run.counts["bad"]) == (10000, 1, 2)
    with whole(SET_UP, "look"):
        kept = db.session.scalars(select(PastProject)).one()
    assert (kept.organization_id, kept.year, kept.amount) == (one.id, 2019, Decimal("75000.00"))
    assert (kept.grade, kept.source) == (Grade.EXCELLENT, "往年.xlsx")
    assert check(desk, content, "往年.xlsx", "past_projects").counts["same"] == 1
    send(desk, run, "steps/undo")
    assert count_of(PastProject) == 0


def test_a_published_list_of_ratings_finds_organizations_by_code_or_name(desk: FlaskClient) -> None:
    one = OrganizationFactory(name="示例·甲", credit_code=credit_code(1))
    two = OrganizationFactory(name="示例·乙", credit_code=credit_code(2), former_names=["示例·旧乙"])
    OrganizationFactory(name="示例·同名", credit_code=credit_code(3))
    OrganizationFactory(name="示例·同名", credit_code=credit_code(4))
    RatingFactory(organization_id=two.id, grade=RatingGrade.FOUR_A, state=RatingState.PENDING, announced_on=None)
    content = workbook(
        ["2025 年度社会组织评估等级公告"],
        ["序号", "社会组织名称", "统一社会信用代码", "评估等级", "公告日期", "证书编号"],
        [1, "示例·甲", credit_code(1), "5A级社会组织", "2025-05-20", "证 1"],
        [2, "示例·旧乙", None, "4A", "2025年5月20日", None],
        [3, "示例·同名", None, "3A", "2025-05-20", None],
        [4, "示例·查无", None, "3A", "2025-05-20", None],
        [5, None, None, "3A", "2025-05-20", None],
        [6, "示例·别名", credit_code(3), "3A", "2025-05-20", None],
    )

    run = check(desk, content, "等级公告.xlsx", "ratings")

    assert run.counts == {"new": 1, "changed": 1, "same": 0, "clash": 1, "bad": 3}
    page = desk.get(f"/imports/{run.id}").get_data(as_text=True)
    assert "有多家机构现用或曾用这个名称" in page
    assert "机构库中没有这个名称" in page
    take(desk, run)
    with whole(SET_UP, "look"):
        found = db.session.execute(
            select(Rating.organization_id, Rating.grade, Rating.state, Rating.valid_to, Rating.certificate_number)
        ).all()
    assert set(found) == {
        (one.id, RatingGrade.FIVE_A, RatingState.PENDING, date(2030, 5, 19), "证 1"),
        (two.id, RatingGrade.FOUR_A, RatingState.PENDING, date(2030, 5, 19), None),
    }
    assert (register()["示例·甲"].rating_grade, register()["示例·甲"].rating_state) == (
        RatingGrade.FIVE_A,
        RatingState.PENDING,
    )
    assert check(desk, content, "等级公告.xlsx", "ratings").counts["same"] == 2


def test_one_day_is_stated_for_a_whole_list_of_ratings_and_a_line_that_states_its_own_keeps_it(
    desk: FlaskClient,
) -> None:
    made = [OrganizationFactory(name=f"示例·机构{n}", credit_code=credit_code(n)) for n in range(1, 5)]
    content = workbook(
        ["统一社会信用代码", "评估等级", "公告日期"],
        [credit_code(1), "5A", None],
        [credit_code(2), "4A", date(2024, 6, 3)],
        [credit_code(3), "3A", 45432],
        [credit_code(4), "3A", "45432"],
        [credit_code(5), "3A", "五月"],
        [credit_code(6), "3A", "2026-11-25"],
    )
    bring(desk, content, "等级.xlsx", "ratings")

    assert send(desk, the_run(), "columns", **matched(the_run()), announced_on="2025-05-20").status_code == 302
    work()
    run = the_run()

    assert (run.announced_on, run.counts["new"], run.counts["bad"]) == (date(2025, 5, 20), 4, 2)
    page = desk.get(f"/imports/{run.id}").get_data(as_text=True)
    assert page.count(">2025-05-20</td>") == 1
    assert "“五月”不是日期" in page
    assert "2026-11-25 还没有到" in page
    take(desk, run)
    with whole(SET_UP, "look"):
        found = db.session.execute(select(Rating.organization_id, Rating.announced_on)).all()
    days = [date(2025, 5, 20), date(2024, 6, 3), date(2024, 5, 20), date(2024, 5, 20)]
    assert sorted(found) == [(one.id, day) for one, day in zip(made, days, strict=True)]


def test_a_list_without_a_column_of_days_needs_one_for_the_whole_list(desk: FlaskClient) -> None:
    one = OrganizationFactory(name="示例·甲", credit_code=credit_code(1))
    bring(desk, workbook(["统一社会信用代码", "评估等级"], [credit_code(1), "5A"]), "等级.xlsx", "ratings")
    run = the_run()
    assert 'name="announced_on"' in desk.get(f"/imports/{run.id}").get_data(as_text=True)

    for typed, told in (
        ({}, "还有 1 个必填字段"),
        ({"announced_on": "2026-11-25"}, "2026-11-25 还没有到"),
        ({"announced_on": "<b>"}, "“&lt;b&gt;”不是日期"),
    ):
        refused = send(desk, run, "columns", **matched(run), **typed)
        assert (refused.status_code, the_run().state) == (409, ImportState.UPLOADED)
        assert told in re.sub(r"</?span[^>]*>", "", refused.get_data(as_text=True))

    assert send(desk, run, "columns", **matched(run), announced_on="2025-05-20").status_code == 302
    work()
    take(desk, the_run())
    with whole(SET_UP, "look"):
        assert db.session.execute(select(Rating.organization_id, Rating.valid_to)).all() == [
            (one.id, date(2030, 5, 19))
        ]


def test_a_list_of_organizations_takes_no_day_for_all_its_lines(desk: FlaskClient) -> None:
    bring(desk, workbook(HEADINGS[:2], ["示例·甲", credit_code(1)]))
    assert 'name="announced_on"' not in desk.get(f"/imports/{the_run().id}").get_data(as_text=True)

    refused = send(desk, the_run(), "columns", **matched(the_run()), announced_on="2025-05-20")

    assert refused.status_code == 409
    assert "公告日期只适用于评估等级名单" in refused.get_data(as_text=True)


def test_a_list_of_ratings_is_undone_until_one_of_them_is_verified(desk: FlaskClient, officer: Actor) -> None:
    one = OrganizationFactory(name="示例·甲", credit_code=credit_code(1))
    RatingFactory(organization_id=one.id, grade=RatingGrade.FOUR_A, state=RatingState.PENDING, announced_on=None)
    two = OrganizationFactory(name="示例·乙", credit_code=credit_code(2))
    headings = ["统一社会信用代码", "评估等级", "公告日期"]
    rows = [[credit_code(1), "4A", "2025-05-20"], [credit_code(2), "3A", "2025-05-20"]]
    run = take(desk, check(desk, workbook(headings, *rows), "等级.xlsx", "ratings"))

    assert send(desk, run, "steps/undo").status_code == 302

    with whole(SET_UP, "look"):
        kept = db.session.execute(select(Rating.organization_id, Rating.announced_on, Rating.valid_to)).all()
    assert kept == [(one.id, None, None)]
    assert register()["示例·乙"].rating_grade is None
    run = take(desk, check(desk, workbook(headings, *rows), "等级.xlsx", "ratings"))
    with whole(SET_UP, "look"):
        rating = db.session.scalars(select(Rating).where(Rating.organization_id == two.id)).one()
    confirm_rating(rating, actor=officer)
    db.session.commit()
    assert send(desk, run, "steps/undo").status_code == 409


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (workbook(HEADINGS, ["=1+1", "x", None, None, None]), "公式.xlsx", "公式"),
        (b"PK\x03\x04broken", "坏.xlsx", "坏.xlsx"),
        (b"%PDF-1.7", "别的.pdf", "别的.pdf"),
        (("\n".join(["机构名称,信用代码", *["x,1"] * 20_050])).encode(), "太多.csv", "20,000"),
    ],
)
def test_a_hostile_or_endless_file_is_refused_with_a_reason(
    desk: FlaskClient, content: bytes, name: str, told: str
) -> None:
    answer = bring(desk, content, name)

    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    assert count_of(ImportRun) == 0


def test_the_template_of_each_list_can_be_filled_in_and_brought(desk: FlaskClient) -> None:
    answer = desk.get("/imports/templates/organizations")

    assert answer.headers["Content-Disposition"].isascii()
    book = load_workbook(io.BytesIO(answer.data))
    page = book.worksheets[0]
    assert page["A1"].value == "社会组织名称*"
    assert any("黄浦区" in (told.formula1 or "") for told in page.data_validations.dataValidation)
    page.append(["示例·甲", credit_code(1), "正常"])
    target = io.BytesIO()
    book.save(target)
    assert check(desk, target.getvalue()).counts["new"] == 1


def test_an_import_costs_few_statements_whatever_its_length(desk: FlaskClient, counted: Counter) -> None:
    run = check(desk, workbook(HEADINGS, *[[f"示例·{n}", credit_code(n), None, None, None] for n in range(60)]))
    desk.get(f"/imports/{run.id}")

    with counted() as sent:
        desk.get(f"/imports/{run.id}")

    assert len(sent) <= 8, sent


def test_lists_are_the_officers_to_bring_and_nobody_elses_to_see(
    client: FlaskClient, sign_in: SignIn, officer: Actor
) -> None:
    run = check(sign_in(client, "officer"), workbook(HEADINGS, ["示例·甲", credit_code(1), None, None, None]))
    person("auditor", username="auditor")
    person("org_admin", organization=OrganizationFactory(), username="own")

    auditor = sign_in(client, "auditor")
    assert auditor.get(f"/imports/{run.id}").status_code == 200
    assert "确认导入" not in auditor.get(f"/imports/{run.id}").get_data(as_text=True)
    assert auditor.get("/imports/new").status_code == 403
    assert sign_in(client, "own").get(f"/imports/{run.id}").status_code == 403
