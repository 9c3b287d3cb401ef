"""What a contract needs before it goes on."""

from __future__ import annotations

from grants.models import Contract
from grants.states import ProjectState
from kernel.actor import Actor
from kernel.money import sum_of
from kernel.words import Sentence


def instalments_make_up_the_award(contract: Contract, _actor: Actor) -> Sentence | None:
    planned = sum_of(part.amount for part in contract.project.instalments)
    if planned == contract.amount:
        return None
    return Sentence(
        "The instalments sum to {planned}; the contract is about {amount}.", planned=planned, amount=contract.amount
    )


def project_awaits_signature(contract: Contract, _actor: Actor) -> Sentence | None:
    if contract.project.state is ProjectState.SIGNING:
        return None
    return Sentence("The project is “{state}” now; its contract cannot go on.", state=contract.project.state)
