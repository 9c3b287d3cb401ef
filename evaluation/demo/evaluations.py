"""Evaluations of projects: those behind a grade or a passed mid-term, and open ones in every state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import bindparam, select, update

from evaluation.demo.answers import answers_for, by_itself
from evaluation.demo.papers import report_files
from evaluation.demo.sights import Sights
from evaluation.models import Evaluation, EvaluationScore, IndicatorSetRecord
from evaluation.operations.results import six_places
from evaluation.queries.evaluations import measured
from evaluation.queries.sets import newest_set
from evaluation.rules.evaluations import OPINION
from evaluation.scoring import Answer, SheetScore, composite, exact, shown
from evaluation.states import EVALUATION_IN_HAND, EvaluationKind, EvaluationState as S, Grade, ScoreColumn
from grants.models import Project, Report
from grants.states import ProjectState as P, ReportState
from kernel.clock import at
from kernel.demo import Stage

# The states in which an evaluation is still open, by turns; the first is where the second organization stands.
OPEN_MIDTERM = (S.SELF_REPORT, S.SCORING, S.PLANNED, S.HANDED_IN, S.DESK)
OPEN_FINAL = (S.COUNTERSIGN, S.VISIT, S.ASSIGNED, S.TOLD, S.OBJECTED, S.RECHECK, S.SCORING, S.HANDED_IN, S.SELF_REPORT)
SIGNED = frozenset({S.HANDED_IN, S.TOLD, S.OBJECTED, S.RECHECK, S.FINAL})
TOLD = frozenset({S.TOLD, S.OBJECTED, S.RECHECK, S.FINAL})
NOT_ACCEPTED = frozenset({S.PLANNED, S.ASSIGNED})
NOT_REPORTED = NOT_ACCEPTED | {S.SELF_REPORT, S.LATE_FAILED}
OPINION_TEXT = "项目按计划实施，服务对象反馈良好；建议完善前后测数据的留存，加强志愿者的持续参与。"
SELF_REPORT_TEXT = "项目按期推进，各项指标对照申报书完成情况如下：服务人数、人次和场次均达到阶段目标，经费按预算执行。"
FAILED_SCORE = Decimal("52.5")
USUAL = (156, 186)


@dataclass(frozen=True, slots=True)
class Sheets:
    """The two sets by which projects are evaluated."""

    midterm: IndicatorSetRecord
    final: IndicatorSetRecord

    def of(self, kind: EvaluationKind) -> IndicatorSetRecord:
        return self.midterm if kind is EvaluationKind.MIDTERM else self.final


@dataclass
class Case:
    """One evaluation before it is written."""

    kind: EvaluationKind
    state: S
    project: Any
    row: dict[str, Any]
    wanted: Decimal
    answers: dict[str, Answer]
    score: SheetScore | None = None


def load_evaluations(stage: Stage, sights: Sights, agency: int) -> None:
    """Write the evaluations of all projects, with both columns of their sheets and their reports."""
    sheets = Sheets(newest_set("midterm"), newest_set("final"))
    for sheet in (sheets.midterm, sheets.final):
        sheet.used_at = sheet.used_at or at(stage.as_of - timedelta(days=600))
    stage.session.flush()
    dice = stage.draw("evaluations")
    cases = list(_cases(stage, dice))
    for pk, case in zip(stage.ids(Evaluation, len(cases)), cases, strict=True):
        _score(dice, sheets, case)
        case.row = _row(stage, pk, case, sheets, agency)
    _follow_final(cases)
    report_files(stage, [case.row for case in cases])
    stage.load(Evaluation, [case.row for case in cases])
    stage.load(EvaluationScore, [row for case in cases for row in _columns(sheets, case)])
    _see(stage, sights, cases)
    _tell_projects(stage, cases)


def _cases(stage: Stage, dice: Random) -> Iterator[Case]:
    shown_columns = Project.__table__
    turns = {P.MIDTERM: 0, P.FINAL: 0, P.RECTIFYING: 0}
    for project in stage.session.execute(select(shown_columns).order_by(shown_columns.c.id)):
        turn = turns.get(project.state, 0)
        if project.midterm_score is not None:
            yield Case(EvaluationKind.MIDTERM, S.FINAL, project, {}, project.midterm_score, {})
        if project.final_score is not None:
            yield Case(EvaluationKind.FINAL, S.FINAL, project, {}, project.final_score, {})
        usual = Decimal(dice.randint(*USUAL)) / 2
        if project.state is P.MIDTERM:
            yield Case(EvaluationKind.MIDTERM, OPEN_MIDTERM[turn % len(OPEN_MIDTERM)], project, {}, usual, {})
        elif project.state is P.RECTIFYING:
            late = turn == 1
            state = S.LATE_FAILED if late else S.FINAL
            yield Case(EvaluationKind.MIDTERM, state, project, {}, FAILED_SCORE, {})
        elif project.state is P.FINAL:
            yield Case(EvaluationKind.FINAL, OPEN_FINAL[turn % len(OPEN_FINAL)], project, {}, usual, {})
        if project.state in turns:
            turns[project.state] += 1


def _score(dice: Random, sheets: Sheets, case: Case) -> None:
    if case.state in NOT_REPORTED or case.state in {S.DESK, S.VISIT}:
        return
    project = case.project
    reached = {
        "people": Decimal(project.people_reached),
        "people_target": Decimal(project.people_target),
        "person_times": Decimal(project.person_times_reached),
        "person_times_target": Decimal(project.person_times_target),
        "sessions": Decimal(project.sessions_reached),
        "sessions_target": Decimal(project.sessions_target),
        "execution": project.approved_spend,
        "execution_target": project.award,
    }
    case.answers, case.score = answers_for(dice, sheets.of(case.kind).sheet, case.kind, case.wanted, reached)


def _row(stage: Stage, pk: int, case: Case, sheets: Sheets, agency: int) -> dict[str, Any]:
    state, project, days = case.state, case.project, _days(stage, case)
    is_planned, is_late = state is S.PLANNED, state is S.LATE_FAILED
    is_accepted = state not in NOT_ACCEPTED
    is_told = state in TOLD
    score = case.score
    return {
        "id": pk,
        "number": stage.number("PG", days["accepted"].year),
        "project_id": project.id,
        "project_number": project.number,
        "organization_id": project.organization_id,
        "call_id": project.call_id,
        "set_id": sheets.of(case.kind).id,
        "kind": case.kind,
        "state": state,
        "due_on": None if is_planned else days["due"],
        "agency_id": None if is_planned else agency,
        "evaluator_id": None if is_planned else stage.people["evaluator"],
        "countersigner_id": None if is_planned else stage.people["agency"],
        "no_interest": is_accepted,
        "not_employed": is_accepted,
        "accepted_at": at(days["accepted"], 10) if is_accepted else None,
        "self_report": "" if state in NOT_REPORTED else SELF_REPORT_TEXT,
        "self_reported_at": None if state in NOT_REPORTED else at(days["reported"], 16),
        "visited_on": days["visited"] if score is not None or state is S.VISIT else None,
        "visit_note": "现场查看活动一场，抽查台账三份，记录与签到一致。"
        if score is not None or state is S.VISIT
        else "",
        "saved_at": at(days["signed"], 9) if score is not None else None,
        "signed_at": at(days["signed"], 11) if state in SIGNED else None,
        "file_id": None,
        "sha256": None,
        "confirmed_by_id": stage.people["director"] if is_told else None,
        "confirmed_at": at(days["confirmed"], 15) if is_told else None,
        "score": six_places(score.exact) if is_told and score and score.exact is not None else _late(is_late),
        "grade": score.grade if is_told and score else Grade.POOR if is_late else None,
        "passed": score.passed if is_told and score else False if is_late else None,
        "composite": None,
        "composite_words": None,
        "objection": "对服务满意率的取样有异议，请复核。" if state in {S.OBJECTED, S.RECHECK} else None,
        "finished_at": at(days["finished"], 16) if state in {S.FINAL, S.LATE_FAILED} else None,
        "created_at": at(days["planned"], 9),
    }


def _late(is_late: bool) -> Decimal | None:  # noqa: FBT001  (the fact itself)
    return Decimal(0) if is_late else None


def _days(stage: Stage, case: Case) -> dict[str, date]:
    """Give the days of an evaluation; an open one began a few weeks ago."""
    project, yesterday = case.project, stage.as_of - timedelta(days=1)
    if case.state is S.FINAL and case.kind is EvaluationKind.MIDTERM:
        half = project.starts_on + (project.ends_on - project.starts_on) / 2
        planned = min(half, stage.as_of - timedelta(days=40)) - timedelta(days=4)
    elif case.state is S.FINAL:
        planned = project.ends_on
    else:
        planned = stage.as_of - timedelta(days=22)
    steps = {"planned": 0, "accepted": 3, "reported": 7, "visited": 9, "signed": 12, "confirmed": 14, "finished": 16}
    days = {name: min(planned + timedelta(days=step), yesterday) for name, step in steps.items()}
    return days | {
        "due": max(planned + timedelta(days=25), planned if case.state is S.FINAL else stage.as_of + timedelta(days=4))
    }


def _follow_final(cases: Sequence[Case]) -> None:
    """Write the composite of every final evaluation that was told: mid-term 30%, final 70%."""
    midterms = {
        case.project.id: case.row["score"]
        for case in cases
        if case.kind is EvaluationKind.MIDTERM and case.state is S.FINAL
    }
    for case in cases:
        if case.kind is not EvaluationKind.FINAL or case.score is None or case.state not in TOLD:
            continue
        midterm = midterms.get(case.project.id)
        assert case.score.exact is not None
        whole = composite(midterm=None if midterm is None else exact(midterm), final=case.score.exact)
        case.row["composite"], case.row["grade"] = six_places(whole.exact), whole.grade
        case.row["composite_words"] = whole.explanation.dump()


def _columns(sheets: Sheets, case: Case) -> Iterator[dict[str, Any]]:
    """Give the organization's column and the panel's, as far as they are written."""
    sheet, pk = sheets.of(case.kind).sheet, case.row["id"]
    if case.state in NOT_REPORTED:
        return
    earned = {} if case.score is None else {
        one.indicator.code: shown(one.value) for one in case.score.walk() if one.value is not None
    }  # fmt: skip
    frozen = case.state in SIGNED or case.state is S.COUNTERSIGN
    for leaf in sheet.leaves:
        answer = case.answers.get(leaf.code)
        if answer is None:
            continue
        if not measured(leaf):
            own, points = by_itself(leaf, answer)
            yield _answer_row(pk, leaf.code, ScoreColumn.SELF, own, points or earned.get(leaf.code))
        if frozen or not measured(leaf):
            yield _answer_row(pk, leaf.code, ScoreColumn.PANEL, answer, earned.get(leaf.code))
    if case.score is not None:
        yield _answer_row(pk, OPINION, ScoreColumn.PANEL, Answer(reason=OPINION_TEXT), None)


def _answer_row(pk: int, code: str, column: ScoreColumn, answer: Answer, value: Decimal | None) -> dict[str, Any]:
    return {
        "evaluation_id": pk,
        "leaf_code": code,
        "score_column": column,
        "answer": answer.dump(),
        "value": value,
        "reason": answer.reason,
    }


def _see(stage: Stage, sights: Sights, cases: Sequence[Case]) -> None:
    report = Report.__table__.c
    sent = select(report.id, report.project_id).where(report.state != ReportState.DRAFT).order_by(report.id)
    reports: dict[int, list[int]] = {}
    for row in stage.session.execute(sent):
        reports.setdefault(row.project_id, []).append(row.id)
    for case in cases:
        if case.state is S.PLANNED:
            continue
        days, project = _days(stage, case), case.project.id
        seen = [("Project", project), *(("Report", pk) for pk in reports.get(project, ()))]
        for user in (stage.people["evaluator"], stage.people["agency"]):
            for kind, pk in seen:
                if case.state in EVALUATION_IN_HAND and case.state is not S.RECHECK:
                    sights.open(user, kind, pk, since=days["planned"])
                else:
                    sights.close(user, kind, pk, since=days["planned"], until=days["signed"])


def _tell_projects(stage: Stage, cases: Sequence[Case]) -> None:
    """Write on the projects the exact scores that their final evaluations came to.

    Raises RuntimeError when a sheet came to another grade than the project's, on which its money hangs.
    """
    project: Any = Project.__table__
    wanted = update(project).where(project.c.id == bindparam("pk"))
    midterms, finals = [], []
    for case in cases:
        if case.state is not S.FINAL or case.project.state is P.RECTIFYING:
            continue
        told = {"pk": case.project.id, "told": case.row["score"]}
        if case.kind is EvaluationKind.MIDTERM:
            midterms.append(told)
            continue
        if case.row["grade"] is not case.project.grade:
            raise RuntimeError(f"{case.project.number}: {case.row['composite']} is not {case.project.grade}")
        finals.append(told | {"whole": case.row["composite"]})
    connection = stage.session.connection()
    connection.execute(wanted.values(midterm_score=bindparam("told")), midterms)
    connection.execute(wanted.values(final_score=bindparam("told"), composite=bindparam("whole")), finals)
