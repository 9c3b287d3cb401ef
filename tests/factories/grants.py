"""Years, calls and applications for stories: made by the deeds of the house, by whoever may do them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from grants.jobs import compare_texts
from grants.models import Application, Call, Category, FiscalYear
from grants.operations import application_form, applications, calls, years
from grants.states import AttachmentKind, CallNature, Section
from grants.workflows.calls import CALL
from grants.workflows.years import FISCAL_YEAR
from kernel.actor import Actor, ReaderKind
from kernel.clock import now
from kernel.db import db, transaction
from kernel.permissions import permissions_of
from kernel.scope import whole

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TWELVE_MILLION = Decimal("12000000.00")
TEXT = "辖区单亲与重组家庭约一千九百户，受访母亲多数不知道怎样和孩子谈家里的变化，现有服务以讲座为主，缺少持续陪伴与家庭间互助。"


def staff(code: str, user_id: int) -> Actor:
    """Give a person of the Centre as an actor, without a row of their own."""
    return Actor(
        name=f"示例{code}",
        user_id=user_id,
        kind=ReaderKind.STAFF,
        roles=frozenset({code}),
        permissions=permissions_of((code,)),
    )


def member(code: str, user_id: int, organization_id: int) -> Actor:
    """Give a person of an organization as an actor, without a row of their own."""
    return Actor(
        name=f"示例{code}",
        user_id=user_id,
        kind=ReaderKind.ORG,
        roles=frozenset({code}),
        permissions=permissions_of((code,)),
        organization_id=organization_id,
    )


def officer() -> Actor:
    return staff("officer", 9001)


def director() -> Actor:
    return staff("director", 9002)


def finance() -> Actor:
    return staff("finance", 9003)


def funder() -> Actor:
    return staff("funder", 9004)


def approved_year(year: int = 2027, amount: Decimal = TWELVE_MILLION) -> FiscalYear:
    """Give a year whose budget the funder has approved."""
    with transaction():
        made = years.create_year(actor=finance(), year=year, amount=amount)
        FISCAL_YEAR["propose"](made, actor=finance())
        FISCAL_YEAR["approve"](made, actor=funder())
    return made


def category(code: str = "family_education") -> Category:
    with whole(Actor.system("tests"), "look"):
        return db.session.scalars(select(Category).where(Category.code == code)).one()


def draft_call(year: FiscalYear, *, quotas: Mapping[str, Decimal] | None = None, **values: Any) -> Call:
    """Give a draft call that takes applications from yesterday for twenty-eight days; quotas by category code."""
    told: dict[str, Any] = {
        "title": "2027 年度妇女儿童家庭服务项目征集",
        "nature": CallNature.GRANT,
        "opens_at": now() - timedelta(days=1),
        "closes_at": now() + timedelta(days=28),
        "service_from": date(2027, 2, 1),
        "service_to": date(2027, 11, 30),
        "cap_per_project": Decimal("200000.00"),
        "cap_first_time": Decimal("80000.00"),
    }
    with transaction():
        call = calls.create_call(year, actor=officer(), **(told | values))
        wanted = {"family_education": Decimal("1000000.00")} if quotas is None else quotas
        for code, amount in wanted.items():
            calls.set_quota(call, actor=officer(), category=category(code), amount=amount)
    return call


def open_call(year: FiscalYear | None = None, **values: Any) -> Call:
    """Give a call that takes applications now."""
    call = draft_call(year or approved_year(), **values)
    with transaction():
        CALL["propose"](call, actor=officer())
        CALL["approve"](call, actor=director())
        CALL["open"](call, actor=officer())
    return call


FILLED: dict[Section, dict[str, str]] = {
    Section.BASICS: {
        "title": "屋檐下的倾听",
        "category_code": "family_education",
        "district_code": "310115",
        "starts_on": "2027-02-15",
        "ends_on": "2027-11-30",
    },
    Section.NEED: {"need": TEXT},
    Section.GOALS: {"goal": "十个月内支持 120 户家庭。", "beneficiaries": "单亲与重组家庭", "innovation": "家庭间互助"},
    Section.PLAN: {
        "plan": "招募、工作坊、家庭任务、回访。",
        "milestones-0-title": "招募",
        "milestones-0-starts_on": "2027-02-15",
        "milestones-0-ends_on": "2027-03-31",
        "milestones-1-title": "工作坊",
        "milestones-1-starts_on": "2027-04-01",
        "milestones-1-ends_on": "2027-11-30",
    },
    Section.TARGETS: {"people": "240", "person_times": "1,560", "sessions": "24", "target_proof": "活动记录与签到表"},
    Section.TEAM: {"team-0-name": "示例负责人", "team-0-role": "项目负责人", "team-0-has_licence": "1"},
    Section.BUDGET: {
        "requested": "70,000.00",
        "lines-0-head": "personnel",
        "lines-0-content": "驻点社工补贴",
        "lines-0-price": "3,200.00",
        "lines-0-quantity": "20",
        "lines-0-unit": "人月",
        "lines-1-head": "management",
        "lines-1-content": "管理费",
        "lines-1-price": "6,000.00",
        "lines-1-quantity": "1",
    },
    Section.RISK: {"risk": "活动意外险；安全预案。"},
}


def draft_application(call: Call, actor: Actor, *, filled: bool = True, title: str = "") -> Application:
    """Give a draft of the actor's organization, by default ready to be submitted."""
    with transaction():
        application = applications.start_application(call, actor=actor)
        if filled:
            for section, values in FILLED.items():
                told = values | ({"title": title} if title and section is Section.BASICS else {})
                application_form.save_section(application, section, actor=actor, values=told)
            for kind in (AttachmentKind.REGISTRATION, AttachmentKind.AUDIT_REPORT):
                application_form.attach_file(
                    application, actor=actor, kind=kind, stream=BytesIO(PDF), filename=f"{kind.value}.pdf"
                )
            application_form.declare(application, actor=actor, declared=True)
    return application


def submitted_application(call: Call, actor: Actor, *, key: UUID | None = None, title: str = "") -> Application:
    """Give an application that has been handed in."""
    application = draft_application(call, actor, title=title)
    with transaction():
        applications.hand_in(application, actor=actor, key=key or uuid4())
    compare_texts(Actor.system("tests"))
    return application
