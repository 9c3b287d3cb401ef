"""A published list of ratings, compared with the register and taken in: each rating then waits to be verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, or_, select

from kernel.db import db
from kernel.words import Sentence
from orgs.models import Organization, Rating
from orgs.operations.importing import Effect, Finding, Values, plain
from orgs.operations.ratings import date_rating, show_rating_on
from orgs.states import LineOutcome, RatingState

NOBODY = Sentence("No organization with this credit code is on the register. Please import it first.")
NO_NAME = Sentence("No organization of this name is on the register. Please state its credit code.")
SEVERAL = Sentence("Several organizations bear or bore this name. Please state the credit code.")


class PublishedRatings:
    """One list of ratings, compared and taken piece by piece; a line finds its organization by code, else by name."""

    def compare(self, rows: Sequence[Values], *, lock: bool = False) -> list[Finding]:
        """Say of each row what it would do; with `lock` nobody else changes these ratings until the end."""
        owners = _owners(rows)
        known = _ratings_of({one.id for found in owners for one in found}, lock=lock)
        return [_finding(row, found, known) for row, found in zip(rows, owners, strict=True)]

    def take(self, rows: Sequence[Values], findings: Sequence[Finding]) -> list[Effect | None]:
        """Write what the findings say; gives what each row did, or None where it did nothing."""
        written = [
            _write(row, found, finding) if finding.changes and "grade" not in finding.wrong else None
            for row, found, finding in zip(rows, _owners(rows), findings, strict=True)
        ]
        db.session.flush()
        owners = _by_id({told[0].organization_id for told in written if told})
        for organization in owners.values():
            show_rating_on(organization)
        db.session.flush()
        return [None if told is None else Effect(told[0].id, told[0].version, told[1]) for told in written]


def take_ratings_back(fresh: Sequence[Rating], dated: Sequence[Rating]) -> None:
    """Take ratings off the record, and the days off those that had none; inside the undo of their import."""
    owners = _by_id({rating.organization_id for rating in (*fresh, *dated)})
    for rating in dated:
        rating.regime = rating.announced_on = rating.valid_from = rating.valid_to = None
    db.session.flush()
    db.session.execute(delete(Rating).where(Rating.id.in_([rating.id for rating in fresh])))
    for organization in owners.values():
        show_rating_on(organization)


def _write(row: Values, found: Sequence[Organization], finding: Finding) -> tuple[Rating, Mapping[str, Any]]:
    rating, made = finding.record, {"dated": True}
    if rating is None:
        rating, made = Rating(organization_id=found[0].id, grade=row["grade"]), {}
        db.session.add(rating)
    date_rating(rating, row["announced_on"])
    rating.certificate_number = row.get("certificate_number") or rating.certificate_number
    return rating, made


def _owners(rows: Sequence[Values]) -> list[list[Organization]]:
    codes = {row["credit_code"] for row in rows if row.get("credit_code")}
    names = {row["organization"] for row in rows if not row.get("credit_code")}
    named = or_(Organization.name.in_(names), Organization.former_names.overlap(list(names)))
    wanted = select(Organization).where(
        or_(Organization.credit_code.in_(codes), named) if names else Organization.credit_code.in_(codes)
    )
    by_code: dict[str, list[Organization]] = {}
    by_name: dict[str, list[Organization]] = {}
    for one in db.session.scalars(wanted.order_by(Organization.id)):
        by_code[one.credit_code] = [one]
        for name in dict.fromkeys((one.name, *one.former_names)):
            by_name.setdefault(name, []).append(one)
    return [
        by_code.get(row["credit_code"], []) if row.get("credit_code") else by_name.get(row["organization"], [])
        for row in rows
    ]


def _by_id(ids: set[int]) -> dict[int, Organization]:
    wanted = select(Organization).where(Organization.id.in_(ids)).order_by(Organization.id).with_for_update()
    return {one.id: one for one in db.session.scalars(wanted)} if ids else {}


def _ratings_of(ids: set[int], *, lock: bool) -> dict[int, list[Rating]]:
    wanted = select(Rating).where(Rating.organization_id.in_(ids)).order_by(Rating.id)
    found: dict[int, list[Rating]] = {}
    for rating in db.session.scalars(wanted.with_for_update(of=Rating) if lock else wanted) if ids else ():
        found.setdefault(rating.organization_id, []).append(rating)
    return found


def _finding(row: Values, found: Sequence[Organization], known: Mapping[int, Sequence[Rating]]) -> Finding:
    if len(found) != 1:
        field = "credit_code" if row.get("credit_code") else "organization"
        told = SEVERAL if found else NOBODY if row.get("credit_code") else NO_NAME
        return Finding(LineOutcome.BAD, {}, {field: [told]})
    owner, stated = found[0], row.get("organization")
    wrong: dict[str, list[Sentence]] = {}
    if stated and stated not in {owner.name, *owner.former_names}:
        wrong["organization"] = [Sentence("This code belongs to “{name}”.", name=owner.name)]
    record, changes = _compare(row, known.get(owner.id, ()), wrong)
    if wrong and changes:
        return Finding(LineOutcome.CLASH, changes, wrong, record)
    if not changes:
        return Finding(LineOutcome.SAME, changes, {}, record)
    return Finding(LineOutcome.NEW if record is None else LineOutcome.CHANGED, changes, {}, record)


def _compare(
    row: Values, ratings: Sequence[Rating], wrong: dict[str, list[Sentence]]
) -> tuple[Rating | None, dict[str, list[Any]]]:
    told = {name: row.get(name) for name in ("grade", "announced_on", "certificate_number")}
    same_day = next((one for one in ratings if one.announced_on == row["announced_on"]), None)
    if same_day is not None and same_day.grade == row["grade"]:
        return same_day, {}
    if same_day is not None:
        grade = same_day.grade.value
        wrong["grade"] = [Sentence("A rating of {grade} announced on this day is on record.", grade=grade)]
        return same_day, {"grade": [grade, plain(row["grade"])]}
    undated = (one for one in ratings if one.state is RatingState.PENDING and one.announced_on is None)
    record = next((one for one in undated if one.grade == row["grade"]), None)
    new = {name: [None, plain(value)] for name, value in told.items() if value is not None}
    if record is not None:
        new.pop("grade")
    return record, new
