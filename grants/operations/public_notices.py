"""The public notice of a confirmed list: published, and closed into projects, contracts and instalments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from grants.models import (
    Application,
    Award,
    AwardList,
    Contract,
    Instalment,
    Milestone,
    NoticeEntry,
    Project,
    PublicNotice,
)
from grants.operations.consequence import in_consequence
from grants.operations.figures import tell_organization
from grants.queries.awards import notices_over, open_objections, standing_awards
from grants.queries.notices import notice_of_list
from grants.rules.public_notices import (
    list_is_confirmed,
    no_open_objection,
    not_on_notice_yet,
    notice_is_not_closed,
    notice_is_over,
)
from grants.settlement import instalments
from grants.states import ApplicationState, CallState, InstalmentKind
from grants.workflows.applications import APPLICATION
from grants.workflows.calls import CALL
from kernel.actor import Actor
from kernel.calendar import add_working_days
from kernel.clock import now, today
from kernel.db import db
from kernel.numbering import next_number
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if


@deed("publish", "PublicNotice")
def publish_notice(award_list: AwardList, *, actor: Actor) -> PublicNotice:
    """Put a confirmed list on public notice from today, for the working days that its call asks."""
    lock(award_list)
    refuse_if(list_is_confirmed(award_list), not_on_notice_yet(notice_of_list(award_list.id)))
    call, awards = award_list.call, standing_awards(award_list)
    notice = PublicNotice(
        number=next_number(db.session(), "GS", call.fiscal_year.year),
        call_id=call.id,
        call=call,
        award_list_id=award_list.id,
        title=Sentence("Projects proposed for award: {call}", call=call.title).render("zh"),
        starts_on=today(),
        ends_on=add_working_days(today(), call.notice_days),
        published_by_id=actor.user_id,
        entries=[_entry(award, place) for place, award in enumerate(_by_category(awards), 1)],
    )
    db.session.add(notice)
    db.session.flush()
    for award in awards:
        APPLICATION["put_on_notice"](award.application, actor=in_consequence(actor))
    if call.state is CallState.REVIEWING:
        CALL["notice"](call, actor=in_consequence(actor))
    return notice


def _by_category(awards: Sequence[Award]) -> list[Award]:
    """Put the awards of one category together, in the order of the list: the notice shows them so and numbers them."""
    first: dict[str, int] = {}
    for place, award in enumerate(awards):
        first.setdefault(_category(award.application), place)
    return sorted(awards, key=lambda award: first[_category(award.application)])


def _category(application: Application) -> str:
    return application.category.name if application.category is not None else ""


def _entry(award: Award, place: int) -> NoticeEntry:
    application, organization = award.application, award.application.organization
    return NoticeEntry(
        application_id=application.id,
        organization_id=organization.id,
        position=place,
        application_number=application.number,
        title=application.title,
        organization_name=organization.name,
        credit_code=organization.credit_code,
        category=_category(application),
        amount=award.amount,
    )


@deed("close", "PublicNotice")
def close_notice(notice: PublicNotice, *, actor: Actor) -> list[Project]:
    """End a notice whose last day has passed: what stands is awarded, with project, contract and instalments."""
    lock(notice)
    refuse_if(notice_is_not_closed(notice), notice_is_over(notice), no_open_objection(open_objections(notice.id)))
    award_list = db.session.get_one(AwardList, notice.award_list_id)
    standing = [award for award in standing_awards(award_list) if award.application.state is ApplicationState.NOTICED]
    projects = [award_project(award, actor=actor) for award in standing]
    call = award_list.call
    lock(call)
    if projects and call.state is CallState.NOTICED:
        CALL["award"](call, actor=in_consequence(actor))
    notice.closed_at = now()
    db.session.flush()
    return projects


def close_notices_over(actor: Actor) -> int:
    """Close every notice whose time is over; what the daily job does."""
    notices = notices_over()
    for notice in notices:
        close_notice(notice, actor=actor)
    return len(notices)


def award_project(award: Award, *, actor: Actor) -> Project:
    """Make an award real: the application awarded, and a project with contract, instalments and milestones."""
    application = award.application
    APPLICATION["award"](application, actor=in_consequence(actor), amount=award.amount)
    project = _project(application, award)
    project.contract = _contract(project)
    project.instalments = _instalments(project)
    db.session.add(project)
    db.session.flush()
    db.session.add_all(_milestones(project))
    db.session.flush()
    tell_organization(project, actor=actor)
    return project


def _project(application: Application, award: Award) -> Project:
    call = award.award_list.call
    return Project(
        number=next_number(db.session(), "XM", call.fiscal_year.year),
        fiscal_year_id=call.fiscal_year_id,
        fiscal_year=call.fiscal_year,
        call_id=call.id,
        call=call,
        application_id=application.id,
        application=application,
        award_id=award.id,
        awarded_by=award,
        organization_id=application.organization_id,
        organization=application.organization,
        title=application.title,
        category_code=application.category_code,
        district_code=application.district_code,
        starts_on=application.starts_on or call.service_from,
        ends_on=application.ends_on or call.service_to,
        award=award.amount,
        people_target=application.people,
        person_times_target=application.person_times,
        sessions_target=application.sessions,
    )


def _contract(project: Project) -> Contract:
    return Contract(
        number=next_number(db.session(), "HT", project.fiscal_year.year),
        organization_id=project.organization_id,
        amount=project.award,
    )


def _instalments(project: Project) -> list[Instalment]:
    percents = [Decimal(str(percent)) for percent in project.call.instalment_percents]
    return [
        Instalment(
            organization_id=project.organization_id,
            kind=_kind(place, len(percents)),
            position=place,
            percent=percent,
            amount=amount,
        )
        for place, (percent, amount) in enumerate(zip(percents, instalments(project.award, percents), strict=True), 1)
    ]


def _kind(place: int, count: int) -> InstalmentKind:
    if place == count:
        return InstalmentKind.FINAL
    return InstalmentKind.FIRST if place == 1 else InstalmentKind.MIDDLE


def _milestones(project: Project) -> list[Milestone]:
    return [
        Milestone(
            project_id=project.id,
            organization_id=project.organization_id,
            position=place,
            title=told.title,
            starts_on=told.starts_on,
            ends_on=told.ends_on,
        )
        for place, told in enumerate(project.application.milestones, 1)
    ]
