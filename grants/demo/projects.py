"""Projects with contract and instalments, each as far as its story goes; the money of every part adds up to the fen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from grants.demo import words
from grants.demo.applying import Wish
from grants.demo.awards import notice_days
from grants.demo.books import Books
from grants.demo.delivery import Delivered, deliver
from grants.demo.scores import Scores, scores_for
from grants.demo.stories import Story
from grants.models import Activity, Contract, Expense, Instalment, Milestone, Project, Report
from grants.settlement import instalments, last_payment
from grants.states import (
    ContractState as C,
    InstalmentKind,
    InstalmentState as I,
    LedgerDeed,
    ProjectState as P,
)
from kernel.clock import at
from kernel.demo import Stage
from kernel.money import ZERO, sum_of

PERCENTS = (Decimal(50), Decimal(30), Decimal(20))
KINDS = (InstalmentKind.FIRST, InstalmentKind.MIDDLE, InstalmentKind.FINAL)
SETTLED = frozenset({P.CLOSED, P.ARCHIVED})
REQUESTED = (I.REQUESTED, I.CHECKED, I.REVIEWED, I.APPROVED, I.PAID)


@dataclass
class Run:
    """One project on its way into the tables, and the days of what happened to it."""

    wish: Wish
    story: Story
    days: dict[str, date]
    scores: Scores
    row: dict[str, Any] = field(default_factory=dict)
    contract: dict[str, Any] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    delivered: Delivered = field(default_factory=Delivered)

    @property
    def id(self) -> int:
        return int(self.row["id"])


def load_projects(stage: Stage, books: Books, wishes: Sequence[Wish]) -> list[Run]:
    """Write every project with contract, instalments and what was delivered."""
    awarded = [wish for wish in wishes if wish.story is not None and wish.story.state is not None]
    dice, runs = stage.draw("projects"), list[Run]()
    ids = zip(
        awarded, stage.ids(Project, len(awarded)), stage.ids(Contract, len(awarded)),
        stage.ids(Instalment, len(awarded) * 3)[::3], strict=True,
    )  # fmt: skip
    for wish, pk, contract_id, part_id in ids:
        assert wish.story is not None
        run = Run(wish, wish.story, days_of(stage, dice, wish), scores_for(dice, wish.story))
        run.row = _project(stage, run, pk)
        run.contract = _contract(stage, run, contract_id)
        run.delivered = deliver(stage, dice, wish, pk, run.days)
        run.row.update(run.delivered.reached, approved_spend=run.delivered.spend)
        run.parts = _parts(stage, dice, run, part_id)
        _post(books, run)
        runs.append(run)
    stage.load(Project, [run.row for run in runs])
    stage.load(Contract, [run.contract for run in runs])
    stage.load(Instalment, [part for run in runs for part in run.parts])
    for model, name in (
        (Milestone, "milestones"),
        (Activity, "activities"),
        (Report, "reports"),
        (Expense, "expenses"),
    ):
        stage.load(model, [row for run in runs for row in getattr(run.delivered, name)])
    return runs


def days_of(stage: Stage, dice: Random, wish: Wish) -> dict[str, date]:
    """Give the days on which things happened to a project, or would have; none of those that happened lies ahead."""
    awarded = notice_days(stage, wish.call)[1] + timedelta(days=1)
    starts_on, ends_on = wish.row["starts_on"], wish.row["ends_on"]
    yesterday = stage.as_of - timedelta(days=1)
    signed = max(awarded + timedelta(days=9 + dice.randint(0, 6)), starts_on - timedelta(days=24))
    signed = min(signed, yesterday - timedelta(days=3))
    first = min(signed + timedelta(days=dice.randint(8, 18)), yesterday)
    midterm = min(
        starts_on + (ends_on - starts_on) / 2 + timedelta(days=dice.randint(0, 9)), stage.as_of - timedelta(days=26)
    )
    graded = ends_on + timedelta(days=17 + dice.randint(0, 3))
    audited = graded + timedelta(days=10)
    return {
        "awarded": awarded,
        "offered": awarded + timedelta(days=2),
        "confirmed": awarded + timedelta(days=5),
        "signed": signed,
        "first": first,
        "midterm": midterm,
        "middle": min(midterm + timedelta(days=12 + dice.randint(0, 6)), yesterday),
        "graded": graded,
        "audited": audited,
        "final": audited + timedelta(days=9),
        "refunded": audited + timedelta(days=14),
        "closed": audited + timedelta(days=18 + dice.randint(0, 4)),
    }


def _project(stage: Stage, run: Run, pk: int) -> dict[str, Any]:
    row, story, days = run.wish.row, run.story, run.days
    return {
        "id": pk,
        "number": stage.number("XM", run.wish.call.plan.year),
        "fiscal_year_id": run.wish.call.row["fiscal_year_id"],
        "call_id": run.wish.call.id,
        "application_id": run.wish.id,
        "award_id": run.wish.award["id"],
        "organization_id": run.wish.organization_id,
        "state": story.state,
        **{name: row[name] for name in ("title", "category_code", "district_code", "starts_on", "ends_on")},
        "award": run.wish.award["amount"],
        "people_target": row["people"],
        "person_times_target": row["person_times"],
        "sessions_target": row["sessions"],
        "penalties": Decimal(story.penalties),
        "midterm_score": run.scores.midterm,
        "final_score": run.scores.final,
        "composite": run.scores.composite,
        "grade": story.grade,
        "audited_on": days["audited"] if story.audited else None,
        "closed_on": days["closed"] if story.state in SETTLED else None,
        "rectify_reason": words.RECTIFY_REASON if story.state is P.RECTIFYING else None,
        "rectify_due_on": stage.as_of + timedelta(days=6) if story.state is P.RECTIFYING else None,
        "stop_reason": _stop_reason(story),
        "refund_due": ZERO,
        "refunded_on": None,
        "refund_reference": None,
        "created_at": at(days["awarded"], 9),
    }


def _stop_reason(story: Story) -> str | None:
    if story.state is P.SUSPENDED:
        return words.SUSPEND_REASON
    if story.state is P.TERMINATED:
        return words.DROP_REASON if story.contract is C.CANCELLED else words.TERMINATE_REASON
    return None


def _contract(stage: Stage, run: Run, pk: int) -> dict[str, Any]:
    story, days, people = run.story, run.days, stage.people
    is_offered = story.contract not in {C.DRAFT, C.CANCELLED}
    is_signed = story.contract is C.SIGNED
    is_confirmed = is_signed or story.contract is C.CONFIRMED
    number = stage.number("HT", run.wish.call.plan.year)
    return {
        "id": pk,
        "number": number,
        "project_id": run.id,
        "organization_id": run.wish.organization_id,
        "state": story.contract,
        "amount": run.wish.award["amount"],
        "offered_by_id": people["officer"] if is_offered else None,
        "offered_on": days["offered"] if is_offered else None,
        "confirmed_by_id": run.wish.submitted_by if is_confirmed else None,
        "confirmed_on": days["confirmed"] if is_confirmed else None,
        "signed_by_id": people["director"] if is_signed else None,
        "signed_on": days["signed"] if is_signed else None,
        "file_id": None,
        "sha256": hashlib.sha256(number.encode()).hexdigest() if is_signed else None,
        "created_at": at(days["awarded"], 9),
    }


def _parts(stage: Stage, dice: Random, run: Run, first_id: int) -> list[dict[str, Any]]:
    award = run.wish.award["amount"]
    rows = [
        _part(stage, dice, run, place, first_id, amount) for place, amount in enumerate(instalments(award, PERCENTS))
    ]
    if run.story.audited:
        _settle(stage, dice, run, rows)
    return rows


def _part(stage: Stage, dice: Random, run: Run, place: int, first_id: int, amount: Decimal) -> dict[str, Any]:
    state, people = run.story.parts[place], stage.people
    day = run.days[("first", "middle", "final")[place]]
    reached = REQUESTED.index(state) if state in REQUESTED else -1
    is_asked = reached >= 0 or state is I.RETURNED
    # What waits at a desk has come there lately; what is paid took its time before.
    due = day - timedelta(days=12) if state is I.PAID else stage.as_of - timedelta(days=7 + dice.randint(1, 4))
    return {
        "id": first_id + place,
        "project_id": run.id,
        "organization_id": run.wish.organization_id,
        "kind": KINDS[place],
        "position": place + 1,
        "percent": PERCENTS[place],
        "amount": amount,
        "reduction": ZERO,
        "reduction_reason": None,
        "state": state,
        "due_since": None if state in {I.LOCKED, I.CANCELLED} else due,
        "requested_by_id": people["orgfinance"] if is_asked and run.wish.owner == 0 else None,
        "requested_on": due + timedelta(days=4) if is_asked else None,
        "receipt_number": f"示例收{dice.randint(10_000_000, 99_999_999)}" if is_asked else None,
        "checked_by_id": people["officer"] if reached >= 1 else None,
        "reviewed_by_id": people["finance"] if reached >= 2 else None,  # noqa: PLR2004  (the second desk)
        "approved_by_id": people["director"] if reached >= 3 else None,  # noqa: PLR2004  (the third)
        "paid_by_id": people["finance"] if state is I.PAID else None,
        "paid_on": day if state is I.PAID else None,
        "bank_reference": f"DEMO{run.wish.call.plan.year}{first_id + place:08d}" if state is I.PAID else None,
        "return_reason": words.SEND_BACK_REASON if state is I.RETURNED else None,
        "hold_reason": words.HOLD_REASON if state is I.HELD else None,
        "created_at": at(run.days["awarded"], 9),
    }


def _settle(stage: Stage, dice: Random, run: Run, rows: list[dict[str, Any]]) -> None:
    """Let the formula of the last payment decide what is paid, or what is to be refunded."""
    grade, last = run.story.grade, rows[-1]
    assert grade is not None
    paid = sum_of(row["amount"] for row in rows if row["state"] is I.PAID and row is not last)
    told = last_payment(
        award=run.row["award"], paid=paid, approved_spend=run.row["approved_spend"], grade=grade,
        penalties=run.row["penalties"],
    )  # fmt: skip
    last["reduction"] = last["amount"] - told.pay
    last["reduction_reason"] = told.explanation.render("zh") if last["reduction"] else None
    if told.pay == ZERO:
        empty = _part(
            stage,
            dice,
            Run(run.wish, _cancelling(run.story), run.days, run.scores, run.row),
            2,
            last["id"] - 2,
            last["amount"],
        )
        last.update({name: empty[name] for name in empty if name not in {"reduction", "reduction_reason"}})
    run.row["refund_due"] = told.refund
    if told.refund and run.story.state in SETTLED:
        run.row["refunded_on"] = run.days["refunded"]
        run.row["refund_reference"] = f"DEMOTK{run.id:06d}"


def _cancelling(story: Story) -> Story:
    return Story(story.state, (*story.parts[:2], I.CANCELLED), owner=story.owner)


def _post(books: Books, run: Run) -> None:
    """Move the money of a contract, its payments, a refund and what was left."""
    award, days, story = run.wish.award, run.days, run.story
    told: dict[str, Any] = {"year": run.row["fiscal_year_id"], "quota": award["quota_id"], "award": award["id"]}
    if story.contract is C.CANCELLED:
        books.post(
            LedgerDeed.AWARD_CANCELLED, amount=award["amount"], at=at(days["confirmed"], 15), by="director",
            subject=("Award", award["id"]), occasion=f"contract-{run.contract['id']}", **told,
        )  # fmt: skip
    if story.contract is not C.SIGNED:
        return
    books.post(
        LedgerDeed.CONTRACT_SIGNED, amount=award["amount"], at=at(days["signed"], 10), by="director",
        subject=("Contract", run.contract["id"]), **told,
    )  # fmt: skip
    left = award["amount"]
    for part in run.parts:
        if part["state"] is I.PAID:
            payable = part["amount"] - part["reduction"]
            left -= payable
            books.post(
                LedgerDeed.INSTALMENT_PAID, amount=payable, at=_banked(part["paid_on"]), by="finance",
                subject=("Instalment", part["id"]), **told,
            )  # fmt: skip
    if run.row["refunded_on"] is not None:
        books.post(
            LedgerDeed.REFUND_RECEIVED, amount=run.row["refund_due"], at=_banked(run.row["refunded_on"]), by="finance",
            subject=("Project", run.id), **told,
        )  # fmt: skip
    if story.state in SETTLED or story.state is P.TERMINATED:
        _return_surplus(books, run, left, told)


def _return_surplus(books: Books, run: Run, left: Decimal, told: dict[str, Any]) -> None:
    if left <= ZERO:
        return
    is_past = run.wish.call.plan.key == "finished"
    stopped = run.days["first"] + timedelta(days=100)
    day = run.days["closed"] if run.row["closed_on"] else stopped
    books.post(
        LedgerDeed.SURPLUS_TO_YEAR if is_past else LedgerDeed.SURPLUS_TO_CALL, amount=left, at=at(day, 17),
        by="director", subject=("Project", run.id), **told,
    )  # fmt: skip


def _banked(day: date) -> datetime:
    return at(day, 15)
