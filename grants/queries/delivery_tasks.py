"""Everything from the award list to the closure that waits for a person, in one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Select, cast, func, literal, select, union_all

from grants.models import (
    Activity,
    AwardList,
    Contract,
    Expense,
    Instalment,
    Objection,
    Project,
    PublicNotice,
    Report,
)
from grants.queries.waiting import Waiting, row
from grants.states import (
    ActivityState,
    AwardListState,
    ContractState,
    ExpenseState,
    InstalmentState,
    ObjectionState,
    ProjectState,
    ReportKind,
    ReportState,
)
from kernel.actor import Actor, ReaderKind
from kernel.clock import today
from kernel.db import db

MOST_OF_A_KIND = 6
GRACE = timedelta(days=30)

LISTS = AwardList.__table__.c
NOTICES = PublicNotice.__table__.c
OBJECTIONS = Objection.__table__.c
CONTRACTS = Contract.__table__.c
PROJECTS = Project.__table__.c
PARTS = Instalment.__table__.c
ACTIVITIES = Activity.__table__.c
REPORTS = Report.__table__.c
EXPENSES = Expense.__table__.c

HALF_TIME = PROJECTS.starts_on + cast((PROJECTS.ends_on - PROJECTS.starts_on) * 0.5, Integer)
REPORT_DUE_ON = {
    ReportKind.MIDTERM: (ProjectState.RUNNING, HALF_TIME),
    ReportKind.FINAL: (ProjectState.CLOSING, PROJECTS.ends_on + GRACE.days),
}
"""Kind of report → the project's state in which it is asked for, and the day on which it is due."""

REFUND_DUE_ON = PROJECTS.audited_on + GRACE.days


def waiting_for(actor: Actor) -> Sequence[Waiting]:
    """Give what waits for a person by their roles; an organization's people see their own alone."""
    own = actor.organization_id if actor.kind is ReaderKind.ORG else None
    parts = [one.limit(MOST_OF_A_KIND).subquery() for one in _parts(actor, own)]
    if not parts:
        return []
    rows = db.session.execute(union_all(*(select(one) for one in parts)))
    return [Waiting(*told) for told in rows]


def _parts(actor: Actor, own: int | None) -> Iterator[Select[Any]]:
    if own is not None:
        yield from _of_organization(actor, own)
        return
    yield from _of_lists(actor)
    yield from _of_contracts(actor)
    yield from _of_projects(actor)
    yield from _of_money(actor)
    yield from _of_delivery(actor)


def _of_lists(actor: Actor) -> Iterator[Select[Any]]:
    for verb, key, states in (
        ("propose", "list_draft", (AwardListState.DRAFT, AwardListState.RETURNED)),
        ("approve", "list_proposed", (AwardListState.PROPOSED,)),
        ("confirm", "list_approved", (AwardListState.APPROVED,)),
    ):
        if actor.may(verb, "AwardList"):
            yield row(key, LISTS.id, LISTS.number).where(LISTS.state.in_(states)).order_by(LISTS.id)
    if actor.may("publish", "PublicNotice"):
        published = select(NOTICES.award_list_id)
        confirmed = (LISTS.state == AwardListState.CONFIRMED, LISTS.id.not_in(published))
        yield row("list_confirmed", LISTS.id, LISTS.number).where(*confirmed).order_by(LISTS.id)
        over = (NOTICES.closed_at.is_(None), NOTICES.ends_on < today())
        yield row("notice_over", NOTICES.id, NOTICES.number, NOTICES.ends_on + 1).where(*over).order_by(NOTICES.id)
    for verb, key, state in (
        ("look_into", "objection_received", ObjectionState.RECEIVED),
        ("uphold", "objection_answering", ObjectionState.ANSWERING),
    ):
        if actor.may(verb, "Objection"):
            told = row(key, OBJECTIONS.id, NOTICES.number, OBJECTIONS.answer_due_on)
            joined = told.join(PublicNotice.__table__, NOTICES.id == OBJECTIONS.notice_id)
            yield joined.where(OBJECTIONS.state == state).order_by(OBJECTIONS.answer_due_on)


def _of_contracts(actor: Actor) -> Iterator[Select[Any]]:
    for verb, key, state in (
        ("offer", "contract_draft", ContractState.DRAFT),
        ("sign", "contract_confirmed", ContractState.CONFIRMED),
    ):
        if actor.may(verb, "Contract"):
            yield row(key, CONTRACTS.id, CONTRACTS.number).where(CONTRACTS.state == state).order_by(CONTRACTS.id)


def _of_projects(actor: Actor) -> Iterator[Select[Any]]:
    if actor.may("end_service", "Project"):
        over = (PROJECTS.state == ProjectState.RUNNING, PROJECTS.ends_on < today())
        yield (
            row("service_over", PROJECTS.id, PROJECTS.title, PROJECTS.ends_on).where(*over).order_by(PROJECTS.ends_on)
        )
    if actor.may("rectified", "Project"):
        late = row("rectifying", PROJECTS.id, PROJECTS.title, PROJECTS.rectify_due_on)
        yield late.where(PROJECTS.state == ProjectState.RECTIFYING).order_by(PROJECTS.rectify_due_on)
    if actor.may("accept_audit", "Project"):
        waits = (PROJECTS.state == ProjectState.AUDIT, PROJECTS.audited_on.is_(None))
        yield row("audit", PROJECTS.id, PROJECTS.title).where(*waits).order_by(PROJECTS.id)
        owes = (PROJECTS.refund_due > 0, PROJECTS.refunded_on.is_(None))
        yield row("refund", PROJECTS.id, PROJECTS.title, REFUND_DUE_ON).where(*owes).order_by(PROJECTS.id)
    if actor.may("close", "Project"):
        open_part = select(PARTS.project_id).where(
            PARTS.state.not_in((InstalmentState.PAID, InstalmentState.CANCELLED))
        )
        ready = (
            PROJECTS.state == ProjectState.AUDIT,
            PROJECTS.audited_on.is_not(None),
            (PROJECTS.refund_due == 0) | PROJECTS.refunded_on.is_not(None),
            PROJECTS.id.not_in(open_part),
        )
        yield row("to_close", PROJECTS.id, PROJECTS.title).where(*ready).order_by(PROJECTS.id)


def _of_money(actor: Actor) -> Iterator[Select[Any]]:
    for verb, state in (
        ("check", InstalmentState.REQUESTED),
        ("review", InstalmentState.CHECKED),
        ("approve", InstalmentState.REVIEWED),
        ("pay", InstalmentState.APPROVED),
    ):
        if actor.may(verb, "Instalment"):
            yield _of_parts(f"payment_{verb}", PARTS.state == state)


def _of_parts(key: str, *wanted: Any) -> Select[Any]:
    told = row(key, PARTS.id, PROJECTS.title, PARTS.requested_on + 15)
    return told.join(Project.__table__, PROJECTS.id == PARTS.project_id).where(*wanted).order_by(PARTS.requested_on)


def _of_delivery(actor: Actor) -> Iterator[Select[Any]]:
    if actor.may("accept", "Report"):
        yield _of_reports("report_submitted", REPORTS.state == ReportState.SUBMITTED)
    for kind, key, column, state in (
        ("Activity", "activities", ACTIVITIES, ActivityState.RECORDED),
        ("Expense", "expenses", EXPENSES, ExpenseState.SUBMITTED),
    ):
        if actor.may("accept", kind):
            count = row(key, literal(0), func.count()).where(column.state == state).select_from(column.id.table)
            yield count.having(func.count() > 0)


def _of_reports(key: str, *wanted: Any) -> Select[Any]:
    told = row(key, REPORTS.id, PROJECTS.title)
    return told.join(Project.__table__, PROJECTS.id == REPORTS.project_id).where(*wanted).order_by(REPORTS.id)


def _of_organization(actor: Actor, own: int) -> Iterator[Select[Any]]:
    if actor.may("confirm", "Contract"):
        offered = (CONTRACTS.organization_id == own, CONTRACTS.state == ContractState.OFFERED)
        yield row("contract_offered", CONTRACTS.id, CONTRACTS.number).where(*offered).order_by(CONTRACTS.id)
    mine = PROJECTS.organization_id == own
    if actor.may("start", "Project"):
        ready = row("project_ready", PROJECTS.id, PROJECTS.title, PROJECTS.starts_on)
        yield ready.where(mine, PROJECTS.state == ProjectState.READY).order_by(PROJECTS.starts_on)
    if actor.may("write", "Report"):
        yield from _reports_of(own, mine)
    if actor.may("record", "Activity"):
        back = (ACTIVITIES.organization_id == own, ACTIVITIES.state == ActivityState.RETURNED)
        yield row("activity_returned", ACTIVITIES.id, ACTIVITIES.theme).where(*back).order_by(ACTIVITIES.id)
    if actor.may("request", "Instalment"):
        due = PARTS.state.in_((InstalmentState.DUE, InstalmentState.RETURNED))
        yield _of_parts("payment_due", PARTS.organization_id == own, due)
    if actor.may("enter", "Expense"):
        back = (EXPENSES.organization_id == own, EXPENSES.state == ExpenseState.REJECTED)
        yield row("expense_rejected", EXPENSES.id, EXPENSES.payee).where(*back).order_by(EXPENSES.id)


def _reports_of(own: int, mine: Any) -> Iterator[Select[Any]]:
    open_one = (REPORTS.organization_id == own, REPORTS.state.in_((ReportState.DRAFT, ReportState.RETURNED)))
    yield _of_reports("report_open", *open_one)
    for key, kind in (("midterm_due", ReportKind.MIDTERM), ("final_due", ReportKind.FINAL)):
        state, due_on = REPORT_DUE_ON[kind]
        written = select(REPORTS.project_id).where(REPORTS.kind == kind)
        told = row(key, PROJECTS.id, PROJECTS.title, due_on).where(
            mine, PROJECTS.state == state, PROJECTS.id.not_in(written), due_on <= today() + GRACE
        )
        yield told.order_by(PROJECTS.ends_on)
