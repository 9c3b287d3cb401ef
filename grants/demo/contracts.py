"""The papers of signed contracts, built and sealed as a signature does it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from grants.demo.papers import sample_paper
from grants.models import Award, Contract, Project
from grants.reports.contract import CENTRE, LOCALE, WORD, build_contract
from grants.states import ContractState
from kernel.clock import at
from kernel.demo import Stage
from kernel.documents import new_code
from kernel.files import StoredFile
from kernel.files.storage import Kept
from kernel.papers import IssuedPaper

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
    files, seals, issued, dice = [], [], [], stage.draw("check codes")
    for place, (pk, contract) in enumerate(zip(stage.ids(StoredFile, len(contracts)), contracts, strict=True)):
        assert contract.signed_on is not None
        code = new_code(dice.choice)
        kept = stage.keep(build_contract(contract, code).build()) if place < own else sample
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
        if place < own:
            issued.append(_issued(contract, pk, kept, code))
    stage.load(StoredFile, files)
    stage.load(IssuedPaper, issued)
    shown: Any = Contract.__table__
    sealed = shown.update().where(shown.c.id == bindparam("pk"))
    stage.session.connection().execute(sealed.values(file_id=bindparam("paper"), sha256=bindparam("seal")), seals)
    stage.session.expunge_all()


def _issued(contract: Contract, file_id: int, kept: Kept, code: str) -> dict[str, Any]:
    assert contract.signed_on is not None
    return {
        "code": code,
        "word": WORD.msgid,
        "number": contract.number,
        "issuer": CENTRE.render(LOCALE),
        "issued_on": contract.signed_on,
        "owner_kind": "Contract",
        "owner_id": contract.id,
        "file_id": file_id,
        "size": kept.size,
        "sha256": kept.sha256,
        "created_at": at(contract.signed_on, 10),
    }
