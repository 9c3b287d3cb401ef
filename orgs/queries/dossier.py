"""An organization's file, in one statement: what it was given, what stands against it, what it brought, what is past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from kernel.db import db
from kernel.files import StoredFile
from kernel.people import PERSON
from orgs.models import (
    BankAccount,
    BlacklistEntry,
    CreditEntry,
    Inspection,
    NameChange,
    OrganizationDocument,
    PastProject,
    ProfileChange,
    Rating,
)
from orgs.models.bank_account import masked_account
from orgs.queries.file_lines import (
    AccountLine,
    ChangeLine,
    CreditLine,
    DocumentLine,
    Dossier,
    InspectionLine,
    ListingLine,
    NameLine,
    PastLine,
    RatingLine,
)
from orgs.states import (
    BlacklistState,
    ChangeState,
    CreditKind,
    DocumentKind,
    Grade,
    InspectionResult,
    ProfileField,
    RatingGrade,
    RatingState,
)


def dossier_of(organization_id: int) -> Dossier:
    """Give the lists of an organization's page, read as rows below each other in one statement."""
    lines = union_all(*_parts(organization_id)).subquery()
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in db.session.execute(select(lines)):
        rows[row.part].append(row)
    return _dossier(rows)


def dossiers_of(organization_ids: Collection[int]) -> dict[int, Dossier]:
    """Give the files of a few organizations by their ids, in one statement as well."""
    owned = [
        select(literal(pk, BigInteger).label("owner"), part.subquery())
        for pk in organization_ids
        for part in _parts(pk)
    ]
    rows: dict[int, dict[str, list[Any]]] = {pk: defaultdict(list) for pk in organization_ids}
    for row in db.session.execute(select(union_all(*owned).subquery())):
        rows[row.owner][row.part].append(row)
    return {pk: _dossier(found) for pk, found in rows.items()}


def _dossier(rows: Mapping[str, list[Any]]) -> Dossier:
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
        listings=[_listing(row) for row in sorted(rows["listing"], key=lambda row: -row.id)],
        past=[_past(row) for row in sorted(rows["past"], key=lambda row: (-row.year, row.words))],
    )


def documents_of(organization_id: int) -> list[DocumentLine]:
    """Give an organization's papers, those that count first, by their last day."""
    return _documents(db.session.execute(_document_part(organization_id)).all(), [])


COLUMNS: Final[Mapping[str, Any]] = {
    "id": BigInteger,
    "code": Text,
    "state": Text,
    "year": Integer,
    "day": Date,
    "first_day": Date,
    "last_day": Date,
    "words": Text,
    "more": Text,
    "amount": Numeric,
}
"""What each part of the file gives, besides its name; what a part does not have is empty in it."""


def _part(name: str, *where: ColumnElement[bool], **columns: Any) -> Select[Any]:
    shown = [cast(columns.get(key, null()), kind).label(key) for key, kind in COLUMNS.items()]
    return select(literal(name).label("part"), *shown).where(*where)


def _parts(organization_id: int) -> list[Select[Any]]:
    return [
        *_record_parts(organization_id),
        _document_part(organization_id),
        _file_part(organization_id),
        *_passport_parts(organization_id),
    ]


def _record_parts(organization_id: int) -> list[Select[Any]]:
    rating, inspection, entry = Rating, Inspection, CreditEntry
    listing, past = BlacklistEntry, PastProject
    return [
        _part(
            "rating",
            rating.organization_id == organization_id,
            id=rating.id,
            code=rating.grade,
            state=rating.state,
            day=rating.announced_on,
            first_day=rating.valid_from,
            last_day=rating.valid_to,
            words=rating.certificate_number,
        ),
        _part(
            "inspection",
            inspection.organization_id == organization_id,
            id=inspection.id,
            code=inspection.result,
            year=inspection.year,
            day=inspection.concluded_on,
        ),
        _part(
            "entry",
            entry.organization_id == organization_id,
            id=entry.id,
            code=entry.kind,
            day=entry.listed_on,
            last_day=entry.removed_on,
            words=entry.source,
        ),
        _part(
            "listing",
            listing.organization_id == organization_id,
            id=listing.id,
            state=listing.state,
            day=listing.defence_due_on,
            first_day=listing.begins_on,
            last_day=func.coalesce(listing.ended_on, listing.ends_on),
            words=listing.number,
        ),
        _part(
            "past",
            past.organization_id == organization_id,
            id=past.id,
            code=past.grade,
            year=past.year,
            words=past.name,
            more=past.source,
            amount=past.amount,
        ),
    ]


def _document_part(organization_id: int) -> Select[Any]:
    document = OrganizationDocument
    return _part(
        "document",
        document.organization_id == organization_id,
        id=document.id,
        code=document.kind,
        state=document.number,
        day=document.replaced_on,
        first_day=document.valid_from,
        last_day=document.valid_to,
        words=document.title,
    )


def _file_part(organization_id: int) -> Select[Any]:
    document = OrganizationDocument
    return _part(
        "file",
        StoredFile.owner_kind == document.__name__,
        StoredFile.owner_id == document.id,
        document.organization_id == organization_id,
        id=document.id,
        code=StoredFile.public_id,
        words=StoredFile.original_name,
    )


def _passport_parts(organization_id: int) -> list[Select[Any]]:
    account, change, name = BankAccount, ProfileChange, NameChange
    return [
        _part(
            "account",
            account.organization_id == organization_id,
            id=account.id,
            code=account.bank,
            state=account.tail,
            day=account.verified_on,
            first_day=account.since,
            last_day=account.until,
            words=account.holder,
            more=select(PERSON.c.name).where(PERSON.c.id == account.verified_by_id).scalar_subquery(),
        ),
        _part(
            "change",
            change.organization_id == organization_id,
            id=change.id,
            code=change.field,
            state=change.state,
            day=change.proposed_on,
            words=change.value,
        ),
        _part(
            "name",
            name.organization_id == organization_id,
            id=name.id,
            code=name.reason,
            state=name.source,
            first_day=name.since,
            words=name.was,
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
    days = (row.first_day, row.last_day, row.day)
    return AccountLine(row.id, row.code, masked_account(row.state), row.words, *days, row.more)


def _listing(row: Any) -> ListingLine:
    return ListingLine(row.id, row.words, BlacklistState(row.state), row.day, row.first_day, row.last_day)


def _past(row: Any) -> PastLine:
    grade = Grade(row.code) if row.code else None
    return PastLine(row.id, row.year, row.words, row.amount, grade, row.more)


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
