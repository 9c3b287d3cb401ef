"""Expert reviews and evaluations for programs: each reader's own, with the sheets that they fill in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import joinedload, selectinload

from evaluation.models import OVERALL, Evaluation, Review
from evaluation.operations.reviews import save_scores
from evaluation.operations.sheets import items_of, save_self_report, save_sheet
from evaluation.queries.evaluations import columns_in, measured
from evaluation.rules.evaluations import LONGEST_TEXT, OPINION
from evaluation.scoring import Answer
from evaluation.states import ScoreColumn
from evaluation.views.boards import ReviewView
from evaluation.views.evaluations import EvaluationView
from kernel.actor import Actor, ReaderKind
from kernel.api.fields import Json, Sent, SentList, SentObject, Shown, listed, object_of
from kernel.api.resource import Resource
from kernel.api.shapes import columns_of, named, only_for, shape
from kernel.errors import Invalid
from kernel.people import names_of
from kernel.words import Sentence

NO_ITEM = Sentence("There is no item of this code on the sheet.")
CODE = Sent(str, most=40)


# --- Reviews ---

REVIEW_ROW = columns_of(Review, "id version application_number application_id call_id state due_on total") | only_for(
    (ReaderKind.STAFF,), columns_of(Review, "reviewer_id")
)
ITEM = object_of(code=str, weight=Decimal, score_=Decimal, comment=str)


def _items(review: Review) -> list[Json]:
    """Give every item of the sheet, with what its reader may see of what it got."""
    known = {item.item_code: item for item in review.items}
    weights = {leaf.code: leaf.weight for leaf in review.indicator_set.sheet.leaves} | {OVERALL: Decimal(0)}
    return [
        {
            "code": code,
            "weight": weight,
            "score": known[code].score if code in known else None,
            "comment": known[code].comment if code in known else "",
        }
        for code, weight in weights.items()
    ]


class Reviews(Resource):
    """Reviews: every one for the Centre, one's own for a reviewer, who fills in its sheet."""

    route_base = "/api/v1/reviews"
    page = ReviewView
    model = Review
    kinds = ("Review", "ReviewSheet")
    row = shape("ReviewRow", REVIEW_ROW)
    one = shape(
        "Review",
        REVIEW_ROW
        | columns_of(Review, "accepted_at handed_in_at left_reason")
        | {"items": Shown(listed(ITEM), _items)},
    )
    record_options = (joinedload(Review.indicator_set), selectinload(Review.items))
    references = {"call": Review.call_id, "application": Review.application_id}
    asked_to_change = {
        "items": SentList(
            SentObject(
                {
                    "code": CODE,
                    "score": Sent(Decimal, required=False, nullable=True),
                    "comment": Sent(str, required=False, default="", most=LONGEST_TEXT),
                }
            )
        )
    }
    may_change = (("score", "Review"),)

    def alter(self, record: Review, told: Mapping[str, Any], actor: Actor) -> None:
        """Keep scores and comments by the code of their item; `overall` takes the opinion on the whole."""
        codes = {leaf.code for leaf in record.indicator_set.sheet.leaves}
        _refuse_strange(told.get("items", ()), codes | {OVERALL})
        scores = {one["code"]: one["score"] for one in told.get("items", ()) if "score" in one}
        if scores.get(OVERALL) is not None:
            raise Invalid({"items": [Sentence("The opinion on the whole has no score.")]})
        scores.pop(OVERALL, None)
        comments = {one["code"]: one["comment"] for one in told.get("items", ()) if "comment" in one}
        save_scores(record, actor=actor, scores=scores, comments=comments)


def _refuse_strange(items: Any, codes: Any) -> None:
    problems = {f"items-{place}-code": [NO_ITEM] for place, one in enumerate(items) if one["code"] not in codes}
    if problems:
        raise Invalid(problems)


# --- Evaluations ---

EVALUATION_ROW = columns_of(Evaluation, "id version number project_id project_number kind state due_on score grade") | {
    "agency": named(lambda one: one.agency)
}
SCORE = object_of(code=str, column=ScoreColumn, value_=Decimal, not_applicable=bool, reason=str)


def _signers(evaluation: Evaluation) -> Json:
    """Name the two people who sign, as the page does."""
    names = names_of((evaluation.evaluator_id, evaluation.countersigner_id))
    return {
        "evaluator": names.get(evaluation.evaluator_id or 0),
        "countersigner": names.get(evaluation.countersigner_id or 0),
    }


def _scores(evaluation: Evaluation) -> list[Json]:
    return [
        {
            "code": one.leaf_code,
            "column": one.score_column,
            "value": one.value,
            "not_applicable": one.not_applicable,
            "reason": one.reason,
        }
        for one in evaluation.scores
    ]


ANSWER = SentObject(
    {
        "code": CODE,
        **{name: Sent(Decimal, required=False, nullable=True) for name in ("value", "actual", "target")},
        "checks": SentList(Sent(bool), required=False),
        "not_applicable": Sent(bool, required=False),
        "reason": Sent(str, required=False, default="", most=LONGEST_TEXT),
    }
)


class Evaluations(Resource):
    """Evaluations: an organization reports on itself, the evaluator scores, the Centre confirms and tells."""

    route_base = "/api/v1/evaluations"
    page = EvaluationView
    model = Evaluation
    kinds = ("Evaluation",)
    row = shape("EvaluationRow", EVALUATION_ROW)
    one = shape(
        "Evaluation",
        EVALUATION_ROW
        | columns_of(
            Evaluation,
            "passed vetoed composite objection answer self_report self_reported_at accepted_at visited_on sha256",
        )
        | {
            "signers": Shown(object_of(evaluator_=str, countersigner_=str), _signers),
            "scores": Shown(listed(SCORE), _scores),
        }
        | only_for((ReaderKind.STAFF, ReaderKind.PANEL), columns_of(Evaluation, "visit_note")),
    )
    row_options = (joinedload(Evaluation.agency),)
    record_options = (
        joinedload(Evaluation.agency),
        joinedload(Evaluation.indicator_set),
        selectinload(Evaluation.scores),
    )
    references = {"project": Evaluation.project_id}
    asked_to_change = {
        "text": Sent(str, required=False, default="", most=LONGEST_TEXT),
        "items": SentList(ANSWER, required=False),
    }
    may_change = (("score", "Evaluation"), ("send_self_report", "Evaluation"))

    def alter(self, record: Evaluation, told: Mapping[str, Any], actor: Actor) -> None:
        """Keep answers by the code of their item, and `text`: the self-report, or the evaluator's opinion on the whole."""
        known = items_of(record.indicator_set.sheet)
        _refuse_strange(told.get("items", ()), known)
        answers = {one["code"]: _answer(one, known[one["code"]]) for one in told.get("items", ())}
        if actor.may("send_self_report", "Evaluation"):
            text = told.get("text", record.self_report)
            save_self_report(record, actor=actor, text=text, answers=answers)
            return
        panel = columns_in(record)[ScoreColumn.PANEL]
        opinion = told.get("text", panel[OPINION].reason if OPINION in panel else "")
        save_sheet(record, actor=actor, answers=answers, opinion=opinion)


def _answer(one: Mapping[str, Any], item: Any) -> Answer:
    """Read one answer; of an item that takes its number from the project, only the explanation counts."""
    reason = one.get("reason", "").strip()
    if measured(item):
        return Answer(reason=reason)
    return Answer(
        value=one.get("value"),
        checks=tuple(one.get("checks", ())),
        actual=one.get("actual"),
        target=one.get("target"),
        not_applicable=one.get("not_applicable", False),
        reason=reason,
    )
