"""Evaluations: planned by the project, assigned, stated, self-reported, scored, signed twice, told, final."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evaluation.models import Evaluation, EvaluationScore, Review
from evaluation.operations.sheets import save_self_report, save_sheet
from evaluation.queries.evaluations import columns_of, member_of
from evaluation.scoring import Answer
from evaluation.states import EvaluationKind, EvaluationState, Grade, ScoreColumn
from evaluation.workflows import EVALUATION
from grants.models import Project
from grants.states import ProjectState
from kernel.actor import Actor
from kernel.clock import today
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused, Stale
from kernel.files import Storage, StoredFile, use_storage
from kernel.notices import Message
from kernel.scope import see_as, whole
from kernel.words import Sentence
from orgs.models import Organization
from tests.factories.evaluation import (
    Evaluating,
    agency_of,
    at_desk,
    best_answers,
    evaluating,
    evaluation_of,
    scored,
    signed,
    told,
    with_evaluator,
)
from tests.factories.people import SYSTEM, person

pytestmark = pytest.mark.usefixtures("app")
NOON = "2026-07-01 12:00 +08:00"  # before the day of any test, so that the database finds what is open from today
OPINION = "服务按计划完成，议事形式贴近家庭；建议补齐督导记录，加强成效证据。"


@pytest.fixture(autouse=True)
def _noon(db_session: Session, tmp_path: Path) -> Iterator[None]:
    use_storage(Storage(tmp_path))
    with time_machine.travel(NOON, tick=False):
        yield


def msgids(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.msgid for reason in refused.value.reasons]


def assign(story: Evaluating, evaluator: Actor, second: Actor, *, due_on: date | None = None) -> None:
    evaluation = evaluation_of(story.project)
    with transaction():
        EVALUATION["assign"](
            evaluation,
            actor=story.people.officer,
            evaluator_id=evaluator.user_id,
            countersigner_id=second.user_id,
            due_on=due_on or today() + timedelta(days=20),
        )


def seen_by(actor: Actor, model: type) -> int:
    see_as(actor)
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return found or 0


def test_a_project_at_half_time_plans_its_evaluation(db_session: Session) -> None:
    story = evaluating()

    evaluation = evaluation_of(story.project)

    assert (evaluation.kind, evaluation.state) == (EvaluationKind.MIDTERM, EvaluationState.PLANNED)
    assert evaluation.number == "2026-PG-0001"
    with whole(SYSTEM, "look"):
        asked = db.session.scalars(select(Message.recipient_id).where(Message.kind == "evaluation.planned")).all()
    assert story.people.second_officer.user_id in asked


def test_the_final_evaluation_is_planned_by_its_own_set(db_session: Session) -> None:
    story = evaluating(ProjectState.FINAL)

    evaluation = evaluation_of(story.project)

    with whole(SYSTEM, "look"):
        assert evaluation.indicator_set.code == "final-default"
        assert evaluation.indicator_set.used_at is not None


def test_assigning_opens_the_project_to_both_people(db_session: Session) -> None:
    story = evaluating()
    assert seen_by(story.evaluator, Project) == 0

    with_evaluator(story)

    assert [seen_by(who, Project) for who in (story.evaluator, story.second)] == [1, 1]
    assert [seen_by(who, Evaluation) for who in (story.evaluator, story.second)] == [1, 1]
    assert seen_by(story.people.org_lead, Evaluation) == 0


def test_one_person_does_not_sign_twice(db_session: Session) -> None:
    story = evaluating()

    with pytest.raises(Refused) as refused:
        assign(story, story.evaluator, story.evaluator)

    assert msgids(refused) == ["Two different people of the agency sign an evaluation."]


def test_two_agencies_do_not_sign_together(db_session: Session) -> None:
    story = evaluating()
    stranger = person("stranger", "evaluator")
    agency_of(77, stranger)

    with pytest.raises(Refused) as refused:
        assign(story, story.evaluator, stranger)

    assert msgids(refused) == ["Both signatures come from one agency."]


def test_who_works_for_no_agency_is_refused(db_session: Session) -> None:
    story = evaluating()

    with pytest.raises(Refused) as refused:
        assign(story, story.evaluator, person("alone", "evaluator"))

    assert msgids(refused) == ["Please choose two people of an evaluation agency."]


def test_a_reviewer_of_the_application_does_not_evaluate_the_project(db_session: Session) -> None:
    story = evaluating()
    with transaction(), whole(SYSTEM, "set-up"):
        project = story.project
        evaluation = evaluation_of(project)
        db.session.add(
            Review(
                application_id=project.application_id,
                application_number="2027-SB-1",
                call_id=project.call_id,
                snapshot_id=_snapshot(project),
                set_id=evaluation.set_id,
                reviewer_id=story.evaluator.user_id,
                due_on=today(),
            )
        )

    with pytest.raises(Refused) as refused:
        assign(story, story.evaluator, story.second)

    assert msgids(refused) == ["{name} reviewed the application of this project and cannot evaluate it."]


def _snapshot(project: Project) -> int:
    from grants.models import ApplicationVersion  # noqa: PLC0415  (only this story needs it)

    frozen = ApplicationVersion(
        application_id=project.application_id,
        organization_id=project.organization_id,
        number=1,
        snapshot={},
        sha256="0" * 64,
        submitted_by="示例",
        submitted_by_id=None,
    )
    db.session.add(frozen)
    db.session.flush()
    return frozen.id


def test_an_agency_that_holds_a_project_of_the_call_is_refused(db_session: Session) -> None:
    story = evaluating()
    with transaction(), whole(SYSTEM, "set-up"):
        wanted = select(Organization.credit_code).where(Organization.id == story.project.organization_id)
        code = db.session.scalars(wanted).one()
        db.session.refresh(story.agency)
        story.agency.credit_code = code

    with pytest.raises(Refused) as refused:
        assign(story, story.evaluator, story.second)

    assert msgids(refused) == ["{agency} holds a project of the same call and cannot evaluate in it."]


def test_a_day_in_the_past_is_refused(db_session: Session) -> None:
    story = evaluating()

    with pytest.raises(Refused) as refused:
        assign(story, story.evaluator, story.second, due_on=date(2026, 6, 30))

    assert msgids(refused) == ["The day until which the evaluation is due lies in the past."]


def test_a_half_statement_is_not_taken(db_session: Session) -> None:
    story = evaluating()
    evaluation = with_evaluator(story)

    with pytest.raises(Invalid) as invalid, transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=False, not_employed=True)

    assert set(invalid.value.problems) == {"no_interest"}


def test_stepping_back_closes_the_project_and_frees_the_evaluation(db_session: Session) -> None:
    story = evaluating()
    evaluation = with_evaluator(story)

    with transaction():
        EVALUATION["step_back"](evaluation, actor=story.evaluator, reason="近两年曾任职。")

    assert (evaluation.state, evaluation.evaluator_id) == (EvaluationState.PLANNED, None)
    assert [seen_by(who, Project) for who in (story.evaluator, story.second)] == [0, 0]


def test_an_officer_takes_an_assignment_back(db_session: Session) -> None:
    story = evaluating()
    evaluation = at_desk(story)

    with transaction():
        EVALUATION["reassign"](evaluation, actor=story.people.officer, reason="机构请求更换。")

    assert evaluation.state is EvaluationState.PLANNED
    assert seen_by(story.evaluator, Evaluation) == 0


def test_a_self_report_needs_some_words(db_session: Session) -> None:
    story = evaluating()
    evaluation = with_evaluator(story)
    with transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=True, not_employed=True)
        save_self_report(evaluation, actor=story.people.org_lead, text="好。", answers={})

    with pytest.raises(Refused) as refused, transaction():
        EVALUATION["send_self_report"](evaluation, actor=story.people.org_lead)

    assert msgids(refused) == ["The self-report has at least {least} characters."]


def test_another_organization_writes_nothing_here(db_session: Session) -> None:
    story = evaluating()
    evaluation = with_evaluator(story)
    with transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=True, not_employed=True)
    other = person("other_lead", "org_lead", organization_id=story.project.organization_id + 999)

    with pytest.raises(Refused) as refused, transaction():
        save_self_report(evaluation, actor=other, text="越界", answers={})

    assert msgids(refused) == ["You can act for your own organization only."]


def test_a_late_self_report_fails_the_evaluation_and_the_midterm(db_session: Session) -> None:
    story = evaluating()
    evaluation = with_evaluator(story, due_on=date(2026, 7, 2))
    with transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=True, not_employed=True)
    with pytest.raises(Refused), transaction():
        EVALUATION["fail_late"](evaluation, actor=story.people.officer)

    with time_machine.travel("2026-07-03 09:00 +08:00", tick=False), transaction():
        EVALUATION["fail_late"](evaluation, actor=story.people.officer)

    assert (evaluation.state, evaluation.grade) == (EvaluationState.LATE_FAILED, Grade.POOR)
    with whole(SYSTEM, "look"):
        db.session.refresh(story.project)
        assert story.project.state is ProjectState.RECTIFYING


def test_the_organizations_column_counts_its_own_score(db_session: Session) -> None:
    story = evaluating()
    evaluation = with_evaluator(story)
    with transaction():
        EVALUATION["accept"](evaluation, actor=story.evaluator, no_interest=True, not_employed=True)
        answers = {"results-voice": Answer(value=Decimal("8.5"))}
        save_self_report(evaluation, actor=story.people.org_lead, text="写到一半", answers=answers)

    with whole(SYSTEM, "look"):
        own = columns_of(evaluation.id)[ScoreColumn.SELF]
    assert {code: score.value for code, score in own.items()} == {"results-voice": Decimal("8.50")}


def test_a_visit_lies_in_the_past(db_session: Session) -> None:
    story = evaluating()
    evaluation = at_desk(story)

    with pytest.raises(Refused), transaction():
        EVALUATION["visit"](evaluation, actor=story.evaluator, visited_on=date(2026, 7, 2), note="现场")
    with transaction():
        EVALUATION["visit"](evaluation, actor=story.evaluator, visited_on=date(2026, 7, 1), note="现场有序。")

    assert (evaluation.state, evaluation.visited_on) == (EvaluationState.VISIT, date(2026, 7, 1))


def test_the_sheet_is_open_only_while_it_is_scored(db_session: Session) -> None:
    story = evaluating()
    evaluation = at_desk(story)

    with pytest.raises(Refused) as refused, transaction():
        save_sheet(evaluation, actor=story.evaluator, answers={}, opinion="")

    assert msgids(refused) == ["This evaluation is “{state}”; its sheet is not open."]


def test_only_the_assigned_evaluator_scores(db_session: Session) -> None:
    story = evaluating()
    evaluation = scored(story)

    with pytest.raises(Refused) as refused, transaction():
        save_sheet(evaluation, actor=story.second, answers={}, opinion="")

    assert msgids(refused) == ["This evaluation is assigned to another evaluator."]


def test_answers_that_cannot_be_are_refused_together(db_session: Session) -> None:
    story = evaluating()
    evaluation = scored(story)

    with pytest.raises(Invalid) as invalid, transaction():
        save_sheet(
            evaluation,
            actor=story.evaluator,
            answers={
                "results-voice": Answer(value=Decimal(11)),
                "progress-people": Answer(actual=Decimal(1), target=Decimal(1)),
                "inputs-materials": Answer(not_applicable=True),
                "nothing": Answer(value=Decimal(1)),
            },
            opinion="",
        )

    assert set(invalid.value.problems) == {
        "answer-results-voice",
        "answer-progress-people",
        "answer-inputs-materials",
        "answer-nothing",
    }


def test_a_save_over_a_newer_one_is_stale(db_session: Session) -> None:
    story = evaluating()
    evaluation = scored(story)

    with pytest.raises(Stale), transaction():
        save_sheet(evaluation, actor=story.evaluator, answers={}, opinion=OPINION, version=1)


def test_an_incomplete_sheet_does_not_go_on(db_session: Session) -> None:
    story = evaluating()
    evaluation = at_desk(story)
    answers = best_answers(evaluation)
    answers.pop("results-voice")
    with transaction():
        EVALUATION["begin_scoring"](evaluation, actor=story.evaluator)
        save_sheet(
            evaluation,
            actor=story.evaluator,
            answers=answers | {"misuse": Answer(checks=(True,))},
            opinion="太短",
        )

    with pytest.raises(Refused) as refused, transaction():
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)

    assert msgids(refused) == [
        "{count} items have no answer yet: {names}.",
        "A veto item needs the facts behind it: {names}.",
        "The opinion on the whole has at least {least} characters.",
    ]


def test_the_projects_own_numbers_are_shown_and_then_frozen(db_session: Session) -> None:
    story = evaluating()
    evaluation = scored(story)
    with transaction():
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)

    with whole(SYSTEM, "look"):
        panel = columns_of(evaluation.id)[ScoreColumn.PANEL]

    assert panel["progress-people"].answer["actual"] == "50"
    assert panel["progress-people"].answer["target"] == "50"
    assert panel["progress-person-times"].value == Decimal("10.00")


def test_the_evaluator_cannot_give_the_second_signature(db_session: Session) -> None:
    story = evaluating()
    evaluation = scored(story)
    with transaction():
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)

    with pytest.raises(Refused) as refused, transaction():
        EVALUATION["countersign"](evaluation, actor=story.evaluator)

    assert msgids(refused) == ["The second signature is another person's of the agency."]


def test_the_second_person_can_send_the_sheet_back(db_session: Session) -> None:
    story = evaluating()
    evaluation = scored(story)
    with transaction():
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)
        EVALUATION["send_back"](evaluation, actor=story.second, reason="请补充依据。")

    assert evaluation.state is EvaluationState.SCORING


def test_signing_writes_the_report_and_clears_the_desks(db_session: Session) -> None:
    story = evaluating()

    evaluation = signed(story)

    assert [seen_by(who, Project) for who in (story.evaluator, story.second)] == [0, 0]
    with whole(SYSTEM, "look"):
        file = db.session.scalars(select(StoredFile).where(StoredFile.id == evaluation.file_id)).one()
    assert (file.original_name, file.sha256) == ("2026-PG-0001.pdf", evaluation.sha256)
    assert file.organization_id is None


def test_the_organization_reads_the_result_when_it_is_told_and_not_earlier(db_session: Session) -> None:
    story = evaluating()
    evaluation = signed(story)
    lead = story.people.org_lead
    assert (seen_by(lead, EvaluationScore), seen_by(lead, StoredFile)) == (0, _files(story))
    assert evaluation.score is None

    with transaction():
        EVALUATION["confirm"](evaluation, actor=story.people.director)

    assert seen_by(lead, EvaluationScore) > 0
    assert seen_by(lead, StoredFile) == _files(story) + 1


def _files(story: Evaluating) -> int:
    with whole(SYSTEM, "look"):
        wanted = select(func.count()).select_from(StoredFile)
        return db.session.scalar(wanted.where(StoredFile.owner_kind != "Evaluation")) or 0


def test_staff_read_scores_when_they_are_signed(db_session: Session) -> None:
    story = evaluating()
    evaluation = scored(story)
    assert seen_by(story.people.officer, EvaluationScore) == 0

    with transaction():
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)
        EVALUATION["countersign"](evaluation, actor=story.second)

    assert seen_by(story.people.officer, EvaluationScore) > 0


def test_confirming_tells_the_result(db_session: Session) -> None:
    story = evaluating()

    evaluation = told(story, but={"results-voice": Answer(value=Decimal("5.5"))})

    assert evaluation.state is EvaluationState.TOLD
    assert (evaluation.score, evaluation.passed, evaluation.grade) == (Decimal("95.500000"), True, Grade.EXCELLENT)


def test_only_the_director_confirms(db_session: Session) -> None:
    story = evaluating()
    evaluation = signed(story)

    with pytest.raises(Refused), transaction():
        EVALUATION["confirm"](evaluation, actor=story.people.officer)


def test_the_centre_sends_a_sheet_back_to_the_agency(db_session: Session) -> None:
    story = evaluating()
    evaluation = signed(story)
    first = evaluation.sha256

    with transaction():
        EVALUATION["return_to_agency"](evaluation, actor=story.people.officer, reason="第三项缺依据。")
    assert seen_by(story.evaluator, Project) == 1
    with transaction():
        save_sheet(evaluation, actor=story.evaluator, answers={}, opinion=OPINION + "已补充。")
        EVALUATION["send_to_countersign"](evaluation, actor=story.evaluator)
        EVALUATION["countersign"](evaluation, actor=story.second)

    assert evaluation.sha256 != first


def test_a_passed_midterm_lets_the_project_run_on(db_session: Session) -> None:
    story = evaluating()
    evaluation = told(story)

    with transaction():
        EVALUATION["finish"](evaluation, actor=story.people.officer)

    with whole(SYSTEM, "look"):
        db.session.refresh(story.project)
        assert (story.project.state, story.project.midterm_score) == (ProjectState.RUNNING, Decimal("100.000000"))


def test_a_veto_fails_the_midterm_whatever_its_score(db_session: Session) -> None:
    story = evaluating()
    evaluation = told(story, but={"misuse": Answer(checks=(True,), reason="挪用 2,000.00 元，见凭证。")})
    assert (evaluation.vetoed, evaluation.passed) == (True, False)

    with transaction():
        EVALUATION["finish"](evaluation, actor=story.people.officer)

    with whole(SYSTEM, "look"):
        db.session.refresh(story.project)
        assert story.project.state is ProjectState.RECTIFYING
        assert story.project.rectify_due_on == date(2026, 7, 31)


def test_what_was_put_right_is_evaluated_again(db_session: Session) -> None:
    from grants.workflows.projects import PROJECT  # noqa: PLC0415  (only this story needs it)

    story = evaluating()
    evaluation = told(story, but={"misuse": Answer(checks=(True,), reason="挪用 2,000.00 元，见凭证。")})
    with transaction():
        EVALUATION["finish"](evaluation, actor=story.people.officer)
        PROJECT["rectified"](story.project, actor=story.people.officer)

    assert evaluation_of(story.project).number == "2026-PG-0002"


def test_the_final_grade_weighs_thirty_and_seventy(db_session: Session) -> None:
    story = evaluating(ProjectState.FINAL, midterm_score="60")
    evaluation = told(story)

    with transaction():
        EVALUATION["finish"](evaluation, actor=story.people.officer)

    with whole(SYSTEM, "look"):
        db.session.refresh(story.project)
    score = evaluation.score
    assert score is not None
    assert story.project.composite == (Decimal(18) + score * Decimal("0.7")).quantize(Decimal("0.000001"))
    assert (story.project.state, story.project.grade) == (ProjectState.AUDIT, evaluation.grade)
    assert Sentence.load(evaluation.composite_words or {}).msgid.startswith("Mid-term {midterm}")


def test_an_objection_is_looked_into_and_answered(db_session: Session) -> None:
    story = evaluating()
    evaluation = told(story)
    people = story.people
    with transaction():
        EVALUATION["object"](evaluation, actor=people.org_admin, reason="第二项数据有误。")
    with pytest.raises(Refused), transaction():
        EVALUATION["finish"](evaluation, actor=people.officer)
    with transaction():
        EVALUATION["recheck"](evaluation, actor=people.officer)
        EVALUATION["answer"](evaluation, actor=people.director, answer="经复核，数据无误。")

    assert (evaluation.state, evaluation.answer) == (EvaluationState.TOLD, "经复核，数据无误。")


def test_a_member_belongs_to_one_agency(db_session: Session) -> None:
    story = evaluating()

    with pytest.raises(Refused) as refused:
        agency_of(88, story.evaluator)

    assert msgids(refused) == ["This person works for an agency already."]
    with whole(SYSTEM, "look"):
        assert member_of(story.evaluator.user_id or 0) is not None
