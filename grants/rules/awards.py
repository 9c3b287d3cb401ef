"""What an award list may propose, and what the ranking proposes by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from grants.models import Application, Award, AwardList, Call, CallQuota
from grants.money_rules import award_problems, highest_award
from grants.queries.awards import BEING_AWARDED, left_of_quotas
from grants.states import AwardDecision, AwardListState
from kernel.actor import Actor
from kernel.money import ZERO, sum_of
from kernel.words import Sentence

PASS_MARK: Final = Decimal(60)
LIST_EDITABLE: Final = frozenset({AwardListState.DRAFT, AwardListState.RETURNED})


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the ranking proposes for one application; yuan."""

    application: Application
    quota: CallQuota
    decision: AwardDecision
    amount: Decimal


def first_time_cap(application: Application, call: Call) -> Decimal | None:
    """Give the cap of a first-time contractor, or None for an organization that has had a project."""
    return call.cap_first_time if application.organization.projects_total == 0 else None


def most_for(application: Application, call: Call) -> Decimal:
    """Give the most that an application may be awarded: applied for, call's cap, first-time cap."""
    cap = first_time_cap(application, call)
    return highest_award(application.requested, cap=call.cap_per_project, first_time_cap=cap)


def quota_of(application: Application, quotas: Sequence[CallQuota]) -> CallQuota | None:
    """Give the quota that an application draws on: its lot's, its category's, or the call's as a whole."""
    for quota in quotas:
        if quota.id == application.quota_id or (quota.lot_id is not None and quota.lot_id == application.lot_id):
            return quota
    for quota in quotas:
        if quota.category_code is not None and quota.category_code == application.category_code:
            return quota
    return next((quota for quota in quotas if quota.category_code is None and quota.lot_id is None), None)


def proposals(ranked: Sequence[Application], call: Call, left: Mapping[int, Decimal]) -> list[Proposal]:
    """Award down the ranking while each quota lasts; from the first that does not fit, its quota's rest waits."""
    rest, cut, made = dict(left), set[int](), []
    for application in ranked:
        quota = quota_of(application, call.quotas)
        if quota is None:
            continue
        amount = most_for(application, call)
        decision = AwardDecision.AWARD
        if application.score is None or application.score < PASS_MARK or amount <= ZERO:
            decision = AwardDecision.DECLINE
        elif quota.id in cut or amount > rest.get(quota.id, ZERO):
            cut.add(quota.id)
            decision = AwardDecision.WAIT
        awarded = amount if decision is AwardDecision.AWARD else ZERO
        rest[quota.id] = rest.get(quota.id, ZERO) - awarded
        made.append(Proposal(application, quota, decision, awarded))
    return made


def call_is_being_awarded(call: Call) -> Sentence | None:
    if call.state in BEING_AWARDED:
        return None
    return Sentence("The call is “{state}”; award lists are made while it is under review.", state=call.state)


def somebody_is_ranked(ranked: Sequence[Application]) -> Sentence | None:
    if ranked:
        return None
    return Sentence("No application of this call has an official score that waits for a decision.")


def list_is_open(award_list: AwardList) -> Sentence | None:
    if award_list.state in LIST_EDITABLE:
        return None
    return Sentence("The list is “{state}” now; its amounts are fixed.", state=award_list.state)


def limits_of(award: Award, call: Call, decision: AwardDecision, amount: Decimal) -> list[Sentence]:
    """Say every limit that a decision passes; an amount belongs to an award and to nothing else."""
    if decision is not AwardDecision.AWARD:
        return [Sentence("Only an award has an amount; write 0.00 here.")] if amount != ZERO else []
    application = award.application
    return award_problems(
        amount,
        applied=application.requested,
        cap=call.cap_per_project,
        first_time_cap=first_time_cap(application, call),
    )


# Guards


def something_is_awarded(award_list: AwardList, _actor: Actor) -> Sentence | None:
    if any(award.decision is AwardDecision.AWARD for award in award_list.awards):
        return None
    return Sentence("The list awards nothing yet.")


def awards_within_limits(award_list: AwardList, _actor: Actor) -> Sentence | None:
    for award in award_list.awards:
        problems = limits_of(award, award_list.call, award.decision, award.amount)
        if problems:
            return Sentence("{number}: {problem}", number=award.application.number, problem=problems[0])
    return None


def quotas_bear_the_list(award_list: AwardList, _actor: Actor) -> Sentence | None:
    return overrun(award_list.awards, left_of_quotas(award_list.call_id))


def overrun(awards: Sequence[Award], left: Mapping[int, Decimal]) -> Sentence | None:
    """Say of the first quota that cannot bear its awards how much is left and how much is needed; yuan."""
    for quota_id in dict.fromkeys(award.quota_id for award in awards):
        needed = sum_of(award.amount for award in awards if award.quota_id == quota_id)
        if needed > left.get(quota_id, ZERO):
            return Sentence(
                "{left} is left of this quota; the list needs {needed}.",
                left=left.get(quota_id, ZERO),
                needed=needed,
            )
    return None
