"""A deputy for a time: who may take another's steps from one day to another, and what was done so.

Being a deputy is no role: it stands here with its days and its reason, it ends by itself, and each act done by it
carries the name of whoever it was done for. What is lent, and to whom, stands in `kernel.permissions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask_appbuilder.security.sqla.models import Role as StoredRole, User, assoc_user_role
from sqlalchemy import CheckConstraint, Date, Index, Select, Text, cast, func, select, text, true
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped

from kernel.actor import ReaderKind
from kernel.audit import AuditEvent
from kernel.clock import at, today
from kernel.db import Record, db, tell_constraints
from kernel.scope import Reader, Rows, scope
from kernel.words import Sentence

LONGEST = timedelta(days=92)
DAYS = text("daterange(from_day, to_day, '[]')")
NOT_ENDED = text("ended_at IS NULL")


class Deputy(Record):
    """One person in another's place for some days; ended at once, or by the last day's midnight in Shanghai."""

    __tablename__ = "deputy"
    __table_args__ = (
        CheckConstraint("deputy_id <> principal_id", name="another_person"),
        CheckConstraint("to_day >= from_day AND to_day <= from_day + 92", name="for_a_time"),
        CheckConstraint("btrim(reason) <> ''", name="has_a_reason"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_by_somebody"),
        ExcludeConstraint(
            ("principal_id", "="), (DAYS, "&&"), using="gist", where=NOT_ENDED, name="ex_deputy_one_at_a_time"
        ),
        ExcludeConstraint(
            ("deputy_id", "="), (DAYS, "&&"), using="gist", where=NOT_ENDED, name="ex_deputy_of_one_person"
        ),
        Index("ix_deputy_deputy_id", "deputy_id", "to_day"),
    )

    principal_id: Mapped[int]
    deputy_id: Mapped[int]
    role: Mapped[str]
    from_day: Mapped[date]
    to_day: Mapped[date]
    reason: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None]

    @property
    def is_in_force(self) -> bool:
        return self.ended_at is None and self.from_day <= today() <= self.to_day

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.to_day < today()


tell_constraints(
    {
        "ck_deputy_another_person": Sentence("A deputy is another person."),
        "ck_deputy_for_a_time": Sentence("A deputy stands in for at least one day and at most 92."),
        "ck_deputy_has_a_reason": Sentence("Please say why a deputy is needed."),
        "ck_deputy_ended_by_somebody": Sentence("What is ended at once names who ended it."),
        "ex_deputy_one_at_a_time": Sentence("There is a deputy on some of these days already. End that first."),
        "ex_deputy_of_one_person": Sentence("This person is somebody's deputy on some of these days already."),
    }
)


@scope(Deputy)
def visible_deputies(_reader: Reader) -> Rows:
    """That somebody acts for another is no secret among those who work with them."""
    return {ReaderKind.STAFF: true(), ReaderKind.KEEPER: true()}


def deputies_in_force(*roles: str) -> Sequence[int]:
    """Give who stands in today for the holders of these roles; for deeds, which alone may read it."""
    wanted = (
        select(Deputy.deputy_id)
        .join(User.__table__, User.__table__.c.id == Deputy.principal_id)
        .join(assoc_user_role, assoc_user_role.c.user_id == Deputy.principal_id)
        .join(StoredRole.__table__, StoredRole.__table__.c.id == assoc_user_role.c.role_id)
        .where(
            StoredRole.__table__.c.name == Deputy.role,
            User.__table__.c.active,
            Deputy.role.in_(roles),
            Deputy.ended_at.is_(None),
            Deputy.from_day <= today(),
            Deputy.to_day >= today(),
        )
    )
    return list(db.session.scalars(wanted))


def acts_of(deputy: Deputy, *, limit: int = 200) -> Sequence[AuditEvent]:
    """Give what a deputy did in this time for whom they stand in, newest first; the trail's own words."""
    return db.session.scalars(_acts(deputy).order_by(AuditEvent.seq.desc()).limit(limit)).all()


def _acts(deputy: Deputy) -> Select[tuple[AuditEvent]]:
    return select(AuditEvent).where(
        AuditEvent.principal_id == deputy.principal_id,
        AuditEvent.actor_id == deputy.deputy_id,
        AuditEvent.at >= at(deputy.from_day),
        AuditEvent.at < at(deputy.to_day + timedelta(days=1)),
    )


def deeds_by_day(deputy: Deputy) -> dict[date, int]:
    """Count a deputy's deeds by day of Shanghai; what one deed changed in several records is one deed."""
    day = cast(func.timezone("Asia/Shanghai", AuditEvent.at), Date)
    deed = func.coalesce(AuditEvent.request_id, cast(AuditEvent.seq, Text))
    wanted = _acts(deputy).with_only_columns(day, func.count(func.distinct(deed))).group_by(day)
    return dict(db.session.execute(wanted).tuples().all())
