"""Evaluations of projects by a third party: two people of an agency sign, the Centre confirms, the organization is told."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, and_, or_, select, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evaluation.models.agencies import Agency
from evaluation.models.indicators import IndicatorSetRecord
from evaluation.states import EvaluationKind, EvaluationState, Grade, ScoreColumn
from grants.models import Call, Project
from kernel.actor import ReaderKind
from kernel.audit import SEALED, UNWRITTEN, Audience
from kernel.db import Choice, Record
from kernel.finding import search_index, searched_by
from kernel.scope import Reader, Rows, scope

TOLD = "('told', 'objected', 'recheck', 'final')"
SIGNED = "('handed_in', 'confirmed', 'told', 'objected', 'recheck', 'final')"


class Evaluation(Record):
    """One evaluation of one project; score and grade are written when they are told, until then only the sheet has them.

    `score` is of the set's total, `composite` of 100 (final evaluations only); both unrounded to six places.
    """

    __tablename__ = "evaluation"
    __table_args__ = (
        CheckConstraint("evaluator_id <> countersigner_id", name="two_people_sign"),
        CheckConstraint(
            "state IN ('planned', 'late_failed') OR num_nulls(agency_id, evaluator_id, countersigner_id, due_on) = 0",
            name="people_if_assigned",
        ),
        CheckConstraint(
            "state IN ('planned', 'assigned') OR (accepted_at IS NOT NULL AND no_interest AND not_employed)",
            name="statement_before_scoring",
        ),
        CheckConstraint(
            "state IN ('planned', 'assigned', 'self_report', 'late_failed') OR self_reported_at IS NOT NULL",
            name="self_report_before_reading",
        ),
        CheckConstraint(
            f"(state IN {SIGNED}) <= (file_id IS NOT NULL AND sha256 IS NOT NULL)", name="report_if_signed"
        ),
        CheckConstraint(f"(state IN {TOLD}) <= (score IS NOT NULL AND confirmed_at IS NOT NULL)", name="score_if_told"),
        CheckConstraint(f"score IS NULL OR state IN {TOLD} OR state = 'late_failed'", name="no_score_before_told"),
        CheckConstraint("state NOT IN ('objected', 'recheck') OR objection IS NOT NULL", name="reason_if_objected"),
        CheckConstraint("(state IN ('final', 'late_failed')) = (finished_at IS NOT NULL)", name="finished_at_if_final"),
        Index(
            "uq_evaluation_open",
            "project_id",
            "kind",
            unique=True,
            postgresql_where=text("state NOT IN ('final', 'late_failed')"),
        ),
        Index("ix_evaluation_project_id", "project_id"),
        Index("ix_evaluation_organization_id", "organization_id", "state"),
        Index("ix_evaluation_state", "state", "due_on"),
        Index("ix_evaluation_evaluator_id", "evaluator_id", "state"),
        Index("ix_evaluation_countersigner_id", "countersigner_id", "state"),
        search_index("evaluation"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    project_number: Mapped[str]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    set_id: Mapped[int] = mapped_column(ForeignKey("indicator_set.id"))
    kind: Mapped[EvaluationKind] = mapped_column(Choice(EvaluationKind))
    state: Mapped[EvaluationState] = mapped_column(Choice(EvaluationState), default=EvaluationState.PLANNED)
    due_on: Mapped[date | None]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    evaluator_id: Mapped[int | None]
    countersigner_id: Mapped[int | None]
    no_interest: Mapped[bool] = mapped_column(default=False)
    not_employed: Mapped[bool] = mapped_column(default=False)
    statement: Mapped[str] = mapped_column(default="")
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    self_report: Mapped[str] = mapped_column(default="")
    self_reported_at: Mapped[datetime | None] = mapped_column(default=None)
    visited_on: Mapped[date | None]
    visit_note: Mapped[str] = mapped_column(default="", info=SEALED)
    saved_at: Mapped[datetime | None] = mapped_column(default=None, info=UNWRITTEN)
    saved_by_id: Mapped[int | None] = mapped_column(default=None, info=UNWRITTEN)
    signed_at: Mapped[datetime | None] = mapped_column(default=None)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    sha256: Mapped[str | None]
    confirmed_by_id: Mapped[int | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    score: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    grade: Mapped[Grade | None] = mapped_column(Choice(Grade))
    passed: Mapped[bool | None]
    vetoed: Mapped[bool] = mapped_column(default=False)
    composite: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    composite_words: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    objection: Mapped[str | None]
    answer: Mapped[str | None]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    search_text: Mapped[str] = mapped_column(searched_by("number", "project_number"), info=UNWRITTEN, deferred=True)
    project: Mapped[Project] = relationship()
    call: Mapped[Call] = relationship()
    agency: Mapped[Agency | None] = relationship()
    indicator_set: Mapped[IndicatorSetRecord] = relationship()
    scores: Mapped[list[EvaluationScore]] = relationship(back_populates="evaluation", order_by="EvaluationScore.id")

    def __str__(self) -> str:
        return self.number


class EvaluationScore(Record):
    """One answer of one column of a sheet; `value` is the points it earned when it was last saved."""

    __tablename__ = "evaluation_score"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "leaf_code", "score_column"),
        CheckConstraint("NOT not_applicable OR reason <> ''", name="reason_if_not_applicable"),
    )

    audience = Audience.SEALED

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"))
    leaf_code: Mapped[str]
    score_column: Mapped[ScoreColumn] = mapped_column(Choice(ScoreColumn))
    answer: Mapped[dict[str, Any]] = mapped_column(info=SEALED)
    value: Mapped[Decimal | None] = mapped_column(Numeric(6, 2), info=SEALED)
    not_applicable: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="", info=SEALED)
    evaluation: Mapped[Evaluation] = relationship(back_populates="scores", lazy="raise_on_sql")


UNSEEN_BY_ORGANIZATION = (EvaluationState.PLANNED, EvaluationState.ASSIGNED)
TOLD_TO_ORGANIZATION = (
    EvaluationState.TOLD,
    EvaluationState.OBJECTED,
    EvaluationState.RECHECK,
    EvaluationState.FINAL,
)


@scope(Evaluation)
def visible_evaluations(reader: Reader) -> Rows:
    """Staff see all; an agency's people those they sign; an organization its own from the self-report on."""
    shown = Evaluation.__table__.c
    hidden = [state.value for state in UNSEEN_BY_ORGANIZATION]
    return {
        ReaderKind.STAFF: true(),
        ReaderKind.PANEL: or_(shown.evaluator_id == reader.user_id, shown.countersigner_id == reader.user_id),
        ReaderKind.ORG: and_(shown.organization_id == reader.organization_id, shown.state.not_in(hidden)),
    }


@scope(EvaluationScore)
def visible_scores(reader: Reader) -> Rows:
    """An organization reads its own column from the start, the others' once they are told; the staff what is signed."""
    score, evaluation = EvaluationScore.__table__.c, Evaluation.__table__.c
    own = evaluation.organization_id == reader.organization_id
    told = evaluation.state.in_([state.value for state in TOLD_TO_ORGANIZATION])
    signed = ["handed_in", "confirmed", "told", "objected", "recheck", "final", "late_failed"]
    by_self = score.score_column == ScoreColumn.SELF.value
    return {
        ReaderKind.STAFF: or_(
            by_self, score.evaluation_id.in_(select(evaluation.id).where(evaluation.state.in_(signed)))
        ),
        ReaderKind.PANEL: score.evaluation_id.in_(
            select(evaluation.id).where(
                or_(evaluation.evaluator_id == reader.user_id, evaluation.countersigner_id == reader.user_id)
            )
        ),
        ReaderKind.ORG: or_(
            and_(by_self, score.evaluation_id.in_(select(evaluation.id).where(own))),
            score.evaluation_id.in_(select(evaluation.id).where(own, told)),
        ),
    }
