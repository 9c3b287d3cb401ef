"""Deeds on deputies: named for some days with a reason, ended at once, and told of day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from kernel.actor import Actor
from kernel.clock import day_of, now, today
from kernel.db import db
from kernel.deputies import LONGEST, Deputy, deeds_by_day
from kernel.errors import Invalid
from kernel.notices import Notice, Topic
from kernel.people import names_of, users_with_role
from kernel.permissions import LENDINGS, Lending
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

BACK = timedelta(days=14)
"""For how many past days the clock makes up what it has not told."""


def _told(one: Deputy) -> dict[str, Any]:
    names = names_of((one.deputy_id, one.principal_id))
    return {
        "deputy": names.get(one.deputy_id, ""),
        "principal": names.get(one.principal_id, ""),
        "from_day": one.from_day,
        "to_day": one.to_day,
        "reason": one.reason,
    }


def _link(one: Deputy) -> str:
    return f"/deputies/{one.id}"


def _with_auditors(people: Iterable[int]) -> set[int]:
    return {*people, *users_with_role("auditor")}


NAMED = Notice(
    key="deputy.named",
    topic=Topic.TASKS,
    to=lambda one: _with_auditors((one.deputy_id,)),
    headline="{deputy} stands in for {principal} from {from_day} to {to_day}",
    body="Reason: {reason} Each act is recorded with both names.",
    params=_told,
    link=_link,
)
ENDED = Notice(
    key="deputy.ended",
    topic=Topic.DECISIONS,
    to=lambda one: _with_auditors((one.deputy_id, one.principal_id)),
    headline="{deputy} no longer stands in for {principal}",
    body="In this time {count} deeds were done for {principal}.",
    params=_told,
    link=_link,
)
DONE = Notice(
    key="deputy.done",
    topic=Topic.DECISIONS,
    to=lambda one: (one.principal_id,),
    headline="{deputy} did {count} deeds for you on {day}",
    body="Each of them stands on the page of this deputy, with its record.",
    params=_told,
    link=_link,
)


def lending_of(actor: Actor) -> Lending | None:
    """Give the duty that this person may hand to a deputy, if there is one."""
    return next((LENDINGS[code] for code in sorted(actor.roles) if code in LENDINGS), None)


def candidates(actor: Actor) -> dict[int, str]:
    """Give who may be this person's deputy: id → name."""
    lending = lending_of(actor)
    if lending is None:
        return {}
    with whole(actor, "Deputy.candidates"):
        people = set(users_with_role(*lending.to)) - set(users_with_role(lending.role)) - {actor.user_id}
        return dict(sorted(names_of(people).items(), key=lambda one: one[1]))


@deed("name", "Deputy", fresh=True)
def name_deputy(*, actor: Actor, deputy_id: int, from_day: date, to_day: date, reason: str) -> Deputy:
    """Let a colleague take one's steps from one day to another, both included.

    Raises Invalid field by field.
    """
    lending = lending_of(actor)
    problems: dict[str, list[Sentence]] = {}
    if lending is None or deputy_id not in candidates(actor):
        problems["deputy_id"] = [Sentence("Please choose a colleague of the Centre who may stand in for you.")]
    if from_day < today():
        problems["from_day"] = [Sentence("A deputy begins today at the earliest.")]
    if not from_day <= to_day <= from_day + LONGEST:
        problems["to_day"] = [Sentence("A deputy stands in for at least one day and at most 92.")]
    if not reason.strip():
        problems["reason"] = [Sentence("Please fill this in.")]
    if problems or lending is None:
        raise Invalid(problems)
    named = Deputy(
        principal_id=actor.user_id,
        deputy_id=deputy_id,
        role=lending.role,
        from_day=from_day,
        to_day=to_day,
        reason=reason.strip(),
    )
    db.session.add(named)
    db.session.flush()
    NAMED.send(named, actor=actor)
    return named


@deed("end", "Deputy")
def end_deputy(deputy: Deputy, *, actor: Actor) -> None:
    """End it at once: the next request of the deputy holds nothing of it any more."""
    lock(deputy)
    refuse_if(_is_mine(deputy, actor), _is_not_over(deputy))
    deputy.ended_at, deputy.ended_by_id = now(), actor.user_id
    db.session.flush()
    _tell_of_the_end(deputy, actor)


def tell_of_deputies(actor: Actor) -> int:
    """Tell whom a deputy stands in for of each past day's deeds, and of the end; gives how many were told.

    A day is told once, so days that the clock has missed are made up for.
    """
    with whole(actor, "Deputy.tell"):
        told = 0
        recent = select(Deputy).where(Deputy.from_day < today(), Deputy.to_day >= today() - BACK).order_by(Deputy.id)
        for deputy in db.session.scalars(recent).all():
            for day, count in sorted(deeds_by_day(deputy).items()):
                if day < today():
                    told += DONE.tell(deputy, actor=actor, occasion=day.isoformat(), count=count, day=day)
            if deputy.ended_at is None and deputy.to_day < today():
                told += _tell_of_the_end(deputy, actor)
        return told


def _tell_of_the_end(deputy: Deputy, actor: Actor) -> int:
    count = sum(deeds_by_day(deputy).values())
    return ENDED.tell(deputy, actor=actor, occasion="end", count=count)


def _is_mine(deputy: Deputy, actor: Actor) -> Sentence | None:
    if deputy.principal_id == actor.user_id:
        return None
    return Sentence("Only the person who named this deputy ends it.")


def _is_not_over(deputy: Deputy) -> Sentence | None:
    if not deputy.is_over:
        return None
    last = day_of(deputy.ended_at) if deputy.ended_at is not None else deputy.to_day
    return Sentence("This is over since {day}.", day=last)


__all__ = ["candidates", "end_deputy", "lending_of", "name_deputy", "tell_of_deputies"]
