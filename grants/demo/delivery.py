"""What a project has delivered by now: milestones, activities, reports and expenses, with sums that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from grants.demo import words
from grants.demo.applying import Wish, spread
from grants.demo.stories import Story
from grants.states import (
    ActivityState,
    ContractState,
    ExpenseState,
    InstalmentState,
    InvoiceKind,
    MilestoneState,
    MoneySource,
    ProjectState as P,
    ReportKind,
    ReportState,
)
from kernel.clock import at
from kernel.demo import Stage
from kernel.money import CENT, ZERO, sum_of, yuan

NOT_BEGUN = frozenset({P.SIGNING, P.READY})
ENDED = frozenset({P.CLOSING, P.FINAL, P.AUDIT, P.CLOSED, P.ARCHIVED})
KINDS = (
    InvoiceKind.DIGITAL_INVOICE,
    InvoiceKind.DIGITAL_INVOICE,
    InvoiceKind.PAPER_INVOICE,
    InvoiceKind.FISCAL_RECEIPT,
)
WAITING = (ExpenseState.SUBMITTED, ExpenseState.SUBMITTED, ExpenseState.DRAFT, ExpenseState.REJECTED)


@dataclass
class Delivered:
    """The rows of one project's delivery, and their sums."""

    milestones: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    expenses: list[dict[str, Any]] = field(default_factory=list)
    reached: dict[str, int] = field(
        default_factory=lambda: {"people_reached": 0, "person_times_reached": 0, "sessions_reached": 0}
    )
    spend: Decimal = ZERO


def deliver(stage: Stage, dice: Random, wish: Wish, project_id: int, days: dict[str, date]) -> Delivered:
    """Give what a project has delivered up to the programme's day."""
    story, told = wish.story, Delivered()
    assert story is not None
    ids = {"project_id": project_id, "organization_id": wish.organization_id}
    last = min(wish.row["ends_on"], stage.as_of - timedelta(days=1))
    told.milestones = _milestones(wish, story, ids, last)
    if story.state in NOT_BEGUN or story.contract is not ContractState.SIGNED:
        return told
    if story.state is P.TERMINATED:
        last = min(last, days["first"] + timedelta(days=95))
    told.activities = _activities(stage, dice, wish, story, ids, last)
    counted = [row for row in told.activities if row["state"] in {ActivityState.RECORDED, ActivityState.ACCEPTED}]
    told.reached = {
        "people_reached": sum(row["new_people"] for row in counted),
        "person_times_reached": sum(row["person_times"] for row in counted),
        "sessions_reached": len(counted),
    }
    told.reports = _reports(stage, wish, story, ids, days)
    told.expenses = _expenses(stage, dice, wish, story, ids, last)
    told.spend = sum_of(row["amount"] for row in told.expenses if row["state"] is ExpenseState.ACCEPTED)
    return told


def _milestones(wish: Wish, story: Story, ids: dict[str, int], last: date) -> list[dict[str, Any]]:
    reached = 0 if story.state in NOT_BEGUN else round(min(story.progress, 1) * len(wish.milestones))
    if story.state in ENDED:
        reached = len(wish.milestones)
    rows = []
    for place, told in enumerate(wish.milestones, 1):
        is_reached = place <= reached and told["starts_on"] <= last
        rows.append(
            {
                **ids,
                "position": place,
                "title": told["title"],
                "starts_on": told["starts_on"],
                "ends_on": told["ends_on"],
                "state": MilestoneState.REACHED if is_reached else MilestoneState.PLANNED,
                "reached_on": min(told["ends_on"], last) if is_reached else None,
            }
        )
    return rows


def _activities(
    stage: Stage, dice: Random, wish: Wish, story: Story, ids: dict[str, int], last: date
) -> list[dict[str, Any]]:
    """Give activities whose new people and person-times add up to what the story has reached."""
    count = max(1, round(wish.row["sessions"] * story.progress))
    weights = [dice.uniform(0.7, 1.3) for _ in range(count)]
    new = _dealt(round(wish.row["people"] * story.progress), weights)
    times = _dealt(round(wish.row["person_times"] * story.progress), weights)
    starts_on = wish.row["starts_on"]
    held = sorted(spread(dice, starts_on, last) for _ in range(count))
    is_over = story.state in ENDED
    if story.state is P.RUNNING:
        held[-1] = max(held[-1], last - timedelta(days=dice.randint(1, 6)))
    rows = []
    for place, (day, fresh, person_times) in enumerate(zip(held, new, times, strict=True)):
        person_times = max(fresh, person_times)  # noqa: PLW2901  (rounding must not make people more than times)
        is_late = place >= count - 2 and not is_over
        row = {
            **ids,
            "theme": f"{dice.choice(words.ACTIVITY_THEMES)}（第{place + 1}场）",
            "held_on": day,
            "place": dice.choice(words.PLACES),
            "service_type": dice.choice(words.ACTIVITY_KINDS),
            "people": dice.randint(fresh, person_times),
            "new_people": fresh,
            "person_times": person_times,
            "hours": Decimal(dice.choice(("1.5", "2.0", "2.5", "3.0"))),
            "reflection": dice.choice(words.REFLECTIONS),
            "state": ActivityState.RECORDED if is_late else ActivityState.ACCEPTED,
            "recorded_by_id": stage.people["orgmember"] if wish.owner == 0 else None,
            "return_reason": None,
            "created_at": at(min(day + timedelta(days=dice.randint(1, 6)), stage.as_of - timedelta(days=1)), 17),
        }
        rows.append(row)
    if not is_over and dice.random() < 0.4:  # noqa: PLR2004
        rows.append(rows[-1] | {"state": ActivityState.RETURNED, "return_reason": "请补充签到留存和服务类型。"})
    return rows


def _dealt(total: int, weights: Sequence[float]) -> list[int]:
    """Deal out a whole number by weights; the parts sum to it."""
    whole, parts, given, seen = sum(weights), list[int](), 0, 0.0
    for weight in weights:
        seen += weight
        upto = round(total * seen / whole)
        parts.append(upto - given)
        given = upto
    return parts


def _reports(
    stage: Stage, wish: Wish, story: Story, ids: dict[str, int], days: dict[str, date]
) -> list[dict[str, Any]]:
    asked: list[tuple[ReportKind, ReportState, date]] = []
    quarter = wish.row["starts_on"] + timedelta(days=75)
    if quarter < stage.as_of:
        asked.append((ReportKind.PROGRESS, ReportState.ACCEPTED, quarter))
    if story.midterm:
        asked.append((ReportKind.MIDTERM, ReportState.ACCEPTED, days["midterm"] - timedelta(days=10)))
    elif story.state is P.RUNNING:
        state = (ReportState.SUBMITTED, ReportState.DRAFT, ReportState.RETURNED)[ids["project_id"] % 3]
        asked.append((ReportKind.MIDTERM, state, stage.as_of - timedelta(days=4)))
    if story.state is P.CLOSING:
        state = (ReportState.SUBMITTED, ReportState.DRAFT)[ids["project_id"] % 2]
        asked.append((ReportKind.FINAL, state, stage.as_of - timedelta(days=2)))
    elif story.state in ENDED:
        asked.append((ReportKind.FINAL, ReportState.ACCEPTED, wish.row["ends_on"] + timedelta(days=8)))
    if wish.owner == 0 and story.state is P.RUNNING:
        asked.append((ReportKind.PROGRESS, ReportState.DRAFT, stage.as_of - timedelta(days=3)))
    return [_report(stage, wish, ids, kind, state, day) for kind, state, day in asked]


def _report(
    stage: Stage, wish: Wish, ids: dict[str, int], kind: ReportKind, state: ReportState, day: date
) -> dict[str, Any]:
    is_in = state is not ReportState.DRAFT
    return {
        **ids,
        "kind": kind,
        "state": state,
        "progress": "按计划推进，已完成对象招募与前期服务；各场次记录和签到齐全。",
        "results": "参与者反馈积极，亲子沟通、求助意愿等指标较服务前有明显改善。" if is_in else "",
        "problems": "部分场次与学校活动时间冲突，已调整至周末。",
        "next_steps": "加强入户跟进，准备阶段总结。",
        "submitted_at": stage.moment(day, 15) if is_in else None,
        "submitted_by_id": stage.people["orgmember"] if is_in and wish.owner == 0 else None,
        "return_reason": "请补充服务对象反馈的数据。" if state is ReportState.RETURNED else None,
        "created_at": stage.moment(day - timedelta(days=2)),
    }


def _expenses(
    stage: Stage, dice: Random, wish: Wish, story: Story, ids: dict[str, int], last: date
) -> list[dict[str, Any]]:
    """Give accepted expenses up to the story's spending, head by head within the budget, and some that still wait."""
    is_over = story.state in ENDED
    share = story.spend if is_over else min(story.spend, story.progress * 0.92, _received(story) * 0.95)
    rows = []
    for line in wish.lines:
        if line["source"] is not MoneySource.FISCAL:
            continue
        rate = share if is_over else share * dice.uniform(0.8, 1.2)
        spent = min(line["amount"], yuan(line["amount"] * Decimal(str(round(rate, 4)))))
        rows += [_expense(stage, dice, wish, ids, line, amount, last) for amount in _pieces(dice, spent)]
    if not is_over:
        line = wish.lines[dice.randrange(3)]
        for state in dice.sample(WAITING, k=2):
            row = _expense(stage, dice, wish, ids, line, yuan(dice.randint(80, 900)), last)
            rows.append(row | {"state": state, "reject_reason": None, "decided_by_id": None})
            if state is ExpenseState.REJECTED:
                rows[-1] |= {"reject_reason": words.REJECT_REASON, "decided_by_id": stage.people["officer"]}
    return rows


def _received(story: Story) -> float:
    """Give the share of the award that has been paid."""
    parts = zip(story.parts, (0.5, 0.3, 0.2), strict=True)
    return sum(share for state, share in parts if state is InstalmentState.PAID)


def _pieces(dice: Random, amount: Decimal) -> list[Decimal]:
    """Split an amount into one to three parts above zero."""
    count = min(dice.randint(1, 3), int(amount / CENT))
    pieces, left = list[Decimal](), amount
    for more in range(count - 1, 0, -1):
        piece = max(CENT, yuan(left * Decimal(str(round(dice.uniform(0.2, 0.6), 3))))) if more else left
        pieces.append(piece)
        left -= piece
    return [*pieces, left] if left > ZERO else pieces


def _expense(
    stage: Stage, dice: Random, wish: Wish, ids: dict[str, int], line: dict[str, Any], amount: Decimal, last: date
) -> dict[str, Any]:
    kind = dice.choice(KINDS)
    day = spread(dice, wish.row["starts_on"], last)
    return {
        **ids,
        "spent_on": day,
        "payee": dice.choice(words.PAYEES),
        "head": line["head"],
        "content": line["content"],
        "amount": amount,
        "invoice_kind": kind,
        "invoice_key": _invoice_key(stage, kind),
        "state": ExpenseState.ACCEPTED,
        "entered_by_id": stage.people["orgfinance"] if wish.owner == 0 else None,
        "decided_by_id": stage.people["officer"],
        "reject_reason": None,
        "created_at": at(min(day + timedelta(days=9), stage.as_of - timedelta(days=1)), 14),
    }


def _invoice_key(stage: Stage, kind: InvoiceKind) -> str:
    """Give a key that begins with nines, as no real invoice does, and counts up."""
    length = 18 if kind is InvoiceKind.FISCAL_RECEIPT else 20
    return "99" + str(stage.serial("invoice")).zfill(length - 2)
