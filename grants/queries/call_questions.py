"""What is read about questions on calls: those asked, those answered to everybody, and the names in their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from grants.models import CallAnswer, CallQuestion
from kernel.db import db
from orgs.models import Organization


def answers_about(call_id: int) -> Sequence[CallAnswer]:
    """Give the published questions and answers of a call, in the order in which they were answered."""
    wanted = select(CallAnswer).where(CallAnswer.call_id == call_id)
    return db.session.scalars(wanted.order_by(CallAnswer.answered_at, CallAnswer.id)).all()


def names_in(text: str, question: CallQuestion) -> Iterator[str]:
    """Find the asker's name or credit code in words that everybody will read."""
    wanted = select(Organization.name, Organization.credit_code).where(Organization.id == question.organization_id)
    found = db.session.execute(wanted).first()
    for name in found or ():
        if name and name in text:
            yield name
