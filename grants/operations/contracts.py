"""Contracts: offered, confirmed, signed once and sealed, or cancelled before."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from grants.models import Contract
from grants.operations.awards import cancel_award
from grants.operations.consequence import in_consequence
from grants.operations.figures import tell_organization
from grants.operations.ledger import post
from grants.reports.contract import CENTRE, WORD, build_contract
from grants.states import InstalmentState, LedgerDeed
from grants.workflows.contracts import CONTRACT
from grants.workflows.money import INSTALMENT
from grants.workflows.projects import PROJECT
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.papers import issue_paper
from kernel.workflow import lock

CONTRACT.govern(Contract)


@CONTRACT.step("offer")
def offer_contract(contract: Contract, *, actor: Actor) -> None:
    contract.offered_by_id = actor.user_id
    contract.offered_on = today()


@CONTRACT.step("confirm")
def confirm_contract(contract: Contract, *, actor: Actor) -> None:
    contract.confirmed_by_id = actor.user_id
    contract.confirmed_on = today()


@CONTRACT.step("sign")
def sign_contract(contract: Contract, *, actor: Actor) -> None:
    """Write the contract's paper, seal it with its check sum, and bind its money; never rendered again."""
    project = contract.project
    contract.signed_by_id = actor.user_id
    contract.signed_on = today()
    paper = issue_paper(
        partial(build_contract, contract),
        owner=contract,
        kind="contract",
        word=WORD,
        number=contract.number,
        issuer=CENTRE,
        actor=actor,
    )
    contract.file_id, contract.sha256 = paper.file_id, paper.sha256
    award = project.awarded_by
    post(
        LedgerDeed.CONTRACT_SIGNED,
        year=project.fiscal_year,
        amount=contract.amount,
        actor=actor,
        subject=contract,
        quota=award.quota,
        award=award,
    )
    PROJECT["make_ready"](project, actor=in_consequence(actor))
    INSTALMENT["unlock"](project.instalments[0], actor=in_consequence(actor))


@CONTRACT.step("cancel")
def cancel_contract(contract: Contract, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    """Give an award up before it is signed: its money goes back to the quota, the project ends."""
    project = contract.project
    lock(project)
    for part in project.instalments:
        if part.state is InstalmentState.LOCKED:
            INSTALMENT["cancel"](part, actor=in_consequence(actor))
    cancel_award(project.awarded_by, actor=actor, occasion=f"contract-{contract.id}")
    PROJECT["drop"](project, actor=in_consequence(actor), reason=reason)
    tell_organization(project, actor=actor)
