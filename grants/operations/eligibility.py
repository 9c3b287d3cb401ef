"""The qualification check of an application: asked at its submission, asked again, and judged by a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from sqlalchemy import delete, insert

from grants.models import Application, EligibilityCheck
from grants.operations.likeness import ALIKE_RULES, compare, decide_all
from grants.operations.snapshots import written
from grants.queries.applications import checks_of
from grants.queries.eligibility import track_of
from grants.rules.eligibility import Facts, Finding, findings
from grants.rules.eligibility.choosing import chosen_of
from grants.rules.eligibility.library import LIBRARY
from grants.states import ApplicationState, CheckOutcome, EligibilityRule
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import note_event
from kernel.clock import day_of
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.words import Sentence
from kernel.workflow import deed, lock
from orgs.queries import qualification_facts


def check_application(application: Application, facts: Facts, *, actor: Actor) -> None:
    """Ask the call's rules as of its closing day, in the place of what they came to before."""
    as_of = day_of(application.call.closes_at)
    found = findings(
        application,
        facts,
        rules=chosen_of(application.call_id),
        track=track_of(application.organization_id),
        as_of=as_of,
    )
    rows = _rows(application, found, as_of)
    db.session.execute(delete(EligibilityCheck).where(EligibilityCheck.application_id == application.id))
    if rows:
        db.session.execute(insert(EligibilityCheck), rows)
    db.session.expire(application, ["checks"])
    # One entry for the round: each rule with what it came to and why, after the next round has taken its place.
    told: dict[str, Any] = {row["rule"]: {"outcome": str(row["outcome"]), "reason": row["reason"]} for row in rows}
    note_event(EligibilityCheck.__name__, actor=actor, application=application.number, **told)


def _rows(application: Application, found: Iterable[Finding], as_of: date) -> list[dict[str, Any]]:
    """Give a new round of outcomes; a judgement on the same finding stands."""
    judged = {
        (check.rule, written(check.reason)): (check.outcome, check.decided_by_id, check.decision_reason)
        for check in checks_of(application.id)
        if check.decided_by_id is not None and check.rule not in ALIKE_RULES
    }
    rows = []
    for place, one in enumerate(found, 1):
        reason = one.reason.dump()
        outcome, by, why = judged.get((one.rule.value, written(reason)), (one.outcome, None, None))
        rows.append(
            {
                "application_id": application.id,
                "organization_id": application.organization_id,
                "position": place,
                "rule": one.rule.value,
                "outcome": outcome,
                "found": one.outcome,
                "reason": reason,
                "source": one.source,
                "as_of": as_of,
                "decided_by_id": by,
                "decision_reason": why,
            }
        )
    return rows


@deed("decide_check", "Application")
def ask_again(application: Application, *, actor: Actor) -> None:
    """Ask the rules again and compare the text again: the register was put right, or the closing day has moved.

    Raises Refused when the application is decided or not handed in.
    """
    lock(application)
    _refuse_decided(application)
    facts = qualification_facts(application.organization_id, day_of(application.call.closes_at))
    check_application(application, facts, actor=actor)
    compare(application)


@deed("decide_check", "Application")
def decide_check(
    application: Application,
    *,
    actor: Actor,
    rule: Annotated[EligibilityRule, Ask("Rule")],
    outcome: Annotated[CheckOutcome, Ask("Decision")],
    reason: Annotated[str, Ask("Reason", long=True)],
) -> None:
    """Judge what no rule can, or decide against the facts where the library allows it: passed or not, with the reason.

    Raises Refused when the check is not a person's to judge, Invalid without a decision.
    """
    lock(application)
    if outcome is CheckOutcome.MANUAL:
        raise Invalid({"outcome": [Sentence("Please choose: passed or not passed.")]})
    check = next((one for one in application.checks if one.rule == rule.value), None)
    if check is None:
        raise Refused(Sentence("Checks are judged while the application is submitted and not decided."))
    _refuse_decided(application)
    if not may_be_judged(check):
        raise Refused(Sentence("“{rule}” was decided by the facts; a person cannot change it.", rule=rule))
    if rule.value in ALIKE_RULES:
        decide_all(application, rule, actor=actor, outcome=outcome, reason=reason)
        return
    check.outcome = outcome
    check.decided_by_id = actor.user_id
    check.decision_reason = reason
    db.session.flush()


def may_be_judged(check: EligibilityCheck) -> bool:
    """Say whether a person may decide: what waits for one, what one decided, and what may be overruled when it failed."""
    if check.found is CheckOutcome.MANUAL or check.decided_by_id is not None:
        return True
    return check.found is CheckOutcome.FAILED and LIBRARY[EligibilityRule(check.rule)].overruled


def _refuse_decided(application: Application) -> None:
    if application.state is not ApplicationState.SUBMITTED:
        raise Refused(Sentence("Checks are judged while the application is submitted and not decided."))
