"""What organizations ask about a call, and what is answered to all without naming them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.calls import Call
from kernel.actor import ReaderKind
from kernel.clock import now
from kernel.db import Record
from kernel.scope import Reader, Rows, like_parent, scope
from orgs.models import Organization


class CallQuestion(Record):
    """One question of an organization, in its own words; they and the asker's name stay with the staff and the asker."""

    __tablename__ = "call_question"
    __table_args__ = (
        CheckConstraint("btrim(text) <> ''", name="not_empty"),
        Index("ix_call_question_call_id", "call_id"),
        Index("ix_call_question_organization_id", "organization_id"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    asked_by_id: Mapped[int | None]
    text: Mapped[str]
    call: Mapped[Call] = relationship()
    organization: Mapped[Organization] = relationship()
    answer: Mapped[CallAnswer | None] = relationship(back_populates="source", uselist=False)

    def __str__(self) -> str:
        return self.text[:60]


class CallAnswer(Record):
    """A question as it is published, with its answer; it names nobody, and everybody reads it beside the call."""

    __tablename__ = "call_answer"
    __table_args__ = (
        UniqueConstraint("source_id"),
        CheckConstraint("btrim(question) <> '' AND btrim(answer) <> ''", name="question_and_answer"),
        Index("ix_call_answer_call_id", "call_id"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("call_question.id"))
    question: Mapped[str]
    answer: Mapped[str]
    answered_at: Mapped[datetime] = mapped_column(default=now)
    answered_by_id: Mapped[int | None]
    corrected_at: Mapped[datetime | None]
    source: Mapped[CallQuestion] = relationship(back_populates="answer")


@scope(CallQuestion)
def visible_call_questions(reader: Reader) -> Rows:
    """Staff see who asks; an organization sees what it asked itself."""
    own = CallQuestion.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}


@scope(CallAnswer)
def visible_call_answers(reader: Reader) -> Rows:
    return like_parent(CallAnswer.__table__.c.call_id, Call, reader)
