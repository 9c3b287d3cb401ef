"""An organization's file: its ratings, inspections and credit entries, in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Text, cast, literal, null, select, union_all

from kernel.db import db
from kernel.files import StoredFile
from orgs.models import (
    BankAccount,
    CreditEntry,
    Inspection,
    NameChange,
    OrganizationDocument,
    ProfileChange,
    Rating,
)
from orgs.models.bank_account import masked_account
from orgs.states import (
    ChangeState,
    CreditKind,
    DocumentKind,
    InspectionResult,
    ProfileField,
    RatingGrade,
    RatingState,
)


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
class DocumentLine:
    """A paper as the file shows it, with its file's public id and name."""

    id: int
    kind: DocumentKind
    title: str
    number: str | None
    valid_from: date | None
    valid_to: date | None
    replaced_on: date | None
    file: str | None = None
    file_name: str | None = None

    @property
    def counts(self) -> bool:
        return self.replaced_on is None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A bank account as everybody may see it."""

    id: int
    bank: str
    masked: str
    holder: str
    since: date
    until: date | None
    verified_on: date | None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change of the profile that was asked for."""

    id: int
    field: ProfileField
    state: ChangeState
    value: str
    proposed_on: date


@dataclass(frozen=True, slots=True)
class NameLine:
    """A name that an organization left on a day; `until` is unknown where nobody wrote the day down."""

    name: str
    until: date | None
    reason: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that stands in an organization's file, each list newest first."""

    ratings: Sequence[RatingLine]
    inspections: Sequence[InspectionLine]
    entries: Sequence[CreditLine]
    documents: Sequence[DocumentLine]
    accounts: Sequence[AccountLine]
    changes: Sequence[ChangeLine]
    names: Sequence[NameLine]


def dossier_of(organization_id: int) -> Dossier:
    """Give the lists of an organization's page, read as rows below each other in one statement."""
    lines = union_all(*_parts(organization_id)).subquery()
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in db.session.execute(select(lines)):
        rows[row.part].append(row)
    return Dossier(
        ratings=sorted((_rating(row) for row in rows["rating"]), key=_announced, reverse=True),
        inspections=sorted((_inspection(row) for row in rows["inspection"]), key=lambda line: line.year, reverse=True),
        entries=sorted(
            (_entry(row) for row in rows["entry"]), key=lambda line: (line.listed_on, line.id), reverse=True
        ),
        documents=_documents(rows["document"], rows["file"]),
        accounts=sorted((_account(row) for row in rows["account"]), key=lambda line: -line.id),
        changes=sorted((_change(row) for row in rows["change"]), key=lambda line: -line.id),
        names=[_name(row) for row in sorted(rows["name"], key=lambda row: -row.id)],
    )


def documents_of(organization_id: int) -> list[DocumentLine]:
    """Give an organization's papers, those that count first, by their last day."""
    document, _file, *_rest = _passport_parts(organization_id)
    # The columns are named after those of the first part of the file.
    names = ("part", "id", "code", "state", "year", "day", "first_day", "last_day", "words")
    lines = document.subquery()
    named = [column.label(name) for column, name in zip(lines.c, names, strict=True)]
    return _documents(db.session.execute(select(*named)).all(), [])


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
        *_passport_parts(organization_id),
    ]


def _passport_parts(organization_id: int) -> list[Any]:
    document, account, change, name = OrganizationDocument, BankAccount, ProfileChange, NameChange
    return [
        select(
            literal("document"),
            document.id,
            cast(document.kind, Text),
            document.number,
            null(),
            document.replaced_on,
            document.valid_from,
            document.valid_to,
            document.title,
        ).where(document.organization_id == organization_id),
        select(
            literal("file"),
            document.id,
            cast(StoredFile.public_id, Text),
            null(),
            null(),
            null(),
            null(),
            null(),
            StoredFile.original_name,
        ).where(
            StoredFile.owner_kind == document.__name__,
            StoredFile.owner_id == document.id,
            document.organization_id == organization_id,
        ),
        select(
            literal("account"),
            account.id,
            account.bank,
            account.tail,
            null(),
            account.verified_on,
            account.since,
            account.until,
            account.holder,
        ).where(account.organization_id == organization_id),
        select(
            literal("change"),
            change.id,
            cast(change.field, Text),
            cast(change.state, Text),
            null(),
            change.proposed_on,
            null(),
            null(),
            change.value,
        ).where(change.organization_id == organization_id),
        select(literal("name"), name.id, name.reason, name.source, null(), null(), name.since, null(), name.was).where(
            name.organization_id == organization_id
        ),
    ]


def _documents(rows: Sequence[Any], files: Sequence[Any]) -> list[DocumentLine]:
    """Give the papers, those that count first, by their last day."""
    named = {row.id: row for row in files}
    lines = [
        DocumentLine(
            row.id,
            DocumentKind(row.code),
            row.words,
            row.state,
            row.first_day,
            row.last_day,
            row.day,
            named[row.id].code if row.id in named else None,
            named[row.id].words if row.id in named else None,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (not line.counts, line.valid_to or date.max, line.id))


def _account(row: Any) -> AccountLine:
    return AccountLine(row.id, row.code, masked_account(row.state), row.words, row.first_day, row.last_day, row.day)


def _change(row: Any) -> ChangeLine:
    return ChangeLine(row.id, ProfileField(row.code), ChangeState(row.state), row.words, row.day)


def _name(row: Any) -> NameLine:
    return NameLine(row.words, row.first_day, row.code, row.state)


def _rating(row: Any) -> RatingLine:
    grade, state = RatingGrade(row.code), RatingState(row.state)
    return RatingLine(row.id, grade, state, row.day, row.first_day, row.last_day, row.words)


def _announced(line: RatingLine) -> tuple[date, int]:
    return line.announced_on or date.max, line.id


def _inspection(row: Any) -> InspectionLine:
    return InspectionLine(row.id, row.year, InspectionResult(row.code), row.day)


def _entry(row: Any) -> CreditLine:
    return CreditLine(row.id, CreditKind(row.code), row.day, row.last_day, row.words)
