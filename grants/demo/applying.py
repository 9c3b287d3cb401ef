"""Who applies for what: the organizations that may, and the outcome that each application is written for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from grants.demo.plan import Loaded
from grants.demo.stories import Story
from grants.states import ApplicationState as A
from kernel.demo import Stage
from orgs.models import CreditEntry, Inspection, Organization
from orgs.states import SOCIAL_ORGANIZATIONS, InspectionResult, OrganizationStatus, OrganizationType

OWNERS = 2
OLD_ENOUGH = timedelta(days=6 * 365)
NOT_PASSED = (InspectionResult.FAILED, InspectionResult.NOT_INSPECTED)


@dataclass
class Wish:
    """One application before it is written: whose, and what it becomes; `story` is that of an awarded one."""

    call: Loaded
    state: A
    story: Story | None = None
    owner: int | None = None
    organization_id: int = 0
    projects_before: int = 0
    submitted_by: int | None = None
    row: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    milestones: list[dict[str, Any]] = field(default_factory=list)
    project: dict[str, Any] = field(default_factory=dict)
    award: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return int(self.row["id"])

    @property
    def is_awarded(self) -> bool:
        return self.state in {A.AWARDED, A.NOTICED, A.OBJECTED, A.RECOMMENDED}

    @property
    def is_handed_in(self) -> bool:
        return self.row["submitted_at"] is not None


class Applicants:
    """The organizations that qualify and those that do not, dealt out call by call; knows who has been awarded."""

    def __init__(self, stage: Stage) -> None:
        self.dice = stage.draw("applicants")
        self.awarded: Counter[int] = Counter()
        rows = _register(stage)
        self.people = (stage.people["org"], stage.people["org2"])
        self.owners = [pk for pk, _ in rows[:OWNERS]]
        self.good = [pk for pk, qualifies in rows[OWNERS:] if qualifies]
        self.bad = [pk for pk, qualifies in rows[OWNERS:] if qualifies is False]

    def deal(self, wishes: list[Wish]) -> None:
        """Give every application of one call to an organization, each to another while there are enough."""
        experienced = [pk for pk in self.awarded if pk not in self.owners]
        fresh = [pk for pk in self.good if self.awarded[pk] == 0]
        self.dice.shuffle(experienced)
        self.dice.shuffle(fresh)
        good = self._mixed(experienced, fresh)
        bad = iter(self.dice.sample(self.bad, len(self.bad)) * len(wishes))
        for wish in wishes:
            if wish.owner is not None:
                wish.organization_id, wish.submitted_by = self.owners[wish.owner], self.people[wish.owner]
            else:
                wish.organization_id = next(bad if wish.state is A.UNQUALIFIED else good)
            wish.projects_before = self.awarded[wish.organization_id]

    def remember(self, wishes: list[Wish]) -> None:
        """Keep who has been awarded a project, for the calls that follow."""
        for wish in wishes:
            if wish.story is not None and wish.story.state is not None:
                self.awarded[wish.organization_id] += 1

    def _mixed(self, experienced: list[int], fresh: list[int]) -> Iterator[int]:
        """Give organizations that had projects and those that had none in turn, then all again."""
        while True:
            for place in range(max(len(experienced), len(fresh))):
                yield from experienced[place : place + 1]
                yield from fresh[place : place + 1]


def _register(stage: Stage) -> list[tuple[int, bool | None]]:
    """Give the ids of all organizations in order, and whether each passes the qualification check; None in doubt."""
    listed = set(stage.session.scalars(select(CreditEntry.organization_id)))
    failed = set(stage.session.scalars(select(Inspection.organization_id).where(Inspection.result.in_(NOT_PASSED))))
    organization = Organization.__table__.c
    wanted = select(organization.id, organization.type, organization.status, organization.founded_on)
    return [
        (row.id, _qualifies(row, stage.as_of, is_spotless=row.id not in listed | failed))
        for row in stage.session.execute(wanted.order_by(organization.id))
    ]


def _qualifies(row: Any, as_of: date, *, is_spotless: bool) -> bool | None:
    if row.type is OrganizationType.PUBLIC_INSTITUTION or row.status is not OrganizationStatus.ACTIVE:
        return False
    is_sound = is_spotless and row.type in SOCIAL_ORGANIZATIONS and row.founded_on < as_of - OLD_ENOUGH
    return True if is_sound else None


def wishes_of(stage: Stage, call: Loaded) -> list[Wish]:
    """Give the applications of a call by what they become: every outcome once at least, the rest by weight."""
    plan, dice = call.plan, stage.draw(f"wishes-{call.plan.key}")
    if not plan.applications:
        return []
    told = [Wish(call, _state_of(story), story, story.owner) for story in plan.stories]
    told += [Wish(call, state, owner=owner) for owner, state in plan.own]
    told += [Wish(call, state) for state, _ in plan.others]
    told += [Wish(call, plan.others[0][0]) for _ in plan.others]
    total = stage.count(plan.applications, least=len(told))
    more = round(total * plan.awarded_share) - len(plan.stories)
    if plan.stories and more > 0:
        stories = [replace(story, owner=None) for story in plan.stories if not story.objected]
        weights = [story.weight for story in stories]
        told += [Wish(call, _state_of(story), story) for story in dice.choices(stories, weights, k=more)]
    states, shares = zip(*plan.others, strict=True)
    told += [Wish(call, state) for state in dice.choices(states, shares, k=max(0, total - len(told)))]
    return told


def _state_of(story: Story) -> A:
    if story.state is not None:
        return A.AWARDED
    return A.OBJECTED if story.objected else A.NOTICED


def spread(dice: Random, first: date, last: date) -> date:
    """Give a day between two days, both possible."""
    return first + timedelta(days=dice.randint(0, max(0, (last - first).days)))
