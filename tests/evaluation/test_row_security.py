"""Row-level security alone: raw SQL, which no criterion of the session narrows, sees no more than it may."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from evaluation.operations.results import close_review
from evaluation.workflows import EVALUATION
from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.scope import see_as
from tests.factories.evaluation import assigned, evaluating, handed_in, reviewing, scored
from tests.factories.people import person

pytestmark = pytest.mark.usefixtures("app", "committed_database")


def raw(actor: Actor, table: str, where: str = "true") -> int:
    """Count rows of a table as the database shows them to an actor's role."""
    see_as(actor)
    found = db.session.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()
    db.session.rollback()
    return int(found)


def test_reviews_and_their_scores_are_kept_apart_by_the_database(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))
    story = reviewing(2)
    reviewer, other, officer = story.reviewers[0], story.reviewers[1], story.officer
    number = story.applications[0].number
    assigned(story)
    stranger = person("stranger", "reviewer")

    handed_in(other, story.applications[0], "80")
    assert [raw(reviewer, "review"), raw(reviewer, "review_item")] == [2, 0]
    assert [raw(stranger, "application"), raw(stranger, "review")] == [0, 0]
    assert [raw(reviewer, "application"), raw(reviewer, "application_version")] == [2, 2]
    assert [raw(other, "application"), raw(other, "application", f"number = '{number}'")] == [1, 0]
    assert [raw(officer, "review"), raw(officer, "review_item")] == [10, 0]

    for one in story.reviewers:
        for application in story.applications:
            if (one, application) != (other, story.applications[0]):
                handed_in(one, application, "80")
    with transaction():
        close_review(story.made.call, actor=officer)
    assert raw(officer, "review_item") == 70
    assert raw(reviewer, "review_item") == 14
    assert raw(reviewer, "application") == 0


def test_an_evaluators_sight_ends_with_the_signature(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))
    story = evaluating()
    evaluator, officer, lead = story.evaluator, story.people.officer, story.people.org_lead
    stranger = person("stranger", "evaluator")
    assert [raw(evaluator, "project"), raw(evaluator, "evaluation")] == [0, 0]

    evaluation = scored(story)
    assert [raw(evaluator, "project"), raw(evaluator, "evaluation")] == [1, 1]
    assert [raw(stranger, "project"), raw(stranger, "evaluation_score")] == [0, 0]
    assert raw(officer, "evaluation_score") == 0
    assert raw(lead, "evaluation_score") == 0
    assert raw(evaluator, "evaluation_score") > 0

    with transaction():
        EVALUATION["send_to_countersign"](evaluation, actor=evaluator)
        EVALUATION["countersign"](evaluation, actor=story.second)
    assert [raw(evaluator, "project"), raw(story.second, "project")] == [0, 0]
    assert raw(officer, "evaluation_score") > 0
    assert [raw(lead, "evaluation_score"), raw(lead, "stored_file", "owner_kind = 'Evaluation'")] == [0, 0]

    with transaction():
        EVALUATION["confirm"](evaluation, actor=story.people.director)
    assert raw(lead, "evaluation_score") > 0
    assert raw(lead, "stored_file", "owner_kind = 'Evaluation'") == 1
