"""An organization's file: its ratings, inspections and credit entries, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Text, cast, literal, null, select, union_all

from kernel.db import db
from orgs.models import CreditEntry, Inspection, Rating
from orgs.states import CreditKind, InspectionResult, RatingGrade, RatingState


@dataclass(frozen=True, slots=True)
class RatingLine:
    """A rating as the file shows it."""

    id: int
    grade: RatingGrade
    state: RatingState
    announced_on: date | None
    valid_from: date | None
    valid_to: date | None
    certificate_number: str | None


@dataclass(frozen=True, slots=True)
class InspectionLine:
    """An annual inspection as the file shows it."""

    id: int
    year: int
    result: InspectionResult
    concluded_on: date | None


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A credit entry as the file shows it."""

    id: int
    kind: CreditKind
    listed_on: date
    removed_on: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that stands in an organization's file, each list newest first."""

    ratings: Sequence[RatingLine]
    inspections: Sequence[InspectionLine]
    entries: Sequence[CreditLine]


def dossier_of(organization_id: int) -> Dossier:
    """Give the lists of an organization's page, read as rows below each other in one statement."""
    lines = union_all(*_parts(organization_id)).subquery()
    rows: dict[str, list[Any]] = {"rating": [], "inspection": [], "entry": []}
    for row in db.session.execute(select(lines)):
        rows[row.part].append(row)
    return Dossier(
        ratings=sorted((_rating(row) for row in rows["rating"]), key=_announced, reverse=True),
        inspections=sorted((_inspection(row) for row in rows["inspection"]), key=lambda line: line.year, reverse=True),
        entries=sorted(
            (_entry(row) for row in rows["entry"]), key=lambda line: (line.listed_on, line.id), reverse=True
        ),
    )


def _parts(organization_id: int) -> list[Any]:
    """Each part gives: part, id, code, state, year, day, first_day, last_day, words."""
    return [
        select(
            literal("rating").label("part"),
            Rating.id.label("id"),
            cast(Rating.grade, Text).label("code"),
            cast(Rating.state, Text).label("state"),
            cast(null(), Inspection.year.type).label("year"),
            Rating.announced_on.label("day"),
            Rating.valid_from.label("first_day"),
            Rating.valid_to.label("last_day"),
            Rating.certificate_number.label("words"),
        ).where(Rating.organization_id == organization_id),
        select(
            literal("inspection"),
            Inspection.id,
            cast(Inspection.result, Text),
            null(),
            Inspection.year,
            Inspection.concluded_on,
            null(),
            null(),
            null(),
        ).where(Inspection.organization_id == organization_id),
        select(
            literal("entry"),
            CreditEntry.id,
            cast(CreditEntry.kind, Text),
            null(),
            null(),
            CreditEntry.listed_on,
            null(),
            CreditEntry.removed_on,
            CreditEntry.source,
        ).where(CreditEntry.organization_id == organization_id),
    ]


def _rating(row: Any) -> RatingLine:
    grade, state = RatingGrade(row.code), RatingState(row.state)
    return RatingLine(row.id, grade, state, row.day, row.first_day, row.last_day, row.words)


def _announced(line: RatingLine) -> tuple[date, int]:
    return line.announced_on or date.max, line.id


def _inspection(row: Any) -> InspectionLine:
    return InspectionLine(row.id, row.year, InspectionResult(row.code), row.day)


def _entry(row: Any) -> CreditLine:
    return CreditLine(row.id, CreditKind(row.code), row.day, row.last_day, row.words)
