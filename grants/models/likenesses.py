"""What reads alike: the prints of each text that was handed in, and each pair that a person has to look at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.models.applications import Application
from grants.states import EligibilityRule, LikenessDecision, LikenessRelation
from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN, Audience
from kernel.db import Choice, Record
from kernel.money import format_percent
from kernel.scope import Reader, Rows, scope
from kernel.words import Sentence
from orgs.models import PastProject

RULES = {
    LikenessRelation.OWN: EligibilityRule.SAME_ORGANIZATION,
    LikenessRelation.LINKED: EligibilityRule.LINKED_ORGANIZATIONS,
    LikenessRelation.OTHER: EligibilityRule.OTHER_ORGANIZATIONS,
}


class TextPrint(Record):
    """By what the text of one application is found again: its title, its targets, its prints (`grants.likeness`).

    `version_number` is the version that was compared last; an application whose version is newer waits for it.
    """

    __tablename__ = "text_print"
    audience = Audience.STAFF
    __table_args__ = (
        Index("ix_text_print_prints", "prints", postgresql_using="gin"),
        Index("ix_text_print_title", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    version_number: Mapped[int] = mapped_column(info=UNWRITTEN)
    title: Mapped[str] = mapped_column(info=UNWRITTEN)
    targets: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), info=UNWRITTEN)
    prints: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), info=UNWRITTEN, deferred=True)


class Likeness(Record):
    """One application beside another, or beside a project of a past year, that it reads like; percents of 100.

    `text_percent` is the share of this application's text that stands in the other too. An officer decides; what
    was decided stands until one of the percents rises.
    """

    __tablename__ = "likeness"
    audience = Audience.STAFF
    __table_args__ = (
        UniqueConstraint("application_id", "other_id"),
        UniqueConstraint("application_id", "past_project_id"),
        CheckConstraint("num_nonnulls(other_id, past_project_id) = 1", name="with_one_other"),
        CheckConstraint("other_id <> application_id", name="with_another"),
        CheckConstraint(
            "title_percent BETWEEN 0 AND 100 AND text_percent BETWEEN 0 AND 100", name="percents_of_hundred"
        ),
        CheckConstraint(
            "num_nonnulls(decision, decided_by_id, decision_reason, decided_at) IN (0, 4)", name="decided_by_somebody"
        ),
        CheckConstraint("btrim(decision_reason) <> ''", name="decided_with_a_reason"),
        Index("ix_likeness_other_id", "other_id"),
        Index("ix_likeness_decision", "decision", "id"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    version_number: Mapped[int]
    relation: Mapped[LikenessRelation] = mapped_column(Choice(LikenessRelation))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    other_version_number: Mapped[int | None]
    past_project_id: Mapped[int | None] = mapped_column(ForeignKey("past_project.id", ondelete="CASCADE"))
    name: Mapped[str]
    title_percent: Mapped[int]
    text_percent: Mapped[int] = mapped_column(default=0)
    same_targets: Mapped[bool] = mapped_column(default=False)
    decision: Mapped[LikenessDecision | None] = mapped_column(Choice(LikenessDecision))
    decided_by_id: Mapped[int | None]
    decision_reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    application: Mapped[Application] = relationship(foreign_keys=[application_id])
    other: Mapped[Application | None] = relationship(foreign_keys=[other_id])
    past_project: Mapped[PastProject | None] = relationship()

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> EligibilityRule:
        """The rule of a call that asks for likenesses of this relation."""
        return RULES[self.relation]

    @property
    def told(self) -> Sentence:
        """How alike both are, in a sentence."""
        parts = {
            "name": self.name,
            "title": format_percent(self.title_percent),
            "text": format_percent(self.text_percent),
        }
        if self.past_project_id is not None:
            return Sentence("{name}: titles alike {title}.", **{one: parts[one] for one in ("name", "title")})
        if self.same_targets:
            return Sentence("{name}: titles alike {title}, text in common {text}, the same targets.", **parts)
        return Sentence("{name}: titles alike {title}, text in common {text}.", **parts)


@scope(TextPrint)
@scope(Likeness)
def visible_likenesses(_reader: Reader) -> Rows:
    """Staff alone: what is found out about two organizations is told to neither."""
    return {ReaderKind.STAFF: true()}
