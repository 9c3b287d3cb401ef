"""A list of organizations compared with the register and taken in: what is new, what changed, what clashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from kernel.actor import Actor
from kernel.audit import note_event
from kernel.db import db
from kernel.many_rows import insert_rows
from kernel.tables import ImportPreview
from kernel.words import Sentence
from kernel.workflow import deed
from orgs.credit_code import registered_kind
from orgs.models import Inspection, Organization, Rating
from orgs.names import name_columns, pinyin_of
from orgs.operations.organizations import rename
from orgs.operations.ratings import dated_columns
from orgs.queries import organizations_by_former_code
from orgs.rules.merges import code_was_left
from orgs.states import InspectionResult, LineOutcome, OrganizationStatus, RatingState

Values = Mapping[str, Any]

PLAIN = (
    "status",
    "registrar",
    "supervising_unit",
    "founded_on",
    "district_code",
    "address",
    "staff_count",
    "volunteer_count",
    "service_fields",
)
"""Fields of a list that are columns of the organization, taken as they are; an empty cell changes nothing."""

DEFAULTS = {
    "status": OrganizationStatus.ACTIVE,
    "staff_count": 0,
    "volunteer_count": 0,
    "service_fields": [],
}


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How many organizations were new, changed or as before."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: ImportResult) -> ImportResult:
        return ImportResult(self.new + other.new, self.changed + other.changed, self.same + other.same)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a line would do: field → [old, new] as JSON keeps it, and what stands against it (field → sentences)."""

    outcome: LineOutcome
    changes: Mapping[str, list[Any]]
    wrong: Mapping[str, list[Sentence]]
    record: Any = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a line did: to which record, which version of it that left, and what an undo must take back."""

    record_id: int
    version: int
    made: Mapping[str, Any]


@deed("import", "Organization")
def import_organizations(pieces: Iterable[ImportPreview], *, actor: Actor, source: str) -> ImportResult:
    """Take a list in, piece by piece, whose rows are checked and each organization stands in once.

    A grade that a list states without its announcement waits to be verified; a grade that is on record, in
    whatever state, is left alone. Rows that clash are taken. The list is one event of the trail.
    """
    known, result, bad = OrganizationList(tells_twins=False), ImportResult(), 0
    for piece in pieces:
        result += _take([row.values for row in piece.good], known)
        bad += len(piece.bad)
        db.session.expunge_all()
    note_event(
        "Organization",
        actor=actor,
        source=source,
        new=result.new,
        changed=result.changed,
        same=result.same,
        bad=bad,
    )
    return result


def _take(rows: Sequence[Values], known: OrganizationList) -> ImportResult:
    findings = known.compare(rows, lock=True)
    known.take(rows, findings)
    fresh = sum(finding.record is None for finding in findings)
    changed = sum(finding.record is not None and bool(finding.changes) for finding in findings)
    return ImportResult(fresh, changed, len(rows) - fresh - changed)


class OrganizationList:
    """One list of organizations, compared and taken piece by piece in its own order.

    One that does not tell twins (of whatever length, where clashes are taken) keeps no name.
    """

    def __init__(self, *, tells_twins: bool = True) -> None:
        self.tells_twins = tells_twins
        self.named: dict[str, str] = {}
        """Name → code, of the rows so far."""

    def compare(self, rows: Sequence[Values], *, lock: bool = False) -> list[Finding]:
        """Say of each row what it would do; with `lock` nobody else changes these organizations until the end."""
        codes = [row["credit_code"] for row in rows]
        known, left = _known(codes, lock=lock), organizations_by_former_code(codes)
        ids = [organization.id for organization in known.values()]
        ratings, inspections = _ratings_of(ids), _inspections_of(ids)
        twins = self._twins(rows, known) if self.tells_twins else {}
        found = []
        for row in rows:
            if (bearer := left.get(row["credit_code"])) is not None:
                found.append(Finding(LineOutcome.BAD, {}, {"credit_code": [code_was_left(bearer)]}, bearer))
                continue
            record = known.get(row["credit_code"])
            told = ratings.get(record.id, []) if record else []
            inspected = inspections.get((record.id, row.get("inspection_year"))) if record else None
            found.append(_finding(row, record, told, inspected, twins.get(row["credit_code"])))
        return found

    def take(self, rows: Sequence[Values], findings: Sequence[Finding]) -> list[Effect | None]:
        """Write what the findings say; gives what each row did, or None where it did nothing."""
        fresh = [row for row, finding in zip(rows, findings, strict=True) if finding.record is None]
        ids = _insert(fresh)
        records = [finding.record for finding in findings]
        owners = [
            record.id if record is not None else ids[row["credit_code"]]
            for row, record in zip(rows, records, strict=True)
        ]
        made: list[dict[str, Any]] = [
            _change(record, row, finding) if record is not None else {}
            for row, record, finding in zip(rows, records, findings, strict=True)
        ]
        for told, written in zip(made, _insert_ratings(rows, findings, owners), strict=True):
            told.update(written)
        for told, written in zip(made, _write_inspections(rows, findings, owners), strict=True):
            told.update(written)
        db.session.flush()
        return [
            Effect(owner, 1 if record is None else record.version, told) if finding.changes else None
            for owner, record, told, finding in zip(owners, records, made, findings, strict=True)
        ]

    def _twins(self, rows: Sequence[Values], known: Mapping[str, Organization]) -> dict[str, Sentence]:
        """Tell the rows whose name another organization bears, on the register or above in the same list."""
        told: dict[str, Sentence] = {}
        asked = []
        for row in rows:
            code, name = row["credit_code"], row["name"]
            other = self.named.setdefault(name, code)
            if other != code:
                told[code] = Sentence("“{name}” stands in this list under {code} too.", name=name, code=other)
            elif code not in known or known[code].name != name:
                asked.append(row)
        for other_name, other_code in _bearers([row["name"] for row in asked]):
            for row in asked:
                if row["name"] == other_name and row["credit_code"] != other_code:
                    told[row["credit_code"]] = Sentence(
                        "“{name}” is registered under {code} already.", name=other_name, code=other_code
                    )
        return told


def plain(value: Any) -> Any:
    """Write a value as JSON keeps it."""
    match value:
        case StrEnum():
            return value.value
        case date():
            return value.isoformat()
        case _:
            return value


def _known(codes: Sequence[str], *, lock: bool) -> dict[str, Organization]:
    wanted = select(Organization).where(Organization.credit_code.in_(codes)).order_by(Organization.id)
    wanted = wanted.with_for_update() if lock else wanted
    return {organization.credit_code: organization for organization in db.session.scalars(wanted)}


def _bearers(names: Sequence[str]) -> Iterable[tuple[str, str]]:
    if not names:
        return []
    # By pinyin, which has the index that names lack.
    wanted = select(Organization.name, Organization.credit_code).where(
        Organization.name_pinyin.in_({pinyin_of(name) for name in names}), Organization.name.in_(names)
    )
    return [(row.name, row.credit_code) for row in db.session.execute(wanted)]


def _ratings_of(ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    wanted = select(Rating.organization_id, Rating.grade, Rating.announced_on).where(Rating.organization_id.in_(ids))
    for row in db.session.execute(wanted) if ids else ():
        found.setdefault(row.organization_id, []).append(row)
    return found


def _inspections_of(ids: Sequence[int]) -> dict[tuple[int, int | None], Inspection]:
    wanted = select(Inspection).where(Inspection.organization_id.in_(ids))
    return {(one.organization_id, one.year): one for one in db.session.scalars(wanted)} if ids else {}


def _finding(
    row: Values,
    record: Organization | None,
    ratings: Sequence[Any],
    inspected: Inspection | None,
    twin: Sentence | None,
) -> Finding:
    changes: dict[str, list[Any]] = {}
    wrong: dict[str, list[Sentence]] = {"name": [twin]} if twin else {}
    for name in ("name", *PLAIN):
        old = getattr(record, name) if record is not None else None
        if row.get(name) is not None and row[name] != old:
            changes[name] = [plain(old), plain(row[name])]
    if row.get("grade") is not None:
        _compare_grade(row, record, ratings, changes, wrong)
    if row.get("inspection_result") is not None and (inspected is None or inspected.result != row["inspection_result"]):
        changes["inspection_result"] = [plain(inspected.result) if inspected else None, plain(row["inspection_result"])]
        if inspected is not None and inspected.result is not InspectionResult.UNDECIDED:
            told = Sentence(
                "The inspection of {year} is on record with another result.", year=str(row["inspection_year"])
            )
            wrong["inspection_result"] = [told]
    if wrong and (changes or record is None):
        return Finding(LineOutcome.CLASH, changes, wrong, record)
    if record is None:
        return Finding(LineOutcome.NEW, changes, {}, None)
    return Finding(LineOutcome.CHANGED if changes else LineOutcome.SAME, changes, {}, record)


def _compare_grade(
    row: Values,
    record: Organization | None,
    ratings: Sequence[Any],
    changes: dict[str, list[Any]],
    wrong: dict[str, list[Sentence]],
) -> None:
    announced_on = row.get("announced_on")
    if any(rating.grade == row["grade"] and announced_on in {None, rating.announced_on} for rating in ratings):
        return
    changes["grade"] = [plain(record.rating_grade) if record else None, plain(row["grade"])]
    other = next((one for one in ratings if announced_on and one.announced_on == announced_on), None)
    if other is not None:
        told = Sentence("A rating of {grade} announced on this day is on record.", grade=other.grade.value)
        wrong["grade"] = [told]


def _insert(rows: Sequence[Values]) -> dict[str, int]:
    values = [
        {
            **name_columns(row["name"], [], row["credit_code"]),
            "type": registered_kind(row["credit_code"]),
            **{name: row.get(name) if row.get(name) is not None else DEFAULTS.get(name) for name in PLAIN},
            "rating_grade": row.get("grade"),
            "rating_state": RatingState.PENDING if row.get("grade") else None,
            "inspection_year": row.get("inspection_year") if row.get("inspection_result") else None,
            "inspection_result": row.get("inspection_result"),
        }
        for row in rows
    ]
    return {row["credit_code"]: pk for row, pk in zip(rows, insert_rows(Organization, values), strict=True)}


def _change(record: Organization, row: Values, finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "name" in finding.changes:
        made["former_names"] = list(record.former_names)
        rename(record, row["name"])
    for name in PLAIN:
        if name in finding.changes:
            setattr(record, name, row[name])
    if "grade" in finding.changes and "grade" not in finding.wrong and record.rating_state is not RatingState.VALID:
        # A rating that counts stays what the register shows; one that waits is shown where there is none.
        record.rating_grade, record.rating_state = row["grade"], RatingState.PENDING
        record.rating_valid_from = record.rating_valid_to = None
    if "inspection_result" in finding.changes and (record.inspection_year or 0) <= row["inspection_year"]:
        record.inspection_year, record.inspection_result = row["inspection_year"], row["inspection_result"]
    return made


def _insert_ratings(rows: Sequence[Values], findings: Sequence[Finding], owners: Sequence[int]) -> list[dict[str, Any]]:
    wanted = [
        place for place, finding in enumerate(findings) if "grade" in finding.changes and "grade" not in finding.wrong
    ]
    made: list[dict[str, Any]] = [{} for _ in rows]
    ratings = [
        {
            "organization_id": owners[place],
            "grade": rows[place]["grade"],
            "state": RatingState.PENDING,
            **dated_columns(rows[place].get("announced_on")),
        }
        for place in wanted
    ]
    for place, pk in zip(wanted, insert_rows(Rating, ratings), strict=True):
        made[place] = {"rating": pk}
    return made


def _write_inspections(
    rows: Sequence[Values], findings: Sequence[Finding], owners: Sequence[int]
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [{} for _ in rows]
    known = _inspections_of([finding.record.id for finding in findings if finding.record is not None])
    fresh = []
    for place, (row, finding) in enumerate(zip(rows, findings, strict=True)):
        if "inspection_result" not in finding.changes:
            continue
        kept = known.get((owners[place], row["inspection_year"]))
        if kept is None:
            fresh.append(place)
            continue
        made[place] = {"inspection": kept.id, "inspection_was": [plain(kept.result), plain(kept.concluded_on)]}
        kept.result, kept.concluded_on = row["inspection_result"], None
    values = [
        {
            "organization_id": owners[place],
            "year": rows[place]["inspection_year"],
            "result": rows[place]["inspection_result"],
        }
        for place in fresh
    ]
    for place, pk in zip(fresh, insert_rows(Inspection, values), strict=True):
        made[place] = {"inspection": pk}
    return made
