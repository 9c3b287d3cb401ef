"""The applications of all calls: the form with budget, plan and team, and the official scores of those reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from grants.demo import words
from grants.demo.applying import Applicants, Wish, spread, wishes_of
from grants.demo.forms import Published, begun_on
from grants.demo.judging import judge
from grants.demo.likeness import copy_some_texts
from grants.demo.plan import Loaded
from grants.models import Application, ApplicationMilestone, BudgetLine, TeamMember
from grants.states import ApplicationState as A, CallState, MoneySource, ProjectState as P
from kernel.calendar import add_working_days
from kernel.clock import day_of
from kernel.demo import Stage
from kernel.money import ZERO, yuan
from orgs.models import Organization
from orgs.reference import districts

# How long before the programme's day the service of a project ended that has gone further than its call.
ENDED = {P.CLOSING: 6, P.FINAL: 24, P.AUDIT: 45, P.CLOSED: 75}
LONGEST = timedelta(days=350)
HALF_FILLED = ("plan", "risk", "target_proof", "innovation")
OWN_SHARE = 0.2


def load_applications(stage: Stage, calls: list[Loaded], forms: Mapping[int, Published]) -> list[Wish]:
    """Write the applications of all calls with their parts; gives them in the order of their calls.

    `forms` holds for each call the version of its own questions that is the newest.
    """
    applicants, written = Applicants(stage), list[Wish]()
    home = _districts_of(stage)
    for call in calls:
        wishes = wishes_of(stage, call)
        if not wishes:
            continue
        applicants.deal(wishes)
        dice = stage.draw(f"applications-{call.plan.key}")
        for place, (pk, wish) in enumerate(zip(stage.ids(Application, len(wishes)), wishes, strict=True)):
            _write(stage, dice, wish, pk, place, home[wish.organization_id])
        judge(stage, call, wishes)
        applicants.remember(wishes)
        written += wishes
    copy_some_texts(stage, written)
    stage.load(Application, [wish.row | {"form_version_id": begun_on(wish, forms).id} for wish in written])
    stage.load(BudgetLine, [line for wish in written for line in wish.lines])
    stage.load(ApplicationMilestone, [one for wish in written for one in wish.milestones])
    stage.load(TeamMember, [one for wish in written for one in _team(stage, wish)])
    return written


def _districts_of(stage: Stage) -> dict[int, str]:
    organization = Organization.__table__.c
    wanted = select(organization.id, organization.district_code)
    return {row.id: row.district_code for row in stage.session.execute(wanted)}


def _write(stage: Stage, dice: Random, wish: Wish, pk: int, place: int, district: str) -> None:
    call, plan = wish.call, wish.call.plan
    lot = call.lots[place % len(call.lots)] if call.lots else None
    topic = _topic(call, lot, place)
    serial = pk * 3 + place
    quota = call.quotas[lot["id"] if lot else topic.category if plan.by_category else None]
    starts_on, ends_on = _period(stage.as_of, dice, wish)
    people, sessions = dice.randint(6, 36) * 10, dice.randint(8, 20)
    wish.lines = _budget(dice, pk, wish, most=lot["amount"] if lot else None)
    sums = {
        source: sum((line["amount"] for line in wish.lines if line["source"] is source), ZERO) for source in MoneySource
    }
    wish.row = {
        "id": pk,
        "number": stage.number("SB", plan.year),
        "call_id": call.id,
        "quota_id": quota["id"],
        "organization_id": wish.organization_id,
        "state": wish.state,
        "title": _title(stage, wish, topic, lot),
        "category_code": topic.category,
        "lot_id": lot["id"] if lot else None,
        "district_code": district,
        "starts_on": starts_on,
        "ends_on": ends_on,
        **words.texts_of(topic, districts()[district], people, sessions, serial),
        "requested": sums[MoneySource.FISCAL],
        "own_funds": sums[MoneySource.OWN],
        "donated_funds": sums[MoneySource.DONATED],
        "people": people,
        "person_times": round(people * dice.uniform(2, 4.5)),
        "sessions": sessions,
        **_handed_in(stage, dice, wish),
    }
    wish.milestones = _milestones(pk, wish.organization_id, starts_on, ends_on)
    if wish.state is A.DRAFT:
        _leave_half_filled(dice, wish)


def _title(stage: Stage, wish: Wish, topic: words.Topic, lot: dict[str, Any] | None) -> str:
    if wish.owner == 0 and wish.call.plan.key == "delivery":
        return words.OWN_TITLE
    title = words.project_title(topic, stage.serial(f"title-{topic.category}"))
    return title if lot is None else f"{title.partition('——')[0]}——{lot['title'].partition('：')[2]}"


def _topic(call: Loaded, lot: dict[str, Any] | None, place: int) -> words.Topic:
    if lot is not None:
        return next(topic for topic in words.TOPICS if topic.category == lot["category_code"])
    if call.plan.by_category:
        categories = [str(key) for key in call.quotas]
        shares = [call.quotas[key]["amount"] for key in categories]
        # Dealt out in proportion to the quotas, evenly over the places.
        point, total = (place * Decimal("0.618034")) % 1, sum(shares)
        for category, share in zip(categories, shares, strict=True):
            point -= share / total
            if point < 0:
                return next(topic for topic in words.TOPICS if topic.category == category)
    topics = [topic for topic in words.TOPICS if topic.category in call.plan.topics] or words.TOPICS
    return topics[place % len(topics)]


def _period(as_of: date, dice: Random, wish: Wish) -> tuple[date, date]:
    plan, story = wish.call.plan, wish.story
    starts_on = plan.service_from + timedelta(days=dice.randint(0, 8))
    if story is not None and story.ends_early and story.state is not None:
        return starts_on, as_of - timedelta(days=ENDED[story.state] + dice.randint(0, 5))
    if plan.key == "delivery" and story is not None:
        begun, left = story.window
        starts_on = max(plan.service_from, as_of - timedelta(days=begun - dice.randint(0, 12)))
        return starts_on, min(plan.service_to, as_of + timedelta(days=left + dice.randint(-9, 9)))
    return starts_on, min(plan.service_to, starts_on + LONGEST) - timedelta(days=dice.randint(0, 20))


def _budget(dice: Random, pk: int, wish: Wish, *, most: Decimal | None) -> list[dict[str, Any]]:
    """Give lines whose price times quantity is their amount, and whose fiscal sum stays within the call's caps."""
    plan = wish.call.plan
    cap = int(plan.cap_first_time if wish.projects_before == 0 else plan.cap)
    cap = min(cap, int(most)) if most else cap
    total = dice.randrange(cap * 45 // 100, cap, 500)
    lines = []
    shares = [share * (1 if head == "management" else dice.uniform(0.8, 1.2)) for head, share, *_ in words.HEADS]
    whole = sum(shares)
    for place, ((head, _, content, unit, quantities), share) in enumerate(zip(words.HEADS, shares, strict=True), 1):
        quantity = dice.choice(quantities)
        price = max(1, int(total * share / whole / quantity))
        lines.append(_line(pk, wish, place, MoneySource.FISCAL, head, content, price, quantity, unit))
    if dice.random() < OWN_SHARE:
        source = dice.choice((MoneySource.OWN, MoneySource.DONATED))
        place = len(lines) + 1
        lines.append(
            _line(pk, wish, place, source, "activities", "配套活动经费", total // 100, dice.randint(5, 12), "场")
        )
    return lines


def _line(
    pk: int, wish: Wish, place: int, source: MoneySource, head: str, content: str, price: int, quantity: int, unit: str
) -> dict[str, Any]:
    return {
        "application_id": pk,
        "organization_id": wish.organization_id,
        "position": place,
        "source": source,
        "head": head,
        "content": content,
        "price": yuan(price),
        "quantity": Decimal(quantity),
        "unit": unit,
        "amount": yuan(price * quantity),
    }


def _handed_in(stage: Stage, dice: Random, wish: Wish) -> dict[str, Any]:
    """Give when the application was begun and handed in, and what came of its qualification check."""
    plan, state = wish.call.plan, wish.state
    last_day = min(plan.closes_on, stage.as_of - timedelta(days=1))
    begun = stage.moment(
        spread(dice, plan.opens_on, last_day - timedelta(days=3)), dice.randint(9, 16), dice.randint(0, 59)
    )
    submitted = stage.moment(spread(dice, day_of(begun), last_day), dice.randint(9, 16), dice.randint(0, 59))
    is_in = state is not A.DRAFT and wish.call.plan.state is not CallState.WITHDRAWN
    returned = {A.RETURNED: words.RETURN_REASON, A.UNQUALIFIED: words.UNQUALIFIED_REASON}.get(state)
    return {
        "declared": is_in,
        "version_number": 1 if is_in else 0,
        "saved_at": submitted if is_in else begun,
        "created_at": begun,
        "created_by_id": wish.submitted_by,
        "submitted_at": max(begun, submitted) if is_in else None,
        "submitted_by_id": wish.submitted_by if is_in else None,
        "submission_key": UUID(int=dice.getrandbits(128), version=4) if is_in else None,
        "return_reason": returned,
        "return_due_on": add_working_days(stage.as_of, dice.randint(1, 4)) if state is A.RETURNED else None,
        "score": None,
        "score_spread": None,
        "rank": None,
        "awarded": None,
    }


def _milestones(pk: int, organization_id: int, starts_on: date, ends_on: date) -> list[dict[str, Any]]:
    step = (ends_on - starts_on) / len(words.MILESTONES)
    return [
        {
            "application_id": pk,
            "organization_id": organization_id,
            "position": place,
            "title": title,
            "starts_on": starts_on + step * (place - 1) + timedelta(days=int(place > 1)),
            "ends_on": starts_on + step * place,
        }
        for place, title in enumerate(words.MILESTONES, 1)
    ]


def _team(stage: Stage, wish: Wish) -> list[dict[str, Any]]:
    dice = stage.draw(f"team-{wish.id}")
    if wish.state is A.DRAFT:
        return []
    return [
        {
            "application_id": wish.id,
            "organization_id": wish.organization_id,
            "position": place,
            "name": dice.choice("陈王李张吴徐周朱沈陆") + dice.choice(("老师", "社工", "督导", "女士")),
            "role": role,
            "qualification": qualification,
            "has_licence": "社会工作" in qualification,
        }
        for place, (role, qualification) in enumerate(words.TEAM[: dice.randint(3, len(words.TEAM))], 1)
    ]


def _leave_half_filled(dice: Random, wish: Wish) -> None:
    """Let a draft look like one: some texts are not written yet, the budget is not complete."""
    for name in HALF_FILLED[: dice.randint(1, len(HALF_FILLED))]:
        wish.row[name] = ""
    wish.lines = wish.lines[: dice.randint(0, 6)]
    if dice.random() < 0.5:  # noqa: PLR2004
        wish.milestones, wish.row["sessions"] = [], 0
