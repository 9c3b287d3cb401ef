"""Award lists: made from the ranking, changed with a reason, proposed, approved under the quota's lock, confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from sqlalchemy.orm.attributes import flag_modified

from grants.models import Award, AwardList, Call
from grants.operations.consequence import in_consequence
from grants.operations.ledger import post
from grants.queries.awards import applications_to_rank, awards_of, left_of_quotas
from grants.queries.locks import lock_quotas
from grants.rules.awards import (
    Proposal,
    call_is_being_awarded,
    limits_of,
    list_is_open,
    overrun,
    proposals,
    somebody_is_ranked,
)
from grants.states import AwardDecision, LedgerDeed
from grants.workflows.applications import APPLICATION
from grants.workflows.awards import AWARD_LIST
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import now
from kernel.db import db
from kernel.errors import Invalid
from kernel.numbering import next_number
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

AWARD_LIST.govern(AwardList)

STEP_OF = {
    AwardDecision.AWARD: "recommend",
    AwardDecision.WAIT: "waitlist",
    AwardDecision.DECLINE: "decline",
}


@deed("create", "AwardList")
def create_award_list(call: Call, *, actor: Actor, note: Annotated[str, Ask("Note", long=True)] = "") -> AwardList:
    """Make a list of all scored applications of a call: awarded down the ranking while the quotas last."""
    lock(call)
    ranked = applications_to_rank(call.id)
    refuse_if(call_is_being_awarded(call), somebody_is_ranked(ranked))
    award_list = AwardList(
        number=next_number(db.session(), "LX", call.fiscal_year.year), call_id=call.id, call=call, note=note
    )
    db.session.add(award_list)
    made = proposals(ranked, call, left_of_quotas(call.id))
    award_list.awards = [_award(proposal, place) for place, proposal in enumerate(made, 1)]
    db.session.flush()
    return award_list


def _award(proposal: Proposal, place: int) -> Award:
    application = proposal.application
    return Award(
        application_id=application.id,
        application=application,
        organization_id=application.organization_id,
        quota_id=proposal.quota.id,
        quota=proposal.quota,
        decision=proposal.decision,
        amount=proposal.amount,
        rank=place,
        score=application.score,
    )


@deed("change", "AwardList")
def change_award(
    award: Award,
    *,
    actor: Actor,
    decision: Annotated[AwardDecision, Ask("Decision")],
    amount: Annotated[Decimal, Ask("Amount")],
    reason: Annotated[str, Ask("Reason", long=True)],
) -> None:
    """Decide differently from the ranking on one application, with the reason; amount in yuan."""
    change_awards(award.award_list, actor=actor, changes={award.id: (decision, amount)}, reason=reason)


@deed("change", "AwardList")
def change_awards(
    award_list: AwardList, *, actor: Actor, changes: Mapping[int, tuple[AwardDecision, Decimal]], reason: str
) -> int:
    """Change decisions and amounts of a list at once; gives how many differ from before.

    `changes` is award id → (decision, amount in yuan). Raises Invalid with each amount that passes a limit, under
    "amount-<id>", and with the reason where something changes without one.
    """
    lock(award_list)
    refuse_if(list_is_open(award_list))
    awards = {award.id: award for award in awards_of(award_list)}
    changed = {
        key: told
        for key, told in changes.items()
        if key in awards and (awards[key].decision, awards[key].amount) != told
    }
    problems: dict[str, list[Sentence]] = {}
    for key, (decision, amount) in changed.items():
        if told := limits_of(awards[key], award_list.call, decision, amount):
            problems[f"amount-{key}"] = told
    if changed and not reason.strip():
        problems["reason"] = [Sentence("Please say why you decide differently.")]
    if problems:
        raise Invalid(problems)
    for key, (decision, amount) in changed.items():
        awards[key].decision, awards[key].amount, awards[key].reason = decision, amount, reason
    if changed:
        # The list is one page: a save over somebody else's decisions is refused by its version.
        flag_modified(award_list, "note")
    db.session.flush()
    return len(changed)


@AWARD_LIST.step("propose")
def propose_award_list(award_list: AwardList, *, actor: Actor) -> None:
    award_list.proposed_by_id = actor.user_id
    award_list.approved_by_id = None


@AWARD_LIST.step("approve")
def approve_award_list(award_list: AwardList, *, actor: Actor) -> None:
    """Move the money of every award from its quota; what many people may press at once against one quota.

    Raises Refused with what is left of the first quota that cannot bear its awards.
    """
    awards = awards_of(award_list)
    lock_quotas(award_list.call, (award.quota_id for award in awards))
    refuse_if(overrun(awards, left_of_quotas(award_list.call_id)))
    for award in awards:
        if award.decision is AwardDecision.AWARD:
            _post(LedgerDeed.AWARD_APPROVED, award, award_list, actor)
        asked = {"amount": award.amount} if award.decision is AwardDecision.AWARD else {}
        APPLICATION[STEP_OF[award.decision]](award.application, actor=in_consequence(actor), **asked)
    award_list.approved_by_id = actor.user_id
    award_list.approved_at = now()


@AWARD_LIST.step("return_to_officer")
def return_award_list(award_list: AwardList, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    award_list.return_reason = reason


@AWARD_LIST.step("confirm")
def confirm_award_list(award_list: AwardList, *, actor: Actor) -> None:
    award_list.confirmed_by_id = actor.user_id
    award_list.confirmed_at = now()


@AWARD_LIST.step("send_back")
def send_back_award_list(
    award_list: AwardList, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]
) -> None:
    """Undo what the director approved: the money goes back to the quotas, the applications back into the review."""
    awards = awards_of(award_list)
    lock_quotas(award_list.call, (award.quota_id for award in awards))
    for award in awards:
        if award.decision is AwardDecision.AWARD:
            _post(LedgerDeed.AWARD_CANCELLED, award, award_list, actor)
        APPLICATION["unrecommend"](award.application, actor=in_consequence(actor))
    award_list.return_reason = reason
    award_list.approved_by_id = None
    award_list.approved_at = None


def cancel_award(award: Award, *, actor: Actor, occasion: str) -> None:
    """Give the money of one approved award back to its quota; the award stays on its list, marked."""
    lock_quotas(award.award_list.call, [award.quota_id])
    _post(LedgerDeed.AWARD_CANCELLED, award, award.award_list, actor, occasion=occasion)
    award.is_cancelled = True
    db.session.flush()


def _post(kind: LedgerDeed, award: Award, award_list: AwardList, actor: Actor, *, occasion: str = "") -> None:
    post(
        kind,
        year=award_list.call.fiscal_year,
        amount=award.amount,
        actor=actor,
        subject=award,
        quota=award.quota,
        award=award,
        # A list that was refused comes back: each round of approval moves the money once.
        occasion=occasion or f"round-{award_list.version}",
    )
