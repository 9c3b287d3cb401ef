"""The papers of signed contracts, built and sealed as a signature does it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from grants.demo.papers import sample_paper
from grants.models import Award, Contract, Project
from grants.reports.contract import build_contract
from grants.states import ContractState
from kernel.clock import at
from kernel.demo import Stage
from kernel.files import StoredFile

PAPERS = 400


def load_contract_papers(stage: Stage) -> None:
    """Write the paper of every signed contract and seal the contract with its check sum."""
    wanted = (
        select(Contract)
        .where(Contract.state == ContractState.SIGNED)
        .options(
            joinedload(Contract.organization),
            joinedload(Contract.project).selectinload(Project.instalments),
            joinedload(Contract.project).joinedload(Project.awarded_by).joinedload(Award.quota),
            joinedload(Contract.project).joinedload(Project.call),
        )
        .order_by(Contract.id)
    )
    contracts = stage.session.scalars(wanted).unique().all()
    # A small programme for tests has papers of its own for its first contracts only: they take the most time.
    own, sample = stage.count(PAPERS, least=4), stage.keep(sample_paper("项目协议（示例）.pdf"))
    files, seals = [], []
    for place, (pk, contract) in enumerate(zip(stage.ids(StoredFile, len(contracts)), contracts, strict=True)):
        assert contract.signed_on is not None
        kept = stage.keep(build_contract(contract)) if place < own else sample
        told = stage.file(
            kept,
            f"{contract.number}.pdf",
            owner=("Contract", contract.id),
            kind="contract",
            organization_id=contract.organization_id,
            on=at(contract.signed_on, 10),
        )
        files.append({"id": pk, **told})
        seals.append({"pk": contract.id, "paper": pk, "seal": kept.sha256})
    stage.load(StoredFile, files)
    shown: Any = Contract.__table__
    sealed = shown.update().where(shown.c.id == bindparam("pk"))
    stage.session.connection().execute(sealed.values(file_id=bindparam("paper"), sha256=bindparam("seal")), seals)
    stage.session.expunge_all()
