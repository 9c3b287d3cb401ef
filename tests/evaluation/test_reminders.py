"""Reviewers and evaluators hear before their day, once for each call and each evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.notices.reminders import REMINDERS
from evaluation.workflows import EVALUATION
from kernel.calendar import add_working_days
from kernel.clock import at
from kernel.db import db, transaction
from kernel.notices import Message, remind
from kernel.scope import whole
from tests.factories.evaluation import assigned, evaluating, reviewing, with_evaluator
from tests.factories.people import SYSTEM

pytestmark = pytest.mark.usefixtures("app")

NOW, DUE = date(2026, 11, 24), date(2026, 12, 4)
PUBLISHED: dict[date, bool] = {}  # no day of the house's own


@pytest.fixture(autouse=True)
def standing_clock() -> Iterator[None]:
    with time_machine.travel(at(NOW, 10), tick=False):
        yield


def told_on(day: date, kind: str) -> list[tuple[int, str, dict[str, object]]]:
    with time_machine.travel(at(day, 7, 5), tick=False):
        remind(REMINDERS, actor=SYSTEM)
    with whole(SYSTEM, "look"):
        wanted = select(Message.recipient_id, Message.occasion, Message.body).where(Message.kind == kind)
        return [(who, occasion, body["params"]) for who, occasion, body in db.session.execute(wanted)]


def test_a_reviewer_hears_once_of_all_applications_of_a_call(db_session: Session) -> None:
    story = reviewing(applications=3)
    assigned(story)

    told = told_on(add_working_days(DUE, -3, PUBLISHED), "review.due")

    assert Counter((who, occasion) for who, occasion, _params in told) == {
        (who, "2026-12-04/3d"): 1 for who in story.ids
    }
    assert {params["count"] for _who, _occasion, params in told} == {3}


def test_an_evaluation_is_remembered_to_who_has_it_in_hand_and_the_self_report_to_the_organization(
    db_session: Session,
) -> None:
    story = evaluating()
    evaluation = with_evaluator(story, due_on=DUE)
    ((who, occasion, params),) = told_on(add_working_days(DUE, -7, PUBLISHED), "evaluation.due")
    assert (who, occasion) == (story.evaluator.user_id, "2026-12-04/7d")
    assert (params["number"], params["due"]) == (evaluation.number, {"date": "2026-12-04"})

    with transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=True, not_employed=True)
    told = told_on(add_working_days(DUE, -3, PUBLISHED), "evaluation.self_report_due")
    assert {(who, occasion) for who, occasion, _params in told} == {
        (story.people.org_admin.user_id, "2026-12-04/3d"),
        (story.people.org_lead.user_id, "2026-12-04/3d"),
    }
    assert len(told_on(add_working_days(DUE, -3, PUBLISHED), "evaluation.due")) == 1
