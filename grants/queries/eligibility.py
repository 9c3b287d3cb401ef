"""What the eligibility rules read besides the register: a call's rules, and what an organization has delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from grants.models import CallRule, Project
from grants.states import PROJECT_LIVE, ProjectState
from kernel.db import db
from orgs.states import Grade

IN_SERVICE = PROJECT_LIVE - {ProjectState.TERMINATED, ProjectState.SETTLING}


@dataclass(frozen=True, slots=True)
class Track:
    """What an organization delivers and has delivered: the last days of its live projects, (day, grade) of the others."""

    ends: tuple[date, ...] = ()
    grades: tuple[tuple[date, Grade], ...] = ()

    def running_on(self, day: date) -> int:
        """Count the projects whose service has not ended by a day."""
        return sum(end >= day for end in self.ends)


NO_TRACK = Track()


# Asked at every save of an application: built once, and planned once.
_RULES = (
    select(CallRule)
    .where(CallRule.call_id == bindparam("call_id"))
    .order_by(CallRule.position)
    .execution_options(planned=True)
)
_TRACK = (
    select(Project.state, Project.ends_on, Project.closed_on, Project.grade)
    .where(Project.organization_id == bindparam("organization_id"))
    .execution_options(planned=True)
)


def rules_of(call_id: int) -> Sequence[CallRule]:
    """Give a call's rules in their order."""
    return db.session.scalars(_RULES, {"call_id": call_id}).all()


def track_of(organization_id: int) -> Track:
    """Give what an organization delivers and has delivered in this programme, in one statement."""
    ends, grades = [], []
    for state, ends_on, closed_on, grade in db.session.execute(_TRACK, {"organization_id": organization_id}):
        if state in IN_SERVICE:
            ends.append(ends_on)
        if grade is not None:
            grades.append((closed_on or ends_on, grade))
    return Track(tuple(sorted(ends)), tuple(sorted(grades)))
