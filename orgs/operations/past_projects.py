"""Projects of past years, compared with what is on record and taken in; they are history and move no money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from kernel.db import db
from kernel.many_rows import insert_rows
from kernel.words import Sentence
from orgs.models import Organization, PastProject
from orgs.operations.importing import Effect, Finding, Values, plain
from orgs.queries import organizations_by_former_code
from orgs.states import LineOutcome

FIELDS = ("amount", "grade", "source")


class PastProjectList:
    """One list of past projects, compared and taken piece by piece; `source` is where a line is from that names none."""

    def __init__(self, source: str) -> None:
        self.source = source

    def compare(self, rows: Sequence[Values], *, lock: bool = False) -> list[Finding]:
        """Say of each row what it would do; with `lock` nobody else changes these projects until the end."""
        owners = _owners([row["credit_code"] for row in rows])
        known = _known([owner.id for owner in owners.values()], lock=lock)
        return [_finding(row, owners.get(row["credit_code"]), known) for row in rows]

    def take(self, rows: Sequence[Values], findings: Sequence[Finding]) -> list[Effect | None]:
        """Write what the findings say; gives what each row did, or None where it did nothing."""
        owners = _owners([row["credit_code"] for row in rows])
        fresh = [place for place, finding in enumerate(findings) if finding.record is None]
        values = [
            {
                "organization_id": owners[rows[place]["credit_code"]].id,
                **{name: rows[place].get(name) for name in ("name", "year", *FIELDS)},
                "source": rows[place].get("source") or self.source,
            }
            for place in fresh
        ]
        effects: list[Effect | None] = [None] * len(rows)
        for place, pk in zip(fresh, insert_rows(PastProject, values), strict=True):
            effects[place] = Effect(pk, 1, {})
        changed = [place for place, finding in enumerate(findings) if finding.record is not None and finding.changes]
        for place in changed:
            for name in FIELDS:
                if name in findings[place].changes:
                    setattr(findings[place].record, name, rows[place][name])
        db.session.flush()
        for place in changed:
            effects[place] = Effect(findings[place].record.id, findings[place].record.version, {})
        return effects


def remove_past_projects(ids: Sequence[int]) -> None:
    """Take projects of past years off the record; inside the undo of the import that brought them."""
    db.session.execute(delete(PastProject).where(PastProject.id.in_(ids)))


def _owners(codes: Sequence[str]) -> dict[str, Organization]:
    wanted = select(Organization).where(Organization.credit_code.in_(codes))
    found = {organization.credit_code: organization for organization in db.session.scalars(wanted)}
    # The past of a file that was merged is the survivor's.
    return organizations_by_former_code(codes) | found


def _known(owners: Sequence[int], *, lock: bool) -> dict[tuple[int, int, str], PastProject]:
    wanted = select(PastProject).where(PastProject.organization_id.in_(owners)).order_by(PastProject.id)
    wanted = wanted.with_for_update() if lock else wanted
    return {(one.organization_id, one.year, one.name): one for one in db.session.scalars(wanted)} if owners else {}


def _finding(row: Values, owner: Organization | None, known: Mapping[tuple[int, int, str], PastProject]) -> Finding:
    if owner is None:
        told = Sentence("No organization with this credit code is on the register. Please import it first.")
        return Finding(LineOutcome.BAD, {}, {"credit_code": [told]})
    record = known.get((owner.id, row["year"], row["name"]))
    changes: dict[str, list[Any]] = {}
    for name in ("name", "year", *FIELDS):
        old = getattr(record, name) if record is not None else None
        if row.get(name) is not None and row[name] != old:
            changes[name] = [_told(old), _told(row[name])]
    stated = row.get("organization")
    if stated and stated not in {owner.name, *owner.former_names}:
        told = Sentence("This code belongs to “{name}”.", name=owner.name)
        return Finding(LineOutcome.CLASH, changes, {"organization": [told]}, record)
    if record is None:
        return Finding(LineOutcome.NEW, changes, {})
    return Finding(LineOutcome.CHANGED if changes else LineOutcome.SAME, changes, {}, record)


def _told(value: Any) -> Any:
    return str(value) if value is not None and not isinstance(value, int | str) else plain(value)
