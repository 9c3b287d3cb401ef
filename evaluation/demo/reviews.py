"""Sheets of experts that come to the scores of their applications, and those that are still being written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from evaluation.demo.sights import Sights
from evaluation.models import OVERALL, IndicatorSetRecord, Review, ReviewItem
from evaluation.queries.sets import newest_set
from evaluation.rules.reviews import EXPLAINED_BELOW
from evaluation.states import ReviewState as S
from grants.models import Application, ApplicationVersion, Call
from grants.states import ApplicationState, CallState
from kernel.clock import at, day_of
from kernel.demo import Stage

HALF = Decimal("0.5")
HUNDRED = Decimal(100)
OVERALL_COMMENTS = (
    "需求真实，路径清楚，团队有相近经验；建议细化中期指标。",
    "方案可行，预算编制规范；可持续性部分略显单薄。",
    "服务对象明确，创新点有推广价值，注意风险预案的可操作性。",
    "整体达到立项要求，建议压缩宣传类支出，增加专业督导。",
)
LOW_COMMENT = "论证不足，缺少可核查的依据。"
# How far the sheets of a call under review are, by turns.
PROGRESS = (
    S.HANDED_IN,
    S.SCORING,
    S.HANDED_IN,
    S.ASSIGNED,
    S.HANDED_IN,
    S.ACCEPTED,
    S.HANDED_IN,
    S.ASSIGNED,
    S.SCORING,
)

# Seats of the first applications that somebody has left.
LEFT = {(1, 4): S.RECUSED, (2, 4): S.REPLACED}
LEFT_REASONS = {S.RECUSED: "与该机构有业务往来，申请回避。", S.REPLACED: "评审期间出差，由中心另行指派。"}


def load_reviews(stage: Stage, sights: Sights, panels: Sequence[Sequence[int]]) -> None:
    """Write five sheets for every application that was or is under review."""
    sheet = newest_set("review")
    _use(stage, sheet)
    dice = stage.draw("reviews")
    found = _under_review(stage)
    ids = iter(stage.ids(Review, len(found) * len(panels[0])))
    reviews, items, opened = [], [], 0
    for place, row in enumerate(found):
        totals = _totals(dice, row.score, row.score_spread) if row.score is not None else [None] * len(panels[0])
        for seat, (reviewer, total) in enumerate(zip(panels[place % len(panels)], totals, strict=True)):
            state = _state(total, opened, len(panels), seat)
            review = _review(stage, dice, next(ids), row, sheet.id, reviewer, total, state)
            reviews.append(review)
            items += _items(dice, sheet, review, total)
            _see(sights, row, review)
        opened += row.score is None
    stage.load(Review, reviews)
    stage.load(ReviewItem, items)


def _use(stage: Stage, sheet: IndicatorSetRecord) -> None:
    if sheet.used_at is None:
        sheet.used_at = at(stage.as_of - timedelta(days=700))
        stage.session.flush()


def _under_review(stage: Stage) -> Sequence[Any]:
    """Give what is known of every application that reviewers have or had, with its first frozen version."""
    application, version, call = Application.__table__.c, ApplicationVersion.__table__.c, Call.__table__.c
    wanted = (
        select(
            application.id, application.number, application.call_id, application.score, application.score_spread,
            application.state, version.id.label("snapshot_id"), call.closes_at, call.state.label("call_state"),
        )
        .join(ApplicationVersion, version.application_id == application.id)
        .join(Call, call.id == application.call_id)
        .where(
            (application.score.is_not(None))
            | ((application.state == ApplicationState.REVIEWING) & (call.state == CallState.REVIEWING))
        )
        .order_by(application.id)
    )  # fmt: skip
    return stage.session.execute(wanted).all()


def _totals(dice: Random, score: Decimal, spread: Decimal) -> list[Decimal | None]:
    """Give five totals in halves whose middle three have the score as their mean, and which lie `spread` apart."""
    halves = round(score * 6)
    third, rest = divmod(halves, 3)
    middle = [third, third, third]
    for place in range(rest):
        middle[2 - place] += 1
    wide = round(spread * 2)
    above = dice.randint(0, wide - (middle[2] - middle[0]))
    highest = min(200, middle[2] + above)
    lowest = max(0, highest - wide)
    lowest = min(lowest, middle[0])
    told: list[Decimal | None] = [Decimal(one) / 2 for one in (lowest, *middle, highest)]
    dice.shuffle(told)
    return told


def _state(total: Decimal | None, opened: int, panels: int, seat: int) -> S:
    """Give how far a sheet is: sealed with its total, or somewhere on its way in the call under review."""
    if total is not None:
        return S.SEALED
    return LEFT.get((opened, seat)) or PROGRESS[(opened // panels + seat) % len(PROGRESS)]


def _review(
    stage: Stage, dice: Random, pk: int, row: Any, set_id: int, reviewer: int, total: Decimal | None, state: S
) -> dict[str, Any]:
    begins = day_of(row.closes_at) + timedelta(days=4)
    accepted = _moment(stage, begins + timedelta(days=dice.randint(1, 3)))
    handed_in = _moment(stage, begins + timedelta(days=dice.randint(5, 14)))
    has_begun = state in {S.ACCEPTED, S.SCORING, S.HANDED_IN, S.SEALED}
    is_in = state in {S.HANDED_IN, S.SEALED}
    return {
        "id": pk,
        "application_id": row.id,
        "application_number": row.number,
        "call_id": row.call_id,
        "snapshot_id": row.snapshot_id,
        "set_id": set_id,
        "reviewer_id": reviewer,
        "state": state,
        "due_on": max(begins + timedelta(days=16), stage.as_of + timedelta(days=3)) if total is None
        else begins + timedelta(days=16),
        "no_interest": has_begun,
        "not_employed": has_begun,
        "accepted_at": accepted if has_begun else None,
        "saved_at": handed_in if is_in or state is S.SCORING else None,
        "handed_in_at": max(accepted, handed_in) if is_in else None,
        "left_reason": LEFT_REASONS.get(state),
        "total": total,
        "created_at": _moment(stage, begins),
    }  # fmt: skip


def _moment(stage: Stage, day: date) -> datetime:
    return stage.moment(min(day, stage.as_of - timedelta(days=1)), 15)


def _items(
    dice: Random, sheet: IndicatorSetRecord, review: dict[str, Any], total: Decimal | None
) -> list[dict[str, Any]]:
    """Give the items of a sheet; one that is being written holds its first few."""
    if review["state"] not in {S.SCORING, S.HANDED_IN, S.SEALED}:
        return []
    leaves = sheet.sheet.leaves
    scores = _dealt(
        dice, total if total is not None else Decimal(dice.randint(100, 184)) / 2, [leaf.weight for leaf in leaves]
    )
    told = [
        _item(
            review["id"],
            place,
            leaf.code,
            leaf.weight,
            score,
            "" if score >= leaf.weight * EXPLAINED_BELOW else LOW_COMMENT,
        )
        for place, (leaf, score) in enumerate(zip(leaves, scores, strict=True))
    ]
    if review["state"] is S.SCORING:
        return told[: dice.randint(2, 5)]
    return [*told, _item(review["id"], len(leaves), OVERALL, Decimal(0), None, dice.choice(OVERALL_COMMENTS))]


def _item(pk: int, place: int, code: str, weight: Decimal, score: Decimal | None, comment: str) -> dict[str, Any]:
    return {
        "review_id": pk,
        "position": place,
        "item_code": code,
        "weight": weight,
        "score": score,
        "comment": comment,
    }


def _dealt(dice: Random, total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Deal a total in halves over items, none above its weight, each near its share."""
    halves = [min(int(weight * 2), int(weight * total / HUNDRED * 2)) for weight in weights]
    left = int(total * 2) - sum(halves)
    while left:
        place = dice.randrange(len(weights))
        step = 1 if left > 0 else -1
        if 0 <= halves[place] + step <= weights[place] * 2:
            halves[place] += step
            left -= step
    return [half * HALF for half in map(Decimal, halves)]


def _see(sights: Sights, row: Any, review: dict[str, Any]) -> None:
    since = day_of(review["created_at"])
    if review["state"] in {S.ASSIGNED, S.ACCEPTED, S.SCORING}:
        sights.open(review["reviewer_id"], "Application", row.id, since=since)
    else:
        until = day_of(review["handed_in_at"]) if review["handed_in_at"] else since
        sights.close(review["reviewer_id"], "Application", row.id, since=since, until=until)
