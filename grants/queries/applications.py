"""What is read about applications: their checks, versions, likenesses, and how far a form is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from grants.models import ApplicationVersion, EligibilityCheck
from kernel.db import db


@dataclass(frozen=True, slots=True)
class Settled:
    """How many checks of an application passed, did not pass, and wait for a person."""

    passed: int = 0
    failed: int = 0
    manual: int = 0


def settled_checks(application_id: int) -> Settled:
    """Count the outcomes of an application's checks."""
    wanted = (
        select(EligibilityCheck.outcome, func.count())
        .where(EligibilityCheck.application_id == application_id)
        .group_by(EligibilityCheck.outcome)
    )
    found = {outcome.value: count for outcome, count in db.session.execute(wanted)}
    return Settled(**found)


def versions_of(application_id: int) -> Sequence[ApplicationVersion]:
    """Give the frozen versions of an application, the newest first."""
    wanted = select(ApplicationVersion).where(ApplicationVersion.application_id == application_id)
    return db.session.scalars(wanted.order_by(ApplicationVersion.number.desc())).all()


_LATEST = (
    select(ApplicationVersion)
    .where(ApplicationVersion.application_id == bindparam("application_id"))
    .order_by(ApplicationVersion.number.desc())
    .limit(1)
    .execution_options(planned=True)
)
_CHECKS = (
    select(EligibilityCheck)
    .where(EligibilityCheck.application_id == bindparam("application_id"))
    .order_by(EligibilityCheck.position)
    .execution_options(planned=True)
)


def latest_version(application_id: int) -> ApplicationVersion | None:
    """Give the version that was handed in last: what reviewers read."""
    return db.session.scalars(_LATEST, {"application_id": application_id}).first()


def checks_of(application_id: int) -> Sequence[EligibilityCheck]:
    """Give an application's checks in their order."""
    return db.session.scalars(_CHECKS, {"application_id": application_id}).all()
