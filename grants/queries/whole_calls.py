"""A call with everything that it holds, beside the one that it was copied from: a statement for each kind of part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from grants.models import Call, CallForm, CallQuota, CallRule, FormVersion
from grants.questions import Definition, definition_of
from grants.states import EligibilityRule
from kernel.db import db
from kernel.files import StoredFile


@dataclass(slots=True)
class WholeCall:
    """A call with its rules (with their parameters), its form and its documents; `form` as it was published last."""

    call: Call
    rules: Mapping[EligibilityRule, Mapping[str, Any]] = field(default_factory=dict)
    form: Definition = field(default_factory=Definition)
    documents: Sequence[StoredFile] = ()


def whole_calls(pk: int, document: str) -> tuple[WholeCall | None, WholeCall | None]:
    """Give a call and the one that it was copied from, both whole; `document` is the kind of a call's documents."""
    origin = select(Call.copied_from_id).where(Call.id == pk).scalar_subquery()
    wanted = select(Call).where(or_(Call.id == pk, Call.id == origin))
    options = (
        joinedload(Call.fiscal_year),
        joinedload(Call.quotas).joinedload(CallQuota.category),
        joinedload(Call.quotas).joinedload(CallQuota.lot),
    )
    calls = {one.id: one for one in db.session.scalars(wanted.options(*options)).unique()}
    if pk not in calls:
        return None, None
    rules, forms, documents = _rules(calls), _forms(calls), _documents(calls, document)
    found = {
        id_: WholeCall(call, rules.get(id_, {}), forms.get(id_, Definition()), documents.get(id_, ()))
        for id_, call in calls.items()
    }
    return found.pop(pk), next(iter(found.values()), None)


def _rules(calls: Mapping[int, Call]) -> dict[int, dict[EligibilityRule, dict[str, Any]]]:
    wanted = select(CallRule).where(CallRule.call_id.in_(calls)).order_by(CallRule.call_id, CallRule.position)
    found: dict[int, dict[EligibilityRule, dict[str, Any]]] = {}
    for rule in db.session.scalars(wanted):
        found.setdefault(rule.call_id, {})[rule.rule] = dict(rule.parameters)
    return found


def _forms(calls: Mapping[int, Call]) -> dict[int, Definition]:
    """Give the form of each call: the version published last, and before the publication the one being built."""
    frozen = select(FormVersion.call_id, FormVersion.number, FormVersion.definition)
    built = select(CallForm.call_id, literal(0, BigInteger).label("number"), CallForm.definition)
    lines = union_all(frozen.where(FormVersion.call_id.in_(calls)), built.where(CallForm.call_id.in_(calls))).subquery()
    rows = db.session.execute(select(lines).order_by(lines.c.number))
    return {row.call_id: definition_of(row.definition) for row in rows}


def _documents(calls: Mapping[int, Call], kind: str) -> dict[int, list[StoredFile]]:
    wanted = select(StoredFile).where(
        StoredFile.owner_kind == Call.__name__,
        StoredFile.owner_id.in_(calls),
        StoredFile.kind == kind,
        StoredFile.superseded_by_id.is_(None),
    )
    found: dict[int, list[StoredFile]] = {}
    for file in db.session.scalars(wanted.order_by(StoredFile.id)):
        found.setdefault(file.owner_id, []).append(file)
    return found
