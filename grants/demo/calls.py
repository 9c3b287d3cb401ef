"""Three fiscal years and the calls in them, with quotas by category, by lot, or for the call as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from grants.demo.books import Books
from grants.demo.plan import FEW, Loaded, Round, base_year, closing, opening, rounds
from grants.demo.words import TOPICS, WITHDRAWN_REASON, project_title
from grants.models import Call, CallQuota, CallRule, FiscalYear, Lot
from grants.rules.eligibility.library import KINDS, defaults_for
from grants.states import Aside, CallNature, CallState, FiscalYearState, LedgerDeed
from kernel.clock import at
from kernel.demo import Stage

BUDGET = Decimal(12_000_000)
# What each year keeps back for evaluation, audits and the reserve.
SET_ASIDE = ((280_000, 200_000, 0), (240_000, 120_000, 60_000), (180_000, 90_000, 30_000))
ASIDE_NOTES = {Aside.EVALUATION: "第三方评估费", Aside.AUDIT: "专项审计费", Aside.RESERVE: "预备金"}
FEES = (
    (0, 430, Aside.EVALUATION, 180_000),
    (0, 285, Aside.AUDIT, 200_000),
    (0, 285, Aside.EVALUATION, 100_000),
    (1, 60, Aside.EVALUATION, 160_000),
)
ALLOTTED = frozenset(set(CallState) - {CallState.DRAFT, CallState.PROPOSED})
# Shares of a large call's money by category, in percent.
SHARES = (24, 20, 14, 14, 16, 12)


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year as it was written."""

    id: int
    year: int
    is_past: bool


def load_years(stage: Stage, books: Books) -> dict[int, Year]:
    """Write three years of twelve million yuan with what is set aside for evaluation and audits."""
    base = base_year(stage.as_of)
    ids = stage.ids(FiscalYear, 3)
    years = {base + place - 1: Year(ids[place], base + place - 1, is_past=place == 0) for place in range(3)}
    approved = {year: _approved_on(stage.as_of, year - base) for year in years}
    rows = [
        {
            "id": one.id,
            "year": one.year,
            "amount": BUDGET,
            "state": FiscalYearState.CLOSED if one.is_past else FiscalYearState.APPROVED,
            "proposed_by_id": stage.people["finance"],
            "approved_by_id": stage.people["funder"],
            "approved_at": at(approved[one.year], 10),
            "created_at": at(approved[one.year] - timedelta(days=20), 10),
        }
        for one in years.values()
    ]
    stage.load(FiscalYear, rows)
    for one, parts in zip(years.values(), SET_ASIDE, strict=True):
        day = approved[one.year]
        told: dict[str, Any] = {"year": one.id, "subject": ("FiscalYear", one.id)}
        books.post(LedgerDeed.BUDGET_APPROVED, amount=BUDGET, at=at(day, 10), by="funder", **told)
        for aside, fee in zip(Aside, parts, strict=True):
            if fee:
                books.post(
                    LedgerDeed.FEE_SET_ASIDE,
                    amount=Decimal(fee),
                    at=at(day, 15),
                    by="finance",
                    occasion=f"demo-{aside.value}",
                    note=ASIDE_NOTES[aside],
                    aside=aside,
                    **told,
                )
    _pay_fees(books, stage.as_of, list(years.values()))
    return years


def _approved_on(as_of: date, place: int) -> date:
    return as_of - timedelta(days={-1: 740, 0: 385, 1: 75}[place])


def _pay_fees(books: Books, as_of: date, years: list[Year]) -> None:
    for place, offset, aside, amount in FEES:
        day = as_of - timedelta(days=offset)
        books.post(
            LedgerDeed.FEE_PAID,
            year=years[place].id,
            amount=Decimal(amount),
            at=at(day, 11),
            by="finance",
            subject=("FiscalYear", years[place].id),
            occasion=f"demo-{offset}-{aside.value}",
            note="第三方机构服务费（示例）",
            aside=aside,
        )


def load_calls(stage: Stage, books: Books, years: dict[int, Year]) -> list[Loaded]:
    """Write all calls; the quotas of those whose awards are decided are set when the awards are known."""
    plans = rounds(stage.as_of)
    calls = [
        Loaded(plan, _row(stage, pk, plan, years[plan.year]))
        for pk, plan in zip(stage.ids(Call, len(plans)), plans, strict=True)
    ]
    origin = next(call.id for call in calls if call.plan.key == "finished")
    for call in calls:
        call.row["copied_from_id"] = origin if call.plan.key == "proposed" else None
    stage.load(Call, [call.row for call in calls])
    stage.load(CallRule, [rule for call in calls for rule in _rules(call)])
    for call in calls:
        _add_lots(stage, call)
    stage.load(Lot, [lot for call in calls for lot in call.lots])
    for call in calls:
        for key, amount in _shares(call):
            call.quotas[key] = {
                "id": 0,
                "call_id": call.id,
                "category_code": key if isinstance(key, str) else None,
                "lot_id": key if isinstance(key, int) else None,
                "amount": amount,
            }
    quotas = [quota for call in calls for quota in call.quotas.values()]
    for pk, quota in zip(stage.ids(CallQuota, len(quotas)), quotas, strict=True):
        quota["id"] = pk
    stage.load(CallQuota, quotas)
    for call in calls:
        _allot(books, call)
    return calls


def _rules(call: Loaded) -> Iterator[dict[str, Any]]:
    """Give what a call asks by its nature, in the order of the library."""
    chosen = defaults_for(call.plan.nature)
    for place, kind in enumerate(KINDS, 1):
        if kind.rule in chosen:
            yield {"call_id": call.id, "position": place, "rule": kind.rule, "parameters": chosen[kind.rule]}


def _allot(books: Books, call: Loaded) -> None:
    if call.plan.state not in ALLOTTED:
        return
    for quota in call.quotas.values():
        books.post(
            LedgerDeed.CALL_APPROVED,
            year=call.row["fiscal_year_id"],
            amount=quota["amount"],
            at=call.row["published_at"],
            by="director",
            subject=("Call", call.id),
            quota=quota["id"],
            occasion=f"quota-{quota['id']}",
        )


def _shares(call: Loaded) -> Iterator[tuple[str | int | None, Decimal]]:
    """Give the quotas of a call: one a lot, one a category, or one for the whole."""
    if call.lots:
        for lot in call.lots:
            yield lot["id"], lot["amount"]
    elif call.plan.by_category:
        for topic, share in zip(TOPICS[:FEW], SHARES, strict=True):
            yield topic.category, call.plan.money * share / 100
    else:
        yield None, call.plan.money


def _row(stage: Stage, pk: int, plan: Round, year: Year) -> dict[str, Any]:
    is_public = plan.state in ALLOTTED
    published = min(at(plan.opens_on - timedelta(days=3), 9), stage.moment(stage.as_of - timedelta(days=1)))
    return {
        "id": pk,
        "number": stage.number("ZJ", plan.year),
        "fiscal_year_id": year.id,
        "title": plan.title,
        "nature": plan.nature,
        "state": plan.state,
        "summary": f"面向在沪登记的女性社会组织，征集{plan.title}。每个机构可申报一个项目，内容须真实、可核查。",
        "opens_at": opening(plan),
        "closes_at": closing(plan),
        "service_from": plan.service_from,
        "service_to": plan.service_to,
        "notice_days": 7 if plan.nature is CallNature.PROCUREMENT else 5,
        "has_lots": plan.lots > 0,
        "cap_per_project": plan.cap,
        "cap_first_time": plan.cap_first_time,
        "published_at": published if is_public else None,
        "withdrawn_reason": WITHDRAWN_REASON if plan.state is CallState.WITHDRAWN else None,
        "proposed_by_id": None if plan.state is CallState.DRAFT else stage.people["officer"],
        "approved_by_id": stage.people["director"] if is_public else None,
        "created_at": published - timedelta(days=6),
    }


def _add_lots(stage: Stage, call: Loaded) -> None:
    for place, pk in enumerate(stage.ids(Lot, call.plan.lots) if call.plan.lots else (), 1):
        topic = TOPICS[place % len(TOPICS)]
        call.lots.append(
            {
                "id": pk,
                "call_id": call.id,
                "position": place,
                "title": f"项目包{place}：{project_title(topic, place + 3).partition('——')[2]}",
                "amount": Decimal(call.plan.money / call.plan.lots),
                "category_code": topic.category,
            }
        )
