"""What must hold before a call is proposed, opened, closed, reviewed and finished."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from grants.models import Call
from grants.money_rules import cap_setting_problem
from grants.queries.calls import count_for_review
from grants.queries.forms import definition_being_built
from grants.queries.ledger import quota_figures, year_figures
from grants.questions import Definition, flaws
from grants.rules.years import budget_is_approved
from grants.settlement import plan_problem
from grants.states import BudgetHead, CallNature, CallState
from kernel.actor import Actor
from kernel.calendar import working_days_between
from kernel.clock import day_of, now
from kernel.money import ZERO, sum_of
from kernel.words import Sentence

WINDOW_LEAST = 10
"""Working days during which a call takes applications, at least; a default of the Centre."""

NOTICE_LEAST = {CallNature.PROCUREMENT: 7, CallNature.GRANT: 5, CallNature.ENTRUSTED: 5}
"""Working days of the public notice, at least."""


def year_is_approved(call: Call, _actor: Actor) -> Sentence | None:
    return budget_is_approved(call.fiscal_year)


def quotas_are_there(call: Call, _actor: Actor) -> Sentence | None:
    if call.quotas:
        return None
    return Sentence("Set at least one quota first: for a category, for a lot, or for the whole call.")


def quotas_fit_the_year(call: Call, _actor: Actor) -> Sentence | None:
    """Quotas of all calls and what is set aside stay within the year: they fit into what is free now."""
    planned, free = sum_of(quota.amount for quota in call.quotas), year_figures(call.fiscal_year_id).free
    if planned <= free:
        return None
    return Sentence(
        "The quotas come to {planned}; {free} of {year} is free. Reduce them by {over}.",
        planned=planned,
        free=free,
        year=call.fiscal_year.year,
        over=planned - free,
    )


def lots_match_quotas(call: Call, _actor: Actor) -> Sentence | None:
    """A call with lots has one quota a lot, of the lot's amount; a call without lots has none."""
    by_lot = {quota.lot_id: quota.amount for quota in call.quotas if quota.lot_id is not None}
    if not call.has_lots:
        return Sentence("This call has lots, but says that it has none.") if call.lots else None
    if not call.lots:
        return Sentence("This call has lots, but none is listed yet.")
    if len(by_lot) < len(call.quotas):
        return Sentence("A call with lots has quotas for its lots only.")
    for lot in call.lots:
        if by_lot.get(lot.id) != lot.amount:
            return Sentence(
                "Lot “{lot}” of {amount} needs a quota of the same amount.", lot=lot.title, amount=lot.amount
            )
    return None


def window_is_long_enough(call: Call, _actor: Actor) -> Sentence | None:
    days = working_days_between(day_of(call.opens_at), day_of(call.closes_at))
    if days >= WINDOW_LEAST:
        return None
    return Sentence(
        "The call takes applications for {days} working days; at least {least} are needed.",
        days=days,
        least=WINDOW_LEAST,
    )


def closes_in_the_future(call: Call, _actor: Actor) -> Sentence | None:
    if call.closes_at > now():
        return None
    return Sentence("The closing moment {moment} has passed. Choose a later one.", moment=call.closes_at)


def percents_of(call: Call) -> list[Decimal]:
    """Give the instalment plan of a call in percent; unreadable parts count as 0."""
    told = []
    for part in call.instalment_percents:
        try:
            told.append(Decimal(str(part)))
        except InvalidOperation:
            told.append(ZERO)
    return told


def instalments_are_complete(call: Call, _actor: Actor) -> Sentence | None:
    return plan_problem(percents_of(call))


def management_is_paid(call: Call, _actor: Actor) -> Sentence | None:
    """Source: 上海市慈善条例 art. 59."""
    return cap_setting_problem(BudgetHead.MANAGEMENT, call.management_percent)


def head_caps(call: Call) -> dict[BudgetHead, Decimal]:
    """Give the caps of a call by budget head, in percent of the fiscal money; the management fee always has one."""
    caps = {BudgetHead(head): Decimal(str(percent)) for head, percent in call.head_caps.items()}
    return {BudgetHead.MANAGEMENT: call.management_percent, **caps}


def caps_are_ordered(call: Call, _actor: Actor) -> Sentence | None:
    if call.cap_first_time <= call.cap_per_project:
        return None
    return Sentence(
        "The cap for first-time contractors, {first}, is above the cap of {cap} for everybody.",
        first=call.cap_first_time,
        cap=call.cap_per_project,
    )


def notice_is_long_enough(call: Call, _actor: Actor) -> Sentence | None:
    """A supplier may challenge for 7 working days after the result (政府采购法 art. 52), which no notice may cut short."""
    least = NOTICE_LEAST[call.nature]
    if call.notice_days >= least:
        return None
    return Sentence(
        "The public notice takes {days} working days; under this legal nature at least {least} are needed.",
        days=call.notice_days,
        least=least,
    )


def form_is_sound(call: Call, _actor: Actor) -> Sentence | None:
    """A form goes out without an empty section, and every question of it can be answered."""
    return form_gap(definition_being_built(call.id))


def form_gap(form: Definition) -> Sentence | None:
    """Say the first thing for which a form could not be published."""
    for section in form.sections:
        if not section.questions:
            return Sentence("Section “{title}” of the form has no question yet.", title=section.title)
    return next(iter(flaws(form)), None)


def another_person_approves(call: Call, actor: Actor) -> Sentence | None:
    """A call takes two people: whoever proposed it does not approve it."""
    if actor.user_id is None or call.proposed_by_id != actor.user_id:
        return None
    return Sentence("You proposed this call, so another person approves it.")


def is_not_over(call: Call, _actor: Actor) -> Sentence | None:
    return closes_in_the_future(call, _actor)


def closing_moment_is_reached(call: Call, _actor: Actor) -> Sentence | None:
    if now() >= call.closes_at:
        return None
    return Sentence(
        "The call is promised to stay open until {moment}; it cannot be closed before.", moment=call.closes_at
    )


def applications_are_decided(call: Call, _actor: Actor) -> Sentence | None:
    """A review starts when every application has passed its check or not, and somebody has passed."""
    undecided, qualified = count_for_review(call.id)
    if undecided:
        return Sentence(
            "{count} applications still wait for their qualification check or a correction.", count=undecided
        )
    return None if qualified else Sentence("No application of this call has qualified.")


def no_contract_is_waited_for(call: Call, _actor: Actor) -> Sentence | None:
    """A call finishes when every award is signed or cancelled: only then is it known what is left."""
    waiting = sum_of(figures.approved for figures in quota_figures(call.id).values())
    if waiting == ZERO:
        return None
    return Sentence("Awards of {amount} have no signed contract yet. Sign or cancel them first.", amount=waiting)


def takes_applications(call: Call, moment: datetime | None = None) -> Sentence | None:
    """A call takes applications from its opening to its closing moment, by the server's clock; or at a given moment."""
    if (moment or now()) >= call.closes_at:
        return Sentence(
            "The call closed at {moment}; applications are no longer taken. Your text is kept.", moment=call.closes_at
        )
    if call.state is CallState.OPEN:
        return None
    if call.state is CallState.PUBLISHED:
        return Sentence("The call opens at {moment}.", moment=call.opens_at)
    return Sentence("The call is “{state}” and takes no applications.", state=call.state)


def may_be_extended(call: Call) -> Sentence | None:
    """An extension is possible before the closing moment only."""
    if call.state in {CallState.PUBLISHED, CallState.OPEN} and now() < call.closes_at:
        return None
    return Sentence("The call closed at {moment}; it can only be extended before that.", moment=call.closes_at)


def may_be_changed(call: Call) -> Sentence | None:
    if call.state is CallState.DRAFT:
        return None
    return Sentence("The call is “{state}”; only a draft can be changed.", state=call.state)


def warnings(call: Call) -> list[Sentence]:
    """Say what the law asks of a call of this nature, for whoever edits it."""
    if call.nature is not CallNature.PROCUREMENT:
        return []
    return [
        Sentence(
            "Government procurement: no bonus or bar by district, local record, awards, rating or form of organization."
        ),
        Sentence(
            "Contracts are signed within 30 days of the award notice; suppliers may challenge within 7 working days."
        ),
    ]
