"""What an organization answers to a call's own questions, section by section."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from grants.models.applications import Application
from kernel.actor import ReaderKind
from kernel.db import Record
from kernel.scope import Reader, Rows, scope


class FormAnswers(Record):
    """The answers to one section of the form version that the application keeps: question key → typed answer."""

    __tablename__ = "form_answers"
    __table_args__ = (
        UniqueConstraint("application_id", "section"),
        CheckConstraint("jsonb_typeof(answers) = 'object'", name="answers_by_question"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey(Application.id))
    organization_id: Mapped[int]
    section: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)


@scope(FormAnswers)
def visible_answers(reader: Reader) -> Rows:
    """Staff, and the organization itself; a panel reads the frozen version."""
    own = FormAnswers.__table__.c.organization_id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
