"""A call that is ready to be awarded, with its year's books, and what follows from it, for stories about awards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import select

from grants.models import (
    Application,
    ApplicationMilestone,
    AwardList,
    BudgetLine,
    Call,
    CallQuota,
    FiscalYear,
    Instalment,
    Project,
)
from grants.operations.awards import AWARD_LIST, create_award_list
from grants.operations.contracts import CONTRACT
from grants.operations.ledger import post
from grants.operations.public_notices import close_notice, publish_notice
from grants.states import (
    ApplicationState,
    BudgetHead,
    CallNature,
    CallState,
    FiscalYearState,
    LedgerDeed,
    MoneySource,
)
from kernel.actor import Actor
from kernel.clock import at, now, today
from kernel.db import db, transaction
from kernel.scope import whole
from kernel.workflow import bulk_load
from orgs.models import Organization
from tests.factories.people import SYSTEM, credit_code, person

YEAR = 2027
_serial: Iterator[int] = count(700)


@dataclass
class Crew:
    """One person of each role, and the three of the organization that is awarded."""

    officer: Actor
    director: Actor
    finance: Actor
    funder: Actor
    second_officer: Actor
    second_finance: Actor
    org_admin: Actor
    org_lead: Actor
    org_finance: Actor


@dataclass
class Awarding:
    """A call under review with its quota and its ranked applications."""

    year: FiscalYear
    call: Call
    quota: CallQuota
    applications: list[Application] = field(default_factory=list)


def crew(organization_id: int) -> Crew:
    """Make the people of a story; each is somebody else."""
    return Crew(
        officer=person("officer_t", "officer"),
        director=person("director_t", "director"),
        finance=person("finance_t", "finance"),
        funder=person("funder_t", "funder"),
        second_officer=person("officer_u", "officer"),
        second_finance=person("finance_u", "finance"),
        org_admin=person("org_t", "org_admin", organization_id=organization_id),
        org_lead=person("orglead_t", "org_lead", organization_id=organization_id),
        org_finance=person("orgfin_t", "org_finance", organization_id=organization_id),
    )


def experienced(serial: int) -> Organization:
    """Register an organization that has had a project, so that no first-time cap holds it."""
    from orgs.operations import register_organization  # noqa: PLC0415  (a set-up deed of the module below)

    made = register_organization(actor=SYSTEM, credit_code=credit_code(serial), name=f"示例社会服务中心{serial}号")
    found = db.session.scalars(select(Organization).where(Organization.id == made.id)).one()
    found.projects_total = 1
    return found


def awarding(
    scores: Sequence[str] = ("91.5", "88", "72"),
    *,
    quota: str = "250000.00",
    requested: str = "100000.00",
    cap: str = "200000.00",
) -> Awarding:
    """Make a year, a call under review with one quota, and one application for each score, best first."""
    with transaction(), whole(SYSTEM, "set-up"), bulk_load():
        year = _year()
        made = _call(year, Decimal(quota), Decimal(cap))
        for rank, score in enumerate(scores, 1):
            made.applications.append(_application(made, rank, Decimal(score), Decimal(requested)))
        db.session.flush()
    return made


def _year() -> FiscalYear:
    year = FiscalYear(year=YEAR, amount=Decimal("12000000.00"), state=FiscalYearState.APPROVED, approved_at=now())
    db.session.add(year)
    db.session.flush()
    post(LedgerDeed.BUDGET_APPROVED, year=year, amount=year.amount, actor=SYSTEM, subject=year)
    return year


def _call(year: FiscalYear, quota: Decimal, cap: Decimal) -> Awarding:
    call = Call(
        number=f"{YEAR}-ZJ-{next(_serial)}",
        fiscal_year_id=year.id,
        fiscal_year=year,
        title="示例征集",
        nature=CallNature.GRANT,
        state=CallState.REVIEWING,
        opens_at=now() - timedelta(days=40),
        closes_at=now() - timedelta(days=10),
        service_from=today(),
        service_to=today() + timedelta(days=300),
        cap_per_project=cap,
        cap_first_time=Decimal("80000.00"),
        published_at=now() - timedelta(days=41),
    )
    share = CallQuota(amount=quota)
    call.quotas = [share]
    db.session.add(call)
    db.session.flush()
    post(LedgerDeed.CALL_APPROVED, year=year, amount=quota, actor=SYSTEM, subject=share, quota=share)
    return Awarding(year, call, share)


def _application(made: Awarding, rank: int, score: Decimal, requested: Decimal) -> Application:
    organization = experienced(next(_serial))
    call = made.call
    application = Application(
        number=f"{YEAR}-SB-{next(_serial)}",
        call_id=call.id,
        call=call,
        quota_id=made.quota.id,
        quota=made.quota,
        organization_id=organization.id,
        organization=organization,
        state=ApplicationState.REVIEWING,
        title=f"示例项目第{rank}号",
        starts_on=call.service_from,
        ends_on=call.service_to,
        requested=requested,
        people=100,
        person_times=400,
        sessions=10,
        submitted_at=at(date(2026, 10, 20), 9),
        score=score,
        rank=rank,
    )
    application.budget_lines = [
        _line(organization, 1, BudgetHead.PERSONNEL, requested * Decimal("0.6")),
        _line(organization, 2, BudgetHead.ACTIVITIES, requested * Decimal("0.4")),
    ]
    application.milestones = [
        ApplicationMilestone(
            organization_id=organization.id,
            position=1,
            title="启动",
            starts_on=call.service_from,
            ends_on=call.service_from + timedelta(days=60),
        )
    ]
    db.session.add(application)
    db.session.flush()
    return application


def _line(organization: Organization, place: int, head: BudgetHead, amount: Decimal) -> BudgetLine:
    return BudgetLine(
        organization_id=organization.id,
        position=place,
        source=MoneySource.FISCAL,
        head=head,
        price=amount,
        quantity=Decimal(1),
        amount=amount.quantize(Decimal("0.01")),
    )


def confirmed_list(made: Awarding, people: Crew) -> AwardList:
    """Bring a list of the call to the funder's confirmation."""
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
        AWARD_LIST["propose"](award_list, actor=people.officer)
        AWARD_LIST["approve"](award_list, actor=people.director)
        AWARD_LIST["confirm"](award_list, actor=people.funder)
    return award_list


def awarded_project(made: Awarding, people: Crew) -> Project:
    """Bring the best application of a call to a project that waits for its contract; the clock must stand still."""
    award_list = confirmed_list(made, people)
    with transaction():
        notice = publish_notice(award_list, actor=people.officer)
    with transaction(), whole(SYSTEM, "set-up"):
        notice.starts_on, notice.ends_on = today() - timedelta(days=8), today() - timedelta(days=1)
    with transaction():
        close_notice(notice, actor=people.officer)
    with whole(SYSTEM, "set-up"):
        return db.session.scalars(select(Project).where(Project.application_id == made.applications[0].id)).one()


def signed_project(made: Awarding, people: Crew) -> Project:
    """Bring the best application of a call to a project whose contract is signed."""
    project = awarded_project(made, people)
    with transaction(), whole(SYSTEM, "set-up"):
        contract = project.contract
    assert contract is not None
    with transaction():
        CONTRACT["offer"](contract, actor=people.officer)
        CONTRACT["confirm"](contract, actor=people.org_admin)
        CONTRACT["sign"](contract, actor=people.director)
    return project


def part(project: Project, position: int) -> Instalment:
    """Give an instalment of a project as it stands now."""
    with whole(SYSTEM, "set-up"):
        wanted = select(Instalment).where(Instalment.project_id == project.id, Instalment.position == position)
        return db.session.scalars(wanted, execution_options={"populate_existing": True}).one()
