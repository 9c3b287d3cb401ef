"""What is read about applications: their checks, versions, likenesses, and how far a form is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from grants.models import Application, ApplicationVersion, EligibilityCheck
from grants.states import APPLICATION_LIVE, EligibilityRule
from kernel.db import db
from kernel.words import Sentence

ALIKE_OWN = 0.5
ALIKE_OTHERS = 0.6
MOST_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Settled:
    """How many checks of an application passed, did not pass, and wait for a person."""

    passed: int = 0
    failed: int = 0
    manual: int = 0


@dataclass(frozen=True, slots=True)
class Alike:
    """Another application that reads like this one; likeness of title and need from 0 to 1."""

    number: str
    title: str
    is_own: bool
    title_likeness: float
    need_likeness: float

    @property
    def rule(self) -> EligibilityRule:
        return EligibilityRule.SAME_ORGANIZATION if self.is_own else EligibilityRule.OTHER_ORGANIZATIONS

    @property
    def told(self) -> Sentence:
        return Sentence(
            "{number} “{title}” reads alike: title {by_title} %, need {by_need} %.",
            number=self.number,
            title=self.title,
            by_title=round(self.title_likeness * 100),
            by_need=round(self.need_likeness * 100),
        )


def settled_checks(application_id: int) -> Settled:
    """Count the outcomes of an application's checks."""
    wanted = (
        select(EligibilityCheck.outcome, func.count())
        .where(EligibilityCheck.application_id == application_id)
        .group_by(EligibilityCheck.outcome)
    )
    found = {outcome.value: count for outcome, count in db.session.execute(wanted)}
    return Settled(**found)


def alike(application: Application) -> Sequence[Alike]:
    """Give the live applications of this and other organizations that read most like this one.

    Titles are compared everywhere, the need analysis within the same call; both by trigrams, in one statement.
    """
    other = Application
    title = func.similarity(other.title, application.title)
    need = _need_likeness(application)
    is_own = other.organization_id == application.organization_id
    wanted = (
        select(other.number, other.title, is_own, title, need)
        .where(
            other.id != application.id,
            other.state.in_(APPLICATION_LIVE),
            or_(
                and_(other.title.op("%")(application.title), title >= case((is_own, ALIKE_OWN), else_=ALIKE_OTHERS)),
                and_(other.call_id == application.call_id, need >= ALIKE_OTHERS),
            ),
        )
        .order_by(func.greatest(title, need).desc(), other.id)
        .limit(2 * MOST_ALIKE)
    )
    return [Alike(*row) for row in db.session.execute(wanted)]


def _need_likeness(application: Application) -> ColumnElement[float]:
    """Compare the need analyses of one call only: of other calls they would cost too much."""
    same_call = Application.call_id == application.call_id
    likeness = func.similarity(func.left(Application.need, 1000), application.need[:1000])
    return case((same_call, likeness), else_=0.0)


def versions_of(application_id: int) -> Sequence[ApplicationVersion]:
    """Give the frozen versions of an application, the newest first."""
    wanted = select(ApplicationVersion).where(ApplicationVersion.application_id == application_id)
    return db.session.scalars(wanted.order_by(ApplicationVersion.number.desc())).all()


def latest_version(application_id: int) -> ApplicationVersion | None:
    """Give the version that was handed in last: what reviewers read."""
    wanted = select(ApplicationVersion).where(ApplicationVersion.application_id == application_id)
    return db.session.scalars(wanted.order_by(ApplicationVersion.number.desc()).limit(1)).first()


def checks_of(application_id: int) -> Sequence[EligibilityCheck]:
    """Give an application's checks in their order."""
    wanted = select(EligibilityCheck).where(EligibilityCheck.application_id == application_id)
    return db.session.scalars(wanted.order_by(EligibilityCheck.position)).all()


def applications_of(organization_id: int) -> Select[tuple[Application]]:
    """Give an organization's applications, to be ordered and paged."""
    return select(Application).where(Application.organization_id == organization_id)
