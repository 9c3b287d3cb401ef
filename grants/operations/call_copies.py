"""Next year's call out of this year's: everything comes along, dates move by years to working days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from grants.models import Call, CallForm, CallQuota, FiscalYear, Lot
from grants.operations.call_documents import copy_documents
from grants.operations.call_rules import copy_rules
from grants.operations.calls import CHANGEABLE
from grants.queries.calls import lots_of
from grants.queries.forms import form_of, latest_form_version
from grants.rules.years import budget_is_approved
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.calendar import add_working_days, is_working_day
from kernel.clock import at, day_of, local
from kernel.db import db
from kernel.numbering import next_number
from kernel.workflow import deed, refuse_if

DATED = ("opens_at", "closes_at", "service_from", "service_to")
LEAST_WINDOW = 10


@deed("create", "Call")
def copy_call(call: Call, *, actor: Actor, year: FiscalYear, title: Annotated[str, Ask("Title", most=200)]) -> Call:
    """Draft a call like another one, for a year whose budget is approved: quotas, lots, form, conditions, documents.

    Raises Refused when the year's budget is not approved.
    """
    refuse_if(budget_is_approved(year))
    ahead = year.year - call.fiscal_year.year
    values: dict[str, Any] = {name: getattr(call, name) for name in CHANGEABLE - {"title", *DATED}}
    made = Call(
        number=next_number(db.session(), "ZJ", year.year),
        fiscal_year_id=year.id,
        fiscal_year=year,
        copied_from_id=call.id,
        title=title,
        **values,
        **dates_ahead(call, ahead),
    )
    db.session.add(made)
    db.session.flush()
    _copy_money(call, made)
    _copy_form(call, made)
    copy_rules(call, made)
    copy_documents(call, made, actor=actor)
    db.session.flush()
    return made


def dates_ahead(call: Call, years: int) -> dict[str, Any]:
    """Give the dates of a call so many years later: opening and closing fall on working days, ten between them at least."""
    opens, closes = (_working(_later(day_of(moment), years)) for moment in (call.opens_at, call.closes_at))
    closes = max(closes, add_working_days(opens, LEAST_WINDOW))
    return {
        "opens_at": _at(opens, call.opens_at),
        "closes_at": _at(closes, call.closes_at),
        "service_from": _later(call.service_from, years),
        "service_to": _later(call.service_to, years),
    }


def _at(day: date, like: datetime) -> datetime:
    clock = local(like)
    return at(day, clock.hour, clock.minute)


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _working(day: date) -> date:
    return day if is_working_day(day) else add_working_days(day, 1)


def _copy_money(call: Call, made: Call) -> None:
    lots: dict[int, Lot] = {}
    for lot in lots_of(call.id):
        lots[lot.id] = Lot(
            call_id=made.id,
            position=lot.position,
            title=lot.title,
            amount=lot.amount,
            category_code=lot.category_code,
        )
        made.lots.append(lots[lot.id])
    db.session.flush()
    for quota in call.quotas:
        own = lots.get(quota.lot_id) if quota.lot_id else None
        made.quotas.append(
            CallQuota(
                call_id=made.id,
                category_code=quota.category_code,
                category=quota.category,
                lot_id=own.id if own else None,
                lot=own,
                amount=quota.amount,
            )
        )


def _copy_form(call: Call, made: Call) -> None:
    """Take the form as it was published last; of a draft, as it is being built."""
    latest, built = latest_form_version(call.id), form_of(call.id)
    definition = latest.definition if latest else built.definition if built else None
    if definition and definition.get("sections"):
        db.session.add(CallForm(call_id=made.id, call=made, definition=dict(definition)))
