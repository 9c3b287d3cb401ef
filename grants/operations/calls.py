"""Deeds on calls: drafted, proposed, published, opened and closed by the clock, extended, withdrawn, finished."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import select

from grants.models import Application, Call, CallQuota, Category, FiscalYear
from grants.money_rules import cap_setting_problem
from grants.notices.calls import CALL_EXTENDED
from grants.operations.call_documents import publish_documents
from grants.operations.call_forms import freeze_form
from grants.operations.call_rules import begin_rules, follow_nature
from grants.operations.ledger import post
from grants.queries.calls import calls_to_close, calls_to_open
from grants.queries.ledger import quota_figures
from grants.rules.calls import may_be_changed, may_be_extended
from grants.states import ApplicationState, BudgetHead, CallNature, LedgerDeed
from grants.workflows.applications import APPLICATION
from grants.workflows.calls import CALL
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import now
from kernel.db import db
from kernel.errors import Invalid
from kernel.money import HUNDRED, ZERO
from kernel.numbering import next_number
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

CALL.govern(Call)

CHANGEABLE = frozenset(
    {
        "title",
        "nature",
        "summary",
        "opens_at",
        "closes_at",
        "service_from",
        "service_to",
        "has_lots",
        "cap_per_project",
        "cap_first_time",
        "management_percent",
        "fiscal_percent",
        "instalment_percents",
        "correction_days",
        "notice_days",
        "reviewers_least",
        "review_set",
        "midterm_set",
        "final_set",
        "required_attachments",
        "budget_heads",
        "head_caps",
        "target_kinds",
        "questions_until",
    }
)


@deed("create", "Call")
def create_call(
    year: FiscalYear,
    *,
    actor: Actor,
    title: str,
    nature: CallNature,
    opens_at: datetime,
    closes_at: datetime,
    service_from: date,
    service_to: date,
    cap_per_project: Decimal,
    cap_first_time: Decimal,
    **more: Any,
) -> Call:
    """Draft a call of a year; amounts in yuan; `more` are other columns that `change_call` takes.

    Raises Invalid with every window and cap that cannot be.
    """
    values = {
        "title": title,
        "nature": nature,
        "opens_at": opens_at,
        "closes_at": closes_at,
        "service_from": service_from,
        "service_to": service_to,
        "cap_per_project": cap_per_project,
        "cap_first_time": cap_first_time,
        **_known(more),
    }
    _refuse_impossible(values)
    number = next_number(db.session(), "ZJ", year.year)
    call = Call(number=number, fiscal_year_id=year.id, fiscal_year=year, **values)
    db.session.add(call)
    db.session.flush()
    begin_rules(call)
    return call


@deed("change", "Call")
def change_call(call: Call, *, actor: Actor, values: Mapping[str, Any]) -> None:
    """Change a draft; `values` are columns of the call.

    Raises Refused when it is no draft any more, Invalid with every window and cap that cannot be.
    """
    lock(call)
    refuse_if(may_be_changed(call))
    told = _known(values)
    _refuse_impossible({name: getattr(call, name) for name in CHANGEABLE} | told)
    before = call.nature
    for name, value in told.items():
        setattr(call, name, value)
    db.session.flush()
    follow_nature(call, before=before)


@deed("change", "Call")
def set_quota(call: Call, *, actor: Actor, category: Category | None, amount: Decimal) -> CallQuota | None:
    """Set how much of a draft call may go to a category, or to the call as a whole; 0 takes the quota away."""
    lock(call)
    refuse_if(may_be_changed(call))
    if amount < ZERO:
        raise Invalid({"amount": [Sentence("A quota is not below 0.00.")]})
    code = category.code if category else None
    quota = next((one for one in call.quotas if (one.category_code, one.lot_id) == (code, None)), None)
    if amount == ZERO:
        if quota is not None:
            call.quotas.remove(quota)
            db.session.delete(quota)
    elif quota is None:
        quota = CallQuota(call_id=call.id, category_code=code, category=category, amount=amount)
        call.quotas.append(quota)
    else:
        quota.amount = amount
    db.session.flush()
    return None if amount == ZERO else quota


@CALL.step("propose")
def propose_call(call: Call, *, actor: Actor) -> None:
    call.proposed_by_id = actor.user_id


@CALL.step("approve")
def approve_call(call: Call, *, actor: Actor) -> None:
    """Allot the quotas from the year's free money, freeze the form, open the documents and publish."""
    for quota in call.quotas:
        post(
            LedgerDeed.CALL_APPROVED,
            year=call.fiscal_year,
            amount=quota.amount,
            actor=actor,
            subject=call,
            quota=quota,
            occasion=f"quota-{quota.id}",
        )
    freeze_form(call, actor=actor)
    publish_documents(call)
    call.approved_by_id = actor.user_id
    call.published_at = now()
    call.return_reason = None


@CALL.step("return_call")
def return_call(call: Call, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    call.return_reason = reason


@CALL.step("open")
def open_call(call: Call, *, actor: Actor) -> None:
    """Take applications; one that is opened early says so in its opening moment."""
    call.opens_at = min(call.opens_at, now())


@CALL.step("close")
def close_call(call: Call, *, actor: Actor) -> None:
    """Take no more applications."""


@CALL.step("start_review")
def start_review_of_call(call: Call, *, actor: Actor) -> None:
    """Send every qualified application to the reviewers."""
    qualified = select(Application).where(
        Application.call_id == call.id, Application.state == ApplicationState.QUALIFIED
    )
    for application in db.session.scalars(qualified.order_by(Application.id)).all():
        APPLICATION["start_review"](application, actor=actor)


@CALL.step("notice")
def put_call_on_notice(call: Call, *, actor: Actor) -> None:
    """Show the call among those on public notice."""


@CALL.step("award")
def mark_call_awarded(call: Call, *, actor: Actor) -> None:
    """Show the call among those whose awards are made."""


@CALL.step("finish")
def finish_call(call: Call, *, actor: Actor) -> None:
    """Give what is left of the quotas back to the year."""
    _give_back(call, actor)


@CALL.step("withdraw")
def withdraw_call(
    call: Call,
    *,
    actor: Actor,
    reason: Annotated[str, Ask("Reason", "It is published with the call.", long=True)],
) -> None:
    """Take the call back before its review; the reason is public and the quotas go back to the year."""
    _give_back(call, actor)
    call.withdrawn_reason = reason


@deed("extend", "Call")
def extend_call(
    call: Call,
    *,
    actor: Actor,
    closes_at: Annotated[datetime, Ask("New closing moment")],
    reason: Annotated[str, Ask("Reason", "It is published with the call.", long=True)],
) -> None:
    """Move the closing moment to a later one, before it is reached; the reason is public.

    Raises Refused when the call has closed, Invalid when the new moment is not later.
    """
    lock(call)
    refuse_if(may_be_extended(call))
    if closes_at <= call.closes_at:
        raise Invalid({"closes_at": [Sentence("An extension ends later than {moment}.", moment=call.closes_at)]})
    call.closes_at = closes_at
    call.extension_reason = reason
    db.session.flush()
    CALL_EXTENDED.send(call, actor=actor)


def open_and_close_calls(*, actor: Actor) -> int:
    """Open and close the calls whose moment has come; gives how many. A second run at once changes nothing."""
    moved = 0
    with whole(actor, "Call.by_clock"):
        for step, due in (("open", calls_to_open()), ("close", calls_to_close())):
            for call in due:
                lock(call)
                if call.state in CALL.transitions[step].source:
                    CALL[step](call, actor=actor)
                    moved += 1
    return moved


def _give_back(call: Call, actor: Actor) -> None:
    left = quota_figures(call.id)
    for quota in call.quotas:
        figures = left.get(quota.id)
        if figures is not None and figures.allotted > ZERO:
            post(
                LedgerDeed.CALL_CLOSED,
                year=call.fiscal_year,
                amount=figures.allotted,
                actor=actor,
                subject=call,
                quota=quota,
                occasion=f"quota-{quota.id}",
            )


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    if strange := values.keys() - CHANGEABLE:
        raise TypeError(f"a call has no {', '.join(sorted(strange))} to change")
    return dict(values)


def _refuse_impossible(values: Mapping[str, Any]) -> None:
    problems: dict[str, list[Sentence]] = {}
    if not values["title"].strip():
        problems["title"] = [Sentence("Please fill this in.")]
    if values["closes_at"] <= values["opens_at"]:
        problems["closes_at"] = [Sentence("A call closes after it opens.")]
    if values["service_to"] <= values["service_from"]:
        problems["service_to"] = [Sentence("The service ends after it starts.")]
    if values["cap_per_project"] <= ZERO:
        problems["cap_per_project"] = [Sentence("Please write an amount above 0.00.")]
    if not ZERO < values["cap_first_time"] <= values["cap_per_project"]:
        problems["cap_first_time"] = [Sentence("This cap is above 0.00 and not above the cap for everybody.")]
    problems |= _impossible_counts(values)
    if problems:
        raise Invalid(problems)


RANGES: tuple[tuple[str, int, int | None, Sentence], ...] = (
    ("reviewers_least", 3, None, Sentence("A review takes three reviewers at least.")),
    ("notice_days", 5, None, Sentence("The public notice takes 5 working days at least.")),
    ("correction_days", 3, 10, Sentence("Corrections take 3 to 10 working days.")),
    ("questions_until", 0, None, Sentence("Questions end on the closing day at the latest.")),
)


def _impossible_counts(values: Mapping[str, Any]) -> dict[str, list[Sentence]]:
    """Say what the database would refuse of a call's procedure, beside the fields; what is not told has its default."""
    problems = {
        name: [told]
        for name, least, most, told in RANGES
        if name in values and not least <= values[name] <= (values[name] if most is None else most)
    }
    if not values.get("budget_heads", ["personnel"]):
        problems["budget_heads"] = [Sentence("Choose one budget head at least.")]
    targets = values.get("target_kinds", ["sessions"])
    if not targets:
        problems["target_kinds"] = [Sentence("Choose one kind of target at least.")]
    elif "people" in targets and "person_times" not in targets:
        told = Sentence("Whoever counts people counts person-times too: each person comes once at least.")
        problems["target_kinds"] = [told]
    for head, percent in values.get("head_caps", {}).items():
        if not ZERO < Decimal(str(percent)) <= HUNDRED:
            problems[f"cap-{head}"] = [Sentence("A cap lies above 0 and at most at 100 percent.")]
    for name in ("management_percent", "fiscal_percent"):
        if name in values and not ZERO < values[name] <= HUNDRED:
            problems[name] = [_impossible_share(name, values[name])]
    return problems


def _impossible_share(name: str, percent: Decimal) -> Sentence:
    """Source: 上海市慈善条例 art. 59: a management cap of 0 is refused, because charities may apply."""
    refused = cap_setting_problem(BudgetHead.MANAGEMENT, percent) if name == "management_percent" else None
    return refused or Sentence("A share lies above 0 and at most at 100 percent.")
