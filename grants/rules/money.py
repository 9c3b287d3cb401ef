"""When an instalment may be requested, checked, paid or reduced."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from grants.models import Instalment
from grants.states import (
    INSTALMENT_ENDED,
    PROJECT_IN_DELIVERY,
    ContractState,
    InstalmentKind,
    InstalmentState,
    ProjectState,
)
from kernel.actor import Actor
from kernel.clock import today
from kernel.money import ZERO
from kernel.words import Sentence

REDUCIBLE: Final = frozenset(
    {
        InstalmentState.LOCKED,
        InstalmentState.DUE,
        InstalmentState.RETURNED,
        InstalmentState.REQUESTED,
        InstalmentState.HELD,
    }
)
TURN_OF: Final = {
    InstalmentState.REQUESTED: "check",
    InstalmentState.CHECKED: "review",
    InstalmentState.REVIEWED: "approve",
}
FIRST_PAYABLE: Final = PROJECT_IN_DELIVERY | {ProjectState.READY}


def gate_is_met(instalment: Instalment, _actor: Actor) -> Sentence | None:
    """Ask an instalment's own gate: the contract signed, the mid-term passed, the audit accepted."""
    project = instalment.project
    if project.contract is None or project.contract.state is not ContractState.SIGNED:
        return Sentence("The contract has not been signed yet.")
    match instalment.kind:
        case InstalmentKind.FIRST if project.state not in FIRST_PAYABLE:
            return Sentence("The project is “{state}”; the first instalment is paid at its start.", state=project.state)
        case InstalmentKind.MIDDLE if project.midterm_score is None or project.state not in PROJECT_IN_DELIVERY:
            return Sentence("The middle instalment follows a passed mid-term evaluation.")
        case InstalmentKind.FINAL if project.audited_on is None:
            return Sentence("The final instalment follows the final grade and the accepted audit.")
        case _:
            return None


def earlier_parts_are_settled(instalment: Instalment, _actor: Actor) -> Sentence | None:
    """Keep the order of the parts: an instalment is requested when those before it are paid or cancelled."""
    for part in instalment.project.instalments:
        if part.position < instalment.position and part.state not in INSTALMENT_ENDED:
            return Sentence("Instalment {position} has to be paid first.", position=part.position)
    return None


def something_is_payable(instalment: Instalment, _actor: Actor) -> Sentence | None:
    if instalment.payable > ZERO:
        return None
    return Sentence("Nothing of this instalment is left to pay.")


def receipt_is_there(instalment: Instalment, _actor: Actor) -> Sentence | None:
    return None if instalment.receipt_number else Sentence("The receipt is missing.")


def not_paid_in_the_future(paid_on: date) -> Sentence | None:
    if paid_on <= today():
        return None
    return Sentence("A payment cannot lie in the future.")


def sent_back_by_whose_turn_it_is(instalment: Instalment, actor: Actor) -> Sentence | None:
    """Let a request be sent back by whoever has to decide on it next, and by nobody else."""
    if actor.may(TURN_OF.get(instalment.state, ""), "Instalment"):
        return None
    return Sentence("The request is “{state}”; another role decides on it now.", state=instalment.state)


def may_be_reduced(instalment: Instalment) -> Sentence | None:
    if instalment.state in REDUCIBLE:
        return None
    return Sentence("The instalment is “{state}”; it cannot be reduced any more.", state=instalment.state)


def reduction_fits(instalment: Instalment, amount: Decimal) -> Sentence | None:
    if ZERO <= amount <= instalment.amount:
        return None
    return Sentence("A reduction lies between 0.00 and {amount}.", amount=instalment.amount)
