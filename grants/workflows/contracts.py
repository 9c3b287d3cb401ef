"""Contracts: the Centre offers, the organization confirms, the director signs."""

from __future__ import annotations

from grants.notices.projects import CONTRACT_CANCELLED, CONTRACT_CONFIRMED, CONTRACT_OFFERED, CONTRACT_SIGNED
from grants.rules.contracts import instalments_make_up_the_award, project_awaits_signature
from grants.rules.separation import taken_by_another
from grants.states import ContractState as S
from kernel.workflow import Transition, Workflow

CONTRACT = Workflow(
    "Contract",
    noun="Contract",
    initial=S.DRAFT,
    path=(S.DRAFT, S.OFFERED, S.CONFIRMED, S.SIGNED),
    transitions=(
        Transition(
            name="offer",
            label="Offer the contract",
            source=frozenset({S.DRAFT}),
            target=S.OFFERED,
            guards=(project_awaits_signature, instalments_make_up_the_award),
            notices=(CONTRACT_OFFERED,),
            icon="send",
        ),
        Transition(
            name="confirm",
            label="Confirm the contract",
            source=frozenset({S.OFFERED}),
            target=S.CONFIRMED,
            guards=(project_awaits_signature,),
            notices=(CONTRACT_CONFIRMED,),
            confirm="Your organization agrees to the contract as it stands here.",
            icon="check-lg",
        ),
        Transition(
            name="sign",
            label="Sign the contract",
            source=frozenset({S.CONFIRMED}),
            target=S.SIGNED,
            guards=(project_awaits_signature, taken_by_another("confirmed_by_id")),
            notices=(CONTRACT_SIGNED,),
            confirm="The contract is written once, sealed with its check sum, and never changed again.",
            icon="pencil-square",
        ),
        Transition(
            name="cancel",
            label="Cancel the contract",
            source=frozenset({S.DRAFT, S.OFFERED, S.CONFIRMED}),
            target=S.CANCELLED,
            guards=(project_awaits_signature,),
            notices=(CONTRACT_CANCELLED,),
            style="bad",
            icon="x-circle",
        ),
    ),
)
