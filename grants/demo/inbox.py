"""A handful of unread notices for those who sign in, about what waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from sqlalchemy import select

from grants.demo.applying import Applicants
from grants.models import AwardList, Call, Contract, Instalment, Objection, Project
from grants.notices.awards import LIST_APPROVED, LIST_PROPOSED, OBJECTION_RAISED
from grants.notices.calls import CALL_APPROVED, CALL_CLOSED, CALL_PROPOSED
from grants.notices.projects import (
    CONTRACT_CONFIRMED,
    CONTRACT_OFFERED,
    INSTALMENT_APPROVED,
    INSTALMENT_CHECKED,
    INSTALMENT_DUE,
    INSTALMENT_REQUESTED,
    INSTALMENT_REVIEWED,
    MIDTERM_PASSED,
    PROJECT_CLOSED,
    REFUND_ASKED,
)
from grants.states import (
    AwardListState,
    CallState,
    ContractState,
    InstalmentState,
    ObjectionState,
    ProjectState,
)
from kernel.db import Record
from kernel.demo import Stage
from kernel.notices import Notice

R = TypeVar("R", bound=Record)

# Whose: None for the staff's, else the place of the organization among those that sign in.
Told = tuple[Notice, type[Record], str, int | None, int]

TOLD: tuple[Told, ...] = (
    (CALL_APPROVED, Call, CallState.OPEN, None, 18),
    (PROJECT_CLOSED, Project, ProjectState.CLOSED, 0, 270),
    (MIDTERM_PASSED, Project, ProjectState.RUNNING, 0, 12),
    (INSTALMENT_DUE, Instalment, InstalmentState.DUE, 0, 12),
    (CONTRACT_OFFERED, Contract, ContractState.OFFERED, 0, 6),
    (CONTRACT_CONFIRMED, Contract, ContractState.CONFIRMED, None, 3),
    (CALL_CLOSED, Call, CallState.CLOSED, None, 4),
    (CALL_PROPOSED, Call, CallState.PROPOSED, None, 2),
    (LIST_PROPOSED, AwardList, AwardListState.PROPOSED, None, 3),
    (LIST_APPROVED, AwardList, AwardListState.APPROVED, None, 5),
    (OBJECTION_RAISED, Objection, ObjectionState.RECEIVED, None, 1),
    (INSTALMENT_REQUESTED, Instalment, InstalmentState.REQUESTED, None, 4),
    (INSTALMENT_CHECKED, Instalment, InstalmentState.CHECKED, None, 3),
    (INSTALMENT_REVIEWED, Instalment, InstalmentState.REVIEWED, None, 2),
    (INSTALMENT_APPROVED, Instalment, InstalmentState.APPROVED, None, 1),
)


def load_inbox(stage: Stage) -> None:
    """Tell everybody what has come to them lately."""
    owners = Applicants(stage).owners
    for notice, model, state, owner, days in TOLD:
        record = _first(stage, model, state, None if owner is None else owners[owner])
        stage.tell(notice, record, on=stage.as_of - timedelta(days=days))
    due = select(Project).where(Project.refund_due > 0, Project.refunded_on.is_(None)).order_by(Project.id)
    stage.tell(REFUND_ASKED, stage.session.scalars(due).first(), on=stage.as_of - timedelta(days=9))


def _first(stage: Stage, model: type[R], state: str, organization_id: int | None) -> R | None:
    columns = model.__table__.c
    wanted = select(model).where(columns.state == state).order_by(columns.id)
    if organization_id is not None:
        wanted = wanted.where(columns.organization_id == organization_id)
    return stage.session.scalars(wanted).first()
