"""Award lists: the officer proposes, the director approves, the funder confirms; three different people."""

from __future__ import annotations

from grants.notices.awards import LIST_APPROVED, LIST_CONFIRMED, LIST_PROPOSED, LIST_RETURNED
from grants.rules.awards import awards_within_limits, quotas_bear_the_list, something_is_awarded
from grants.rules.separation import taken_by_another
from grants.states import AwardListState as S
from kernel.workflow import Transition, Workflow

AWARD_LIST = Workflow(
    "AwardList",
    noun="Award list",
    initial=S.DRAFT,
    path=(S.DRAFT, S.PROPOSED, S.APPROVED, S.CONFIRMED),
    transitions=(
        Transition(
            name="propose",
            label="Send to the director",
            source=frozenset({S.DRAFT, S.RETURNED}),
            target=S.PROPOSED,
            guards=(something_is_awarded, awards_within_limits, quotas_bear_the_list),
            notices=(LIST_PROPOSED,),
            confirm="The amounts are fixed once the list is with the director.",
            icon="send",
        ),
        Transition(
            name="approve",
            label="Approve the list",
            source=frozenset({S.PROPOSED}),
            target=S.APPROVED,
            guards=(taken_by_another("proposed_by_id"), awards_within_limits, quotas_bear_the_list),
            notices=(LIST_APPROVED,),
            confirm="The money moves from the quotas to the awards.",
            icon="check-lg",
        ),
        Transition(
            name="return_to_officer",
            label="Send the list back",
            source=frozenset({S.PROPOSED}),
            target=S.RETURNED,
            notices=(LIST_RETURNED,),
            style="quiet",
            icon="arrow-return-left",
        ),
        Transition(
            name="confirm",
            label="Confirm the list",
            source=frozenset({S.APPROVED}),
            target=S.CONFIRMED,
            guards=(taken_by_another("proposed_by_id", "approved_by_id"),),
            notices=(LIST_CONFIRMED,),
            confirm="After this the list is put on public notice.",
            icon="check2-all",
        ),
        Transition(
            name="send_back",
            label="Refuse the list",
            source=frozenset({S.APPROVED}),
            target=S.RETURNED,
            notices=(LIST_RETURNED,),
            style="bad",
            icon="arrow-return-left",
        ),
    ),
)
