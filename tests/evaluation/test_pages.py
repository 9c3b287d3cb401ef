"""The pages of evaluation: each reader's own, few statements, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from evaluation.models import Agency, ReviewItem
from evaluation.queries.evaluations import columns_of
from evaluation.states import EvaluationState, ReviewState, ScoreColumn
from evaluation.workflows import EVALUATION, REVIEW
from kernel.actor import Actor
from kernel.clock import today
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.scope import whole
from tests.factories.evaluation import (
    WEIGHTS,
    assigned,
    at_desk,
    evaluating,
    evaluation_of,
    handed_in,
    review_by,
    reviewing,
    scored,
    signed,
    told,
    with_evaluator,
)
from tests.factories.people import SYSTEM, post

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _storage(app: Flask, db_session: Session, tmp_path: Path) -> Iterator[None]:
    kept, app.extensions["storage"] = app.extensions.get("storage"), Storage(tmp_path)
    use_storage(Storage(tmp_path))
    yield
    app.extensions["storage"] = kept


class Counted:
    """Counts the statements of a page, without those that only set the stage."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, _conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.lstrip().startswith(("SET", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            self.said.append(statement)


def look(client: FlaskClient, url: str, most: int = 8) -> str:
    """Give a page, and hold it to its number of statements."""
    counted = Counted()
    engine = db.session.get_bind().engine
    event.listen(engine, "before_cursor_execute", counted)
    try:
        answer = client.get(url)
    finally:
        event.remove(engine, "before_cursor_execute", counted)
    assert answer.status_code == 200, (url, answer.status_code)
    assert len(counted.said) <= most, "\n\n".join(counted.said)
    return answer.get_data(as_text=True)


def enter(sign_in: SignIn, client: FlaskClient, actor: Actor) -> FlaskClient:
    """Sign a person of a story in; what the story holds stays as it is now, since a door begins a session of its own."""
    db.session.commit()
    db.session.expunge_all()
    return sign_in(client, actor.name.removeprefix("示例"))


def test_the_reviewers_desk_shows_their_own_and_how_far_it_is(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing(2)
    assigned(story)
    mine = enter(sign_in, client, story.reviewers[0])

    page = look(mine, "/my-reviews/")

    assert page.count("0 / 7") == 2
    assert story.applications[0].number in page


def test_the_sheet_opens_with_the_statement(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing()
    assigned(story)
    review = review_by(story.reviewers[0], story.applications[0])
    mine = enter(sign_in, client, story.reviewers[0])

    before = look(mine, f"/my-reviews/{review.id}")
    answer = post(mine, f"/my-reviews/{review.id}/steps/accept", {"no_interest": "1", "not_employed": "1"})
    after = look(mine, f"/my-reviews/{review.id}")

    assert "score-need" not in before
    assert "预算" not in before
    assert answer.status_code == 302
    assert "score-need" in after
    assert "示例项目第1号" in after


def test_a_sheet_saves_itself(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing()
    assigned(story)
    review = review_by(story.reviewers[0], story.applications[0])
    with transaction():
        REVIEW["accept"](review, actor=story.reviewers[0], no_interest=True, not_employed=True)
    mine = enter(sign_in, client, story.reviewers[0])
    url = f"/my-reviews/{review.id}/save"
    script = {"X-Autosave": "1", "Accept": "application/json"}

    saved = post(mine, url, {"version": review.version, "score-need": "１２．５", "comment-need": "好"}, headers=script)
    stale = post(mine, url, {"version": review.version, "score-need": "3"}, headers=script)
    wrong = post(mine, url, {"version": saved.json["version"], "score-need": "99"}, headers=script)

    assert (saved.status_code, stale.status_code, wrong.status_code) == (200, 409, 422)
    with whole(SYSTEM, "look"):
        kept = db.session.execute(select(ReviewItem.score, ReviewItem.comment)).all()
    assert kept == [(Decimal("12.5"), "好")]


def test_what_could_not_be_saved_is_shown_again(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing()
    assigned(story)
    review = review_by(story.reviewers[0], story.applications[0])
    with transaction():
        REVIEW["accept"](review, actor=story.reviewers[0], no_interest=True, not_employed=True)
    mine = enter(sign_in, client, story.reviewers[0])
    url = f"/my-reviews/{review.id}/save"

    wrong = post(mine, url, {"version": review.version, "score-need": "一", "comment-need": "这句话还在"})
    post(mine, url, {"version": review.version, "comment-need": "先存的"})
    merged = post(mine, url, {"version": review.version, "comment-need": "后写的"})

    assert wrong.status_code == 422
    assert "这句话还在" in wrong.get_data(as_text=True)
    assert "请填写数字" in wrong.get_data(as_text=True)
    assert merged.status_code == 409
    assert f"{story.reviewers[0].name} 在 " in merged.get_data(as_text=True)
    assert "先存的" in merged.get_data(as_text=True)
    assert "后写的" in merged.get_data(as_text=True)


def test_a_sheet_is_handed_in_through_its_page(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing()
    assigned(story)
    review = review_by(story.reviewers[0], story.applications[0])
    with transaction():
        REVIEW["accept"](review, actor=story.reviewers[0], no_interest=True, not_employed=True)
    mine = enter(sign_in, client, story.reviewers[0])
    typed = {f"score-{code}": weight for code, weight in WEIGHTS.items()}

    saved = post(mine, f"/my-reviews/{review.id}/save", {"version": review.version, "then": "hand_in", **typed})
    answer = post(mine, saved.headers["Location"])

    assert answer.status_code == 302
    assert review_by(story.reviewers[0], story.applications[0]).state is ReviewState.HANDED_IN
    page = look(mine, f"/my-reviews/{review.id}")
    assert "示例项目第1号" not in page
    assert "100.00" in page


def test_anothers_sheet_is_not_found(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing()
    assigned(story)
    other = review_by(story.reviewers[1], story.applications[0])
    mine = enter(sign_in, client, story.reviewers[0])

    assert mine.get(f"/my-reviews/{other.id}").status_code == 404
    assert post(mine, f"/my-reviews/{other.id}/save", {"score-need": "1"}).status_code == 404
    assert mine.get("/review-boards/").status_code == 403


def test_the_officer_assigns_on_the_board_and_closes_there(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing()
    call_id = story.made.call.id
    officer = enter(sign_in, client, story.officer)
    due_on = f"{today() + timedelta(days=9):%Y-%m-%d}"
    look(officer, "/review-boards/")
    look(officer, f"/review-boards/{call_id}")

    few = post(officer, f"/review-boards/{call_id}/assign", {"reviewers": story.ids[:2], "due_on": due_on})
    done = post(officer, f"/review-boards/{call_id}/assign", {"reviewers": story.ids, "due_on": due_on})
    early = post(officer, f"/review-boards/{call_id}/close")
    for reviewer in story.reviewers:
        handed_in(reviewer, story.applications[0], "80")
    board = look(officer, f"/review-boards/{call_id}")
    closed = post(officer, f"/review-boards/{call_id}/close")
    results = look(officer, f"/review-boards/{call_id}")

    assert (few.status_code, done.status_code, early.status_code, closed.status_code) == (409, 302, 409, 302)
    assert "80.0" not in board
    assert "80.00" in results


def test_no_page_tells_an_officer_a_score_before_the_seal(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing()
    assigned(story)
    for reviewer in story.reviewers:
        handed_in(reviewer, story.applications[0], "81.5")
    review = review_by(story.reviewers[0], story.applications[0])
    officer = enter(sign_in, client, story.officer)

    seen = [
        look(officer, url)
        for url in ("/reviews/", f"/reviews/{review.id}", f"/review-boards/{story.made.call.id}", "/inbox/", "/")
    ]
    assert not any("81.5" in page or "有理有据" in page for page in seen)
    post(officer, f"/review-boards/{story.made.call.id}/close")

    assert "有理有据" in look(officer, f"/reviews/{review.id}")
    assert "81.5" in look(officer, "/reviews/")


def test_registers_cost_the_same_for_one_row_and_many(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing(6)
    assigned(story)
    officer = enter(sign_in, client, story.officer)

    assert look(officer, "/reviews/").count('scope="row"') == 25


def test_evaluators_are_assigned_by_name(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    evaluation = evaluation_of(story.project)
    officer = enter(sign_in, client, story.people.officer)
    url = f"/evaluations/{evaluation.id}/assign"
    typed = {
        "evaluator_id": story.evaluator.user_id,
        "countersigner_id": story.evaluator.user_id,
        "due_on": f"{today() + timedelta(days=20):%Y-%m-%d}",
    }
    look(officer, "/evaluations/")
    assert story.evaluator.name in look(officer, f"/evaluations/{evaluation.id}")
    assert story.second.name in look(officer, url)

    same = post(officer, url, typed)
    bare = post(officer, url, {"due_on": "soon"})
    done = post(officer, url, {**typed, "countersigner_id": story.second.user_id})

    assert (same.status_code, bare.status_code, done.status_code) == (409, 422, 302)
    assert evaluation_of(story.project).state is EvaluationState.ASSIGNED


def test_who_writes_the_self_report_at_the_same_time_is_named(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    evaluation = with_evaluator(story)
    with transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=True, not_employed=True)
    url, version = f"/evaluations/{evaluation.id}/self-report", evaluation.version
    admin = enter(sign_in, client, story.people.org_admin)
    post(admin, url, {"version": version, "text": "管理员写的"})
    lead = enter(sign_in, client, story.people.org_lead)

    stale = post(lead, url, {"version": version, "text": "负责人写的"})

    assert stale.status_code == 409
    assert f"您填写时，{story.people.org_admin.name} 在 " in stale.get_data(as_text=True)


def test_the_organization_writes_and_sends_its_self_report(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    evaluation = with_evaluator(story)
    with transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=True, not_employed=True)
    lead = enter(sign_in, client, story.people.org_lead)
    url = f"/evaluations/{evaluation.id}/self-report"
    look(lead, url)
    look(lead, "/evaluations/")
    version = evaluation.version

    saved = post(
        lead,
        url,
        {"version": version, "text": "项目按计划开展，" * 4, "value-results-voice": "8.5", "then": "send"},
    )
    stale = post(lead, url, {"version": version, "text": "另一个窗口里写的"})
    sent = post(lead, saved.headers["Location"])

    assert (saved.status_code, stale.status_code, sent.status_code) == (302, 409, 302)
    assert "另一个窗口里写的" in stale.get_data(as_text=True)
    assert evaluation_of(story.project).state is EvaluationState.DESK
    look(lead, f"/evaluations/{evaluation.id}")


def test_the_evaluator_scores_beside_the_evidence(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    evaluation = at_desk(story)
    evaluator = enter(sign_in, client, story.evaluator)
    url = f"/evaluations/{evaluation.id}/sheet"
    look(evaluator, "/evaluations/")
    assert "按计划开展" in look(evaluator, url)
    post(evaluator, f"/evaluations/{evaluation.id}/steps/begin_scoring")
    version = evaluation_of(story.project).version

    saved = post(
        evaluator,
        url,
        {
            "version": version,
            "value-results-voice": "9",
            "check-inputs-staff-0": "1",
            "check-inputs-staff-1": "0",
            "value-finance-findings": "1",
            "veto-misuse": "1",
            "reason-misuse": "见凭证 12 号。",
            "na-inputs-materials": "1",
            "reason-inputs-materials": "本项目不用场地。",
            "opinion": "写到一半",
        },
        headers={"X-Autosave": "1"},
    )
    wrong = post(evaluator, url, {"version": saved.json["version"], "value-results-voice": "10.7.1", "opinion": "还在"})

    assert (saved.status_code, wrong.status_code) == (200, 422)
    assert "还在" in wrong.get_data(as_text=True)
    with whole(SYSTEM, "look"):
        panel = columns_of(evaluation.id)[ScoreColumn.PANEL]
    assert panel["results-voice"].value == Decimal("9.00")
    assert panel["inputs-staff"].answer["checks"] == [True, False]
    assert panel["misuse"].reason == "见凭证 12 号。"
    assert panel["inputs-materials"].not_applicable
    page = look(evaluator, url)
    assert "见凭证 12 号。" in page


def test_an_evaluator_of_another_agency_finds_nothing(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    evaluation = evaluation_of(story.project)
    evaluator = enter(sign_in, client, story.evaluator)

    assert evaluator.get(f"/evaluations/{evaluation.id}").status_code == 404
    assert evaluator.get(f"/evaluations/{evaluation.id}/sheet").status_code == 404


def test_the_second_person_signs_and_everybody_reads_what_is_theirs(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    evaluation = scored(story)
    with transaction():
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)
    second = enter(sign_in, client, story.second)
    look(second, f"/evaluations/{evaluation.id}")

    signed_now = post(second, f"/evaluations/{evaluation.id}/steps/countersign")

    assert signed_now.status_code == 302
    look(second, f"/evaluations/{evaluation.id}")


def test_the_organization_reads_its_result_and_report(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    evaluation = told(story)
    lead = enter(sign_in, client, story.people.org_lead)

    page = look(lead, f"/evaluations/{evaluation.id}")

    assert "100.00" in page
    assert evaluation.sha256 in page


def test_before_it_is_told_the_organization_reads_no_score(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    evaluation = signed(story)
    lead = enter(sign_in, client, story.people.org_lead)

    page = look(lead, f"/evaluations/{evaluation.id}")

    assert "建议补齐督导记录" not in page
    assert "SHA-256" not in page


def test_sets_and_agencies_have_their_pages(client: FlaskClient, sign_in: SignIn) -> None:
    story = evaluating()
    officer = enter(sign_in, client, story.people.officer)
    evaluation = evaluation_of(story.project)

    look(officer, "/indicator-sets/")
    assert "服务对象反馈" in look(officer, f"/indicator-sets/{evaluation.set_id}")
    look(officer, "/agencies/")
    look(officer, f"/agencies/{story.agency.id}")
    look(officer, f"/agencies/{story.agency.id}/people")
    made = post(officer, "/agencies/new", {"name": "示例新评估中心", "credit_code": "52310101MJ0999999X"})
    bad = post(officer, "/agencies/new", {"name": "示例新评估中心", "credit_code": "123"})

    assert (made.status_code, bad.status_code) == (302, 409)
    with whole(SYSTEM, "look"):
        assert db.session.scalar(select(func.count()).select_from(Agency)) == 2


def test_the_home_page_tells_each_what_waits(client: FlaskClient, sign_in: SignIn) -> None:
    story = reviewing()
    number, call = story.applications[0].number, story.made.call
    officer = enter(sign_in, client, story.officer)
    waiting = look(officer, "/")
    due_on = f"{today() + timedelta(days=9):%Y-%m-%d}"
    post(officer, f"/review-boards/{call.id}/assign", {"reviewers": story.ids, "due_on": due_on})
    later = look(officer, "/")
    mine = enter(sign_in, client, story.reviewers[0])

    assert f"分派评审专家：{call.number}" in waiting
    assert f"分派评审专家：{call.number}" not in later
    assert f"评审 {number}" in look(mine, "/")
