"""Objections to a public notice: received, looked into, decided within five days."""

from __future__ import annotations

from grants.notices.awards import (
    OBJECTION_BEING_ANSWERED,
    OBJECTION_REJECTED,
    OBJECTION_UPHELD,
)
from grants.states import ObjectionState as S
from kernel.workflow import Transition, Workflow

OBJECTION = Workflow(
    "Objection",
    noun="Objection",
    initial=S.RECEIVED,
    path=(S.RECEIVED, S.ANSWERING, S.REJECTED),
    transitions=(
        Transition(
            name="look_into",
            label="Look into it",
            source=frozenset({S.RECEIVED}),
            target=S.ANSWERING,
            notices=(OBJECTION_BEING_ANSWERED,),
            icon="search",
        ),
        Transition(
            name="reject",
            label="Do not uphold",
            source=frozenset({S.ANSWERING}),
            target=S.REJECTED,
            notices=(OBJECTION_REJECTED,),
            style="quiet",
            icon="dash-circle",
        ),
        Transition(
            name="uphold",
            label="Uphold the objection",
            source=frozenset({S.ANSWERING}),
            target=S.UPHELD,
            notices=(OBJECTION_UPHELD,),
            confirm="The award is cancelled and its money goes back to the quota.",
            style="bad",
            icon="check-lg",
        ),
    ),
)
