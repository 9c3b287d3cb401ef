"""Award lists at every desk, public notices past and running, and objections to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from grants.demo import words
from grants.demo.applying import Wish
from grants.demo.books import Books
from grants.demo.plan import Loaded
from grants.models import Application, Award, AwardList, Category, NoticeEntry, Objection, PublicNotice
from grants.states import (
    ApplicationState as A,
    AwardDecision,
    AwardListState as S,
    LedgerDeed,
    ObjectionState,
)
from kernel.calendar import add_working_days
from kernel.clock import at
from kernel.demo import Stage
from kernel.money import ZERO
from orgs.models import Organization

DECISIONS = {A.WAITLISTED: AwardDecision.WAIT, A.DECLINED: AwardDecision.DECLINE}
NOTICE_DAYS = 5
PASS_MARK = 60
BATCHES = (S.APPROVED, S.PROPOSED, None)


def load_awards(stage: Stage, books: Books, wishes: Sequence[Wish]) -> None:
    """Write the lists of every call that was judged, with the money that they moved and their notices."""
    judged: dict[int, list[Wish]] = {}
    for wish in wishes:
        if wish.row["score"] is not None:
            judged.setdefault(wish.call.id, []).append(wish)
    for own in judged.values():
        _write_lists(stage, books, own[0].call, sorted(own, key=lambda wish: wish.row["rank"]))
    _write_notices(stage, wishes)


def _write_lists(stage: Stage, books: Books, call: Loaded, ranked: list[Wish]) -> None:
    if call.plan.key != "judged":
        _write_list(stage, books, call, ranked, S.CONFIRMED)
        return
    for place, state in enumerate(BATCHES):
        if state is not None:
            _write_list(stage, books, call, ranked[place :: len(BATCHES)], state)


def decided_on(stage: Stage, call: Loaded) -> date:
    """Give the day on which the director decided on a call's list."""
    if call.plan.key in {"noticed", "judged"}:
        return stage.as_of - timedelta(days=7 if call.plan.key == "noticed" else 5)
    return call.plan.closes_on + timedelta(days=24)


def _write_list(stage: Stage, books: Books, call: Loaded, ranked: list[Wish], state: S) -> None:
    day, people = decided_on(stage, call), stage.people
    is_approved = state in {S.APPROVED, S.CONFIRMED}
    list_id = stage.ids(AwardList, 1)[0]
    row = {
        "id": list_id,
        "number": stage.number("LX", call.plan.year),
        "call_id": call.id,
        "state": state,
        "note": "按评审得分从高到低排列；同分者依规则区分。",
        "proposed_by_id": people["officer"],
        "approved_by_id": people["director"] if is_approved else None,
        "approved_at": at(day, 14) if is_approved else None,
        "confirmed_by_id": people["funder"] if state is S.CONFIRMED else None,
        "confirmed_at": at(day + timedelta(days=3), 10) if state is S.CONFIRMED else None,
        "created_at": at(day - timedelta(days=2), 9),
    }
    stage.load(AwardList, [row])
    left = {quota["id"]: quota["amount"] for quota in call.quotas.values()}
    for place, (pk, wish) in enumerate(zip(stage.ids(Award, len(ranked)), ranked, strict=True), 1):
        wish.award = _award(pk, list_id, place, wish, left, state)
    stage.load(Award, [wish.award for wish in ranked])
    if is_approved:
        _move(books, call, ranked, day)
    if call.plan.key == "judged" and is_approved:
        _tell_applications(stage, ranked)


def _award(pk: int, list_id: int, place: int, wish: Wish, left: dict[int, Decimal], state: S) -> dict[str, Any]:
    quota, amount = wish.row["quota_id"], wish.row["requested"]
    decision = AwardDecision.AWARD if wish.is_awarded else DECISIONS.get(wish.state, AwardDecision.AWARD)
    if wish.state is A.REVIEWING:
        decision = _proposed(wish, amount, left[quota] / len(BATCHES))
    if decision is AwardDecision.AWARD:
        left[quota] -= amount if state is S.CONFIRMED else amount * len(BATCHES)
    return {
        "id": pk,
        "award_list_id": list_id,
        "application_id": wish.id,
        "organization_id": wish.organization_id,
        "quota_id": quota,
        "decision": decision,
        "amount": amount if decision is AwardDecision.AWARD else ZERO,
        "rank": place,
        "score": wish.row["score"],
        "is_cancelled": wish.story is not None and wish.story.contract.value == "cancelled",
    }


def _proposed(wish: Wish, amount: Decimal, left: Decimal) -> AwardDecision:
    if wish.row["score"] < PASS_MARK:
        return AwardDecision.DECLINE
    return AwardDecision.AWARD if amount <= left else AwardDecision.WAIT


def _move(books: Books, call: Loaded, ranked: list[Wish], day: date) -> None:
    for wish in ranked:
        if wish.award["decision"] is AwardDecision.AWARD:
            books.post(
                LedgerDeed.AWARD_APPROVED,
                year=call.row["fiscal_year_id"],
                amount=wish.award["amount"],
                at=at(day, 14),
                by="director",
                subject=("Award", wish.award["id"]),
                quota=wish.award["quota_id"],
                award=wish.award["id"],
                occasion="round-2",
            )


def _tell_applications(stage: Stage, ranked: list[Wish]) -> None:
    """Show on the applications of an approved list what it decided; their rows are written already."""
    states = {
        AwardDecision.AWARD: A.RECOMMENDED,
        AwardDecision.WAIT: A.WAITLISTED,
        AwardDecision.DECLINE: A.DECLINED,
    }
    shown: Any = Application.__table__
    for wish in ranked:
        wish.state = states[wish.award["decision"]]
        stage.session.execute(shown.update().where(shown.c.id == wish.id).values(state=wish.state))


def _write_notices(stage: Stage, wishes: Sequence[Wish]) -> None:
    organization = Organization.__table__.c
    wanted = select(organization.id, organization.name, organization.credit_code)
    named = {row.id: row for row in stage.session.execute(wanted)}
    category = Category.__table__.c
    categories = {row.code: row.name for row in stage.session.execute(select(category.code, category.name))}
    calls = {wish.call.id: wish.call for wish in wishes if wish.award and wish.call.plan.key != "judged"}
    for call in calls.values():
        shown = [wish for wish in wishes if wish.call is call and wish.award and wish.is_awarded]
        notice = _notice(stage, call, shown)
        stage.load(PublicNotice, [notice])
        codes = list(dict.fromkeys(wish.row["category_code"] for wish in shown))
        entries = [
            {
                "notice_id": notice["id"],
                "application_id": wish.id,
                "organization_id": wish.organization_id,
                "position": place,
                "application_number": wish.row["number"],
                "title": wish.row["title"],
                "organization_name": named[wish.organization_id].name,
                "credit_code": named[wish.organization_id].credit_code,
                "category": categories[wish.row["category_code"]],
                "amount": wish.award["amount"],
            }
            for place, wish in enumerate(sorted(shown, key=lambda one: codes.index(one.row["category_code"])), 1)
        ]
        stage.load(NoticeEntry, entries)
        stage.load(Objection, _objections(stage, notice, shown))


def notice_days(stage: Stage, call: Loaded) -> tuple[date, date]:
    """Give the first and the last day of a call's public notice."""
    if call.plan.key == "noticed":
        starts_on = stage.as_of - timedelta(days=2)
    else:
        starts_on = decided_on(stage, call) + timedelta(days=5)
    return starts_on, add_working_days(starts_on, NOTICE_DAYS)


def _notice(stage: Stage, call: Loaded, shown: list[Wish]) -> dict[str, Any]:
    starts_on, ends_on = notice_days(stage, call)
    return {
        "id": stage.ids(PublicNotice, 1)[0],
        "number": stage.number("GS", call.plan.year),
        "call_id": call.id,
        "award_list_id": shown[0].award["award_list_id"],
        "title": f"拟立项公示：{call.plan.title}",
        "starts_on": starts_on,
        "ends_on": ends_on,
        "published_by_id": stage.people["officer"],
        "closed_at": None if call.plan.key == "noticed" else at(ends_on + timedelta(days=1), 9),
        "created_at": at(starts_on, 9),
    }


def _objections(stage: Stage, notice: dict[str, Any], shown: list[Wish]) -> list[dict[str, Any]]:
    """Give an open objection to a running notice, and one that was answered long ago to a past one."""
    objected = next((wish for wish in shown if wish.state is A.OBJECTED), None)
    wish = objected or shown[-1]
    raised = notice["starts_on"] + timedelta(days=1)
    is_open = notice["closed_at"] is None
    if is_open is (objected is None):
        return []
    other = next(one.organization_id for one in shown if one.organization_id != wish.organization_id)
    return [
        {
            "notice_id": notice["id"],
            "application_id": wish.id,
            "organization_id": other,
            "state": ObjectionState.RECEIVED if is_open else ObjectionState.REJECTED,
            "reason": words.OBJECTION_REASON,
            "answer_due_on": raised + timedelta(days=5),
            "answer": None if is_open else "经核查，两个项目的服务对象和时段不同，不构成重复资助。",
            "answered_by_id": None if is_open else stage.people["director"],
            "raised_by_id": None,
            "created_at": at(raised, 11),
        }
    ]
