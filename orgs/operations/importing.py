"""A list of organizations taken in at once: what is new, what changed, what is as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, tuple_

from kernel.actor import Actor
from kernel.audit import note_event
from kernel.db import db
from kernel.workflow import deed
from orgs.credit_code import registered_kind
from orgs.models import Organization, Rating
from orgs.names import name_columns
from orgs.operations.organizations import rename
from orgs.states import RatingGrade, RatingState


@dataclass(frozen=True, slots=True)
class ImportedOrganization:
    """One row of a list: a checked credit code, a name, and the grade that the list states, if any."""

    credit_code: str
    name: str
    grade: RatingGrade | None = None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How many organizations were new, changed or as before."""

    new: int = 0
    changed: int = 0
    same: int = 0


@deed("import", "Organization")
def import_organizations(
    rows: Sequence[ImportedOrganization], *, actor: Actor, source: str, bad: int = 0
) -> ImportResult:
    """Take a list in, whose rows are checked and each organization stands in once.

    A grade that a list states without its announcement waits to be verified; a grade that is on record, in
    whatever state, is left alone. The list is one event of the trail.
    """
    known = _known([row.credit_code for row in rows])
    fresh = [row for row in rows if row.credit_code not in known]
    ids = _insert(fresh)
    told = _graded(known)
    renamed = {row.credit_code for row in rows if _rename(known.get(row.credit_code), row.name)}
    missing = [row for row in rows if row.grade is not None and (row.credit_code, row.grade) not in told]
    ids |= {code: organization.id for code, organization in known.items()}
    _insert_ratings(missing, ids)
    regraded = {row.credit_code for row in missing if row.credit_code in known}
    for code in sorted(regraded):
        _show_waiting(known[code], next(row.grade for row in missing if row.credit_code == code))
    changed = renamed | regraded
    result = ImportResult(len(fresh), len(changed), len(rows) - len(fresh) - len(changed))
    note_event(
        "Organization.import",
        "Organization",
        actor=actor,
        source=source,
        new=result.new,
        changed=result.changed,
        same=result.same,
        bad=bad,
    )
    return result


def _known(codes: Sequence[str]) -> dict[str, Organization]:
    wanted = select(Organization).where(Organization.credit_code.in_(codes)).with_for_update()
    return {organization.credit_code: organization for organization in db.session.scalars(wanted)}


def _graded(known: dict[str, Organization]) -> set[tuple[str, RatingGrade]]:
    codes = {organization.id: code for code, organization in known.items()}
    wanted = select(Rating.organization_id, Rating.grade).where(
        tuple_(Rating.organization_id).in_([(i,) for i in codes])
    )
    return {(codes[row.organization_id], row.grade) for row in db.session.execute(wanted)} if codes else set()


def _insert(rows: Sequence[ImportedOrganization]) -> dict[str, int]:
    if not rows:
        return {}
    values = [
        {
            **name_columns(row.name, [], row.credit_code),
            "type": registered_kind(row.credit_code),
            "rating_grade": row.grade,
            "rating_state": RatingState.PENDING if row.grade else None,
        }
        for row in rows
    ]
    written = db.session.execute(insert(Organization).returning(Organization.credit_code, Organization.id), values)
    return {row.credit_code: row.id for row in written}


def _insert_ratings(rows: Sequence[ImportedOrganization], ids: dict[str, int]) -> None:
    if rows:
        values = [
            {"organization_id": ids[row.credit_code], "grade": row.grade, "state": RatingState.PENDING} for row in rows
        ]
        db.session.execute(insert(Rating), values)


def _rename(organization: Organization | None, name: str) -> bool:
    if organization is None or organization.name == name:
        return False
    rename(organization, name)
    return True


def _show_waiting(organization: Organization, grade: RatingGrade | None) -> None:
    # A rating that counts stays what the register shows; one that waits is shown where there is none.
    if organization.rating_state is not RatingState.VALID:
        organization.rating_grade = grade
        organization.rating_state = RatingState.PENDING
        organization.rating_valid_from = organization.rating_valid_to = None
