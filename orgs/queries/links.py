"""Which organizations are linked to one: by what they share, and by what a person has written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, Text, case, cast, literal, null, select, union_all
from sqlalchemy.orm import aliased

from kernel.db import db
from orgs.likeness import SHARED_BY_MANY
from orgs.models import BankAccount, CompareKey, Organization, OrganizationLink
from orgs.states import Evidence, LinkKind

FOUND_BY = ("phone", "address")


@dataclass(frozen=True, slots=True)
class Linked:
    """One link to another organization: what both share, or what a person has written down (`link_id`, `source`).

    `is_first` says of the latter that this organization is its first: the parent, the founder. What is shared is
    named, its value never given.
    """

    organization_id: int
    name: str
    credit_code: str
    evidence: Evidence | None = None
    kind: LinkKind | None = None
    is_first: bool = False
    source: str | None = None
    note: str | None = None
    since: date | None = None
    link_id: int | None = None


def linked_organizations(organization_id: int) -> list[Linked]:
    """Give all that links other organizations to one, in one statement; what a person has written down first.

    Of each thing that is shared at most twenty others are given. Phone and address count as they were when the
    organizations were compared last, a minute after they changed.
    """
    lines = union_all(_recorded(organization_id), *_shared(organization_id)).subquery()
    wanted = select(lines, Organization.name, Organization.credit_code).join(
        Organization, Organization.id == lines.c.other_id
    )
    found = [_linked(row) for row in db.session.execute(wanted)]
    return sorted(found, key=lambda one: (one.kind is None, one.name, one.organization_id, str(one.evidence)))


def _recorded(organization_id: int) -> Any:
    """Each part gives: other_id, code, is_first, source, note, since, link_id."""
    link = OrganizationLink
    is_first = link.first_id == organization_id
    return select(
        case((is_first, link.second_id), else_=link.first_id).label("other_id"),
        cast(link.kind, Text).label("code"),
        is_first.label("is_first"),
        link.source.label("source"),
        link.note.label("note"),
        link.recorded_on.label("since"),
        link.id.label("link_id"),
    ).where((link.first_id == organization_id) | (link.second_id == organization_id), link.ended_on.is_(None))


def _shared(organization_id: int) -> list[Any]:
    return [
        _same_representative(organization_id),
        _same_account(organization_id),
        *(_same_key(organization_id, kind) for kind in FOUND_BY),
    ]


def _line(other_id: Any, code: str) -> Any:
    absent = {"source": Text, "note": Text, "since": Date, "link_id": BigInteger}
    return select(
        other_id.label("other_id"),
        literal(code, Text).label("code"),
        literal(False).label("is_first"),
        *(cast(null(), kind).label(name) for name, kind in absent.items()),
    )


def _same_representative(organization_id: int) -> Any:
    own = aliased(Organization)
    person = select(own.legal_representative).where(own.id == organization_id).scalar_subquery()
    found = _line(Organization.id, Evidence.REPRESENTATIVE.value).where(
        Organization.legal_representative == person, Organization.id != organization_id
    )
    return _some(found)


def _same_account(organization_id: int) -> Any:
    own, other = aliased(BankAccount), aliased(BankAccount)
    prints = select(own.number_print).where(own.organization_id == organization_id)
    found = _line(other.organization_id, Evidence.ACCOUNT.value).where(
        other.number_print.in_(prints), other.organization_id != organization_id
    )
    return _some(found.distinct())


def _same_key(organization_id: int, kind: str) -> Any:
    own, other = aliased(CompareKey), aliased(CompareKey)
    values = select(own.value).where(own.organization_id == organization_id, own.kind == kind)
    found = _line(other.organization_id, Evidence(kind).value).where(
        other.kind == kind, other.value.in_(values), other.organization_id != organization_id
    )
    return _some(found)


def _some(found: Any) -> Any:
    return select(found.limit(SHARED_BY_MANY).subquery())


def _linked(row: Any) -> Linked:
    told = (row.other_id, row.name, row.credit_code)
    if row.link_id is None:
        return Linked(*told, evidence=Evidence(row.code))
    return Linked(
        *told,
        kind=LinkKind(row.code),
        is_first=row.is_first,
        source=row.source,
        note=row.note,
        since=row.since,
        link_id=row.link_id,
    )
