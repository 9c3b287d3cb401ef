"""One whole year of the programme, from the funder's budget to the closure of a project, each role at its own browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import time_machine
from pypdf import PdfReader
from sqlalchemy import func, select, text

from evaluation.operations.agencies import add_agency_member, create_agency
from grants.jobs import compare_texts
from grants.models import LedgerAccount, Posting, Project
from grants.states import Account
from kernel.audit import AuditEvent, verify
from kernel.clock import SHANGHAI
from kernel.db import db, transaction
from kernel.documents import Paper
from kernel.notices import Message
from kernel.scope import whole
from orgs.credit_code import check_digits_for
from orgs.states import Grade
from tests.journeys.conftest import SYSTEM, Come, make_person

AWARD = Decimal("60000.00")
BUDGET = (
    ("personnel", "驻点社工补贴", "3,000.00", "8"),
    ("experts", "家庭教育讲师课酬", "1,000.00", "12"),
    ("activities", "亲子沟通工作坊", "1,500.00", "12"),
    ("management", "机构管理成本分摊", "6,000.00", "1"),
)
REVIEWERS = tuple(f"reviewer{number}" for number in range(1, 6))
TOTALS = ("14", "13.5", "14.5", "12.5", "13")


@dataclass
class Story:
    """What the people of the story pass on to each other."""

    come: Come
    clock: time_machine.Coordinates
    folder: Path
    ids: dict[str, int] = field(default_factory=dict)

    def go_to(self, year: int, month: int, day: int, hour: int = 9) -> None:
        """Let the house's clock stand at a time of the story."""
        self.clock.move_to(datetime(year, month, day, hour, 0, tzinfo=SHANGHAI))

    def at(self, kind: str, rest: str = "") -> str:
        """Give the path of a record of the story."""
        return f"/{kind}/{self.ids[kind]}{rest}"

    def find(self, kind: str, table: str, where: str = "true") -> None:
        """Remember the newest record of a table."""
        with whole(SYSTEM, "look"):
            self.ids[kind] = db.session.execute(text(f"SELECT max(id) FROM {table} WHERE {where}")).scalar_one()
        db.session.remove()

    def paper(self, name: str) -> str:
        """Give the path of a PDF of one page."""
        path = self.folder / f"{name}.pdf"
        path.write_bytes(Paper(name, organization="示例·木兰家庭服务中心").paragraph(name).build())
        return str(path)


def test_a_year_of_the_programme(come: Come, staff: None, clock: time_machine.Coordinates, tmp_path: Path) -> None:
    story = Story(come, clock, tmp_path)

    register_the_organization(story)
    approve_the_budget(story)
    publish_the_call(story)
    apply(story)
    check_the_qualification(story)
    review(story)
    award(story)
    sign_the_contract(story)
    pay(story, "首款", "first", on=(2027, 2, 22))
    deliver_the_first_half(story)
    evaluate(story, "midterm", on=(2027, 7, 12))
    pay(story, "中期款", "middle", on=(2027, 8, 9))
    deliver_the_second_half(story)
    evaluate(story, "final", on=(2027, 12, 13))
    settle(story)
    close(story)


def register_the_organization(story: Story) -> None:
    officer = story.come("officer")
    first = "52310115MJ000117"
    code = first + check_digits_for(first)
    officer.fill(
        "/organizations/new",
        credit_code=code.lower(),
        name="示例·木兰家庭服务中心",
        district_code="310115",
        registrar="浦东新区民政局",
    )
    assert "示例·木兰家庭服务中心" in officer.text()
    story.ids["organizations"] = officer.id_here()
    for username, name, role in (
        ("org", "周管理员", "org_admin"),
        ("lead", "陆负责人", "org_lead"),
        ("money", "吴财务", "org_finance"),
    ):
        make_person(username, name, role, story.ids["organizations"])


def approve_the_budget(story: Story) -> None:
    finance, funder = story.come("finance"), story.come("funder")
    finance.fill("/years/new", year=2027, amount="12,000,000.00")
    story.ids["years"] = finance.id_here()
    finance.take(story.at("years"), "propose")
    funder.take(story.at("years"), "approve")
    assert "12,000,000.00" in funder.text()


def publish_the_call(story: Story) -> None:
    officer, director = story.come("officer"), story.come("director")
    officer.fill(
        "/calls/new",
        title="2027 年度妇女儿童家庭服务项目征集",
        nature="grant",
        summary="面向全市女性社会组织征集妇女儿童家庭服务项目。",
        opens_at="2026-11-03T09:00",
        closes_at="2026-11-27T17:00",
        service_from="2027-02-15",
        service_to="2027-11-30",
    )
    story.ids["calls"] = officer.id_here()
    officer.fill(story.at("calls", "/quotas"), **{"quota-family_education": "1,000,000.00"})
    officer.take(story.at("calls"), "propose")
    director.take(story.at("calls"), "approve")
    story.go_to(2026, 11, 3, 10)
    officer.take(story.at("calls"), "open")
    assert "申报中" in officer.text()


def apply(story: Story) -> None:
    lead = story.come("lead", 375)
    page = lead.visit(story.at("calls"))
    lead.press(page.locator("form[action$='/apply'] button").first)
    story.ids["applications"] = lead.id_here()
    fill_the_application(story)
    hand_in(story)


def fill_the_application(story: Story, *, starts_on: str = "2027-02-15", ends_on: str = "2027-11-30") -> None:
    lead, form = story.come("lead"), story.at("applications", "/form")
    lead.fill(
        f"{form}/basics",
        title="屋檐下的倾听——单亲与重组家庭亲子沟通支持",
        category_code="family_education",
        district_code="310115",
        starts_on=starts_on,
        ends_on=ends_on,
    )
    lead.fill(f"{form}/need", need="辖区单亲与重组家庭约 1,900 户，其中六成母亲不知道怎么和孩子谈家里的变化。" * 4)
    lead.fill(
        f"{form}/goals",
        goal="10 个月内为 120 户家庭提供分层的亲子沟通支持。" * 3,
        beneficiaries="单亲与重组家庭的母亲和 6 至 14 岁的孩子。" * 3,
        innovation="家庭互助小组由参加过的母亲带领。" * 3,
    )
    lead.fill(
        f"{form}/plan",
        plan="先招募与评估，再办工作坊，最后家庭互助与展示。" * 4,
        **{
            "milestones-0-title": "启动与招募",
            "milestones-0-starts_on": starts_on,
            "milestones-0-ends_on": "2027-03-31",
        },
    )
    lead.fill(
        f"{form}/targets",
        people="120",
        person_times="600",
        sessions="4",
        target_proof="签到表与活动记录，满意度问卷。",
    )
    lead.fill(
        f"{form}/team",
        **{"team-0-name": "陆负责人", "team-0-role": "项目负责人", "team-0-qualification": "中级社会工作师"},
    )
    fill_the_budget(story, f"{form}/budget")
    lead.fill(f"{form}/risk", risk="活动前购买意外险，儿童活动两名社工在场，突发情况按应急预案处理。" * 2)
    for kind in ("registration", "audit_report"):
        page = lead.visit(f"{form}/attachments")
        page.set_input_files(f"#file-{kind}", story.paper(kind))
        lead.press(page.locator(f"#f-{kind} form[action$='/files'] button"), leaves_open=True)


def answer_the_questions(story: Story) -> None:
    """Answer what a call asks besides the form, where it asks anything and nothing stands there yet."""
    lead = story.come("lead")
    page = lead.visit(story.at("applications", "/form/risk"))
    links = page.locator(".yl-tasks a[href*='/questions/']").all()
    for path in [str(link.get_attribute("href")) for link in links]:
        page = lead.visit(path)
        form = page.locator("main form[data-autosave]")
        boxes = form.locator("input[type=checkbox]")
        if boxes.count() and not form.locator("input[type=checkbox]:checked").count():
            boxes.first.check()
        form.locator("textarea").evaluate_all(
            "nodes => nodes.filter((one) => !one.value).forEach((one) => { one.value = '由项目组与街道共同完成。'; })"
        )
        lead.press(form.locator("button[type=submit]").last, leaves_open=True)


def fill_the_budget(story: Story, path: str) -> None:
    lead = story.come("lead")
    page = lead.visit(path)
    page.fill("#f-requested", "60,000.00")
    for number, (head, content, price, count) in enumerate(BUDGET):
        if not page.locator(f"[name=lines-{number}-head]").count():
            page.locator("[data-add-row]").first.click()
        page.locator(f"[name=lines-{number}-head]").select_option(head)
        for column, value in (("text", content), ("price", price), ("count", count)):
            page.fill(f"[name=lines-{number}-{column}]", value)
    assert (
        page.locator("[name=lines-1-price]").locator("xpath=ancestor::tr").locator("[data-line]").inner_text()
        == "12,000.00"
    )
    lead.press(page.locator("main form[data-autosave] button[type=submit]").last)


def hand_in(story: Story) -> None:
    admin = story.come("org")
    page = admin.visit(story.at("applications", "/form/declaration"))
    page.check("#f-declared")
    admin.press(page.locator("form[action$='/submit'] button[type=submit]"))
    assert "已提交" in admin.visit(story.at("applications")).inner_text("main")


def check_the_qualification(story: Story) -> None:
    officer = story.come("officer")
    story.go_to(2026, 11, 27, 18)
    officer.take(story.at("calls"), "close")
    compare_texts(SYSTEM)
    page = officer.visit(story.at("applications"))
    for url in [link.get_attribute("href") for link in page.locator("a[href*='/checks/']").all()]:
        page = officer.visit(str(url))
        page.check("input[name=outcome][value=passed]")
        page.fill("#f-reason", "已核对登记系统，符合条件。")
        officer.press(page.locator("main form button[type=submit]").last)
    officer.take(story.at("applications"), "qualify")
    officer.take(story.at("calls"), "start_review")


def review(story: Story) -> None:
    officer = story.come("officer")
    for number, username in enumerate(REVIEWERS, 1):
        make_person(username, f"评审{number}", "reviewer")
    page = officer.visit(story.at("calls").replace("/calls/", "/review-boards/"))
    for box in page.locator("[name=reviewers]").all():
        box.check()
    page.fill("#due_on", "2026-12-11")
    officer.press(page.locator("form[action$='/assign'] button[type=submit]").first)
    for username, feasibility in zip(REVIEWERS, TOTALS, strict=True):
        score(story, username, feasibility)
    page = officer.visit(story.at("calls").replace("/calls/", "/review-boards/") + "/close")
    officer.press(page.locator("main form button[type=submit]").last)


def score(story: Story, username: str, need: str) -> None:
    reviewer = story.come(username)
    page = reviewer.visit("/my-reviews/")
    path = str(page.locator("tbody a[href^='/my-reviews/']").first.get_attribute("href"))
    reviewer.take(path, "accept", no_interest=True, not_employed=True)
    page = reviewer.visit(path)
    fields = page.locator("[data-score]").all()
    for number, control in enumerate(fields):
        most = Decimal(str(control.get_attribute("max")))
        control.fill(need if number == 0 else str((most * Decimal("0.8") * 2).to_integral_value() / 2))
    page.fill("#overall", "方案扎实，专业力量与目标相称，建议立项。")
    reviewer.send(page.locator("button[name=then][value=hand_in]"))
    assert "已提交" in reviewer.text()


def award(story: Story) -> None:
    officer, director, funder = (story.come(name) for name in ("officer", "director", "funder"))
    page = officer.visit("/award-lists/new?call=" + str(story.ids["calls"]))
    officer.press(page.locator("main form button[type=submit]").last)
    story.find("award-lists", "award_list")
    assert "60,000.00" in officer.visit(story.at("award-lists")).inner_text("main")
    officer.take(story.at("award-lists"), "propose")
    director.take(story.at("award-lists"), "approve")
    funder.take(story.at("award-lists"), "confirm")
    officer.take(story.at("award-lists"), "publish")
    story.find("notices", "public_notice")
    visitor = story.come("visitor")
    answer = visitor.page.goto(visitor.address + story.at("notices"))
    assert answer is not None
    assert answer.status == 200
    shown = visitor.text()
    assert "示例·木兰家庭服务中心" in shown
    assert "60,000.00" in shown
    story.go_to(2026, 12, 28)
    officer.take(story.at("notices"), "close")
    story.find("projects", "project")
    story.find("contracts", "contract")


def sign_the_contract(story: Story) -> None:
    officer, org, director = (story.come(name) for name in ("officer", "org", "director"))
    story.go_to(2027, 1, 11)
    officer.take(story.at("contracts"), "offer")
    org.take(story.at("contracts"), "confirm")
    director.take(story.at("contracts"), "sign")
    page = org.visit(story.at("contracts"))
    with page.expect_download() as waiting:
        page.locator("a[href*='/files/'], a[href$='/paper']").first.click()
    words = "".join(part.extract_text() for part in PdfReader(waiting.value.path()).pages)
    assert "示例·木兰家庭服务中心" in words
    assert "60,000.00" in words
    story.go_to(2027, 2, 15)
    story.come("lead").take(story.at("projects"), "start")


def pay(story: Story, name: str, kind: str, *, on: tuple[int, int, int]) -> None:
    story.go_to(*on)
    story.find("instalments", "instalment", f"kind = '{kind}'")
    path = story.at("instalments")
    story.come("money").take(path, "request", receipt_number=f"SJ-{kind}")
    story.come("officer").take(path, "check")
    story.come("finance").take(path, "review")
    story.come("director").take(path, "approve")
    story.come("finance").take(path, "pay", bank_reference=f"BANK-{kind}", paid_on=f"{on[0]}-{on[1]:02}-{on[2]:02}")
    assert "已付" in story.come("finance").text(), name


def spend(story: Story, amount: str, number: str, head: str, day: str) -> None:
    money, officer = story.come("money"), story.come("officer")
    money.fill(
        story.at("projects", "/expenses/new"),
        spent_on=day,
        payee="示例·讲师",
        head=head,
        amount=amount,
        invoice_kind="digital_invoice",
        invoice_key=number,
        content="项目支出",
    )
    story.find("expenses", "expense")
    money.take(story.at("expenses"), "submit")
    officer.take(story.at("expenses"), "accept")


def hold_an_activity(story: Story, day: str, people: int, times: int) -> None:
    lead = story.come("lead")
    lead.fill(
        story.at("projects", "/activities/new"),
        theme="亲子沟通工作坊",
        held_on=day,
        place="周家渡街道",
        service_type="工作坊",
        people=people,
        new_people=people,
        person_times=times,
        hours="2",
        reflection="参加家庭愿意继续。",
    )


def report(story: Story, kind: str) -> None:
    lead, officer = story.come("lead"), story.come("officer")
    lead.fill(
        story.at("projects", "/reports/new"),
        kind=kind,
        progress="按计划完成各阶段活动，人数与人次达到进度。" * 3,
        results="参加家庭的沟通质量量表得分提高。" * 3,
        problems="周末场地紧张，已与街道协调。",
        next_steps="继续家庭互助小组。",
    )
    story.find("reports", "report")
    lead.take(story.at("reports"), "submit")
    officer.take(story.at("reports"), "accept")


def deliver_the_first_half(story: Story) -> None:
    for day, people, times in (("2027-03-20", 60, 160), ("2027-05-22", 40, 160)):
        story.go_to(2027, int(day[5:7]), int(day[8:]) + 2)
        hold_an_activity(story, day, people, times)
    spend(story, "20,000.00", "27310000000000000001", "personnel", "2027-04-10")
    story.go_to(2027, 7, 5)
    report(story, "midterm")
    story.come("officer").take(story.at("projects"), "start_midterm")


def deliver_the_second_half(story: Story) -> None:
    for day, people, times in (("2027-09-18", 20, 180), ("2027-11-13", 0, 100)):
        story.go_to(2027, int(day[5:7]), int(day[8:]) + 2)
        hold_an_activity(story, day, people, times) if people else hold_an_activity(story, day, 10, times)
    spend(story, "12,000.00", "27310000000000000002", "experts", "2027-10-12")
    spend(story, "18,000.00", "27310000000000000003", "activities", "2027-11-14")
    spend(story, "6,000.00", "27310000000000000004", "management", "2027-11-14")
    story.go_to(2027, 12, 1)
    story.come("officer").take(story.at("projects"), "end_service")
    report(story, "final")
    story.come("officer").take(story.at("projects"), "start_final")


def evaluators(story: Story) -> dict[str, int]:
    if "agency" not in story.ids:
        people = {
            name: make_person(name, called, role)
            for name, called, role in (("agency", "评估主任", "agency_admin"), ("evaluator", "评估员", "evaluator"))
        }
        first = "52310101MJ000229"
        with transaction(), whole(SYSTEM, "set-up"):
            agency = create_agency(actor=SYSTEM, name="示例·公正评估中心", credit_code=first + check_digits_for(first))
            db.session.flush()
            for user_id in people.values():
                add_agency_member(agency, actor=SYSTEM, user_id=user_id)
            story.ids |= {"agency": agency.id, **{f"user-{name}": user_id for name, user_id in people.items()}}
        db.session.remove()
    return story.ids


def evaluate(story: Story, kind: str, *, on: tuple[int, int, int]) -> None:
    story.go_to(*on)
    ids = evaluators(story)
    officer, org, evaluator, agency, director = (
        story.come(name) for name in ("officer", "org", "evaluator", "agency", "director")
    )
    story.find("evaluations", "evaluation", f"kind = '{kind}'")
    officer.take(
        story.at("evaluations"),
        "assign",
        evaluator_id=str(ids["user-evaluator"]),
        countersigner_id=str(ids["user-agency"]),
        due_on=f"{on[0]}-{on[1]:02}-28",
    )
    evaluator.take(story.at("evaluations"), "accept", no_interest=True, not_employed=True)
    page = org.visit(story.at("evaluations", "/self-report"))
    page.fill("#f-text", "按协议完成服务，人数、人次与场次均有记录，经费专款专用。" * 5)
    org.send(page.locator("button[name=then][value=send]"))
    evaluator.take(story.at("evaluations"), "begin_scoring")
    fill_the_sheet(story)
    agency.take(story.at("evaluations"), "countersign")
    director.take(story.at("evaluations"), "confirm")
    officer.take(story.at("evaluations"), "finish")


def fill_the_sheet(story: Story) -> None:
    evaluator = story.come("evaluator")
    page = evaluator.visit(story.at("evaluations", "/sheet"))
    for control in page.locator("[data-score]").all():
        most = Decimal(str(control.get_attribute("max")))
        control.fill(str((most * Decimal("0.95") * 2).to_integral_value() / 2))
    for choice in page.locator("[data-sheet] input[type=radio][value='1']").all():
        choice.check()
    for control in page.locator("[name^='actual-'], [name^='target-'], [name^='value-'][max='100']").all():
        control.fill("100")
    for control in page.locator("details [name^='value-']:not([max='100'])").all():
        control.fill("0")
    page.evaluate("document.querySelectorAll('[data-sheet] details').forEach(part => { part.open = true; })")
    for control in page.locator("textarea[name^='reason-']:not([name*='veto'])").all():
        if control.is_visible():
            control.fill("见活动记录与台账。")
    page.fill("#f-opinion", "项目按计划执行，记录完整，受益家庭反馈良好，建议继续支持互助小组。")
    evaluator.send(page.locator("button[name=then][value=send]"))


def settle(story: Story) -> None:
    finance = story.come("finance")
    finance.fill(story.at("projects", "/audit"), approved_spend="56,000.00", penalties="0.00")
    pay(story, "尾款", "final", on=(2028, 1, 10))


def close(story: Story) -> None:
    director = story.come("director")
    director.take(story.at("projects"), "close")
    assert "已结项" in director.text()
    with whole(SYSTEM, "look"):
        project = db.session.scalars(select(Project)).one()
        assert project.grade is Grade.EXCELLENT
        assert db.session.scalar(select(func.sum(Posting.amount))) == 0
        paid = select(func.sum(LedgerAccount.balance)).where(LedgerAccount.book == Account.PAID)
        assert db.session.scalar(paid) == Decimal("56000.00")
        told = db.session.scalar(select(func.count()).select_from(Message))
        deeds = set(db.session.scalars(select(AuditEvent.action)))
    assert verify().broken == ()
    assert told is not None
    assert told > 40
    assert {
        "FiscalYear.approve",
        "Call.approve",
        "Application.submit",
        "Contract.sign",
        "Instalment.pay",
        "Project.close",
    } <= deeds
