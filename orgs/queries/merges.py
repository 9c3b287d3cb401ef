"""Merging two files of one organization: what hangs on a file, what both say differently, and what led where."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, text
from sqlalchemy.orm import aliased, undefer_group

from kernel.db import Fact, db
from kernel.files import StoredFile
from kernel.people import Account
from kernel.scope import all_records
from kernel.words import Sentence
from orgs.models import (
    BankAccount,
    BlacklistEntry,
    CreditEntry,
    Inspection,
    Organization,
    OrganizationDocument,
    OrganizationMerge,
    PastProject,
    ProfileChange,
    Rating,
    StatusChange,
)
from orgs.states import BLACKLIST_ENDED, ChangeState, MergeState

COUNTED: dict[type[Fact], Sentence] = {
    Rating: Sentence("Ratings"),
    Inspection: Sentence("Inspections"),
    CreditEntry: Sentence("Credit"),
    BlacklistEntry: Sentence("The Centre's blacklist"),
    OrganizationDocument: Sentence("Documents"),
    BankAccount: Sentence("Bank accounts"),
    ProfileChange: Sentence("Changes of profiles"),
    PastProject: Sentence("Projects of past years"),
    Account: Sentence("People"),
    StoredFile: Sentence("Files"),
}
"""What people count of all that follows an organization into another file; the modules above add their own."""

CHOSEN: Final = (
    "name",
    "status",
    "registrar",
    "supervising_unit",
    "founded_on",
    "district_code",
    "address",
    "legal_representative",
    "contacts",
    "service_fields",
    "has_party_organization",
    "has_womens_federation",
    "taxpayer",
    "is_tax_exempt",
    "takes_deductible_donations",
    "staff_count",
    "volunteer_count",
)
"""The fields of which one side is chosen; contacts are a name and a phone together."""
BOTH: Final = "service_fields+"
"""Both sides' service fields together."""


def counts(labels: Mapping[type[Fact], Sentence]) -> None:
    """Let the rows of these models, by their organization_id, be counted among what a merge brings over."""
    COUNTED.update(labels)


def follows_its_organization(model: type[Fact]) -> bool:
    """Say whether the rows of a model move with their organization into another file.

    What is never changed stays as it was; what the machine finds anew goes with the file that goes.
    """
    column = model.__table__.c.get("organization_id")
    if column is None or getattr(model, "__append_only__", False) or model is StatusChange:
        return False
    return not any(key.ondelete == "CASCADE" for key in column.foreign_keys)


def followers_in(package: str) -> list[type[Fact]]:
    """Give the models of a module ("grants.models") whose rows move with their organization."""
    mine = (one for one in all_records() if one.__module__.startswith(f"{package}."))
    return [model for model in mine if follows_its_organization(model)]


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a file that is to go: each kind that people count, with its number."""

    counts: Mapping[str, tuple[Sentence, int]]

    def numbers(self) -> dict[str, int]:
        """Give msgid of the kind → how many, without those of which there are none."""
        return {key: count for key, (_label, count) in self.counts.items() if count}


def hanging_on(organization_id: int) -> Hanging:
    """Count all that follows an organization into another file, in one statement."""
    told = list(COUNTED.items())
    counted = [_count_of(model, organization_id) for model, _label in told]
    row = db.session.execute(select(*counted)).one()
    return Hanging({label.msgid: (label, count) for (_model, label), count in zip(told, row, strict=True)})


def _count_of(model: type[Fact], organization_id: int) -> Any:
    rows = model.__table__
    counted = select(func.count()).select_from(model).where(rows.c.organization_id == organization_id)
    return counted.scalar_subquery().label(model.__tablename__)


def organizations_to_merge(ids: Collection[int]) -> dict[int, Organization]:
    """Give organizations with their contacts, by their ids."""
    wanted = select(Organization).where(Organization.id.in_(ids)).options(undefer_group("contacts"))
    return {one.id: one for one in db.session.scalars(wanted)}


def value_of(organization: Organization, field: str) -> Any:
    """Give what a file says in a field of CHOSEN."""
    if field == "contacts":
        return organization.contact_name, organization.contact_phone
    return getattr(organization, field)


def differing(survivor: Organization, merged: Organization) -> list[str]:
    """Give the fields in which two files differ, in the order in which people read them."""
    return [field for field in CHOSEN if value_of(survivor, field) != value_of(merged, field)]


def taken_by_default(survivor: Organization, merged: Organization) -> set[str]:
    """Give the fields in which the other side is taken unless somebody says otherwise: where the survivor says nothing."""
    taken = {field for field in differing(survivor, merged) if not _says(value_of(survivor, field))}
    fields = {survivor.service_fields != merged.service_fields and BOTH} - {False}
    return (taken - {"service_fields"}) | {str(one) for one in fields}


def _says(value: Any) -> bool:
    return any(value) if isinstance(value, tuple) else value not in {None, ""} if not isinstance(value, list) else True


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands against a merge now; none of it can be decided on the merge's own page."""

    both_there: bool
    listed_twice: bool
    changing_twice: bool
    merged_elsewhere: bool


def obstacles_to(survivor_id: int, merged_id: int, *, but_for: int = 0) -> Obstacles:
    """Say what stands against a merge, in one statement; `but_for` is the merge itself where it is proposed already."""
    pair = (survivor_id, merged_id)
    there = select(func.count()).select_from(Organization).where(Organization.id.in_(pair))
    row = db.session.execute(
        select(
            (there.scalar_subquery() == len(set(pair))).label("there"),
            _open_listings(pair).label("listed"),
            _same_changes(*pair).label("changing"),
            _other_merges(survivor_id, merged_id, but_for).label("elsewhere"),
        )
    ).one()
    return Obstacles(row.there, row.listed > 1, row.changing, row.elsewhere)


def _open_listings(pair: Sequence[int]) -> Any:
    return (
        select(func.count())
        .select_from(BlacklistEntry)
        .where(BlacklistEntry.organization_id.in_(pair), BlacklistEntry.state.not_in(BLACKLIST_ENDED))
        .scalar_subquery()
    )


def _same_changes(survivor_id: int, merged_id: int) -> Any:
    mine, other = aliased(ProfileChange), aliased(ProfileChange)
    return (
        select(mine.id)
        .join(other, other.field == mine.field)
        .where(
            mine.organization_id == survivor_id,
            other.organization_id == merged_id,
            mine.state == ChangeState.PROPOSED,
            other.state == ChangeState.PROPOSED,
        )
        .exists()
    )


def _other_merges(survivor_id: int, merged_id: int, but_for: int) -> Any:
    """An open merge that lets the survivor go, or that names the one that goes."""
    merge = OrganizationMerge
    return (
        select(merge.id)
        .where(
            merge.state == MergeState.PROPOSED,
            merge.id != but_for,
            or_(merge.merged_id.in_((survivor_id, merged_id)), merge.survivor_id == merged_id),
        )
        .exists()
    )


def open_merge_of(one: int, other: int) -> int | None:
    """Give the merge of two organizations that waits for its approval, whichever of them is to stay."""
    pair = (one, other)
    wanted = select(OrganizationMerge.id).where(
        OrganizationMerge.state == MergeState.PROPOSED,
        OrganizationMerge.survivor_id.in_(pair),
        OrganizationMerge.merged_id.in_(pair),
    )
    return db.session.scalar(wanted)


def merged_into(survivor_id: int) -> Select[Any]:
    """Give the ids of the files that were merged into one."""
    return select(OrganizationMerge.merged_id).where(
        and_(OrganizationMerge.survivor_id == survivor_id, OrganizationMerge.state == MergeState.MERGED)
    )


def survivor_of(organization_id: int) -> int | None:
    """Give the file into which one was merged, if it was; with full sight, since only staff see merges."""
    wanted = select(OrganizationMerge.survivor_id).where(
        OrganizationMerge.merged_id == organization_id, OrganizationMerge.state == MergeState.MERGED
    )
    return db.session.scalar(wanted)


def organizations_by_former_code(codes: Collection[str]) -> dict[str, Organization]:
    """Give former code → the organization that goes by another one since two files were merged."""
    if not codes:
        return {}
    # Said so that the index is used, which holds the few that have any.
    has_any = text("organization.former_codes <> '{}'")
    wanted = select(Organization).where(has_any, Organization.former_codes.overlap(list(codes)))
    found = db.session.scalars(wanted.order_by(Organization.id)).all()
    return {code: one for one in found for code in one.former_codes if code in set(codes)}
