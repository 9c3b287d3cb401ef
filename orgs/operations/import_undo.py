"""An import taken back as a whole, while nothing that came later depends on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from kernel.db import db
from kernel.errors import Refused
from kernel.files import StoredFile
from kernel.people import Account
from kernel.words import Sentence
from orgs.models import ImportLine, Inspection, NameChange, Organization, PastProject, Rating
from orgs.names import name_columns
from orgs.operations.past_projects import remove_past_projects
from orgs.operations.published_ratings import take_ratings_back
from orgs.operations.ratings import show_rating_on
from orgs.states import Grade, ImportKind, InspectionResult, OrganizationStatus, RatingState

SHOWN = 5
PIECE = 1000

MODELS: Mapping[ImportKind, type[Any]] = {
    ImportKind.ORGANIZATIONS: Organization,
    ImportKind.PAST_PROJECTS: PastProject,
    ImportKind.RATINGS: Rating,
}
READ: Mapping[str, Callable[[Any], Any]] = {
    "status": OrganizationStatus,
    "founded_on": date.fromisoformat,
    "amount": Decimal,
    "grade": Grade,
}


def take_back(kind: ImportKind, lines: Sequence[ImportLine]) -> None:
    """Make everything as it was before these lines were taken in.

    Raises Refused, with names, when a record was changed since or others refer to it.
    """
    records = _records(MODELS[kind], lines)
    _refuse_later_changes(lines, records)
    match kind:
        case ImportKind.ORGANIZATIONS:
            _take_organizations_back(lines, records)
        case ImportKind.PAST_PROJECTS:
            _take_projects_back(lines, records)
        case ImportKind.RATINGS:
            told = {
                is_dated: [records[_id(line)] for line in lines if bool(line.made) is is_dated]
                for is_dated in (False, True)
            }
            take_ratings_back(told[False], told[True])


def _records(model: type[Any], lines: Sequence[ImportLine]) -> dict[int, Any]:
    ids = sorted({line.record_id for line in lines if line.record_id is not None})
    found: dict[int, Any] = {}
    for start in range(0, len(ids), PIECE):
        wanted = select(model).where(model.id.in_(ids[start : start + PIECE])).order_by(model.id).with_for_update()
        found |= {record.id: record for record in db.session.scalars(wanted)}
    return found


def _refuse_later_changes(lines: Sequence[ImportLine], records: Mapping[int, Any]) -> None:
    changed = [
        str(records[_id(line)]) if _id(line) in records else f"#{_id(line)}"
        for line in lines
        if _id(line) not in records or records[_id(line)].version != line.record_version
    ]
    if changed:
        told = Sentence(
            "{count} of these records were changed since, so the import stays: {names}.",
            count=len(changed),
            names=changed[:SHOWN],
        )
        raise Refused(told)


def _take_organizations_back(lines: Sequence[ImportLine], records: Mapping[int, Organization]) -> None:
    fresh = [line for line in lines if _is_new(line)]
    _refuse_people_and_files([records[_id(line)] for line in fresh])
    _remove_ratings([line.made["rating"] for line in lines if "rating" in line.made])
    _restore_inspections([line.made for line in lines if "inspection" in line.made])
    for line in lines:
        if not _is_new(line):
            _restore(records[_id(line)], line)
    db.session.flush()
    _remove([_id(line) for line in fresh])


def _is_new(line: ImportLine) -> bool:
    # Only what was not there before has no former code, and only a new organization states no old name.
    return "credit_code" in line.changes or line.changes.get("name", [""])[0] is None


def _id(line: ImportLine) -> int:
    assert line.record_id is not None
    return line.record_id


def _restore(record: Organization, line: ImportLine) -> None:
    for name, (old, new) in line.changes.items():
        if name == "name":
            _forget_renaming(record, old, new)
            named = name_columns(old, line.made["former_names"], record.credit_code, record.former_codes)
            for column, value in named.items():
                setattr(record, column, value)
        elif name not in {"grade", "inspection_result"}:
            setattr(record, name, READ[name](old) if old is not None and name in READ else old)
    if "rating" in line.made:
        show_rating_on(record)
    if "inspection" in line.made:
        _show_inspection_on(record)


def _forget_renaming(record: Organization, was: str, name: str) -> None:
    wanted = (NameChange.organization_id == record.id, NameChange.was == was, NameChange.name == name)
    db.session.execute(delete(NameChange).where(*wanted))


def _show_inspection_on(record: Organization) -> None:
    wanted = select(Inspection).where(Inspection.organization_id == record.id).order_by(Inspection.year.desc())
    latest = db.session.scalars(wanted.limit(1)).first()
    record.inspection_year = latest.year if latest else None
    record.inspection_result = latest.result if latest else None


def _remove_ratings(ids: Sequence[int]) -> None:
    for start in range(0, len(ids), PIECE):
        some = ids[start : start + PIECE]
        gone = db.session.scalars(
            delete(Rating).where(Rating.id.in_(some), Rating.state == RatingState.PENDING).returning(Rating.id)
        ).all()
        if len(gone) < len(some):
            raise Refused(Sentence("A rating of this import was verified or discarded since, so the import stays."))


def _restore_inspections(made: Sequence[Mapping[str, Any]]) -> None:
    fresh = [told["inspection"] for told in made if "inspection_was" not in told]
    if fresh:
        db.session.execute(delete(Inspection).where(Inspection.id.in_(fresh)))
    was = {told["inspection"]: told["inspection_was"] for told in made if "inspection_was" in told}
    for inspection in db.session.scalars(select(Inspection).where(Inspection.id.in_(was))) if was else ():
        result, concluded_on = was[inspection.id]
        inspection.result = InspectionResult(result)
        inspection.concluded_on = date.fromisoformat(concluded_on) if concluded_on else None
    db.session.flush()


def _refuse_people_and_files(organizations: Sequence[Organization]) -> None:
    names = {organization.id: organization.name for organization in organizations}
    for model in (Account, StoredFile):
        wanted = select(model.organization_id).where(model.organization_id.in_(names)).limit(SHOWN)
        used = [names[pk] for pk in db.session.scalars(wanted) if pk is not None] if names else []
        if used:
            told = Sentence(
                "People or files belong to organizations of this import by now, so it stays: {names}.",
                names=list(dict.fromkeys(used)),
            )
            raise Refused(told)


def _remove(ids: Sequence[int]) -> None:
    try:
        with db.session.begin_nested():
            for start in range(0, len(ids), PIECE):
                gone = delete(Organization).where(Organization.id.in_(ids[start : start + PIECE]))
                db.session.execute(gone, execution_options={"synchronize_session": False})
    except IntegrityError as error:
        told = Sentence("Other records refer to organizations of this import by now, so it stays.")
        raise Refused(told) from error


def _take_projects_back(lines: Sequence[ImportLine], records: Mapping[int, PastProject]) -> None:
    fresh = [_id(line) for line in lines if line.changes.get("year", [""])[0] is None]
    for line in lines:
        record = records[_id(line)]
        if record.id not in fresh:
            for name, (old, _new) in line.changes.items():
                setattr(record, name, READ[name](old) if old is not None and name in READ else old)
    db.session.flush()
    remove_past_projects(fresh)
