"""A rating of an organization: which grade, under which rules, and on which days it counts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text, true
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import ReaderKind
from kernel.db import Choice, Record
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import Organization
from orgs.states import RatingGrade, RatingRegime, RatingState

REVISED = "announced_on >= DATE '2026-03-01'"
YEAR = "extract(year FROM announced_on)::int"
FIRST_DAY = f"CASE WHEN {REVISED} THEN make_date({YEAR} + 1, 1, 1) ELSE announced_on END"
LAST_DAY = (
    f"CASE WHEN {REVISED} THEN make_date({YEAR} + 5, 12, 31) ELSE (announced_on + INTERVAL '5 years')::date - 1 END"
)


class Rating(Record):
    """A rating as it is kept; its days follow from the announcement (orgs.ratings).

    `valid_to` of one that was downgraded, cancelled or replaced is the last day on which it counted. A rating that
    a list names without its announcement waits without days until somebody has seen the certificate.
    """

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint("num_nulls(regime, announced_on, valid_from, valid_to) IN (0, 4)", name="is_dated_wholly"),
        CheckConstraint("state = 'pending' OR announced_on IS NOT NULL", name="is_dated_unless_pending"),
        CheckConstraint(f"(regime = 'measures_2026') = ({REVISED})", name="falls_under_the_rules_of_its_day"),
        CheckConstraint(f"valid_from = {FIRST_DAY}", name="begins_by_its_rules"),
        CheckConstraint(f"valid_to <= {LAST_DAY}", name="ends_by_its_rules"),
        CheckConstraint(
            f"state NOT IN ('downgraded', 'revoked') OR valid_to < {LAST_DAY}", name="ends_early_when_taken_away"
        ),
        CheckConstraint("state <> 'valid' OR valid_from <= valid_to", name="counts_a_day_at_least"),
        ExcludeConstraint(
            ("organization_id", "="),
            ("regime", "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            using="gist",
            where=text("state = 'valid'"),
            name="ex_rating_one_counts_at_a_time",
        ),
        Index(
            "uq_rating_announcement",
            "organization_id",
            "announced_on",
            unique=True,
            postgresql_where=text("announced_on IS NOT NULL"),
        ),
        Index("ix_rating_organization_id", "organization_id"),
        Index("ix_rating_state", "state", "valid_to"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    grade: Mapped[RatingGrade] = mapped_column(Choice(RatingGrade))
    state: Mapped[RatingState] = mapped_column(Choice(RatingState), default=RatingState.PENDING)
    regime: Mapped[RatingRegime | None] = mapped_column(Choice(RatingRegime))
    announced_on: Mapped[date | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    certificate_number: Mapped[str | None]
    reason: Mapped[str | None]

    organization: Mapped[Organization] = relationship(viewonly=True, lazy="raise_on_sql")

    @property
    def status(self) -> RatingState:
        """The state, by the name that the rules of ratings know it by."""
        return self.state

    def __str__(self) -> str:
        return self.grade.value


@scope(Rating)
def visible_ratings(reader: Reader) -> Rows:
    own = Rating.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
