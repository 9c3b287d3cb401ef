"""Comparing what was handed in with everything before it, and judging what reads alike.

The text of an application is compared by a job, one application after another, as soon as it has been handed in: so of
two that come in the same second the second is compared with the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from sqlalchemy import select

from grants.likeness import among, prints_of, shared, shingles_of
from grants.models import Application, Likeness, TextPrint
from grants.models.likenesses import RULES
from grants.queries.applications import checks_of, latest_version
from grants.queries.likeness import (
    Candidate,
    candidates,
    common_among,
    likenesses_of,
    linked_to,
    past_projects_alike,
    print_of,
    words_for,
)
from grants.rules.eligibility.application import alike
from grants.rules.eligibility.choosing import Chosen, chosen_of
from grants.rules.texts import texts_of
from grants.states import (
    ApplicationState,
    CheckOutcome,
    EligibilityRule,
    LikenessDecision,
    LikenessRelation as Relation,
)
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import acting
from kernel.clock import now
from kernel.db import db
from kernel.errors import Refused
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import deed, lock

NEARLY = 20
"""So many percent less are enough for a title where the targets are the same."""
ALIKE_RULES = frozenset(rule.value for rule in RULES.values())
TURNED = {LikenessDecision.HARMLESS: CheckOutcome.PASSED, LikenessDecision.DOUBLE: CheckOutcome.FAILED}


@dataclass(frozen=True, slots=True)
class Found:
    """What an application reads like, before it is written down."""

    relation: Relation
    name: str
    title_percent: int
    text_percent: int = 0
    same_targets: bool = False
    other_id: int | None = None
    other_version_number: int | None = None
    past_project_id: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What an application has handed in last, as it is compared: `template` is what does not count in it."""

    application: Application
    version_number: int
    targets: Sequence[int]
    texts: Mapping[str, str]
    template: frozenset[str]


def compare_application(pk: int, *, actor: Actor) -> None:
    """Compare one application with everything that was handed in, and tell those that are still being checked."""
    action = "Likeness.compare"
    with whole(actor, action), acting(actor, action):
        application = db.session.scalars(select(Application).where(Application.id == pk)).one()
        lock(application)
        compare(application)


def compare(application: Application) -> None:
    """Write down what a locked application reads like, and what reads like it; settle the checks of both."""
    version = latest_version(application.id)
    if version is None:
        return
    own = _written(application, version.number, version.snapshot)
    held = _keep_print(own)
    common = common_among(held.prints)
    mine = replace(own, template=own.template | among(own.texts, common))
    linked = linked_to(application.organization_id)
    near = candidates(application, held, [one for one in held.prints if one not in common], linked)
    _write(application, version.number, [*_alike(mine, near, linked), *_alike_in_the_past(mine, linked)])
    settle(application)
    for one in near:
        if one.state is ApplicationState.SUBMITTED:
            _tell_the_other(one, mine, linked, common)


def _written(application: Application, version_number: int, snapshot: Mapping[str, Any]) -> Written:
    return Written(
        application,
        version_number,
        [snapshot["people"], snapshot["person_times"], snapshot["sessions"]],
        texts_of(snapshot),
        shingles_of(words_for(application)),
    )


def _keep_print(own: Written) -> TextPrint:
    application = own.application
    held = print_of(application.id) or TextPrint(application_id=application.id)
    held.version_number, held.title = own.version_number, application.title
    held.targets, held.prints = list(own.targets), prints_of(own.texts, own.template)
    db.session.add(held)
    db.session.flush()
    return held


def _alike(mine: Written, near: Sequence[Candidate], linked: set[int]) -> Iterator[Found]:
    """Give the applications that read like mine, as far as the call asks for them."""
    chosen = chosen_of(mine.application.call_id)
    for one in near:
        told = Found(
            relation=_relation(mine.application.organization_id, one.organization_id, linked),
            name=_named(one.number, one.title),
            title_percent=int(one.title_likeness * 100),
            text_percent=shared(mine.texts, texts_of(one.snapshot), mine.template).percent if one.common else 0,
            same_targets=any(mine.targets) and list(mine.targets) == list(one.targets),
            other_id=one.application_id,
            other_version_number=one.version_number,
        )
        if _counts(told, chosen):
            yield told


def _alike_in_the_past(mine: Written, linked: set[int]) -> Iterator[Found]:
    """Give the projects of past years with a name like mine; nobody knows their texts any more."""
    chosen = chosen_of(mine.application.call_id)
    own = mine.application.organization_id
    for project, likeness in past_projects_alike(mine.application.title, {own, *linked}):
        told = Found(
            relation=_relation(own, project.organization_id, linked),
            name=_named(str(project.year), project.name),
            title_percent=int(likeness * 100),
            past_project_id=project.id,
        )
        if _counts(told, chosen):
            yield told


def _named(number: str, title: str) -> str:
    return f"{number}《{title}》"


def _relation(organization_id: int, other_id: int, linked: set[int]) -> Relation:
    if organization_id == other_id:
        return Relation.OWN
    return Relation.LINKED if other_id in linked else Relation.OTHER


def _counts(told: Found, chosen: Chosen) -> bool:
    """Say whether a likeness reaches what the call's rule of its relation asks; a rule that is not asked finds nothing."""
    limits = chosen.get(RULES[told.relation])
    if limits is None:
        return False
    title = limits["title"] - (NEARLY if told.same_targets else 0)
    return bool(told.title_percent >= title or told.text_percent >= limits["text"])


def _write(application: Application, version_number: int, found: Iterable[Found]) -> None:
    """Put what was found in the place of what stood there; a decision stands unless they have become more alike."""
    held = {(one.other_id, one.past_project_id): one for one in likenesses_of(application.id)}
    for one in found:
        _keep(application, version_number, one, held.pop((one.other_id, one.past_project_id), None))
    for gone in held.values():
        db.session.delete(gone)
    db.session.flush()


def _keep(application: Application, version_number: int, found: Found, held: Likeness | None) -> None:
    row = held or Likeness(
        application_id=application.id, other_id=found.other_id, past_project_id=found.past_project_id
    )
    if held is not None and (found.title_percent > held.title_percent or found.text_percent > held.text_percent):
        row.decision = row.decided_by_id = row.decision_reason = row.decided_at = None
    row.version_number, row.other_version_number = version_number, found.other_version_number
    row.relation, row.name = found.relation, found.name
    row.title_percent, row.text_percent = found.title_percent, found.text_percent
    row.same_targets = found.same_targets
    db.session.add(row)


def _tell_the_other(one: Candidate, mine: Written, linked: set[int], common: frozenset[int]) -> None:
    """Let an application that is still being checked know of one that came later and reads like it."""
    other = db.session.scalars(select(Application).where(Application.id == one.application_id)).one()
    lock(other)
    if other.state is not ApplicationState.SUBMITTED or other.version_number != one.version_number:
        return
    theirs = _written(other, one.version_number, one.snapshot)
    template = theirs.template | among(theirs.texts, common)
    told = Found(
        relation=_relation(mine.application.organization_id, other.organization_id, linked),
        name=_named(mine.application.number, mine.application.title),
        title_percent=int(one.title_likeness * 100),
        text_percent=shared(theirs.texts, mine.texts, template).percent if one.common else 0,
        same_targets=any(mine.targets) and list(mine.targets) == list(one.targets),
        other_id=mine.application.id,
        other_version_number=mine.version_number,
    )
    if _counts(told, chosen_of(other.call_id)):
        held = {row.other_id: row for row in likenesses_of(other.id)}
        _keep(other, one.version_number, told, held.get(mine.application.id))
        db.session.flush()
        settle(other)


def settle(application: Application) -> None:
    """Let the checks of double funding say what its likenesses come to by now."""
    rows = likenesses_of(application.id)
    for check in checks_of(application.id):
        if check.rule not in ALIKE_RULES:
            continue
        told = [one for one in rows if one.rule.value == check.rule]
        check.found, reason = alike(told)
        check.reason = reason.dump()
        last = _last_decision(told)
        check.outcome = TURNED[worst_of(told)] if last else check.found
        check.decided_by_id = last.decided_by_id if last else None
        check.decision_reason = last.decision_reason if last else None
    db.session.flush()


def worst_of(told: Sequence[Likeness]) -> LikenessDecision:
    is_double = any(one.decision is LikenessDecision.DOUBLE for one in told)
    return LikenessDecision.DOUBLE if is_double else LikenessDecision.HARMLESS


def _last_decision(told: Sequence[Likeness]) -> Likeness | None:
    """Give the decision that settles a check: one that says no, else the last one when none is open."""
    decided = [one for one in told if one.decision is not None]
    against = [one for one in decided if one.decision is LikenessDecision.DOUBLE]
    if not against and len(decided) < len(told):
        return None
    return max(against or decided, key=lambda one: (one.decided_at or now(), one.id), default=None)


@deed("judge", "Likeness")
def decide_likeness(
    pair: Likeness,
    *,
    actor: Actor,
    decision: Annotated[LikenessDecision, Ask("Decision")],
    reason: Annotated[str, Ask("Reason", "Staff alone read it; it stays with both applications.", long=True)],
) -> None:
    """Say what two texts that are alike come to: harmless, or double funding; the check follows.

    Raises Refused when the application is decided, or is not being checked.
    """
    application = db.session.scalars(select(Application).where(Application.id == pair.application_id)).one()
    lock(application)
    lock(pair)
    if application.state is not ApplicationState.SUBMITTED:
        raise Refused(Sentence("Checks are judged while the application is submitted and not decided."))
    _decide(pair, actor, decision, reason)
    db.session.flush()
    settle(application)


def decide_all(
    application: Application, rule: EligibilityRule, *, actor: Actor, outcome: CheckOutcome, reason: str
) -> None:
    """Judge everything that one check of double funding has found, at once, inside the deed that judges the check."""
    told = [one for one in likenesses_of(application.id) if one.rule is rule]
    if not told:
        raise Refused(Sentence("The text is being compared with all others; this takes a minute or two."))
    decision = next(one for one, turned in TURNED.items() if turned is outcome)
    for one in told:
        _decide(one, actor, decision, reason)
    db.session.flush()
    settle(application)


def _decide(pair: Likeness, actor: Actor, decision: LikenessDecision, reason: str) -> None:
    pair.decision, pair.decision_reason = decision, reason
    pair.decided_by_id, pair.decided_at = actor.user_id, now()
