"""Instalments: one person asks, and four others move the money, each once."""

from __future__ import annotations

from grants.notices.projects import (
    INSTALMENT_APPROVED,
    INSTALMENT_CHECKED,
    INSTALMENT_DUE,
    INSTALMENT_HELD,
    INSTALMENT_PAID,
    INSTALMENT_REQUESTED,
    INSTALMENT_RETURNED,
    INSTALMENT_REVIEWED,
)
from grants.rules.money import (
    earlier_parts_are_settled,
    gate_is_met,
    receipt_is_there,
    sent_back_by_whose_turn_it_is,
    something_is_payable,
)
from grants.rules.separation import taken_by_another
from grants.states import INSTALMENT_REQUESTABLE, InstalmentState as S
from kernel.workflow import Transition, Workflow

INSTALMENT = Workflow(
    "Instalment",
    noun="Instalment",
    initial=S.LOCKED,
    path=(S.LOCKED, S.DUE, S.REQUESTED, S.CHECKED, S.REVIEWED, S.APPROVED, S.PAID),
    transitions=(
        Transition(
            name="unlock",
            label="Make due",
            source=frozenset({S.LOCKED}),
            target=S.DUE,
            notices=(INSTALMENT_DUE,),
            by_person=False,
        ),
        Transition(
            name="request",
            label="Request the payment",
            source=INSTALMENT_REQUESTABLE,
            target=S.REQUESTED,
            guards=(gate_is_met, earlier_parts_are_settled, something_is_payable),
            notices=(INSTALMENT_REQUESTED,),
            icon="send",
        ),
        Transition(
            name="check",
            label="Check the request",
            source=frozenset({S.REQUESTED}),
            target=S.CHECKED,
            guards=(taken_by_another("requested_by_id"), gate_is_met, receipt_is_there),
            notices=(INSTALMENT_CHECKED,),
            icon="check-lg",
        ),
        Transition(
            name="review",
            label="Review for finance",
            source=frozenset({S.CHECKED}),
            target=S.REVIEWED,
            guards=(taken_by_another("requested_by_id", "checked_by_id"), gate_is_met),
            notices=(INSTALMENT_REVIEWED,),
            icon="calculator",
        ),
        Transition(
            name="approve",
            label="Approve the payment",
            source=frozenset({S.REVIEWED}),
            target=S.APPROVED,
            guards=(taken_by_another("requested_by_id", "checked_by_id", "reviewed_by_id"), gate_is_met),
            notices=(INSTALMENT_APPROVED,),
            confirm="Finance pays after your approval.",
            icon="check2-all",
            fresh=True,
        ),
        Transition(
            name="pay",
            label="Record the payment",
            source=frozenset({S.APPROVED}),
            target=S.PAID,
            guards=(taken_by_another("requested_by_id", "approved_by_id"), something_is_payable),
            notices=(INSTALMENT_PAID,),
            icon="cash-stack",
            fresh=True,
        ),
        Transition(
            name="send_back",
            label="Send the request back",
            source=frozenset({S.REQUESTED, S.CHECKED, S.REVIEWED}),
            target=S.RETURNED,
            guards=(sent_back_by_whose_turn_it_is,),
            notices=(INSTALMENT_RETURNED,),
            style="quiet",
            icon="arrow-return-left",
        ),
        Transition(
            name="hold",
            label="Put on hold",
            source=frozenset({S.DUE, S.REQUESTED, S.CHECKED, S.REVIEWED, S.RETURNED}),
            target=S.HELD,
            notices=(INSTALMENT_HELD,),
            style="quiet",
            icon="stop",
        ),
        Transition(
            name="release",
            label="Release",
            source=frozenset({S.HELD}),
            target=S.DUE,
            notices=(INSTALMENT_DUE,),
            icon="play-fill",
        ),
        Transition(
            name="cancel",
            label="Cancel the instalment",
            source=frozenset({S.LOCKED, S.DUE, S.RETURNED, S.HELD}),
            target=S.CANCELLED,
            by_person=False,
        ),
    ),
)
